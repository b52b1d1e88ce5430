package txflow

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// read returns what the address holds on the path of s; v is the instruction
// that reads it, whose symbol stands for what cannot be told.
func (f *frame) read(s state, addr *node, t types.Type, v ssa.Value) *node {
	u := f.u()
	if n, ok := f.embedded(addr, t); ok {
		return n
	}
	if st, ok := types.Unalias(t).Underlying().(*types.Struct); ok {
		if n := f.readStruct(s, addr, st); n != nil {
			return n
		}
	}
	if n, ok := s.heap.get(addr.id); ok {
		return n
	}
	if n := f.readThrough(s, addr, t); n != nil {
		return n
	}
	switch b := cell(addr); {
	case b.kind == kObject && addr.kind != kElem, b.kind == kResult && b.s == made && addr.kind == kField:
		return u.zero(t)
	case addr.kind == kElem && addr.i < 0:
		return nil
	}
	if f.a.sentinel(addr, t) {
		return u.sentinel(addr)
	}
	if addr.kind == kSym || addr.kind == kField || addr.kind == kElem || addr.kind == kResult || addr.kind == kLoad {
		return u.bounded(u.load(addr))
	}
	return nil
}

// sentinel reports whether addr is a package-level error variable that nothing
// but its declaration writes: such errors are not nil.
func (a *solver) sentinel(addr *node, t types.Type) bool {
	if addr.kind != kSym || !isErrorType(t) {
		return false
	}
	g, ok := addr.v.(*ssa.Global)
	return ok && !a.writtenGlobals[g]
}

// sentinel is the non-nil error that the variable at addr holds.
func (u *universe) sentinel(addr *node) *node {
	return u.node(node{kind: kObject, v: addr.v, s: sentinelMark})
}

const sentinelMark = "sentinel"

// embedded answers for a handle in a handle: the *sql.Tx inside a *sqlx.Tx is
// the same transaction, and so is the TX of a begun connection of pop.
func (f *frame) embedded(addr *node, t types.Type) (*node, bool) {
	if addr.kind != kField {
		return nil, false
	}
	_, inner, ok := f.a.rows.Handle(t)
	if !ok || inner.Role != catalog.Tx {
		return nil, false
	}
	outer := f.dynamicType(addr.x)
	if outer == nil {
		return nil, false
	}
	if _, typ, ok := f.a.rows.Handle(outer); !ok || typ.Role != catalog.Tx && typ.Role != catalog.Either || addr.x.kind == kObject {
		return nil, false
	}
	return addr.x, true
}

// readStruct assembles a struct value from the fields that are known one by
// one; nil if none is.
func (f *frame) readStruct(s state, addr *node, st *types.Struct) *node {
	if !f.anyUnder(s, addr) {
		return nil
	}
	args := make([]*node, st.NumFields())
	for i := range args {
		a := f.u().field(addr, i)
		if f.knownAt(s, a) {
			args[i] = f.read(s, a, st.Field(i).Type(), nil)
		} else if whole := f.readThrough(s, a, st.Field(i).Type()); whole != nil {
			args[i] = whole
		} else if cell(addr).kind == kObject {
			args[i] = f.u().zero(st.Field(i).Type())
		}
	}
	return f.u().node(node{kind: kStruct, args: args})
}

func (f *frame) knownAt(s state, addr *node) bool {
	if _, ok := s.heap.get(addr.id); ok {
		return true
	}
	return f.anyUnder(s, addr)
}

// anyUnder reports whether some part of what addr holds is known by itself.
func (f *frame) anyUnder(s state, addr *node) bool {
	for _, e := range s.heap {
		if under(f.u().byID(e.key), addr) {
			return true
		}
	}
	return false
}

// under reports whether address a lies strictly inside what addr holds.
func under(a, addr *node) bool {
	for a.kind == kField || a.kind == kElem {
		a = a.x
		if a == addr {
			return true
		}
	}
	return false
}

// readThrough answers from a whole that was written as one value: an opaque
// struct, or an object that a call may have written to.
func (f *frame) readThrough(s state, addr *node, t types.Type) *node {
	if addr.kind != kField && addr.kind != kElem {
		return nil
	}
	whole, ok := s.heap.get(addr.x.id)
	if !ok {
		whole = f.readThrough(s, addr.x, nil)
		if whole == nil {
			return nil
		}
	}
	if whole.kind == kHavoc {
		return f.u().bounded(f.u().havoc(whole.v, addr))
	}
	if addr.kind == kField && t != nil {
		return f.part(whole, addr.i, t)
	}
	return f.u().bounded(f.u().part(whole, addr.i))
}

// store writes val to the address.
func (f *frame) store(s state, addr, val *node, instr ssa.Instruction) state {
	if b := base(addr); b.kind == kSym {
		if _, ok := b.v.(*ssa.Global); ok {
			s = f.escape(s, val, instr, "it is kept in a package variable")
		}
	}
	if addr.kind == kElem && (addr.i < 0 || base(addr).kind != kObject) {
		return f.escape(s, val, instr, "it is put into a slice")
	}
	if addr.kind == kNonNil || addr.kind == kNil || addr.kind == kConst {
		return f.escape(s, val, instr, "it is stored somewhere that is not tracked")
	}
	s = f.forgetCell(s, addr)
	if unknown := unknownElem(addr); unknown != nil {
		// Any element may have been written.
		s = f.forgetCell(s, unknown.x)
		s.heap = s.heap.set(unknown.x.id, f.u().havoc(nil, unknown.x))
	}
	if val.kind == kStruct && !storesInterface(instr) {
		for i, a := range val.args {
			if a == nil {
				a = f.u().part(val, i)
			}
			s = f.store(s, f.u().field(addr, i), a, instr)
		}
		return s
	}
	s.heap = s.heap.set(addr.id, val)
	return s
}

// storesInterface reports whether instr writes an interface value: what is in it
// has no fields of its own to be read one by one.
func storesInterface(instr ssa.Instruction) bool {
	st, ok := instr.(*ssa.Store)
	return ok && types.IsInterface(st.Val.Type())
}

// unknownElem returns the element of unknown index that addr lies in, nil if
// there is none.
func unknownElem(addr *node) *node {
	for n := addr; n.kind == kField || n.kind == kElem; n = n.x {
		if n.kind == kElem && n.i < 0 {
			return n
		}
	}
	return nil
}

// forgetCell drops everything known of what addr holds, and the conditions
// that were tested on it.
func (f *frame) forgetCell(s state, addr *node) state {
	s.heap = s.heap.filter(func(id int32, _ *node) bool {
		a := f.u().byID(id)
		return a != addr && !under(a, addr)
	})
	s.facts = s.facts.filter(func(id int32, _ truth) bool { return !f.u().byID(id).reads(addr) })
	return s
}

// reads reports whether n is made from what addr holds or from a part of it.
func (n *node) reads(addr *node) bool {
	if n == nil {
		return false
	}
	if n.kind == kLoad && (n.x == addr || under(n.x, addr)) {
		return true
	}
	if n.x.reads(addr) || n.y.reads(addr) {
		return true
	}
	for _, a := range n.args {
		if a.reads(addr) {
			return true
		}
	}
	return false
}

// havoc forgets what the object behind the pointer n holds, and what that
// points to: the call v was given its address. Handles in it stay where they
// are: a callee that is not understood does not replace transactions.
func (f *frame) havoc(s state, n *node, v ssa.Value) state {
	return f.havocDeep(s, n, v, 4)
}

func (f *frame) havocDeep(s state, n *node, v ssa.Value, depth int) state {
	if n == nil || depth == 0 {
		return s
	}
	switch n.kind {
	case kObject, kField, kElem:
	case kSym:
		if _, ok := n.v.(*ssa.Alloc); !ok {
			return s
		}
	default:
		return s
	}
	if _, ok := n.v.(*ssa.MakeInterface); ok {
		return s
	}
	u := f.u()
	keep := s.heap.filter(func(id int32, val *node) bool {
		a := u.byID(id)
		return a == n || under(a, n)
	})
	s = f.forgetCell(s, n)
	s.heap = s.heap.set(n.id, u.havoc(v, n))
	for _, e := range keep {
		if e.val.holdsTx(s, u) || e.val.kind == kFunc {
			s.heap = s.heap.set(e.key, e.val)
		} else if e.val.kind == kObject || e.val.kind == kField {
			s = f.havocDeep(s, e.val, v, depth-1)
		}
	}
	return s
}

func (n *node) holdsTx(s state, u *universe) bool {
	return len(carried(s, u, n)) > 0
}

// carried returns the transactions that can be reached from n: the one it is a
// handle of, or those in the fields of what it points to, bound by a function
// value, or held by a container.
func carried(s state, u *universe, n *node) []*node {
	var out []*node
	seen := map[*node]bool{}
	var visit func(*node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		switch n.kind {
		case kTx:
			out = append(out, n)
			// A handle may itself hold others: savepoints.
		case kDerived:
			visit(n.x)
		case kFunc, kCleanup, kTuple, kStruct, kCarrier:
			for _, a := range n.args {
				visit(a)
			}
		case kNil, kConst, kNonNil:
			return
		}
		for _, e := range s.heap {
			a := u.byID(e.key)
			if a == n || under(a, n) {
				visit(e.val)
			}
		}
	}
	visit(n)
	return out
}

// escape gives up the obligations that n carries: somebody who is not in view
// has them now.
func (f *frame) escape(s state, n *node, instr ssa.Instruction, why string) state {
	for _, tx := range f.givenUp(s, n) {
		if p, ok := s.phaseOf(tx); ok && p == open {
			s = s.setPhase(tx, handedOver).with(stepHandOver, instr, false, tx, why)
			f.a.silence(tx, instr, why, f)
		}
		s = s.surely(tx) // or somebody else's now
	}
	for _, in := range f.inputsIn(s, n) {
		s.done = s.done.set(in.id, ending{phase: handedOver})
	}
	return s
}

// inputsIn returns the handles and functions that the caller passed in among n
// and what n holds.
func (f *frame) inputsIn(s state, n *node) []*node {
	if n == nil {
		return nil
	}
	var out []*node
	seen := map[*node]bool{}
	var visit func(*node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if f.isInput(n) && (f.handleLike(n) || f.functionLike(n)) {
			out = append(out, root(n))
		}
		switch n.kind {
		case kStruct, kTuple, kCarrier:
			for _, a := range n.args {
				visit(a)
			}
		case kObject, kResult:
			for _, e := range s.heap {
				if under(f.u().byID(e.key), n) {
					visit(e.val)
				}
			}
		}
	}
	visit(n)
	return out
}

// givenUp returns the transactions that are lost sight of with n: a function
// value takes only those along that it would finish.
func (f *frame) givenUp(s state, n *node) []*node {
	if n == nil || n.kind != kFunc {
		return carried(s, f.u(), n)
	}
	held := carried(s, f.u(), n)
	if len(held) == 0 {
		return nil
	}
	ends := f.wouldEnd(s, n)
	if fn, ok := n.v.(*ssa.Function); ok && (len(fn.Blocks) == 0 || f.running(fn)) {
		return held
	}
	return slices.DeleteFunc(held, func(tx *node) bool { return ends[tx] == 0 })
}

// running reports whether fn is among the activations of f.
func (f *frame) running(fn *ssa.Function) bool {
	for c := f; c != nil; c = c.caller {
		if c.fn == fn {
			return true
		}
	}
	return false
}

// functionLike reports whether n is a function that the caller passed in.
func (f *frame) functionLike(n *node) bool {
	if n.kind != kSym || n.v == nil {
		return false
	}
	_, ok := types.Unalias(n.v.Type()).Underlying().(*types.Signature)
	return ok
}

// handleLike reports whether n can be a transaction that the caller passed in.
func (f *frame) handleLike(n *node) bool {
	n = root(n)
	if n.kind == kPart && n.x.kind == kSym && n.x.v != nil {
		if st, ok := types.Unalias(n.x.v.Type()).Underlying().(*types.Struct); ok && n.i < st.NumFields() {
			return f.a.shapes.carries(st.Field(n.i).Type(), 3)
		}
	}
	if n.kind != kSym || n.v == nil {
		return false
	}
	return f.a.shapes.carries(n.v.Type(), 3)
}

// isInput reports whether n is made only from what the function was given.
func (f *frame) isInput(n *node) bool {
	return n.leaves(func(v ssa.Value) bool { return isInputValue(v, f.root().fn) })
}

func isInputValue(v ssa.Value, fn *ssa.Function) bool {
	switch v := v.(type) {
	case *ssa.Parameter, *ssa.FreeVar, *ssa.Global:
		return true
	case *ssa.Alloc:
		return v.Parent() != fn && encloses(v.Parent(), fn)
	}
	return false
}

// encloses reports whether inner is a literal somewhere inside outer.
func encloses(outer, inner *ssa.Function) bool {
	for p := inner.Parent(); p != nil; p = p.Parent() {
		if p == outer {
			return true
		}
	}
	return false
}

// forget makes room for a new value of v: what was made from its last value
// keeps only its nilness.
func (f *frame) forget(s state, v ssa.Value) state {
	u := f.u()
	old := s
	reduce := func(n *node) *node {
		if n == nil || !n.mentions(v) {
			return n
		}
		switch f.is(old, n) {
		case isNil:
			return u.null
		case isNonNil:
			return u.nonNil
		}
		return nil
	}
	for _, e := range old.env {
		if e.val.mentions(v) {
			if r := reduce(e.val); r != nil {
				s.env = s.env.set(e.key, r)
			} else {
				s.env = s.env.without(e.key)
			}
		}
	}
	for _, e := range old.heap {
		if u.byID(e.key).mentions(v) {
			s.heap = s.heap.without(e.key)
		} else if e.val.mentions(v) {
			if r := reduce(e.val); r != nil {
				s.heap = s.heap.set(e.key, r)
			} else {
				s.heap = s.heap.set(e.key, u.havoc(nil, u.byID(e.key)))
			}
		}
	}
	fresh := func(id int32) bool { return !u.byID(id).mentions(v) }
	s.facts = s.facts.filter(func(id int32, _ truth) bool { return fresh(id) })
	s.known = s.known.filter(func(id int32, _ truth) bool { return fresh(id) })
	s.done = s.done.filter(func(id int32, _ ending) bool { return fresh(id) })
	s.env = s.env.without(u.number(v))
	for i, d := range s.defers {
		if d.fn.mentions(v) || anyMentions(d.args, v) {
			s.defers = append(s.defers[:0:0], s.defers...)
			d.args = append(d.args[:0:0], d.args...)
			for j, a := range d.args {
				d.args[j] = orNonNil(u, reduce(a))
			}
			if d.fn != nil {
				d.fn = f.reduceFunc(d.fn, reduce)
			}
			s.defers[i] = d
		}
	}
	s.defers = oneOfEach(s.defers)
	return s
}

// oneOfEach drops deferred calls of earlier rounds that cannot be told apart
// any more.
func oneOfEach(ds []deferral) []deferral {
	same := func(a, b deferral) bool {
		return a.site == b.site && a.fn == b.fn && sameNodes(a.args, b.args)
	}
	for i := range ds {
		if slices.ContainsFunc(ds[:i], func(d deferral) bool { return same(d, ds[i]) }) {
			out := slices.Clone(ds[:i])
			for _, d := range ds[i+1:] {
				if !slices.ContainsFunc(out, func(e deferral) bool { return same(d, e) }) {
					out = append(out, d)
				}
			}
			return out
		}
	}
	return ds
}

// reduceFunc keeps which function a value is while its bindings are forgotten.
func (f *frame) reduceFunc(fn *node, reduce func(*node) *node) *node {
	if fn.kind != kFunc {
		return orNonNil(f.u(), reduce(fn))
	}
	args := make([]*node, len(fn.args))
	for i, a := range fn.args {
		args[i] = orNonNil(f.u(), reduce(a))
	}
	return f.u().node(node{kind: kFunc, v: fn.v, args: args})
}

func orNonNil(u *universe, n *node) *node {
	if n == nil {
		return u.nonNil
	}
	return n
}

func anyMentions(ns []*node, v ssa.Value) bool {
	for _, n := range ns {
		if n.mentions(v) {
			return true
		}
	}
	return false
}

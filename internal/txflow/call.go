package txflow

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/flow"
)

// A result is one way in which a call ends: the state after it and the value
// it returns, nil where nothing is known of that.
type result struct {
	state state
	val   *node
}

func (f *frame) execCall(s state, c *ssa.Call) []state {
	s = f.roundAgain(s, c)
	s = f.forget(s, c)
	fn, args := f.operands(s, c.Common())
	var out []state
	for _, r := range f.call(s, c, fn, args) {
		out = append(out, f.bind(r.state, c, r.val))
	}
	return out
}

// operands evaluates what is called and with what: the receiver of a method
// comes first.
func (f *frame) operands(s state, common *ssa.CallCommon) (fn *node, args []*node) {
	if common.IsInvoke() {
		args = append(args, f.eval(s, common.Value))
	} else {
		fn = f.eval(s, common.Value)
	}
	for _, a := range common.Args {
		args = append(args, f.eval(s, a))
	}
	return fn, args
}

// call runs the call c from state s.
func (f *frame) call(s state, c ssa.CallInstruction, fn *node, args []*node) []result {
	common := c.Common()
	if b, ok := common.Value.(*ssa.Builtin); ok {
		return f.builtin(s, c, b, args)
	}
	if common.IsInvoke() {
		return f.invoke(s, c, common.Method, args)
	}
	switch fn.kind {
	case kFunc:
		return f.callFunction(s, c, fn.v.(*ssa.Function), fn.args, args)
	case kCleanup:
		return f.callCleanup(s, c, fn)
	case kCancel:
		return []result{{f.cancel(s, fn, c), nil}}
	case kNil:
		return nil // panics
	}
	return f.callUnknownValue(s, c, fn, args)
}

func (f *frame) builtin(s state, c ssa.CallInstruction, b *ssa.Builtin, args []*node) []result {
	u := f.u()
	switch b.Name() {
	case "recover":
		if s.panicking {
			s.panicking = false
			return []result{{s, u.nonNil}}
		}
		return []result{{s, u.null}}
	case "len":
		switch args[0].kind {
		case kNil:
			return []result{{s, u.constant("0")}}
		case kNonNil:
			return []result{{s, nil}}
		}
		return []result{{s, u.bounded(u.node(node{kind: kLen, x: args[0]}))}}
	case "append":
		for _, a := range args[1:] {
			s = f.escape(s, a, c, "it is put into a slice")
		}
	case "ssa:wrapnilchk":
		return []result{{s, args[0]}}
	}
	return []result{{s, nil}}
}

// callFunction calls a function that is known, with the values it has bound.
func (f *frame) callFunction(s state, c ssa.CallInstruction, fn *ssa.Function, bound, args []*node) []result {
	if o := fn.Origin(); o != nil {
		fn = o
	}
	if isThunk(fn) {
		return f.inline(s, c, fn, bound, args) // it calls the method itself
	}
	obj, _ := fn.Object().(*types.Func)
	if obj != nil {
		obj = obj.Origin()
		if catalog.NoReturn(obj) {
			return nil
		}
		if row, ok := f.a.rows.Find(obj); ok {
			return f.applyRow(s, c, row, obj, args)
		}
	}
	if fn.Parent() != nil || fn.Synthetic != "" && len(fn.Blocks) > 0 && obj == nil {
		return f.inline(s, c, fn, bound, args)
	}
	if obj == nil {
		return f.unknownCall(s, c, nil, args)
	}
	if rs, ok := f.checked(s, c, obj, args); ok {
		return rs
	}
	return f.callNamed(s, c, fn, obj, args)
}

// isThunk reports whether fn is made by the compiler to pass a call on.
func isThunk(fn *ssa.Function) bool {
	return len(fn.Blocks) > 0 && (strings.HasPrefix(fn.Synthetic, "bound method wrapper") || strings.HasPrefix(fn.Synthetic, "wrapper for") ||
		strings.HasPrefix(fn.Synthetic, "thunk for") || strings.HasPrefix(fn.Synthetic, "promotion wrapper") || strings.HasPrefix(fn.Synthetic, "interface method wrapper"))
}

// callNamed calls a declared function by its effects.
func (f *frame) callNamed(s state, c ssa.CallInstruction, fn *ssa.Function, obj *types.Func, args []*node) []result {
	if rs := obj.Signature().Results(); rs.Len() == 0 || !f.a.shapes.carries(rs.At(0).Type(), 1) {
		for _, a := range args {
			s = f.used(s, a)
		}
	}
	f.handedOn(s, c, fn, args)
	eff, analysed := f.a.effectsOf(fn, obj)
	s = f.forgetWritten(s, fn, args)
	if f.a.shapes.begins(obj) && !eff.begins() && (eff == nil || eff.opaqueResult()) {
		return f.beginByShape(s, c, obj, args)
	}
	p, finishes := f.a.shapes.finishes(obj)
	if finishes && !eff.finishes() && len(args) > 0 {
		return f.finishByShape(s, c, p, args)
	}
	switch {
	case eff != nil && finishes:
		return f.apply(s, c, eff, args, p)
	case eff != nil:
		return f.apply(s, c, eff, args, 0)
	case analysed:
		return f.borrowed(s, c, obj, args)
	}
	return f.unknownCall(s, c, obj, args)
}

// forgetWritten drops what the path has learnt about memory that a call of fn
// may write: package variables, and the fields of its arguments that its body
// assigns.
func (f *frame) forgetWritten(s state, fn *ssa.Function, args []*node) state {
	if len(s.facts)+len(s.known) == 0 {
		return s
	}
	written := f.a.fieldsWritten(fn)
	fresh := func(id int32, _ truth) bool {
		keep := true
		f.u().byID(id).addresses(func(addr *node) {
			if g, ok := addr.v.(*ssa.Global); ok && addr.kind == kSym && f.a.writtenGlobals[g] {
				keep = false
			}
			if addr.kind == kField && slices.Contains(args, addr.x) && written[f.fieldOf(addr)] {
				keep = false
			}
		})
		return keep
	}
	s.facts, s.known = s.facts.filter(fresh), s.known.filter(fresh)
	return s
}

// addresses calls visit for every address that n is loaded from.
func (n *node) addresses(visit func(*node)) {
	if n == nil {
		return
	}
	if n.kind == kLoad {
		visit(n.x)
	}
	n.x.addresses(visit)
	n.y.addresses(visit)
	for _, a := range n.args {
		a.addresses(visit)
	}
}

// fieldOf returns the field that the address is of, nil if its type is not
// known.
func (f *frame) fieldOf(addr *node) *types.Var {
	t := f.dynamicType(addr.x)
	if t == nil {
		return nil
	}
	p, ok := types.Unalias(t).Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	st, ok := types.Unalias(p.Elem()).Underlying().(*types.Struct)
	if !ok || addr.i < 0 || addr.i >= st.NumFields() {
		return nil
	}
	return st.Field(addr.i)
}

// fieldsWritten lists the fields that the body of fn assigns.
func (a *solver) fieldsWritten(fn *ssa.Function) map[*types.Var]bool {
	if w, ok := a.written[fn]; ok {
		return w
	}
	w := map[*types.Var]bool{}
	var visit func(*ssa.Function)
	visit = func(g *ssa.Function) {
		for _, b := range g.Blocks {
			for _, instr := range b.Instrs {
				if st, ok := instr.(*ssa.Store); ok {
					if addr, ok := st.Addr.(*ssa.FieldAddr); ok {
						w[fieldVar(addr)] = true
					}
				}
			}
		}
		for _, anon := range g.AnonFuncs {
			visit(anon)
		}
	}
	visit(fn)
	a.written[fn] = w
	return w
}

// invoke calls an interface method: that of the dynamic type where it is
// known, otherwise what the visible implementations or the shape tell.
func (f *frame) invoke(s state, c ssa.CallInstruction, m *types.Func, args []*node) []result {
	m = m.Origin()
	if f.is(s, args[0]) == isNil {
		return nil // panics
	}
	if m.FullName() == "(context.Context).Value" {
		return []result{{s, f.fromContext(s, args[0])}}
	}
	if v, ok := c.(*ssa.Call); ok && m.FullName() == "(context.Context).Err" {
		if endless(args[0]) {
			return []result{{s, f.u().null}}
		}
		return []result{{s, f.u().bounded(f.u().node(node{kind: kEnded, v: v, x: args[0]}))}}
	}
	if t := f.dynamicType(args[0]); t != nil {
		if fn := f.a.method(t, m); fn != nil {
			return f.callFunction(s, c, fn, nil, args)
		}
	}
	if catalog.NoReturn(m) {
		return nil
	}
	if row, ok := f.a.rows.Find(m); ok {
		return f.applyRow(s, c, row, m, args)
	}
	if p, ok := f.a.shapes.finishes(m); ok {
		return f.finishByShape(s, c, p, args)
	}
	f.handedOn(s, c, nil, args)
	eff := f.a.implementations(m)
	if f.a.shapes.begins(m) && !eff.begins() {
		return f.beginByShape(s, c, m, args)
	}
	if eff != nil {
		return f.apply(s, c, eff, args, 0)
	}
	if finisherLike(m.Name()) && len(carried(s, f.u(), args[0])) > 0 {
		return f.finishByShape(s, c, rolledBack, args)
	}
	return f.unknownCall(s, c, m, args)
}

// checked answers for calls that prove something about their arguments, and
// for those that make or wrap errors.
func (f *frame) checked(s state, c ssa.CallInstruction, obj *types.Func, args []*node) ([]result, bool) {
	recv := receivers(obj)
	if check, i, ok := catalog.Checks(obj); ok && i+recv < len(args) {
		x := args[i+recv]
		switch check {
		case catalog.ReturnsIfNil, catalog.ReturnsIfNonNil:
			t, ok := f.assumeNil(s, x, check == catalog.ReturnsIfNil)
			if !ok {
				return nil, true
			}
			return []result{{t, nil}}, true
		case catalog.TrueIfNonNil:
			if i+recv+1 < len(args) && x.kind == kObject && x.s == sentinelMark && x == args[i+recv+1] {
				return []result{{s, f.u().yes}}, true
			}
			if v, ok := c.(*ssa.Call); ok {
				return []result{{s, f.u().node(node{kind: kImpliesNonNil, v: v, x: x})}}, true
			}
		}
	}
	return nil, false
}

// errorResult is the value of a call that returns nothing but an error, as far
// as its signature tells: constructors make one, wrappers keep nilness.
func (f *frame) errorResult(s state, obj *types.Func, args []*node) *node {
	kind, i, ok := catalog.MakesError(obj)
	if !ok {
		return nil
	}
	recv := receivers(obj)
	switch kind {
	case catalog.NonNilError:
		return f.u().nonNil
	case catalog.NilWithArg:
		if i+recv < len(args) {
			return args[i+recv]
		}
	case catalog.NilWithAll:
		return f.joinedError(s, obj, args)
	case catalog.NonNilWithArg:
		for j := range obj.Signature().Params().Len() {
			if j+recv < len(args) && isErrorType(obj.Signature().Params().At(j).Type()) && f.is(s, args[j+recv]) == isNonNil {
				return f.u().nonNil
			}
		}
		if i+recv < len(args) && f.is(s, args[i+recv]) == isNil {
			return f.u().null // what maps errors maps none to none
		}
	}
	return nil
}

// joinedError is the error made of args, the last of which is a list where obj
// is variadic; nil where it is not known whether all of them are nil.
func (f *frame) joinedError(s state, obj *types.Func, args []*node) *node {
	all := args
	if obj.Signature().Variadic() {
		list := args[len(args)-1]
		all = args[:len(args)-1]
		switch {
		case list.kind == kNil:
		case list.kind == kObject:
			listed := false
			for _, e := range s.heap {
				if at := f.u().byID(e.key); at.kind == kElem && at.x == list {
					all = append(all[:len(all):len(all)], e.val)
					listed = true
				}
			}
			if !listed {
				return nil
			}
		default:
			return nil
		}
	}
	none := true
	for _, e := range all {
		switch f.is(s, e) {
		case isNonNil:
			if f.a.isLate(e) {
				return f.u().node(node{kind: kNonNil, s: lateMark})
			}
			return f.u().nonNil
		case isNil:
		default:
			none = false
		}
	}
	if none {
		return f.u().null
	}
	return nil
}

func receivers(obj *types.Func) int {
	if obj.Signature().Recv() != nil {
		return 1
	}
	return 0
}

func isErrorType(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// borrowed is a call of a function that was analysed and does nothing with
// transactions: what it is given it only uses.
func (f *frame) borrowed(s state, c ssa.CallInstruction, obj *types.Func, args []*node) []result {
	states := []result{{s, nil}}
	for _, a := range args {
		if a != nil && (a.kind == kFunc || a.kind == kCleanup) {
			states = f.calledBack(states, c, a)
			continue
		}
		for i := range states {
			states[i].state = f.havocArg(states[i].state, a, c)
		}
	}
	for i := range states {
		if e := f.errorResult(states[i].state, obj, args); e != nil {
			states[i].val = e
		}
	}
	return states
}

func (f *frame) havocArg(s state, a *node, c ssa.CallInstruction) state {
	if a == nil {
		return s
	}
	v, _ := c.(*ssa.Call)
	if v == nil {
		return f.havoc(s, a, nil)
	}
	return f.havoc(s, a, v)
}

// unknownCall is a call of something whose body is not in view. Handles are
// lent where the parameter cannot finish them or the callee only reads,
// otherwise they are given up.
func (f *frame) unknownCall(s state, c ssa.CallInstruction, obj *types.Func, args []*node) []result {
	if n := f.derivedContext(c, obj, args); n != nil {
		return []result{{s, n}}
	}
	if obj != nil && receivers(obj) > 0 && len(args) > 0 {
		s = f.used(s, args[0])
	}
	var made *node
	if obj != nil {
		made = f.errorResult(s, obj, args) // before the callee could have written to its arguments
	}
	states := []result{{s, nil}}
	for i, a := range args {
		if a != nil && (a.kind == kFunc || a.kind == kCleanup) {
			states = f.calledBack(states, c, a)
			continue
		}
		if i == 0 && isOnce(c) {
			continue // its address says whether it was used
		}
		for j := range states {
			states[j].state = f.lend(states[j].state, c, obj, i, a)
		}
	}
	if obj != nil {
		for j := range states {
			if w := f.wrapped(states[j].state, c, obj, args); w != nil {
				states[j].val = w
			} else if q := f.query(states[j].state, c, obj, args); q != nil {
				states[j].val = q
			}
			if e := f.errorResult(states[j].state, obj, args); e != nil {
				states[j].val = e
			}
			if made != nil {
				states[j].val = made
			}
		}
	}
	return states
}

// lend passes the argument of index i, the receiver counted, to a callee that
// is not in view.
func (f *frame) lend(s state, c ssa.CallInstruction, obj *types.Func, i int, a *node) state {
	if len(carried(s, f.u(), a)) == 0 {
		if a != nil && f.isInput(a) && f.handleLike(a) && (obj == nil || i >= receivers(obj)) && !(obj != nil && catalog.OnlyReads(obj)) {
			s = f.lendOut(s, a)
		} else {
			s = f.havocArg(s, a, c)
		}
		if len(f.inputsIn(s, a)) == 0 {
			return s
		}
	}
	if a.kind == kCarrier || obj != nil && (catalog.OnlyReads(obj) || ofLibrary(obj)) {
		return s
	}
	if c.Common().IsInvoke() || obj != nil && i < receivers(obj) {
		// By convention a method borrows its receiver and what its signature
		// names as a handle; keeping it is the exception.
		if obj == nil || !finisherLike(obj.Name()) {
			if obj == nil || i >= receivers(obj) {
				s = f.lendOut(s, a)
			}
			return s
		}
		return f.escape(s, a, c, "it is passed to "+obj.Name()+", which reads like a finisher and is not in view")
	}
	if t := paramType(c.Common().Signature(), i-recvOf(c)); t != nil {
		if onlyBorrows(t) {
			return s
		}
	}
	name := "a function value"
	if obj != nil {
		name = obj.Name()
	}
	return f.escape(s, a, c, "it is passed to "+name+", which is not in view")
}

// background marks a context that never ends.
const background = "background"

// endless reports whether the context n never ends.
func endless(n *node) bool {
	for n != nil && n.kind == kCarrier && len(n.args) == 3 {
		n = n.args[0] // only a value was added
	}
	return n != nil && n.kind == kCarrier && n.s == background
}

// derivedContext is the result of the standard library's functions that make a
// context from another: it carries what that carries, and ends with it.
func (f *frame) derivedContext(c ssa.CallInstruction, obj *types.Func, args []*node) *node {
	v, ok := c.(*ssa.Call)
	if !ok || obj == nil || obj.Pkg() == nil || obj.Signature().Recv() != nil {
		return nil
	}
	if obj.Pkg().Path() == "context" && (obj.Name() == "Background" || obj.Name() == "TODO") {
		return f.u().node(node{kind: kCarrier, v: v, s: background})
	}
	if len(args) == 0 {
		return nil
	}
	switch path := obj.Pkg().Path(); {
	case path == "context" && obj.Name() == "WithValue":
		return f.u().node(node{kind: kCarrier, v: v, args: args})
	case path == "context" && strings.HasPrefix(obj.Name(), "With") && obj.Name() != "WithoutCancel", path == "os/signal" && obj.Name() == "NotifyContext":
		return f.results(v, map[int]*node{
			0: f.u().node(node{kind: kCarrier, v: v, args: args[:1]}),
			1: f.u().node(node{kind: kCancel, v: v}),
		})
	}
	return nil
}

// fromContext is what a look-up in the context n gives: what it is known to
// carry, or something that belongs to the caller's context.
func (f *frame) fromContext(s state, n *node) *node {
	switch {
	case n.kind == kCarrier:
		for c := n; c != nil && c.kind == kCarrier; c = c.args[0] {
			if len(c.args) == 3 && len(carried(s, f.u(), c.args[2])) > 0 {
				return c.args[2]
			}
			if len(c.args) == 0 {
				break
			}
		}
	case f.isInput(n):
		return f.u().bounded(f.u().load(n))
	}
	return nil
}

// ofLibrary reports whether fn belongs to a database library: those borrow
// what they are given.
func ofLibrary(fn *types.Func) bool {
	return fn.Pkg() != nil && catalog.IsLibrary(fn.Pkg().Path())
}

// wrapped is the result of a library's function that makes a transaction type
// of its own around a handle: another handle on the same transaction.
func (f *frame) wrapped(s state, c ssa.CallInstruction, obj *types.Func, args []*node) *node {
	v, ok := c.(*ssa.Call)
	if !ok || !ofLibrary(obj) || obj.Signature().Results().Len() == 0 {
		return nil
	}
	if t := obj.Signature().Results().At(0).Type(); !f.a.shapes.carries(t, 0) {
		return nil
	}
	for _, a := range args {
		if a != nil && (root(a).kind == kTx || len(carried(s, f.u(), a)) == 1) {
			from := root(a)
			if from.kind != kTx {
				from = carried(s, f.u(), a)[0]
			}
			return f.results(v, map[int]*node{0: f.u().derived(from, v)})
		}
	}
	return nil
}

func recvOf(c ssa.CallInstruction) int {
	if c.Common().IsInvoke() || c.Common().Signature().Recv() != nil {
		return 1
	}
	return 0
}

// paramType returns the type of parameter i, that of an element where the last
// one is variadic; nil if there is none.
func paramType(sig *types.Signature, i int) types.Type {
	n := sig.Params().Len()
	if i < 0 || n == 0 {
		return nil
	}
	return sig.Params().At(min(i, n-1)).Type()
}

// onlyBorrows reports whether a parameter of type t can use a handle but not
// finish it: an interface with methods, none of which finishes.
func onlyBorrows(t types.Type) bool {
	i, ok := types.Unalias(t).Underlying().(*types.Interface)
	if !ok || i.NumMethods() == 0 {
		return false
	}
	for m := range i.Methods() {
		if finisherLike(m.Name()) {
			return false
		}
	}
	return true
}

// calledBack runs a function value that is handed to a callee not in view as
// if that called it once: most do. What the function finishes is given up
// instead, since when it runs is not known.
func (f *frame) calledBack(in []result, c ssa.CallInstruction, fn *node) []result {
	var out []result
	for _, r := range in {
		if fn.kind == kCleanup {
			for _, tx := range fn.args {
				r.state = f.escape(r.state, tx, c, "its cleanup is passed on")
			}
			out = append(out, r)
			continue
		}
		if isOnce(c) {
			out = append(out, f.once(r, c, fn)...)
			continue
		}
		if isRangeBody(fn) {
			for _, t := range f.rounds(r.state, fn) {
				out = append(out, result{t, r.val})
			}
			continue
		}
		rs := f.tryOut(r.state, fn)
		if rs == nil {
			out = append(out, result{f.escape(r.state, fn, c, "a function that holds it is passed on"), r.val})
			continue
		}
		for _, x := range rs {
			for _, o := range x.state.obs {
				if p, ok := r.state.phaseOf(o.tx); ok && p == open && (o.phase == committed || o.phase == rolledBack) {
					x.state = x.state.setPhase(o.tx, handedOver)
					f.a.silence(o.tx, c, "a function that finishes it is passed on", f)
				} else if !ok && o.phase == open {
					x.state = markAssumed(x.state, o.tx)
				}
			}
			val := r.val
			if e := errorOf(x.val, fn); e != nil && returnsError(c.Common().Signature()) {
				val = f.withError(c, e)
			}
			out = append(out, result{x.state, val})
		}
	}
	return out
}

// isOnce reports whether c calls sync.Once.Do.
func isOnce(c ssa.CallInstruction) bool {
	fn := c.Common().StaticCallee()
	return fn != nil && fn.Object() != nil && fn.Object().(*types.Func).FullName() == "(*sync.Once).Do"
}

// once runs fn unless the path has used the sync.Once before.
func (f *frame) once(r result, c ssa.CallInstruction, fn *node) []result {
	_, args := f.operands(r.state, c.Common())
	used := f.u().field(args[0], -1)
	if v, ok := r.state.heap.get(used.id); ok && v == f.u().yes {
		return []result{r}
	}
	r.state.heap = r.state.heap.set(used.id, f.u().yes)
	rs, ok := f.run(r.state, fn.v.(*ssa.Function), fn.args, nil, f.quiet)
	if !ok {
		return []result{r}
	}
	return rs
}

// rangeBody reports whether fn is the body of a range over an iterator
// function: code of the function around it, which it can return from and whose
// deferred calls it adds to.
func rangeBody(fn *ssa.Function) bool { return fn.Synthetic == "range-over-func yield" }

func isRangeBody(n *node) bool {
	fn, ok := n.v.(*ssa.Function)
	return ok && n.kind == kFunc && rangeBody(fn)
}

// rounds runs the body of a range over an iterator that is not in view any
// number of times: until no round says anything new.
func (f *frame) rounds(s state, body *node) []state {
	const maxRounds = 4
	out := []state{s}
	seen := map[string]int{s.key(): 0}
	next := out
	for range maxRounds {
		var again []state
		for _, s := range next {
			rs, ok := f.run(s, body.v.(*ssa.Function), body.args, nil, f.quiet)
			if !ok {
				return []state{s}
			}
			for _, r := range rs {
				k := r.state.key()
				i, met := seen[k]
				news := !met
				if met {
					out[i], news = meetStates(out[i], r.state)
				} else {
					i = len(out)
					seen[k] = i
					out = append(out, r.state)
				}
				if news && r.val != f.u().no && len(out) < maxStates {
					again = append(again, out[i])
				}
			}
		}
		if next = again; len(next) == 0 {
			break
		}
	}
	return out
}

func markAssumed(s state, tx *node) state {
	s.obs = append([]obligation(nil), s.obs...)
	for i := range s.obs {
		if s.obs[i].tx == tx {
			s.obs[i].assumed = true
		}
	}
	return s
}

// errorOf returns the error among the results of the function value fn.
func errorOf(val, fn *node) *node {
	sf, ok := fn.v.(*ssa.Function)
	if !ok || !returnsError(sf.Signature) || val == nil {
		return nil
	}
	if sf.Signature.Results().Len() == 1 {
		return val
	}
	if val.kind == kTuple {
		return val.args[len(val.args)-1]
	}
	return nil
}

func returnsError(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n > 0 && isErrorType(sig.Results().At(n-1).Type())
}

// withError returns the results of c with the given error as the last.
func (f *frame) withError(c ssa.CallInstruction, err *node) *node {
	n := c.Common().Signature().Results().Len()
	if n == 1 {
		return err
	}
	args := f.unknownResults(c)
	args[n-1] = err
	return f.u().tuple(args)
}

// unknownResults returns a symbol for each result of c.
func (f *frame) unknownResults(c ssa.CallInstruction) []*node {
	args := make([]*node, c.Common().Signature().Results().Len())
	if v, ok := c.(*ssa.Call); ok {
		for i := range args {
			args[i] = f.resultSym(v, i)
		}
	}
	return args
}

// resultSym is the symbol of result i of the call v.
func (f *frame) resultSym(v *ssa.Call, i int) *node {
	if _, ok := v.Type().(*types.Tuple); ok {
		return f.u().extract(f.u().sym(v), i)
	}
	return f.u().sym(v)
}

// callUnknownValue calls a function value that is not known. Where it is one
// of the inputs, callers will see that it is called.
func (f *frame) callUnknownValue(s state, c ssa.CallInstruction, fn *node, args []*node) []result {
	if f.isInput(fn) {
		f.panicPoint(s, c)
		s.called = s.called.set(fn.id, f.u().tuple(args))
		if v, ok := c.(*ssa.Call); ok {
			f.a.calledBy[v] = fn
		}
	}
	// A callback with the handle as its argument borrows it.
	states := []result{{s, nil}}
	for _, a := range args {
		if a != nil && (a.kind == kFunc || a.kind == kCleanup) {
			states = f.calledBack(states, c, a)
			continue
		}
		for j := range states {
			states[j].state = f.havocArg(f.lendOut(states[j].state, a), a, c)
		}
	}
	return states
}

// lendOut notes that the transactions that n carries are in the hands of
// somebody who is not in view: by convention borrowed, but if this function
// never finishes them itself, given away.
func (f *frame) lendOut(s state, n *node) state {
	for _, tx := range carried(s, f.u(), n) {
		for i, o := range s.obs {
			if o.tx == tx && !o.lent {
				s.obs = slices.Clone(s.obs)
				s.obs[i].lent = true
			}
		}
	}
	if n != nil && f.isInput(n) && f.handleLike(n) {
		if _, ok := s.done.get(root(n).id); !ok {
			s.done = s.done.set(root(n).id, ending{phase: lent})
		}
	}
	return s
}

func (f *frame) callCleanup(s state, c ssa.CallInstruction, fn *node) []result {
	for _, tx := range fn.args {
		s = f.finish(s, tx, c, ending{phase: phase(fn.i)})
	}
	return []result{{s, nil}}
}

// maxInline bounds how deep function literals are run inside each other.
const maxInline = 6

// inline runs a function literal or a thunk in the place of its call, with the
// state of this path: what it captures it sees as it is now.
func (f *frame) inline(s state, c ssa.CallInstruction, fn *ssa.Function, bound, args []*node) []result {
	rs, ok := f.runFor(s, c, fn, bound, args)
	if !ok {
		return f.unknownCall(s, c, nil, append(append([]*node(nil), bound...), args...))
	}
	return rs
}

// tryOut runs the function value once with unknown arguments, reporting
// nothing; nil if it cannot be run.
func (f *frame) tryOut(s state, fn *node) []result {
	sf, ok := fn.v.(*ssa.Function)
	if !ok || fn.kind != kFunc {
		return nil
	}
	if obj, ok := sf.Object().(*types.Func); ok && sf.Parent() == nil && !isThunk(sf) {
		// A declared function as a value: only its effects on inputs matter,
		// and it has none that are bound.
		_ = obj
		return []result{{s, nil}}
	}
	rs, ok := f.run(s, sf, fn.args, nil, true)
	if !ok {
		return nil
	}
	return rs
}

// runFor runs fn in the place of the call c.
func (f *frame) runFor(s state, c ssa.CallInstruction, fn *ssa.Function, bound, args []*node) ([]result, bool) {
	if !isThunk(fn) {
		c = nil
	}
	return f.runVia(s, c, fn, bound, args, f.quiet)
}

// run solves fn from state s. It reports false where fn has no body, is
// running already, or was too much.
func (f *frame) run(s state, fn *ssa.Function, bound, args []*node, quiet bool) ([]result, bool) {
	return f.runVia(s, nil, fn, bound, args, quiet)
}

// runVia is run for the wrapper fn that the call via goes through, nil if fn is
// none.
func (f *frame) runVia(s state, via ssa.CallInstruction, fn *ssa.Function, bound, args []*node, quiet bool) ([]result, bool) {
	if len(fn.Blocks) == 0 {
		return nil, false
	}
	depth := 0
	for c := f; c != nil; c = c.caller {
		if c.fn == fn {
			return nil, false
		}
		depth++
	}
	if depth > maxInline {
		return nil, false
	}
	g := f.a.frame(fn, f)
	g.quiet, g.via = quiet, via
	outer := s.defers
	if !rangeBody(fn) {
		s.defers = nil
	}
	for i, p := range fn.Params {
		switch {
		case i >= len(args) || args[i] == nil:
			s = g.forget(s, p)
		case args[i] == f.u().lentTx:
			s, _ = g.assumeNil(g.forget(s, p), f.u().sym(p), false)
		default:
			s = g.bind(s, p, args[i])
		}
	}
	for i, v := range fn.FreeVars {
		if i < len(bound) && bound[i] != nil {
			s = g.bind(s, v, bound[i])
		}
	}
	if !flow.Solve(fn, g, []state{s}, f.a.limits) {
		return nil, false
	}
	if !quiet {
		f.a.covered[fn] = true
	}
	var out []result
	seen := map[string]int{}
	for _, x := range g.exits {
		t := x.state
		if !rangeBody(fn) {
			t.defers = outer
		}
		t.env = t.env.filter(func(key int32, _ *node) bool { return f.u().value(key).Parent() != fn })
		var val *node
		switch len(x.results) {
		case 0:
		case 1:
			val = x.results[0]
		default:
			val = f.u().tuple(x.results)
		}
		if !rangeBody(fn) {
			t = g.leave(t, x)
		}
		k := t.key()
		if val != nil {
			k += "/" + strconv.Itoa(int(val.id))
		}
		if i, ok := seen[k]; ok {
			out[i].state, _ = meetStates(out[i].state, t)
			continue
		}
		seen[k] = len(out)
		out = append(out, result{t, val})
	}
	return out, true
}

// wouldEnd returns what a call of the function value would finish on some path.
func (f *frame) wouldEnd(s state, fn *node) map[*node]phase {
	out := map[*node]phase{}
	if fn.kind == kCleanup {
		for _, tx := range fn.args {
			out[tx] = phase(fn.i)
		}
		return out
	}
	for _, r := range f.tryOut(s, fn) {
		for _, o := range r.state.obs {
			if p, ok := s.phaseOf(o.tx); ok && p == open && o.phase != open {
				out[o.tx] = o.phase
			}
		}
		for _, e := range r.state.done {
			if _, ok := s.done.get(e.key); !ok {
				out[f.u().byID(e.key)] = e.val.phase
			}
		}
	}
	return out
}

// spawn starts a goroutine: what it is given, or would finish, is its own.
func (f *frame) spawn(s state, c *ssa.Go) state {
	fn, args := f.operands(s, c.Common())
	for _, a := range args {
		s = f.escape(s, a, c, "it is given to a goroutine")
		s = f.havocArg(s, a, c)
	}
	if fn != nil && fn.kind == kFunc {
		for n := range f.wouldEnd(s, fn) {
			s = f.escape(s, n, c, "a goroutine finishes it")
		}
	}
	return s
}

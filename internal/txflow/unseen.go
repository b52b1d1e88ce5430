package txflow

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

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
	if a.kind == kCarrier && (obj == nil || finisherLike(obj.Name())) {
		return f.escape(s, a, c, "its context is passed to what may end it, and is not in view")
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
			if len(c.args) == 1 && c.args[0] != nil && c.args[0].kind == kTx {
				return c.args[0] // a callee put it there
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

func markAssumed(s state, tx *node) state {
	s.obs = append([]obligation(nil), s.obs...)
	for i := range s.obs {
		if s.obs[i].tx == tx {
			s.obs[i].assumed = true
		}
	}
	return s
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

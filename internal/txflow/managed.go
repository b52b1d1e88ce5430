package txflow

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// managedMark marks the handle that a managed transaction's closure is given.
const managedMark = "managed"

// isManaged reports whether n is a transaction that the runner of a closure
// finishes.
func (n *node) isManaged() bool { return n.kind == kTx && n.s == managedMark }

// lendManaged returns s with an open transaction that the runner called by c
// lends to the function fn as its argument i, and the handle on it.
func (f *frame) lendManaged(s state, c *ssa.Call, fn *node, i int) (state, *node) {
	tx := f.u().node(node{kind: kTx, v: c, i: managedIndex, s: managedMark})
	if sf, ok := fn.v.(*ssa.Function); ok && fn.kind == kFunc && i < len(sf.Params) && !types.IsInterface(sf.Params[i].Type()) {
		f.u().dynamic[tx] = sf.Params[i].Type()
	}
	s = s.dropObligation(tx)
	return s.begin(tx, nil, nil, false).with(stepBegin, c, false, tx, ""), tx
}

// managedIndex tells the transaction that a call manages from those that it
// hands out.
const managedIndex = 100

// endManaged returns s after the runner has finished the transaction.
func (s state) endManaged(tx *node, how phase, c *ssa.Call) state {
	if p, ok := s.phaseOf(tx); ok && p == open {
		return s.finished(tx, ending{phase: how, sure: true, by: c})
	}
	return s
}

// managed runs a call that begins, calls its callback and finishes.
func (f *frame) managed(s state, c ssa.CallInstruction, row catalog.Row, obj *types.Func, args []*node, callback *node) []result {
	nested := f.onTransaction(obj, args)
	ends := nested && row.NestedEnds
	end := func(s state) state {
		if ends {
			return f.finish(s, args[0], c, ending{phase: rolledBack})
		}
		return s
	}
	if callback == nil || callback.kind != kFunc {
		if callback != nil && f.isInput(callback) {
			s.called = s.called.set(callback.id, f.u().tuple(nil))
		}
		return []result{{end(s), nil}}
	}
	fn := callback.v.(*ssa.Function)
	before := s
	var given []*node
	var tx *node
	call, _ := c.(*ssa.Call)
	if i := f.handleParam(fn); i >= 0 && call != nil && !nested {
		given = make([]*node, len(fn.Params))
		s, tx = f.lendManaged(s, call, callback, i)
		given[i] = tx
	}
	rs, ok := f.run(s, fn, callback.args, given, f.quiet)
	if !ok {
		return []result{{end(s), nil}}
	}
	var out []result
	if !ends { // else nothing is begun that could fail
		out = append(out, result{before, f.u().nonNil})
	}
	for _, r := range rs {
		var val *node
		if e := errorOf(r.val, callback); e != nil && f.is(r.state, e) == isNonNil {
			val = f.u().nonNil
		}
		if tx != nil {
			how := committed
			if val != nil {
				how = rolledBack
			}
			r.state = r.state.endManaged(tx, how, call)
		}
		out = append(out, result{end(r.state), val})
	}
	return out
}

// handleParam returns the parameter of fn that is a transaction, -1 if there is
// not exactly one.
func (f *frame) handleParam(fn *ssa.Function) int {
	at := -1
	for i, p := range fn.Params {
		if !f.a.shapes.carries(p.Type(), 0) {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

package txflow

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// applyRow runs a call that the catalog knows.
func (f *frame) applyRow(s state, c ssa.CallInstruction, row catalog.Row, obj *types.Func, args []*node) []result {
	recv := receivers(obj)
	arg := func(i int) *node {
		if i != catalog.None && i+recv < len(args) {
			return args[i+recv]
		}
		return nil
	}
	if recv > 0 && row.Does != catalog.Derive {
		if f.is(s, args[0]) == isNil {
			return nil // panics
		}
		s = f.used(s, args[0])
	}
	switch row.Does {
	case catalog.Statement, catalog.Fetch, catalog.Begin, catalog.Managed:
		if slices.ContainsFunc(args, func(a *node) bool { return f.afterEnd(s, a, c) }) && returnsError(obj.Signature()) {
			return []result{{s, f.withError(c, f.u().nonNil)}}
		}
	}
	switch row.Does {
	case catalog.Begin:
		return f.beginByRow(s, c, row, obj, args)
	case catalog.Commit:
		return f.finishByRow(s, c, row, ending{phase: committed, sure: true}, obj, args)
	case catalog.Rollback:
		return f.finishByRow(s, c, row, ending{phase: rolledBack, sure: true}, obj, args)
	case catalog.Finish:
		return f.finishByRow(s, c, row, ending{phase: rolledBack}, obj, args)
	case catalog.Borrow:
		for _, a := range args {
			s = f.used(s, a)
		}
		return f.borrowed(s, c, obj, args)
	case catalog.Release:
		return []result{{f.release(s, args[0], c), nil}}
	case catalog.Start:
		return f.start(s, c, row, args[0])
	case catalog.Managed:
		return f.managed(s, c, row, obj, args, arg(row.Callback))
	case catalog.Derive:
		return f.derive(s, c, f.handed(row, obj, args), args)
	}
	if f.a.rows.Hands(obj) {
		return f.derive(s, c, args[0], args)
	}
	for _, a := range args[recv:] {
		s = f.havocArg(s, a, c)
	}
	return []result{{s, f.dependent(s, c, row, args)}}
}

// handed returns the argument that a call ends or derives a handle from, nil if
// there is none.
func (f *frame) handed(row catalog.Row, obj *types.Func, args []*node) *node {
	i := 0
	if row.From != catalog.None {
		i = row.From + receivers(obj)
	}
	if i >= len(args) {
		return nil
	}
	return args[i]
}

func (f *frame) derive(s state, c ssa.CallInstruction, from *node, args []*node) []result {
	for _, a := range args {
		if a != from {
			s = f.havocArg(s, a, c)
		}
	}
	v, ok := c.(*ssa.Call)
	if !ok || from == nil || from.kind == kNil {
		return []result{{s, nil}}
	}
	return []result{{s, f.u().derived(from, v)}}
}

// beginByRow splits the path: the begin worked and there is a transaction, or
// it failed and there is none.
func (f *frame) beginByRow(s state, c ssa.CallInstruction, row catalog.Row, obj *types.Func, args []*node) []result {
	v, ok := c.(*ssa.Call)
	if !ok {
		return []result{{s, nil}} // deferred: nobody gets the handle
	}
	if f.onTransaction(obj, args) || f.onlyReads(row, obj, args) {
		return []result{{s, nil}}
	}
	tx := f.u().tx(v, row.Result)
	var ctx *node
	if i := row.Ctx + receivers(obj); row.Ctx != catalog.None && i < len(args) {
		ctx = args[i]
	}
	good := f.opened(s, v, tx, origin(args), ctx, false)
	switch {
	case row.Waits:
		good = good.idle(tx, untilStarted)
	case row.Lazy:
		good = good.idle(tx, untilUsed)
	}
	if field := f.errField(obj, row); field >= 0 {
		good.heap = good.heap.set(f.u().field(tx, field).id, f.u().null)
		bad := s
		failed := f.u().result(v, row.Result)
		bad.heap = bad.heap.set(f.u().field(failed, field).id, f.u().nonNil)
		return []result{{good, tx}, {bad, failed}}
	}
	if row.Err == catalog.None {
		return []result{{good, tx}}
	}
	return []result{
		{good, f.results(v, map[int]*node{row.Result: tx, row.Err: f.u().null})},
		{s, f.results(v, map[int]*node{row.Result: f.u().null, row.Err: f.u().nonNil})},
	}
}

// onlyReads reports whether the begin is told not to write, where that makes the
// transaction one that needs no end.
func (f *frame) onlyReads(row catalog.Row, obj *types.Func, args []*node) bool {
	i := row.Write + receivers(obj)
	return row.Write != catalog.None && i < len(args) && args[i] == f.u().no
}

// start opens the transaction of a handle that waited for that, or once more
// after its end. Started on what the function was given, it is the function's
// own.
func (f *frame) start(s state, c ssa.CallInstruction, row catalog.Row, n *node) []result {
	good, r := s, root(n)
	for i, o := range s.obs {
		if o.tx == r {
			good.obs = slices.Clone(s.obs)
			good.obs[i].phase, good.obs[i].idle, good.obs[i].end = open, 0, ending{}
		}
	}
	if r.kind != kTx && f.isInput(r) {
		good.done = good.done.set(r.id, ending{phase: handedOver})
	}
	v, ok := c.(*ssa.Call)
	if !ok || row.Err == catalog.None {
		return []result{{good, nil}}
	}
	started := map[int]*node{row.Err: f.u().null}
	if row.Result != row.Err {
		started[row.Result] = f.u().derived(n, v) // it also hands the handle out
	}
	return []result{
		{good, f.results(v, started)},
		{s, f.results(v, map[int]*node{row.Err: f.u().nonNil})},
	}
}

// used notes that the transaction of the handle n takes a connection from now on.
func (f *frame) used(s state, n *node) state {
	for i, o := range s.obs {
		if o.idle == untilUsed && n != nil && (o.tx == root(n) || o.tx == base(n)) {
			s.obs = slices.Clone(s.obs)
			s.obs[i].idle = 0
		}
	}
	return s
}

// onTransaction reports whether a begin or a runner is called on a transaction:
// it only sets a savepoint, or nothing, and the end of that one ends it too.
func (f *frame) onTransaction(obj *types.Func, args []*node) bool {
	recv := obj.Signature().Recv()
	if recv == nil {
		return false
	}
	_, t, ok := f.a.rows.Handle(recv.Type())
	return ok && (t.Role == catalog.Tx || t.Role == catalog.Either && len(args) > 0 && root(args[0]).kind == kTx)
}

// errField returns the index of the field that carries errors in the handle
// that a call of obj returns, -1 if errors are results.
func (f *frame) errField(obj *types.Func, row catalog.Row) int {
	if row.Result >= obj.Signature().Results().Len() {
		return -1
	}
	t := obj.Signature().Results().At(row.Result).Type()
	_, typ, ok := f.a.rows.Handle(t)
	if !ok || typ.ErrField == "" {
		return -1
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if st, ok := t.Underlying().(*types.Struct); ok {
		for i := range st.NumFields() {
			if st.Field(i).Name() == typ.ErrField {
				return i
			}
		}
	}
	return -1
}

// origin returns the handle that a transaction is begun on.
func origin(args []*node) *node {
	if len(args) == 0 {
		return nil
	}
	return root(args[0])
}

// release ends the transactions that were begun on the connection n: the
// library rolls them back or destroys the connection.
func (f *frame) release(s state, n *node, c ssa.CallInstruction) state {
	for _, o := range s.obs {
		if o.mayBeOpen() && o.from != nil && o.from == root(n) {
			s = s.setPhase(o.tx, rolledBack).with(stepFinish, c, false, o.tx, "")
		}
	}
	return s
}

// cancel ends the context that was made at the same call as the function n,
// and with it the transactions that end with their context.
func (f *frame) cancel(s state, n *node, c ssa.CallInstruction) state {
	for _, o := range s.obs {
		if o.mayBeOpen() && o.ctx.within(n.v) {
			s = s.setPhase(o.tx, rolledBack).with(stepFinish, c, false, o.tx, "")
		}
	}
	return s
}

// within reports whether the context n is, or was made from, the one made at v.
func (n *node) within(v ssa.Value) bool {
	if n == nil || n.kind != kCarrier {
		return false
	}
	if n.v == v {
		return true
	}
	for _, a := range n.args {
		if a.within(v) {
			return true
		}
	}
	return false
}

// results returns the value of a call of which some results are known.
func (f *frame) results(v *ssa.Call, known map[int]*node) *node {
	if _, ok := v.Type().(*types.Tuple); !ok {
		return known[0]
	}
	args := f.unknownResults(v)
	for i, n := range known {
		if i < len(args) {
			args[i] = n
		}
	}
	return f.u().tuple(args)
}

// opened returns s with a new transaction.
func (f *frame) opened(s state, v *ssa.Call, tx, from, ctx *node, assumed bool) state {
	s = s.dropObligation(tx)
	return s.begin(tx, from, ctx, assumed).with(stepBegin, v, false, tx, "")
}

func (f *frame) finishByRow(s state, c ssa.CallInstruction, row catalog.Row, how ending, obj *types.Func, args []*node) []result {
	recv := f.handed(row, obj, args)
	if recv == nil {
		return []result{{s, nil}}
	}
	over := f.isOver(s, recv)
	for _, a := range args {
		if a != recv {
			s = f.havocArg(s, a, c)
		}
	}
	after := f.finish(s, recv, c, how)
	v, ok := c.(*ssa.Call)
	switch {
	case !ok:
		return []result{{after, nil}}
	case row.Err == catalog.None && f.a.rows.Hands(obj) || f.errField(obj, row) >= 0:
		return []result{{after, f.u().derived(recv, v)}}
	case over && row.Err != catalog.None && row.DoneError != "":
		return []result{{after, f.results(v, map[int]*node{row.Err: f.a.overError(row.Library)})}}
	case row.FailedCommitOpen && how.phase == committed && row.Err != catalog.None:
		return []result{
			{after, f.results(v, map[int]*node{row.Err: f.u().null})},
			{s, f.results(v, map[int]*node{row.Err: f.u().nonNil})},
		}
	}
	return []result{{after, nil}}
}

// beginByShape runs a call that reads like a begin: its name says so and the
// type of its first result commits and rolls back.
func (f *frame) beginByShape(s state, c ssa.CallInstruction, obj *types.Func, args []*node) []result {
	v, ok := c.(*ssa.Call)
	if !ok || f.readOnlyView(obj, args) {
		return []result{{s, nil}}
	}
	for _, a := range args {
		s = f.havocArg(s, a, c)
	}
	tx := f.u().tx(v, 0)
	good := f.opened(s, v, tx, origin(args), nil, false)
	n := obj.Signature().Results().Len()
	if !returnsError(obj.Signature()) {
		return []result{{good, f.results(v, map[int]*node{0: tx})}}
	}
	return []result{
		{good, f.results(v, map[int]*node{0: tx, n - 1: f.u().null})},
		{s, f.results(v, map[int]*node{0: f.u().null, n - 1: f.u().nonNil})},
	}
}

// readOnlyView reports whether the begin is told not to write, Txn(false): what
// it hands out is a snapshot that needs no end.
func (f *frame) readOnlyView(obj *types.Func, args []*node) bool {
	sig := obj.Signature()
	return sig.Params().Len() == 1 && types.Identical(sig.Params().At(0).Type(), types.Typ[types.Bool]) && args[len(args)-1] == f.u().no
}

func (f *frame) finishByShape(s state, c ssa.CallInstruction, p phase, args []*node) []result {
	for _, a := range args[1:] {
		s = f.havocArg(s, a, c)
	}
	return []result{{f.finish(s, args[0], c, ending{phase: p, sure: true}), nil}}
}

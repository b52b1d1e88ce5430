package txflow

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// finish ends the transaction that n is a handle of, or those that the object
// n holds. What the function was given is noted for its callers.
func (f *frame) finish(s state, n *node, c ssa.CallInstruction, how ending) state {
	r := root(n)
	if r == nil || r.kind == kNil || r.kind == kNonNil || r.kind == kConst {
		return s // stands for no handle in particular
	}
	how.by = f.site(c)
	how.tolerant = how.tolerant || f.a.tolerates(c)
	txs := carried(s, f.u(), r)
	for _, tx := range txs {
		// An object may keep its transactions in ways that are not in view.
		how.sure = how.sure && tx == r && !s.waits(tx)
		switch q, _ := s.phaseOf(tx); q {
		case open:
			if tx.isManaged() {
				f.record(s, Event{Kind: FinishesManaged, At: how.by, Commits: how.phase == committed}, tx)
			}
			f.a.finished[tx.v] = true
			s = s.finished(tx, how)
		case committed, rolledBack:
			s = f.again(s, tx, how)
		}
	}
	if len(txs) == 0 && f.isInput(r) {
		switch q, _ := s.done.get(r.id); q.phase {
		case 0, lent:
			s.done = s.done.set(r.id, how)
			s = s.with(stepFinish, how.by, false, r, how.phase.String())
		case committed, rolledBack:
			s = f.again(s, r, how)
		}
	}
	return s
}

// site returns the call as it stands in the source: c, or, inside a wrapper that
// the compiler made, the call of that.
func (f *frame) site(c ssa.CallInstruction) ssa.CallInstruction {
	for g := f; g.via != nil; g = g.caller {
		c = g.via
	}
	return c
}

// waits reports whether the transaction has not been started yet.
func (s state) waits(tx *node) bool {
	for _, o := range s.obs {
		if o.tx == tx {
			return o.idle == untilStarted
		}
	}
	return false
}

// again notes that a transaction is finished which is over already. A rollback
// is harmless then, and so is a deferred call that looks whether the transaction
// was over when the function came to its end.
func (f *frame) again(s state, tx *node, how ending) state {
	note := ""
	if f.failed(s, s.ending(tx).by) {
		note = "the end failed"
	}
	if !how.left {
		s = s.surely(tx)
	}
	s = s.with(stepAgain, how.by, how.phase == committed, tx, note)
	if how.phase == rolledBack || how.tolerant && f.leavesSince(s, tx) {
		return s
	}
	if was := s.ending(tx); was.over() && how.sure && !(was.phase == committed && f.autoCommits(tx, SecondFinish)) {
		f.record(s, Event{Kind: SecondFinish, At: how.by, Commits: how.phase == committed}, tx)
	}
	return s
}

// leavesSince reports whether the deferred calls of a function in hand have begun
// to run after the transaction had ended.
func (f *frame) leavesSince(s state, tx *node) bool {
	for t := s.trail; t != nil; t = t.prev {
		switch {
		case t.what == stepFinish && t.tx == tx:
			return false
		case t.what == stepDefer:
			for g := f; g != nil; g = g.caller {
				if t.instr.Parent() == g.fn {
					return true
				}
			}
		}
	}
	return false
}

// failed reports whether the path has found that the call c, a finish, returned
// an error.
func (f *frame) failed(s state, c ssa.CallInstruction) bool {
	v, ok := c.(*ssa.Call)
	if !ok {
		return false
	}
	if f.is(s, f.u().sym(v)) == isNonNil {
		return true
	}
	for t := s.trail; t != nil && t.instr != c; t = t.prev {
		if t.what != stepBranch {
			continue
		}
		cmp, ok := t.instr.(*ssa.If).Cond.(*ssa.BinOp)
		if ok && (cmp.X == v || cmp.Y == v) && t.taken == (cmp.Op == token.NEQ) {
			return true
		}
	}
	return false
}

// isOver reports whether n is a handle on a transaction that is known to have
// ended.
func (f *frame) isOver(s state, n *node) bool {
	r := root(n)
	return r != nil && s.ending(r).over()
}

// autoCommits reports whether the library of the handle n lets it be used after
// its end; asked for a commit, whether that does nothing then.
func (f *frame) autoCommits(n *node, kind EventKind) bool {
	t := f.dynamicType(n)
	if t == nil {
		return false
	}
	lib, _, ok := f.a.rows.Handle(t)
	return ok && (lib.AutoCommit || lib.IdleCommit && kind == SecondFinish)
}

// overError is the error that the calls of a transaction return once it is
// over.
func (a *solver) overError(lib *catalog.Library) *node {
	if g := a.global(lib.DoneError); g != nil {
		return a.u.sentinel(a.u.sym(g))
	}
	return a.u.nonNil
}

// lateMark marks an error that was made of one that says that a transaction was
// over.
const lateMark = "late"

// isLate reports whether the error n says, by itself or in what it was made of,
// that a transaction was over.
func (a *solver) isLate(n *node) bool {
	if n.kind == kNonNil {
		return n.s == lateMark
	}
	if n.kind != kObject || n.s != sentinelMark {
		return false
	}
	g, ok := n.v.(*ssa.Global)
	return ok && a.isOverError(g)
}

// dependent is what a statement on a transaction returns if that ends with the
// transaction: rows, or a prepared statement; nil if it returns nothing such.
func (f *frame) dependent(s state, c ssa.CallInstruction, row catalog.Row, args []*node) *node {
	v, ok := c.(*ssa.Call)
	if !ok || len(args) == 0 || row.Does != catalog.Statement {
		return nil
	}
	tx, t := f.handleOf(args[0]), resultType(v, 0)
	if tx == nil || t == nil || !f.a.rows.EndsWithTx(t) || !f.mayBeTx(c) || s.ending(tx).over() {
		return nil
	}
	return f.results(v, map[int]*node{0: f.u().node(node{kind: kRows, v: v, x: tx})})
}

// query is what a library's method on a transaction, or on a query of one, hands
// out to be filled in and sent; nil if it hands out nothing such.
func (f *frame) query(s state, c ssa.CallInstruction, obj *types.Func, args []*node) *node {
	v, ok := c.(*ssa.Call)
	if !ok || obj == nil || !ofLibrary(obj) || receivers(obj) == 0 || obj.Signature().Results().Len() != 1 || len(args) == 0 || args[0] == nil {
		return nil
	}
	tx := f.handleOf(args[0])
	if tx == nil || tx.kind != kTx || args[0].kind != kRows && !f.mayBeTx(c) {
		return nil
	}
	t := resultType(v, 0)
	if _, named := types.Unalias(elem(t)).(*types.Named); !named || isErrorType(t) || f.a.shapes.carries(t, 0) {
		return nil
	}
	return f.u().node(node{kind: kRows, v: v, x: tx})
}

// mayBeTx reports whether the receiver of the call can be a transaction, or
// something that was made by one.
func (f *frame) mayBeTx(c ssa.CallInstruction) bool {
	obj := calledObject(c.Common())
	if obj == nil || obj.Signature().Recv() == nil {
		return false
	}
	_, t, ok := f.a.rows.Handle(obj.Signature().Recv().Type())
	return !ok || t.Role == catalog.Tx || t.Role == catalog.Either
}

// handleOf returns the transaction that n is a handle on, or that rows or a
// prepared statement n belongs to; nil if it is none in sight.
func (f *frame) handleOf(n *node) *node {
	for n != nil {
		switch n.kind {
		case kTx:
			return n
		case kRows, kDerived:
			n = n.x
			continue
		case kField, kLoad, kPart:
			if b := base(n); b.kind == kRows || b.kind == kTx && f.promotes(n) {
				n = b
				continue
			}
		}
		break
	}
	if n != nil && f.isInput(n) {
		return n
	}
	return nil
}

// promotes reports whether n is what the transaction that it is reached from
// embeds, at any depth, and no handle on more than that: what is done with it is
// done with the transaction.
func (f *frame) promotes(n *node) bool {
	for ; n.kind != kTx; n = n.x {
		switch n.kind {
		case kLoad:
		case kField, kPart:
			st := structBehind(n.x)
			if st == nil || n.i < 0 || n.i >= st.NumFields() || !st.Field(n.i).Embedded() {
				return false
			}
			if _, t, ok := f.a.rows.Handle(st.Field(n.i).Type()); ok && t.Role != catalog.Tx && t.Role != catalog.Either {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// afterEnd reports whether c fails because it uses the handle n, whose
// transaction is over, and notes that.
func (f *frame) afterEnd(s state, n *node, c ssa.CallInstruction) bool {
	tx := f.handleOf(n)
	if tx == nil || !s.ending(tx).over() || f.autoCommits(tx, UseAfterEnd) {
		return false
	}
	if !f.a.tolerates(c) {
		f.record(s, Event{Kind: UseAfterEnd, At: c, What: calleeName(c.Common())}, tx)
	}
	return true
}

// handedOn notes that c passes on a transaction that is over, to a function
// that works with it.
func (f *frame) handedOn(s state, c ssa.CallInstruction, fn *ssa.Function, args []*node) {
	if !s.anyOver() {
		return
	}
	for i, a := range args {
		for _, h := range f.handlesIn(s, a) {
			if s.ending(h.tx).over() && f.a.works(c, fn, i, h.path) {
				f.record(s, Event{Kind: UseAfterEnd, At: c, What: calleeName(c.Common()), Passed: true}, h.tx)
			}
		}
	}
}

// anyOver reports whether some transaction of the path is known to have ended.
func (s state) anyOver() bool {
	for _, o := range s.obs {
		if o.end.over() {
			return true
		}
	}
	for _, e := range s.done {
		if e.val.over() {
			return true
		}
	}
	return false
}

// A handleAt is a handle and the fields through which it is reached.
type handleAt struct {
	tx   *node
	path []int
}

// handlesIn returns the transactions that n is a handle on or holds in its
// fields.
func (f *frame) handlesIn(s state, n *node) []handleAt {
	if n == nil {
		return nil
	}
	if tx := f.handleOf(n); tx != nil {
		return []handleAt{{tx, nil}}
	}
	var out []handleAt
	for _, e := range s.heap {
		addr := f.u().byID(e.key)
		path, ok := fieldsBelow(addr, n)
		if !ok {
			continue
		}
		if tx := f.handleOf(e.val); tx != nil {
			out = append(out, handleAt{tx, path})
		}
	}
	return out
}

// fieldsBelow returns the fields that lead from the object at base to the
// address.
func fieldsBelow(addr, base *node) ([]int, bool) {
	var path []int
	for ; addr.kind == kField; addr = addr.x {
		path = append([]int{addr.i}, path...)
		if addr.x == base {
			return path, true
		}
	}
	return nil, false
}

// ends looks at what the solved function has done, at its end, to transactions
// that it was given, and to those that it returns.
func (f *frame) ends(s state, results []*node, ret *ssa.Return) {
	failed := truth(0)
	if returnsError(f.fn.Signature) && len(results) > 0 {
		failed = f.is(s, results[len(results)-1])
	}
	for _, e := range s.done {
		if e.val.over() && f.fn.Parent() == nil && !e.val.works {
			told := e.val.phase == rolledBack && failed == isNonNil
			f.record(s, Event{Kind: FinishesBorrowed, At: e.val.by, Commits: e.val.phase == committed, Told: told}, f.u().byID(e.key))
		}
	}
	for i, r := range results {
		tx, t := root(r), f.fn.Signature.Results().At(i).Type()
		what := ""
		switch {
		case tx == nil || failed == isNonNil:
			continue
		case tx.kind == kRows && f.a.rows.EndsWithTx(t):
			what, tx = types.TypeString(t, (*types.Package).Name), tx.x
		case tx.kind != kTx || !f.a.shapes.carries(t, 0):
			continue
		}
		if s.ending(tx).over() {
			f.record(s, Event{Kind: ReturnsEnded, At: ret, What: strings.TrimPrefix(what, "*")}, tx)
		}
	}
	f.lateError(s, results, ret)
}

// lateError notes that the function reports a failure although it committed:
// the error is that of a rollback that came too late.
func (f *frame) lateError(s state, results []*node, ret *ssa.Return) {
	if len(results) == 0 {
		return
	}
	last := results[len(results)-1]
	if last == nil || !f.a.isLate(last) {
		return
	}
	for t := s.trail; t != nil; t = t.prev {
		if t.what != stepAgain {
			continue
		}
		c, ok := t.instr.(*ssa.Call)
		was := s.ending(t.tx)
		if ok && !t.taken && t.note == "" && len(*c.Referrers()) > 0 && was.over() && was.phase == committed {
			f.record(s, Event{Kind: LateError, At: c}, t.tx)
		}
		return
	}
}

// calledObject returns the function or method that is called, nil if that is
// not known.
func calledObject(c *ssa.CallCommon) *types.Func {
	if c.IsInvoke() {
		return c.Method
	}
	if fn := c.StaticCallee(); fn != nil {
		obj, _ := fn.Object().(*types.Func)
		return obj
	}
	return nil
}

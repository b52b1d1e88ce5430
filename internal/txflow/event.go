package txflow

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// An EventKind says what happened to a transaction on a path.
type EventKind uint8

const (
	// Exit: a function returns while a transaction that it owns is open.
	Exit EventKind = iota + 1
	// PanicExit: only a panic leaves the transaction open.
	PanicExit
	// NextRound: a begin runs again while its last transaction is open.
	NextRound
	// DeferInLoop: a begin runs again while its last transaction waits for a
	// deferred finish at the end of the function.
	DeferInLoop
	// Overwritten: the only handle is assigned another transaction while its own
	// is open.
	Overwritten
	// Silent: nothing is reported about a begin, for the reason in Why.
	Silent
	// FinishesBorrowed: a function finishes a transaction that it was given and
	// that it works with.
	FinishesBorrowed
	// FinishesManaged: a closure finishes the transaction that its runner
	// finishes.
	FinishesManaged
	// UseAfterEnd: a statement is sent through a transaction that is over, or the
	// transaction is passed to a function that works with it.
	UseAfterEnd
	// SecondFinish: a transaction that is over is committed.
	SecondFinish
	// ReturnsEnded: a function returns a transaction that it has finished, or, if
	// What is not empty, something that ended with it.
	ReturnsEnded
	// LateError: a function that has committed returns the error of a rollback
	// after that.
	LateError
)

// An Event is something that happened to a transaction on a feasible path.
type Event struct {
	Kind EventKind
	// Func is the function, Begin the call in it that began the transaction, nil
	// if the function was given it. Of a managed transaction it is the call of the
	// runner.
	Func  *ssa.Function
	Begin *ssa.Call
	// Tx tells the transactions of one function apart; it is comparable.
	Tx any
	// Borrowed says where the function has a transaction from that it was given.
	Borrowed Lender
	// Commits reports whether a finish is a commit.
	Commits bool
	// Where names the place of a FinishesBorrowed as its callers know it.
	Where string
	// Told reports whether callers learn of a rollback by the error returned.
	Told bool
	// What names what is called with the transaction, Passed reports whether that
	// is handed it, and does not itself send a statement.
	What   string
	Passed bool
	// Prior is how the transaction came to its end before.
	Prior *Ending
	// AutoCommit reports whether statements that are sent after the end take
	// effect, outside of any transaction, and a commit then does nothing; of a
	// commit, that it does nothing.
	AutoCommit bool
	// Owners are the calls in this package, tests left out, that give Func a
	// transaction of their own; Unseen reports whether others may do so.
	Owners []token.Pos
	Unseen bool
	// Name is how the source names the handle, "" if it is dropped.
	Name string
	// Dropped reports whether the source throws the handle away at once.
	Dropped bool
	// HandedOver reports whether somebody else gets the transaction on another
	// path.
	HandedOver bool
	// At is where it happened: the return, the panic, the begin that runs again.
	At ssa.Instruction
	// AtPos is the position to report.
	AtPos, AtEnd token.Pos
	// Implicit reports whether the function just ends at AtPos.
	Implicit bool
	// Possible is why the event is not definite, "" if it is.
	Possible string
	// By names the function that began the transaction: "sql.DB.Begin".
	By string
	// ContextEnds is the position of the context whose end rolls the
	// transaction back, NoPos if nothing does.
	ContextEnds token.Pos
	// Path leads from the begin to the place of the event.
	Path []Step
	// Guards are the deferred calls that hold the transaction and did nothing.
	Guards []Guard
	// Why is the reason of a Silent event.
	Why string
}

// leak reports whether the event is about a transaction that stays open.
func (k EventKind) leak() bool { return k <= Overwritten }

func (e *Event) beginPos() token.Pos {
	if e.Begin == nil {
		return token.NoPos
	}
	return e.Begin.Pos()
}

// A Lender says where a function has a transaction from that it did not begin.
type Lender uint8

// The lenders of a transaction.
const (
	NoLender Lender = iota
	// Parameter: it is a parameter, or a field of one.
	Parameter
	// Receiver: it is in a field of the receiver, which was given it.
	Receiver
	// Context: it came in a context.
	Context
)

// An Ending is the finish of a transaction.
type Ending struct {
	// Pos and End are the place of the call that finished it.
	Pos, End token.Pos
	Commits  bool
	// Deferred reports whether the call was deferred, Before whether it also began
	// the transaction: it was over before anybody had it.
	Deferred, Before bool
	// Callee is the function of the program that finished it, By how it is
	// called; nil if the call is the library's own finish.
	Callee *types.Func
	By     string
	// Works reports whether Callee also uses the transaction for work of its own,
	// Where names the place in it that finishes.
	Works bool
	Where string
}

// AfterEnd groups the events that go on with a transaction that is over, by the
// transaction and its end, in the order of their positions. The first of a
// group is the one to report.
func (r *Result) AfterEnd(wanted func(*Event) bool) [][]*Event {
	type key struct {
		tx  any
		end token.Pos
	}
	groups := map[key]int{}
	var out [][]*Event
	for _, e := range r.Events {
		if e.Prior == nil || e.Kind != SecondFinish && e.Kind != UseAfterEnd || !wanted(e) {
			continue
		}
		k := key{e.Tx, e.Prior.Pos}
		i, ok := groups[k]
		if !ok {
			i = len(out)
			groups[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], e)
	}
	for _, g := range out {
		slices.SortStableFunc(g, func(x, y *Event) int { return min(len(x.Possible), 1) - min(len(y.Possible), 1) })
	}
	return out
}

// ByTx groups the events that are wanted by their transaction, in the order of
// their positions.
func (r *Result) ByTx(wanted func(*Event) bool) [][]*Event {
	at := map[any]int{}
	var out [][]*Event
	for _, e := range r.Events {
		if !wanted(e) {
			continue
		}
		i, ok := at[e.Tx]
		if !ok {
			i = len(out)
			at[e.Tx] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], e)
	}
	return out
}

// Handle names the transaction of the event in a message.
func (e *Event) Handle() string {
	if e.Name == "" {
		return "the transaction"
	}
	return e.Name
}

// Place names position p for somebody who looks at the event: the line, and the
// file if that is another one.
func (e *Event) Place(fset *token.FileSet, p token.Pos) string {
	at, here := fset.Position(p), fset.Position(e.AtPos)
	if at.Filename != here.Filename {
		return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
	}
	return fmt.Sprintf("line %d", at.Line)
}

// A Step is one place on the path of an event.
type Step struct {
	Pos  token.Pos
	What string
}

// A Guard is a deferred call that could have finished the transaction but did
// not on this path.
type Guard struct {
	Defer token.Pos
	// Cond is the source text of the condition that kept it, "" if unknown, Var
	// the variable it tests, Decl where that was declared.
	Cond, Var string
	Decl      token.Pos
	// Held is the truth that the condition had.
	Held bool
}

// leak records that the obligation o is still open at instr.
func (a *solver) leak(f *frame, s state, o obligation, kind EventKind, at ssa.Instruction, results []*node) {
	e := Event{Kind: kind, At: at}
	if o.assumed {
		e.Possible = "the begin is inside a function that is passed on"
	}
	if o.doubted {
		e.Possible = "what it was lent to may have finished it"
	}
	f.record(s, e, o.tx)
}

// record keeps an event of the transaction tx, unless the same is known
// already from a path that shows as much.
func (f *frame) record(s state, e Event, tx *node) {
	if f.quiet {
		return
	}
	e.Func, e.Tx = f.root().fn, tx
	lent := false
	if tx.kind == kTx {
		begin, ok := tx.v.(*ssa.Call)
		if !ok {
			return
		}
		e.Begin, e.Func, e.By = begin, begin.Parent(), f.a.beganBy(tx)
		for _, o := range s.obs {
			lent = lent || o.tx == tx && o.lent
		}
	} else if e.Borrowed = f.a.lender(f.root().fn, tx); e.Borrowed == NoLender && e.Kind == FinishesBorrowed {
		return
	}
	if e.Possible == "" {
		e.Possible = s.guess
	}
	e.AutoCommit = f.autoCommits(tx, e.Kind)
	key := eventKey{e.Kind, tx, e.At}
	if old, ok := f.a.events[key]; ok && !better(&e, lent, old) {
		return
	}
	f.a.events[key] = rawEvent{&e, s.trail, tx, lent, s.ending(tx)}
}

// better reports whether an event shows more than the one that is there.
func better(e *Event, lent bool, old rawEvent) bool {
	if (e.Possible == "") != (old.event.Possible == "") {
		return e.Possible == ""
	}
	if e.Told != old.event.Told {
		return !e.Told
	}
	return !lent && old.lent
}

type eventKey struct {
	kind EventKind
	tx   *node
	at   ssa.Instruction
}

// A rawEvent is an event whose path has not been put into words yet.
type rawEvent struct {
	event *Event
	trail *step
	tx    *node
	lent  bool
	end   ending
}

// silence keeps the reason why nothing will be said of a transaction.
func (a *solver) silence(tx *node, at ssa.Instruction, why string, f *frame) {
	begin, ok := tx.v.(*ssa.Call)
	if !ok || f.quiet || tx.isManaged() {
		return
	}
	if _, ok := a.silences[begin]; !ok {
		a.silences[begin] = &Event{Kind: Silent, Func: begin.Parent(), Begin: begin, At: at, Why: why, By: a.beganBy(tx)}
	}
}

// finishEvents puts the events into words and in order.
func (a *solver) finishEvents(res *Result) []*Event {
	src := &source{a.pass, a.shapes, map[ssa.Value]ast.Expr{}}
	var out []*Event
	for _, raw := range a.events {
		if raw.lent && raw.event.Kind.leak() && !a.finished[raw.event.Begin] {
			a.silences[raw.event.Begin] = &Event{Kind: Silent, Func: raw.event.Func, Begin: raw.event.Begin, At: raw.event.At, By: raw.event.By,
				Why: "it is passed to code that is not in view, and never finished here"}
			continue
		}
		described := false
		a.guard(res, raw.event.Func, func() { src.describe(raw); described = true })
		if !described {
			continue
		}
		if raw.event.Kind == FinishesBorrowed {
			fn := raw.event.Func
			if !a.worksWith(fn, raw.tx) {
				continue
			}
			raw.event.Where = a.place(raw.event.At.(ssa.CallInstruction))
			i, _, _ := inputPath(fn, raw.tx)
			raw.event.Owners, raw.event.Unseen = a.owners(fn, i, map[*ssa.Function]bool{})
		}
		if raw.event.Kind.leak() && a.conditional[raw.tx] && src.ignoresHandle(raw.event.Begin) && raw.event.Possible == "" {
			raw.event.Possible = "the callee may not have begun, and the caller does not look"
		}
		out = append(out, raw.event)
	}
	reported := map[*ssa.Call]bool{}
	for _, e := range out {
		e.HandedOver = e.Begin != nil && a.silences[e.Begin] != nil
		reported[e.Begin] = reported[e.Begin] || e.Kind.leak()
	}
	for begin, e := range a.silences {
		if !reported[begin] {
			e.AtPos, e.AtEnd = src.callRange(begin)
			e.Name = src.handleName(begin, 0)
			out = append(out, e)
		}
	}
	// Events of one transaction can come to one place from several: what is
	// overwritten there is missed at each exit.
	slices.SortFunc(out, func(x, y *Event) int {
		return cmp.Or(cmp.Compare(x.AtPos, y.AtPos), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.beginPos(), y.beginPos()),
			cmp.Compare(x.At.Pos(), y.At.Pos()), cmp.Compare(x.At.Block().Index, y.At.Block().Index))
	})
	return out
}

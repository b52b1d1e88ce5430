package txflow

import (
	"go/ast"
	"go/token"
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
)

// An Event is something that happened to a transaction on a feasible path.
type Event struct {
	Kind EventKind
	// Func is the function, Begin the call in it that began the transaction.
	Func  *ssa.Function
	Begin *ssa.Call
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
	begin, ok := o.tx.v.(*ssa.Call)
	if !ok {
		return
	}
	e := &Event{Kind: kind, Func: begin.Parent(), Begin: begin, At: at, By: a.beganBy(o.tx)}
	if e.Possible = s.guess; o.assumed {
		e.Possible = "the begin is inside a function that is passed on"
	}
	key := eventKey{kind, begin, o.tx.i, at}
	if old, ok := a.events[key]; ok && !better(e, o.lent, old) {
		return
	}
	a.events[key] = rawEvent{e, s.trail, o.tx, o.lent}
}

// better reports whether an event shows more than the one that is there.
func better(e *Event, lent bool, old rawEvent) bool {
	if (e.Possible == "") != (old.event.Possible == "") {
		return e.Possible == ""
	}
	return !lent && old.lent
}

type eventKey struct {
	kind  EventKind
	begin *ssa.Call
	i     int
	at    ssa.Instruction
}

// A rawEvent is an event whose path has not been put into words yet.
type rawEvent struct {
	event *Event
	trail *step
	tx    *node
	lent  bool
}

// silence keeps the reason why nothing will be said of a transaction.
func (a *solver) silence(tx *node, at ssa.Instruction, why string, f *frame) {
	begin, ok := tx.v.(*ssa.Call)
	if !ok || f.quiet {
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
		if raw.lent && !a.finished[raw.event.Begin] {
			a.silences[raw.event.Begin] = &Event{Kind: Silent, Func: raw.event.Func, Begin: raw.event.Begin, At: raw.event.At, By: raw.event.By,
				Why: "it is passed to code that is not in view, and never finished here"}
			continue
		}
		described := false
		a.guard(res, raw.event.Func, func() { src.describe(raw); described = true })
		if !described {
			continue
		}
		if a.conditional[raw.tx] && src.ignoresHandle(raw.event.Begin) && raw.event.Possible == "" {
			raw.event.Possible = "the callee may not have begun, and the caller does not look"
		}
		out = append(out, raw.event)
	}
	reported := map[*ssa.Call]bool{}
	for _, e := range out {
		e.HandedOver = a.silences[e.Begin] != nil
		reported[e.Begin] = true
	}
	for begin, e := range a.silences {
		if !reported[begin] {
			e.AtPos, e.AtEnd = src.callRange(begin)
			e.Name = src.handleName(begin, 0)
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(x, y *Event) int {
		if x.AtPos != y.AtPos {
			return int(x.AtPos - y.AtPos)
		}
		if x.Kind != y.Kind {
			return int(x.Kind) - int(y.Kind)
		}
		return int(x.Begin.Pos() - y.Begin.Pos())
	})
	return out
}

package txowner

import (
	"fmt"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/txflow"
)

// borrowedMessage says of a function that it finishes what it was given, and
// which callers it does that to.
func borrowedMessage(pass *analysis.Pass, e *txflow.Event, goneOn []*txflow.Event) string {
	lender, owner := "which the caller passed in", "the caller"
	switch e.Borrowed {
	case txflow.Receiver:
		lender, owner = "which its receiver was given", "who began it"
	case txflow.Context:
		lender, owner = "which came with the context", "who began it"
	}
	instead := "leave the commit to " + owner
	if !e.Commits {
		instead = "return an error and leave the rollback to " + owner
	}
	return fmt.Sprintf("%s %s, %s: only the function that begins a transaction should finish it; %s%s%s",
		finishes(e), e.Handle(), lender, instead, others(pass, e, goneOn), assumed(e))
}

// others names the callers that go on with the transaction.
func others(pass *analysis.Pass, e *txflow.Event, goneOn []*txflow.Event) string {
	seen := map[string]bool{}
	var places []string
	for _, c := range goneOn {
		if p := e.Place(pass.Fset, c.AtPos); !seen[p] {
			seen[p] = true
			places = append(places, p)
		}
	}
	const most = 3
	switch n := len(places); {
	case n == 0:
		return ""
	case n == 1:
		return ", who goes on with it at " + places[0]
	case n > most:
		return fmt.Sprintf(", who goes on with it at %s and %d more places", strings.Join(places[:most], ", "), n-most)
	default:
		return fmt.Sprintf(", who goes on with it at %s and %s", strings.Join(places[:n-1], ", "), places[n-1])
	}
}

// managedMessage says what a closure does that its runner is there for.
func managedMessage(e *txflow.Event) string {
	instead := "return an error and it is rolled back"
	if e.Commits {
		instead = "return nil and it is committed"
	}
	return fmt.Sprintf("%s %s, which %s finishes: %s%s", finishes(e), e.Handle(), e.By, instead, assumed(e))
}

// callerMessage says of a caller that it goes on with what a callee finished.
func callerMessage(pass *analysis.Pass, e *txflow.Event) string {
	p := e.Prior
	how, end := "rolled it back", "rollback"
	if p.Commits {
		how, end = "committed it", "commit"
	}
	what := "uses " + e.Handle()
	switch {
	case e.Kind == txflow.SecondFinish && p.Pos == e.AtPos:
		what = "ends " + e.Handle() + " again"
	case e.Kind == txflow.SecondFinish:
		what = "commits " + e.Handle()
	case e.Passed:
		what = fmt.Sprintf("passes %s to %s", e.Handle(), e.What)
	}
	if e.Possible != "" {
		what = "may " + strings.Replace(what, "s ", " ", 1)
	}
	when := "called at " + e.Place(pass.Fset, p.Pos)
	if p.Pos == e.AtPos {
		when = "in an earlier round"
	}
	return fmt.Sprintf("%s after %s has %s (%s, ends it at %s): %s; %s should leave the %s to its caller%s",
		what, p.By, how, when, p.Where, harm(e), p.By, end, assumed(e))
}

// harm says what becomes of what comes after the end.
func harm(e *txflow.Event) string {
	if e.AutoCommit {
		return "that is outside of the transaction, or fails"
	}
	return "the transaction is over, so this fails"
}

// assumed says what an event rests on that is not definite.
func assumed(e *txflow.Event) string {
	if e.Possible == "" {
		return ""
	}
	return " (" + e.Possible + ")"
}

// finishes is the verb for the finish of the event.
func finishes(e *txflow.Event) string {
	verb := "rolls back"
	if e.Commits {
		verb = "commits"
	}
	if e.Possible != "" {
		verb = "may " + strings.Replace(verb, "s", "", 1)
	}
	return verb
}

package txowner

import (
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/txflow"
)

// borrowedMessage says of a function that it finishes what it was given, and
// which callers it does that to.
func borrowedMessage(pass *analysis.Pass, e *txflow.Event, goneOn []*txflow.Event) string {
	lender, instead := "which it was given", "leave that to the caller"
	switch e.Borrowed {
	case txflow.Receiver:
		lender, instead = "which its receiver was given", "leave that to who began it"
	case txflow.Context:
		lender, instead = "which came with its context", "leave that to who began it"
	}
	if !e.Commits {
		instead = "return an error and " + instead
	}
	return fmt.Sprintf("%s %s, %s and works with: only the function that begins a transaction may finish it; %s%s",
		finishes(e), name(e), lender, instead, others(pass, e, goneOn))
}

// others names the callers that go on with the transaction.
func others(pass *analysis.Pass, e *txflow.Event, goneOn []*txflow.Event) string {
	seen := map[string]bool{}
	var places []string
	for _, c := range goneOn {
		if p := place(pass, e.AtPos, c.AtPos); !seen[p] {
			seen[p] = true
			places = append(places, p)
		}
	}
	const most = 3
	switch n := len(places); {
	case n == 0:
		return ""
	case n == 1:
		return "; the caller at " + places[0] + " goes on with it"
	case n > most:
		return fmt.Sprintf("; callers at %s and %d more places go on with it", strings.Join(places[:most], ", "), n-most)
	}
	return fmt.Sprintf("; callers at %s go on with it", strings.Join(places, ", "))
}

// managedMessage says what a closure does that its runner is there for.
func managedMessage(e *txflow.Event) string {
	instead := "return an error and it is rolled back"
	if e.Commits {
		instead = "return nil and it is committed"
	}
	assumed := ""
	if e.Possible != "" {
		assumed = " (" + e.Possible + ")"
	}
	return fmt.Sprintf("%s %s, which %s finishes: %s%s", finishes(e), name(e), e.By, instead, assumed)
}

// callerMessage says of a caller that it goes on with what a callee finished.
func callerMessage(pass *analysis.Pass, e *txflow.Event) string {
	p := e.Prior
	how := "rolled it back"
	if p.Commits {
		how = "committed it"
	}
	what := "uses " + name(e)
	switch {
	case e.Kind == txflow.SecondFinish:
		what = "commits " + name(e)
	case e.Passed:
		what = fmt.Sprintf("passes %s to %s", name(e), e.What)
	}
	assumed := ""
	if e.Possible != "" {
		what = "may " + strings.Replace(what, "s ", " ", 1)
		assumed = " (" + e.Possible + ")"
	}
	return fmt.Sprintf("%s after %s has %s (called at %s, ends it at %s): it fails, as the transaction is over; %s should leave the end to its caller%s",
		what, p.By, how, place(pass, e.AtPos, p.Pos), p.Where, p.By, assumed)
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

func name(e *txflow.Event) string {
	if e.Name == "" {
		return "the transaction"
	}
	return e.Name
}

// place names position p for somebody who looks at here: the line, and the file
// if that is another one.
func place(pass *analysis.Pass, here, p token.Pos) string {
	at, from := pass.Fset.Position(p), pass.Fset.Position(here)
	if at.Filename != from.Filename {
		return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
	}
	return fmt.Sprintf("line %d", at.Line)
}

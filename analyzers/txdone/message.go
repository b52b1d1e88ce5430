package txdone

import (
	"fmt"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/txflow"
)

// message says what is done with a transaction that is over, when it ended, and
// what to do instead.
func message(pass *analysis.Pass, e *txflow.Event) string {
	w := words{pass, e}
	assumed := ""
	if e.Possible != "" {
		assumed = " (" + e.Possible + ")"
	}
	switch e.Kind {
	case txflow.SecondFinish:
		return w.verb("commits") + fmt.Sprintf(" %s, %s: %s%s", e.Handle(), w.ended(), w.afterFinish(), assumed)
	case txflow.UseAfterEnd:
		if e.Passed {
			return w.verb("passes") + fmt.Sprintf(" %s to %s, %s: %s%s%s", e.Handle(), e.What, w.ended(), w.harm("nothing can be done through it any more"), w.move(), assumed)
		}
		return w.verb("uses") + fmt.Sprintf(" %s, %s: %s%s%s", e.Handle(), w.ended(), w.harm(e.What+" fails"), w.move(), assumed)
	case txflow.ReturnsEnded:
		if e.What != "" {
			return w.verb("returns") + fmt.Sprintf(" %s of %s, %s: nothing can be read from it any more%s", e.What, e.Handle(), w.ended(), assumed)
		}
		return w.verb("returns") + fmt.Sprintf(" %s, %s: its caller can do nothing with it; leave its end to the caller%s", e.Handle(), w.ended(), assumed)
	}
	return w.verb("returns") + fmt.Sprintf(" the error of this rollback although %s was %s: each success is reported as a failure; ignore the error of a rollback after the commit%s", e.Handle(), w.ended(), assumed)
}

// words puts an event into words.
type words struct {
	pass *analysis.Pass
	e    *txflow.Event
}

// verb weakens a verb where the event is not definite.
func (w words) verb(verb string) string {
	if w.e.Possible == "" {
		return verb
	}
	return "may " + strings.TrimSuffix(verb, "s")
}

// ended says how and where the transaction came to its end.
func (w words) ended() string {
	p := w.e.Prior
	how := "rolled back"
	if p.Commits {
		how = "committed"
	}
	at := w.e.Place(w.pass.Fset, p.Pos)
	switch {
	case p.Pos == w.e.AtPos:
		return how + " here in an earlier round"
	case p.Deferred:
		return fmt.Sprintf("%s by the deferred call at %s", how, at)
	case p.Callee != nil:
		return fmt.Sprintf("%s by %s at %s", how, p.By, at)
	}
	return fmt.Sprintf("%s at %s", how, at)
}

// harm says what becomes of a statement after the end.
func (w words) harm(fails string) string {
	if w.e.AutoCommit {
		return "its statements are outside of the transaction, or fail"
	}
	return fails
}

// afterFinish says what becomes of a commit that comes after the end.
func (w words) afterFinish() string {
	what := "fails"
	if w.e.AutoCommit {
		what = "does nothing"
	}
	if w.e.Prior.Commits {
		return "the second commit " + what
	}
	return fmt.Sprintf("the commit %s and nothing is kept%s", what, w.returns())
}

func (w words) move() string {
	if w.e.Prior.Commits {
		return "; do it before the commit, or outside the transaction"
	}
	return w.returns()
}

// returns advises to return, where the rollback is in view.
func (w words) returns() string {
	if w.e.Prior.Before || w.e.Prior.Deferred {
		return ""
	}
	return "; return after the rollback"
}

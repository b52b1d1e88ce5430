package world

import (
	"fmt"
	"slices"
	"strconv"
)

// Line names a line of a file.
func Line(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// A round is one loop that runs: what was sent in its rounds.
type round struct {
	act   *Act
	loop  string
	walks bool
	// sent counts the rounds in which a statement ran, by its line; here are
	// the lines of the round that runs now.
	sent map[string]int
	here map[string]bool
	// with are the arguments of the first time, differs whether some other time
	// had others.
	with    map[string]string
	differs map[string]bool
}

// PerElement says of a statement that its arguments differ from round to round
// of a loop over a collection.
const PerElement = "per element"

// Round says that a round of the loop at a line begins, and whether that walks
// over the elements of a collection.
func Round(loop string, walks bool) {
	r := current
	r.step()
	act := r.here()
	for i := len(r.rounds) - 1; i >= 0 && r.rounds[i].act == act; i-- {
		if r.rounds[i].loop == loop {
			for len(r.rounds) > i+1 {
				r.endRound()
			}
			clear(r.rounds[i].here)
			return
		}
	}
	r.rounds = append(r.rounds, &round{act, loop, walks, map[string]int{}, map[string]bool{}, map[string]string{}, map[string]bool{}})
}

// here returns the activation of the function around the loop that asks: a
// literal may run inside the function that it was passed to.
func (r *Run) here() *Act {
	if sites := callers(3, near); len(sites) > 0 {
		return r.activation(sites[0].Func)
	}
	return nil
}

// Done says that the loop at a line has ended.
func Done(loop string) {
	r := current
	act := r.here()
	for i := len(r.rounds) - 1; i >= 0 && r.rounds[i].act == act; i-- {
		if r.rounds[i].loop == loop {
			for len(r.rounds) > i {
				r.endRound()
			}
			return
		}
	}
}

func (r *Run) endRound() {
	last := len(r.rounds) - 1
	l := r.rounds[last]
	r.rounds = r.rounds[:last]
	if r.aborted {
		return
	}
	for at, n := range l.sent {
		if n > 1 {
			how := ""
			if l.walks && l.differs[at] {
				how = PerElement
			}
			r.record(Observation{Kind: Statements, Begin: l.loop, At: at, How: how})
		}
	}
}

// Statement says that the program sent a statement to the database: in each
// loop that runs, the line of its function that led to it has a statement.
func Statement(args ...any) {
	r := current
	if len(r.rounds) == 0 {
		return
	}
	sites := callers(3, far)
	with := fmt.Sprint(args...)
	for _, l := range r.rounds {
		i := slices.IndexFunc(sites, func(s Site) bool { return l.act != nil && l.act.fn == s.Func })
		if i < 0 {
			continue
		}
		at := sites[i].Line
		if !r.aborted {
			r.record(Observation{Kind: Sent, At: at})
		}
		if before, ok := l.with[at]; !ok {
			l.with[at] = with
		} else if before != with {
			l.differs[at] = true
		}
		if !l.here[at] {
			l.here[at] = true
			l.sent[at]++
		}
	}
}

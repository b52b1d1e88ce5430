package world

import (
	"strconv"
)

// Line names a line of a file.
func Line(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// A round is one loop that runs: what was sent in its rounds.
type round struct {
	act  *Act
	loop string
	// sent counts the rounds in which a statement ran, by its line; here are
	// the lines of the round that runs now.
	sent map[string]int
	here map[string]bool
}

// Round says that a round of the loop at a line begins.
func Round(loop string) {
	r := current
	r.step()
	var act *Act
	if n := len(r.acts); n > 0 {
		act = r.acts[n-1]
	}
	for i := len(r.rounds) - 1; i >= 0 && r.rounds[i].act == act; i-- {
		if r.rounds[i].loop == loop {
			for len(r.rounds) > i+1 {
				r.endRound()
			}
			clear(r.rounds[i].here)
			return
		}
	}
	r.rounds = append(r.rounds, &round{act, loop, map[string]int{}, map[string]bool{}})
}

// Done says that the loop at a line has ended.
func Done(loop string) {
	r := current
	n := len(r.acts)
	for i := len(r.rounds) - 1; i >= 0 && n > 0 && r.rounds[i].act == r.acts[n-1]; i-- {
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
			r.record(Observation{Kind: Statements, Begin: l.loop, At: at})
		}
	}
}

// Sent says that the program sent a statement to the database: each line that
// led to it has a statement in the rounds that run.
func Sent() {
	r := current
	if len(r.rounds) == 0 {
		return
	}
	sites := callers(3, far)
	for _, l := range r.rounds {
		for _, s := range sites {
			if l.act != nil && l.act.fn == s.Func && !l.here[s.Line] {
				l.here[s.Line] = true
				l.sent[s.Line]++
			}
		}
	}
}

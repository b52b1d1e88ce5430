package nplusone

import (
	"fmt"
	"strings"

	"github.com/txlint/txlint/internal/trips"
)

// A Confidence says how sure it is that somebody who reads the code wants to
// see a finding. It is the value of a flag.
type Confidence string

// The confidences.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Words lists the values that the flag has.
func (*Confidence) Words() []string { return []string{string(High), string(Medium), string(Low)} }

// String is part of [flag.Value].
func (c *Confidence) String() string { return string(*c) }

// Set is part of [flag.Value].
func (c *Confidence) Set(s string) error {
	switch v := Confidence(s); v {
	case High, Medium, Low:
		*c = v
		return nil
	}
	return fmt.Errorf("it is %s, %s or %s", High, Medium, Low)
}

// The points up to which a finding has high, and medium confidence.
const (
	mostHigh   = 3
	mostMedium = 6
)

// reaches reports whether a finding with that many points has at least the
// confidence c.
func (c Confidence) reaches(points int) bool {
	switch c {
	case Low:
		return true
	case Medium:
		return points <= mostMedium
	}
	return points <= mostHigh
}

// confidence is that of a finding with so many points.
func confidence(points int) Confidence {
	switch {
	case points <= mostHigh:
		return High
	case points <= mostMedium:
		return Medium
	}
	return Low
}

// A reason is a piece of evidence that somebody does not mind a loop.
type reason struct {
	// why completes "perhaps nobody minds:".
	why    string
	points func(*trips.Finding) int
}

// reasons are all the evidence that counts. Each piece is looked at by itself,
// and the points of all are added. More than [mostHigh] points and the finding
// is not reported by default; so a piece of 4 points is enough by itself.
//
// The numbers rest on findings in open-source programs that were read and
// judged: the more of those with a piece were wanted, the fewer points it has.
var reasons = []reason{
	{"the statement is sent only under conditions", func(f *trips.Finding) int { return graded(f.Conditions, 0, 4, 5, 6) }},
	{"a round may go by without it", func(f *trips.Finding) int { return graded(f.Skips, 0, 1, 3, 5) }},
	{"the statement is many calls away", func(f *trips.Finding) int { return graded(f.Hops, 0, 0, 0, 3, 4) }},
	{"each round is an operation of several steps", func(f *trips.Finding) int {
		operation := f.Write && f.Hops >= 1 && f.Doubts&trips.Whole != 0 && f.Kinds >= 2
		return when(operation, 2) + graded(f.Inside, 0, 0, 0, 0, 2) + when(f.Kinds >= 3, 1) + when(f.Write && f.Hops >= 2, 1)
	}},
	{"each node of a tree is handled by itself", func(f *trips.Finding) int { return when(f.Recursive, 4) }},
	doubt(trips.Waits, 4, "each round also waits for another server, a program or a file"),
	{"some rounds also wait for another server, a program or a file", func(f *trips.Finding) int {
		return when(f.Doubts&(trips.MayWait|trips.Waits) == trips.MayWait, 4)
	}},
	doubt(trips.Apart, 2, "each round has a transaction or a deadline of its own"),
	doubt(trips.Started, 2, "each round runs in a goroutine of its own"),
	doubt(trips.Searches, 4, "the loop ends with the first success"),
	doubt(trips.Few, 4, "there are few elements"),
	doubt(trips.Locks, 4, "each round takes a lock of the database, sets a savepoint, or changes the schema"),
	doubt(trips.Held, 4, "the elements may hold it already"),
	doubt(trips.Once, 4, "only the first round sends it"),
	doubt(trips.Surplus, 4, "only what is too much is walked"),
	doubt(trips.Sequential, 4, "a round needs what the round before has found"),
	{"the statement is for many rows", func(f *trips.Finding) int {
		return when(f.Doubts&trips.Grouped != 0, 2) + when(f.Doubts&trips.Grouped != 0 && f.Write, 2)
	}},
	doubt(trips.Picks, 4, "the loop looks for the one element that is equal to something"),
	doubt(trips.Mixed, 4, "the elements can be of different types"),
}

func doubt(d trips.Doubts, points int, why string) reason {
	return reason{why, func(f *trips.Finding) int { return when(f.Doubts&d != 0, points) }}
}

func when(is bool, points int) int {
	if is {
		return points
	}
	return 0
}

// graded returns the points for n, the last ones for all that is more.
func graded(n int, points ...int) int { return points[min(n, len(points)-1)] }

// weigh adds up the points of a finding, and lists why it has some.
func weigh(f *trips.Finding) (points int, why []string) {
	for _, r := range reasons {
		if n := r.points(f); n > 0 {
			points += n
			why = append(why, r.why)
		}
	}
	return points, why
}

// reservation says why a finding has less than high confidence, "" if it has.
func reservation(f *trips.Finding) string {
	points, why := weigh(f)
	c := confidence(points)
	if c == High || f.Invariant {
		return ""
	}
	return fmt.Sprintf(" (%s confidence: %s)", c, strings.Join(why, "; "))
}

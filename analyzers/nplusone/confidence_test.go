package nplusone

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/trips"
)

// Each piece of evidence by itself: the confidence that it leaves, and what is
// said of it. The last row of a piece that is counted also stands for more.
func TestEachPieceOfEvidence(t *testing.T) {
	t.Parallel()
	const (
		conditions = "the statement is sent only under conditions"
		skips      = "a round may go by without it"
		steps      = "each round is an operation of several steps"
		hops       = "the statement is many calls away"
	)
	trip := func(f func(*trips.Finding)) *trips.Finding {
		fd := &trips.Finding{}
		f(fd)
		return fd
	}
	doubts := func(d trips.Doubts) *trips.Finding {
		return trip(func(f *trips.Finding) { f.Doubts = d })
	}
	covered := map[string]bool{}
	for _, test := range []struct {
		name    string
		finding *trips.Finding
		points  int
		level   Confidence
		why     string // "" where it counts for nothing
	}{
		{"nothing", &trips.Finding{}, 0, High, ""},
		{"one condition", trip(func(f *trips.Finding) { f.Conditions = 1 }), 4, Medium, conditions},
		{"two conditions", trip(func(f *trips.Finding) { f.Conditions = 2 }), 5, Medium, conditions},
		{"eight conditions", trip(func(f *trips.Finding) { f.Conditions = 8 }), 6, Medium, conditions},
		{"one skip", trip(func(f *trips.Finding) { f.Skips = 1 }), 1, High, skips},
		{"two skips", trip(func(f *trips.Finding) { f.Skips = 2 }), 3, High, skips},
		{"eight skips", trip(func(f *trips.Finding) { f.Skips = 8 }), 5, Medium, skips},
		{"two functions away", trip(func(f *trips.Finding) { f.Hops = 2 }), 0, High, ""},
		{"a write two functions away", trip(func(f *trips.Finding) { f.Write, f.Hops = true, 2 }), 1, High, steps},
		{"two steps", trip(func(f *trips.Finding) { f.Inside, f.Kinds = 2, 2 }), 0, High, ""},
		{"three steps", trip(func(f *trips.Finding) { f.Inside = 3 }), 0, High, ""},
		{"four steps", trip(func(f *trips.Finding) { f.Inside = 4 }), 2, High, steps},
		{"three statements", trip(func(f *trips.Finding) { f.Kinds = 3 }), 1, High, steps},
		{"four steps with three statements", trip(func(f *trips.Finding) { f.Inside, f.Kinds = 4, 3 }), 3, High, steps},
		{"a record that two statements write", trip(func(f *trips.Finding) { f.Write, f.Hops, f.Kinds, f.Doubts = true, 1, 2, trips.Whole }), 2, High, steps},
		{"a record that one statement writes", trip(func(f *trips.Finding) { f.Write, f.Hops, f.Kinds, f.Doubts = true, 1, 1, trips.Whole }), 0, High, ""},
		{"three functions away", trip(func(f *trips.Finding) { f.Hops = 3 }), 3, High, hops},
		{"five functions away", trip(func(f *trips.Finding) { f.Hops = 5 }), 4, Medium, hops},
		{"a tree", trip(func(f *trips.Finding) { f.Recursive = true }), 4, Medium, "each node of a tree is handled by itself"},
		{"a wait", doubts(trips.Waits), 4, Medium, "each round also waits for another server, a program or a file"},
		{"a wait on some ways", doubts(trips.MayWait), 4, Medium, "some rounds also wait for another server, a program or a file"},
		{"a wait beside one on some ways", doubts(trips.Waits | trips.MayWait), 4, Medium, "each round also waits for another server, a program or a file"},
		{"a transaction", doubts(trips.Apart), 2, High, "each round has a transaction or a deadline of its own"},
		{"a goroutine", doubts(trips.Started), 2, High, "each round runs in a goroutine of its own"},
		{"a search", doubts(trips.Searches), 4, Medium, "the loop ends with the first success"},
		{"few", doubts(trips.Few), 4, Medium, "there are few elements"},
		{"a lock", doubts(trips.Locks), 4, Medium, "each round takes a lock of the database, sets a savepoint, or changes the schema"},
		{"a fallback", doubts(trips.Held), 4, Medium, "the elements may hold it already"},
		{"once", doubts(trips.Once), 4, Medium, "only the first round sends it"},
		{"surplus", doubts(trips.Surplus), 4, Medium, "only what is too much is walked"},
		{"a sequence", doubts(trips.Sequential), 4, Medium, "a round needs what the round before has found"},
		{"what a group asks for", doubts(trips.Grouped), 2, High, "the statement is for many rows"},
		{"what a group writes", trip(func(f *trips.Finding) { f.Write, f.Doubts = true, trips.Grouped }), 4, Medium, "the statement is for many rows"},
		{"one picked", doubts(trips.Picks), 4, Medium, "the loop looks for the one element that is equal to something"},
		{"mixed", doubts(trips.Mixed), 4, Medium, "the elements can be of different types"},
	} {
		points, why := weigh(test.finding)
		assert.Equal(t, test.points, points, test.name)
		assert.Equal(t, test.level, confidence(points), test.name)
		if test.why == "" {
			assert.Empty(t, why, test.name)
		} else {
			assert.Equal(t, []string{test.why}, why, test.name)
			covered[test.why] = true
		}
		if test.level == High {
			assert.Empty(t, reservation(test.finding), test.name)
		} else {
			assert.Equal(t, " (medium confidence: "+test.why+")", reservation(test.finding), test.name)
		}
	}
	for _, r := range reasons {
		assert.True(t, covered[r.why], "nothing tests: %s", r.why)
	}
}

// Pieces add up; what is found again in each round is not weighed.
func TestEvidenceAddsUp(t *testing.T) {
	t.Parallel()
	f := &trips.Finding{}
	f.Doubts = trips.Apart | trips.Started
	points, why := weigh(f)
	require.Len(t, why, 2)
	assert.Equal(t, Medium, confidence(points))
	f.Conditions = 1
	points, _ = weigh(f)
	assert.Equal(t, Low, confidence(points))
	assert.Equal(t, " (low confidence: the statement is sent only under conditions; each round has a transaction or a deadline of its own; each round runs in a goroutine of its own)", reservation(f))
	f.Invariant = true
	assert.Empty(t, reservation(f))
}

// A confidence lets through what has at least that much.
func TestReaches(t *testing.T) {
	t.Parallel()
	for points := range 12 {
		got := confidence(points)
		assert.True(t, Low.reaches(points))
		assert.Equal(t, got != Low, Medium.reaches(points), points)
		assert.Equal(t, got == High, High.reaches(points), points)
	}
	assert.Equal(t, High, confidence(mostHigh))
	assert.Equal(t, Medium, confidence(mostHigh+1))
	assert.Equal(t, Medium, confidence(mostMedium))
	assert.Equal(t, Low, confidence(mostMedium+1))
}

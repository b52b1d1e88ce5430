package oracle_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/oracle"
)

var (
	first = flag.Uint64("oracle.first", 1, "the first seed")
	seeds = flag.Uint64("oracle.seeds", 1, "how many seeds to try, 0 for fresh ones until -oracle.for has passed")
	every = flag.Int("oracle.cases", 120, "how many cases to make of each seed")
	size  = flag.Int("oracle.size", 10, "about how many statements a function has")
	limit = flag.Int("oracle.runs", 300, "how often a function is run in order, and as often at random")
	loops = flag.Bool("oracle.nplusone", false, "also compare what nplusone says")
	until = flag.Duration("oracle.for", time.Hour, "how long to try fresh seeds")
)

// analyzers are the rules, which report all that they claim: also what somebody
// may not mind.
func analyzers(t testing.TB) []*analysis.Analyzer {
	t.Helper()
	all := txlint.New()
	for _, a := range all {
		if a.Name == "nplusone" {
			require.NoError(t, a.Flags.Set("confidence", "low"))
		}
	}
	return all
}

// possible are the rules when they report what is only possible, too.
func possible(t testing.TB) []*analysis.Analyzer {
	t.Helper()
	all := analyzers(t)
	for _, a := range all {
		if a.Flags.Lookup("possible") != nil {
			require.NoError(t, a.Flags.Set("possible", "true"))
		}
	}
	return all
}

func judge(t testing.TB) *oracle.Judge {
	t.Helper()
	rules := oracle.Rules
	if *loops {
		rules = append(slices.Clone(rules), oracle.NPlusOne)
	}
	return &oracle.Judge{Analyzers: analyzers(t), Possible: possible(t), Rules: rules, Limit: *limit, Dir: t.TempDir()}
}

// TestRulesAgreeWithRuns compares what the rules say of generated functions,
// half of them near misses, with what runs of these functions show.
func TestRulesAgreeWithRuns(t *testing.T) {
	t.Parallel()
	start := time.Now()
	from, n := *first, *seeds
	if n == 0 {
		from = uint64(start.UnixNano())
	}
	var all oracle.Verdict
	for i := uint64(0); i < n || n == 0 && time.Since(start) < *until; i++ {
		v := tryFunctions(t, from+i)
		all.Add(v)
		t.Logf("seed %d: %s", from+i, v)
	}
	t.Logf("all in %s: %s", time.Since(start).Round(time.Second), all)
	// A test that compares nothing cannot fail.
	assert.Positive(t, all.Findings)
	assert.Positive(t, all.Damaged)
	assert.Less(t, 10*all.Open, all.Findings, "too many findings are in functions that could not be run to the end")
}

func tryFunctions(t *testing.T, seed uint64) oracle.Verdict {
	t.Helper()
	cases, err := oracle.Generate(seed, *every, *size)
	require.NoError(t, err)
	good, bad, err := oracle.Compiling(cases)
	require.NoError(t, err)
	for c, err := range bad {
		assert.NoError(t, err, "seed %d, %s does not compile:\n%s", seed, c.Name, c)
	}
	j := judge(t)
	v, err := j.Judge(t.Context(), oracle.NearMisses(seed, good))
	require.NoError(t, err)
	if len(v.Disagreements) > 0 {
		small, err := j.Shrink(t.Context(), v.Disagreements)
		require.NoError(t, err)
		for i, d := range small {
			t.Errorf("seed %d, %s: %s\n%s\nbefore it was made small: %s\n%s", seed, d.Case.Name, d, d.Case, v.Disagreements[i], v.Disagreements[i].Case)
		}
	}
	return v
}

func TestGenerateIsReproducible(t *testing.T) {
	t.Parallel()
	text := func() string {
		cases, err := oracle.Generate(7, 50, 12)
		require.NoError(t, err)
		return fmt.Sprint(cases)
	}
	assert.Equal(t, text(), text())
}

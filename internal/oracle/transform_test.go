package oracle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/oracle"
	"github.com/txlint/txlint/internal/oracle/world"
)

// TestFindingsSurviveTransformations rewrites generated functions in ways that
// change nothing that matters, and wants the same findings.
func TestFindingsSurviveTransformations(t *testing.T) {
	t.Parallel()
	cases, err := oracle.Generate(*first, *every, *size)
	require.NoError(t, err)
	// What comes after the use of a handle that is nil is outside the contract, and
	// that work on a transaction that is over fails is known of library calls, not
	// of helpers.
	good, err := judge(t).Without(t.Context(), oracle.NearMisses(*first, cases), world.Crash, world.Use)
	require.NoError(t, err)
	findings, err := oracle.Analyze(good, analyzers(t))
	require.NoError(t, err)
	before := oracle.Summary(good, findings)
	require.NotEmpty(t, before)
	for _, tr := range oracle.Transformations {
		t.Run(tr.Name, func(t *testing.T) {
			changed, err := tr.Apply(good, before)
			require.NoError(t, err)
			same, bad, err := oracle.Compiling(changed)
			require.NoError(t, err)
			for c, err := range bad {
				assert.NoError(t, err, "%s does not compile:\n%s", c.Name, c)
			}
			findings, err := oracle.Analyze(same, analyzers(t))
			require.NoError(t, err)
			assert.Empty(t, oracle.Differences(tr, before, oracle.Summary(same, findings)))
			different := 0
			for i, c := range good {
				if i < len(changed) && c.String() != changed[i].String() {
					different++
				}
			}
			assert.Positive(t, different, "it changes nothing")
			t.Logf("%d of %d cases changed, findings in %d places", different, len(good), len(before))
		})
	}
}

// started are places where the begin of a session moves into a helper.
var started = map[oracle.Place]string{
	{Package: "example.com/corpus/xorm", Func: "assignBad", Rule: "earlyreturn"}:  startedElsewhere,
	{Package: "example.com/corpus/xorm", Func: "chainedBad", Rule: "earlyreturn"}: startedElsewhere,
	{Package: "example.com/corpus/xorm", Func: "literalBad", Rule: "earlyreturn"}: startedElsewhere,
}

const startedElsewhere = "that a function begins a session which it was given is not told its callers, see FN_startedElsewhere"

// told are places of the corpus where a rewriting rightly, or knowingly,
// changes what is found, with the reason. Each entry must be needed.
var told = map[string]map[oracle.Place]string{
	"extract statements into helpers":                    started,
	"extract statements into helpers of another package": started,
	"inline helpers": {
		{Package: "example.com/corpus/flags/possible", Func: "JoinBad", Rule: "earlyreturn"}:           "a helper may have begun or not, a literal in view has begun",
		{Package: "example.com/corpus/earlyreturn/idioms", Func: "JoinedTwiceOK", Rule: "earlyreturn"}: "the helper finds its transaction in the context, which is not followed within a function",
	},
}

// TestFindingsOfTheCorpusSurviveTransformations does the same to the corpus.
func TestFindingsOfTheCorpusSurviveTransformations(t *testing.T) {
	t.Parallel()
	tree, err := oracle.LoadTree("../../testdata")
	require.NoError(t, err)
	summaries, err := oracle.Summaries([]*oracle.Tree{tree}, analyzers(t))
	require.NoError(t, err)
	before := summaries[0]
	require.NotEmpty(t, before)
	var trees []*oracle.Tree
	for _, tr := range oracle.Transformations {
		after, changed, err := tree.Rewrite(tr, before)
		require.NoError(t, err, tr.Name)
		assert.Positive(t, changed, "%s changes nothing", tr.Name)
		t.Logf("%s: %d files changed", tr.Name, changed)
		trees = append(trees, after)
	}
	summaries, err = oracle.Summaries(trees, analyzers(t))
	require.NoError(t, err)
	for i, tr := range oracle.Transformations {
		t.Run(tr.Name, func(t *testing.T) {
			for p, text := range oracle.Differences(tr, before, summaries[i]) {
				assert.Contains(t, told[tr.Name], p, text)
			}
			for p, why := range told[tr.Name] {
				assert.NotEqual(t, len(before[p]), len(summaries[i][p]), "%s stays what it was: it need not be said that %s", p, why)
			}
		})
	}
}

package oracle_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/oracle"
)

// TestFindingsSurviveTransformations rewrites generated functions in ways that
// change nothing that matters, and wants the same findings.
func TestFindingsSurviveTransformations(t *testing.T) {
	cases, err := oracle.Generate(*first, *every, *size)
	require.NoError(t, err)
	good, _, err := oracle.Compiling(oracle.NearMisses(*first, cases))
	require.NoError(t, err)
	findings, err := oracle.Analyze(good, txlint.Suite())
	require.NoError(t, err)
	before := oracle.Summary(good, findings)
	require.NotEmpty(t, before)
	for _, tr := range oracle.Transformations {
		t.Run(tr.Name, func(t *testing.T) {
			changed, err := tr.Apply(good)
			require.NoError(t, err)
			same, bad, err := oracle.Compiling(changed)
			require.NoError(t, err)
			for c, err := range bad {
				assert.NoError(t, err, "%s does not compile:\n%s", c.Name, c)
			}
			findings, err := oracle.Analyze(same, txlint.Suite())
			require.NoError(t, err)
			after := oracle.Summary(same, findings)
			differ := map[string]bool{}
			for _, m := range []map[string]int{before, after} {
				for k := range m {
					if before[k] != after[k] && strings.HasSuffix(k, tr.Only) {
						differ[k] = true
					}
				}
			}
			for _, k := range slices.Sorted(maps.Keys(differ)) {
				t.Errorf("%s: %d before, %d after", k, before[k], after[k])
			}
			different := 0
			for i, c := range good {
				if i < len(changed) && c.String() != changed[i].String() {
					different++
				}
			}
			assert.Positive(t, different, "it changes nothing")
			t.Logf("%d of %d cases changed, %d findings", different, len(good), len(before))
		})
	}
}

package oracle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/oracle"
)

// TestOnceDisagreed judges the programs about which rules and runs disagreed
// once, each as small as it got. Changes of the generator make others of a seed.
func TestOnceDisagreed(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "disagreed", "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	var cases []*oracle.Case
	for _, name := range names {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		cases = append(cases, caseOf(t, strings.TrimSuffix(filepath.Base(name), ".go"), string(src)))
	}
	good, bad, err := oracle.Compiling(cases)
	require.NoError(t, err)
	require.Empty(t, bad)
	v, err := judge(t).Judge(t.Context(), good)
	require.NoError(t, err)
	for _, d := range v.Disagreements {
		t.Errorf("%s\n%s", d, d.Case)
	}
	t.Log(v)
	assert.Positive(t, v.Findings)
	assert.Zero(t, v.Trusted+v.Limited, "what is missed is not excused")
}

package oracle_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/earlyreturn"
	"github.com/txlint/txlint/internal/oracle"
)

// FuzzEngine solves generated functions and mutants of them, which are not
// right in any sense, only Go: the engine comes to an end, without a failure,
// and says the same thing twice.
func FuzzEngine(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(seed, uint8(5*seed), uint16(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, size uint8, which uint16) {
		cases, err := oracle.Generate(seed, 1, int(size%60))
		require.NoError(t, err)
		if all := oracle.Changes(cases[0]); len(all) > 0 && which > 0 {
			cases[0] = all[int(which)%len(all)].Mutant().Case
		}
		good, _, err := oracle.Compiling(cases)
		require.NoError(t, err)
		rules := []*analysis.Analyzer{earlyreturn.New(earlyreturn.Config{Possible: true, Panics: true, Explain: true})}
		findings, err := oracle.Analyze(good, rules)
		require.NoError(t, err)
		again, err := oracle.Analyze(good, rules)
		require.NoError(t, err)
		assert.Equal(t, findings, again)
		for _, fs := range findings {
			for _, x := range fs {
				assert.False(t, strings.Contains(x.Message, "its analysis failed"), "%s\n%s", x.Message, cases[0])
			}
		}
	})
}

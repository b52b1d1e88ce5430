package txowner_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/txowner"
	"github.com/txlint/txlint/internal/corpustest"
)

// TestCorpus proves that the rule says what the corpus wants, and nothing else.
func TestCorpus(t *testing.T) {
	t.Parallel()
	corpustest.Check(t, []*analysis.Analyzer{txowner.Analyzer}, "txowner")
}

// possible is the rule with its flag, shared so that the corpus is analysed once.
var possible = txowner.New(txowner.Config{Possible: true})

// TestPossible proves that the flag reports what its folder wants, with what was
// assumed, and that nothing is reported there without.
func TestPossible(t *testing.T) {
	t.Parallel()
	rules := []*analysis.Analyzer{possible}
	corpustest.Check(t, rules, "flags/txpossible")
	for _, d := range corpustest.Diagnostics(t, rules, "flags/txpossible") {
		corpustest.CheckComplete(t, d, possible)
		assert.Contains(t, d.Finding.Message, "may ", d)
		assert.Contains(t, d.Finding.Message, " (it has more paths than are kept apart)", d)
	}
	assert.Empty(t, corpustest.Findings(t, []*analysis.Analyzer{txowner.Analyzer}, "flags"))
}

// TestPossibleAddsOnly proves that the flag takes no finding of the corpus away.
func TestPossibleAddsOnly(t *testing.T) {
	t.Parallel()
	all := make(map[string]bool)
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{possible}, "txowner") {
		all[f.String()] = true
	}
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{txowner.Analyzer}, "txowner") {
		assert.True(t, all[f.String()], "missing with the flag: %s", f)
	}
}

// TestDiagnostics proves that every diagnostic of the corpus has all that
// drivers and editors show, and says who else is concerned: whom the transaction
// belongs to, or who ended it and where.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	all := corpustest.Diagnostics(t, []*analysis.Analyzer{txowner.Analyzer}, "txowner")
	require.NotEmpty(t, all)
	seen := map[string]int{}
	for _, d := range all {
		corpustest.CheckComplete(t, d, txowner.Analyzer)
		kind := ""
		for name, words := range kinds {
			if words.MatchString(d.Finding.Message) {
				assert.Empty(t, kind, "%s: of two kinds", d)
				kind = name
			}
		}
		assert.NotEmpty(t, kind, "%s: of no kind", d)
		seen[kind]++
	}
	for name := range kinds {
		assert.NotZero(t, seen[name], "the corpus has none of kind %s", name)
	}
}

// kinds are the three things that the rule reports.
var kinds = map[string]*regexp.Regexp{
	"lent":    regexp.MustCompile(`^(commits|rolls back) .*, which (the caller passed in|its receiver was given|came with the context): `),
	"managed": regexp.MustCompile(`^(commits|rolls back) .*, which \S+ finishes: `),
	"caller":  regexp.MustCompile(`^(commits|ends|uses|passes) .* after \S+ has (committed it|rolled it back) \((called at (line \d+|[\w.]+:\d+)|in an earlier round), ends it at [\w.]+:\d+\): `),
}

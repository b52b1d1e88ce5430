package txdone_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/txdone"
	"github.com/txlint/txlint/internal/corpustest"
)

// TestCorpus proves that the rule says what the corpus wants, and nothing else.
func TestCorpus(t *testing.T) {
	t.Parallel()
	corpustest.Check(t, []*analysis.Analyzer{txdone.Analyzer}, "txdone")
}

// possible is the rule with its flag, shared so that the corpus is analysed once.
var possible = txdone.New(txdone.Config{Possible: true})

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
	assert.Empty(t, corpustest.Findings(t, []*analysis.Analyzer{txdone.Analyzer}, "flags"))
}

// TestPossibleAddsOnly proves that the flag takes no finding of the corpus away.
func TestPossibleAddsOnly(t *testing.T) {
	t.Parallel()
	all := make(map[string]bool)
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{possible}, "txdone") {
		all[f.String()] = true
	}
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{txdone.Analyzer}, "txdone") {
		assert.True(t, all[f.String()], "missing with the flag: %s", f)
	}
}

// TestDiagnostics proves that every diagnostic of the corpus has all that
// drivers and editors show, and says where the transaction came to its end.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	all := corpustest.Diagnostics(t, []*analysis.Analyzer{txdone.Analyzer}, "txdone")
	require.NotEmpty(t, all)
	seen := map[string]bool{}
	for _, d := range all {
		corpustest.CheckComplete(t, d, txdone.Analyzer)
		m := ended.FindStringSubmatch(d.Finding.Message)
		if assert.NotNil(t, m, "%s: the end", d) {
			seen[m[1]] = true
		}
		assert.True(t, strings.Contains(d.Finding.Message, ": "), "%s: what becomes of it", d)
	}
	for _, verb := range []string{"commits", "uses", "passes", "returns"} {
		assert.True(t, seen[verb], "the corpus has none that %s", verb)
	}
}

// ended matches what is done, and how and where the transaction ended before.
var ended = regexp.MustCompile(`^(commits|uses|passes|returns) .*\b(committed|rolled back) ((by \S+ |by the deferred call )?at (line \d+|[\w.]+:\d+)|here in an earlier round)`)

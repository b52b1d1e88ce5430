package nplusone_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/nplusone"
	"github.com/txlint/txlint/internal/corpustest"
)

func TestCorpus(t *testing.T) {
	t.Parallel()
	corpustest.Check(t, []*analysis.Analyzer{nplusone.Analyzer}, "nplusone")
}

// What somebody may not mind is reported only on demand.
func TestConfidence(t *testing.T) {
	t.Parallel()
	const folder = "flags/confidence"
	corpustest.Check(t, []*analysis.Analyzer{nplusone.New(nplusone.Config{Confidence: nplusone.Low})}, folder)
	assert.Empty(t, corpustest.Findings(t, []*analysis.Analyzer{nplusone.Analyzer}, folder))
	medium := corpustest.Findings(t, []*analysis.Analyzer{nplusone.New(nplusone.Config{Confidence: nplusone.Medium})}, folder)
	for _, f := range medium {
		assert.Contains(t, f.Message, "(medium confidence: ")
	}
	assert.NotEmpty(t, medium)
	a := nplusone.New(nplusone.Config{})
	assert.NoError(t, a.Flags.Set("confidence", "medium"))
	assert.Error(t, a.Flags.Set("confidence", "some"))
}

const flags = "flags/nplusone"

// messages returns what is said below flags.
func messages(t *testing.T, c nplusone.Config) []string {
	t.Helper()
	var out []string
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{nplusone.New(c)}, flags) {
		out = append(out, f.Message)
	}
	return out
}

// What the flags let through is there with all of them, and not without.
func TestFlags(t *testing.T) {
	t.Parallel()
	all := nplusone.Config{Invariant: true, Once: true, Repositories: "example.com/corpus/flags/nplusone.Audit"}
	byDefault := messages(t, nplusone.Config{})
	require.Len(t, byDefault, 1)
	assert.Contains(t, byDefault[0], "probably runs a query for each element of users (UserRepo.GetUser)")
	assert.Empty(t, messages(t, nplusone.Config{Certain: true}))
	for _, one := range []struct {
		config nplusone.Config
		want   string
	}{
		{nplusone.Config{Certain: true, Invariant: true}, "runs the same query in every round"},
		{nplusone.Config{Certain: true, Once: true}, "writes to the database"},
		{nplusone.Config{Repositories: all.Repositories}, "Audit.Note"},
	} {
		found := 0
		for _, m := range messages(t, one.config) {
			if strings.Contains(m, one.want) {
				found++
			}
		}
		assert.Equal(t, 1, found, one.want)
	}
	assert.Len(t, messages(t, all), 4)
}

// Every finding names its category and its page.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, d := range corpustest.Diagnostics(t, []*analysis.Analyzer{nplusone.Analyzer}, "nplusone") {
		seen[d.Category]++
		assert.Equal(t, nplusone.URL, d.URL)
		assert.True(t, d.End > d.Pos, d.String())
		for _, r := range d.Related {
			assert.True(t, r.Pos.IsValid() && r.Pos != d.Pos, d.String())
		}
		if strings.Contains(d.Diagnostic.Message, "writes to the database") {
			assert.Equal(t, "nplusone/write", d.Category)
		} else {
			assert.Equal(t, "nplusone/read", d.Category)
		}
	}
	assert.Len(t, seen, 2)
	assert.NotZero(t, seen["nplusone/read"])
}

package main

import (
	"cmp"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/corpustest"
)

// TestParity proves that it does not matter how txlint is run: in process as a
// list of analyzers, which is what golangci-lint does, under go vet, as Bazel's
// nogo does, and by hand. On the whole corpus all say the same, line by line,
// and what the rules say about their own parts of it is what is wanted there.
func TestParity(t *testing.T) {
	t.Parallel()
	inProcess := corpustest.Findings(t, txlint.Suite())
	require.NotEmpty(t, inProcess)
	of := func(rules ...string) []corpustest.Finding {
		return slices.DeleteFunc(slices.Clone(inProcess), func(f corpustest.Finding) bool { return !slices.Contains(rules, f.Rule) })
	}
	transactions := []string{"earlyreturn", "txowner", "txdone"}
	corpustest.CheckFindings(t, of(transactions...), transactions, transactions...)
	corpustest.CheckFindings(t, of("nplusone"), []string{"nplusone"}, "nplusone")

	t.Run("vet", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, lines(inProcess), lines(corpustest.VetFindings(t, built(t))))
	})
	t.Run("nogo", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, lines(inProcess), lines(corpustest.NogoFindings(t, txlint.Suite())))
	})
	t.Run("hand", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, lines(inProcess), lines(handFindings(t)))
	})
}

// handFindings runs the program by hand over the corpus.
func handFindings(t *testing.T) []corpustest.Finding {
	t.Helper()
	code, stdout, stderr := execute(t, t.TempDir(), []string{"GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off", "CGO_ENABLED=0"},
		built(t), "-json", "-C", corpustest.Dir(t), "./...")
	require.Equal(t, 1, code, stderr)
	var doc struct {
		Findings []struct {
			Rule, Message string
			Position      struct {
				File string
				Line int
			}
		}
		Errors []any
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	assert.Empty(t, doc.Errors)
	var all []corpustest.Finding
	for _, f := range doc.Findings {
		all = append(all, corpustest.Finding{File: filepath.ToSlash(f.Position.File), Line: f.Position.Line, Rule: f.Rule, Message: f.Message})
	}
	return all
}

// lines returns findings as sorted lines.
func lines(findings []corpustest.Finding) []string {
	findings = slices.SortedFunc(slices.Values(findings), func(a, b corpustest.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	var out []string
	for _, f := range findings {
		out = append(out, f.String())
	}
	return out
}

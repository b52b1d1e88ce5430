package txignore_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/earlyreturn"
	"github.com/txlint/txlint/analyzers/txdone"
	"github.com/txlint/txlint/analyzers/txignore"
	"github.com/txlint/txlint/analyzers/txowner"
	"github.com/txlint/txlint/internal/corpustest"
	"github.com/txlint/txlint/internal/directive"
)

// TestCorpus proves that directives hold back what they should, and what is
// said about them.
func TestCorpus(t *testing.T) {
	t.Parallel()
	rules := []*analysis.Analyzer{earlyreturn.Analyzer, txowner.Analyzer, txdone.Analyzer}
	corpustest.Check(t, append(rules, txignore.New(rules...)), "txignore")
}

// report runs the rule over source, beside one rule that reports the lines
// that say so, and may fail.
func report(t *testing.T, source string, fails error) []analysis.Diagnostic {
	t.Helper()
	name := filepath.Join(t.TempDir(), "p.go")
	require.NoError(t, os.WriteFile(name, []byte(source), 0o644))
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
	require.NoError(t, err)
	rule := directive.Honor(&analysis.Analyzer{Name: "rule", Run: func(pass *analysis.Pass) (any, error) {
		for i, line := range strings.Split(source, "\n") {
			if strings.Contains(line, "report") {
				pass.Report(analysis.Diagnostic{Pos: fset.File(file.FileStart).LineStart(i + 1)})
			}
		}
		return nil, fails
	}})
	var got []analysis.Diagnostic
	results := map[*analysis.Analyzer]any{directive.Analyzer: directive.Read(fset, []*ast.File{file})}
	pass := func(a *analysis.Analyzer) *analysis.Pass {
		return &analysis.Pass{Analyzer: a, Fset: fset, Files: []*ast.File{file}, ResultOf: results, ReadFile: os.ReadFile,
			Report: func(d analysis.Diagnostic) { got = append(got, d) }}
	}
	result, err := rule.Run(pass(rule))
	require.Equal(t, fails, err)
	results[rule] = result
	got = nil
	checker := txignore.New(rule)
	_, err = checker.Run(pass(checker))
	require.NoError(t, err)
	return got
}

func TestNothingIsSaidAboutARuleThatFailed(t *testing.T) {
	t.Parallel()
	const source = "package p\n\n//txlint:ignore rule why\nvar x int\n"
	assert.Len(t, report(t, source, nil), 1)
	assert.Empty(t, report(t, source, errors.New("failed")))
}

func TestFixes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, before, after string }{
		{"alone", "package p\n\n\t//txlint:ignore rule why\nvar x int\n", "package p\n\nvar x int\n"},
		{"behind code", "package p\n\nvar x int //txlint:ignore rule why\n", "package p\n\nvar x int\n"},
		{"nolint", "package p\n\nvar x int //nolint:rule\n", "package p\n\nvar x int\n"},
		{"at the end", "package p\n\n//txlint:ignore rule why", "package p\n\n"},
		{"space", "package p\n\n// txlint:ignore rule why\nvar report int\n", "package p\n\n//txlint:ignore rule why\nvar report int\n"},
		{"other names", "package p\n\nvar x int //nolint:rule,errcheck\n", ""},
		{"no reason", "package p\n\nvar report int //txlint:ignore rule\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := report(t, test.before, nil)
			require.Len(t, got, 1)
			if test.after == "" {
				assert.Empty(t, got[0].SuggestedFixes)
				return
			}
			require.Len(t, got[0].SuggestedFixes, 1)
			edit := got[0].SuggestedFixes[0].TextEdits[0]
			// The only file begins at position 1.
			fixed := test.before[:edit.Pos-1] + string(edit.NewText) + test.before[edit.End-1:]
			assert.Equal(t, test.after, fixed)
		})
	}
}

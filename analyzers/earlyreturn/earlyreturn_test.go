package earlyreturn_test

import (
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/earlyreturn"
	"github.com/txlint/txlint/internal/corpustest"
)

// TestCorpus proves that the rule says what the corpus wants, and nothing else.
func TestCorpus(t *testing.T) {
	t.Parallel()
	corpustest.Check(t, []*analysis.Analyzer{earlyreturn.Analyzer}, "earlyreturn")
}

// TestFlags proves that each flag reports what its folder wants, and that
// without flags nothing is reported there.
func TestFlags(t *testing.T) {
	t.Parallel()
	for folder, config := range map[string]earlyreturn.Config{
		"flags/panics":   {Panics: true},
		"flags/possible": {Possible: true},
		"flags/explain":  {Explain: true},
	} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			rules := []*analysis.Analyzer{earlyreturn.New(config)}
			corpustest.Check(t, rules, folder)
			for _, d := range corpustest.Diagnostics(t, rules, folder) {
				if config.Explain {
					assert.Equal(t, "earlyreturn/silent", d.Category, d)
				} else {
					assertComplete(t, d)
				}
			}
		})
	}
	t.Run("default", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, corpustest.Findings(t, []*analysis.Analyzer{earlyreturn.Analyzer}, "flags"))
	})
}

// TestFlagsAddOnly proves that no flag takes a finding of the corpus away.
// Panics may change the words of one, and add others at the same begin.
func TestFlagsAddOnly(t *testing.T) {
	t.Parallel()
	place := func(f corpustest.Finding) string { return strings.SplitAfter(f.String(), " earlyreturn: ")[0] }
	all := make(map[string]bool)
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{earlyreturn.New(earlyreturn.Config{Panics: true, Possible: true, Explain: true})}, "earlyreturn") {
		all[place(f)] = true
	}
	for _, f := range corpustest.Findings(t, []*analysis.Analyzer{earlyreturn.Analyzer}, "earlyreturn") {
		assert.True(t, all[place(f)], "missing with all flags: %s", f)
	}
}

// TestDiagnostics proves that every diagnostic of the corpus has all that
// drivers and editors show.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	all := corpustest.Diagnostics(t, []*analysis.Analyzer{earlyreturn.Analyzer}, "earlyreturn")
	require.NotEmpty(t, all)
	for _, d := range all {
		assertComplete(t, d)
	}
}

// begunAt matches what a message says of the place where it began.
var begunAt = regexp.MustCompile(` begun at line (\d+)`)

func assertComplete(t *testing.T, d corpustest.Diagnostic) {
	t.Helper()
	fset := d.Package.Fset
	// inPackage reports whether a position lies in a file of the package.
	inPackage := func(pos token.Pos) bool {
		for _, f := range d.Package.Syntax {
			if f.FileStart <= pos && pos <= f.FileEnd {
				return true
			}
		}
		return false
	}
	assert.Equal(t, "earlyreturn", d.Category, d)
	assert.Equal(t, earlyreturn.URL, d.URL, d)
	assert.True(t, inPackage(d.Pos) && inPackage(d.End), "%s: not in the package", d)
	assert.Greater(t, d.End, d.Pos, "%s: an empty range", d)
	if assert.NotEmpty(t, d.Related, d) {
		assert.Equal(t, "begins here", d.Related[0].Message, d)
	}
	for _, r := range d.Related {
		assert.True(t, inPackage(r.Pos), "%s: %s: not in the package", d, r.Message)
		assert.True(t, !r.End.IsValid() || r.End >= r.Pos && inPackage(r.End), "%s: %s: a bad end", d, r.Message)
		assertText(t, r.Message, d)
	}
	assertText(t, d.Finding.Message, d)
	if m := begunAt.FindStringSubmatch(d.Finding.Message); m != nil && len(d.Related) > 0 {
		assert.Equal(t, m[1], strconv.Itoa(fset.Position(d.Related[0].Pos).Line), "%s: the line of the begin", d)
	}
	assert.LessOrEqual(t, len(d.SuggestedFixes), 1, "%s: all alternatives would be applied", d)
	for _, fix := range d.SuggestedFixes {
		assertText(t, fix.Message, d)
		for _, e := range fix.TextEdits {
			assert.True(t, inPackage(e.Pos) && inPackage(e.End) && e.Pos <= e.End, "%s: a bad edit", d)
		}
	}
}

// assertText checks a message: one line, neither blown up nor cut off.
func assertText(t *testing.T, text string, d corpustest.Diagnostic) {
	t.Helper()
	assert.Equal(t, strings.Join(strings.Fields(text), " "), text, "%s: the spaces", d)
	assert.NotEmpty(t, text, d)
	assert.LessOrEqual(t, len(text), 240, "%s: too long to read", d)
	assert.False(t, strings.HasSuffix(text, ".") || strings.HasSuffix(text, ":") || strings.Contains(text, "%!"), "%s: %q", d, text)
}

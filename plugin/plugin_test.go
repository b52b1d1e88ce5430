package plugin

import (
	"fmt"
	"go/token"
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/corpustest"
	"github.com/txlint/txlint/internal/directive"
)

func TestRegistered(t *testing.T) {
	t.Parallel()
	create, err := register.GetPlugin(Name)
	require.NoError(t, err)
	linter, err := create(nil)
	require.NoError(t, err)
	assert.Equal(t, register.LoadModeTypesInfo, linter.GetLoadMode())
	analyzers, err := linter.BuildAnalyzers()
	require.NoError(t, err)
	assert.Len(t, analyzers, len(txlint.Suite()))
	assert.NoError(t, analysis.Validate(analyzers))
}

func TestSettings(t *testing.T) {
	t.Parallel()
	names := func(settings map[string]any) []string {
		l, err := New(settings)
		require.NoError(t, err)
		analyzers, err := l.BuildAnalyzers()
		require.NoError(t, err)
		return corpustest.Rules(analyzers)
	}
	assert.Equal(t, []string{"earlyreturn"}, names(map[string]any{"rules": []any{"earlyreturn"}}))
	assert.NotContains(t, names(map[string]any{"disable": []any{"txowner"}}), "txowner")
	for _, test := range []struct {
		settings map[string]any
		want     string
	}{
		{map[string]any{"rule": []any{"earlyreturn"}}, "unknown field"},
		{map[string]any{"rules": []any{"earlyretrun"}}, `unknown rule "earlyretrun"; did you mean "earlyreturn"?`},
		{map[string]any{"disable": []any{"leaks"}}, `unknown rule "leaks"; there are earlyreturn, `},
		{map[string]any{"rules": []any{"earlyreturn"}, "disable": []any{"earlyreturn"}}, "every rule is switched off"},
		{map[string]any{"options": map[string]any{"posible": true}}, `did you mean "possible"?`},
		{map[string]any{"options": map[string]any{"earlyreturn.loud": true}}, `unknown option "earlyreturn.loud"`},
		{map[string]any{"options": map[string]any{"possible": "very"}}, `option "possible": want true or false, not very`},
		{map[string]any{"options": map[string]any{"earlyreturn": map[string]any{"loud": true}}}, `unknown option "earlyreturn.loud"`},
		{map[string]any{"options": map[string]any{"earlyreturn": map[string]any{"panics": 3}}}, "want a word, true or false"},
		{map[string]any{"options": map[string]any{"nplusone": map[string]any{"confidence": "hihg"}}}, "it is high, medium or low"},
		{map[string]any{"options": map[string]any{"nplusone": map[string]any{"confidence": true}}}, "want a word, not true"},
	} {
		_, err := New(test.settings)
		assert.ErrorContains(t, err, test.want, "%v", test.settings)
	}
}

func TestFlatten(t *testing.T) {
	t.Parallel()
	flat, err := flatten(map[string]any{"possible": true, "earlyreturn": map[string]any{"panics": false}, "txowner.possible": true})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"possible": true, "earlyreturn.panics": false, "txowner.possible": true}, flat)
}

func TestSetOptions(t *testing.T) {
	t.Parallel()
	rules := func() []*analysis.Analyzer {
		one, two := &analysis.Analyzer{Name: "one"}, &analysis.Analyzer{Name: "two"}
		one.Flags.Bool("possible", false, "")
		two.Flags.Bool("possible", false, "")
		two.Flags.Bool("loud", false, "")
		return []*analysis.Analyzer{one, two}
	}
	values := func(options map[string]any) string {
		var b strings.Builder
		all := rules()
		require.NoError(t, setOptions(all, options))
		for _, rule := range all {
			for _, name := range flagNames(rule) {
				fmt.Fprintf(&b, "%s.%s=%s ", rule.Name, name, rule.Flags.Lookup(name).Value)
			}
		}
		return b.String()
	}
	assert.Equal(t, "one.possible=true two.loud=false two.possible=true ", values(map[string]any{"possible": true}))
	assert.Equal(t, "one.possible=false two.loud=true two.possible=false ", values(map[string]any{"two.loud": true}))
	assert.Equal(t, "one.possible=true two.loud=false two.possible=false ", values(map[string]any{"possible": true, "two.possible": false}))
}

// TestCorpus proves that the copies find what the rules find, and that each
// finding is one whole issue.
func TestCorpus(t *testing.T) {
	t.Parallel()
	want := corpustest.Findings(t, txlint.Suite())
	got := corpustest.Diagnostics(t, forGolangci(txlint.Suite()))
	var bare, original []string
	paths := 0
	for _, d := range got {
		assert.Empty(t, d.Related)
		assert.LessOrEqual(t, len(d.SuggestedFixes), 1)
		message, path, found := strings.Cut(d.Finding.Message, " [path: ")
		if found {
			paths++
			assert.Contains(t, path, "line ")
		}
		if strings.HasPrefix(d.File, "txignore/") {
			continue // //nolint is golangci-lint's own there
		}
		d.Finding.Message = message
		bare = append(bare, d.Finding.String())
	}
	for _, f := range want {
		if !strings.HasPrefix(f.File, "txignore/") {
			original = append(original, f.String())
		}
	}
	assert.ElementsMatch(t, original, bare)
	assert.Greater(t, paths, 100)
}

func TestFold(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	a, b := fset.AddFile("/x/a.go", -1, 100), fset.AddFile("/x/b.go", -1, 100)
	a.SetLines([]int{0, 10, 20})
	d := fold(fset, analysis.Diagnostic{
		Pos: a.Pos(21), Message: "leaks",
		Related:        []analysis.RelatedInformation{{Pos: a.Pos(11), Message: "begins here"}, {Pos: b.Pos(1), Message: "is called"}},
		SuggestedFixes: []analysis.SuggestedFix{{Message: "one"}, {Message: "two"}},
	})
	assert.Equal(t, "leaks [path: line 2 begins here, b.go:1 is called]", d.Message)
	assert.Empty(t, d.Related)
	assert.Equal(t, []analysis.SuggestedFix{{Message: "one"}}, d.SuggestedFixes)
	assert.Equal(t, "plain", fold(fset, analysis.Diagnostic{Message: "plain"}).Message)
}

func TestCommentsOfGolangciAreLeftToIt(t *testing.T) {
	t.Parallel()
	no := func(rules ...string) *directive.Directive {
		return &directive.Directive{Form: directive.NoLint, Rules: rules}
	}
	named, ignore := no("earlyreturn"), &directive.Directive{Form: directive.Ignore, Rules: []string{directive.All}}
	set := &directive.Set{All: []*directive.Directive{no(), no("txlint"), named, no("errcheck", "all"), ignore}}
	leaveToGolangci(set)
	assert.Equal(t, []*directive.Directive{named, ignore}, set.All)
}

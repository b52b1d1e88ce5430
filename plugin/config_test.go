package plugin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// issues runs the linter with the settings over a module and returns the rules
// that find something, each once.
func issues(t *testing.T, dir string, settings map[string]any) []string {
	t.Helper()
	var found []string
	for _, d := range diagnostics(t, dir, settings) {
		rule, _, _ := strings.Cut(d.Category, "/")
		found = append(found, rule)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// diagnostics runs the linter with the settings over a module.
func diagnostics(t *testing.T, dir string, settings map[string]any) []analysis.Diagnostic {
	t.Helper()
	linter, err := New(settings)
	require.NoError(t, err)
	analyzers, err := linter.BuildAnalyzers()
	require.NoError(t, err)
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.LoadAllSyntax | packages.NeedModule, Dir: dir, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off"),
	}, "./...")
	require.NoError(t, err)
	require.Zero(t, packages.PrintErrors(pkgs))
	graph, err := checker.Analyze(analyzers, pkgs, nil)
	require.NoError(t, err)
	var found []analysis.Diagnostic
	for _, act := range graph.Roots {
		require.NoError(t, act.Err)
		found = append(found, act.Diagnostics...)
	}
	return found
}

// One linter's settings say nothing to the next: golangci-lint may make several
// in one process.
func TestRowsInSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":   "module example.com/m\n\ngo 1.26\n",
		"kv/kv.s":  "",
		"kv/kv.go": "package kv\n\ntype S struct{}\n\nfunc Open() (*S, error)\n\nfunc (s *S) Put(key string) error\n\nfunc (s *S) Keep() error\n\nfunc Settle(s *S)\n",
		"m.go": `package m

import "example.com/m/kv"

func leaks() error {
	s, err := kv.Open()
	if err != nil {
		return err
	}
	defer kv.Settle(s)
	return s.Put("a")
}

func loop(s *kv.S, keys []string) error {
	for _, key := range keys {
		if err := s.Put(key); err != nil {
			return err
		}
	}
	return nil
}

var _, _ = leaks, loop
`,
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	}
	rows := []any{
		map[string]any{"package": "example.com/m/kv", "function": "Open", "does": "begin", "result": 0},
		map[string]any{"package": "example.com/m/kv", "type": "S", "method": "Keep", "does": "commit"},
	}
	for _, test := range []struct {
		settings map[string]any
		want     []string
	}{
		{map[string]any{"libraries": rows}, []string{"earlyreturn"}},
		{map[string]any{"libraries": rows, "repositories": []any{"example.com/m/kv.S"}}, []string{"earlyreturn", "nplusone"}},
		{map[string]any{"libraries": rows, "finishers": []any{"example.com/m/kv.Settle"}}, nil},
		{map[string]any{"libraries": rows, "disable": []any{"earlyreturn"}}, nil},
		{nil, nil},
		{map[string]any{"repositories": []any{"example.com/m/kv.S"}}, []string{"nplusone"}},
	} {
		assert.ElementsMatch(t, test.want, issues(t, dir, test.settings), "%v", test.settings)
	}
}

// What is switched off by name does not run for txignore, as by hand: see
// TestCommentsAboutRulesThatAreOff in cmd/txlint. What is merely not asked for does.
func TestCommentsAboutRulesThatAreOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n",
		"m.go":   "package m\n\n//txlint:ignore nplusone it is so\nfunc F() {}\n\n//txlint:ignore earlyreturn it is so\nfunc G() {}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	for _, test := range []struct {
		settings map[string]any
		want     []string
	}{
		{nil, []string{"nplusone", "earlyreturn"}},
		{map[string]any{"rules": []any{"txignore"}}, []string{"nplusone", "earlyreturn"}},
		{map[string]any{"disable": []any{"nplusone"}}, []string{"earlyreturn"}},
		{map[string]any{"rules": []any{"txignore"}, "disable": []any{"nplusone"}}, []string{"earlyreturn"}},
		{map[string]any{"disable": []any{"nplusone", "earlyreturn"}}, nil},
	} {
		var said []string
		for _, d := range diagnostics(t, dir, test.settings) {
			_, rule, ok := strings.Cut(d.Message, "holds back nothing of ")
			require.True(t, ok, d.Message)
			rule, _, _ = strings.Cut(rule, ":")
			said = append(said, rule)
		}
		assert.Equal(t, test.want, said, "%v", test.settings)
	}
}

func TestMistakesInRows(t *testing.T) {
	t.Parallel()
	row := func(pairs ...any) map[string]any {
		m := map[string]any{"package": "a.b/c", "function": "F", "does": "begin"}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return map[string]any{"libraries": []any{row0(), m}}
	}
	for _, test := range []struct {
		settings map[string]any
		want     string
	}{
		{row("does", "beginn"), `libraries[1]: unknown effect "beginn"; did you mean "begin"?`},
		{row("functoin", "F"), `unknown field "functoin"`},
		{row("result", "one"), "result"},
		{row("package", ""), `libraries[1]: a row needs the package`},
		{row("function", "G"), `libraries[1]: there is a row about a.b/c.G already`},
		{map[string]any{"finishers": []any{"F"}}, `finishers[0]: "F" is no function`},
		{map[string]any{"borrowers": []any{"a.F", "a.F"}}, `borrowers[1]: there is a row about a.F already`},
		{map[string]any{"repositories": []any{"Store"}}, `repositories[0]: "Store" is no type`},
		{map[string]any{"exclude": []any{"gen"}}, `unknown field "exclude"`},
	} {
		_, err := New(test.settings)
		if assert.ErrorContains(t, err, test.want, "%v", test.settings) {
			assert.True(t, strings.HasPrefix(err.Error(), "txlint: settings: "), err)
		}
	}
}

func row0() map[string]any {
	return map[string]any{"package": "a.b/c", "function": "G", "does": "begin"}
}

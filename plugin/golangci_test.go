package plugin

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/corpustest"
)

// program is the environment variable that names a golangci-lint with this
// plugin in it. To build one takes minutes, so these tests are skipped without;
// CONTRIBUTING.md says how it is done.
const program = "TXLINT_GOLANGCI_LINT"

// golangci runs golangci-lint in dir with the settings that docs/running.md
// shows, in which text can be replaced.
func golangci(t *testing.T, dir, cache, from, to string, args ...string) (code int, issues []corpustest.Finding, stderr string) {
	t.Helper()
	path := os.Getenv(program)
	if path == "" {
		t.Skip(program + " is not set")
	}
	text, err := os.ReadFile(filepath.Join("..", "docs", "running.md"))
	require.NoError(t, err)
	settings := regexp.MustCompile("(?s)In `.golangci.yml`:\n\n```yaml\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, settings)
	require.Contains(t, string(settings[1]), from)
	temp := t.TempDir()
	config, out := filepath.Join(temp, "golangci.yml"), filepath.Join(temp, "out.json")
	content := strings.Replace(string(settings[1]), "  enable: [txlint]", "  default: none\n  enable: [txlint]", 1)
	content = strings.Replace(content, from, to, 1)
	require.NoError(t, os.WriteFile(config, []byte(content), 0o644))

	cmd := exec.CommandContext(t.Context(), path, append([]string{"run", "-c", config, "--path-mode=abs", "--show-stats=false", "--output.json.path=" + out, "--allow-parallel-runners"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOLANGCI_LINT_CACHE="+cache, "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0", "PWD="+dir)
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		exit, ok := err.(*exec.ExitError)
		require.True(t, ok, err)
		code = exit.ExitCode()
	}
	report, err := os.ReadFile(out)
	if err != nil {
		return code, nil, errs.String()
	}
	var doc struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct {
				Filename string
				Line     int
			}
		}
	}
	require.NoError(t, json.Unmarshal(report, &doc), errs.String())
	for _, issue := range doc.Issues {
		assert.Equal(t, Name, issue.FromLinter)
		rule, message, _ := strings.Cut(issue.Text, ": ")
		message, _, _ = strings.Cut(message, " [path: ")
		file, err := filepath.Rel(dir, issue.Pos.Filename)
		require.NoError(t, err)
		issues = append(issues, corpustest.Finding{File: filepath.ToSlash(file), Line: issue.Pos.Line, Rule: rule, Message: message})
	}
	return code, issues, errs.String()
}

// TestGolangciOnTheCorpus wants the findings of a run in process, from a cold
// and from a warm cache.
func TestGolangciOnTheCorpus(t *testing.T) {
	t.Parallel()
	strip := func(all []corpustest.Finding) (lines []string) {
		for _, f := range all {
			if !strings.HasPrefix(f.File, "txignore/") { // //nolint:txlint is golangci-lint's own there
				f.Message = strings.Join(strings.Fields(f.Message), " ")
				lines = append(lines, f.String())
			}
		}
		return lines
	}
	cache := t.TempDir()
	for _, state := range []string{"cold", "warm"} {
		code, issues, stderr := golangci(t, corpustest.Dir(t), cache, "", "", "./...")
		assert.Equal(t, 1, code, stderr)
		assert.ElementsMatch(t, strip(corpustest.Findings(t, txlint.Suite())), strip(issues), state)
	}
}

// scratch writes a module with three leaks, two of them held back.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, content := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n",
		"m.go": `package m

import "database/sql"

func first(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM cart"); err != nil {
		return err
	}
	return tx.Commit()
}

func second(db *sql.DB) {
	db.Begin() //nolint:txlint
}

func third(db *sql.DB) {
	db.Begin() //txlint:ignore earlyreturn it is so
}

var _, _, _ = first, second, third
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return dir
}

func TestGolangciHoldsBackAndFixes(t *testing.T) {
	t.Parallel()
	dir, cache := scratch(t), t.TempDir()
	code, issues, stderr := golangci(t, dir, cache, "", "", "./...")
	assert.Equal(t, 1, code, stderr)
	require.Len(t, issues, 1, "%v", issues)
	assert.Equal(t, 11, issues[0].Line)

	code, issues, stderr = golangci(t, dir, cache, "", "", "--fix", "./...")
	assert.Zero(t, code, stderr)
	assert.Empty(t, issues)
	fixed, err := os.ReadFile(filepath.Join(dir, "m.go"))
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(fixed), "defer "), string(fixed))
	code, issues, stderr = golangci(t, dir, cache, "", "", "./...")
	assert.Zero(t, code, stderr)
	assert.Empty(t, issues)
}

func TestGolangciSettings(t *testing.T) {
	t.Parallel()
	dir, cache := scratch(t), t.TempDir()
	code, _, stderr := golangci(t, dir, cache, "disable: []", "disabled: []", "./...")
	assert.NotZero(t, code)
	assert.Contains(t, stderr, `unknown field "disabled"`)
	code, _, stderr = golangci(t, dir, cache, "panics: false", "panic: false", "./...")
	assert.NotZero(t, code)
	assert.Contains(t, stderr, `did you mean "earlyreturn.panics"?`)
	code, issues, stderr := golangci(t, dir, cache, "disable: []", "disable: [earlyreturn, txignore]", "./...")
	assert.Zero(t, code, stderr)
	assert.Empty(t, issues)
}

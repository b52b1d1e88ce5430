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

	"github.com/txlint/txlint/internal/corpustest"
)

// TestGolangciOnTheCorpus wants the same from a cold and from a warm cache. That
// it is what all other drivers say is for the test of parity in cmd/txlint.
func TestGolangciOnTheCorpus(t *testing.T) {
	t.Parallel()
	golangci, dir, cache := corpustest.NewGolangci(t), corpustest.Dir(t), t.TempDir()
	cold := golangci.Run(t, dir, cache, "./...")
	assert.Equal(t, 1, cold.Code, cold.Stderr)
	assert.Greater(t, len(cold.Issues), 100)
	for _, issue := range cold.Issues {
		assert.Equal(t, Name, issue.Linter)
	}
	warm := golangci.Run(t, dir, cache, "./...")
	assert.Equal(t, 1, warm.Code, warm.Stderr)
	assert.ElementsMatch(t, cold.Issues, warm.Issues) // it does not sort those of one line
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
	golangci, dir, cache := corpustest.NewGolangci(t), scratch(t), t.TempDir()
	run := golangci.Run(t, dir, cache, "./...")
	assert.Equal(t, 1, run.Code, run.Stderr)
	require.Len(t, run.Issues, 1, "%v", run.Issues)
	assert.Equal(t, 11, run.Issues[0].Line)

	run = golangci.Run(t, dir, cache, "--fix", "./...")
	assert.Zero(t, run.Code, run.Stderr)
	assert.Empty(t, run.Issues)
	fixed, err := os.ReadFile(filepath.Join(dir, "m.go"))
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(fixed), "defer "), string(fixed))
	run = golangci.Run(t, dir, cache, "./...")
	assert.Zero(t, run.Code, run.Stderr)
	assert.Empty(t, run.Issues)
}

func TestGolangciSettings(t *testing.T) {
	t.Parallel()
	golangci, dir, cache := corpustest.NewGolangci(t), scratch(t), t.TempDir()
	with := func(from, to string) corpustest.GolangciRun {
		changed := golangci
		require.Contains(t, golangci.Settings, from)
		changed.Settings = strings.Replace(golangci.Settings, from, to, 1)
		return changed.Run(t, dir, cache, "./...")
	}
	run := with("disable: []", "disabled: []")
	assert.NotZero(t, run.Code)
	assert.Contains(t, run.Stderr, `unknown field "disabled"`)
	run = with("panics: false", "panic: false")
	assert.NotZero(t, run.Code)
	assert.Contains(t, run.Stderr, `did you mean "earlyreturn.panics"?`)
	run = with("disable: []", "disable: [earlyreturn, txignore]")
	assert.Zero(t, run.Code, run.Stderr)
	assert.Empty(t, run.Issues)
}

// TestGolangciForLanguageServers runs the command that docs/editors.md gives to
// golangci-lint-langserver as that does: in the module's directory, on the
// directory of a file. It reads the whole standard output as one JSON document,
// wants an exit code that is not 0 where there are issues, and compares names of
// files with the one that is open, relative to the module.
func TestGolangciForLanguageServers(t *testing.T) {
	t.Parallel()
	golangci, dir := corpustest.NewGolangci(t), scratch(t)
	text, err := os.ReadFile(filepath.Join("..", "docs", "editors.md"))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "## Everything that speaks LSP\n")
	require.True(t, ok)
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(section)
	require.NotNil(t, block)
	var options struct{ Command []string }
	require.NoError(t, json.Unmarshal([]byte(block[1]), &options))
	require.Equal(t, "./custom-gcl", options.Command[0])
	require.NoError(t, os.Symlink(golangci.Program, filepath.Join(dir, "custom-gcl")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".golangci.yml"), []byte(golangci.Settings), 0o644))

	cmd := exec.CommandContext(t.Context(), options.Command[0], append(options.Command[1:], dir+string(filepath.Separator))...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOLANGCI_LINT_CACHE="+t.TempDir(), "GOWORK=off", "GOFLAGS=", "PWD="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.Error(t, err)
	assert.Equal(t, 1, cmd.ProcessState.ExitCode(), stderr.String())
	var doc struct {
		Issues []struct {
			Text string
			Pos  struct {
				Filename     string
				Line, Column int
			}
		}
	}
	require.NoError(t, json.Unmarshal(out, &doc), string(out))
	require.Len(t, doc.Issues, 1)
	assert.Equal(t, "m.go", doc.Issues[0].Pos.Filename)
	assert.Equal(t, 11, doc.Issues[0].Pos.Line)
	assert.Contains(t, doc.Issues[0].Text, "[path: line 6 begins here")
}

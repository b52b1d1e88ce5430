package main

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
)

// blocks returns the code blocks of docs/editors.md in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "editors.md"))
	require.NoError(t, err)
	var out []string
	for _, match := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		out = append(out, match[1])
	}
	return out
}

// leakyModule writes a module with a finding in sub/a.go, and
// returns its directory.
func leakyModule(t *testing.T) string {
	t.Helper()
	dir := module(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "a.go"), []byte(strings.Replace(tidy, "return tx.Rollback()", "_ = tx\n\treturn nil", 1)), 0o644))
	return dir
}

// An editor that runs a lint tool for a package starts it there, without
// arguments, and reads lines; whatever is on standard error is a failure.
func TestEditorsRunItWithoutArguments(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := execute(t, filepath.Join(leakyModule(t), "sub"), nil, built(t))
	assert.Equal(t, 1, code)
	assert.Empty(t, stderr)
	assert.Regexp(t, regexp.MustCompile(`^a\.go:11:2: [^\n]+\n$`), stdout)
}

func TestEditorSettings(t *testing.T) {
	t.Parallel()
	all := blocks(t, "json")
	require.Len(t, all, 3)
	for _, block := range all {
		require.True(t, json.Valid([]byte(block)), block)
	}
	lintTool(t, all[0])
	taskMatches(t, all[1])
}

// lintTool runs txlint with the settings as the Go extension of VS Code does, and
// takes apart what it prints as that does: a line that begins with a tab goes
// on with the message before it.
func lintTool(t *testing.T, block string) {
	t.Helper()
	var settings struct {
		Tool  string            `json:"go.lintTool"`
		On    string            `json:"go.lintOnSave"`
		Flags []string          `json:"go.lintFlags"`
		Other map[string]string `json:"go.alternateTools"`
	}
	dec := json.NewDecoder(strings.NewReader(block))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&settings))
	assert.Equal(t, map[string]string{settings.Tool: "txlint"}, settings.Other)
	assert.NotEqual(t, "staticcheck", settings.Tool, "the extension takes it for gopls' own")
	require.Equal(t, "package", settings.On)

	code, stdout, stderr := execute(t, filepath.Join(leakyModule(t), "sub"), nil, built(t), settings.Flags...)
	assert.Equal(t, 1, code)
	assert.Empty(t, stderr, "the extension shows nothing else then")
	line := regexp.MustCompile(`^([^:]*: )?((?:.:)?[^:]*):(\d+):(\d+):(?:\w+:)? (.*)$`)
	first, rest, ok := strings.Cut(stdout, "\n")
	require.True(t, ok, stdout)
	match := line.FindStringSubmatch(first)
	require.NotNil(t, match, first)
	assert.Equal(t, []string{"", "a.go", "11", "2"}, match[1:5])
	assert.Contains(t, match[5], "returns without finishing tx")
	assert.Equal(t, "\ta.go:6:13: begins here\n", rest, "the path belongs to the message")
}

// taskMatches runs the task of the settings in the module's directory, and reads
// what it prints with its problem matcher.
func taskMatches(t *testing.T, block string) {
	t.Helper()
	var tasks struct {
		Tasks []struct {
			Command        string
			ProblemMatcher struct {
				Pattern struct {
					Regexp                      string
					File, Line, Column, Message int
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(block), &tasks))
	task := tasks.Tasks[0]
	args := strings.Fields(task.Command)
	require.Equal(t, "txlint", args[0])
	code, stdout, stderr := execute(t, leakyModule(t), nil, built(t), args[1:]...)
	assert.Zero(t, code, "VS Code says that the task could not be launched")
	assert.Empty(t, stderr)
	pattern := task.ProblemMatcher.Pattern
	match := regexp.MustCompile(pattern.Regexp).FindStringSubmatch(strings.TrimSuffix(stdout, "\n"))
	require.NotNil(t, match, stdout)
	assert.Equal(t, filepath.Join("sub", "a.go"), match[pattern.File])
	assert.Equal(t, "11", match[pattern.Line])
	assert.Equal(t, "2", match[pattern.Column])
	assert.Contains(t, match[pattern.Message], "returns without finishing tx")
}

// TestGoLandFilter runs what the page has in the fields of a file watcher, and
// reads what it prints with the output filter of the page.
func TestGoLandFilter(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "editors.md"))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "## GoLand\n")
	require.True(t, ok)
	fields := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| ([A-Z][a-z ]+) \\| `?(.*?)`? \\|$").FindAllStringSubmatch(section, -1) {
		fields[row[1]] = row[2]
	}
	require.Equal(t, "txlint", fields["Program"])
	require.Equal(t, "$FileDir$", fields["Working directory"])
	dir := filepath.Join(leakyModule(t), "sub")
	_, stdout, stderr := execute(t, dir, nil, built(t), strings.Fields(fields["Arguments"])...)
	assert.Empty(t, stderr)

	pattern := regexp.QuoteMeta(fields["Output filters"])
	for macro, group := range map[string]string{
		"FILE_PATH": `(?:[A-Za-z]:|/)[0-9 a-zA-Z_\-\\./]+`, // JetBrains' programs look for full names
		"LINE":      "[0-9]+", "COLUMN": "[0-9]+", "MESSAGE": ".*",
	} {
		require.Contains(t, pattern, `\$`+macro+`\$`)
		pattern = strings.ReplaceAll(pattern, `\$`+macro+`\$`, "("+group+")")
	}
	match := regexp.MustCompile("^" + pattern + "\n$").FindStringSubmatch(stdout)
	require.NotNil(t, match, stdout)
	assert.Equal(t, []string{filepath.Join(dir, "a.go"), "11", "2"}, match[1:4])
}

// TestNeovim gives Neovim the settings of the page and looks at its quickfix
// list.
func TestNeovim(t *testing.T) {
	t.Parallel()
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip(err)
	}
	settings := blocks(t, "lua")
	require.Len(t, settings, 1)
	dir := leakyModule(t)
	list := filepath.Join(t.TempDir(), "list.json")
	config := filepath.Join(t.TempDir(), "config.lua")
	require.NoError(t, os.WriteFile(config, []byte(settings[0]), 0o644))
	state := t.TempDir()
	code, stdout, stderr := execute(t, dir, []string{
		"PATH=" + filepath.Dir(built(t)) + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"XDG_STATE_HOME=" + state, "XDG_DATA_HOME=" + state, "XDG_CONFIG_HOME=" + state, "XDG_CACHE_HOME=" + state,
		"GOCACHE=" + goEnv(t, "GOCACHE"), "HOME=" + state, "GOMODCACHE=" + goEnv(t, "GOMODCACHE"),
	}, nvim, "--headless", "-u", config, "-c", "edit m.go", "-c", "set filetype=go", "-c", "silent make!",
		"-c", "call writefile([json_encode(map(getqflist(), {_, e -> [bufname(e.bufnr), e.lnum, e.col, e.text]}))], '"+list+"')", "-c", "qall!")
	require.Zero(t, code, stdout+stderr)
	content, err := os.ReadFile(list)
	require.NoError(t, err, stdout+stderr)
	var entries [][]any
	require.NoError(t, json.Unmarshal(content, &entries))
	require.Len(t, entries, 2, string(content))
	assert.Equal(t, []any{"sub/a.go", 11.0, 2.0}, entries[0][:3])
	assert.Contains(t, entries[0][3], "returns without finishing tx")
	assert.Equal(t, []any{"sub/a.go", 6.0, 13.0, "begins here"}, entries[1])
}

// goEnv returns a setting of the go command.
func goEnv(t *testing.T, key string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", key).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

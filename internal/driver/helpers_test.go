package driver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/txlint/txlint/internal/driver"
)

// write unpacks an archive into a new directory and returns it.
func write(t *testing.T, archive string) string {
	t.Helper()
	// Links are resolved because the go command prints resolved paths.
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, f.Data, 0o644))
	}
	return dir
}

// environ returns the environment of tests: no settings of the user count,
// nothing is downloaded, and no results are kept.
func environ(extra ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		key, _, _ := strings.Cut(kv, "=")
		return slices.Contains([]string{"GOFLAGS", "GOWORK", "NO_COLOR", "TERM", "GOGC", "TXLINT_CACHE"}, key)
	})
	env = append(env, "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local", "TERM=xterm", "TXLINT_CACHE=off")
	return append(env, extra...)
}

// A result is what a run left behind.
type result struct {
	code           int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("exit code %d\n--- stdout\n%s--- stderr\n%s", r.code, r.stdout, r.stderr)
}

// run runs the fake tool by hand in dir.
func run(t *testing.T, dir string, args ...string) result {
	t.Helper()
	return runIn(t, driver.Env{Dir: dir, Environ: environ()}, args...)
}

// runIn runs the fake tool by hand in env, whose outputs are replaced.
func runIn(t *testing.T, env driver.Env, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env.Stdout, env.Stderr = &stdout, &stderr
	code := driver.Main(t.Context(), fakeTool(), env, args)
	return result{code, stdout.String(), stderr.String()}
}

// vet runs go vet in dir with the test binary as its tool.
func vet(t *testing.T, dir string, args ...string) result {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"vet", "-vettool=" + self}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(environ(asTool+"=1"), "PWD="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := 0
	if err := cmd.Run(); err != nil {
		exit, ok := err.(*exec.ExitError)
		require.True(t, ok, "go vet: %v", err)
		code = exit.ExitCode()
	}
	return result{code, stdout.String(), stderr.String()}
}

// vetFindings runs go vet -json and returns the findings as lines, sorted.
func vetFindings(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	r := vet(t, dir, append([]string{"-json"}, args...)...)
	require.Zero(t, r.code, r)
	type position struct{ Posn, Message string }
	var lines []string
	for dec := json.NewDecoder(strings.NewReader(r.stdout)); ; {
		var tree map[string]map[string][]struct {
			position
			Related []position
		}
		err := dec.Decode(&tree)
		if err == io.EOF {
			break
		}
		require.NoError(t, err, r)
		for _, unit := range tree {
			for rule, findings := range unit {
				for _, f := range findings {
					line := fmt.Sprintf("%s: %s: %s", relative(dir, f.Posn), rule, f.Message)
					for _, rel := range f.Related {
						line += fmt.Sprintf(" <- %s: %s", relative(dir, rel.Posn), rel.Message)
					}
					lines = append(lines, line)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// handFindings runs the tool by hand with -json and returns the findings in
// the form of vetFindings.
func handFindings(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	r := run(t, dir, append([]string{"-json", "-exit-zero"}, args...)...)
	require.Zero(t, r.code, r)
	var lines []string
	for _, f := range decode(t, r).Findings {
		line := fmt.Sprintf("%s: %s: %s", f.Position, f.Rule, f.Message)
		for _, rel := range f.Related {
			line += fmt.Sprintf(" <- %s: %s", rel.Position, rel.Message)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func relative(dir, posn string) string {
	return strings.TrimPrefix(posn, dir+string(filepath.Separator))
}

// A document is the output of -json.
type document struct {
	Tool     struct{ Name, Version string }
	Findings []finding
	Silent   []finding
	Errors   []struct{ Package, Position, Message string }
}

type finding struct {
	Rule, Category, Message, URL string
	Position                     span
	Related                      []struct {
		Message  string
		Position span
	}
	Fixes []struct {
		Message string
		Edits   []struct {
			File       string
			Start, End int
			New        string
		}
	}
}

type span struct {
	File                             string
	Line, Column, EndLine, EndColumn int
}

func (s span) String() string { return fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Column) }

func decode(t *testing.T, r result) document {
	t.Helper()
	var doc document
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&doc), r)
	require.False(t, dec.More(), "more than one document: %v", r)
	return doc
}

// read returns the content of a file of dir.
func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(content)
}

// prefixed returns an archive whose files lie below dir.
func prefixed(dir, archive string) string {
	a := txtar.Parse([]byte(archive))
	for i := range a.Files {
		a.Files[i].Name = dir + a.Files[i].Name
	}
	return string(txtar.Format(a))
}

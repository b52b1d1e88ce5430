package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// buildDir is where binary puts what it builds. TestMain sets and removes it.
var buildDir string

func TestMain(m *testing.M) {
	if dirs := os.Getenv(cacheProgram); dirs != "" {
		if err := serveCache(dirs, os.Stdin, os.Stdout); err != nil && !errors.Is(err, io.EOF) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "txlint-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// binary builds txlint, once for all tests, and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "txlint")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// execute runs a command in dir and returns its exit code and outputs.
func execute(t *testing.T, dir string, env []string, name string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOFLAGS=", "GOWORK=", "GOPROXY=off", "TXLINT_CACHE=off"), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		exit, ok := err.(*exec.ExitError)
		require.True(t, ok, "%s: %v", name, err)
		code = exit.ExitCode()
	}
	return code, out.String(), errs.String()
}

func built(t *testing.T) string {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	return path
}

// module writes a module without findings and returns its directory.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/m\n\ngo 1.26\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.go"), []byte("package m\n"), 0o644))
	return dir
}

func TestCleanModule(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := execute(t, module(t), nil, built(t), "./...")
	assert.Zero(t, code, stderr)
	assert.Empty(t, stdout)
	assert.Empty(t, stderr)
}

func TestUsageError(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := execute(t, module(t), nil, built(t), "-earlyretrun")
	assert.Equal(t, 2, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "did you mean -earlyreturn?")
}

func TestRulesAreThoseOfTheSuite(t *testing.T) {
	t.Parallel()
	code, stdout, _ := execute(t, module(t), nil, built(t), "rules")
	assert.Zero(t, code)
	assert.Contains(t, stdout, "earlyreturn")
	for line := range strings.Lines(stdout) {
		rule, _, _ := strings.Cut(line, " ")
		code, text, stderr := execute(t, module(t), nil, built(t), "explain", rule)
		assert.Zero(t, code, stderr)
		assert.True(t, strings.HasPrefix(text, rule+": "), text)
	}
}

// The go command asks three things of a vet tool.
func TestVetProtocol(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := execute(t, module(t), nil, built(t), "-V=full")
	assert.Zero(t, code, stderr)
	assert.Regexp(t, regexp.MustCompile(`^txlint version devel go\S+.* buildID=[0-9a-f]{64}\n$`), stdout)

	code, stdout, stderr = execute(t, module(t), nil, built(t), "-flags")
	assert.Zero(t, code, stderr)
	for _, name := range []string{"earlyreturn", "possible", "explain", "json"} {
		assert.Contains(t, stdout, `"Name": "`+name+`"`)
	}

	for _, args := range [][]string{{}, {"-earlyreturn"}, {"-possible"}} {
		args = append(append([]string{"vet", "-vettool=" + built(t)}, args...), "./...")
		code, stdout, stderr = execute(t, module(t), nil, "go", args...)
		assert.Zero(t, code, stderr)
		assert.Empty(t, stdout+stderr)
	}
}

// A program that is older than the user's Go says so where the go command
// shows it.
func TestVetProtocolOfAnOldProgram(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the fake go command is a shell script")
	}
	bin := t.TempDir()
	script := "#!/bin/sh\necho '{\"GOVERSION\": \"go1.999\"}'\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
	code, stdout, stderr := execute(t, module(t), []string{"PATH=" + bin}, built(t), "-V=full")
	assert.Equal(t, 2, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "but the go command is go1.999: build it again with 'go install github.com/txlint/txlint/cmd/txlint@latest'")

	unit := filepath.Join(t.TempDir(), "vet.cfg")
	require.NoError(t, os.WriteFile(unit, []byte(`{"GoVersion": "go1.999.3", "GoFiles": ["x.go"]}`), 0o644))
	code, _, stderr = execute(t, module(t), nil, built(t), unit)
	assert.NotZero(t, code)
	assert.Contains(t, stderr, "but the go command is go1.999.3")
}

// A rule that is switched off by name does not run for txignore either, and
// what it would have said of a comment is left open.
func TestCommentsAboutRulesThatAreOff(t *testing.T) {
	t.Parallel()
	dir, store := module(t), t.TempDir()
	text := "package m\n\n//txlint:ignore nplusone it is so\nfunc F() {}\n\n//txlint:ignore earlyreturn it is so\nfunc G() {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.go"), []byte(text), 0o644))
	for _, test := range []struct{ flags, want []string }{
		{nil, []string{"nplusone", "earlyreturn"}},
		{[]string{"-txignore"}, []string{"nplusone", "earlyreturn"}},
		{[]string{"-nplusone=false"}, []string{"earlyreturn"}},
		{[]string{"-txignore", "-nplusone=false"}, []string{"earlyreturn"}},
		{[]string{"-nplusone=false", "-earlyreturn=false"}, nil},
	} {
		flags := append(test.flags, "./...")
		_, byHand, stderr := execute(t, dir, []string{"TXLINT_CACHE=" + store}, built(t), flags...)
		assert.Empty(t, stderr)
		_, _, byVet := execute(t, dir, nil, "go", append([]string{"vet", "-vettool=" + built(t)}, flags...)...)
		for who, said := range map[string]string{"by hand": byHand, "go vet": byVet} {
			assert.Equal(t, len(test.want), strings.Count(said, "holds back nothing"), "%s %v: %s", who, test.flags, said)
			for _, rule := range test.want {
				assert.Contains(t, said, "holds back nothing of "+rule, "%s %v", who, test.flags)
			}
		}
	}
}

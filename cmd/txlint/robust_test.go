package main

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/corpustest"
)

// withReports returns a copy of the example application, a flag that asks for
// reports in it, and a function that returns what lies in it beside the code.
func withReports(t *testing.T) (dir, formats string, reports func() []string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("it is done with shell scripts and signals")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", "shop"))))
	// What is older than some seconds, the go command indexes at once, and need
	// not do so in a later run.
	old := time.Now().Add(-time.Hour)
	require.NoError(t, filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(name, old, old))
	}))
	before, err := os.ReadDir(dir)
	require.NoError(t, err)
	return dir, "html:r.html,sarif:r.sarif", func() (names []string) {
		after, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range after {
			if !slices.ContainsFunc(before, func(b os.DirEntry) bool { return b.Name() == e.Name() }) {
				names = append(names, e.Name())
			}
		}
		return names
	}
}

// A disk on which files cannot become as large as they must be is full for
// them: nothing half-written stays, and what was there before stays.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir, formats, reports := withReports(t)
	store := t.TempDir()
	limited := func(args ...string) (int, string, string) {
		t.Helper()
		script := `ulimit -f 1 || exit 99; exec "$@"`
		return execute(t, dir, []string{"TXLINT_CACHE=" + store}, "sh", append([]string{"-c", script, "sh", built(t)}, args...)...)
	}
	_, want, _ := execute(t, dir, nil, built(t), "./...") // it also fills the build cache
	require.NotEmpty(t, want)

	code, stdout, stderr := limited("./...")
	if code == 99 {
		t.Skip("the shell cannot limit the size of files")
	}
	assert.Equal(t, 1, code, stderr)
	assert.Equal(t, want, stdout, "results that cannot be kept are no reason to fail")
	assert.Empty(t, stderr)
	left, err := filepath.Glob(filepath.Join(store, "*", "*.tmp"))
	require.NoError(t, err)
	assert.Empty(t, left)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "r.sarif"), []byte("old"), 0o644))
	code, _, stderr = limited("-format", formats, "./...")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "txlint: cannot write the html report: ")
	assert.Contains(t, stderr, "cannot write the sarif report: ")
	assert.Equal(t, []string{"r.sarif"}, reports())
	content, err := os.ReadFile(filepath.Join(dir, "r.sarif"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))

	code, _, stderr = limited("baseline", "write", "./...")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "txlint: cannot write the baseline: ")
	assert.Equal(t, []string{"r.sarif"}, reports())

	code, _, stderr = limited("-fix", "./...")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "nothing was changed")
	code, stdout, stderr = execute(t, dir, nil, built(t), "./...")
	assert.Equal(t, 1, code, stderr)
	assert.Equal(t, want, stdout, "the code is as it was")
}

// Nothing can be written into a directory that is read-only, and nothing is
// said but that.
func TestReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	dir, formats, reports := withReports(t)
	before, err := os.ReadFile(filepath.Join(dir, "buggy", "httpapi", "customers.go"))
	require.NoError(t, err)
	inside, reason := readOnly(t, dir)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-format", formats, "./..."}, "cannot write the html report: "},
		{[]string{"baseline", "write", "./..."}, "cannot write the baseline: "},
		{[]string{"-fix", "./..."}, "cannot write fixes: "},
		{[]string{"ignore", "-add", "-reason", "known", "./..."}, "cannot write fixes: "},
	} {
		command := slices.Concat(inside, []string{built(t)}, test.args)
		code, _, stderr := execute(t, dir, nil, command[0], command[1:]...)
		assert.Equal(t, 2, code, stderr)
		assert.Contains(t, stderr, test.want)
		assert.Contains(t, stderr, reason)
		assert.Empty(t, reports())
		after, err := os.ReadFile(filepath.Join(dir, "buggy", "httpapi", "customers.go"))
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after))
	}
}

// readOnly makes a directory one that cannot be written. It returns what to put in
// front of a command that sees it so, and why writing fails.
func readOnly(t *testing.T, dir string) (inside []string, reason string) {
	t.Helper()
	if os.Geteuid() != 0 {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			t.Cleanup(func() { os.Chmod(name, 0o755) })
			return os.Chmod(name, 0o555)
		})
		require.NoError(t, err)
		return nil, "permission denied"
	}
	// Root may write everywhere but to a file system that is mounted read-only.
	inside = []string{"unshare", "--mount", "sh", "-c", `mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"`, "sh"}
	probe := exec.CommandContext(t.Context(), inside[0], append(inside[1:], "true")...)
	probe.Dir = dir
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("root may write everywhere, and cannot mount anything here: %v %s", err, out)
	}
	return inside, "read-only file system"
}

// promptly is how soon a run that is interrupted must be over, on a machine that
// does other work as well. The go command that it waits for takes longer.
const promptly = 5 * time.Second

// A run that is interrupted, by a person or by a CI system that gives up, says
// so and leaves everything as it was.
func TestSignals(t *testing.T) {
	t.Parallel()
	dir, formats, reports := withReports(t)
	realGo, err := exec.LookPath("go")
	require.NoError(t, err)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		bin := t.TempDir()
		started := filepath.Join(bin, "started")
		script := "#!/bin/sh\n[ \"$1\" != list ] || { echo >'" + started + "'; sleep 30; }\nexec '" + realGo + "' \"$@\"\n"
		require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
		for _, args := range [][]string{{"-format", formats, "./..."}, {"baseline", "write", "./..."}, {"-fix", "./..."}} {
			os.Remove(started)
			cmd := exec.CommandContext(t.Context(), built(t), args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "TXLINT_CACHE=off", "GOFLAGS=", "GOWORK=")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool { _, err := os.Stat(started); return err == nil }, time.Minute, 10*time.Millisecond)
			at := time.Now()
			require.NoError(t, cmd.Process.Signal(sig))
			require.Error(t, cmd.Wait())
			assert.Less(t, time.Since(at), promptly, "%v of %v", sig, args)
			assert.Equal(t, 128+int(sig), cmd.ProcessState.ExitCode(), "%v of %v: %s", sig, args, &stderr)
			assert.Equal(t, "txlint: interrupted\n", strings.TrimPrefix(stderr.String(), "\n"))
			assert.Empty(t, stdout.String())
			assert.Empty(t, reports())
		}
	}
}

// A run that is interrupted in the midst of its work leaves nothing half-written
// among the results, and later runs find all that there is.
func TestSignalsDuringTheAnalysis(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("it is done with signals")
	}
	dir, store := corpustest.Dir(t), t.TempDir()
	env := []string{"TXLINT_CACHE=" + store, "GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off", "CGO_ENABLED=0"}
	for _, after := range []string{"packages to analyse", "types of the other packages are read"} {
		report := filepath.Join(t.TempDir(), "r.sarif")
		cmd := exec.CommandContext(t.Context(), built(t), "-debug", "-format", "sarif:"+report, "./...")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		stderr, err := cmd.StderrPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines, last := bufio.NewScanner(stderr), ""
		for lines.Scan() && !strings.Contains(lines.Text(), after) {
		}
		at := time.Now()
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		for lines.Scan() {
			last = lines.Text()
		}
		require.Error(t, cmd.Wait())
		assert.Less(t, time.Since(at), promptly)
		assert.Equal(t, 143, cmd.ProcessState.ExitCode())
		assert.Equal(t, "txlint: interrupted", last)
		assert.NoFileExists(t, report)
		left, err := filepath.Glob(filepath.Join(store, "*", "*.tmp"))
		require.NoError(t, err)
		assert.Empty(t, left)
	}
	_, want, _ := execute(t, dir, append(env, "TXLINT_CACHE=off"), built(t), "./earlyreturn/...")
	code, stdout, stderr := execute(t, dir, env, built(t), "./earlyreturn/...")
	assert.Equal(t, 1, code, stderr)
	assert.Equal(t, want, stdout)
}

// Who reads standard output may go before the end, as head does. That ends the
// run without a word, and files are written all the same.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	dir, _, reports := withReports(t)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, read.Close())
	cmd := exec.CommandContext(t.Context(), built(t), "-format", "text,sarif:r.sarif", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TXLINT_CACHE=off", "GOFLAGS=", "GOWORK=")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = write, &stderr
	require.Error(t, cmd.Run())
	require.NoError(t, write.Close())
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	assert.Equal(t, syscall.SIGPIPE, status.Signal())
	assert.Empty(t, stderr.String())
	assert.Equal(t, []string{"r.sarif"}, reports())
}

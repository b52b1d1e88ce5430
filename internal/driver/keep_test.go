package driver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/driver"
)

// replace changes text in a file of dir.
func replace(t *testing.T, dir, name, from, to string) {
	t.Helper()
	before := read(t, dir, name)
	require.Contains(t, before, from)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(before, from, to, 1)), 0o644))
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	const file = ".txlint-baseline.json"
	r := run(t, dir, "-baseline", file, "./...")
	assert.Equal(t, driver.ExitFailure, r.code)
	assert.Contains(t, r.stderr, "there is no baseline .txlint-baseline.json; 'txlint baseline write' makes one")

	r = run(t, dir, "baseline", "write", "./...")
	assert.Equal(t, result{0, "", "txlint: .txlint-baseline.json now has 2 findings\n"}, r)
	assert.Equal(t, result{}, run(t, dir, "-baseline", file, "./..."))

	// Moved lines are the same findings, and a new one is told from them.
	replace(t, dir, "simple.go", "func Leaks() {\n", "func LeaksToo() {\n\tOpen()\n}\n\n// Leaks moved.\nfunc Leaks() {\n")
	r = run(t, dir, "-baseline", file, "./...")
	assert.Equal(t, driver.ExitFindings, r.code)
	assert.Equal(t, "simple.go:7:2: Open opens and nothing closes (txlint/leak)\n", r.stdout)

	// What has been repaired is said, and can be taken out.
	replace(t, dir, "simple.go", "func Bad() {}", "func Good() {}")
	r = run(t, dir, "-baseline", file, "./...")
	assert.Contains(t, r.stderr, "no longer found: 1 finding of the baseline; 'txlint baseline prune'")
	assert.Empty(t, run(t, dir, "-baseline", file, "./clean").stderr, "what was not looked at is not gone")
	assert.Empty(t, run(t, dir, "-baseline", file, "-leak", "./...").stderr)
	r = run(t, dir, "baseline", "prune", "./...")
	assert.Equal(t, result{0, "", "txlint: took 1 finding out of .txlint-baseline.json, which now has 1\n"}, r)
	r = run(t, dir, "-baseline", file, "./...")
	assert.Equal(t, "simple.go:7:2: Open opens and nothing closes (txlint/leak)\n", r.stdout)
	assert.Empty(t, r.stderr)

	// What a baseline holds is not fixed.
	run(t, dir, "baseline", "write", "./...")
	before := read(t, dir, "simple.go")
	assert.Equal(t, result{}, run(t, dir, "-baseline", file, "-fix", "./..."))
	assert.Equal(t, before, read(t, dir, "simple.go"))
}

func TestBaselineMistakes(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	for _, args := range [][]string{{"baseline"}, {"baseline", "wirte"}, {"baseline", "write", "-fix"}, {"baseline", "prune", "-json"}, {"baseline", "prune"}} {
		r := run(t, dir, args...)
		assert.Equal(t, driver.ExitFailure, r.code, "%v: %v", args, r)
		assert.NoFileExists(t, filepath.Join(dir, ".txlint-baseline.json"))
	}
	r := run(t, dir, "baseline", "write", "-baseline", filepath.Join("missing", "base.json"), "./...")
	assert.Equal(t, driver.ExitFailure, r.code)
	assert.Contains(t, r.stderr, "cannot write the baseline: ")

	// Nothing is written of a run that saw half.
	replace(t, dir, "clean/clean.go", "{}", "{ undefinedName() }")
	r = run(t, dir, "baseline", "write", "./...")
	assert.Equal(t, driver.ExitFailure, r.code)
	assert.Contains(t, r.stderr, "undefined: undefinedName")
	assert.Contains(t, r.stderr, "the baseline was left alone")
	assert.NoFileExists(t, filepath.Join(dir, ".txlint-baseline.json"))
}

// commit makes a git repository of dir, or another commit in it.
func commit(t *testing.T, dir string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	for _, args := range [][]string{
		{"init", "--quiet", "-b", "main"}, {"add", "-A"},
		{"-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "--quiet", "-m", "all"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

func TestNewFromRev(t *testing.T) {
	t.Parallel()
	dir := write(t, prefixed("m/", simple))
	module := filepath.Join(dir, "m")
	commit(t, dir)
	assert.Equal(t, result{}, run(t, module, "-new-from-rev", "HEAD", "./..."))

	replace(t, module, "simple.go", "func MaybeLeaks() {\n\tOpen()\n}\n", "func LeaksToo() {\n\tOpen()\n}\n")
	r := run(t, module, "-new-from-rev=HEAD", "./...")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Equal(t, "simple.go:16:2: Open opens and nothing closes (txlint/leak)\n", r.stdout, "its step, the function, is new")

	// A call of Close that is taken out leaves no new line behind.
	replace(t, module, "simple.go", "\tOpen()\n\tClose()\n", "\tOpen()\n")
	r = run(t, module, "-new-from-rev=HEAD", "./...")
	assert.Contains(t, r.stdout, "simple.go:11:2: Open opens")

	commit(t, dir)
	assert.Equal(t, 0, run(t, module, "-new-from-rev=HEAD", "./...").code)
	assert.Equal(t, 2, strings.Count(run(t, module, "-new-from-rev=HEAD~1", "./...").stdout, "\n"))
	assert.Equal(t, 0, run(t, module, "-new-from-merge-base=main", "./...").code)

	// With a baseline, what the changes do not touch is not gone.
	run(t, module, "baseline", "write", "./...")
	assert.Equal(t, result{}, run(t, module, "-baseline", ".txlint-baseline.json", "-new-from-rev", "HEAD~1", "./..."))
}

func TestNewFromRevMistakes(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, dir, "-new-from-rev", "HEAD")
	assert.Equal(t, driver.ExitFailure, r.code)
	assert.Contains(t, r.stderr, "cannot tell what has changed: ")
	assert.Contains(t, r.stderr, "not a git repository")
	commit(t, dir)
	r = run(t, dir, "-new-from-rev", "nowhere")
	assert.Equal(t, driver.ExitFailure, r.code)
	assert.Contains(t, r.stderr, `there is no commit "nowhere"`)
	r = run(t, dir, "-new-from-merge-base", "nowhere")
	assert.Contains(t, r.stderr, `-new-from-merge-base: there is no commit "nowhere"`)
	r = run(t, dir, "-new-from-rev", "HEAD", "-new-from-merge-base", "HEAD")
	assert.Contains(t, r.stderr, "cannot be used together")
}

const awkward = `
-- go.mod --
module example.com/awkward

go 1.26
-- a.go --
package awkward

func Open() {}

// Bad is documented.
func Bad() { Open() }

func text() string {
	return ` + "`" + `
one
` + "`" + ` + open()
}

func open() string {
	if true {
		_ = 1
		Open()
	}
	return ""
}
-- generated.go --
// Code generated by hand. DO NOT EDIT.

package awkward

func leaks() { Open() }
`

func TestIgnoreAdd(t *testing.T) {
	t.Parallel()
	dir := write(t, awkward)
	before := run(t, dir)
	assert.Equal(t, 4, strings.Count(before.stdout, "\n"), before)
	r := run(t, dir, "ignore", "-add", "-reason", "known,\n see #12", ".")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Equal(t, "generated.go:5:16: Open opens and nothing closes (txlint/leak)\n", r.stdout)
	assert.Contains(t, r.stderr, "generated.go:5: not fixed: the file is generated")
	assert.Contains(t, r.stderr, "wrote 2 directives into 1 file")
	text := read(t, dir, "a.go")
	assert.Contains(t, text, "// Bad is documented.\n//\n//txlint:ignore badname,leak known, see #12\nfunc Bad()")
	assert.Contains(t, text, "\t\t//txlint:ignore leak known, see #12\n\t\tOpen()\n")

	// There is nothing left to do but what cannot be done.
	r = run(t, dir, "ignore", "-add", "-reason", "known", ".")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Equal(t, text, read(t, dir, "a.go"))
	assert.Equal(t, 1, strings.Count(r.stdout, "\n"))

	// go vet honors the comments as well.
	assert.Len(t, vetFindings(t, dir, "."), 1)
}

func TestIgnoreMistakes(t *testing.T) {
	t.Parallel()
	dir := write(t, awkward)
	for _, args := range [][]string{{"ignore"}, {"ignore", "-add"}, {"ignore", "-reason", "x"}, {"ignore", "-add", "-reason", " "}, {"ignore", "-add", "-reason", "x", "-json"}} {
		r := run(t, dir, args...)
		assert.Equal(t, driver.ExitFailure, r.code, "%v: %v", args, r)
		assert.Empty(t, r.stdout)
	}
	before := read(t, dir, "a.go")
	replace(t, dir, "generated.go", "Open()", "undefinedName()")
	r := run(t, dir, "ignore", "-add", "-reason", "x")
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Contains(t, r.stderr, "nothing was changed")
	assert.Equal(t, before, read(t, dir, "a.go"))
}

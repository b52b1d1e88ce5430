package driver_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/driver"
)

// kept runs the fake tool with results in the directory store.
func kept(t *testing.T, store, dir string, args ...string) result {
	t.Helper()
	return runIn(t, driver.Env{Dir: dir, Environ: environ("TXLINT_CACHE=" + store)}, args...)
}

var lookedAt = regexp.MustCompile(`(\d+) packages to analyse`)

// looks returns how many packages a run has to analyse.
func looks(t *testing.T, store, dir string, args ...string) string {
	t.Helper()
	r := kept(t, store, dir, append([]string{"-debug"}, args...)...)
	m := lookedAt.FindStringSubmatch(r.stderr)
	require.NotNil(t, m, r)
	return m[1]
}

const chain = `
-- go.mod --
module example.com/chain

go 1.26
-- a/a.go --
package a

func Open() {}

func WrapA() { Open() }
-- b/b.go --
package b

import "example.com/chain/a"

func WrapB() { a.WrapA() }
-- c/c.go --
package c

import "example.com/chain/b"

func Leaks() { b.WrapB() }
-- d/d.go --
package d

func Bad() {}
`

// What has not changed is not looked at again, and what has changed is, with
// all that depends on it.
func TestOnlyWhatChangedIsLookedAt(t *testing.T) {
	t.Parallel()
	dir, store := write(t, chain), t.TempDir()
	assert.Equal(t, "4", looks(t, store, dir, "./..."))
	first := kept(t, store, dir, "./...")
	assert.Contains(t, first.stdout, "c.go:5:16: WrapB opens")
	for _, args := range [][]string{{"./..."}, {"./c"}, {"./a"}, {"-format", "json", "./..."}, {"-tests=false", "./..."}, {"-fix", "./a"}} {
		assert.Equal(t, "0", looks(t, store, dir, args...), "%v", args)
	}

	replace(t, dir, "d/d.go", "Bad", "Worse")
	assert.Equal(t, "1", looks(t, store, dir, "./..."))
	replace(t, dir, "c/c.go", "b.WrapB()", "b.WrapB() // again")
	assert.Equal(t, "1", looks(t, store, dir, "./..."), "the facts of what it imports are known")
	replace(t, dir, "a/a.go", "{ Open() }", "{}")
	assert.Equal(t, "3", looks(t, store, dir, "./..."))
	assert.Empty(t, kept(t, store, dir, "./...").stdout)

	// What was there before is known again.
	replace(t, dir, "a/a.go", "{}\n\nfunc WrapA() {}", "{}\n\nfunc WrapA() { Open() }")
	replace(t, dir, "c/c.go", " // again", "")
	replace(t, dir, "d/d.go", "Worse", "Bad")
	assert.Equal(t, "0", looks(t, store, dir, "./..."))
	assert.Equal(t, first, kept(t, store, dir, "./..."))

	// Other rules, and other flags of theirs.
	assert.Equal(t, "4", looks(t, store, dir, "-leak", "./..."))
	assert.Equal(t, "4", looks(t, store, dir, "-leak.possible", "./..."))
	assert.Equal(t, "0", looks(t, store, dir, "-possible", "-badname", "-leak", "./..."), "the same in other words")
	assert.Equal(t, "0", looks(t, store, dir, "-leak", "./..."))

	// A configuration, in so far as it changes anything.
	for _, text := range []string{"rules:\n  badname: false\n", "rules:\n  leak:\n    possible: true\n", "exclude:\n  - c\n", ""} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, ".txlint.yml"), []byte(text), 0o644))
		for range 2 {
			assert.Equal(t, run(t, dir, "-c=1", "./..."), kept(t, store, dir, "-c=1", "./..."), text)
		}
		assert.Equal(t, "0", looks(t, store, dir, "./..."), text)
	}
	require.NoError(t, os.Remove(filepath.Join(dir, ".txlint.yml")))

	// The facts of a package that a run did not report on are no report.
	other := t.TempDir()
	assert.Equal(t, "3", looks(t, other, dir, "./c"))
	assert.Equal(t, "1", looks(t, other, dir, "./d"))
	assert.Equal(t, "2", looks(t, other, dir, "./..."), "a and b")
}

// Results that are damaged, belong to something else, or cannot be kept are
// nobody's concern but that of -debug.
func TestDamagedResults(t *testing.T) {
	t.Parallel()
	dir := write(t, chain)
	want := run(t, dir, "-c=1", "./...")
	entriesOf := func(store string) []string {
		names, err := filepath.Glob(filepath.Join(store, "*", "*.entry"))
		require.NoError(t, err)
		require.Len(t, names, 4)
		return names
	}
	random := rand.New(rand.NewPCG(3, 4))
	for name, damage := range map[string]func(store string){
		"truncated": func(store string) {
			for _, e := range entriesOf(store) {
				require.NoError(t, os.Truncate(e, int64(random.IntN(80))))
			}
		},
		"one missing": func(store string) {
			require.NoError(t, os.Remove(entriesOf(store)[random.IntN(4)]))
		},
		"overwritten": func(store string) {
			for _, e := range entriesOf(store) {
				all, err := os.ReadFile(e)
				require.NoError(t, err)
				all[random.IntN(len(all))] ^= 0x55
				require.NoError(t, os.WriteFile(e, all, 0o666))
			}
		},
		"exchanged": func(store string) {
			all := entriesOf(store)
			last, err := os.ReadFile(all[3])
			require.NoError(t, err)
			for _, e := range all {
				require.NoError(t, os.WriteFile(e, last, 0o666))
			}
		},
		"directories": func(store string) {
			for _, e := range entriesOf(store) {
				require.NoError(t, os.Remove(e))
				require.NoError(t, os.MkdirAll(filepath.Join(e, "sub"), 0o777))
			}
		},
	} {
		store := t.TempDir()
		require.Equal(t, want, kept(t, store, dir, "-c=1", "./..."), name)
		damage(store)
		assert.Equal(t, want, kept(t, store, dir, "-c=1", "./..."), name)
		assert.Equal(t, want, kept(t, store, dir, "-c=1", "./..."), name)
	}

	// No directory, and none that can be made.
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	for _, store := range []string{file, filepath.Join(file, "below"), os.DevNull} {
		assert.Equal(t, want, kept(t, store, dir, "-c=1", "./..."), store)
		r := kept(t, store, dir, "-debug", "./...")
		assert.Equal(t, 1, strings.Count(r.stderr, "results cannot be kept: "), r)
	}
	if _, err := os.Stat("/proc/self"); err == nil { // even root cannot make directories there
		assert.Equal(t, want, kept(t, "/proc/txlint", dir, "-c=1", "./..."))
	}
}

// Nothing is kept of packages that do not build or on which a rule failed.
func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	dir, store := write(t, chain), t.TempDir()
	replace(t, dir, "d/d.go", "func Bad() {}", "func Boom() {}")
	replace(t, dir, "b/b.go", "a.WrapA()", "a.WrapA(1)")
	want := run(t, dir, "./...")
	assert.Equal(t, driver.ExitFailure, want.code)
	assert.Contains(t, want.stderr, "too many arguments")
	assert.Contains(t, want.stderr, "internal error: leak failed on package example.com/chain/d")
	for range 3 {
		assert.Equal(t, want, kept(t, store, dir, "./..."))
	}
	replace(t, dir, "d/d.go", "Boom", "Bad")
	replace(t, dir, "b/b.go", "a.WrapA(1)", "a.WrapA()")
	assert.Equal(t, run(t, dir, "./..."), kept(t, store, dir, "./..."))
}

// Runs at the same time, with the same results and with others, do each other
// no harm.
func TestResultsOfManyRuns(t *testing.T) {
	t.Parallel()
	dir, store := write(t, chain), t.TempDir()
	want := run(t, dir, "-c=1", "./...")
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			if i == 5 {
				time.Sleep(50 * time.Millisecond)
				kept(t, store, dir, "cache", "clean")
				return
			}
			for range 2 {
				assert.Equal(t, want, kept(t, store, dir, "-c=1", "./..."))
			}
		})
	}
	wg.Wait()
}

func TestCacheCommand(t *testing.T) {
	t.Parallel()
	dir, home := write(t, chain), t.TempDir()
	store := filepath.Join(home, "store")
	assert.Equal(t, result{0, store + ": results of 0 packages, 0.0 MB\n", ""}, kept(t, store, dir, "cache"))
	kept(t, store, dir, "./...")
	assert.Regexp(t, "^"+regexp.QuoteMeta(store)+`: results of 4 packages, 0\.0 MB\n$`, kept(t, store, dir, "cache").stdout)
	assert.Equal(t, result{}, kept(t, store, dir, "cache", "clean"))
	assert.NoDirExists(t, store)
	assert.Equal(t, result{}, kept(t, store, dir, "cache", "clean"))
	assert.Equal(t, result{0, "", "txlint: no results are kept\n"}, kept(t, "off", dir, "cache"))

	// The flag comes before the variable.
	assert.Equal(t, "4", looks(t, store, dir, "./..."))
	assert.Equal(t, "4", looks(t, store, dir, "-cache=off", "./..."))
	assert.Equal(t, "4", looks(t, "off", dir, "-cache", filepath.Join(home, "other"), "./..."))
	assert.Equal(t, "0", looks(t, "off", dir, "-cache", store, "./..."))

	for _, args := range [][]string{{"cache", "clear"}, {"cache", "clean", "x"}, {"-cache", "relative", "./..."}} {
		r := kept(t, store, dir, args...)
		assert.Equal(t, driver.ExitFailure, r.code, "%v: %v", args, r)
		assert.NotEmpty(t, r.stderr)
	}
	r := kept(t, "relative", dir, "./...")
	assert.Equal(t, driver.ExitFailure, r.code)
	assert.Contains(t, r.stderr, `not in "relative"`)

	// Without flag and variable it is among the user's caches.
	if runtime.GOOS == "linux" {
		env := driver.Env{Dir: dir, Environ: environ("TXLINT_CACHE=", "XDG_CACHE_HOME=", "HOME="+home)}
		assert.Contains(t, runIn(t, env, "cache").stdout, filepath.Join(home, ".cache", "txlint")+": ")
		env.Environ = environ("TXLINT_CACHE=", "XDG_CACHE_HOME="+filepath.Join(home, "x"))
		assert.Contains(t, runIn(t, env, "cache").stdout, filepath.Join(home, "x", "txlint")+": ")
		env.Environ = environ("TXLINT_CACHE=", "XDG_CACHE_HOME=", "HOME=")
		assert.Equal(t, "txlint: no results are kept\n", runIn(t, env, "cache").stderr)
	}
}

// A run that is interrupted leaves nothing that misleads the next.
func TestInterruptedResults(t *testing.T) {
	t.Parallel()
	dir, store := write(t, chain), t.TempDir()
	for _, after := range []time.Duration{0, 50, 150, 250, 400} {
		ctx, cancel := context.WithTimeout(t.Context(), after*time.Millisecond)
		var stdout, stderr bytes.Buffer
		driver.Main(ctx, fakeTool(), driver.Env{Dir: dir, Environ: environ("TXLINT_CACHE=" + store), Stdout: &stdout, Stderr: &stderr}, []string{"./..."})
		cancel()
	}
	assert.Equal(t, run(t, dir, "-c=1", "./..."), kept(t, store, dir, "-c=1", "./..."))
}

// A program is a module of a few packages that import each other, in which
// things can be changed at random.
type program struct {
	random *rand.Rand
	dir    string
	files  map[string][]string // name → declarations, the first of which is the package clause with imports
}

func newProgram(seed uint64, dir string) *program {
	p := &program{random: rand.New(rand.NewPCG(seed, 1)), dir: dir, files: make(map[string][]string)}
	p.files["go.mod"] = []string{"module example.com/p\n\ngo 1.26"}
	for i := range 6 {
		head := fmt.Sprintf("package p%d", i)
		body := []string{fmt.Sprintf("func Open%d() {}", i), "type hidden struct{}", fmt.Sprintf("func (hidden) OpenH%d() {}", i), "func New() hidden { return hidden{} }"}
		var inner []string
		for j := range i {
			if p.random.IntN(2) == 0 {
				continue
			}
			head += fmt.Sprintf("\n\nimport \"example.com/p/p%d\"", j)
			body = append(body,
				fmt.Sprintf("func Wrap%d() { p%d.Open%d() }", j, j, j),
				fmt.Sprintf("func Leaks%d() {\n\tp%d.New().OpenH%d()\n}", j, j, j),
				fmt.Sprintf("func more%d() { p%d.New(); p%d.Open%d() }", j, j, j, j))
			inner = append(inner, fmt.Sprintf("func test%d() { p%d.New(); Open%d() }", j, j, i))
		}
		dir := fmt.Sprintf("p%d/", i)
		p.files[dir+"a.go"] = append([]string{head}, body...)
		p.files[dir+"in_test.go"] = append([]string{head}, inner...)
		p.files[dir+"out_test.go"] = []string{fmt.Sprintf("package p%d_test\n\nimport \"example.com/p/p%d\"", i, i), fmt.Sprintf("func leaks() { p%d.Open%d() }", i, i)}
	}
	return p
}

// save writes the files, and only those that differ.
func (p *program) save(t *testing.T) {
	t.Helper()
	for name, decls := range p.files {
		file := filepath.Join(p.dir, name)
		text := strings.Join(decls, "\n\n") + "\n"
		if was, err := os.ReadFile(file); err == nil && string(was) == text {
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
}

// edit changes one declaration of one file, in a way that may break the build.
func (p *program) edit() string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.files)), func(name string) bool { return name == "go.mod" })
	name := names[p.random.IntN(len(names))]
	decls := slices.Clone(p.files[name])
	at := 0
	if len(decls) > 1 {
		at = 1 + p.random.IntN(len(decls)-1)
	}
	what := p.random.IntN(8)
	switch what {
	case 0:
		decls[at] = "// moved\n" + decls[at]
	case 1:
		decls[0] = "\n" + decls[0]
	case 2:
		decls[at] = strings.Replace(decls[at], "{ ", "{ Close(); ", 1)
		decls = append(decls, fmt.Sprintf("var Close = func() { _ = %d }", p.random.IntN(2)))
	case 3:
		decls[at] = "//txlint:ignore leak it is so\n" + decls[at]
	case 4:
		decls = slices.Delete(decls, at, min(at+1, len(decls)))
		if len(decls) == 0 {
			decls = p.files[name]
		}
	case 5:
		decls[at] = strings.Replace(decls[at], "Wrap", "Open", 1)
	case 6:
		decls[at] = strings.Replace(decls[at], "New()", "New( )", 1) + " // a comment"
	case 7:
		decls = append(decls, fmt.Sprintf("func Bad() { _ = %d }", p.random.IntN(3)))
	}
	p.files[name] = decls
	return fmt.Sprintf("edit %d of %s", what, name)
}

// outputs returns all that a run leaves behind in dir, without times.
func outputs(t *testing.T, dir string, r result) map[string]string {
	t.Helper()
	times := regexp.MustCompile(`source; [\d.]+m?s`)
	out := map[string]string{"code": fmt.Sprint(r.code), "stdout": r.stdout, "stderr": times.ReplaceAllString(r.stderr, "source")}
	names, err := filepath.Glob(filepath.Join(dir, "o.*"))
	require.NoError(t, err)
	for _, name := range names {
		out[filepath.Base(name)] = read(t, dir, filepath.Base(name))
		require.NoError(t, os.Remove(name))
	}
	return out
}

// However a program is changed, with results of earlier runs the tool says to
// the letter what it says without them.
func TestKeptResultsAreThoseOfAFreshRun(t *testing.T) {
	t.Parallel()
	ways := [][]string{
		{"-format", every, "-c=1", "-statistics", "./..."},
		{"-format", every, "-c=1", "-explain", "-possible", "./..."},
		{"-diff", "./..."},
		{"-json", "./p3", "./p5"},
		{"-leak", "-tests=false", "./..."},
		{"-baseline", "base.json", "-c=-1", "./..."},
		{"-new-from-rev", "HEAD", "-c=-1", "./..."},
		{"-new-from-merge-base", "main", "-format", every, "./..."},
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			p, store := newProgram(seed, dir), t.TempDir()
			p.save(t)
			require.Zero(t, run(t, dir, "baseline", "write", "-baseline", "base.json", "./...").code)
			commit(t, dir)
			history := []string{"as it was generated"}
			before := maps.Clone(p.files)
			for step := range 6 {
				for _, i := range []int{0, 1 + p.random.IntN(len(ways)-1)} {
					fresh := outputs(t, dir, run(t, dir, ways[i]...))
					known := outputs(t, dir, kept(t, store, dir, ways[i]...))
					require.Equal(t, fresh, known, "%v after %v", ways[i], history)
				}
				if step == 3 {
					p.files = before // as in a checkout of an older commit
					history = append(history, "back")
				}
				history = append(history, p.edit())
				p.save(t)
			}

			// Fixes change the same files in the same way.
			other, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			require.NoError(t, os.CopyFS(other, os.DirFS(dir)))
			fresh, known := run(t, other, "-fix", "./..."), kept(t, store, dir, "-fix", "./...")
			assert.Equal(t, strings.ReplaceAll(fresh.String(), other, dir), known.String())
			for name := range p.files {
				assert.Equal(t, read(t, other, name), read(t, dir, name), name)
			}
		})
	}
}

const leaky = `
-- go.mod --
module example.com/leaky

go 1.26
-- a/a.go --
package a

func Open() {}
func Close() {}

func WrapA() { Open() }

func One() { Open() }
func Two() { Open() }
func Bad() {}
-- b/b.go --
package b

import "example.com/leaky/a"

func Close() {}

func Three() { a.WrapA() }
func Bad() {}
-- c/c.go --
package c

import "example.com/leaky/a"

func Close() {}

func Four() { a.WrapA() }
`

// Commands that write, or that ask git, do the same with results of earlier
// runs, none of which is looked for anew, as without.
func TestCommandsWithKnownResults(t *testing.T) {
	t.Parallel()
	dir, store := write(t, leaky), t.TempDir()
	commit(t, dir)
	const base = "base.json"
	steps := []struct {
		edit func(dir string)
		args []string
		code int
		says string // on either stream
	}{
		{args: []string{"baseline", "write", "-baseline", base, "./..."}, says: "base.json now has 6 findings"},
		{
			edit: func(dir string) {
				replace(t, dir, "a/a.go", "func Two() { Open() }", "func Two() { Open(); Open() }")
				replace(t, dir, "b/b.go", "func Bad() {}", "")
			},
			args: []string{"-new-from-rev", "HEAD", "./..."}, code: 1, says: "a/a.go:9:22: Open opens",
		},
		{args: []string{"-new-from-merge-base", "main", "-format", "json", "./..."}, code: 1, says: `"line": 9`},
		{args: []string{"-baseline", base, "./..."}, code: 1, says: "no longer found: 1 finding of the baseline"},
		{args: []string{"baseline", "prune", "-baseline", base, "./b"}, says: "took 1 finding out of base.json, which now has 5"},
		{args: []string{"baseline", "prune", "-baseline", base, "./..."}, says: "took 0 findings out of base.json, which now has 5"},
		{args: []string{"ignore", "-add", "-reason", "known", "-baseline", base, "./a"}, says: "wrote 1 directive into 1 file"},
		{args: []string{"-new-from-rev", "HEAD", "-fix", "./..."}, says: ""},
		{args: []string{"-fix", "./c"}, says: "fixed 1 finding in 1 file"},
		{args: []string{"baseline", "prune", "-baseline", base, "./..."}, says: "took 2 findings out of base.json, which now has 3"},
		{args: []string{"ignore", "-add", "-reason", "known", "./..."}, says: "wrote 3 directives into 2 files"},
		{args: []string{"./..."}},
	}
	for _, step := range steps {
		if step.edit != nil {
			step.edit(dir)
		}
		fresh, err := filepath.EvalSymlinks(t.TempDir())
		require.NoError(t, err)
		require.NoError(t, os.CopyFS(fresh, os.DirFS(dir)))
		kept(t, store, dir, "./...")
		require.Equal(t, "0", looks(t, store, dir, "-exit-zero", "./..."), "%v", step.args)
		want, got := run(t, fresh, step.args...), kept(t, store, dir, step.args...)
		require.Equal(t, want, got, "%v", step.args)
		assert.Equal(t, step.code, got.code, "%v: %v", step.args, got)
		assert.Contains(t, got.stdout+got.stderr, step.says, "%v", step.args)
		for _, name := range []string{"a/a.go", "b/b.go", "c/c.go", base} {
			require.Equal(t, read(t, fresh, name), read(t, dir, name), "%v: %s", step.args, name)
		}
	}
}

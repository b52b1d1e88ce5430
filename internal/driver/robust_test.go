package driver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/driver"
)

// every asks for every format at once, all but the text in files.
const every = "text,json:o.json,sarif:o.sarif,html:o.html,github:o.github,gitlab:o.gitlab,rdjsonl:o.rdjsonl,checkstyle:o.checkstyle"

func TestTenThousandFindings(t *testing.T) {
	t.Parallel()
	const n = 10_000
	var b strings.Builder
	b.WriteString("-- go.mod --\nmodule example.com/many\n\ngo 1.26\n-- many.go --\npackage many\n")
	for i := range n {
		fmt.Fprintf(&b, "\ntype T%d struct{}\n\nfunc (T%d) Bad() {}\n", i, i)
	}
	dir := write(t, b.String())
	r := run(t, dir, "-format", every)
	assert.Equal(t, driver.ExitFindings, r.code, r.stderr)
	assert.Equal(t, n, strings.Count(r.stdout, "\n"))
	var log struct{ Runs []struct{ Results []any } }
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "o.sarif")), &log))
	assert.Len(t, log.Runs[0].Results, n)
	assert.Equal(t, n, strings.Count(read(t, dir, "o.html"), "<article "))
	assert.Equal(t, n, strings.Count(read(t, dir, "o.gitlab"), `"fingerprint"`))

	r = run(t, dir, "baseline", "write")
	assert.Zero(t, r.code, r)
	assert.Equal(t, result{}, run(t, dir, "-baseline", ".txlint-baseline.json"))
}

// Names of directories and files may have spaces and any letters.
func TestStrangeNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("not every file system takes such names")
	}
	const sub = "Größe 100%, 日本 & <b>"
	dir := write(t, prefixed(sub+"/", simple))
	commit(t, dir)
	module := filepath.Join(dir, sub)
	move := exec.CommandContext(t.Context(), "git", "mv", "simple.go", "ein fach.go")
	move.Dir = module
	require.NoError(t, move.Run())
	r := run(t, module, "-new-from-rev", "HEAD", "-format", every, "./...")
	assert.Empty(t, r.stdout, "it was only renamed: %v", r)

	r = run(t, module, "-format", every, "./...")
	assert.Contains(t, r.stdout, "ein fach.go:7:2: ")
	assert.Contains(t, read(t, module, "o.sarif"), `"uri": "Gr%C3%B6%C3%9Fe%20100%25,%20%E6%97%A5%E6%9C%AC%20&%20%3Cb%3E/ein%20fach.go"`)
	assert.Contains(t, read(t, module, "o.github"), "file=Größe 100%25%2C 日本 & <b>/ein fach.go,line=7,")
	assert.Contains(t, read(t, module, "o.gitlab"), `"path": "`+sub+`/ein fach.go"`)
	assert.Contains(t, read(t, module, "o.html"), "in Größe 100%, 日本 &amp; &lt;b&gt;</title>")
	assert.NotContains(t, read(t, module, "o.html"), "<b>")

	assert.Zero(t, run(t, dir, "baseline", "write", "-C", module, "./...").code)
	assert.Equal(t, result{}, run(t, module, "-baseline", ".txlint-baseline.json", "./..."))
	r = run(t, module, "ignore", "-add", "-reason", "known", "./...")
	assert.Zero(t, r.code, r)
	assert.Empty(t, r.stdout)
}

// A run that is interrupted writes nothing, and leaves what was there.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "o.sarif"), []byte("old"), 0o644))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"-format", every, "./..."}, {"baseline", "write", "./..."}, {"ignore", "-add", "-reason", "x", "./..."}} {
		var stdout, stderr bytes.Buffer
		code := driver.Main(ctx, fakeTool(), driver.Env{Dir: dir, Environ: environ(), Stdout: &stdout, Stderr: &stderr}, args)
		assert.Equal(t, driver.ExitInterrupted, code, "%v", args)
		assert.Equal(t, "txlint: interrupted\n", stderr.String())
		assert.Empty(t, stdout.String())
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 4, "%v", entries) // go.mod, simple.go, clean and the log
	assert.Equal(t, "old", read(t, dir, "o.sarif"))
}

// A run that is interrupted does not wait for the package that it looks at, and
// keeps nothing of it.
func TestInterruptedInAPackage(t *testing.T) {
	t.Parallel()
	dir, store := write(t, chain), t.TempDir()
	started, release, released := make(chan struct{}), make(chan struct{}), make(chan struct{})
	tool := fakeTool()
	slow := tool.Rules[0].Run
	tool.Rules[0].Run = func(pass *analysis.Pass) (any, error) {
		if pass.Pkg.Name() == "c" {
			close(started)
			<-release
			defer close(released)
		}
		return slow(pass)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	code := make(chan int)
	go func() {
		code <- driver.Main(ctx, tool, driver.Env{Dir: dir, Environ: environ("TXLINT_CACHE=" + store), Stdout: &stdout, Stderr: &stderr}, []string{"./..."})
	}()
	<-started
	cancel()
	at := time.Now()
	assert.Equal(t, driver.ExitInterrupted, <-code)
	assert.Less(t, time.Since(at), 5*time.Second)
	assert.Equal(t, "txlint: interrupted\n", stderr.String())
	assert.Empty(t, stdout.String())

	close(release)
	<-released
	assert.NotEqual(t, "0", looks(t, store, dir, "./c"), "the result of c was kept after the end of the run")
	assert.Equal(t, run(t, dir, "./..."), kept(t, store, dir, "./..."))
}

// Comments work under go vet as they do by hand, in files that have build tags
// and in tests too.
func TestDirectivesInEveryMode(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/held

go 1.26
-- a.go --
package held

func Open() {}

func one() { Open() } //txlint:ignore leak known

func two() { Open() } //nolint:leak

func three() { Open() } //nolint:other
-- tagged.go --
//go:build special

package held

//txlint:file-ignore leak known

func four() { Open() }
-- a_test.go --
package held

func five() { Open() } //nolint
`)
	for _, args := range [][]string{{"./..."}, {"-tags=special", "./..."}} {
		byHand := handFindings(t, dir, args...)
		assert.Len(t, byHand, 1)
		assert.Contains(t, byHand[0], "a.go:9:16")
		assert.Equal(t, byHand, vetFindings(t, dir, args...))
	}
}

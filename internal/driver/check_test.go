package driver_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/driver"
)

// simple is a module with one finding of each rule.
const simple = `
-- go.mod --
module example.com/simple

go 1.26
-- simple.go --
package simple

func Open()  {}
func Close() {}

func Leaks() {
	Open()
}

func Closes() {
	Open()
	Close()
}

func MaybeLeaks() {
	Open()
}

func Bad() {}
-- clean/clean.go --
package clean

func Fine() {}
`

func TestTextOutput(t *testing.T) {
	t.Parallel()
	r := run(t, write(t, simple), "./...")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Equal(t, "simple.go:7:2: Open opens and nothing closes (txlint/leak)\n"+
		"simple.go:19:6: a bad name (txlint/badname)\n", r.stdout)
	assert.Empty(t, r.stderr)
}

func TestNoArgumentIsThePackageHere(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, filepath.Join(dir, "clean"))
	assert.Equal(t, result{}, r)
	assert.Equal(t, driver.ExitFindings, run(t, dir).code)
}

func TestChangeDirectory(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	assert.Equal(t, run(t, dir), run(t, filepath.Dir(dir), "-C", filepath.Base(dir)))
	assert.Equal(t, run(t, dir), run(t, filepath.Dir(dir), "-C", dir))
	r := run(t, dir, "-C", "nowhere")
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Contains(t, r.stderr, "no such directory")
}

func TestPathsAreRelativeWhereShorter(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, filepath.Join(dir, "clean"), "example.com/simple")
	assert.Contains(t, r.stdout, "../simple.go:7:2: ", r)
}

func TestExitZero(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, dir, "-exit-zero")
	assert.Zero(t, r.code, r)
	assert.Contains(t, r.stdout, "simple.go:7:2: ")
}

func TestFullPath(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, dir, "-fullpath", "-c")
	for line := range strings.Lines(r.stdout) {
		assert.True(t, strings.HasPrefix(strings.TrimSpace(line), filepath.Join(dir, "simple.go")+":"), r)
	}
	assert.NotEmpty(t, r.stdout)
}

func TestFlagsMayFollowPackages(t *testing.T) {
	t.Parallel()
	r := run(t, write(t, simple), "./...", "-exit-zero")
	assert.Zero(t, r.code, r)
}

func TestRuleSelection(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-leak"}, "leak"},
		{[]string{"-badname"}, "badname"},
		{[]string{"-leak=false"}, "badname"},
		{[]string{"-leak", "-badname=true"}, "leak badname"},
	} {
		r := run(t, dir, test.args...)
		var rules []string
		for line := range strings.Lines(r.stdout) {
			_, rule, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(line), ")"), "(txlint/")
			rules = append(rules, rule)
		}
		assert.Equal(t, test.want, strings.Join(rules, " "), "%v: %v", test.args, r)
	}
	r := run(t, dir, "-leak=false", "-badname=false")
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Contains(t, r.stderr, "every rule is switched off")
}

func TestPossible(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	const want = "simple.go:16:2: Open opens"
	assert.NotContains(t, run(t, dir).stdout, want)
	assert.Contains(t, run(t, dir, "-possible").stdout, want)
	assert.Contains(t, run(t, dir, "-leak.possible").stdout, want)
	assert.NotContains(t, run(t, dir, "-possible=false").stdout, want)
}

func TestExplainIsNoFinding(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.26
-- m.go --
package m

func Open()  {}
func Close() {}

func Closes() {
	Open()
	Close()
}
`)
	r := run(t, dir, "-explain")
	assert.Equal(t, result{stdout: "m.go:7:2: Close is called (txlint/leak/silent)\n"}, r)
	doc := decode(t, run(t, dir, "-explain", "-json"))
	assert.Empty(t, doc.Findings)
	assert.Len(t, doc.Silent, 1)
}

func TestWitness(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	const (
		head   = "simple.go:7:2: Open opens and nothing closes (txlint/leak)\n"
		enter  = "\tsimple.go:6:1: entered here\n"
		leave  = "\tsimple.go:8:1: left here\n"
		source = "7\t\tOpen()\n"
	)
	assert.Equal(t, head+enter+leave, run(t, dir, "-leak", "-c").stdout)
	assert.Equal(t, head+source+enter+"\t6\tfunc Leaks() {\n"+leave+"\t8\t}\n", run(t, dir, "-leak", "-c=0").stdout)
	around := run(t, dir, "-leak", "-c", "1").stdout
	assert.Equal(t, around, run(t, dir, "-leak", "-c=1").stdout)
	assert.Contains(t, around, head+"6\tfunc Leaks() {\n7\t\tOpen()\n8\t}\n")

	terminal := driver.Env{Dir: dir, Environ: environ("NO_COLOR=1"), StdoutTerminal: true}
	assert.Equal(t, head+enter+leave, runIn(t, terminal, "-leak").stdout)
	assert.Equal(t, head, runIn(t, terminal, "-leak", "-c=-1").stdout)
}

func TestColourOnTerminalsOnly(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	for _, test := range []struct {
		name   string
		env    driver.Env
		colour bool
	}{
		{"terminal", driver.Env{Environ: environ(), StdoutTerminal: true}, true},
		{"pipe", driver.Env{Environ: environ()}, false},
		{"NO_COLOR", driver.Env{Environ: environ("NO_COLOR=1"), StdoutTerminal: true}, false},
		{"dumb terminal", driver.Env{Environ: environ("TERM=dumb"), StdoutTerminal: true}, false},
		{"only stderr is a terminal", driver.Env{Environ: environ(), StderrTerminal: true}, false},
	} {
		test.env.Dir = dir
		assert.Equal(t, test.colour, strings.Contains(runIn(t, test.env).stdout, "\x1b["), test.name)
		assert.Equal(t, test.colour, strings.Contains(runIn(t, test.env, "explain", "leak").stdout, "\x1b["), test.name)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, dir, "-json", "./...")
	require.Equal(t, driver.ExitFindings, r.code, r)
	doc := decode(t, r)
	assert.Equal(t, "txlint", doc.Tool.Name)
	assert.NotEmpty(t, doc.Tool.Version)
	require.Len(t, doc.Findings, 2, r)

	f := doc.Findings[0]
	assert.Equal(t, "leak", f.Rule)
	assert.Equal(t, "leak", f.Category)
	assert.Equal(t, "Open opens and nothing closes", f.Message)
	assert.Equal(t, "https://example.com/rules/leak", f.URL)
	assert.Equal(t, span{"simple.go", 7, 2, 7, 8}, f.Position)
	require.Len(t, f.Related, 2)
	assert.Equal(t, "entered here", f.Related[0].Message)
	assert.Equal(t, span{"simple.go", 6, 1, 6, 13}, f.Related[0].Position)
	assert.Equal(t, span{"simple.go", 8, 1, 8, 1}, f.Related[1].Position)
	require.Len(t, f.Fixes, 1)
	require.Len(t, f.Fixes[0].Edits, 1)
	assert.Equal(t, "simple.go", f.Fixes[0].Edits[0].File)
	assert.Equal(t, "{", read(t, dir, "simple.go")[f.Fixes[0].Edits[0].Start-1:][:1])

	clean := run(t, filepath.Join(dir, "clean"), "-json")
	assert.Zero(t, clean.code, clean)
	for _, list := range []string{`"findings": []`, `"silent": []`, `"errors": []`} {
		assert.Contains(t, clean.stdout, list)
	}
	assert.Equal(t, driver.ExitFailure, run(t, dir, "-json", "-diff").code)
}

// tested is a package with tests inside, tests outside, a helper that exists
// only in tests, and a package that imports it under test.
const tested = `
-- go.mod --
module example.com/tested

go 1.26
-- p/p.go --
package p

func Open()  {}
func Close() {}

func Leaks() {
	Open()
}
-- p/p_test.go --
package p

func WrapInTest() { Open() }

func leaksInTest() {
	Open()
}
-- p/outside_test.go --
package p_test

import (
	"example.com/tested/p"
	"example.com/tested/q"
)

func leaks() {
	p.WrapInTest()
	q.WrapQ()
}
-- q/q.go --
package q

import "example.com/tested/p"

func WrapQ() { p.Open() }

func leaks() {
	p.Open()
}
-- testsonly/x_test.go --
package testsonly_test

import "example.com/tested/p"

func leaks() {
	p.Open()
}
`

func TestTestsAreIncludedAndVariantsMerged(t *testing.T) {
	t.Parallel()
	dir := write(t, tested)
	assert.Equal(t, ""+
		"p/outside_test.go:9:2: WrapInTest opens and nothing closes (txlint/leak)\n"+
		"p/outside_test.go:10:2: WrapQ opens and nothing closes (txlint/leak)\n"+
		"p/p.go:7:2: Open opens and nothing closes (txlint/leak)\n"+
		"p/p_test.go:6:2: Open opens and nothing closes (txlint/leak)\n"+
		"q/q.go:8:2: Open opens and nothing closes (txlint/leak)\n"+
		"testsonly/x_test.go:6:2: Open opens and nothing closes (txlint/leak)\n",
		run(t, dir, "./...").stdout)
	without := run(t, dir, "-tests=false", "./p", "./q")
	assert.Equal(t, ""+
		"p/p.go:7:2: Open opens and nothing closes (txlint/leak)\n"+
		"q/q.go:8:2: Open opens and nothing closes (txlint/leak)\n", without.stdout)
	all := run(t, dir, "-tests=false", "./...")
	assert.Equal(t, without, all, "a package that has only tests is passed over without tests")
}

func TestFileArguments(t *testing.T) {
	t.Parallel()
	r := run(t, write(t, simple), "simple.go")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Contains(t, r.stdout, "simple.go:7:2: ")
}

func TestPathWithSpace(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(write(t, simple), "..", "with space")
	require.NoError(t, os.Rename(write(t, simple), dir))
	r := run(t, dir, "./...")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Contains(t, r.stdout, "simple.go:7:2: ")
}

func TestBrokenPackages(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.26
-- types/types.go --
package types

var X int = "no"
-- syntax/syntax.go --
package syntax

func {
-- missing/missing.go --
package missing

import "example.com/nowhere/pkg"

var _ = pkg.X
-- importer/importer.go --
package importer

import "example.com/m/types"

var Y = types.X
-- cycle/one/one.go --
package one

import _ "example.com/m/cycle/two"
-- cycle/two/two.go --
package two

import _ "example.com/m/cycle/one"
-- mixed/a.go --
package a
-- mixed/b.go --
package b
-- good/good.go --
package good

func Open() {}

func Leaks() { Open() }
`)
	r := run(t, dir, "./...")
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Equal(t, "good/good.go:5:16: Open opens and nothing closes (txlint/leak)\n", r.stdout)
	assert.Contains(t, r.stderr, "types/types.go:3:13: cannot use \"no\"")
	assert.Contains(t, r.stderr, "syntax/syntax.go:3:6: expected 'IDENT', found '{'")
	assert.Contains(t, r.stderr, "missing/missing.go:3:8: no required module provides package example.com/nowhere/pkg")
	assert.Contains(t, r.stderr, "mixed/b.go:1:1: package b; expected package a")
	assert.Contains(t, r.stderr, "import cycle not allowed")
	assert.NotContains(t, r.stderr, "importer", "what is broken below is reported there")
	assert.NotContains(t, r.stderr, "could not import")
	for _, path := range []string{"types.go", "missing.go"} {
		assert.Equal(t, 1, strings.Count(r.stderr, path), "%s is mentioned once: %v", path, r)
	}

	doc := decode(t, run(t, dir, "-json", "./..."))
	assert.Len(t, doc.Findings, 1)
	assert.NotEmpty(t, doc.Errors)

	importer := run(t, dir, "./importer")
	assert.Equal(t, driver.ExitFailure, importer.code, importer)
	assert.Contains(t, importer.stderr, "types/types.go:3:13", "the reason is named although its package is not")
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, archive string
		args          []string
		want          string
	}{
		{"no module", "-- x.go --\npackage x\n", []string{"./..."}, "go.mod"},
		{"no module, nothing at all", "-- x.txt --\n", nil, "go.mod"},
		{"empty module", "-- go.mod --\nmodule m\n\ngo 1.26\n", []string{"./..."}, "no packages match ./..."},
		{"no such package", "-- go.mod --\nmodule m\n\ngo 1.26\n", []string{"./nowhere"}, "nowhere"},
		{"no such import", "-- go.mod --\nmodule m\n\ngo 1.26\n", []string{"example.com/nowhere"}, "example.com/nowhere"},
		{"no such file", "-- go.mod --\nmodule m\n\ngo 1.26\n", []string{"nowhere.go"}, "nowhere.go"},
		{"vendor directory that is out of date", "-- go.mod --\nmodule m\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n-- vendor/modules.txt --\n# example.com/lib v1.1.0\n## explicit\n-- m.go --\npackage m\n", []string{"./..."}, "inconsistent vendoring"},
		{"workspace without a module", "-- go.work --\ngo 1.26\n\nuse ./nowhere\n", []string{"./..."}, "cannot load module nowhere listed in go.work"},
		{"broken workspace", "-- go.work --\ngo 1.26\n\nusing ./a\n", []string{"./..."}, "go.work:3"},
		{"above the modules of a workspace", "-- go.work --\ngo 1.26\n\nuse ./a\n-- a/go.mod --\nmodule a\n\ngo 1.26\n-- a/a.go --\npackage a\n", []string{"./..."}, "does not contain modules listed in go.work"},
		{"outside a workspace", "-- go.work --\ngo 1.26\n-- b/go.mod --\nmodule b\n\ngo 1.26\n-- b/b.go --\npackage b\n", []string{"./b"}, "go.work"},
		{"a Go that is not there", "-- go.mod --\nmodule m\n\ngo 1.99\n-- m.go --\npackage m\n", []string{"./..."}, "requires go >= 1.99"},
		{"excluded by tags", "-- go.mod --\nmodule m\n\ngo 1.26\n-- m.go --\n//go:build never\n\npackage m\n", []string{"."}, "build constraints exclude all Go files"},
		{"all excluded by tags", "-- go.mod --\nmodule m\n\ngo 1.26\n-- m.go --\n//go:build never\n\npackage m\n", []string{"./..."}, "no packages match ./..."},
		{"broken go.mod", "-- go.mod --\nmodul m\n-- m.go --\npackage m\n", []string{"./..."}, "go.mod:1"},
	} {
		r := run(t, write(t, test.archive), test.args...)
		assert.Equal(t, driver.ExitFailure, r.code, "%s: %v", test.name, r)
		assert.Empty(t, r.stdout, test.name)
		assert.Contains(t, r.stderr, test.want, test.name)
		assert.True(t, strings.HasPrefix(r.stderr, "txlint: "), "%s: %v", test.name, r)
	}
}

func TestExcludedFilesAreNoError(t *testing.T) {
	t.Parallel()
	r := run(t, write(t, simple+"-- other/other.go --\n//go:build never\n\npackage other\n"), "./...")
	assert.Equal(t, driver.ExitFindings, r.code, r)
	assert.Empty(t, r.stderr)
}

func TestTags(t *testing.T) {
	t.Parallel()
	dir := write(t, simple+"-- other/other.go --\n//go:build special\n\npackage other\n\nfunc Bad() {}\n")
	assert.Contains(t, run(t, dir, "-tags=special", "./...").stdout, "other/other.go:5:6: a bad name")
}

func TestNoGoCommand(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := runIn(t, driver.Env{Dir: dir, Environ: environ("PATH=" + dir)})
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Contains(t, r.stderr, "the go command is not in PATH")
}

// A panic in a rule costs that rule's findings in that package, and the exit
// code says so. A panic in a dependency costs the importer nothing.
func TestPanicsAreContained(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.26
-- dep/dep.go --
package dep

func BoomFact() {}

func Open() {}
-- m.go --
package m

import "example.com/m/dep"

func Open() { dep.Open() }

func Leaks() { Open() }
-- boom/boom.go --
package boom

func Boom() {}

func Bad() {}
`)
	r := run(t, dir, ".")
	assert.Equal(t, result{code: driver.ExitFindings, stdout: "m.go:7:16: Open opens and nothing closes (txlint/leak)\n"}, r)
	debug := run(t, dir, "-debug", ".")
	assert.Contains(t, debug.stderr, "opener failed on package example.com/m/dep: panic: boom in facts")
	assert.Contains(t, debug.stderr, "main_test.go:", "there is a stack")

	r = run(t, dir, "./boom")
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Equal(t, "boom/boom.go:5:6: a bad name (txlint/badname)\n", r.stdout)
	assert.Equal(t, "txlint: internal error: leak failed on package example.com/m/boom: panic: boom (-debug shows more)\n", r.stderr)
}

func TestDebugStaysOnStderr(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, dir, "-debug")
	assert.Equal(t, run(t, dir).stdout, r.stdout)
	assert.Contains(t, r.stderr, "read from source")
}

func TestCgo(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.26
-- m.go --
package m

// static int one(void) { return 1; }
import "C"

func Open() int { return int(C.one()) }

func Leaks() { Open() }
`)
	r := run(t, dir)
	if strings.Contains(r.stderr, "executable file not found") || strings.Contains(r.stderr, "C compiler") {
		t.Skip("there is no C compiler")
	}
	assert.Equal(t, "m.go:8:16: Open opens and nothing closes (txlint/leak)\n", r.stdout, r)
	assert.Equal(t, driver.ExitFindings, r.code, r)
	store := t.TempDir()
	for range 2 {
		assert.Equal(t, r, kept(t, store, dir))
	}

	// What cannot be compiled is said, and where.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.go"), []byte("package m\n\n// #include <nowhere.h>\nimport \"C\"\n\nvar X C.int\n"), 0o644))
	r = run(t, dir)
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Contains(t, r.stderr, "m.go:3")
	assert.Contains(t, r.stderr, "nowhere.h")
	r = runIn(t, driver.Env{Dir: dir, Environ: environ("CGO_ENABLED=1", "CC="+filepath.Join(dir, "nowhere"))})
	assert.Equal(t, driver.ExitFailure, r.code, r)
	assert.Contains(t, r.stderr, `nowhere" not found`)
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	env := driver.Env{Dir: write(t, simple), Environ: environ(), Stdout: &stdout, Stderr: &stderr}
	assert.Equal(t, driver.ExitInterrupted, driver.Main(ctx, fakeTool(), env, nil))
	assert.Empty(t, stdout.String())
	assert.Equal(t, "txlint: interrupted\n", stderr.String())
}

// counted is the fact that a package has some functions.
type counted struct{ Functions int }

func (*counted) AFact() {}

// An analyzer sees the facts of the packages below, of its own types only, and
// can read the files and learn the module of its package.
func TestPass(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.26
-- m.go --
package m

import _ "example.com/m/a"
-- a/a.go --
package a

import _ "example.com/m/b"

func A1() {}
func A2() {}
-- b/b.go --
package b

func B() {}
`)
	census := &analysis.Analyzer{Name: "census", Doc: "count", FactTypes: []analysis.Fact{new(counted)}}
	census.Run = func(pass *analysis.Pass) (any, error) {
		for _, fn := range functions(pass) {
			pass.ExportObjectFact(pass.TypesInfo.Defs[fn.Name], new(counted))
		}
		pass.ExportPackageFact(&counted{len(functions(pass))})
		sum := 0
		for _, f := range pass.AllPackageFacts() {
			sum += f.Fact.(*counted).Functions
		}
		var direct counted
		for _, imp := range pass.Pkg.Imports() {
			pass.ImportPackageFact(imp, &direct)
		}
		_, err := pass.ReadFile(filepath.Join(dir, "go.mod"))
		file := pass.Fset.File(pass.Files[0].Pos()).Name()
		content, _ := pass.ReadFile(file)
		pass.Reportf(pass.Files[0].Name.Pos(), "%d functions, %d facts, %d below; module %s; %t %d",
			sum, len(pass.AllObjectFacts()), direct.Functions, pass.Module.Path, err != nil, len(content))
		return nil, nil
	}
	tool := fakeTool()
	tool.Rules = append([]*analysis.Analyzer{census}, tool.Rules...)
	var stdout, stderr bytes.Buffer
	env := driver.Env{Dir: dir, Environ: environ(), Stdout: &stdout, Stderr: &stderr}
	driver.Main(t.Context(), tool, env, []string{"-census", "."})
	size := len(read(t, dir, "m.go"))
	assert.Equal(t, fmt.Sprintf("m.go:1:9: 3 functions, 3 facts, 2 below; module example.com/m; true %d (txlint/census)\n", size), stdout.String(), stderr.String())
}

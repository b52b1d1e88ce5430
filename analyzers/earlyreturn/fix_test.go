package earlyreturn_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/txtar"

	"github.com/txlint/txlint/analyzers/earlyreturn"
	"github.com/txlint/txlint/internal/corpustest"
	"github.com/txlint/txlint/internal/driver"
)

var update = flag.Bool("update", false, "write the golden files below testdata anew")

// environ is the environment of the commands that tests run in modules of
// their own.
func environ(dir string) []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0", "TXLINT_CACHE=off", "PWD="+dir)
}

// txlint runs the rule by hand in dir and returns what it prints.
func txlint(t *testing.T, dir string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := driver.Main(t.Context(),
		driver.Tool{Name: "txlint", Rules: []*analysis.Analyzer{earlyreturn.New(earlyreturn.Config{})}, Libraries: driver.DefaultLibraries()},
		driver.Env{Dir: dir, Environ: environ(dir), Stdout: &out, Stderr: &errs}, args)
	require.NotEqual(t, driver.ExitFailure, code, errs.String())
	return out.String(), errs.String()
}

// goCommand runs the go command in dir and returns what it prints.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = dir, environ(dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
	return string(out)
}

// tempDir returns a new directory, free of links, as the go command prints it.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	return dir
}

func writeFile(t *testing.T, name string, content []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, content, 0o644))
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return content
}

// A finding is what the tests need of one in the output of -json.
type finding struct {
	Message  string
	Position struct {
		File string
		Line int
	}
	Fixes []struct {
		Edits []struct {
			File       string
			Start, End int
			New        string
		}
	}
}

// findings runs the rule in dir.
func findings(t *testing.T, dir string) []finding {
	t.Helper()
	stdout, _ := txlint(t, dir, "-json", "./...")
	var doc struct{ Findings []finding }
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	return doc.Findings
}

// sources returns the Go files below dir by their names relative to it.
func sources(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			name, _ := filepath.Rel(dir, path)
			files[filepath.ToSlash(name)] = readFile(t, path)
		}
		return err
	}))
	return files
}

var numbers = regexp.MustCompile(`\d+`)

// TestFixesConverge applies the fixes of the whole corpus. What comes out
// compiles, is formatted, and has exactly the findings that had no fix; to
// apply the fixes once more changes nothing.
func TestFixesConverge(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "corpus")
	require.NoError(t, os.CopyFS(dir, os.DirFS(corpustest.Dir(t))))
	before := sources(t, dir)
	reported := findings(t, dir)

	// shift maps lines of a file to what they are after the fixes.
	shift := func(file string, original int) int {
		line := original
		for _, f := range reported {
			for _, fix := range f.Fixes {
				for _, e := range fix.Edits {
					content := before[file]
					if e.File == file && bytes.Count(content[:e.Start], []byte("\n")) < original-1 {
						line += strings.Count(e.New, "\n") - bytes.Count(content[e.Start:e.End], []byte("\n"))
					}
				}
			}
		}
		return line
	}
	where := func(file string, line int, message string) string {
		return fmt.Sprintf("%s:%d: %s", file, line, numbers.ReplaceAllString(message, "N"))
	}
	var want []string
	fixed := 0
	for _, f := range reported {
		if len(f.Fixes) > 0 {
			fixed++
			continue
		}
		want = append(want, where(f.Position.File, shift(f.Position.File, f.Position.Line), f.Message))
	}
	assert.Greater(t, fixed, len(reported)/2, "most findings have a fix")

	_, stderr := txlint(t, dir, "-fix", "./...")
	assert.Contains(t, stderr, fmt.Sprintf("txlint: fixed %d findings", fixed))
	assert.NotContains(t, stderr, "not fixed")
	after := sources(t, dir)
	for name, content := range after {
		formatted, err := format.Source(content)
		if assert.NoError(t, err, name) {
			assert.Equal(t, string(formatted), string(content), "%s is not formatted", name)
		}
	}
	goCommand(t, dir, "build", "./...")
	var got []string
	for _, f := range findings(t, dir) {
		got = append(got, where(f.Position.File, f.Position.Line, f.Message))
	}
	slices.Sort(want)
	slices.Sort(got)
	assert.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))

	_, stderr = txlint(t, dir, "-fix", "./...")
	assert.NotContains(t, stderr, "txlint: fixed")
	assert.Equal(t, after, sources(t, dir), "the fixes of a fixed corpus")
}

// fixLibraries makes a module in dir that requires the libraries that the
// catalog is proved against.
func fixLibraries(t *testing.T, dir string) {
	t.Helper()
	proofs := filepath.Join(corpustest.Dir(t), "..", "internal", "catalog", "proofs")
	var mod []string
	for _, line := range strings.Split(string(readFile(t, filepath.Join(proofs, "go.mod"))), "\n") {
		switch {
		case strings.HasPrefix(line, "module "):
			mod = append(mod, "module example.com/fixes")
		case !strings.Contains(line, "github.com/txlint/"):
			mod = append(mod, line)
		}
	}
	writeFile(t, filepath.Join(dir, "go.mod"), []byte(strings.Join(mod, "\n")))
	writeFile(t, filepath.Join(dir, "go.sum"), readFile(t, filepath.Join(proofs, "go.sum")))
}

// TestFixTexts compares what the fixes write, letter by letter, library by
// library, and proves that there is none where it would be wrong.
//
// The text has to please errcheck, which many projects run: it takes
// "defer tx.Rollback()" for a dropped error where that returns one, and
// accepts "defer func() { _ = tx.Rollback() }()" unless it is told to look at
// blank assignments too. The methods of gorm return no error.
func TestFixTexts(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "fixes.txtar")
	archive, err := txtar.ParseFile(golden)
	require.NoError(t, err)
	dir := tempDir(t)
	fixLibraries(t, dir)
	wants := make(map[string][]byte)
	inputs := make(map[string][]byte)
	var names []string
	for _, f := range archive.Files {
		if name, ok := strings.CutSuffix(f.Name, ".golden"); ok {
			wants[name] = f.Data
			continue
		}
		names = append(names, f.Name)
		inputs[f.Name] = f.Data
		writeFile(t, filepath.Join(dir, strings.TrimSuffix(f.Name, ".go"), f.Name), f.Data)
	}
	bugs := make(map[string]map[int]bool)
	for _, f := range findings(t, dir) {
		name := filepath.Base(f.Position.File)
		if bugs[name] == nil {
			bugs[name] = make(map[int]bool)
		}
		bugs[name][f.Position.Line] = true
	}
	for _, name := range names {
		for _, fn := range unreported(t, inputs[name], bugs[name]) {
			t.Errorf("%s: nothing is reported in %s", name, fn)
		}
	}
	txlint(t, dir, "-fix", "./...")
	goCommand(t, dir, "build", "./...")

	archive.Files = nil
	for _, name := range names {
		got := readFile(t, filepath.Join(dir, strings.TrimSuffix(name, ".go"), name))
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: inputs[name]})
		if !bytes.Equal(got, inputs[name]) {
			archive.Files = append(archive.Files, txtar.File{Name: name + ".golden", Data: got})
		}
		want, ok := wants[name]
		if !ok {
			want = inputs[name]
		}
		if !*update {
			assert.Equal(t, string(want), string(got), "the fixes of %s; if that is right, this writes it down: go test -run TestFixTexts ./analyzers/earlyreturn -update", name)
		}
	}
	if *update {
		writeFile(t, golden, txtar.Format(archive))
	}
}

// unreported returns the functions with a name in Bad that have no line among
// those that are reported.
func unreported(t *testing.T, src []byte, lines map[int]bool) []string {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	require.NoError(t, err)
	var names []string
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasSuffix(fn.Name.Name, "Bad") {
			continue
		}
		found := false
		for line := fset.Position(fn.Pos()).Line; line <= fset.Position(fn.End()).Line; line++ {
			found = found || lines[line]
		}
		if !found {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

// TestFixedProgram runs a program before and after its fixes: the connections
// of the calls that fail come back, and what was committed still is.
func TestFixedProgram(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "leak.txtar"))
	require.NoError(t, err)
	dir := tempDir(t)
	for _, f := range archive.Files {
		writeFile(t, filepath.Join(dir, f.Name), f.Data)
	}
	assert.Equal(t, `plain: work, <nil>: 1 in use, 1 committed, 0 rolled back
shadowed: work, <nil>: 1 in use, 1 committed, 0 rolled back
indented: work, <nil>: 1 in use, 1 committed, 0 rolled back
branch: work, <nil>: 1 in use, 1 committed, 0 rolled back
panics: recovered, <nil>: 1 in use, 1 committed, 0 rolled back
`, goCommand(t, dir, "run", "."))

	stdout, stderr := txlint(t, dir, "-fix", "-earlyreturn.panics", ".")
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "fixed 5 findings")
	assert.Equal(t, `plain: work, <nil>: 0 in use, 1 committed, 1 rolled back
shadowed: work, <nil>: 0 in use, 1 committed, 1 rolled back
indented: work, <nil>: 0 in use, 1 committed, 1 rolled back
branch: work, <nil>: 0 in use, 1 committed, 1 rolled back
panics: recovered, <nil>: 0 in use, 1 committed, 1 rolled back
`, goCommand(t, dir, "run", "."))
}

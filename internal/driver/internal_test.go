package driver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/finding"
)

func TestLanguage(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"go1.26.8":                       "go1.26",
		"go1.27rc1":                      "go1.27",
		"go1.26.1 X:nodwarf5":            "go1.26",
		"go1.26-custom":                  "go1.26",
		"devel go1.27-0123abc Mon Jan 1": "go1.27",
		"go1.27-devel_0123abc Mon Jan 1": "go1.27",
		"something else":                 "",
		"":                               "",
	} {
		assert.Equal(t, want, language(version), version)
	}
	assert.True(t, olderThan("go1.999"))
	assert.False(t, olderThan("go1.1"))
	assert.False(t, olderThan("unknown"))
}

func TestIsVetTool(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"-V=full":                        true,
		"-flags":                         true,
		"/tmp/b001/vet.cfg":              true,
		"-json -x.possible /tmp/vet.cfg": true,
		"./...":                          false,
		"-json ./...":                    false,
		"-flags ./...":                   false,
		"version":                        false,
	} {
		assert.Equal(t, want, IsVetTool(strings.Fields(args)), args)
	}
	assert.False(t, IsVetTool(nil))
}

func TestDefaultLibraries(t *testing.T) {
	t.Parallel()
	libs := DefaultLibraries()
	assert.True(t, libs.IsLibrary("database/sql"))
	assert.True(t, libs.IsLibrary("github.com/jackc/pgx/v5/pgxpool"))
	assert.False(t, libs.IsLibrary("fmt"))
	for path, want := range map[string]bool{
		"github.com/jackc/puddle":    true,
		"github.com/jackc/puddle/v2": true,
		"github.com/jackc/puddles":   false,
		"github.com/jackc":           false,
		"fmt":                        false,
	} {
		assert.Equal(t, want, libs.IsOpaque(path), path)
	}
	assert.True(t, libs.skip("modernc.org/sqlite/lib"), "a driver is not read")
	assert.True(t, libs.skip("database/sql"))
}

// network builds a graph from lines "package: imports". Packages that start
// with "app/" belong to the user, those with "replaced/" to a module that a
// directory replaces, those with "std/" to the standard library; "lib" and
// "lib/" are a library. The named ones are roots.
func network(text string, roots ...string) *graph {
	byID := make(map[string]*packages.Package)
	node := func(id string) *packages.Package {
		if p := byID[id]; p != nil {
			return p
		}
		p := &packages.Package{ID: id, PkgPath: id, Imports: make(map[string]*packages.Package)}
		p.Module = &packages.Module{Path: id, Main: strings.HasPrefix(id, "app/")}
		if strings.HasPrefix(id, "replaced/") {
			p.Module.Replace = &packages.Module{Path: "../" + id}
		}
		byID[id] = p
		return p
	}
	for line := range strings.Lines(text) {
		id, imports, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for _, imp := range strings.Fields(imports) {
			node(strings.TrimSpace(id)).Imports[imp] = node(imp)
		}
	}
	g := new(graph)
	for _, id := range roots {
		g.roots = append(g.roots, node(id))
	}
	g.all = dependenciesFirst(g.roots)
	return g
}

// closedUpward reports whether every package of order that imports a member
// of set is a member.
func closedUpward(order []*packages.Package, set map[*packages.Package]bool) bool {
	for _, pkg := range order {
		if !set[pkg] && importsAny(pkg, set) {
			return false
		}
	}
	return true
}

func choose(g *graph) []string {
	isStd := func(p *packages.Package) bool { return strings.HasPrefix(p.PkgPath, "std/") }
	libs := Libraries{
		IsLibrary: func(path string) bool { return path == "lib" || strings.HasPrefix(path, "lib/") || path == "std/sql" },
		IsOpaque:  func(path string) bool { return strings.HasPrefix(path, "driver") },
		Waits:     func(path string) bool { return path == "std/http" },
	}
	chosen := chooseSource(g, isStd, libs)
	libs.Waits = nil
	if !closedUpward(g.all, chooseSource(g, isStd, libs)) {
		return []string{"not closed upward"}
	}
	var ids []string
	for _, p := range g.all {
		if chosen[p] {
			ids = append(ids, p.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestChooseSource(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, graph string
		roots       []string
		want        string
	}{
		{"roots always", "app/a: x\nx: std/fmt", []string{"app/a"}, "app/a"},
		{"own packages always", "app/a: app/b\napp/b: x", []string{"app/a"}, "app/a app/b"},
		{"what a directory replaces too", "app/a: replaced/b\nreplaced/b: x", []string{"app/a"}, "app/a replaced/b"},
		{"what reaches a library", "app/a: x y\nx: z\nz: lib\ny: std/fmt", []string{"app/a"}, "app/a x z"},
		{"the standard library's counts", "app/a: x\nx: std/sql", []string{"app/a"}, "app/a x"},
		{"not the standard library itself", "app/a: std/orm\nstd/orm: std/sql", []string{"app/a"}, "app/a"},
		{"not a library", "app/a: lib/x\nlib/x: lib std/sql", []string{"app/a"}, "app/a"},
		{"not a driver", "app/a: driver/x\ndriver/x: std/sql", []string{"app/a"}, "app/a"},
		{"not what a library needs", "app/a: lib x\nlib: x\nx: std/sql", []string{"app/a"}, "app/a"},
		{"a library that imports a root", "app/a: lib\nlib: app/b\napp/b: std/sql", []string{"app/a"}, "app/a app/b lib"},
		{"a library is the root", "lib: lib/x x\nlib/x: std/sql\nx: lib/x", []string{"lib", "lib/x"}, "lib lib/x x"},
		{"a client that the user calls", "app/a: x y\nx: std/http z\ny: z\nz: std/http", []string{"app/a"}, "app/a x"},
		{"not the standard library's clients", "app/a: std/rpc\nstd/rpc: std/http", []string{"app/a"}, "app/a"},
		{"not what a library is a client with", "app/a: lib x\nlib: x\nx: std/http", []string{"app/a"}, "app/a"},
		{"a stranger that imports a root", "app/a: x\nx: app/b\napp/b: std/fmt", []string{"app/a"}, "app/a app/b x"},
	} {
		assert.Equal(t, test.want, strings.Join(choose(network(test.graph, test.roots...)), " "), test.name)
	}
}

// Whatever the graph, the chosen packages are closed upward and hold the roots.
func TestChooseSourceIsClosed(t *testing.T) {
	t.Parallel()
	names := []string{"app/a", "app/b", "lib", "lib/x", "driver/d", "std/sql", "std/fmt", "p", "q", "r"}
	for seed := range 3000 {
		var text strings.Builder
		bits := uint64(seed)*0x9e3779b97f4a7c15 + 0x1234567
		for i, from := range names {
			for _, to := range names[i+1:] {
				bits ^= bits << 13
				bits ^= bits >> 7
				bits ^= bits << 17
				if bits%3 == 0 {
					fmt.Fprintf(&text, "%s: %s\n", from, to)
				}
			}
		}
		got := choose(network(text.String(), "app/a"))
		require.Contains(t, got, "app/a", text.String())
		require.NotContains(t, got, "not closed upward", text.String())
	}
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	insert := func(at int, text string) finding.Edit { return finding.Edit{File: "f", Start: at, End: at, New: text} }
	replace := func(from, to int) finding.Edit { return finding.Edit{File: "f", Start: from, End: to, New: "new"} }
	for _, test := range []struct {
		a, b finding.Edit
		want bool
	}{
		{insert(1, "a"), insert(1, "a"), false},
		{insert(1, "a"), insert(1, "b"), true},
		{insert(1, "a"), insert(2, "b"), false},
		{insert(1, "a"), replace(1, 3), false},
		{insert(2, "a"), replace(1, 3), true},
		{insert(3, "a"), replace(1, 3), false},
		{replace(1, 3), replace(2, 4), true},
		{replace(1, 3), replace(1, 4), true},
		{replace(1, 3), replace(3, 4), false},
	} {
		assert.Equal(t, test.want, overlap(test.a, test.b), "%v %v", test.a, test.b)
		assert.Equal(t, test.want, overlap(test.b, test.a), "%v %v", test.b, test.a)
	}
}

func TestApplyEdits(t *testing.T) {
	t.Parallel()
	got, err := applyEdits([]byte("0123456789"), []finding.Edit{{File: "f", Start: 8, End: 8, New: "<"}, {File: "f", Start: 2, End: 4, New: ""}, {File: "f", Start: 2, End: 2, New: "ab"}})
	require.NoError(t, err)
	assert.Equal(t, "01ab4567<89", string(got))
	_, err = applyEdits([]byte("0123"), []finding.Edit{{File: "f", Start: 3, End: 9, New: ""}})
	assert.Error(t, err)
}

// A file that changed after the analysis is not touched, nor is any other.
func TestChangedFileStopsFixes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.go"), filepath.Join(dir, "b.go")
	out := &outcome{sources: make(map[string]source)}
	for _, name := range []string{a, b} {
		require.NoError(t, os.WriteFile(name, []byte("package p\n"), 0o644))
		out.findings = append(out.findings, finding.Finding{Fixes: []finding.Fix{{Edits: []finding.Edit{{File: name, Start: 10, End: 10, New: "\nvar x int\n"}}}}})
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		out.sources[name] = source{sum: sha256.Sum256(src)}
	}
	require.NoError(t, os.WriteFile(b, []byte("package q\n"), 0o644))
	changed, err := applyFixes(Tool{Name: "txlint"}, Env{Dir: dir, Stderr: new(bytes.Buffer)}, out)
	assert.False(t, changed)
	assert.ErrorContains(t, err, "b.go: the file has changed since it was analysed; nothing was changed")
	content, err := os.ReadFile(a)
	require.NoError(t, err)
	assert.Equal(t, "package p\n", string(content))
}

// A fix that breaks the file is not written.
func TestBrokenFixIsNotWritten(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.go")
	require.NoError(t, os.WriteFile(name, []byte("package p\n"), 0o644))
	_, err := fixFile(name, source{sum: sha256.Sum256([]byte("package p\n"))}, []finding.Edit{{File: name, Start: 10, End: 10, New: "func {"}})
	assert.ErrorContains(t, err, "not valid Go")
}

// The patch command understands the diffs.
func TestUnifiedDiff(t *testing.T) {
	t.Parallel()
	patch, err := exec.LookPath("patch")
	texts := []string{"", "a\n", "a", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n", "a\nX\nc\nd\ne\nf\ng\nh\ni\nj\nk\nY\nm\n",
		"b\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\n", "a\nb\nc\nd\nnew\ne\nf\ng\nh\ni\nj\nk\nl\nm\n"}
	for _, before := range texts {
		for _, after := range texts {
			diff := unifiedDiff("a/f", "b/f", before, after)
			if before == after {
				assert.Empty(t, diff)
				continue
			}
			if err != nil {
				continue
			}
			dir := t.TempDir()
			name := filepath.Join(dir, "f")
			require.NoError(t, os.WriteFile(name, []byte(before), 0o644))
			cmd := exec.CommandContext(context.Background(), patch, "-s", name)
			cmd.Stdin = strings.NewReader(diff)
			said, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s\n%s", said, diff)
			content, err := os.ReadFile(name)
			if !errors.Is(err, os.ErrNotExist) || after != "" { // patch removes empty files
				require.NoError(t, err)
				assert.Equal(t, after, string(content), diff)
			}
		}
	}
	two := unifiedDiff("a/f", "b/f", texts[3], texts[4])
	assert.Equal(t, 2, strings.Count(two, "@@ -"), "changes that are far apart are two hunks:\n%s", two)
}

// Whatever the texts, the kept and removed lines are the old text, the kept
// and added ones the new, and no more lines change than must.
func TestDiffLines(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	text := func() []string {
		lines := make([]string, random.IntN(12))
		for i := range lines {
			lines[i] = string(rune('a' + random.IntN(4)))
		}
		return lines
	}
	for range 5000 {
		a, b := text(), text()
		var before, after []string
		kept := 0
		for _, l := range diffLines(a, b) {
			if l.op != '+' {
				before = append(before, l.text)
			}
			if l.op != '-' {
				after = append(after, l.text)
			}
			kept += btoi(l.op == ' ')
		}
		require.Equal(t, strings.Join(a, ""), strings.Join(before, ""))
		require.Equal(t, strings.Join(b, ""), strings.Join(after, ""))
		require.Equal(t, longestCommon(a, b), kept, "%q %q", a, b)
	}
}

// longestCommon returns the length of the longest common subsequence.
func longestCommon(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			up := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return row[len(b)]
}

func TestEmptyResult(t *testing.T) {
	t.Parallel()
	type result struct{ _ int }
	assert.Nil(t, emptyResult(&analysis.Analyzer{}))
	assert.Equal(t, &result{}, emptyResult(&analysis.Analyzer{ResultType: reflect.TypeFor[*result]()}))
	assert.Equal(t, map[string]int(nil), emptyResult(&analysis.Analyzer{ResultType: reflect.TypeFor[map[string]int]()}))
}

func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		env := Env{Stderr: &out, StderrTerminal: true}
		quick := startProgress("txlint", env)
		quick.stop()
		quick.stop()
		assert.Empty(t, out.String(), "a quick run shows nothing")

		slow := startProgress("txlint", env)
		time.Sleep(progressDelay + progressInterval/2)
		slow.expect(7)
		slow.step()
		time.Sleep(progressInterval)
		slow.stop()
		assert.Contains(t, out.String(), "txlint: loading packages …")
		assert.Contains(t, out.String(), "txlint: analysing packages … 1 of 7")
		assert.True(t, strings.HasSuffix(out.String(), "\r\x1b[K"), "nothing is left behind")
	})
	assert.Nil(t, startProgress("txlint", Env{StderrTerminal: false}))
	assert.Nil(t, startProgress("txlint", Env{StderrTerminal: true, Environ: []string{"TERM=dumb"}}))
	var none *progress
	none.expect(1)
	none.step()
	none.stop()
}

// A comment cannot be written where a line begins inside a string.
func TestAbove(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.go")
	text := "package a\n\nvar x = `one\ntwo` + f()\n\n/* a\ncomment */ var y = f()\n\n\tvar z = f()\n"
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	for line, want := range map[int]string{3: "", 4: "inside a string", 6: "", 7: "inside a string", 9: "", 99: "has changed"} {
		fix := above(name, line, "// text\n")
		if want != "" {
			assert.Contains(t, fix.Blocked, want, "line %d", line)
			continue
		}
		require.Empty(t, fix.Blocked, "line %d", line)
		edit := fix.Edits[0]
		fixed := text[:edit.Start] + edit.New + text[edit.End:]
		assert.Len(t, strings.Split(fixed, "\n"), len(strings.Split(text, "\n"))+1)
		assert.Equal(t, strings.Split(text, "\n")[line-1], strings.Split(fixed, "\n")[line])
	}
	assert.Equal(t, "\t// text\n", above(name, 9, "// text\n").Edits[0].New)
}

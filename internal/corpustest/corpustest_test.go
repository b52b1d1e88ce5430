package corpustest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
)

func TestParseWants(t *testing.T) {
	t.Parallel()
	const src = `package p

func f() error {
	return nil // want "a \\d+" earlyreturn:"b" txdone:` + "`c \\d`" + `
}

//txlint:ignore earlyreturn shown to be harmless // want "d"

// want of a better name
`
	// A comment that begins with the word is an expectation, never prose: a
	// mistyped one must not pass for a remark.
	if _, err := ParseWants("p.go", []byte(src)); err == nil || !strings.HasPrefix(err.Error(), "p.go:9: want: ") {
		t.Errorf("prose after want: got %v", err)
	}

	good, _, _ := strings.Cut(src, "\n// want of")
	wants, err := ParseWants("p.go", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range wants {
		got = append(got, w.String())
	}
	expected := []string{
		`p.go:4: "a \\d+"`,
		`p.go:4: earlyreturn: "b"`,
		`p.go:4: txdone: "c \\d"`,
		`p.go:7: "d"`,
	}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("got  %q\nwant %q", got, expected)
	}
}

func TestParseWantsRejects(t *testing.T) {
	t.Parallel()
	for _, comment := range []string{
		`// want`, // too short to be one: must stay a plain comment
		`// want something`,
		`// want "open`,
		`// want "(" `,
		`// want rule "x"`,
		`// want rule:x`,
		`// want 12`,
	} {
		wants, err := ParseWants("p.go", []byte("package p\n\n"+comment+"\n"))
		if comment == "// want" {
			if err != nil || len(wants) != 0 {
				t.Errorf("%s: got %v, %v", comment, wants, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: accepted as %v", comment, wants)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	wants, err := ParseWants("p.go", []byte("package p // want \".*\" \"tx\" other:\"tx\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	tx := Finding{"p.go", 1, "earlyreturn", "leaves tx open"}
	conn := Finding{"p.go", 1, "earlyreturn", "leaves conn open"}
	elsewhere := Finding{"p.go", 2, "earlyreturn", "leaves tx open"}

	unexpected, missing := compare(wants, []Finding{tx, conn, elsewhere})
	if !reflect.DeepEqual(unexpected, []Finding{elsewhere}) {
		t.Errorf("unexpected: %v", unexpected)
	}
	if len(missing) != 1 || missing[0].Rule != "other" {
		t.Errorf("missing: %v", missing)
	}
}

func TestParseVet(t *testing.T) {
	t.Parallel()
	root := filepath.FromSlash("/corpus")
	got, err := parseVet(root, []byte(`# example.com/corpus/a
{"example.com/corpus/a": {"earlyreturn": [{"posn": "/corpus/a/a.go:12:3", "message": "leaks"}]}}
{}
# example.com/corpus/b
{"example.com/corpus/b": {"txdone": [{"posn": "b/b.go:7:1", "message": "done"}]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	expected := []Finding{{"a/a.go", 12, "earlyreturn", "leaks"}, {"b/b.go", 7, "txdone", "done"}}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("got %v", got)
	}

	_, err = parseVet(root, []byte(`{"p": {"earlyreturn": {"error": "it broke"}}}`))
	if err == nil || !strings.Contains(err.Error(), "it broke") {
		t.Errorf("a failed analyzer must be an error, got %v", err)
	}
}

// TestFindings runs an analyzer that reports every function declaration
// of a file, to see that every package is loaded.
func TestFindings(t *testing.T) {
	t.Parallel()
	funcs := &analysis.Analyzer{
		Name: "funcs",
		Doc:  "reports every function declaration",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, f := range pass.Files {
				for _, d := range f.Decls {
					if d, ok := d.(*ast.FuncDecl); ok {
						pass.Reportf(d.Pos(), "function %s", d.Name.Name)
					}
				}
			}
			return nil, nil
		},
	}
	found := make(map[string]bool)
	for _, f := range Findings(t, []*analysis.Analyzer{funcs}, namedParts(t)...) {
		found[f.Message] = true
	}
	declared := corpusFuncs(t)
	for _, fn := range declared {
		if !found["function "+fn.name] {
			t.Errorf("%s:%d: %s was not seen: is its package loaded?", fn.file, fn.first, fn.name)
		}
	}
}

// TestNames checks that a function's name tells what is expected of it.
func TestNames(t *testing.T) {
	t.Parallel()
	bad, ok := make(map[string]int), make(map[string]int)
	funcs := corpusFuncs(t)
	wants := Wants(t, namedParts(t)...)

	inside := make(map[int]bool) // indexes of wants that lie in some function
	for _, fn := range funcs {
		n := 0
		for i, w := range wants {
			if w.File == fn.file && fn.first <= w.Line && w.Line <= fn.last {
				n++
				inside[i] = true
			}
		}
		pkg := filepath.ToSlash(filepath.Dir(fn.file))
		switch {
		case strings.HasPrefix(fn.name, "FP_"):
			if n == 0 {
				t.Errorf("%s:%d: %s documents a false positive but expects none", fn.file, fn.first, fn.name)
			}
		case strings.HasPrefix(fn.name, "FN_"):
			if n != 0 {
				t.Errorf("%s:%d: %s documents a false negative but expects findings", fn.file, fn.first, fn.name)
			}
		case strings.HasSuffix(fn.name, "Bad"):
			bad[pkg]++
			if n == 0 {
				t.Errorf("%s:%d: %s expects nothing", fn.file, fn.first, fn.name)
			}
		default:
			if strings.HasSuffix(fn.name, "OK") {
				ok[pkg]++
			}
			if n != 0 {
				t.Errorf("%s:%d: %s must be silent but expects findings", fn.file, fn.first, fn.name)
			}
		}
	}
	for i, w := range wants {
		if !inside[i] {
			t.Errorf("%s lies in no function", w)
		}
	}

	total := 0
	for _, counts := range []map[string]int{bad, ok} {
		for _, n := range counts {
			total += n
		}
	}
	t.Logf("Bad: %v", bad)
	t.Logf("OK: %v", ok)
	if total < 420 {
		t.Errorf("the corpus has %d functions, want at least 420", total)
	}
}

type corpusFunc struct {
	name        string
	file        string
	first, last int // lines
}

// named are the parts of the corpus where a function's name tells what is
// expected of it. What flags/explain expects is not about right and wrong.
var named = []string{"earlyreturn", "txowner", "txdone", "nplusone", "flags/confidence", "flags/panics", "flags/possible", "flags/txpossible"}

// namedParts are those and the folders of the libraries.
func namedParts(t *testing.T) []string {
	t.Helper()
	return append(Libraries(t), named...)
}

// TestLibraries checks that the folder of a library shows enough of it: at least
// fifteen functions, half of them correct, and some for each kind of rule.
func TestLibraries(t *testing.T) {
	t.Parallel()
	folders := Libraries(t)
	if len(folders) == 0 {
		t.Fatal("no folders of libraries")
	}
	ok, all := make(map[string]int), make(map[string]int)
	for _, fn := range corpusFuncs(t) {
		folder, _, _ := strings.Cut(fn.file, "/")
		switch {
		case strings.HasSuffix(fn.name, "OK"):
			ok[folder]++
			all[folder]++
		case strings.HasSuffix(fn.name, "Bad"):
			all[folder]++
		}
	}
	for _, folder := range folders {
		if all[folder] < 15 || 2*ok[folder] < all[folder] {
			t.Errorf("%s has %d functions, %d of them correct: want 15, and half of all", folder, all[folder], ok[folder])
		}
		rules := make(map[string]bool)
		for _, w := range Wants(t, folder) {
			rules[w.Rule] = true
			if w.Rule == "" {
				t.Errorf("%s names no rule", w)
			}
		}
		for _, rule := range []string{"earlyreturn", "txowner", "txdone"} {
			if !rules[rule] {
				t.Errorf("%s has nothing that %s reports", folder, rule)
			}
		}
	}
}

// corpusFuncs returns the declared functions of those parts.
func corpusFuncs(t *testing.T) []corpusFunc {
	t.Helper()
	root, parts := Dir(t), namedParts(t)
	var funcs []corpusFunc
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || !matches(relative(root, path), parts) {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				funcs = append(funcs, corpusFunc{
					name:  d.Name.Name,
					file:  relative(root, path),
					first: fset.Position(d.Pos()).Line,
					last:  fset.Position(d.End()).Line,
				})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return funcs
}

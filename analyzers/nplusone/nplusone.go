package nplusone

import (
	_ "embed"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/enclosing"
	"github.com/txlint/txlint/internal/ruledoc"
	"github.com/txlint/txlint/internal/trips"
)

//go:embed doc.go
var doc string

// URL is the page of this rule.
const URL = "https://github.com/txlint/txlint/blob/main/docs/rules/nplusone.md"

// Config holds the options of the rule.
type Config struct {
	// Tests also reports loops in test files.
	Tests bool
	// Once also reports loops in code that runs once: migrations, seeds, the
	// start of a program.
	Once bool
	// Invariant also reports statements that ask for the same in every round.
	Invariant bool
	// Confidence is the least that a finding must have to be reported; "" is
	// [High].
	Confidence Confidence
	// Certain reports only what is seen to send a statement, not calls of
	// interfaces whose name says that they stand before a database.
	Certain bool
	// Repositories are further types, with their package's path, whose methods
	// send statements.
	Repositories string
}

// Analyzer is the rule with its default options.
var Analyzer = New(Config{})

// New returns the rule with the given options as the defaults of its flags.
func New(c Config) *analysis.Analyzer {
	cfg := &c
	if cfg.Confidence == "" {
		cfg.Confidence = High
	}
	rows := new(catalog.Rows)
	statements := trips.New(&cfg.Repositories, rows)
	a := &analysis.Analyzer{
		Name:     "nplusone",
		Doc:      ruledoc.Summary(doc),
		URL:      URL,
		Requires: []*analysis.Analyzer{statements},
	}
	a.Flags.BoolVar(&cfg.Tests, "tests", c.Tests, "also report loops in tests")
	a.Flags.BoolVar(&cfg.Once, "once", c.Once, "also report loops in code that runs once: migrations, seeds, the start of a program")
	a.Flags.BoolVar(&cfg.Invariant, "invariant", c.Invariant, "also report statements that ask for the same in every round of a loop")
	a.Flags.Var(&cfg.Confidence, "confidence", "report also what has less than high confidence that somebody wants to see it: `medium` or low")
	a.Flags.BoolVar(&cfg.Certain, "certain", c.Certain, "report only what is seen to send a statement, nothing that rests on the name of an interface")
	a.Flags.StringVar(&cfg.Repositories, "repositories", c.Repositories, "further types whose methods send statements, as a comma-separated `list` of path.Type")
	a.Flags.Var(rows, "libraries", catalog.RowsUsage)
	a.Run = func(pass *analysis.Pass) (any, error) {
		return run(pass, pass.ResultOf[statements].(*trips.Result), *cfg)
	}
	return directive.Honor(a)
}

func run(pass *analysis.Pass, res *trips.Result, cfg Config) (any, error) {
	generated := generatedFiles(pass)
	for _, f := range res.Findings {
		if cfg.wants(pass, f) && !generated[pass.Fset.File(f.Pos).Name()] {
			pass.Report(diagnostic(pass, f))
		}
	}
	return nil, nil
}

// wants reports whether the options let the finding through.
func (cfg Config) wants(pass *analysis.Pass, f *trips.Finding) bool {
	switch {
	case f.Invariant && !cfg.Invariant, f.Assumed && cfg.Certain:
		return false
	case !cfg.Tests && inTest(pass, f.Pos):
		return false
	}
	if points, _ := weigh(f); !f.Invariant && !cfg.Confidence.reaches(points) {
		return false
	}
	return !cached(f) && (cfg.Once || !runsOnce(pass, f))
}

// inTest reports whether pos is in a test file, in a package for tests, or in a
// function that is given a test, wherever it stands.
func inTest(pass *analysis.Pass, pos token.Pos) bool {
	if strings.HasSuffix(pass.Fset.File(pos).Name(), "_test.go") || forTests(pass.Pkg) {
		return true
	}
	for _, n := range enclosing.Path(pass.Files, pos) {
		var params *ast.FieldList
		switch n := n.(type) {
		case *ast.FuncDecl:
			params = n.Type.Params
		case *ast.FuncLit:
			params = n.Type.Params
		default:
			continue
		}
		for _, p := range params.List {
			if ofTesting(pass.TypesInfo.TypeOf(p.Type)) {
				return true
			}
		}
	}
	return false
}

// forTests reports whether a package is there for tests, as net/http/httptest is:
// it is called so, and imports a library for tests.
func forTests(pkg *types.Package) bool {
	if !strings.HasSuffix(pkg.Name(), "test") {
		return false
	}
	return slices.ContainsFunc(pkg.Imports(), func(p *types.Package) bool {
		path := p.Path()
		return path == "testing" || strings.HasPrefix(path, "github.com/stretchr/testify/") || strings.HasPrefix(path, "github.com/onsi/")
	})
}

// ofTesting reports whether t belongs to the package testing.
func ofTesting(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "testing"
}

// onceWords begin the names of functions that run once, and onceParts are part
// of the names of packages, files and functions that do.
var (
	onceWords = []string{"init", "initialize", "initialise", "seed", "setup", "bootstrap", "backfill", "upgrade", "testing", "testutil", "testhelper"}
	onceParts = []string{"migrat", "seed", "fixture", "backfill", "sampledata", "demodata", "testdata", "upgradeto", "/test", "/mock", "/deltas/", "/upgrade", "/bootstrap/"}
)

// cached reports whether a step on the way to the statement says by its name
// that it asks a cache first.
func cached(f *trips.Finding) bool {
	for _, step := range append(f.Chain[:len(f.Chain):len(f.Chain)], f.What) {
		_, method, ok := strings.Cut(step, ".")
		if !ok {
			method = step
		}
		if strings.Contains(method, "Cached") || strings.Contains(method, "FromCache") || strings.Contains(method, "WithCache") {
			return true
		}
	}
	return false
}

// runsOnce reports whether the call stands in code that runs once, as far as
// names tell.
func runsOnce(pass *analysis.Pass, f *trips.Finding) bool {
	recv, fn, method := strings.Cut(f.Func, ".")
	if !method {
		recv, fn = "", f.Func
	}
	if pass.Pkg.Name() == "main" && fn == "main" {
		return true
	}
	file := filepath.Base(pass.Fset.File(f.Pos).Name())
	for _, w := range onceWords {
		if startsWith(fn, w) || startsWith(file, w) {
			return true
		}
	}
	if dated.MatchString(file) || versioned.MatchString(pass.Pkg.Path()) {
		return true
	}
	names := slices.Concat(f.Chain, f.Literals, []string{fn, recv, file, pass.Pkg.Path() + "/"})
	for _, name := range names {
		name = strings.ToLower(name)
		for _, part := range onceParts {
			if strings.Contains(name, part) {
				return true
			}
		}
	}
	return false
}

// dated matches the names of files that change a schema, of which each has a
// time of its own.
var dated = regexp.MustCompile(`^(v?\d{8,}|v?\d{3,}_)`)

// versioned matches the paths of packages that bring an installation to a version,
// of which each has a number of its own. A number of two parts may be that of an API.
var versioned = regexp.MustCompile(`/v?\d+_\d+_\d+(/|$)`)

// startsWith reports whether the first word of name is word.
func startsWith(name, word string) bool {
	if !strings.HasPrefix(strings.ToLower(name), word) {
		return false
	}
	rest := name[len(word):]
	return rest == "" || rest[0] < 'a' || rest[0] > 'z'
}

// generatedFiles returns the names of the files that a program wrote: nobody
// can repair a loop there.
func generatedFiles(pass *analysis.Pass) map[string]bool {
	out := map[string]bool{}
	for _, f := range pass.Files {
		if ast.IsGenerated(f) {
			out[pass.Fset.File(f.FileStart).Name()] = true
		}
	}
	return out
}

func diagnostic(pass *analysis.Pass, f *trips.Finding) analysis.Diagnostic {
	d := analysis.Diagnostic{Pos: f.Pos, End: f.End, Category: category(f), URL: URL, Message: message(f) + reservation(f)}
	if f.Loop.IsValid() && f.Loop != f.Pos {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: f.Loop, Message: loopMessage(f)})
	}
	for _, p := range f.Steps {
		if p.IsValid() {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: p, Message: "on the way to " + f.What})
		}
	}
	return d
}

func category(f *trips.Finding) string {
	if f.Write {
		return "nplusone/write"
	}
	return "nplusone/read"
}

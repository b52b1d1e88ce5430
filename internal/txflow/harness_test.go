package txflow

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/flow"
	"github.com/txlint/txlint/internal/lazyssa"
)

// A sourcePackage is a package with its syntax and its types.
type sourcePackage struct {
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
}

// newInfo returns an empty record of everything that the engine reads.
func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
}

// The packages of the standard library that synthetic sources import are
// checked once per test binary.
var (
	stdMu   sync.Mutex
	stdFset = token.NewFileSet()
	stdImp  = importer.ForCompiler(stdFset, "source", nil)
)

// parsePackage checks src, which may import the standard library.
func parsePackage(t testing.TB, src string) *sourcePackage {
	t.Helper()
	stdMu.Lock()
	defer stdMu.Unlock()
	file, err := parser.ParseFile(stdFset, "p.go", src, parser.ParseComments)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	p := &sourcePackage{fset: stdFset, files: []*ast.File{file}, info: newInfo()}
	conf := types.Config{Importer: stdImp, Sizes: types.SizesFor("gc", "amd64")}
	if p.types, err = conf.Check("example.com/p", stdFset, p.files, p.info); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return p
}

// A factStore holds the effects that packages exported.
type factStore struct {
	mu    sync.Mutex
	facts map[types.Object]*Effects
}

func newFactStore() *factStore { return &factStore{facts: map[types.Object]*Effects{}} }

// pass returns a pass over p whose facts live in the store.
func (s *factStore) pass(p *sourcePackage) *analysis.Pass {
	pass := &analysis.Pass{
		Analyzer: Analyzer, Fset: p.fset, Files: p.files, Pkg: p.types, TypesInfo: p.info,
		TypesSizes: types.SizesFor("gc", "amd64"), Module: &analysis.Module{},
		ResultOf: map[*analysis.Analyzer]any{},
		Report:   func(analysis.Diagnostic) {},
		ReadFile: os.ReadFile,
		ImportObjectFact: func(obj types.Object, fact analysis.Fact) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			e, ok := s.facts[obj]
			if ok {
				*fact.(*Effects) = *e
			}
			return ok
		},
		ExportObjectFact: func(obj types.Object, fact analysis.Fact) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.facts[obj] = fact.(*Effects)
		},
		ImportPackageFact: func(*types.Package, analysis.Fact) bool { return false },
		ExportPackageFact: func(analysis.Fact) {},
		AllPackageFacts:   func() []analysis.PackageFact { return nil },
		AllObjectFacts: func() []analysis.ObjectFact {
			s.mu.Lock()
			defer s.mu.Unlock()
			var out []analysis.ObjectFact
			for obj, e := range s.facts {
				out = append(out, analysis.ObjectFact{Object: obj, Fact: e})
			}
			return out
		},
	}
	builder, err := lazyssa.Analyzer.Run(pass)
	if err != nil {
		panic(err) // it never fails
	}
	pass.ResultOf[lazyssa.Analyzer] = builder
	return pass
}

// prepare returns a solver for p that is ready to solve its functions.
func (s *factStore) prepare(p *sourcePackage) *solver {
	pass := s.pass(p)
	a := newSolver(pass, nil)
	builder := pass.ResultOf[lazyssa.Analyzer].(*lazyssa.Builder)
	a.pkg = builder.Package(a.neverReturns)
	a.functions = builder.Functions(a.pkg)
	a.findRelevant()
	return a
}

// solverFor returns a solver for a source text.
func solverFor(t testing.TB, src string) *solver {
	t.Helper()
	return newFactStore().prepare(parsePackage(t, src))
}

// function returns the function of that name, which may be "T.method".
func (a *solver) function(t testing.TB, name string) *ssa.Function {
	t.Helper()
	for _, fn := range a.functions {
		if fn.Name() == name || strings.HasSuffix(fn.String(), "."+name) {
			return fn
		}
	}
	t.Fatalf("no function %s", name)
	return nil
}

// A cost is what one solve took.
type cost struct {
	fn    string
	took  time.Duration
	stack string // of a panic, "" if there was none
}

// timed runs do and returns what it cost. A panic is an answer, too.
func timed(name string, do func()) cost {
	c := cost{fn: name}
	c.took = cpuTime(func() {
		defer func() {
			if r := recover(); r != nil {
				c.stack = fmt.Sprintf("%v\n%s", r, debug.Stack())
			}
		}()
		do()
	})
	return c
}

// solveEverything solves every function of p as if all of them had to do with
// transactions, and exports the effects. Every function is solved twice: as
// it is, and with a transaction open from its entry that its parameters hold,
// so that code without a database exercises the states and the events, too.
func (s *factStore) solveEverything(t *testing.T, p *sourcePackage) []cost {
	a := s.prepare(p)
	for _, fn := range a.functions {
		a.relevant[fn] = true
	}
	var out []cost
	run := func(name string, do func()) {
		watch := time.AfterFunc(5*time.Minute, func() { t.Errorf("%s: no end after five minutes", name) })
		c := timed(name, do)
		watch.Stop()
		if c.stack != "" {
			clear(a.solving)
			clear(a.recursive)
		}
		out = append(out, c)
	}
	for _, fn := range a.functions {
		run(fn.String(), func() {
			if fn.Parent() == nil {
				a.effectsOf(fn, nil)
			} else {
				a.solve(fn)
			}
		})
		if last := out[len(out)-1]; last.took > slow && fn.Parent() == nil {
			// Once more without the callees, whose effects are known now.
			out = out[:len(out)-1]
			delete(a.effects, fn)
			run(fn.String(), func() { a.effectsOf(fn, nil) })
		}
	}
	// The wording of events and the export keep panics to themselves.
	res := &Result{}
	for _, fn := range a.functions {
		run(fn.String()+" with a transaction", func() {
			a.solveArmed(fn)
			a.finishEvents(res)
			a.events, a.silences = map[eventKey]rawEvent{}, map[*ssa.Call]*Event{}
		})
	}
	run(p.types.Path()+": export", func() { a.export(res) })
	for _, failure := range res.Failures {
		out = append(out, cost{fn: failure.String(), stack: "see Result.Failures"})
	}
	return out
}

// slow is what the engine may take for one function.
const slow = time.Second

// solveArmed solves fn from an entry at which a transaction is open, begun at
// the function's first call and held by its parameters.
func (a *solver) solveArmed(fn *ssa.Function) {
	f := a.frame(fn, nil)
	before := a.budget
	a.budget = maxBudget
	defer func() { a.budget = before }()
	flow.Solve(fn, f, []state{a.armed(f)}, a.limits)
	if a.budget >= 0 && fn.Parent() == nil {
		f.summarize()
	}
}

// armed is an entry state of f with an open transaction, or the plain one
// where f calls nothing.
func (a *solver) armed(f *frame) state {
	s := a.entry(f)
	for _, b := range f.fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok {
				continue
			}
			tx := a.u.tx(call, 0)
			s = begun(s, tx, false).with(stepBegin, call, false, tx, "")
			for _, p := range f.fn.Params {
				switch p.Type().Underlying().(type) {
				case *types.Pointer, *types.Interface:
					s = f.bind(s, p, tx)
				}
			}
			return s
		}
	}
	return s
}

// loadSources loads the packages that the patterns name in dir and all that
// these import, each after what it imports. Packages that do not compile are
// left out.
func loadSources(t testing.TB, dir string, tests bool, patterns ...string) []*sourcePackage {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.LoadAllSyntax, Dir: dir, Tests: tests,
		Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0"),
	}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	var out []*sourcePackage
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		if p.Types == nil || p.IllTyped || len(p.Syntax) == 0 {
			t.Logf("%s: left out: %v", p.ID, p.Errors)
			return
		}
		out = append(out, &sourcePackage{p.Fset, p.Syntax, p.Types, p.TypesInfo})
	})
	return out
}

// moduleRoot returns the directory of go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// reachesDatabase reports whether the engine would look at p at all.
func (p *sourcePackage) reachesDatabase() bool {
	return catalog.Reaches(p.types, nil) && !catalog.IsLibrary(p.types.Path())
}

// begun returns s with a transaction that was begun on nothing known.
func begun(s state, tx *node, assumed bool) state { return s.begin(tx, nil, nil, assumed) }

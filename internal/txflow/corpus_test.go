package txflow

import (
	"fmt"
	"go/types"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/flow"
)

// The corpus is loaded once per test binary, and what it imports from export
// data: the sources of all the libraries take gigabytes.
var loadCorpus = sync.OnceValues(func() ([]*packages.Package, error) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		return nil, err
	}
	return packages.Load(&packages.Config{
		Mode: packages.LoadSyntax | packages.NeedModule, Dir: dir,
		Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0"),
	}, "./...")
})

// corpusRoots returns the packages of the corpus.
func corpusRoots(t testing.TB) []*packages.Package {
	t.Helper()
	pkgs, err := loadCorpus()
	if err != nil {
		t.Fatal(err)
	}
	pkgs = slices.DeleteFunc(slices.Clone(pkgs), func(p *packages.Package) bool { return p.IllTyped })
	if len(pkgs) < 5 {
		t.Fatalf("only %d packages of the corpus compile", len(pkgs))
	}
	return pkgs
}

// corpusPackages returns the packages that the engine looks at, each after
// what it imports.
func corpusPackages(t testing.TB) []*sourcePackage {
	t.Helper()
	var out []*sourcePackage
	packages.Visit(corpusRoots(t), nil, func(p *packages.Package) {
		sp := &sourcePackage{p.Fset, p.Syntax, p.Types, p.TypesInfo}
		if len(sp.files) > 0 && sp.reachesDatabase() {
			out = append(out, sp)
		}
	})
	return out
}

// corpusSolvers returns a solver for each package of the corpus, with every
// effect known.
func corpusSolvers(t testing.TB) []*solver {
	t.Helper()
	store := newFactStore()
	var out []*solver
	for _, p := range corpusPackages(t) {
		a := store.prepare(p)
		res := &Result{}
		a.solveAll(res)
		a.export(res)
		assert.Empty(t, res.Failures, p.types.Path())
		out = append(out, a)
	}
	return out
}

// A recorder is a frame that remembers the states from which blocks are run.
type recorder struct {
	*frame
	at []visit
}

type visit struct {
	block *ssa.BasicBlock
	state state
}

func (r *recorder) Step(b *ssa.BasicBlock, s state) [][]state {
	r.at = append(r.at, visit{b, s})
	return r.frame.Step(b, s)
}

// record solves fn and returns the states at its blocks.
func (a *solver) record(fn *ssa.Function) *recorder {
	f := a.frame(fn, nil)
	r := &recorder{frame: f}
	a.budget = maxBudget
	flow.Solve(fn, r, []state{a.entry(f)}, a.limits)
	return r
}

// TestEnterChangesNothingTwiceInTheCorpus proves that what Enter made of a
// state it leaves alone, for every state of every function of the corpus.
func TestEnterChangesNothingTwiceInTheCorpus(t *testing.T) {
	t.Parallel()
	states := 0
	for _, a := range corpusSolvers(t) {
		for _, fn := range a.functions {
			if !a.relevant[fn] {
				continue
			}
			for _, v := range a.record(fn).at {
				f := a.frame(fn, nil)
				once := f.Enter(v.block, v.state)
				if v.block.Index > 0 && !once.same(v.state) {
					t.Errorf("%s, block %d: Enter of a state of the block changes it:\n%+v\n%+v", fn, v.block.Index, v.state, once)
				}
				if twice := f.Enter(v.block, once); !once.same(twice) {
					t.Errorf("%s, block %d: Enter is not idempotent:\n%+v\n%+v", fn, v.block.Index, once, twice)
				}
				wide := f.Widen(v.block, once)
				if again := f.Widen(v.block, wide); !wide.same(again) {
					t.Errorf("%s, block %d: Widen is not idempotent:\n%+v\n%+v", fn, v.block.Index, wide, again)
				}
				states++
			}
		}
	}
	t.Logf("%d states", states)
	assert.Greater(t, states, 2000, "the corpus has become too small to prove anything")
}

// exitsFrom runs fn from a state of one of its blocks and returns the exits
// that are reached, with the phases of the transactions there. It reports
// false where that is too much.
func (a *solver) exitsFrom(v visit) (map[string]bool, bool) {
	f := a.frame(v.block.Parent(), nil)
	a.budget = maxBudget
	seen := map[string]bool{}
	work := []visit{v}
	for len(work) > 0 {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		if len(seen) > 3000 {
			return nil, false
		}
		for i, outs := range f.Step(v.block, v.state) {
			for _, s := range outs {
				to := v.block.Succs[i]
				s = f.Enter(to, s)
				if k := fmt.Sprint(to.Index, s.key(), s.known); !seen[k] {
					seen[k] = true
					work = append(work, visit{to, s})
				}
			}
		}
	}
	exits := map[string]bool{}
	for _, x := range f.exits {
		text := fmt.Sprintf("%v: ", a.pass.Fset.Position(x.ret.Pos()))
		for _, o := range x.state.obs {
			if o.phase == open {
				text += fmt.Sprintf("#%d open ", o.tx.id)
			}
		}
		exits[text] = true
	}
	return exits, a.budget >= 0
}

// TestKnowingLessReachesMore proves that a path which has forgotten facts
// reaches every exit that it reached with them: facts only rule out.
func TestKnowingLessReachesMore(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	compared, tooMany := 0, 0
	for _, a := range corpusSolvers(t) {
		for _, fn := range a.functions {
			if !a.relevant[fn] || fn.Parent() != nil {
				continue
			}
			visits := a.record(fn).at
			for range min(6, len(visits)) {
				more := pick(r, visits)
				less := more
				less.state.facts = more.state.facts.filter(func(int32, truth) bool { return r.IntN(2) == 0 })
				less.state.known = more.state.known.filter(func(int32, truth) bool { return r.IntN(2) == 0 })
				if less.state.same(more.state) {
					continue
				}
				few, ok1 := a.exitsFrom(more)
				many, ok2 := a.exitsFrom(less)
				if !ok1 || !ok2 {
					tooMany++
					continue
				}
				compared++
				for x := range few {
					if !many[x] {
						t.Errorf("%s, block %d: with fewer facts the exit %s is not reached any more", fn, more.block.Index, x)
					}
				}
			}
		}
	}
	t.Logf("%d compared, %d too large", compared, tooMany)
	assert.Greater(t, compared, 200, "too few states were compared to prove anything")
}

// eventTexts writes what the packages' results say, in order of position.
func eventTexts(t testing.TB, graph *checker.Graph) []string {
	t.Helper()
	var out []string
	for _, act := range graph.Roots {
		require.NoError(t, act.Err, act.String())
		res := act.Result.(*Result)
		assert.Empty(t, res.Failures, act.String())
		for _, e := range res.Events {
			var path []string
			for _, s := range e.Path {
				path = append(path, fmt.Sprint(act.Package.Fset.Position(s.Pos), " ", s.What))
			}
			out = append(out, fmt.Sprintf("%s: %d %s %q %q %q %s %v %+v %s", act.Package.Fset.Position(e.AtPos), e.Kind, e.Func, e.Name, e.Possible, e.Why, e.By, e.ContextEnds, e.Guards, strings.Join(path, "; ")))
		}
	}
	slices.Sort(out)
	return out
}

// TestFindingsDoNotDependOnTheOrderOfWork analyses the corpus in several orders,
// one package after the other and several at a time.
func TestFindingsDoNotDependOnTheOrderOfWork(t *testing.T) {
	t.Parallel()
	roots := corpusRoots(t)
	r := rand.New(rand.NewPCG(5, 6))
	var first []string
	for i := range 5 {
		r.Shuffle(len(roots), func(i, j int) { roots[i], roots[j] = roots[j], roots[i] })
		graph, err := checker.Analyze([]*analysis.Analyzer{Analyzer}, roots, &checker.Options{Sequential: i%2 == 0, SanityCheck: i == 1})
		require.NoError(t, err)
		got := eventTexts(t, graph)
		if first == nil {
			first = got
			assert.Greater(t, len(got), 150, "events")
			continue
		}
		for k := range max(len(first), len(got)) {
			var a, b string
			if k < len(first) {
				a = first[k]
			}
			if k < len(got) {
				b = got[k]
			}
			require.Equal(t, a, b, "run %d differs", i)
		}
	}
}

// TestFactsAreSmallReadableAndSurviveTheirEncoding looks at every effect that
// the corpus exports.
func TestFactsAreSmallReadableAndSurviveTheirEncoding(t *testing.T) {
	t.Parallel()
	store := newFactStore()
	for _, p := range corpusPackages(t) {
		_, err := run(store.pass(p), nil)
		require.NoError(t, err)
	}
	require.Greater(t, len(store.facts), 20, "the corpus exports hardly anything")
	largest, of := 0, ""
	for obj, e := range store.facts {
		name := obj.(*types.Func).FullName()
		b := checkFact(t, name, e)
		if len(b) > largest {
			largest, of = len(b), name
		}
		text := e.String()
		assert.NotContains(t, text, "%!", "%s: a verb went wrong: %s", name, text)
		assert.NotContains(t, text, "0x", "%s: an address in %s", name, text)
		assert.NotContains(t, text, "<nil>", "%s: %s", name, text)
		for _, o := range e.Outcomes {
			assert.Contains(t, text, o.String())
			assert.Equal(t, o.String() == "{}", len(o.When)+len(o.Done)+len(o.Calls)+len(o.Begins)+len(o.Stores)+len(o.Results) == 0, "%s: an outcome that says nothing: %s", name, o)
		}
	}
	t.Logf("%d facts, the largest has %d bytes: %s", len(store.facts), largest, of)
}

// TestFactsReadAsTheyAreMeant shows what String makes of typical effects.
func TestFactsReadAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	a := solverFor(t, `package p

import "database/sql"

func Begin(db *sql.DB) (*sql.Tx, error) { return db.Begin() }

func Finish(tx *sql.Tx, err error) error {
	if err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func Twice(f func() error) error {
	if err := f(); err != nil {
		return err
	}
	return f()
}
`)
	res := &Result{}
	a.solveAll(res)
	a.export(res)
	require.Empty(t, res.Failures)
	for name, want := range map[string][]string{
		"Begin":  {"begins #0 by sql.DB.Begin", "returns #0, nil", "returns nil, non-nil"},
		"Finish": {"p1 != nil: p0 rolled back; returns p1", "p1 == nil: p0 committed"},
		"Twice":  {"calls p0"},
	} {
		eff, _ := a.effectsOf(a.function(t, name), nil)
		require.NotNil(t, eff, name)
		for _, w := range want {
			assert.Contains(t, eff.String(), w, name)
		}
	}
}

// TestFactsAreTheSameBytesEveryTime analyses the corpus five times, from a
// fresh start each time.
func TestFactsAreTheSameBytesEveryTime(t *testing.T) {
	t.Parallel()
	var first map[string]string
	for i := range 5 {
		store := newFactStore()
		pkgs := corpusPackages(t)
		for _, p := range pkgs {
			_, err := run(store.pass(p), nil)
			require.NoError(t, err)
		}
		got := map[string]string{}
		for obj, e := range store.facts {
			got[obj.(*types.Func).FullName()] = string(encodeFact(t, e))
		}
		if first == nil {
			first = got
			continue
		}
		require.Equal(t, len(first), len(got), "run %d exports other facts", i)
		names := slices.Sorted(maps.Keys(got))
		for _, name := range names {
			require.Equal(t, []byte(first[name]), []byte(got[name]), "run %d: %s", i, name)
		}
	}
}

package flow

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/ssa"
)

// A toyState is the value of the toy problem: a number that tells paths apart,
// a set of facts that is intersected, and a witness that nothing depends on.
type toyState struct {
	num     int
	facts   uint64
	wide    bool
	witness string
}

// same reports whether the states agree up to the witness.
func (s toyState) same(t toyState) bool {
	s.witness, t.witness = "", ""
	return s == t
}

// A toy changes numbers and facts by random functions of the block.
type toy struct {
	mul, add  []int
	gen, kill []uint64
	modulus   int
	// core is the number of values that Widen leaves.
	core int
	// classes is how many classes of states there are, 0 if none is worth keeping.
	classes int
	// stepped is the last state from which each block was run, by key.
	stepped []map[string]toyState
	steps   int
	widened map[int]bool
	entered int
}

func newToy(r *rand.Rand, fn *ssa.Function, modulus, core int) *toy {
	p := &toy{modulus: modulus, core: core, widened: map[int]bool{}}
	for range fn.Blocks {
		p.mul = append(p.mul, r.IntN(modulus))
		p.add = append(p.add, r.IntN(modulus))
		p.gen = append(p.gen, r.Uint64()&r.Uint64()&r.Uint64())
		p.kill = append(p.kill, r.Uint64()&r.Uint64())
		p.stepped = append(p.stepped, map[string]toyState{})
	}
	return p
}

// fresh returns the same problem, not yet solved.
func (p *toy) fresh() *toy {
	q := *p
	q.stepped, q.steps, q.entered, q.widened = nil, 0, 0, map[int]bool{}
	for range p.stepped {
		q.stepped = append(q.stepped, map[string]toyState{})
	}
	return &q
}

// Enter drops the fact that carries the block's number: it is dead there.
func (p *toy) Enter(b *ssa.BasicBlock, s toyState) toyState {
	p.entered++
	s.facts &^= 1 << (b.Index % 64)
	return s
}

func (p *toy) Key(s toyState) string { return fmt.Sprint(s.num, s.wide) }

func (p *toy) Meet(old, new toyState) (toyState, bool) {
	met := old
	met.facts &= new.facts
	return met, met.facts != old.facts
}

func (p *toy) Widen(b *ssa.BasicBlock, s toyState) toyState {
	p.widened[b.Index] = true
	return toyState{num: s.num % p.core, wide: true, witness: s.witness}
}

func (p *toy) Class(s toyState) (string, bool) {
	if p.classes == 0 || s.wide {
		return "", false
	}
	return fmt.Sprint(s.num % p.classes), true
}

func (p *toy) Step(b *ssa.BasicBlock, s toyState) [][]toyState {
	p.steps++
	p.stepped[b.Index][p.Key(s)] = s
	return p.next(b, s)
}

func (p *toy) next(b *ssa.BasicBlock, s toyState) [][]toyState {
	out := make([][]toyState, len(b.Succs))
	for i := range out {
		t := s
		t.num = (s.num*p.mul[b.Index] + p.add[b.Index] + i) % p.modulus
		t.facts = s.facts&^p.kill[b.Index] | p.gen[b.Index]
		t.witness = fmt.Sprintf("%s %d", s.witness[max(0, len(s.witness)-20):], b.Index)
		out[i] = append(out[i], t)
		if i == 0 && t.num%3 == 0 {
			t.num = (t.num + 1) % p.modulus // two ways through the block
			out[i] = append(out[i], t)
		}
		if i == 1 && t.num%5 == 0 {
			out[i] = nil // the edge is not feasible
		}
	}
	return out
}

// naive solves the problem without a queue: all blocks again and again, until
// a round changes nothing.
func (p *toy) naive(fn *ssa.Function, entry []toyState) []map[string]toyState {
	at := make([]map[string]toyState, len(fn.Blocks))
	for i := range at {
		at[i] = map[string]toyState{}
	}
	changed := true
	put := func(b *ssa.BasicBlock, s toyState) {
		old, ok := at[b.Index][p.Key(s)]
		if !ok {
			at[b.Index][p.Key(s)], changed = s, true
			return
		}
		if met, less := p.Meet(old, s); less {
			at[b.Index][p.Key(s)], changed = met, true
		}
	}
	for _, e := range entry {
		put(fn.Blocks[0], e)
	}
	for changed {
		changed = false
		for _, b := range fn.Blocks {
			for _, key := range slices.Sorted(maps.Keys(at[b.Index])) {
				for i, outs := range p.next(b, at[b.Index][key]) {
					for _, out := range outs {
						put(b.Succs[i], p.Enter(b.Succs[i], out))
					}
				}
			}
		}
	}
	return at
}

func sameSolution(t *testing.T, want, got []map[string]toyState, what string) {
	t.Helper()
	for i := range want {
		for k, w := range want[i] {
			g, ok := got[i][k]
			if !ok {
				t.Errorf("%s: block %d lacks state %q", what, i, k)
			} else if !w.same(g) {
				t.Errorf("%s: block %d: state %+v, want %+v", what, i, g, w)
			}
		}
		for k := range got[i] {
			if _, ok := want[i][k]; !ok {
				t.Errorf("%s: block %d has a state %q too many", what, i, k)
			}
		}
	}
}

func entries(r *rand.Rand, modulus int) []toyState {
	var out []toyState
	for i := range 1 + r.IntN(4) {
		out = append(out, toyState{num: r.IntN(modulus), facts: r.Uint64(), witness: fmt.Sprint("entry ", i)})
	}
	return out
}

var noLimits = Limits{States: 1 << 30, Steps: 1 << 30}

// TestToyKeepsTheLaws checks the laws written at Problem for the toy, so that
// what the other tests show rests on a problem that is one.
func TestToyKeepsTheLaws(t *testing.T) {
	t.Parallel()
	fn := build(t, handWritten)["nested"]
	r := rand.New(rand.NewPCG(1, 2))
	p := newToy(r, fn, 7, 3)
	random := func() toyState { return toyState{num: 3, facts: r.Uint64(), witness: fmt.Sprint(r.Int())} }
	for range 200 {
		a, b, c := random(), random(), random()
		aa, changed := p.Meet(a, a)
		assert.False(t, changed, "Meet(a, a) is unchanged")
		assert.Equal(t, a, aa)
		ab, abChanged := p.Meet(a, b)
		ba, _ := p.Meet(b, a)
		assert.True(t, ab.same(ba), "Meet commutes")
		assert.Equal(t, !ab.same(a), abChanged, "changed tells whether the result says less than the old state")
		abc, _ := p.Meet(ab, c)
		bc, _ := p.Meet(b, c)
		a_bc, _ := p.Meet(a, bc)
		assert.True(t, abc.same(a_bc), "Meet is associative")
		block := fn.Blocks[r.IntN(len(fn.Blocks))]
		wide := p.Widen(block, a)
		assert.True(t, wide.same(p.Widen(block, wide)), "Widen is idempotent")
		in := p.Enter(block, a)
		assert.True(t, in.same(p.Enter(block, in)), "Enter is idempotent")
	}
}

// TestSolveFindsTheLeastFixpoint compares with the naive implementation.
func TestSolveFindsTheLeastFixpoint(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, r *rand.Rand, fn *ssa.Function) {
		modulus := 1 + r.IntN(12)
		p, in := newToy(r, fn, modulus, 1), entries(r, modulus)
		require.True(t, Solve(fn, p, in, noLimits), "gave up without a limit")
		sameSolution(t, p.naive(fn, in), p.stepped, "against the naive solution")
		assert.Empty(t, p.widened, "widened below the limit")
	}
	handWrittenFunctions(t, func(t *testing.T, fn *ssa.Function) {
		if len(fn.Blocks) > 0 {
			check(t, rand.New(rand.NewPCG(3, 4)), fn)
		}
	})
	randomFunctions(t, 150, check)
}

// TestSolveDoesNotDependOnTheOrderOfEntryStates shuffles them, and gives some
// of them twice.
func TestSolveDoesNotDependOnTheOrderOfEntryStates(t *testing.T) {
	t.Parallel()
	randomFunctions(t, 80, func(t *testing.T, r *rand.Rand, fn *ssa.Function) {
		modulus := 1 + r.IntN(12)
		p, in := newToy(r, fn, modulus, 1), entries(r, modulus)
		require.True(t, Solve(fn, p, in, noLimits))
		for range 3 {
			q := p.fresh()
			again := append(slices.Clone(in), in[r.IntN(len(in))])
			r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
			require.True(t, Solve(fn, q, again, noLimits))
			sameSolution(t, p.stepped, q.stepped, "shuffled")
		}
	})
}

// TestSolveVisitsABlockOnceWhereThereIsNoLoop proves that the order of work is
// that of the graph: no block is run twice from one key.
func TestSolveVisitsABlockOnceWhereThereIsNoLoop(t *testing.T) {
	t.Parallel()
	randomFunctions(t, 150, func(t *testing.T, r *rand.Rand, fn *ssa.Function) {
		if slices.Contains(InLoops(fn), true) {
			return
		}
		p := newToy(r, fn, 9, 1)
		require.True(t, Solve(fn, p, entries(r, 9), noLimits))
		n := 0
		for _, at := range p.stepped {
			n += len(at)
		}
		assert.Equal(t, n, p.steps, "visits of %d states", n)
	})
}

// TestSolveWidensPastTheCap proves that no block keeps more states than
// allowed, and that a solve of many states ends.
func TestSolveWidensPastTheCap(t *testing.T) {
	t.Parallel()
	widened := 0
	randomFunctions(t, 150, func(t *testing.T, r *rand.Rand, fn *ssa.Function) {
		modulus := 50 + r.IntN(1000)
		lim := Limits{States: 2 + r.IntN(10), Steps: 1 << 30}
		p := newToy(r, fn, modulus, 1+r.IntN(lim.States))
		require.True(t, Solve(fn, p, entries(r, modulus), lim), "the widened states fit, so there is no reason to give up")
		for i, at := range p.stepped {
			kept := 0
			for _, s := range at {
				if s.wide || !p.widened[i] {
					kept++
				}
			}
			assert.LessOrEqual(t, kept, 2*lim.States, "states of block %d", i)
		}
		widened += len(p.widened)
	})
	assert.NotZero(t, widened, "the test widens nothing: it proves nothing")
}

// TestSolveGivesUpWhereEvenTheWidenedStatesAreTooMany has a Widen that leaves
// more states than twice the limit.
func TestSolveGivesUpWhereEvenTheWidenedStatesAreTooMany(t *testing.T) {
	t.Parallel()
	fn := build(t, handWritten)["straight"]
	for _, c := range []struct {
		core int
		want bool
	}{{6, true}, {7, false}, {20, false}} {
		p := newToy(rand.New(rand.NewPCG(1, 1)), fn, 100, c.core)
		var in []toyState
		for i := range 60 {
			in = append(in, toyState{num: i})
		}
		assert.Equal(t, c.want, Solve(fn, p, in, Limits{States: 3, Steps: 1000}), "with %d widened states", c.core)
	}
}

// TestSolveCapIsExact proves that States states are kept apart and one more
// widens them all.
func TestSolveCapIsExact(t *testing.T) {
	t.Parallel()
	fn := build(t, handWritten)["empty"]
	for n := 1; n <= 6; n++ {
		p := newToy(rand.New(rand.NewPCG(1, 1)), fn, 100, 1)
		var in []toyState
		for i := range n {
			in = append(in, toyState{num: i})
		}
		require.True(t, Solve(fn, p, in, Limits{States: 5, Steps: 1000}))
		if n <= 5 {
			assert.Empty(t, p.widened, "%d states", n)
			assert.Len(t, p.stepped[0], n)
		} else {
			assert.Equal(t, map[int]bool{0: true}, p.widened, "%d states", n)
			assert.Len(t, p.stepped[0], 1)
		}
	}
}

// TestSolveKeepsOneOfEachClass proves that a block with too many states keeps
// the first of each class as it is, up to half of the limit, and widens the
// others.
func TestSolveKeepsOneOfEachClass(t *testing.T) {
	t.Parallel()
	fn := build(t, handWritten)["straight"]
	for classes := range 6 {
		p := newToy(rand.New(rand.NewPCG(1, 1)), fn, 100, 1)
		p.classes = classes
		var in []toyState
		for i := range 20 {
			in = append(in, toyState{num: i})
		}
		require.True(t, Solve(fn, p, in, Limits{States: 6, Steps: 1000}))
		kept, wide := map[int]bool{}, 0
		for _, s := range p.stepped[0] {
			if s.wide {
				wide++
				continue
			}
			assert.False(t, kept[s.num%classes], "two of one class")
			kept[s.num%classes] = true
		}
		assert.Len(t, kept, min(classes, 3), "of %d classes", classes)
		assert.Equal(t, 1, wide, "what is not kept is widened")
	}
}

// TestSolveWithClassesEnds proves that the bound on states holds for problems
// that have classes.
func TestSolveWithClassesEnds(t *testing.T) {
	t.Parallel()
	widened := 0
	randomFunctions(t, 80, func(t *testing.T, r *rand.Rand, fn *ssa.Function) {
		modulus := 50 + r.IntN(1000)
		lim := Limits{States: 2 + r.IntN(10), Steps: 1 << 30}
		p := newToy(r, fn, modulus, 1+r.IntN(lim.States))
		p.classes = 1 + r.IntN(20)
		require.True(t, Solve(fn, p, entries(r, modulus), lim), "what is kept is no reason to give up")
		widened += len(p.widened)
	})
	assert.NotZero(t, widened, "the test widens nothing: it proves nothing")
}

// TestSolveGivesUpAfterItsSteps proves that the number of visits is bounded,
// and that a bound which is just enough is enough.
func TestSolveGivesUpAfterItsSteps(t *testing.T) {
	t.Parallel()
	randomFunctions(t, 40, func(t *testing.T, r *rand.Rand, fn *ssa.Function) {
		p, in := newToy(r, fn, 11, 1), entries(r, 11)
		require.True(t, Solve(fn, p, in, noLimits))
		q := p.fresh()
		assert.True(t, Solve(fn, q, in, Limits{States: 1 << 30, Steps: p.steps}), "just enough steps")
		q = p.fresh()
		assert.False(t, Solve(fn, q, in, Limits{States: 1 << 30, Steps: p.steps - 1}), "one step too few")
		assert.Equal(t, p.steps-1, q.steps)
	})
}

func TestSolveOfNothing(t *testing.T) {
	t.Parallel()
	fns := build(t, handWritten)
	p := newToy(rand.New(rand.NewPCG(1, 1)), fns["straight"], 3, 1)
	assert.True(t, Solve(fns["c"], p, []toyState{{}}, noLimits), "a function without a body")
	assert.True(t, Solve(fns["straight"], p, nil, noLimits), "no entry state")
	assert.Zero(t, p.steps)
}

// structuredSource writes a function S of about n blocks as people write them:
// checks, branches, loops and switches one after the other, nested a little.
func structuredSource(n int) string {
	var b strings.Builder
	b.WriteString("package p\n\nfunc c(i int) int\n\nfunc S(p, q int) int {\n\tx := p\n")
	for i := 0; i*13 < n; i++ {
		fmt.Fprintf(&b, `	if c(%d) > x {
		return x
	}
	if c(p) > %d {
		x++
	} else {
		x = q
	}
	for i := 0; i < x; i++ {
		if c(i) == 0 {
			continue
		}
		x += c(i)
	}
	switch c(%d) {
	case 1:
		x = p
	case 2:
		x--
	}
`, i, i, i)
	}
	b.WriteString("\treturn x\n}\n")
	return b.String()
}

// A plainToy is a toy without infeasible edges and with a fixed number of
// states at each block, so that the work is that of the solver.
type plainToy struct{ *toy }

func (p plainToy) Step(b *ssa.BasicBlock, s toyState) [][]toyState {
	out := make([][]toyState, len(b.Succs))
	for i := range out {
		t := s
		t.facts = s.facts&^p.kill[b.Index] | p.gen[b.Index]
		out[i] = []toyState{t}
	}
	return out
}

// BenchmarkSolve solves a problem of four states a block, and computes the
// live values; the ns/block tell how the cost grows with the function:
//
//	go test ./internal/flow -run NONE -bench Solve
func BenchmarkSolve(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		fn := build(b, structuredSource(n))["S"]
		p := plainToy{newToy(rand.New(rand.NewPCG(7, 7)), fn, 4, 1)}
		var in []toyState
		for i := range 4 {
			in = append(in, toyState{num: i, facts: 1<<64 - 1})
		}
		perBlock := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(fn.Blocks)), "ns/block")
		}
		b.Run(fmt.Sprintf("solve/%d", n), func(b *testing.B) {
			for range b.N {
				if !Solve(fn, p, in, Limits{States: 64, Steps: 1 << 30}) {
					b.Fatal("gave up")
				}
			}
			perBlock(b)
		})
		b.Run(fmt.Sprintf("liveness/%d", n), func(b *testing.B) {
			for range b.N {
				Liveness(fn)
			}
			perBlock(b)
		})
		b.Run(fmt.Sprintf("loops/%d", n), func(b *testing.B) {
			for range b.N {
				InLoops(fn)
			}
			perBlock(b)
		})
	}
}

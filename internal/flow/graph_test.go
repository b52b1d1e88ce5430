package flow

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/tools/go/ssa"
)

// naiveLiveness is the textbook: the equations, applied until nothing changes.
func naiveLiveness(fn *ssa.Function) []map[ssa.Value]bool {
	in := make([]map[ssa.Value]bool, len(fn.Blocks))
	for i := range in {
		in[i] = map[ssa.Value]bool{}
	}
	ofFunction := func(v ssa.Value) bool {
		switch v := v.(type) {
		case *ssa.Parameter, *ssa.FreeVar:
			return true
		case ssa.Instruction:
			return v.Parent() == fn
		}
		return false
	}
	for changed := true; changed; {
		changed = false
		for _, b := range fn.Blocks {
			live := map[ssa.Value]bool{}
			for _, s := range b.Succs {
				for v := range in[s.Index] {
					if phi, ok := v.(*ssa.Phi); !ok || phi.Block() != s {
						live[v] = true
					}
				}
				for _, instr := range s.Instrs {
					if phi, ok := instr.(*ssa.Phi); ok {
						for i, p := range s.Preds {
							if p == b && ofFunction(phi.Edges[i]) {
								live[phi.Edges[i]] = true
							}
						}
					}
				}
			}
			for _, instr := range slices.Backward(b.Instrs) {
				if _, ok := instr.(*ssa.Phi); ok {
					continue // its value is there at the entry, its operands belong to the edges
				}
				if v, ok := instr.(ssa.Value); ok {
					delete(live, v)
				}
				for _, op := range instr.Operands(nil) {
					if *op != nil && ofFunction(*op) {
						live[*op] = true
					}
				}
			}
			if len(live) != len(in[b.Index]) {
				in[b.Index], changed = live, true
			}
		}
	}
	return in
}

func checkLiveness(t *testing.T, fn *ssa.Function) {
	t.Helper()
	live, want := Liveness(fn), naiveLiveness(fn)
	var values []ssa.Value
	for _, p := range fn.Params {
		values = append(values, p)
	}
	for _, p := range fn.FreeVars {
		values = append(values, p)
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if v, ok := instr.(ssa.Value); ok {
				values = append(values, v)
			}
		}
	}
	for _, b := range fn.Blocks {
		for _, v := range values {
			if got := live.In(b, v); got != want[b.Index][v] {
				t.Errorf("%s, block %d: In(%s = %s) is %t", fn, b.Index, v.Name(), v, got)
			}
		}
	}
}

func checkLoops(t *testing.T, fn *ssa.Function) {
	t.Helper()
	reach := reaches(fn)
	for i, got := range InLoops(fn) {
		if got != reach[i][i] {
			t.Errorf("%s, block %d: in a loop is %t", fn, i, got)
		}
	}
}

func checkOrder(t *testing.T, fn *ssa.Function) {
	t.Helper()
	place := order(fn)
	sorted := slices.Sorted(slices.Values(place))
	for i, p := range sorted {
		if i != p {
			t.Fatalf("%s: %v is no permutation", fn, place)
		}
	}
	reach := reaches(fn)
	for _, b := range fn.Blocks {
		for _, s := range b.Succs {
			if !reach[s.Index][b.Index] && place[b.Index] >= place[s.Index] {
				t.Errorf("%s: block %d comes at %d, but its successor %d, from which no way leads back, at %d", fn, b.Index, place[b.Index], s.Index, place[s.Index])
			}
		}
	}
}

const handWritten = `package p

func c(i int) int
func use(xs ...any)

func empty() {}

func straight(a, b int) int { x := a + b; use(x); return a }

func branch(a, b int) int {
	if c(a) > 0 {
		return b
	}
	return c(a)
}

func swapped(a, b, n int) int {
	for i := 0; i < n; i++ {
		a, b = b, a
	}
	return a
}

func selfLoop() { for { use() } }

func nested(n int) (sum int) {
	for i := 0; i < n; i++ {
		for j := i; j < n; j++ {
			if c(j) == i {
				continue
			}
			if c(i) == j {
				break
			}
			sum += i * j
		}
	}
	return
}

func irreducible(n int) int {
	if n > 0 {
		goto inside
	}
head:
	n++
inside:
	n--
	if c(n) > 0 {
		goto head
	}
	return n
}

func captured(n int) func() int {
	x := n
	defer func() { use(x, recover()) }()
	for range n {
		x++
	}
	return func() int { return x + n }
}

func dead(n int) int {
	return n
	n++
	for n > 0 {
		n--
	}
	return n
}

func choose(ch, done chan int, v any) int {
	for {
		select {
		case x := <-ch:
			use(x)
		case <-done:
			switch v := v.(type) {
			case int:
				return v
			case string:
				return len(v)
			}
			return 0
		}
	}
}

func iterate(seq func(func(int, string) bool), m map[string]int) (n int) {
	for i, s := range seq {
		if i > 3 {
			return m[s]
		}
		n += i
	}
	for k, v := range m {
		if k != "" {
			n += v
		}
	}
	return n
}
`

// handWrittenFunctions calls do with each function of handWritten and the
// literals inside it.
func handWrittenFunctions(t *testing.T, do func(t *testing.T, fn *ssa.Function)) {
	t.Helper()
	var visit func(fn *ssa.Function)
	visit = func(fn *ssa.Function) {
		do(t, fn)
		for _, anon := range fn.AnonFuncs {
			visit(anon)
		}
	}
	for _, fn := range build(t, handWritten) {
		visit(fn)
	}
}

func TestLivenessIsTheSolutionOfItsEquations(t *testing.T) {
	t.Parallel()
	handWrittenFunctions(t, checkLiveness)
	randomFunctions(t, 150, func(t *testing.T, _ *rand.Rand, fn *ssa.Function) { checkLiveness(t, fn) })
}

func TestInLoopsMeansThatAPathLeadsBack(t *testing.T) {
	t.Parallel()
	handWrittenFunctions(t, checkLoops)
	randomFunctions(t, 150, func(t *testing.T, _ *rand.Rand, fn *ssa.Function) { checkLoops(t, fn) })
}

func TestOrderPutsABlockAfterAllThatItDoesNotLeadBackTo(t *testing.T) {
	t.Parallel()
	handWrittenFunctions(t, checkOrder)
	randomFunctions(t, 150, func(t *testing.T, _ *rand.Rand, fn *ssa.Function) { checkOrder(t, fn) })
}

// TestLivenessOfTheRightValues guards the naive implementation, too.
func TestLivenessOfTheRightValues(t *testing.T) {
	t.Parallel()
	fns := build(t, handWritten)

	fn := fns["branch"]
	live := Liveness(fn)
	a, b := fn.Params[0], fn.Params[1]
	yes, no := fn.Blocks[0].Succs[0], fn.Blocks[0].Succs[1]
	assert.True(t, live.In(fn.Blocks[0], a), "a is read in the first block")
	assert.True(t, live.In(fn.Blocks[0], b), "b is read on one of the branches")
	assert.False(t, live.In(yes, a), "nobody reads a on the branch that returns b")
	assert.True(t, live.In(yes, b))
	assert.True(t, live.In(no, a))
	assert.False(t, live.In(no, b))

	fn = fns["swapped"]
	live = Liveness(fn)
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if phi, ok := instr.(*ssa.Phi); ok {
				assert.True(t, live.In(b, phi), "the value of the phi %s is chosen on the edge", phi.Name())
			}
		}
	}

	outer := fns["captured"]
	lit := outer.AnonFuncs[1]
	inner := Liveness(lit)
	for _, fv := range lit.FreeVars {
		assert.True(t, inner.In(lit.Blocks[0], fv), "captured variable %s", fv.Name())
	}
	assert.False(t, inner.In(lit.Blocks[0], outer.Params[0]), "a value of another function")
	assert.False(t, inner.In(lit.Blocks[0], fns["c"]), "a function is no value of a function")
}

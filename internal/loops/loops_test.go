package loops

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

const source = `package p

type node struct { next *node; id int }

func use(int)
func more() bool

func none(x int) { use(x) }

func ranges(xs []int) { for _, x := range xs { use(x) } }

func nested(xs [][]int) { for _, ys := range xs { for _, y := range ys { use(y) } } }

func jumps(xs []int) {
	i := 0
again:
	if i < len(xs) {
		use(xs[i])
		i++
		goto again
	}
}

func fixed() { for i := 0; i < 3; i++ { use(i) } }

func fixedRange() { for i := range 3 { use(i) } }

func bounded(n int) { for i := 0; i < n; i++ { use(i) } }

func endless() { for { use(1) } }

func leaves(xs []int) { for _, x := range xs { if x == 0 { continue }; use(x); return } }

func maybe(xs []int) { for _, x := range xs { use(x); if more() { return } } }

func walks(n *node) { for ; n != nil; n = n.next { use(n.id) } }

func drains(xs []int) { for len(xs) > 0 { x := xs[0]; xs = xs[1:]; if more() { xs = append(xs, x) }; use(x) } }

func grows(xs []int) { for more() { xs = append(xs, 1); use(len(xs)) } }
`

func build(t *testing.T) *ssa.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	require.NoError(t, err)
	pkg, _, err := ssautil.BuildPackage(&types.Config{Importer: importer.Default()}, fset, types.NewPackage("p", "p"), []*ast.File{file}, 0)
	require.NoError(t, err)
	return pkg
}

// uses returns the block of the call of use in a function.
func uses(t *testing.T, fn *ssa.Function) *ssa.BasicBlock {
	t.Helper()
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if c, ok := instr.(*ssa.Call); ok && c.Call.StaticCallee() != nil && c.Call.StaticCallee().Name() == "use" {
				return b
			}
		}
	}
	require.Fail(t, "no call of use", fn.Name())
	return nil
}

func TestLoops(t *testing.T) {
	t.Parallel()
	pkg := build(t)
	for _, c := range []struct {
		name           string
		loops, depth   int
		fixed, repeats bool
	}{
		{"none", 0, 0, false, false},
		{"ranges", 1, 1, false, true},
		{"nested", 2, 2, false, true},
		{"jumps", 1, 1, false, true},
		{"fixed", 1, 1, true, true},
		{"fixedRange", 1, 1, true, true},
		{"bounded", 1, 1, false, true},
		{"endless", 1, 1, false, true},
		{"leaves", 1, 0, false, false},
		{"maybe", 1, 1, false, true},
		{"walks", 1, 1, false, true},
		{"drains", 1, 1, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fn := pkg.Func(c.name)
			nest := Find(fn)
			require.Len(t, nest.Loops, c.loops)
			at := uses(t, fn)
			depth := 0
			for l := nest.Of(at); l != nil; l = l.Parent {
				assert.True(t, l.Has(at))
				assert.True(t, l.Has(l.Header))
				assert.Same(t, l, nest.Loops[l.Index])
				assert.Equal(t, c.fixed, l.Fixed())
				assert.Equal(t, c.repeats, l.Repeats(at))
				depth++
			}
			assert.Equal(t, c.depth, depth)
		})
	}
}

// An outer loop has all blocks of an inner one.
func TestInnerLoopsComeAfterOuterOnes(t *testing.T) {
	t.Parallel()
	fn := build(t).Func("nested")
	nest := Find(fn)
	require.Len(t, nest.Loops, 2)
	assert.Same(t, nest.Loops[0], nest.Loops[1].Parent)
	assert.Nil(t, nest.Loops[0].Parent)
	for _, b := range fn.Blocks {
		if nest.Loops[1].Has(b) {
			assert.True(t, nest.Loops[0].Has(b))
		}
	}
}

func TestWhatThePhisAre(t *testing.T) {
	t.Parallel()
	pkg := build(t)
	never := func(*ssa.Call) bool { return false }
	for _, c := range []struct {
		name                  string
		counts, walks, drains bool
	}{
		{"ranges", true, false, false},
		{"bounded", true, false, false},
		{"walks", false, true, false},
		{"drains", false, false, true},
		{"grows", false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			nest := Find(pkg.Func(c.name))
			l := nest.Loops[0]
			counts, walks, drains := false, false, false
			for _, instr := range l.Header.Instrs {
				if phi, ok := instr.(*ssa.Phi); ok {
					counts = counts || l.Counts(phi)
					walks = walks || l.Walks(phi, never)
					drains = drains || l.Drains(phi)
				}
			}
			assert.Equal(t, c.counts, counts, "counts")
			assert.Equal(t, c.walks, walks, "walks")
			assert.Equal(t, c.drains, drains, "drains")
		})
	}
}

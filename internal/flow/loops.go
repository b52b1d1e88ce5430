package flow

import "golang.org/x/tools/go/ssa"

// InLoops reports for each block of fn, by index, whether it lies on a cycle.
// It computes the strongly connected components after Tarjan (1972).
func InLoops(fn *ssa.Function) []bool {
	n := len(fn.Blocks)
	t := &tarjan{index: make([]int, n), low: make([]int, n), on: make([]bool, n), in: make([]bool, n)}
	for _, b := range fn.Blocks {
		if t.index[b.Index] == 0 {
			t.visit(b)
		}
	}
	return t.in
}

type tarjan struct {
	next       int
	index, low []int
	on, in     []bool
	stack      []*ssa.BasicBlock
}

// visit walks from root with a stack of its own: generated code nests deep.
func (t *tarjan) visit(root *ssa.BasicBlock) {
	type frame struct {
		b *ssa.BasicBlock
		i int
	}
	enter := func(b *ssa.BasicBlock) frame {
		t.next++
		t.index[b.Index], t.low[b.Index] = t.next, t.next
		t.stack = append(t.stack, b)
		t.on[b.Index] = true
		return frame{b, 0}
	}
	work := []frame{enter(root)}
	for len(work) > 0 {
		top := &work[len(work)-1]
		b := top.b.Index
		if top.i < len(top.b.Succs) {
			s := top.b.Succs[top.i]
			top.i++
			switch {
			case t.index[s.Index] == 0:
				work = append(work, enter(s))
			case t.on[s.Index]:
				t.low[b] = min(t.low[b], t.index[s.Index])
				if s.Index == b {
					t.in[b] = true
				}
			}
			continue
		}
		if t.low[b] == t.index[b] {
			t.pop(top.b)
		}
		work = work[:len(work)-1]
		if len(work) > 0 {
			p := work[len(work)-1].b.Index
			t.low[p] = min(t.low[p], t.low[b])
		}
	}
}

// pop takes the component of b off the stack and marks it if it is a cycle.
func (t *tarjan) pop(b *ssa.BasicBlock) {
	many := t.stack[len(t.stack)-1] != b
	for {
		x := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.on[x.Index] = false
		t.in[x.Index] = t.in[x.Index] || many
		if x == b {
			return
		}
	}
}

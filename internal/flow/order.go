package flow

import (
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// order returns for each block its place in reverse postorder, so that a block
// is visited after as many of its predecessors as the loops allow.
func order(fn *ssa.Function) []int {
	place := make([]int, len(fn.Blocks))
	seen := make([]bool, len(fn.Blocks))
	next := len(fn.Blocks)
	type frame struct {
		b *ssa.BasicBlock
		i int
	}
	// An explicit stack: generated code has functions of many thousand blocks.
	for _, root := range fn.Blocks {
		if seen[root.Index] {
			continue
		}
		seen[root.Index] = true
		stack := []frame{{root, 0}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.i < len(top.b.Succs) {
				succ := top.b.Succs[top.i]
				top.i++
				if !seen[succ.Index] {
					seen[succ.Index] = true
					stack = append(stack, frame{succ, 0})
				}
				continue
			}
			next--
			place[top.b.Index] = next
			stack = stack[:len(stack)-1]
		}
	}
	return place
}

// blockQueue is a heap of block indices by their place in the order.
type blockQueue struct {
	order  []int
	blocks []int
}

func (q *blockQueue) Len() int           { return len(q.blocks) }
func (q *blockQueue) Less(i, j int) bool { return q.order[q.blocks[i]] < q.order[q.blocks[j]] }
func (q *blockQueue) Swap(i, j int)      { q.blocks[i], q.blocks[j] = q.blocks[j], q.blocks[i] }
func (q *blockQueue) Push(x any)         { q.blocks = append(q.blocks, x.(int)) }
func (q *blockQueue) Pop() any {
	x := q.blocks[len(q.blocks)-1]
	q.blocks = q.blocks[:len(q.blocks)-1]
	return x
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

package flow

import "golang.org/x/tools/go/ssa"

// Live holds, for each block of a function, the values that some path from
// its entry still reads.
type Live struct {
	in []map[ssa.Value]bool
}

// Liveness computes the live values of fn by walking from each use up to its
// definition, which costs the sum of the lengths of the live ranges.
// A phi reads its operands at the end of the predecessors.
func Liveness(fn *ssa.Function) *Live {
	l := &Live{make([]map[ssa.Value]bool, len(fn.Blocks))}
	for i := range l.in {
		l.in[i] = map[ssa.Value]bool{}
	}
	var ops []*ssa.Value
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if phi, ok := instr.(*ssa.Phi); ok {
				for i, e := range phi.Edges {
					l.liveOut(b.Preds[i], e)
				}
				continue
			}
			ops = instr.Operands(ops[:0])
			for _, op := range ops {
				if *op != nil {
					l.use(b, *op)
				}
			}
		}
	}
	return l
}

// In reports whether v is live at the entry of b.
func (l *Live) In(b *ssa.BasicBlock, v ssa.Value) bool { return l.in[b.Index][v] }

// use makes v live at the entry of b unless b itself defines it.
func (l *Live) use(b *ssa.BasicBlock, v ssa.Value) {
	def, local := definition(v, b.Parent())
	if !local {
		return
	}
	stack := []*ssa.BasicBlock{b}
	for len(stack) > 0 {
		b := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if l.in[b.Index][v] || def == b && !definedByPhi(v) {
			continue
		}
		// The value of a phi is there at its block's entry: it is chosen on
		// the edge.
		l.in[b.Index][v] = true
		if def == b {
			continue
		}
		stack = append(stack, b.Preds...)
	}
}

// liveOut makes v live at the end of b.
func (l *Live) liveOut(b *ssa.BasicBlock, v ssa.Value) { l.use(b, v) }

func definedByPhi(v ssa.Value) bool {
	_, ok := v.(*ssa.Phi)
	return ok
}

// definition returns the block that defines v, nil for parameters and captured
// variables; local is false for what belongs to no function.
func definition(v ssa.Value, fn *ssa.Function) (def *ssa.BasicBlock, local bool) {
	switch v := v.(type) {
	case *ssa.Parameter, *ssa.FreeVar:
		return nil, true
	case ssa.Instruction:
		return v.Block(), v.Parent() == fn
	}
	return nil, false
}

// Package loops finds the loops of a function in SSA form, and says what they
// walk: whether a value is the variable that counts the rounds, whether the
// number of rounds is fixed by the source, whether a block can run more than
// once.
//
// A loop is a natural loop: the blocks from which a back edge to a dominating
// header can be reached. All statements of the language that repeat are of
// that form, goto included, but for a goto into the middle of a loop, which is
// no loop here. Loops whose body is a function (range over a function,
// callbacks) are none in SSA; who calls the function decides.
package loops

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A Loop is one natural loop.
type Loop struct {
	// Index is the place of the loop in its nest.
	Index  int
	Header *ssa.BasicBlock
	// Parent is the loop around this one, nil if there is none.
	Parent *Loop
	in     []bool // by block index
	size   int
}

// Has reports whether b belongs to the loop.
func (l *Loop) Has(b *ssa.BasicBlock) bool { return b != nil && l.in[b.Index] }

// A Nest holds the loops of one function.
type Nest struct {
	// Loops are sorted such that an inner loop comes after those around it.
	Loops     []*Loop
	innermost []*Loop
}

// Of returns the innermost loop around b, nil if there is none.
func (n *Nest) Of(b *ssa.BasicBlock) *Loop {
	if b == nil || b.Index >= len(n.innermost) {
		return nil
	}
	return n.innermost[b.Index]
}

// Find returns the loops of fn.
func Find(fn *ssa.Function) *Nest {
	byHeader := map[*ssa.BasicBlock]*Loop{}
	for _, b := range fn.Blocks {
		for _, h := range b.Succs {
			if h.Dominates(b) {
				l := byHeader[h]
				if l == nil {
					l = &Loop{Header: h, in: make([]bool, len(fn.Blocks))}
					l.in[h.Index], l.size = true, 1
					byHeader[h] = l
				}
				l.addFrom(b)
			}
		}
	}
	n := &Nest{innermost: make([]*Loop, len(fn.Blocks))}
	for _, b := range fn.Blocks {
		if l := byHeader[b]; l != nil {
			n.Loops = append(n.Loops, l)
		}
	}
	slices.SortStableFunc(n.Loops, func(x, y *Loop) int { return y.size - x.size })
	for i, l := range n.Loops {
		l.Index = i
		l.Parent = n.innermost[l.Header.Index]
		for j, in := range l.in {
			if in {
				n.innermost[j] = l
			}
		}
	}
	return n
}

// addFrom adds the blocks from which b is reached without passing the header.
func (l *Loop) addFrom(b *ssa.BasicBlock) {
	work := []*ssa.BasicBlock{b}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		if l.in[x.Index] {
			continue
		}
		l.in[x.Index] = true
		l.size++
		work = append(work, x.Preds...)
	}
}

// Repeats reports whether another round of the loop can follow once b has run.
func (l *Loop) Repeats(b *ssa.BasicBlock) bool {
	seen := make([]bool, len(l.in))
	work := []*ssa.BasicBlock{b}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range x.Succs {
			if s == l.Header {
				return true
			}
			if l.Has(s) && !seen[s.Index] {
				seen[s.Index] = true
				work = append(work, s)
			}
		}
	}
	return false
}

// Carried returns the value that the variable phi has after a round of the
// loop, nil if phi is no variable of the loop's header or has several.
func (l *Loop) Carried(phi *ssa.Phi) ssa.Value {
	if phi.Block() != l.Header {
		return nil
	}
	var out ssa.Value
	for i, p := range l.Header.Preds {
		if !l.Has(p) {
			continue
		}
		if out != nil && out != phi.Edges[i] && phi.Edges[i] != phi {
			return nil
		}
		if phi.Edges[i] != phi {
			out = phi.Edges[i]
		}
	}
	return out
}

// Counts reports whether phi counts the rounds of the loop: each round adds the
// same constant to it.
func (l *Loop) Counts(phi *ssa.Phi) bool {
	if b, ok := phi.Type().Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 || phi.Block() != l.Header {
		return false
	}
	counts := false
	for i, p := range l.Header.Preds {
		if !l.Has(p) {
			continue
		}
		if step, ok := phi.Edges[i].(*ssa.BinOp); !ok || !addsConstant(step, phi) {
			return false
		}
		counts = true
	}
	return counts
}

func addsConstant(step *ssa.BinOp, phi *ssa.Phi) bool {
	if step.Op != token.ADD && step.Op != token.SUB {
		return false
	}
	_, right := step.Y.(*ssa.Const)
	return step.X == phi && right
}

// Fixed reports whether the source says how often the loop runs: it counts up
// to a constant.
func (l *Loop) Fixed() bool {
	bound, ok := l.Bound().(*ssa.Const)
	return ok && bound.Value != nil && bound.Value.Kind() == constant.Int
}

// Bound returns what the loop counts to, by steps of one constant and from
// another; nil if it does not count.
func (l *Loop) Bound() ssa.Value {
	if len(l.Header.Instrs) == 0 {
		return nil
	}
	branch, ok := l.Header.Instrs[len(l.Header.Instrs)-1].(*ssa.If)
	if !ok || l.Has(l.Header.Succs[0]) && l.Has(l.Header.Succs[1]) {
		return nil
	}
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return nil
	}
	for _, sides := range [][2]ssa.Value{{cmp.X, cmp.Y}, {cmp.Y, cmp.X}} {
		if l.counter(sides[0]) {
			return sides[1]
		}
	}
	return nil
}

// counter reports whether v counts the rounds of the loop, before or after the
// step, and started at a constant.
func (l *Loop) counter(v ssa.Value) bool {
	if step, ok := v.(*ssa.BinOp); ok {
		v = step.X
	}
	phi, ok := v.(*ssa.Phi)
	if !ok || !l.Counts(phi) {
		return false
	}
	for i, p := range l.Header.Preds {
		if _, constant := phi.Edges[i].(*ssa.Const); !l.Has(p) && !constant {
			return false
		}
	}
	return true
}

// Walks reports whether phi goes along a chain of linked values: each round
// takes it from itself, by a field or by what next says is the way on.
func (l *Loop) Walks(phi *ssa.Phi, next func(*ssa.Call) bool) bool {
	v := l.Carried(phi)
	for v != nil {
		switch x := v.(type) {
		case *ssa.UnOp:
			field, ok := x.X.(*ssa.FieldAddr)
			if x.Op != token.MUL || !ok {
				return false
			}
			v = field.X
		case *ssa.Call:
			if !next(x) || len(x.Call.Args) != 1 {
				return false
			}
			v = x.Call.Args[0]
		default:
			return false
		}
		if v == phi {
			return true
		}
	}
	return false
}

// Drains reports whether phi is a list of work: each round cuts it, and may add
// to it.
func (l *Loop) Drains(phi *ssa.Phi) bool {
	if _, ok := phi.Type().Underlying().(*types.Slice); !ok || phi.Block() != l.Header {
		return false
	}
	seen := map[ssa.Value]bool{}
	var cut func(v ssa.Value, sliced bool) bool
	cut = func(v ssa.Value, sliced bool) bool {
		if v == phi {
			return sliced
		}
		if seen[v] {
			return false
		}
		seen[v] = true
		switch v := v.(type) {
		case *ssa.Slice:
			return cut(v.X, true)
		case *ssa.Phi:
			for _, e := range v.Edges {
				if cut(e, sliced) {
					return true
				}
			}
		case *ssa.Call:
			if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
				return cut(v.Call.Args[0], sliced)
			}
		}
		return false
	}
	for i, p := range l.Header.Preds {
		if l.Has(p) && cut(phi.Edges[i], false) {
			return true
		}
	}
	return false
}

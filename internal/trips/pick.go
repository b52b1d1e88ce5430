package trips

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// pickedFor returns the loop of which each round sends a statement that stands in
// the block of the loop l. That is l, unless l only picks the one element that is
// equal to something of an outer loop. It also reports whether the element is
// equal to something of no loop: of the whole collection only one is asked for.
func (f *flow) pickedFor(l *loops.Loop, b *ssa.BasicBlock) (of *loops.Loop, picks bool) {
	if l == nil {
		return nil, false
	}
	with := f.equalTo(l, b)
	if with == nil {
		return l, false
	}
	d := f.deep(with)
	for outer := l.Parent; outer != nil; outer = outer.Parent {
		if d.has(roleBit(outer.Index, element)) && outer.Repeats(b) {
			return outer, false
		}
	}
	return l, true
}

// equalTo returns what the element of the loop, or a part of it, is equal to
// wherever control is in b; nil if there is nothing that the loop leaves alone.
func (f *flow) equalTo(l *loops.Loop, b *ssa.BasicBlock) ssa.Value {
	mine := roleBit(l.Index, element)
	for d := b.Idom(); d != nil && l.Has(d) && d != l.Header; d = d.Idom() {
		cmp, same := equality(d)
		if cmp == nil || len(same.Preds) != 1 || !same.Dominates(b) {
			continue
		}
		x, y := cmp.X, cmp.Y
		if f.deep(y).has(mine) {
			x, y = y, x
		}
		if _, constant := y.(*ssa.Const); !constant && f.deep(x).has(mine) && !f.deep(y).has(mine) && f.invariant(y, l, 0) {
			return y
		}
	}
	return nil
}

// equality returns what the branch at the end of b compares, and where control
// goes if both are equal; nil if it asks something else.
func equality(b *ssa.BasicBlock) (cmp *ssa.BinOp, same *ssa.BasicBlock) {
	branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return nil, nil
	}
	cmp, ok = branch.Cond.(*ssa.BinOp)
	switch {
	case ok && cmp.Op == token.EQL:
		return cmp, b.Succs[0]
	case ok && cmp.Op == token.NEQ:
		return cmp, b.Succs[1]
	}
	return nil, nil
}

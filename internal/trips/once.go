package trips

import (
	"go/constant"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// firstRound reports whether b runs only as long as a variable of the loop has
// the value that it began with, and some round changes that.
func firstRound(l *loops.Loop, b *ssa.BasicBlock) bool {
	for c, d := b, b.Idom(); d != nil && l.Has(d) && c != l.Header; c, d = d, d.Idom() {
		cmp, same := equality(d)
		if cmp == nil {
			continue
		}
		phi, ok := cmp.X.(*ssa.Phi)
		start, constant := cmp.Y.(*ssa.Const)
		if ok && constant && len(same.Preds) == 1 && same.Dominates(b) && leaves(l, phi, start) {
			return true
		}
	}
	return false
}

// leaves reports whether phi, a variable of the loop, is the constant before the
// loop, and after every round something that is not.
func leaves(l *loops.Loop, phi *ssa.Phi, start *ssa.Const) bool {
	if phi.Block() != l.Header {
		return false
	}
	for i, e := range phi.Edges {
		c, constant := e.(*ssa.Const)
		switch {
		case !l.Has(phi.Block().Preds[i]):
			if !constant || !sameConst(c, start) {
				return false
			}
		case constant && sameConst(c, start), e == phi:
			return false
		}
	}
	return !l.Counts(phi)
}

// flagged reports whether b runs only as long as a flag has the value that it has
// before the loop, and the rounds that run b change it.
func flagged(l *loops.Loop, b *ssa.BasicBlock) bool {
	for c, d := b, b.Idom(); d != nil && l.Has(d) && c != l.Header; c, d = d, d.Idom() {
		branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok || len(c.Preds) != 1 || d.Succs[0] == d.Succs[1] {
			continue
		}
		cond, unset := branch.Cond, d.Succs[0] == c
		if not, ok := cond.(*ssa.UnOp); ok && not.Op == token.NOT {
			cond, unset = not.X, !unset
		}
		if flag, ok := cond.(*ssa.Phi); ok && flag.Block() == l.Header && turned(l, flag, unset, b) {
			return true
		}
	}
	return false
}

// turned reports whether flag, a variable of the loop, is unset before the loop, and
// something else after each round that runs b.
func turned(l *loops.Loop, flag *ssa.Phi, unset bool, b *ssa.BasicBlock) bool {
	seen := map[*ssa.Phi]bool{flag: true}
	var isTurned func(v ssa.Value, from *ssa.BasicBlock) bool
	isTurned = func(v ssa.Value, from *ssa.BasicBlock) bool {
		switch v := v.(type) {
		case *ssa.Const:
			return !sameBool(v, unset)
		case *ssa.Phi:
			if seen[v] {
				return v != flag || from != b && !reaches(b, from, l)
			}
			seen[v] = true
			for i, e := range v.Edges {
				if !isTurned(e, v.Block().Preds[i]) {
					return false
				}
			}
			return true
		}
		return false
	}
	for i, e := range flag.Edges {
		p := flag.Block().Preds[i]
		start, known := e.(*ssa.Const)
		if l.Has(p) && !isTurned(e, p) || !l.Has(p) && (!known || !sameBool(start, unset)) {
			return false
		}
	}
	return true
}

func sameBool(c *ssa.Const, b bool) bool { return constant.BoolVal(c.Value) == b }

func sameConst(x, y *ssa.Const) bool {
	if x.Value == nil || y.Value == nil {
		return x.Value == y.Value
	}
	return constant.Compare(x.Value, token.EQL, y.Value)
}

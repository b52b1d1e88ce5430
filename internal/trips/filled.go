package trips

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// filledOnce reports whether the call runs only to fill in what it has not
// found: behind a look-up in a map that outlives the call and that the function
// then writes, or under a test for nil of a variable from before the loop that
// it then sets. Rounds that come later find it there.
func (f *flow) filledOnce(c ssa.CallInstruction) bool {
	for b := c.Block(); b != nil; b = b.Idom() {
		d := b.Idom()
		if d == nil {
			break
		}
		branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		for i, s := range d.Succs {
			if len(s.Preds) != 1 || !s.Dominates(c.Block()) {
				continue
			}
			missing := i == 1 // the condition is false
			if f.notInMap(branch.Cond, missing) || f.notSet(branch, missing, c) || f.setBeside(branch, missing, s, c) {
				return true
			}
		}
	}
	return false
}

// notInMap reports whether cond, being false or true as told, says that a map
// which outlives the call and which the function writes lacks a key.
func (f *flow) notInMap(cond ssa.Value, isFalse bool) bool {
	if not, ok := cond.(*ssa.UnOp); ok && not.Op == token.NOT {
		return f.notInMap(not.X, !isFalse)
	}
	var found *ssa.Lookup
	switch cond := cond.(type) {
	case *ssa.Extract:
		if l, ok := cond.Tuple.(*ssa.Lookup); ok && cond.Index == 1 && isFalse {
			found = l
		}
	case *ssa.BinOp:
		if l, ok := cond.X.(*ssa.Lookup); ok && isNil(cond.Y) && isFalse == (cond.Op == token.NEQ) {
			found = l
		}
	}
	if found == nil {
		return false
	}
	root, field := f.root(found.X)
	switch root.(type) {
	case *ssa.Parameter, *ssa.Global:
	default:
		return false // a map of this call only saves asking twice for the same
	}
	for _, b := range f.fn.Blocks {
		for _, instr := range b.Instrs {
			if up, ok := instr.(*ssa.MapUpdate); ok {
				if r, k := f.root(up.Map); r == root && k == field {
					return true
				}
			}
		}
	}
	return false
}

// notSet reports whether the branch, its condition being false or true as told,
// says that a variable from before the loop is nil, which the call then sets.
func (f *flow) notSet(branch *ssa.If, isFalse bool, c ssa.CallInstruction) bool {
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok || !isNil(cmp.Y) || isError(cmp.X.Type()) || isFalse != (cmp.Op == token.NEQ) {
		return false
	}
	l := f.nest.Of(branch.Block())
	v, ok := c.(*ssa.Call)
	if l == nil || !ok {
		return false
	}
	switch x := cmp.X.(type) {
	case *ssa.Phi:
		return l.Has(x.Block()) && comesFrom(x, v, map[ssa.Value]bool{})
	case *ssa.UnOp:
		cell, ok := x.X.(*ssa.Alloc)
		if !ok || l.Has(cell.Block()) {
			return false
		}
		for _, ref := range *cell.Referrers() {
			if st, ok := ref.(*ssa.Store); ok && st.Addr == cell && comesFrom(st.Val, v, map[ssa.Value]bool{}) {
				return true
			}
		}
	}
	return false
}

// setBeside reports whether another call that always runs before c, on the same
// side of the branch, sets what the branch asks for.
func (f *flow) setBeside(branch *ssa.If, isFalse bool, side *ssa.BasicBlock, c ssa.CallInstruction) bool {
	for b := c.Block(); b != nil && side.Dominates(b); b = b.Idom() {
		for _, instr := range b.Instrs {
			if instr == c.(ssa.Instruction) {
				break
			}
			if other, ok := instr.(*ssa.Call); ok && f.notSet(branch, isFalse, other) {
				return true
			}
		}
	}
	return false
}

// comesFrom reports whether v is, on some way, a result of the call.
func comesFrom(v ssa.Value, call *ssa.Call, seen map[ssa.Value]bool) bool {
	if seen[v] {
		return false
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.Call:
		return v == call
	case *ssa.Extract:
		return v.Tuple == ssa.Value(call)
	case *ssa.ChangeInterface:
		return comesFrom(v.X, call, seen)
	case *ssa.MakeInterface:
		return comesFrom(v.X, call, seen)
	case *ssa.Phi:
		for _, e := range v.Edges {
			if comesFrom(e, call, seen) {
				return true
			}
		}
	}
	return false
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}

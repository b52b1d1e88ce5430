package trips

import (
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// heldAlready reports whether the call in the loop, or in the function if l is
// nil, runs only where a field of an element, or of what the function is given,
// is nil, and its result is put there: whoever made the elements may have filled
// it in.
func (f *flow) heldAlready(l *loops.Loop, c ssa.CallInstruction) bool {
	call, ok := c.(*ssa.Call)
	if !ok {
		return false
	}
	for b, d := c.Block(), c.Block().Idom(); d != nil && (l == nil || l.Has(d) && b != l.Header); b, d = d, d.Idom() {
		branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		cmp, ok := branch.Cond.(*ssa.BinOp)
		if !ok || !isNil(cmp.Y) || isError(cmp.X.Type()) || !f.avoids(d, b, l, failedSide) {
			continue
		}
		load, ok := cmp.X.(*ssa.UnOp)
		if !ok {
			continue
		}
		field, ok := load.X.(*ssa.FieldAddr)
		if !ok || !f.putThere(call, field) {
			continue
		}
		if l == nil {
			if _, given := field.X.(*ssa.Parameter); given {
				return true
			}
		} else if f.deep(field).has(roleBit(l.Index, element)) {
			return true
		}
	}
	return false
}

// fallsBack reports whether the function hands out something else, and makes the
// call only to fill in what it was given, where that is not filled in yet. A
// function that hands out no more than an error is there to fill it in.
func (f *flow) fallsBack(c ssa.CallInstruction) bool {
	for v := range f.fn.Signature.Results().Variables() {
		if !isError(v.Type()) {
			return f.heldAlready(nil, c)
		}
	}
	return false
}

// putThere reports whether what the call returns is stored in that field.
func (f *flow) putThere(call *ssa.Call, field *ssa.FieldAddr) bool {
	of, _ := f.root(field.X)
	for _, b := range f.fn.Blocks {
		for _, instr := range b.Instrs {
			st, ok := instr.(*ssa.Store)
			if !ok || !comesFrom(st.Val, call, map[ssa.Value]bool{}) {
				continue
			}
			if to, ok := st.Addr.(*ssa.FieldAddr); ok && to.Field == field.Field {
				if root, _ := f.root(to.X); root == of {
					return true
				}
			}
		}
	}
	return false
}

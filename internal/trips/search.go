package trips

import (
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// searches reports whether the loop can end after b without failing, other than
// by running out of elements.
func (f *flow) searches(l *loops.Loop, b *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{b: true}
	work := []*ssa.BasicBlock{b}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range x.Succs {
			if l.Has(s) {
				if s != l.Header && !seen[s] {
					seen[s] = true
					work = append(work, s)
				}
				continue
			}
			// An arm of nothing but a break is no block, only an edge.
			if failedSide(x) == s && foundNothing(s) || failedSide(x) != s && !onFailure(s) && !failsFrom(s) && !onFailure(x) && !countsAt(l, x) {
				return true
			}
		}
	}
	return false
}

// foundNothing reports whether s, to which control goes out of a loop where an error
// is not nil, asks of which kind it is, and goes on without failing if it is that:
// what is looked for is what nobody has.
func foundNothing(s *ssa.BasicBlock) bool {
	return asksForKind(s) && !failsFrom(s.Succs[0]) && failsFrom(s.Succs[1])
}

// asksForKind reports whether the branch at the end of b asks of which kind an error
// is: err == sql.ErrNoRows, errors.Is(err, sql.ErrNoRows), IsNotFound(err).
func asksForKind(b *ssa.BasicBlock) bool {
	branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	switch cond := branch.Cond.(type) {
	case *ssa.BinOp:
		return cond.Op == token.EQL && isError(cond.X.Type()) && !isNil(cond.X) && !isNil(cond.Y)
	case *ssa.Call:
		return slices.ContainsFunc(cond.Call.Args, func(v ssa.Value) bool { return isError(v.Type()) })
	}
	return false
}

// countsAt reports whether the branch at the end of b looks at the number of
// the round.
func countsAt(l *loops.Loop, b *ssa.BasicBlock) bool {
	branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return false
	}
	for _, v := range []ssa.Value{cmp.X, cmp.Y} {
		if step, ok := v.(*ssa.BinOp); ok {
			v = step.X
		}
		if phi, ok := v.(*ssa.Phi); ok && l.Counts(phi) {
			return true
		}
	}
	return false
}

// failsFrom reports whether b goes on to a failing return only, or hands an error
// to somebody and returns: a handler has no error to return.
func failsFrom(b *ssa.BasicBlock) bool {
	told := false
	for range 8 {
		told = told || tellsError(b)
		switch last := b.Instrs[len(b.Instrs)-1].(type) {
		case *ssa.Return:
			return fails(last) || told && len(last.Results) == 0
		case *ssa.Panic:
			return true
		case *ssa.Jump:
			b = b.Succs[0]
		default:
			return false
		}
	}
	return false
}

// tellsError reports whether a call in b is given an error that is not nil, as far
// as that is seen.
func tellsError(b *ssa.BasicBlock) bool {
	for _, instr := range b.Instrs {
		if c, ok := instr.(ssa.CallInstruction); ok {
			if slices.ContainsFunc(c.Common().Args, func(v ssa.Value) bool { return isError(v.Type()) && !isNil(v) }) {
				return true
			}
		}
	}
	return false
}

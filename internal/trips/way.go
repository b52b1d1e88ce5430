package trips

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// conditions counts the branches that decide whether the block runs: in the
// loop's round if there is a loop, else in the function. Branches after which
// the function fails do not count, nor does the question whether there is
// something at all.
func (f *flow) conditions(b *ssa.BasicBlock, l *loops.Loop) int {
	n := 0
	for c, d := b, b.Idom(); d != nil; c, d = d, d.Idom() {
		if l != nil && (c == l.Header || !l.Has(d)) {
			break
		}
		branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		if in := f.nest.Of(d); in != nil && in.Header == d && in.Has(c) && in != l {
			continue // whether there is a round
		}
		if in := f.nest.Of(d); in != nil && in == l && in.Header == d {
			break
		}
		if asksForPresence(branch) && f.decides(d, c, l) {
			continue
		}
		if f.avoids(d, c, l, failedSide) {
			n++
		}
	}
	return n
}

// decides reports whether it depends on the branch at the end of d alone whether
// c is reached. Either one way always leads there, unless something fails, and
// the other never; or both do, but for what is found to be there already on one
// of them: in a cache, say.
func (f *flow) decides(d, c *ssa.BasicBlock, l *loops.Loop) bool {
	to, past := d.Succs[0], d.Succs[1]
	if !reaches(to, c, l) {
		to, past = past, to
	}
	if reaches(past, c, l) {
		return !f.avoids(d, c, l, func(x *ssa.BasicBlock) *ssa.BasicBlock { return foundSide(x, c, l) })
	}
	return to == c || !f.avoids(to, c, l, failedSide)
}

// foundSide returns the side of the branch at the end of b to which control goes
// when something is there, if c is not reached from it; and that on which
// something failed.
func foundSide(b, c *ssa.BasicBlock, l *loops.Loop) *ssa.BasicBlock {
	if failed := failedSide(b); failed != nil {
		return failed
	}
	branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If)
	if !ok {
		return nil
	}
	switch cond := branch.Cond.(type) {
	case *ssa.BinOp:
		if !asksForPresence(branch) {
			return nil
		}
	case *ssa.Extract:
		if cond.Index == 0 {
			return nil
		}
		if s := b.Succs[0]; !reaches(s, c, l) {
			return s
		}
		return nil
	}
	for _, s := range b.Succs {
		if !reaches(s, c, l) {
			return s
		}
	}
	return nil
}

// reaches reports whether control can get from x to c in a round.
func reaches(x, c *ssa.BasicBlock, l *loops.Loop) bool {
	if l != nil && (x == l.Header || !l.Has(x)) {
		return false
	}
	seen := map[*ssa.BasicBlock]bool{x: true}
	work := []*ssa.BasicBlock{x}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		if x == c {
			return true
		}
		for _, s := range x.Succs {
			if !seen[s] && (l == nil || s != l.Header && l.Has(s)) {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	return false
}

// avoids reports whether control can get from d to the end of the round, or to
// a return that is no failure, without passing c and without going where
// leaveOut says.
func (f *flow) avoids(d, c *ssa.BasicBlock, l *loops.Loop, leaveOut func(*ssa.BasicBlock) *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{c: true, d: true}
	work := []*ssa.BasicBlock{d}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		out := leaveOut(x)
		for _, s := range x.Succs {
			if s == out {
				continue
			}
			if l != nil && s == l.Header {
				if !onFailure(x) {
					return true
				}
				continue
			}
			if seen[s] || l != nil && !l.Has(s) {
				continue
			}
			seen[s] = true
			if ret, ok := s.Instrs[len(s.Instrs)-1].(*ssa.Return); ok {
				if l == nil && !fails(ret) {
					return true
				}
				continue
			}
			work = append(work, s)
		}
	}
	return false
}

// fails reports whether the function fails if it returns here: the error that
// it returns is made or was found not to be nil.
func fails(ret *ssa.Return) bool {
	if onFailure(ret.Block()) {
		return true
	}
	if len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	if !isError(last.Type()) {
		return false
	}
	if load, ok := last.(*ssa.UnOp); ok && load.Op == token.MUL {
		if _, local := load.X.(*ssa.Alloc); local { // a named result
			last = nil
			for _, instr := range ret.Block().Instrs {
				if st, ok := instr.(*ssa.Store); ok && st.Addr == load.X {
					last = st.Val
				}
			}
		}
	}
	switch v := last.(type) {
	case *ssa.MakeInterface:
		return true
	case *ssa.UnOp:
		_, global := v.X.(*ssa.Global)
		return global
	case *ssa.Call:
		return makesError(v)
	}
	return false
}

// makesError reports whether a call can only mean to make an error: all that it
// returns is one, and it is given a text or another error.
func makesError(c *ssa.Call) bool {
	fn := c.Call.StaticCallee()
	if fn == nil || fn.Signature.Results().Len() != 1 || fn.Signature.Recv() != nil {
		return false
	}
	for v := range fn.Signature.Params().Variables() {
		if isContext(v.Type()) {
			return false
		}
		if b, ok := v.Type().Underlying().(*types.Basic); ok && b.Kind() == types.String || isError(v.Type()) {
			return true
		}
	}
	return false
}

// asksForPresence reports whether the branch asks if there is something at all: a
// key that is not zero, an object that is not nil, a list that is not empty.
// What is not there yet is loaded, and what has no key need not be: neither is
// rare.
func asksForPresence(branch *ssa.If) bool {
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok || isError(cmp.X.Type()) {
		return false
	}
	c, ok := cmp.Y.(*ssa.Const)
	if !ok {
		return false
	}
	switch cmp.Op {
	case token.EQL, token.NEQ:
		return isZero(c)
	case token.GTR:
		return lengthOf(cmp.X) != nil && isZero(c)
	}
	return false
}

// isZero reports whether c is nil, zero or the empty string.
func isZero(c *ssa.Const) bool {
	if c.Value == nil {
		return c.IsNil()
	}
	switch c.Value.Kind() {
	case constant.Int:
		return constant.Sign(c.Value) == 0
	case constant.String:
		return constant.StringVal(c.Value) == ""
	}
	return false
}

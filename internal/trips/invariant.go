package trips

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// judgeInvariant makes a finding, of its own kind, of a read in a loop over a
// collection that asks for the same in every round.
func (f *flow) judgeInvariant(o occurrence) {
	l := f.nest.Of(o.call.Block())
	if l == nil || o.Write || o.Assumed || o.inside || !f.walksSomething(l) || !l.Repeats(o.call.Block()) {
		return
	}
	for _, in := range o.call.Common().Args {
		if carries(in.Type()) && !f.invariant(in, l, 0) {
			return
		}
	}
	fd := &Finding{Trip: o.Trip, Pos: o.pos, Invariant: true}
	fd.locate(f.a.syntax, f.nest, l, o.call)
	f.report(fd)
}

// walksSomething reports whether some value has the role of an element of l.
func (f *flow) walksSomething(l *loops.Loop) bool {
	for _, d := range f.val {
		if d.has(roleBit(l.Index, element)) {
			return true
		}
	}
	for _, ds := range f.tuple {
		for _, d := range ds {
			if d.has(roleBit(l.Index, element)) {
				return true
			}
		}
	}
	return false
}

// invariant reports whether v is the same in every round of l.
func (f *flow) invariant(v ssa.Value, l *loops.Loop, depth int) bool {
	const maxDepth = 12
	if depth > maxDepth {
		return false
	}
	in, ok := v.(ssa.Instruction)
	if !ok || !l.Has(in.Block()) {
		return true
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return f.invariant(v.X, l, depth+1)
	case *ssa.ChangeType:
		return f.invariant(v.X, l, depth+1)
	case *ssa.ChangeInterface:
		return f.invariant(v.X, l, depth+1)
	case *ssa.Convert:
		return f.invariant(v.X, l, depth+1)
	case *ssa.FieldAddr:
		return f.invariant(v.X, l, depth+1)
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return false
		}
		root, field := f.root(v.X)
		return f.invariant(v.X, l, depth+1) && !f.writtenIn(root, field, l)
	case *ssa.Slice:
		alloc, ok := v.X.(*ssa.Alloc)
		if !ok {
			return false
		}
		for _, x := range f.stored[alloc] {
			if !f.invariant(x, l, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// writtenIn reports whether the loop may write a piece of memory.
func (f *flow) writtenIn(root ssa.Value, field int, l *loops.Loop) bool {
	for _, b := range f.fn.Blocks {
		if !l.Has(b) {
			continue
		}
		for _, instr := range b.Instrs {
			if st, ok := instr.(*ssa.Store); ok {
				if r, k := f.root(st.Addr); r == root && (k == field || k == entire || field == entire) {
					return true
				}
			}
		}
	}
	return false
}

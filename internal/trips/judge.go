package trips

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// variesIn reports whether d has an element of a loop around block.
func (f *flow) variesIn(d set, block *ssa.BasicBlock) bool { return f.multiplier(d, block) != nil }

// multiplier returns the innermost loop around block which goes on after it and
// of which d has an element, nil if there is none.
func (f *flow) multiplier(d set, block *ssa.BasicBlock) *loops.Loop {
	for l := f.nest.Of(block); l != nil; l = l.Parent {
		if d.has(roleBit(l.Index, element)) && l.Repeats(block) {
			return l
		}
	}
	return nil
}

// widest returns l, or a loop around it that multiplies what asks for d as well
// if l itself has few rounds only.
func (f *flow) widest(l *loops.Loop, d set, block *ssa.BasicBlock) *loops.Loop {
	for outer := l; outer != nil; outer = outer.Parent {
		if d.has(roleBit(outer.Index, element)) && outer.Repeats(block) && !f.a.sizes.rounds(outer) {
			return outer
		}
	}
	return l
}

// judge makes a finding of an occurrence that a loop multiplies.
func (f *flow) judge(o occurrence) {
	if onFailure(o.call.Block()) {
		return
	}
	l := f.multiplier(o.deps, o.call.Block())
	if l == nil && !o.element {
		if of, input := f.resolves(); of != "" && o.deps.inputs().has(input) {
			f.report(&Finding{Trip: o.Trip, Pos: o.pos, Steps: o.steps, Loop: f.fn.Pos(), Resolver: of})
			return
		}
		f.judgeInvariant(o)
		return
	}
	fd := &Finding{Trip: o.Trip, Pos: o.pos, Steps: o.steps}
	if e := f.effect(f.target(o.call)); e != nil {
		fd.Inside, fd.Kinds = e.Steps, len(e.Trips)
	}
	l, picks := f.pickedFor(l, o.call.Block())
	l = f.widest(l, o.deps, o.call.Block())
	fd.Doubts = f.doubts(o, l)
	if picks {
		fd.Doubts |= Picks
	}
	if o.searches && l == nil {
		fd.Doubts |= Searches
	}
	if l != nil {
		fd.Skips = min(o.Skips+f.conditions(o.call.Block(), l), maxConditions)
		fd.locate(f.a.syntax, f.nest, l, o.call)
		if ofParts(fd.Of) {
			return
		}
	} else if stmt := body(o.call); stmt != nil {
		fd.Loop, fd.Of = stmt.Pos(), short(stmt.X)
	} else if call := f.a.syntax.call(o.call.Pos()); call != nil {
		fd.Loop, fd.Of = call.Pos(), f.a.syntax.walked(call)
	}
	f.report(fd)
}

// onFailure reports whether b runs only where an error is not nil: what is
// written down of failures grows with them, not with the collection.
func onFailure(b *ssa.BasicBlock) bool {
	for d := b.Idom(); d != nil; d = d.Idom() {
		if failed := failedSide(d); failed != nil && len(failed.Preds) == 1 && failed.Dominates(b) {
			return true
		}
	}
	return false
}

// failedSide returns where control goes at the end of d if an error is not nil;
// nil if d asks nothing of that kind.
func failedSide(d *ssa.BasicBlock) *ssa.BasicBlock {
	branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
	if !ok {
		return nil
	}
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok || !isError(cmp.X.Type()) {
		return nil
	}
	if c, ok := cmp.Y.(*ssa.Const); !ok || !c.IsNil() {
		return nil
	}
	switch cmp.Op {
	case token.NEQ:
		return d.Succs[0]
	case token.EQL:
		return d.Succs[1]
	}
	return nil
}

// parts are what a collection is cut into to do many elements at once.
var parts = []string{"chunks", "batches", "ranges", "pages", "windows", "shards", "partitions"}

// ofParts reports whether the elements of a collection of the given name are
// parts of a larger one.
func ofParts(name string) bool {
	lower := strings.ToLower(strings.TrimSuffix(name, "(…)"))
	for _, p := range parts {
		if strings.HasSuffix(lower, p) {
			return true
		}
	}
	return false
}

// resolves returns the name of the type of which the function resolves a field,
// and the input that is the object at hand, if it is a resolver as gqlgen has
// them: a method of mediaResolver that takes a context and a *Media. The
// executor calls it for each object of a list.
func (f *flow) resolves() (of string, input int) {
	sig := f.fn.Signature
	if sig.Recv() == nil || sig.Params().Len() < 2 || sig.Results().Len() != 2 || !isContext(sig.Params().At(0).Type()) || !isError(sig.Results().At(1).Type()) {
		return "", 0
	}
	recv := namedOf(sig.Recv().Type())
	if recv == nil {
		return "", 0
	}
	p, ok := types.Unalias(sig.Params().At(1).Type()).(*types.Pointer)
	if !ok {
		return "", 0
	}
	obj, ok := types.Unalias(p.Elem()).(*types.Named)
	prefix, resolver := strings.CutSuffix(recv.Obj().Name(), "Resolver")
	if !ok || !resolver || !strings.HasSuffix(strings.ToLower(obj.Obj().Name()), strings.ToLower(prefix)) || prefix == "" {
		return "", 0
	}
	return obj.Obj().Name(), 2
}

// body returns the range statement whose body c runs as a function, nil if c is
// another call.
func body(c ssa.CallInstruction) *ast.RangeStmt {
	for _, arg := range c.Common().Args {
		if mc, ok := arg.(*ssa.MakeClosure); ok {
			if stmt, ok := mc.Fn.(*ssa.Function).Syntax().(*ast.RangeStmt); ok {
				return stmt
			}
		}
		if fn, ok := arg.(*ssa.Function); ok {
			if stmt, ok := fn.Syntax().(*ast.RangeStmt); ok {
				return stmt
			}
		}
	}
	return nil
}

// position returns where a call stands in the source.
func position(c ssa.CallInstruction) token.Pos {
	if stmt := body(c); stmt != nil && !c.Pos().IsValid() {
		return stmt.Pos()
	}
	return c.Pos()
}

// goesOn reports whether a range over a function goes on after the block of its
// body.
func goesOn(b *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{}
	work := []*ssa.BasicBlock{b}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[x] {
			continue
		}
		seen[x] = true
		work = append(work, x.Succs...)
		if ret, ok := x.Instrs[len(x.Instrs)-1].(*ssa.Return); ok {
			c, constant := ret.Results[0].(*ssa.Const)
			if !constant || c.Value == nil || c.Value.String() == "true" {
				return true
			}
		}
	}
	return false
}

// locate finds the statement of the loop, which is around the call c.
func (fd *Finding) locate(s *syntax, n *loops.Nest, l *loops.Loop, c ssa.CallInstruction) {
	around := s.loops(position(c))
	depth, inner := 0, 0
	for x := n.Of(c.Block()); x != nil; x = x.Parent {
		if x == l {
			inner = depth
		}
		depth++
	}
	fd.Loop = position(c)
	// A statement whose body always leaves it is no loop.
	if len(around) >= depth {
		stmt := around[inner]
		fd.Loop, fd.Of = stmt.Pos(), collection(stmt)
	}
}

// report keeps one finding for each call: that of the innermost loop, which is
// found first, a definite one rather than an assumed one, a write rather than
// a read.
func (f *flow) report(fd *Finding) {
	call := f.a.syntax.call(fd.Pos)
	if call != nil {
		fd.Pos, fd.End, fd.Callee = call.Pos(), call.End(), callee(call)
	}
	fd.Func, fd.Literals = f.a.syntax.function(fd.Pos), f.a.syntax.literals(fd.Pos)
	if old := f.a.findings[fd.Pos]; old != nil {
		if rank(old) > rank(fd) || rank(old) == rank(fd) && old.Conditions+old.Skips <= fd.Conditions+fd.Skips {
			return
		}
	}
	f.a.findings[fd.Pos] = fd
}

func rank(fd *Finding) int {
	r := 0
	if !fd.Invariant {
		r += 8
	}
	if !fd.Assumed {
		r += 4
	}
	return r
}

// judgeRecursion looks for calls by which a function goes down a tree: it calls
// itself for a part of a parameter, and sends a statement that asks for that
// parameter.
func (f *flow) judgeRecursion(s *summary) {
	for _, b := range f.fn.Blocks {
		for _, instr := range b.Instrs {
			c, ok := instr.(*ssa.Call)
			if !ok || f.target(c).fn != f.fn {
				continue
			}
			for i, in := range c.Call.Args {
				if i >= len(f.fn.Params) || !f.partOf(in, f.fn.Params[i]) {
					continue
				}
				for _, t := range s.Trips {
					if t.Deps.has(i) && f.multiplier(f.deep(in), b) == nil {
						f.report(&Finding{Trip: t, Pos: c.Pos(), Loop: f.fn.Pos(), Recursive: true})
						return
					}
				}
			}
		}
	}
}

// partOf reports whether v is reached from p by fields.
func (f *flow) partOf(v ssa.Value, p *ssa.Parameter) bool {
	fields := 0
	for {
		switch x := v.(type) {
		case *ssa.UnOp:
			if x.Op != token.MUL {
				return false
			}
			v = x.X
			if alloc, ok := v.(*ssa.Alloc); ok {
				if v = onlyStore(alloc); v == nil {
					return false
				}
			}
		case *ssa.FieldAddr:
			fields++
			v = x.X
		case *ssa.Field:
			fields++
			v = x.X
		default:
			return v == p && fields > 0
		}
	}
}

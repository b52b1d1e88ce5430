package txflow

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// lender says where fn has the transaction n from, NoLender if it is not lent:
// a field of the receiver is lent only if every place that writes the field
// was given what it writes.
func (a *solver) lender(fn *ssa.Function, n *node) Lender {
	i, path, ok := inputPath(fn, n)
	switch {
	case !ok || fn.Parent() != nil:
		return NoLender
	case isContext(fn.Params[i].Type()):
		return Context
	case i > 0 || fn.Signature.Recv() == nil:
		return Parameter
	case len(path) == 1 && a.given(fn.Params[0].Type(), path[0]):
		return Receiver
	}
	return NoLender
}

// given reports whether field i of the struct that t is or points to only ever
// holds what functions of this package were given as parameters.
func (a *solver) given(t types.Type, i int) bool {
	if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := types.Unalias(t).Underlying().(*types.Struct)
	if !ok || i >= st.NumFields() {
		return false
	}
	field := st.Field(i)
	if g, ok := a.givenFields[field]; ok {
		return g
	}
	writes, given := 0, true
	for _, fn := range a.functions {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				st, ok := instr.(*ssa.Store)
				if !ok {
					continue
				}
				if addr, ok := st.Addr.(*ssa.FieldAddr); ok && fieldVar(addr) == field {
					writes++
					given = given && wasGiven(st.Val, map[ssa.Value]bool{})
				}
			}
		}
	}
	a.givenFields[field] = writes > 0 && given
	return writes > 0 && given
}

// wasGiven reports whether v is a parameter, or the field of one.
func wasGiven(v ssa.Value, seen map[ssa.Value]bool) bool {
	if seen[v] {
		return true
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.Parameter:
		return true
	case *ssa.ChangeInterface:
		return wasGiven(v.X, seen)
	case *ssa.MakeInterface:
		return wasGiven(v.X, seen)
	case *ssa.ChangeType:
		return wasGiven(v.X, seen)
	case *ssa.UnOp:
		if p := spilled(v.X); p != nil {
			return true
		}
	case *ssa.Phi:
		for _, e := range v.Edges {
			if !wasGiven(e, seen) {
				return false
			}
		}
		return true
	}
	return false
}

// callersOf returns the places in this package that call fn, without tests.
func (a *solver) callersOf(fn *ssa.Function) []token.Pos {
	if a.callSites == nil {
		a.callSites = map[*ssa.Function][]token.Pos{}
		for _, g := range a.functions {
			if strings.HasSuffix(a.pass.Fset.Position(g.Pos()).Filename, "_test.go") {
				continue
			}
			for _, b := range g.Blocks {
				for _, instr := range b.Instrs {
					if c, ok := instr.(ssa.CallInstruction); ok {
						if callee := origin0(c.Common().StaticCallee()); callee != nil {
							a.callSites[callee] = append(a.callSites[callee], c.Common().Pos())
						}
					}
				}
			}
		}
	}
	return a.callSites[fn]
}

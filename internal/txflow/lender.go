package txflow

import (
	"go/token"
	"go/types"
	"slices"
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

// owners returns the calls in this package, tests left out, that pass a
// transaction of their own to parameter i of fn, be it through functions that
// were given it themselves. Unseen reports whether callers elsewhere may do so
// too.
func (a *solver) owners(fn *ssa.Function, i int, seen map[*ssa.Function]bool) (calls []token.Pos, unseen bool) {
	if seen[fn] {
		return nil, false
	}
	seen[fn] = true
	sites := a.sitesOf(fn)
	if obj := fn.Object(); len(sites) == 0 {
		return nil, obj != nil && (obj.Exported() || fn.Signature.Recv() != nil)
	}
	for _, c := range sites {
		if i >= len(c.Common().Args) {
			continue
		}
		p := passedOn(c.Common().Args[i])
		if p == nil || p.Parent().Parent() != nil {
			calls = append(calls, c.Common().Pos())
			continue
		}
		more, open := a.owners(p.Parent(), slices.Index(p.Parent().Params, p), seen)
		calls, unseen = append(calls, more...), unseen || open
	}
	return calls, unseen
}

// passedOn returns the parameter that v is, or a field of, nil if it is none.
func passedOn(v ssa.Value) *ssa.Parameter {
	for {
		switch x := v.(type) {
		case *ssa.Parameter:
			return x
		case *ssa.ChangeInterface:
			v = x.X
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.ChangeType:
			v = x.X
		case *ssa.FieldAddr:
			v = x.X
		case *ssa.UnOp:
			if p := spilled(x.X); p != nil {
				return p
			}
			if x.Op != token.MUL {
				return nil
			}
			v = x.X
		default:
			return nil
		}
	}
}

// sitesOf returns the static calls of fn in this package, without tests.
func (a *solver) sitesOf(fn *ssa.Function) []ssa.CallInstruction {
	if a.callSites == nil {
		a.callSites = map[*ssa.Function][]ssa.CallInstruction{}
		for _, g := range a.functions {
			if g.Synthetic != "" || strings.HasSuffix(a.pass.Fset.Position(g.Pos()).Filename, "_test.go") {
				continue
			}
			for _, b := range g.Blocks {
				for _, instr := range b.Instrs {
					if c, ok := instr.(ssa.CallInstruction); ok {
						if callee := origin0(c.Common().StaticCallee()); callee != nil {
							a.callSites[callee] = append(a.callSites[callee], c)
						}
					}
				}
			}
		}
	}
	return a.callSites[fn]
}

package txflow

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// tolerates reports whether the function that makes the call c compares its error
// with that of a transaction which is over, by an operator or by a function Is of
// two errors, as [errors.Is]: it knows that the transaction may be over.
func (a *solver) tolerates(c ssa.CallInstruction) bool {
	v, ok := c.(*ssa.Call)
	if !ok {
		return false
	}
	if known, ok := a.tolerant[v]; ok {
		return known
	}
	t := a.comparedWithOver(v, map[ssa.Value]bool{})
	a.tolerant[v] = t
	return t
}

// comparedWithOver reports whether v, the result of a call, or an error in it is
// compared with that of a transaction which is over, there or through a variable.
func (a *solver) comparedWithOver(v ssa.Value, seen map[ssa.Value]bool) bool {
	if seen[v] || v.Referrers() == nil {
		return false
	}
	seen[v] = true
	for _, ref := range *v.Referrers() {
		switch ref := ref.(type) {
		case *ssa.BinOp:
			if (ref.Op == token.EQL || ref.Op == token.NEQ) && (a.saysOver(ref.X) || a.saysOver(ref.Y)) {
				return true
			}
		case *ssa.Call:
			if args := ref.Call.Args; isErrorsIs(ref) && args[0] == v && a.saysOver(args[1]) {
				return true
			}
		case *ssa.Extract:
			if isErrorType(ref.Type()) && a.comparedWithOver(ref, seen) {
				return true
			}
		case *ssa.Phi:
			if a.comparedWithOver(ref, seen) {
				return true
			}
		case *ssa.Store:
			if ref.Val == v && a.loadsCompared(ref.Addr, seen) {
				return true
			}
		}
	}
	return false
}

// loadsCompared is [solver.comparedWithOver] for what is loaded from a variable of
// the function.
func (a *solver) loadsCompared(addr ssa.Value, seen map[ssa.Value]bool) bool {
	alloc, ok := addr.(*ssa.Alloc)
	if !ok {
		return false
	}
	for _, ref := range *alloc.Referrers() {
		if load, ok := ref.(*ssa.UnOp); ok && load.Op == token.MUL && a.comparedWithOver(load, seen) {
			return true
		}
	}
	return false
}

// saysOver reports whether v is the error of a transaction which is over.
func (a *solver) saysOver(v ssa.Value) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return false
	}
	g, ok := load.X.(*ssa.Global)
	return ok && a.isOverError(g)
}

// isOverError reports whether the variable g holds the error of a transaction
// which is over.
func (a *solver) isOverError(g *ssa.Global) bool {
	return g.Pkg != nil && a.rows.IsDoneError(g.Pkg.Pkg.Path()+"."+g.Name())
}

// isErrorsIs reports whether the call is one of errors.Is, of any package that has
// it.
func isErrorsIs(c *ssa.Call) bool {
	fn := c.Call.StaticCallee()
	if fn == nil || fn.Name() != "Is" || fn.Signature.Recv() != nil {
		return false
	}
	sig := fn.Signature
	return sig.Params().Len() == 2 && isErrorType(sig.Params().At(0).Type()) && isErrorType(sig.Params().At(1).Type()) &&
		sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type(), types.Typ[types.Bool])
}

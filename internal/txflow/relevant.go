package txflow

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// mayHoldTransactions looks at what the package names, before anything is
// built: it can only matter if it mentions something that begins or finishes.
func (a *solver) mayHoldTransactions() bool {
	seen := map[types.Object]bool{}
	for _, obj := range a.pass.TypesInfo.Uses {
		if fn, ok := obj.(*types.Func); ok && !seen[fn] {
			seen[fn] = true
			if a.touches(fn.Origin()) {
				return true
			}
		}
	}
	return false
}

// touches reports whether a call of fn can begin or finish a transaction, or
// is known to do something for which its effects are needed.
func (a *solver) touches(fn *types.Func) bool {
	if row, ok := a.rows.Find(fn); ok {
		switch row.Does {
		case catalog.Begin, catalog.Start, catalog.Commit, catalog.Rollback, catalog.Finish, catalog.Managed:
			return true
		}
		return false
	}
	if e := a.fact(fn); e != nil && e.matters() {
		return true
	}
	if a.shapes.begins(fn) {
		return true
	}
	_, ok := a.shapes.finishes(fn)
	return ok
}

// matters reports whether the effects concern transactions, not only errors
// and callbacks.
func (e *Effects) matters() bool {
	if e.begins() || e.finishes() || e.manages() {
		return true
	}
	for _, o := range e.Outcomes {
		for _, r := range o.Results {
			if r.Kind == Cleanup {
				return true
			}
		}
	}
	return false
}

// findRelevant marks the functions that have to do with transactions: those
// that call something that begins or finishes one, and those that call them
// or contain them.
func (a *solver) findRelevant() {
	callers := map[*ssa.Function][]*ssa.Function{}
	var work []*ssa.Function
	mark := func(fn *ssa.Function) {
		if fn != nil && !a.relevant[fn] {
			a.relevant[fn] = true
			work = append(work, fn)
		}
	}
	var ops []*ssa.Value
	for _, fn := range a.functions {
		if p := fn.Parent(); p != nil {
			callers[fn] = append(callers[fn], p)
		}
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				if st, ok := instr.(*ssa.Store); ok {
					if g, ok := st.Addr.(*ssa.Global); ok {
						a.writtenGlobals[g] = true
					}
				}
				if c, ok := instr.(ssa.CallInstruction); ok && c.Common().IsInvoke() {
					m := c.Common().Method.Origin()
					if a.touches(m) || a.implementedByRelevant(m) {
						mark(fn)
					}
				}
				ops = instr.Operands(ops[:0])
				for _, op := range ops {
					callee, ok := (*op).(*ssa.Function)
					if !ok {
						continue
					}
					if o := callee.Origin(); o != nil {
						callee = o
					}
					if obj, ok := callee.Object().(*types.Func); ok && a.touches(obj.Origin()) {
						mark(fn)
					}
					callers[callee] = append(callers[callee], fn)
				}
			}
		}
	}
	for len(work) > 0 {
		fn := work[len(work)-1]
		work = work[:len(work)-1]
		for _, c := range callers[fn] {
			mark(c)
		}
	}
}

// implementedByRelevant reports whether an implementation of the interface
// method that another package exported facts about concerns transactions.
func (a *solver) implementedByRelevant(m *types.Func) bool {
	if m.Pkg() == nil {
		return false
	}
	for _, f := range a.methodFacts()[m.Name()] {
		if f.matters() {
			return true
		}
	}
	return false
}

// methodFacts lists the effects of methods that importers of this package's
// dependencies can see, by name.
func (a *solver) methodFacts() map[string][]*Effects {
	if a.factsByName == nil {
		a.factsByName = map[string][]*Effects{}
		for _, f := range a.pass.AllObjectFacts() {
			if fn, ok := f.Object.(*types.Func); ok && fn.Signature().Recv() != nil {
				if e, ok := f.Fact.(*Effects); ok {
					a.factsByName[fn.Name()] = append(a.factsByName[fn.Name()], e)
				}
			}
		}
	}
	return a.factsByName
}

// worthSolving reports whether callers gain by knowing the effects of fn.
func (a *solver) worthSolving(fn *ssa.Function) bool {
	return a.relevant[fn] || a.helper(fn)
}

// worthExporting reports whether importers gain by the effects of fn although
// nothing in this package needed them.
func (a *solver) worthExporting(fn *ssa.Function) bool { return a.helper(fn) }

// maxHelper bounds the blocks of a function that is solved only because its
// signature suggests that callers depend on what it decides.
const maxHelper = 24

// helper reports whether fn, which does not touch transactions itself, may
// decide something about its callers' paths: it takes a function or an error,
// it makes, wraps or hands out a holder of a transaction, or it is lent one and
// returns an error that is always nil, or never, or may depend on a flag, or
// returns anything after a test whether it was lent one at all.
func (a *solver) helper(fn *ssa.Function) bool {
	if len(fn.Blocks) == 0 || len(fn.Blocks) > maxHelper {
		return false
	}
	sig := fn.Signature
	holder := false
	for v := range sig.Params().Variables() {
		t := types.Unalias(v.Type())
		if _, ok := t.Underlying().(*types.Signature); ok || isErrorType(t) {
			return true
		}
		if p, ok := t.(*types.Pointer); ok && isErrorType(p.Elem()) {
			return true
		}
		holder = holder || a.shapes.carries(t, 2)
	}
	if r := sig.Recv(); r != nil {
		holder = holder || a.shapes.carries(r.Type(), 2)
	}
	for v := range sig.Results().Variables() {
		if a.shapes.carries(v.Type(), 2) {
			return true
		}
	}
	return holder && (stores(fn) || neverFails(fn) || neverSucceeds(fn) || failsByFlag(sig) || a.asksForHandle(fn))
}

// asksForHandle reports whether fn returns something and compares a transaction,
// or the holder of one, among what it was given with nil: what it returns to
// those who lend it one may be another thing than to those who do not.
func (a *solver) asksForHandle(fn *ssa.Function) bool {
	return fn.Signature.Results().Len() > 0 && a.comparesHandle(fn)
}

// comparesHandle reports whether fn, or a literal inside it, compares a
// transaction or the holder of one with nil.
func (a *solver) comparesHandle(fn *ssa.Function) bool {
	given := func(v ssa.Value) bool { return a.shapes.carries(v.Type(), 2) && valueSignature(v, 0) != "" }
	null := func(v ssa.Value) bool {
		c, ok := v.(*ssa.Const)
		return ok && c.IsNil()
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			cmp, ok := instr.(*ssa.BinOp)
			if ok && (given(cmp.X) && null(cmp.Y) || given(cmp.Y) && null(cmp.X)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(fn.AnonFuncs, a.comparesHandle)
}

// neverFails reports whether fn returns an error last, which is nil at each
// return.
func neverFails(fn *ssa.Function) bool {
	return errorsAre(fn, func(_ *ssa.BasicBlock, err ssa.Value) bool {
		if lit := returnedBy(err); lit != nil {
			return neverFails(lit)
		}
		c, ok := err.(*ssa.Const)
		return ok && c.IsNil()
	})
}

// neverSucceeds reports whether fn returns an error last, which is not nil at
// any return: it is made there, or was found not to be nil.
func neverSucceeds(fn *ssa.Function) bool { return errorsAre(fn, failsWith) }

// errorsAre reports whether fn returns an error last, and all errors that it
// returns, each in a block, are of the kind that is asked for.
func errorsAre(fn *ssa.Function, kind func(b *ssa.BasicBlock, err ssa.Value) bool) bool {
	n := fn.Signature.Results().Len()
	if n == 0 || !isErrorType(fn.Signature.Results().At(n-1).Type()) {
		return false
	}
	for b := range live(fn) {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && !kind(b, ret.Results[n-1]) {
			return false
		}
	}
	return true
}

// returnedBy returns the function literal of whose call v is the last result,
// nil if it is of none.
func returnedBy(v ssa.Value) *ssa.Function {
	i := 0
	if e, ok := v.(*ssa.Extract); ok {
		v, i = e.Tuple, e.Index
	}
	call, ok := v.(*ssa.Call)
	if !ok {
		return nil
	}
	lit := call.Common().StaticCallee()
	if lit == nil || lit.Parent() == nil || i != lit.Signature.Results().Len()-1 {
		return nil
	}
	return lit
}

// live returns the blocks of fn that are reached if what is compared with nil
// and is always nil, like a result that nothing has been assigned to yet, decides
// its branches.
func live(fn *ssa.Function) map[*ssa.BasicBlock]bool {
	seen := map[*ssa.BasicBlock]bool{}
	var walk func(b *ssa.BasicBlock)
	walk = func(b *ssa.BasicBlock) {
		if seen[b] {
			return
		}
		seen[b] = true
		next := b.Succs
		if branch, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); ok {
			if same, ok := comparesNils(branch.Cond); ok && same {
				next = next[:1]
			} else if ok {
				next = next[1:]
			}
		}
		for _, to := range next {
			walk(to)
		}
	}
	walk(fn.Blocks[0])
	return seen
}

// comparesNils reports whether cond compares nil with nil, and what comes of it.
func comparesNils(cond ssa.Value) (result, ok bool) {
	c, ok := cond.(*ssa.BinOp)
	if !ok || c.Op != token.EQL && c.Op != token.NEQ {
		return false, false
	}
	x, ok1 := c.X.(*ssa.Const)
	y, ok2 := c.Y.(*ssa.Const)
	return c.Op == token.EQL, ok1 && ok2 && x.IsNil() && y.IsNil()
}

// failsByFlag reports whether a function of this signature is told by a flag what
// to do and may fail.
func failsByFlag(sig *types.Signature) bool {
	if !returnsError(sig) {
		return false
	}
	for v := range sig.Params().Variables() {
		if b, ok := types.Unalias(v.Type()).Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
			return true
		}
	}
	return false
}

// failsWith reports whether the error v is not nil in block b.
func failsWith(b *ssa.BasicBlock, v ssa.Value) bool {
	if lit := returnedBy(v); lit != nil && neverSucceeds(lit) {
		return true
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return true
	case *ssa.Call:
		if obj := calledObject(v.Common()); obj != nil {
			if kind, _, ok := catalog.MakesError(obj); ok && kind == catalog.NonNilError {
				return true
			}
		}
	}
	for d := b.Idom(); d != nil; b, d = d, d.Idom() {
		branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		cmp, ok := branch.Cond.(*ssa.BinOp)
		if !ok || cmp.X != v || cmp.Op != token.NEQ && cmp.Op != token.EQL {
			continue
		}
		if c, ok := cmp.Y.(*ssa.Const); !ok || !c.IsNil() {
			continue
		}
		failed := d.Succs[0]
		if cmp.Op == token.EQL {
			failed = d.Succs[1]
		}
		if len(failed.Preds) == 1 && failed.Dominates(b) {
			return true
		}
	}
	return false
}

// stores reports whether fn, or a literal inside it, keeps something: it writes
// to memory other than variables, or to a map, sends, or starts a goroutine.
func stores(fn *ssa.Function) bool {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Store:
				switch instr.Addr.(type) {
				case *ssa.Alloc, *ssa.FreeVar:
				default:
					return true
				}
			case *ssa.MapUpdate, *ssa.Send, *ssa.Go:
				return true
			}
		}
	}
	return slices.ContainsFunc(fn.AnonFuncs, stores)
}

// testedConditions counts how often each condition on the inputs of fn is
// tested in fn and in the literals inside it: a condition that is tested once
// need not be remembered after.
func testedConditions(fn *ssa.Function) map[string]int {
	count := map[string]int{}
	var visit func(*ssa.Function)
	visit = func(g *ssa.Function) {
		for _, b := range g.Blocks {
			for _, instr := range b.Instrs {
				switch instr := instr.(type) {
				case *ssa.If:
					countCondition(count, instr.Cond)
				case ssa.CallInstruction:
					for _, arg := range instr.Common().Args {
						if sig := valueSignature(arg, 0); sig != "" {
							count[sig]++
						}
					}
				}
			}
		}
		for _, anon := range g.AnonFuncs {
			visit(anon)
		}
	}
	visit(fn)
	return count
}

// testedCells lists the variables (*ssa.Alloc) and fields (*types.Var) that
// are read in fn, or in a literal inside it, for anything but passing on.
func testedCells(fn *ssa.Function) map[any]bool {
	cells := map[any]bool{}
	var visit func(*ssa.Function)
	visit = func(g *ssa.Function) {
		for _, b := range g.Blocks {
			for _, instr := range b.Instrs {
				load, ok := instr.(*ssa.UnOp)
				if !ok || load.Op != token.MUL {
					if f, ok := instr.(*ssa.Field); ok && compared(f) {
						if st, ok := types.Unalias(f.X.Type()).Underlying().(*types.Struct); ok {
							cells[st.Field(f.Field)] = true
						}
					}
					continue
				}
				if !compared(load) {
					continue
				}
				switch addr := load.X.(type) {
				case *ssa.FieldAddr:
					cells[fieldVar(addr)] = true
				case *ssa.Alloc:
					cells[addr] = true
				case *ssa.FreeVar:
					if a := capturedVariable(addr.Parent(), addr); a != nil {
						cells[a] = true
					}
				}
			}
		}
		for _, anon := range g.AnonFuncs {
			visit(anon)
		}
	}
	visit(fn)
	return cells
}

// fieldVar returns the field that addr is the address of.
func fieldVar(addr *ssa.FieldAddr) *types.Var {
	p, ok := types.Unalias(addr.X.Type()).Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	st, ok := types.Unalias(p.Elem()).Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	return st.Field(addr.Field)
}

func countCondition(count map[string]int, v ssa.Value) {
	if not, ok := v.(*ssa.UnOp); ok && not.Op.String() == "!" {
		v = not.X
	}
	if cmp, ok := v.(*ssa.BinOp); ok {
		// One signature for each side: comparisons with different constants
		// bear on each other.
		for _, x := range []ssa.Value{cmp.X, cmp.Y} {
			if sig := valueSignature(x, 0); sig != "" {
				count[sig]++
			}
		}
		return
	}
	if sig := valueSignature(v, 0); sig != "" {
		count[sig]++
	}
}

// valueSignature writes an access path over inputs, "" if v is none. It is the
// counterpart of [frame.signature].
func valueSignature(v ssa.Value, depth int) string {
	if depth > maxDepth {
		return ""
	}
	wrap := func(format string, x ssa.Value) string {
		if s := valueSignature(x, depth+1); s != "" {
			return fmt.Sprintf(format, s)
		}
		return ""
	}
	switch v := v.(type) {
	case *ssa.Parameter, *ssa.Global:
		return fmt.Sprintf("%p", v)
	case *ssa.FreeVar:
		if alloc := capturedVariable(v.Parent(), v); alloc != nil {
			return fmt.Sprintf("%p", alloc)
		}
		return fmt.Sprintf("%p", v)
	case *ssa.Alloc:
		return fmt.Sprintf("%p", v)
	case *ssa.UnOp:
		if v.Op.String() == "*" {
			if p := spilled(v.X); p != nil {
				return fmt.Sprintf("%p", p)
			}
			return wrap("*%s", v.X)
		}
	case *ssa.FieldAddr:
		return wrap(fmt.Sprintf("%%s.%d", v.Field), v.X)
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "len" {
			return wrap("len %s", v.Call.Args[0])
		}
	case *ssa.ChangeType:
		return valueSignature(v.X, depth+1)
	case *ssa.MakeInterface:
		return valueSignature(v.X, depth+1)
	}
	return ""
}

// spilled returns the parameter that the variable at addr holds if that is all
// it ever holds: captured parameters live in a cell.
func spilled(addr ssa.Value) *ssa.Parameter {
	alloc, ok := addr.(*ssa.Alloc)
	if !ok {
		return nil
	}
	for _, ref := range *alloc.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == alloc {
			if p, ok := st.Val.(*ssa.Parameter); ok {
				return p
			}
		}
	}
	return nil
}

// signature writes the access path that a condition on inputs tests.
func (f *frame) signature(n *node) string {
	switch n.kind {
	case kSym:
		return fmt.Sprintf("%p", n.v)
	case kLoad:
		return "*" + f.signature(n.x)
	case kField:
		return fmt.Sprintf("%s.%d", f.signature(n.x), n.i)
	case kLen:
		return "len " + f.signature(n.x)
	case kNot, kCompare, kDerived, kExtract:
		return f.signature(n.x)
	}
	return ""
}

package txflow

import (
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// worksWith reports whether fn uses the transaction n, one of its inputs, for
// anything but finishing it or lending it to a function that it was given. A
// function that is named after finishing is one that finishes.
func (a *solver) worksWith(fn *ssa.Function, n *node) bool {
	if namedFinisher(fn.Name()) {
		return false
	}
	if p, path, ok := inputPath(fn, n); ok {
		if isContext(fn.Params[p].Type()) {
			return a.worksInContext(fn, fn.Params[p])
		}
		if a.shapes.tx(fn.Params[p].Type()) {
			path = nil // whatever it does with what it wraps
		}
		return a.usesInput(fn, p, path)
	}
	return false
}

// inputPath returns the parameter of fn and the fields through which the input
// n is reached.
func inputPath(fn *ssa.Function, n *node) (param int, path []int, ok bool) {
	for n != nil {
		switch n.kind {
		case kSym:
			p, isParam := n.v.(*ssa.Parameter)
			if !isParam || p.Parent() != fn {
				return 0, nil, false
			}
			slices.Reverse(path)
			return slices.Index(fn.Params, p), path, true
		case kField, kPart:
			path = append(path, n.i)
			n = n.x
		case kLoad, kDerived:
			n = n.x
		default:
			return 0, nil, false
		}
	}
	return 0, nil, false
}

// worksInContext reports whether fn works with a transaction that it takes out
// of its context.
func (a *solver) worksInContext(fn *ssa.Function, ctx *ssa.Parameter) bool {
	found := false
	eachCall(fn, func(c ssa.CallInstruction) {
		v, ok := c.(*ssa.Call)
		if !ok || found || !slices.Contains(c.Common().Args, ssa.Value(ctx)) && c.Common().Value != ssa.Value(ctx) {
			return
		}
		t := resultType(v, 0)
		if a.shapes.carries(t, 0) || types.IsInterface(t) {
			found = a.usesValue(v, nil)
		}
	})
	return found
}

// eachCall visits the calls of fn and of the literals inside it.
func eachCall(fn *ssa.Function, visit func(ssa.CallInstruction)) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if c, ok := instr.(ssa.CallInstruction); ok {
				visit(c)
			}
		}
	}
	for _, anon := range fn.AnonFuncs {
		eachCall(anon, visit)
	}
}

// works reports whether the callee of c, fn if its body is in view, works with
// the handle that argument i is or holds in the fields of path.
func (a *solver) works(c ssa.CallInstruction, fn *ssa.Function, i int, path []int) bool {
	obj := calledObject(c.Common())
	if fn != nil && fn.Pkg == a.pkg && len(fn.Blocks) > 0 {
		return !finisherLike(fn.Name()) && a.usesInput(fn, i, path)
	}
	if obj == nil || len(path) > 0 {
		return false
	}
	if finishes, works := a.fact(obj.Origin()).doneTo(i); finishes {
		return works
	}
	return a.worksBySignature(c, obj, i)
}

// doneTo reports whether some outcome finishes what parameter i is or holds,
// and whether the function works with it too.
func (e *Effects) doneTo(i int) (finishes, works bool) {
	if e == nil {
		return false, false
	}
	for _, o := range e.Outcomes {
		for _, d := range o.Done {
			if p := phase(d.Phase); d.Tx.base() == i && (p == committed || p == rolledBack) {
				finishes, works = true, works || d.Works
			}
		}
	}
	return finishes, works
}

// base returns the parameter that the expression reads, -1 if it reads none.
func (e *Expr) base() int {
	for ; e != nil; e = e.X {
		if e.Op == 'p' {
			return e.N
		}
	}
	return -1
}

// worksBySignature guesses whether a function that is not in view works with a
// handle that it is given: what takes a handle as such and can fail does, unless
// it reads like a finisher; so does a method of the handle that takes something
// and can fail, or is known to send a statement.
func (a *solver) worksBySignature(c ssa.CallInstruction, obj *types.Func, i int) bool {
	if finisherLike(obj.Name()) || catalog.OnlyReads(obj) {
		return false
	}
	sig := obj.Signature()
	if i < recvOf(c) {
		trip, ok := a.rows.FindTrip(obj)
		return ok && trip.Does != catalog.NoTrip || returnsError(sig) && sig.Params().Len() > 0 && !a.shapes.begins(obj)
	}
	t := paramType(sig, i-recvOf(c))
	if t == nil || !returnsError(sig) || sig.Variadic() && i-recvOf(c) >= sig.Params().Len()-1 {
		return false
	}
	if iface, ok := types.Unalias(t).Underlying().(*types.Interface); ok {
		return iface.NumMethods() > 0
	}
	return a.shapes.carries(t, 0)
}

type useKey struct {
	fn   *ssa.Function
	i    int
	path string
}

// usesInput reports whether fn, or what it passes it to, works with the
// transaction that parameter i is, or holds in the fields of path.
func (a *solver) usesInput(fn *ssa.Function, i int, path []int) bool {
	if i >= len(fn.Params) {
		return false
	}
	key := useKey{fn, i, fmt.Sprint(path)}
	if u, ok := a.uses[key]; ok {
		return u
	}
	a.uses[key] = false // while it is looked at: recursion adds nothing
	u := a.usesValue(fn.Params[i], path)
	a.uses[key] = u
	return u
}

// A held is a value that is a handle, or holds one in the fields of path.
type held struct {
	v    ssa.Value
	path []int
}

// usesValue follows the value v forwards to a call that works with it.
func (a *solver) usesValue(v ssa.Value, path []int) bool {
	seen := map[string]bool{}
	work := []held{{v, path}}
	for len(work) > 0 {
		h := work[len(work)-1]
		work = work[:len(work)-1]
		key := fmt.Sprintf("%p %v", h.v, h.path)
		if seen[key] || h.v.Referrers() == nil {
			continue
		}
		seen[key] = true
		for _, ref := range *h.v.Referrers() {
			next, used := a.usedBy(h, ref)
			if used {
				return true
			}
			work = append(work, next...)
		}
	}
	return false
}

// usedBy reports whether the instruction works with h, and what else holds its
// handle after.
func (a *solver) usedBy(h held, ref ssa.Instruction) (next []held, used bool) {
	switch ref := ref.(type) {
	case *ssa.Phi, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.MakeInterface, *ssa.TypeAssert, *ssa.Extract, *ssa.UnOp:
		return []held{{ref.(ssa.Value), h.path}}, false
	case *ssa.Field:
		return throughField(h, ref, ref.Field), false
	case *ssa.FieldAddr:
		return throughField(h, ref, ref.Field), false
	case *ssa.Store:
		if ref.Val != h.v {
			return nil, false
		}
		switch addr := ref.Addr.(type) {
		case *ssa.Alloc:
			return []held{{addr, h.path}}, false
		case *ssa.FieldAddr:
			return []held{{addr.X, append([]int{addr.Field}, h.path...)}}, false
		}
	case *ssa.MakeClosure:
		for i, b := range ref.Bindings {
			if b == h.v {
				next = append(next, held{ref.Fn.(*ssa.Function).FreeVars[i], h.path})
			}
		}
	case ssa.CallInstruction:
		return a.usedByCall(h, ref)
	}
	return next, false
}

// throughField follows h into field i: the wanted one, or, of a handle, what it
// embeds.
func throughField(h held, v ssa.Value, i int) []held {
	if len(h.path) == 0 {
		return []held{{v, nil}}
	}
	if h.path[0] == i {
		return []held{{v, h.path[1:]}}
	}
	return nil
}

func (a *solver) usedByCall(h held, c ssa.CallInstruction) (next []held, used bool) {
	common := c.Common()
	obj := calledObject(common)
	if obj == nil {
		return nil, false // a builtin, or a function that was passed in
	}
	obj = obj.Origin()
	args := common.Args
	if common.IsInvoke() {
		args = append([]ssa.Value{common.Value}, args...)
	}
	fn := common.StaticCallee()
	for i, arg := range args {
		if arg != h.v {
			continue
		}
		row, known := a.rows.Find(obj)
		switch {
		case known && len(h.path) == 0:
			switch row.Does {
			case catalog.Statement, catalog.Managed, catalog.Begin:
				return nil, true
			case catalog.Derive:
				if v, ok := c.(*ssa.Call); ok {
					next = append(next, held{v, nil})
				}
			}
		case known:
		case a.works(c, origin0(fn), i, h.path), len(h.path) > 0 && sendsByContext(c, obj, i):
			return nil, true
		default:
			next = append(next, a.heldByResult(h, c, i)...)
		}
	}
	return next, false
}

// sendsByContext reports whether argument i is the receiver of a method that
// reads like a statement of a repository: it takes a context and can fail.
func sendsByContext(c ssa.CallInstruction, obj *types.Func, i int) bool {
	sig := obj.Signature()
	return i < recvOf(c) && returnsError(sig) && sig.Params().Len() > 0 && isContext(sig.Params().At(0).Type()) && !finisherLike(obj.Name())
}

// heldByResult is what may hold the handle h after the call c took it as its
// argument i: a query that a method of the handle hands out to be filled in and
// sent, or an object with a field for it, like queries.WithTx(tx).
func (a *solver) heldByResult(h held, c ssa.CallInstruction, i int) []held {
	v, ok := c.(*ssa.Call)
	if !ok {
		return nil
	}
	t := resultType(v, 0)
	if t == nil || isErrorType(t) {
		return nil
	}
	if _, ok := v.Type().(*types.Tuple); ok {
		return nil
	}
	if i < recvOf(c) {
		if _, named := types.Unalias(elem(t)).(*types.Named); named && len(h.path) == 0 {
			return []held{{v, nil}}
		}
		return nil
	}
	if st, ok := types.Unalias(elem(t)).Underlying().(*types.Struct); ok && len(h.path) == 0 {
		for k := range st.NumFields() {
			if types.AssignableTo(h.v.Type(), st.Field(k).Type()) && !emptyInterface(st.Field(k).Type()) {
				return []held{{v, []int{k}}}
			}
		}
	}
	return nil
}

// elem returns what t points to, t itself if it is no pointer.
func elem(t types.Type) types.Type {
	if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

func emptyInterface(t types.Type) bool {
	i, ok := types.Unalias(t).Underlying().(*types.Interface)
	return ok && i.NumMethods() == 0
}

// origin0 returns the generic function that fn is an instance of, fn itself if
// it is none.
func origin0(fn *ssa.Function) *ssa.Function {
	if fn != nil && fn.Origin() != nil {
		return fn.Origin()
	}
	return fn
}

package txflow

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// A result is one way in which a call ends: the state after it and the value
// it returns, nil where nothing is known of that.
type result struct {
	state state
	val   *node
}

func (f *frame) execCall(s state, c *ssa.Call) []state {
	s = f.roundAgain(s, c)
	s = f.forget(s, c)
	fn, args := f.operands(s, c.Common())
	var out []state
	for _, r := range f.call(s, c, fn, args) {
		out = append(out, f.bind(r.state, c, r.val))
	}
	return out
}

// operands evaluates what is called and with what: the receiver of a method
// comes first.
func (f *frame) operands(s state, common *ssa.CallCommon) (fn *node, args []*node) {
	if common.IsInvoke() {
		args = append(args, f.eval(s, common.Value))
	} else {
		fn = f.eval(s, common.Value)
	}
	for _, a := range common.Args {
		args = append(args, f.eval(s, a))
	}
	return fn, args
}

// call runs the call c from state s.
func (f *frame) call(s state, c ssa.CallInstruction, fn *node, args []*node) []result {
	common := c.Common()
	if b, ok := common.Value.(*ssa.Builtin); ok {
		return f.builtin(s, c, b, args)
	}
	if common.IsInvoke() {
		return f.invoke(s, c, common.Method, args)
	}
	switch fn.kind {
	case kFunc:
		return f.callFunction(s, c, fn.v.(*ssa.Function), fn.args, args)
	case kCleanup:
		return f.callCleanup(s, c, fn)
	case kCancel:
		return []result{{f.cancel(s, fn, c), nil}}
	case kNil:
		return nil // panics
	}
	return f.callUnknownValue(s, c, fn, args)
}

func (f *frame) builtin(s state, c ssa.CallInstruction, b *ssa.Builtin, args []*node) []result {
	u := f.u()
	switch b.Name() {
	case "recover":
		if s.panicking {
			s.panicking = false
			return []result{{s, u.nonNil}}
		}
		return []result{{s, u.null}}
	case "len":
		switch args[0].kind {
		case kNil:
			return []result{{s, u.constant("0")}}
		case kNonNil:
			return []result{{s, nil}}
		}
		return []result{{s, u.bounded(u.node(node{kind: kLen, x: args[0]}))}}
	case "append":
		for _, a := range args[1:] {
			s = f.escape(s, a, c, "it is put into a slice")
		}
	case "ssa:wrapnilchk":
		return []result{{s, args[0]}}
	}
	return []result{{s, nil}}
}

// callFunction calls a function that is known, with the values it has bound.
func (f *frame) callFunction(s state, c ssa.CallInstruction, fn *ssa.Function, bound, args []*node) []result {
	if o := fn.Origin(); o != nil {
		fn = o
	}
	if isThunk(fn) {
		return f.inline(s, c, fn, bound, args) // it calls the method itself
	}
	obj, _ := fn.Object().(*types.Func)
	if obj != nil {
		obj = obj.Origin()
		if catalog.NoReturn(obj) {
			return nil
		}
		if row, ok := f.a.rows.Find(obj); ok {
			return f.applyRow(s, c, row, obj, args)
		}
	}
	if fn.Parent() != nil || fn.Synthetic != "" && len(fn.Blocks) > 0 && obj == nil {
		return f.inline(s, c, fn, bound, args)
	}
	if obj == nil {
		return f.unknownCall(s, c, nil, args)
	}
	if rs, ok := f.checked(s, c, obj, args); ok {
		return rs
	}
	return f.callNamed(s, c, fn, obj, args)
}

// isThunk reports whether fn is made by the compiler to pass a call on.
func isThunk(fn *ssa.Function) bool {
	return len(fn.Blocks) > 0 && (strings.HasPrefix(fn.Synthetic, "bound method wrapper") || strings.HasPrefix(fn.Synthetic, "wrapper for") ||
		strings.HasPrefix(fn.Synthetic, "thunk for") || strings.HasPrefix(fn.Synthetic, "promotion wrapper") || strings.HasPrefix(fn.Synthetic, "interface method wrapper"))
}

// callNamed calls a declared function by its effects.
func (f *frame) callNamed(s state, c ssa.CallInstruction, fn *ssa.Function, obj *types.Func, args []*node) []result {
	if rs := obj.Signature().Results(); rs.Len() == 0 || !f.a.shapes.carries(rs.At(0).Type(), 1) {
		for _, a := range args {
			s = f.used(s, a)
		}
	}
	f.handedOn(s, c, fn, args)
	eff, analysed := f.a.effectsOf(fn, obj)
	s = f.forgetWritten(s, fn, args)
	if f.a.shapes.begins(obj) && !eff.begins() && (eff == nil || eff.opaqueResult()) {
		return f.beginByShape(s, c, obj, args)
	}
	p, finishes := f.a.shapes.finishes(obj)
	if finishes && !eff.finishes() && len(args) > 0 {
		return f.finishByShape(s, c, p, args)
	}
	switch {
	case eff != nil && finishes:
		return f.apply(s, c, eff, args, p)
	case eff != nil:
		return f.apply(s, c, eff, args, 0)
	case analysed:
		return f.borrowed(s, c, obj, args)
	}
	return f.unknownCall(s, c, obj, args)
}

// forgetWritten drops what the path has learnt about memory that a call of fn
// may write: package variables, and the fields of its arguments that its body
// assigns.
func (f *frame) forgetWritten(s state, fn *ssa.Function, args []*node) state {
	if len(s.facts)+len(s.known) == 0 {
		return s
	}
	written := f.a.fieldsWritten(fn)
	fresh := func(id int32, _ truth) bool {
		keep := true
		f.u().byID(id).addresses(func(addr *node) {
			if g, ok := addr.v.(*ssa.Global); ok && addr.kind == kSym && f.a.writtenGlobals[g] {
				keep = false
			}
			if addr.kind == kField && slices.Contains(args, addr.x) && written[f.fieldOf(addr)] {
				keep = false
			}
		})
		return keep
	}
	s.facts, s.known = s.facts.filter(fresh), s.known.filter(fresh)
	return s
}

// addresses calls visit for every address that n is loaded from.
func (n *node) addresses(visit func(*node)) {
	if n == nil {
		return
	}
	if n.kind == kLoad {
		visit(n.x)
	}
	n.x.addresses(visit)
	n.y.addresses(visit)
	for _, a := range n.args {
		a.addresses(visit)
	}
}

// fieldOf returns the field that the address is of, nil if its type is not
// known.
func (f *frame) fieldOf(addr *node) *types.Var {
	t := f.dynamicType(addr.x)
	if t == nil {
		return nil
	}
	p, ok := types.Unalias(t).Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	st, ok := types.Unalias(p.Elem()).Underlying().(*types.Struct)
	if !ok || addr.i < 0 || addr.i >= st.NumFields() {
		return nil
	}
	return st.Field(addr.i)
}

// fieldsWritten lists the fields that the body of fn assigns.
func (a *solver) fieldsWritten(fn *ssa.Function) map[*types.Var]bool {
	if w, ok := a.written[fn]; ok {
		return w
	}
	w := map[*types.Var]bool{}
	var visit func(*ssa.Function)
	visit = func(g *ssa.Function) {
		for _, b := range g.Blocks {
			for _, instr := range b.Instrs {
				if st, ok := instr.(*ssa.Store); ok {
					if addr, ok := st.Addr.(*ssa.FieldAddr); ok {
						w[fieldVar(addr)] = true
					}
				}
			}
		}
		for _, anon := range g.AnonFuncs {
			visit(anon)
		}
	}
	visit(fn)
	a.written[fn] = w
	return w
}

// invoke calls an interface method: that of the dynamic type where it is
// known, otherwise what the visible implementations or the shape tell.
func (f *frame) invoke(s state, c ssa.CallInstruction, m *types.Func, args []*node) []result {
	m = m.Origin()
	if f.is(s, args[0]) == isNil {
		return nil // panics
	}
	if m.FullName() == "(context.Context).Value" {
		return []result{{s, f.fromContext(s, args[0])}}
	}
	if v, ok := c.(*ssa.Call); ok && m.FullName() == "(context.Context).Err" {
		if endless(args[0]) {
			return []result{{s, f.u().null}}
		}
		return []result{{s, f.u().bounded(f.u().node(node{kind: kEnded, v: v, x: args[0]}))}}
	}
	if t := f.dynamicType(args[0]); t != nil {
		if fn := f.a.method(t, m); fn != nil {
			return f.callFunction(s, c, fn, nil, args)
		}
	}
	if catalog.NoReturn(m) {
		return nil
	}
	if row, ok := f.a.rows.Find(m); ok {
		return f.applyRow(s, c, row, m, args)
	}
	if p, ok := f.a.shapes.finishes(m); ok {
		return f.finishByShape(s, c, p, args)
	}
	f.handedOn(s, c, nil, args)
	eff := f.a.implementations(m)
	if f.a.shapes.begins(m) && !eff.begins() {
		return f.beginByShape(s, c, m, args)
	}
	if eff != nil {
		return f.apply(s, c, eff, args, 0)
	}
	if finisherLike(m.Name()) && len(carried(s, f.u(), args[0])) > 0 {
		return f.finishByShape(s, c, rolledBack, args)
	}
	return f.unknownCall(s, c, m, args)
}

// checked answers for calls that prove something about their arguments, and
// for those that make or wrap errors.
func (f *frame) checked(s state, c ssa.CallInstruction, obj *types.Func, args []*node) ([]result, bool) {
	recv := receivers(obj)
	if check, i, ok := catalog.Checks(obj); ok && i+recv < len(args) {
		x := args[i+recv]
		switch check {
		case catalog.ReturnsIfNil, catalog.ReturnsIfNonNil:
			t, ok := f.assumeNil(s, x, check == catalog.ReturnsIfNil)
			if !ok {
				return nil, true
			}
			return []result{{t, nil}}, true
		case catalog.TrueIfNonNil:
			if i+recv+1 < len(args) && x.kind == kObject && x.s == sentinelMark && x == args[i+recv+1] {
				return []result{{s, f.u().yes}}, true
			}
			if v, ok := c.(*ssa.Call); ok {
				return []result{{s, f.u().node(node{kind: kImpliesNonNil, v: v, x: x})}}, true
			}
		}
	}
	return nil, false
}

// errorResult is the value of a call that returns nothing but an error, as far
// as its signature tells: constructors make one, wrappers keep nilness.
func (f *frame) errorResult(s state, obj *types.Func, args []*node) *node {
	kind, i, ok := catalog.MakesError(obj)
	if !ok {
		return nil
	}
	recv := receivers(obj)
	switch kind {
	case catalog.NonNilError:
		return f.u().nonNil
	case catalog.NilWithArg:
		if i+recv < len(args) {
			return args[i+recv]
		}
	case catalog.NilWithAll:
		return f.joinedError(s, obj, args)
	case catalog.NonNilWithArg:
		for j := range obj.Signature().Params().Len() {
			if j+recv < len(args) && isErrorType(obj.Signature().Params().At(j).Type()) && f.is(s, args[j+recv]) == isNonNil {
				return f.u().nonNil
			}
		}
		if i+recv < len(args) && f.is(s, args[i+recv]) == isNil {
			return f.u().null // what maps errors maps none to none
		}
	}
	return nil
}

// joinedError is the error made of args, the last of which is a list where obj
// is variadic; nil where it is not known whether all of them are nil.
func (f *frame) joinedError(s state, obj *types.Func, args []*node) *node {
	all := args
	if obj.Signature().Variadic() {
		list := args[len(args)-1]
		all = args[:len(args)-1]
		switch {
		case list.kind == kNil:
		case list.kind == kObject:
			listed := false
			for _, e := range s.heap {
				if at := f.u().byID(e.key); at.kind == kElem && at.x == list {
					all = append(all[:len(all):len(all)], e.val)
					listed = true
				}
			}
			if !listed {
				return nil
			}
		default:
			return nil
		}
	}
	none := true
	for _, e := range all {
		switch f.is(s, e) {
		case isNonNil:
			if f.a.isLate(e) {
				return f.u().node(node{kind: kNonNil, s: lateMark})
			}
			return f.u().nonNil
		case isNil:
		default:
			none = false
		}
	}
	if none {
		return f.u().null
	}
	return nil
}

func receivers(obj *types.Func) int {
	if obj.Signature().Recv() != nil {
		return 1
	}
	return 0
}

func isErrorType(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// background marks a context that never ends.
const background = "background"

func recvOf(c ssa.CallInstruction) int {
	if c.Common().IsInvoke() || c.Common().Signature().Recv() != nil {
		return 1
	}
	return 0
}

func returnsError(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n > 0 && isErrorType(sig.Results().At(n-1).Type())
}

// withError returns the results of c with the given error as the last.
func (f *frame) withError(c ssa.CallInstruction, err *node) *node {
	n := c.Common().Signature().Results().Len()
	if n == 1 {
		return err
	}
	args := f.unknownResults(c)
	args[n-1] = err
	return f.u().tuple(args)
}

// unknownResults returns a symbol for each result of c.
func (f *frame) unknownResults(c ssa.CallInstruction) []*node {
	args := make([]*node, c.Common().Signature().Results().Len())
	if v, ok := c.(*ssa.Call); ok {
		for i := range args {
			args[i] = f.resultSym(v, i)
		}
	}
	return args
}

// resultSym is the symbol of result i of the call v.
func (f *frame) resultSym(v *ssa.Call, i int) *node {
	if _, ok := v.Type().(*types.Tuple); ok {
		return f.u().extract(f.u().sym(v), i)
	}
	return f.u().sym(v)
}

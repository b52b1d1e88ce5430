package trips

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/loops"
)

// A target is what a call calls.
type target struct {
	// obj is the function or method, nil for a function value.
	obj *types.Func
	// fn is its body if that is of this package, nil otherwise.
	fn *ssa.Function
	// inputs are the arguments, the receiver first, and what fn has captured.
	inputs []ssa.Value
	// input is the index of the input of the caller that is called, or -1.
	input int
	row   catalog.TripRow
	known bool // row is one
	// params are the parameters without the receiver.
	params *types.Signature
	// recv is 1 if the first input is a receiver.
	recv int
}

// target resolves what c calls.
func (f *flow) target(c ssa.CallInstruction) *target {
	if t, ok := f.targets[c]; ok {
		return t
	}
	t := f.resolve(c.Common())
	f.targets[c] = t
	return t
}

func (f *flow) resolve(common *ssa.CallCommon) *target {
	t := &target{input: -1, params: common.Signature()}
	if common.IsInvoke() {
		t.obj = common.Method.Origin()
		t.inputs = append([]ssa.Value{common.Value}, common.Args...)
		t.recv = 1
		t.row, t.known = f.a.findTrip(t.obj)
		return t
	}
	t.inputs = common.Args
	callable := f.callable(common.Value)
	t.input = callable.input
	fn := callable.fn
	if fn == nil {
		return t
	}
	if o := fn.Origin(); o != nil {
		fn = o
	}
	t.obj, _ = fn.Object().(*types.Func)
	if t.obj != nil {
		t.obj = t.obj.Origin()
		t.params = t.obj.Signature()
		if t.params.Recv() != nil {
			t.recv = 1
		}
		if t.row, t.known = f.a.findTrip(t.obj); t.known {
			return t
		}
	}
	if f.local(fn) {
		t.fn = fn
		if len(callable.bindings) > 0 {
			t.inputs = append(t.inputs[:len(t.inputs):len(t.inputs)], callable.bindings...)
		}
	}
	return t
}

// A callable is a function value.
type callable struct {
	fn       *ssa.Function
	bindings []ssa.Value
	// input is the index of the input that the value is, or -1.
	input int
	// made is where the closure is made, nil if that is elsewhere.
	made *ssa.MakeClosure
}

// callable resolves a function value, as far as it is one function or input.
func (f *flow) callable(v ssa.Value) callable {
	none := callable{input: -1}
	switch v := v.(type) {
	case *ssa.Function:
		return callable{fn: v, input: -1}
	case *ssa.MakeClosure:
		return callable{fn: v.Fn.(*ssa.Function), bindings: v.Bindings, input: -1, made: v}
	case *ssa.ChangeType:
		return f.callable(v.X)
	case *ssa.MakeInterface:
		return f.callable(v.X)
	case *ssa.Parameter:
		for i, p := range f.fn.Params {
			if p == v {
				return callable{input: i}
			}
		}
	case *ssa.FreeVar: // of a bound method, by value
		return callable{input: f.freeVar(v)}
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return none
		}
		switch cell := v.X.(type) {
		case *ssa.Alloc:
			if x := onlyStore(cell); x != nil {
				return f.callable(x)
			}
		case *ssa.FreeVar:
			if alloc := captured(cell); alloc != nil {
				switch x := onlyStore(alloc).(type) {
				case *ssa.MakeClosure:
					return f.sibling(x)
				case *ssa.Function:
					return callable{fn: x, input: -1}
				case *ssa.Parameter:
					return callable{input: f.freeVar(cell)}
				}
			}
		}
	}
	return none
}

// freeVar returns the index among the inputs of a captured variable.
func (f *flow) freeVar(v *ssa.FreeVar) int {
	for i, fv := range f.fn.FreeVars {
		if fv == v {
			return len(f.fn.Params) + i
		}
	}
	return -1
}

// sibling is a closure that an enclosing function made and that f reaches by a
// captured variable. What both have captured is the same to both.
func (f *flow) sibling(mc *ssa.MakeClosure) callable {
	c := callable{fn: mc.Fn.(*ssa.Function), input: -1}
	for _, b := range mc.Bindings {
		c.bindings = append(c.bindings, f.sameVariable(b))
	}
	return c
}

// sameVariable returns the captured variable of f that is bound to what b is;
// where there is none, a constant, from which nothing derives.
func (f *flow) sameVariable(b ssa.Value) ssa.Value {
	for _, fv := range f.fn.FreeVars {
		if x := binding(fv); x != nil && x == b {
			return fv
		}
	}
	return ssa.NewConst(nil, types.Typ[types.UntypedNil])
}

// effect returns what the target does, nil if that is not known.
func (f *flow) effect(t *target) *Effect {
	switch {
	case t.known:
		return nil
	case t.fn != nil:
		if f.a.relevant[t.fn] || t.fn.Parent() != nil || t.fn.Synthetic != "" || len(t.fn.Blocks) <= maxHelper {
			return &f.a.summary(t.fn).Effect
		}
		return nil
	case t.obj == nil:
		return nil
	case isInterfaceMethod(t.obj):
		return f.a.implementations(t.obj)
	}
	return f.a.fact(t.obj)
}

// maxHelper bounds the blocks of functions without statements that are solved
// for what their results derive from.
const maxHelper = 24

// call is the transfer of a call.
func (f *flow) call(c ssa.CallInstruction) {
	if b, ok := c.Common().Value.(*ssa.Builtin); ok {
		f.builtin(c, b)
		return
	}
	t := f.target(c)
	f.step(c, t)
	if e := f.effect(t); e != nil && e.Results != nil {
		f.apply(c, t, e)
		return
	}
	if isProbe(t.obj) {
		return
	}
	d := f.given(t)
	f.setResults(c, func(int, types.Type) set { return d })
	f.writeArguments(c, t)
}

// isProbe reports whether fn only looks at what it is given.
func isProbe(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "log", "log/slog":
		return true
	}
	return false
}

// given is all that the target is given, from which its results may derive. The
// name of a table is no row of it.
func (f *flow) given(t *target) set {
	var d set
	inputs := t.inputs
	if namesTable(t.obj) {
		inputs = inputs[:t.recv]
	}
	for _, in := range inputs {
		d = d.or(f.deep(in))
	}
	return d.withoutRole(counter)
}

// namesTable reports whether fn, of a library, is told which table a statement
// is about.
func namesTable(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil || !catalog.IsLibrary(fn.Pkg().Path()) {
		return false
	}
	switch fn.Name() {
	case "Table", "TableExpr", "ModelTableExpr", "From", "Into":
		return true
	}
	return false
}

// setResults sets what the results of a call derive from.
func (f *flow) setResults(c ssa.CallInstruction, of func(i int, t types.Type) set) {
	call, ok := c.(*ssa.Call)
	if !ok {
		return
	}
	tuple, many := call.Type().(*types.Tuple)
	if !many {
		f.set(call, f.result(call.Type(), c, of(0, call.Type())))
		return
	}
	ds := f.tuple[call]
	if ds == nil {
		ds = make([]set, tuple.Len())
		f.tuple[call] = ds
	}
	for i := range ds {
		t := tuple.At(i).Type()
		if d := f.result(t, c, of(i, t)); carries(t) && !d.subsetOf(ds[i]) {
			ds[i] = ds[i].or(d)
			f.grew = true
		}
	}
}

// result drops what a handle derives from, unless the call adds to the
// statement that the handle gathers.
func (f *flow) result(t types.Type, c ssa.CallInstruction, d set) set {
	if !f.a.rows.IsHandle(t) {
		return d
	}
	tg := f.target(c)
	if f.a.rows.IsFluent(t) && tg.obj != nil && (tg.recv == 1 && (catalog.IsLibrary(tg.obj.Pkg().Path()) || f.a.rows.Names(tg.obj.Pkg().Path())) || f.effect(tg) != nil) {
		return d
	}
	return nil
}

// writeArguments lets a call of which nothing is known write what it is given
// to where its pointers point. What a method adds to its receiver is gathered
// there.
func (f *flow) writeArguments(c ssa.CallInstruction, t *target) {
	for i, in := range t.inputs {
		if !pointer(in) || i == 0 && t.recv == 1 && t.obj != nil && isInterfaceMethod(t.obj) {
			continue
		}
		root, field := f.root(in)
		receiver := i == 0 && t.recv == 1
		// What a service keeps in its fields is not what it was asked for.
		if outside(root) && (receiver || field != entire) && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		if f.a.rows.IsHandle(in.Type()) && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		var d set
		for j, other := range t.inputs {
			if j != i {
				d = d.or(f.deep(other))
			}
		}
		d = d.withoutRole(counter)
		if receiver {
			d = f.gathered(d, in, c.Block())
		}
		f.remember(root, field, d)
		if !receiver {
			for _, x := range f.stored[root] {
				if pointer(x) {
					f.write(x, d)
				}
			}
		}
	}
}

// outside reports whether root was there before the function was called.
func outside(root ssa.Value) bool {
	switch root := root.(type) {
	case *ssa.Parameter, *ssa.FreeVar:
		return true
	case *ssa.Alloc:
		_, param := onlyStore(root).(*ssa.Parameter)
		return param
	}
	return false
}

// pointer reports whether v is a pointer, possibly in an interface, or the
// arguments of a variadic call.
func pointer(v ssa.Value) bool {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	if s, ok := v.(*ssa.Slice); ok {
		_, spelled := s.X.(*ssa.Alloc)
		return spelled
	}
	_, ok := v.Type().Underlying().(*types.Pointer)
	return ok
}

// apply is a call of a function whose effect is known.
func (f *flow) apply(c ssa.CallInstruction, t *target, e *Effect) {
	f.setResults(c, func(i int, _ types.Type) set {
		if i >= len(e.Results) {
			return nil
		}
		return f.derived(e.Results[i], t.inputs, c)
	})
	for _, st := range e.Stores {
		if st.To < len(t.inputs) {
			d := f.through(st.From, t.inputs)
			d = d.or(f.gathered(f.through(st.Gathered, t.inputs), t.inputs[st.To], c.Block()))
			f.write(t.inputs[st.To], d.withoutRole(counter))
		}
	}
}

// through is what something derives from that derives from the given inputs.
func (f *flow) through(m Mask, inputs []ssa.Value) set {
	var d set
	for i, in := range inputs {
		if m.has(i) {
			d = d.or(f.deep(in))
		}
	}
	return d
}

func (f *flow) derived(r Derived, inputs []ssa.Value, c ssa.CallInstruction) set {
	d := f.through(r.From, inputs)
	if r.Gathered != 0 && len(inputs) > 0 {
		d = d.or(f.gathered(f.through(r.Gathered, inputs), inputs[0], c.Block()))
	}
	return d
}

// builtin is the transfer of append, copy, min and max; the others make
// nothing that derives from what they are given.
func (f *flow) builtin(c ssa.CallInstruction, b *ssa.Builtin) {
	args := c.Common().Args
	v, _ := c.(*ssa.Call)
	switch b.Name() {
	case "append":
		if v == nil || len(args) < 2 {
			return
		}
		d := f.deep(args[1]).withoutRole(counter)
		f.set(v, f.deep(args[0]).or(f.gathered(d, args[0], c.Block())))
	case "copy":
		f.write(args[0], f.gathered(f.deep(args[1]), args[0], c.Block()))
	case "min", "max":
		var d set
		for _, x := range args {
			d = d.or(f.val[x])
		}
		if v != nil {
			f.set(v, d.withoutRole(counter))
		}
	}
}

// findIterators notes what each loop steps through by calls: the receivers of
// the calls of Next and their like on which it depends whether there is a
// further round.
func (f *flow) findIterators() {
	for _, b := range f.fn.Blocks {
		l := f.nest.Of(b)
		if l == nil {
			continue
		}
		for _, instr := range b.Instrs {
			c, ok := instr.(*ssa.Call)
			if !ok || !f.steps(&c.Call) {
				continue
			}
			var recv ssa.Value
			if c.Call.IsInvoke() {
				recv = c.Call.Value
			} else {
				recv = c.Call.Args[0]
			}
			root, _ := f.root(recv)
			if in, ok := root.(ssa.Instruction); ok && l.Has(in.Block()) {
				continue // made in the round
			}
			if f.iterators[l] == nil {
				f.iterators[l] = map[ssa.Value]bool{}
			}
			f.iterators[l][root] = true
		}
	}
}

// steps reports whether a call goes on to the next element: a method Next,
// Scan or More that says whether there is one, or that of a cursor.
func (f *flow) steps(c *ssa.CallCommon) bool {
	var m *types.Func
	if c.IsInvoke() {
		m = c.Method
	} else if fn := c.StaticCallee(); fn != nil {
		m, _ = fn.Object().(*types.Func)
	}
	if m == nil || m.Signature().Recv() == nil {
		return false
	}
	switch m.Name() {
	case "Next", "Scan", "More", "HasNext":
	case "Read": // of package encoding/csv
		return m.FullName() == "(*encoding/csv.Reader).Read"
	default:
		return false
	}
	if m.Name() == "Next" && f.a.rows.IsCursor(m.Signature().Recv().Type()) {
		return true
	}
	res := m.Signature().Results()
	if res.Len() != 1 {
		return false
	}
	b, ok := res.At(0).Type().Underlying().(*types.Basic)
	return ok && b.Kind() == types.Bool
}

// step lets what a call takes from an iterator of a loop around it be an
// element of that loop.
func (f *flow) step(c ssa.CallInstruction, t *target) {
	for l := f.nest.Of(c.Block()); l != nil; l = l.Parent {
		its := f.iterators[l]
		if its == nil {
			continue
		}
		takes := false
		for _, in := range t.inputs {
			root, _ := f.root(in)
			takes = takes || its[root] && (f.a.rows.IsCursor(in.Type()) || isIterator(in, its))
		}
		if takes {
			f.take(c, t, l, its)
			return
		}
	}
}

// isIterator reports whether in is the iterator itself, not something that
// only shares its root.
func isIterator(in ssa.Value, its map[ssa.Value]bool) bool {
	switch v := in.(type) {
	case *ssa.UnOp:
		_, local := v.X.(*ssa.Alloc)
		_, free := v.X.(*ssa.FreeVar)
		return v.Op == token.MUL && (local || free)
	case *ssa.MakeInterface:
		return isIterator(v.X, its)
	case *ssa.ChangeInterface:
		return isIterator(v.X, its)
	}
	return its[in]
}

func (f *flow) take(c ssa.CallInstruction, t *target, l *loops.Loop, its map[ssa.Value]bool) {
	csv := t.obj != nil && t.obj.FullName() == "(*encoding/csv.Reader).Read"
	f.setResults(c, func(_ int, typ types.Type) set {
		if csv {
			return single(roleBit(l.Index, element)).or(single(roleBit(l.Index, chunk)))
		}
		return f.elementOf(l, typ)
	})
	elem := single(roleBit(l.Index, element))
	for _, in := range t.inputs {
		root, field := f.root(in)
		if its[root] || !pointer(in) || f.a.rows.IsHandle(in.Type()) {
			continue
		}
		if _, spelled := in.(*ssa.Slice); !spelled {
			f.remember(root, field, elem)
		}
		for _, x := range f.stored[root] {
			if pointer(x) {
				f.write(x, elem)
			}
		}
	}
}

package txflow

import (
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/flow"
)

// A frame is one activation of a function: the function that is solved, or a
// function literal that is run in the place of its call with the state of the
// path that calls it. It is the [flow.Problem] of that activation.
type frame struct {
	a      *solver
	fn     *ssa.Function
	caller *frame // nil for the function that is solved
	// via is the call that a wrapper made by the compiler stands for, nil if fn
	// is none.
	via    ssa.CallInstruction
	live   *flow.Live
	inLoop []bool
	allocs []*ssa.Alloc
	// quiet frames try out what a function value would do; they report nothing.
	quiet bool
	exits []exit
	// tested counts how often each condition on an input is tested.
	tested map[string]int
	// cells are the variables and fields that some branch may depend on.
	cells map[any]bool
}

// An exit is a state at a return, with the values returned.
type exit struct {
	state   state
	results []*node
	ret     *ssa.Return
}

func (f *frame) root() *frame {
	for f.caller != nil {
		f = f.caller
	}
	return f
}

func (f *frame) u() *universe { return f.a.u }

// Key, Meet, Enter, Widen, Class and Step make frame a [flow.Problem].
func (f *frame) Key(s state) string { return s.key() }

func (f *frame) Meet(old, new state) (state, bool) { return meetStates(old, new) }

// Step runs block b from state s.
func (f *frame) Step(b *ssa.BasicBlock, s state) [][]state {
	cur := []state{s}
	for _, instr := range b.Instrs {
		switch instr := instr.(type) {
		case *ssa.Phi:
			continue // chosen on the edge
		case *ssa.If:
			return f.branch(b, instr, cur)
		case *ssa.Jump:
			return [][]state{f.edges(b, 0, cur)}
		case *ssa.Return:
			for _, s := range cur {
				f.returns(s, instr)
			}
			return nil
		case *ssa.Panic:
			for _, s := range cur {
				f.panics(s, instr)
			}
			return nil
		}
		var next []state
		for _, s := range cur {
			next = append(next, f.exec(s, instr)...)
		}
		if cur = distinct(next); len(cur) == 0 {
			return nil
		}
		for _, s := range cur {
			f.a.budget -= s.size()
		}
		if f.a.budget < 0 {
			return nil
		}
	}
	return nil
}

// distinct merges states of one key.
func distinct(states []state) []state {
	if len(states) < 2 {
		return states
	}
	at := make(map[string]int, len(states))
	out := states[:0:0]
	for _, s := range states {
		k := s.key()
		if i, ok := at[k]; ok {
			out[i], _ = meetStates(out[i], s)
			continue
		}
		at[k] = len(out)
		out = append(out, s)
	}
	return out
}

func (f *frame) branch(b *ssa.BasicBlock, instr *ssa.If, states []state) [][]state {
	var yes, no []state
	for _, s := range states {
		cond := f.eval(s, instr.Cond)
		_, decided := f.decide(s, cond)
		note := ""
		if decided {
			note = "known"
		}
		if t, ok := f.assume(s, cond, true); ok {
			yes = append(yes, t.with(stepBranch, instr, true, nil, note))
		}
		if t, ok := f.assume(s, cond, false); ok {
			no = append(no, t.with(stepBranch, instr, false, nil, note))
		}
	}
	return [][]state{f.edges(b, 0, yes), f.edges(b, 1, no)}
}

// edges carries states over the edge to successor i: its phis choose their
// values, all at once.
func (f *frame) edges(b *ssa.BasicBlock, i int, states []state) []state {
	succ := b.Succs[i]
	from := predIndex(b, i)
	out := make([]state, len(states))
	for k, s := range states {
		t := s
		for _, instr := range succ.Instrs {
			phi, ok := instr.(*ssa.Phi)
			if !ok {
				break
			}
			v := f.eval(s, phi.Edges[from])
			if !compared(phi) && !f.matters(s, phi.Type(), v) {
				t, v = f.forget(t, phi), nil
			}
			t = f.bind(t, phi, v)
		}
		out[k] = t
	}
	return out
}

// plain reports whether n is a number or a string.
func plain(n *node) bool {
	return n.kind == kConst && n.s != "true" && n.s != "false" && n.s != zeroStruct
}

// matters reports whether a value of type t, which is n here, can decide what
// happens to a transaction although no branch compares it: errors and booleans
// are returned and passed on, functions are called, handles are finished.
func (f *frame) matters(s state, t types.Type, n *node) bool {
	if isErrorType(t) {
		return true
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsBoolean != 0
	case *types.Signature:
		return true
	}
	switch n.kind {
	case kFunc, kCleanup, kCarrier, kCancel, kStruct, kRows:
		return true
	case kSym:
		return f.isInput(n) // paths do not differ in it
	}
	if _, ok := types.Unalias(t).Underlying().(*types.Interface); ok && len(f.inputsIn(s, n)) > 0 {
		return true
	}
	return n.kind == kConst && n.s == zeroStruct || f.a.shapes.carries(t, 3) || len(carried(s, f.u(), n)) > 0
}

// inert reports whether n is a fresh map, channel, interface value or list of
// numbers or strings: nothing that a transaction can be in.
func inert(n *node) bool {
	if n.kind != kObject {
		return false
	}
	switch v := n.v.(type) {
	case *ssa.MakeMap, *ssa.MakeChan, *ssa.MakeSlice, *ssa.MakeInterface:
		return true
	case *ssa.Alloc:
		if arr, ok := types.Unalias(v.Type()).Underlying().(*types.Pointer).Elem().Underlying().(*types.Array); ok {
			_, basic := arr.Elem().Underlying().(*types.Basic)
			return basic
		}
	}
	return false
}

// compared reports whether some branch may depend on what number or string v
// is. What no branch depends on need not tell paths apart.
func compared(v ssa.Value) bool {
	refs := v.Referrers()
	if refs == nil {
		return true
	}
	for _, ref := range *refs {
		switch ref := ref.(type) {
		case *ssa.BinOp, *ssa.Phi, *ssa.If, *ssa.Convert, *ssa.ChangeType, *ssa.Return:
			return true
		case *ssa.UnOp:
			if ref.Op != token.MUL {
				return true
			}
		}
	}
	return false
}

// testedCell reports whether some branch of the solved function may depend on
// what the variable or field at addr holds.
func (f *frame) testedCell(addr ssa.Value) bool {
	cells := f.root().cells
	switch addr := addr.(type) {
	case *ssa.FieldAddr:
		return cells[fieldVar(addr)]
	case *ssa.Alloc:
		return cells[addr]
	case *ssa.FreeVar:
		if a := capturedVariable(addr.Parent(), addr); a != nil {
			return cells[a]
		}
	case *ssa.IndexAddr:
		return false
	}
	return true
}

// predIndex returns which predecessor of its successor i block b is.
func predIndex(b *ssa.BasicBlock, i int) int {
	nth := 0
	for _, s := range b.Succs[:i] {
		if s == b.Succs[i] {
			nth++
		}
	}
	for j, p := range b.Succs[i].Preds {
		if p == b {
			if nth == 0 {
				return j
			}
			nth--
		}
	}
	return 0
}

// bind makes v stand for n.
func (f *frame) bind(s state, v ssa.Value, n *node) state {
	key := f.u().number(v)
	if n == nil || n.kind == kSym && n.v == v {
		s.env = s.env.without(key)
	} else {
		s.env = s.env.set(key, n)
	}
	return s
}

// eval returns what v stands for on the path of s.
func (f *frame) eval(s state, v ssa.Value) *node {
	u := f.u()
	switch v := v.(type) {
	case *ssa.Const:
		return f.constant(v)
	case *ssa.Function:
		return u.node(node{kind: kFunc, v: v})
	case *ssa.Global, *ssa.Builtin:
		return u.sym(v)
	}
	if n, ok := s.env.get(u.number(v)); ok {
		return n
	}
	if a, ok := v.(*ssa.Alloc); ok {
		return u.object(a)
	}
	return u.sym(v)
}

func (f *frame) constant(c *ssa.Const) *node {
	switch {
	case c.IsNil():
		return f.u().null
	case c.Value == nil:
		return f.u().zero(c.Type())
	case c.Value.Kind() == constant.Bool:
		return f.u().truth(constant.BoolVal(c.Value))
	}
	text := c.Value.ExactString()
	if b, ok := types.Unalias(c.Type()).Underlying().(*types.Basic); ok && b.Info()&types.IsInteger == 0 && b.Info()&types.IsNumeric != 0 {
		text += "f" // its neighbours are not one away
	}
	return f.u().constant(text)
}

// zeroStruct is the constant that stands for a struct of zero fields.
const zeroStruct = "{}"

// zero returns the zero value of type t.
func (u *universe) zero(t types.Type) *node {
	switch t := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		switch {
		case t.Info()&types.IsBoolean != 0:
			return u.no
		case t.Info()&types.IsString != 0:
			return u.constant(`""`)
		case t.Kind() == types.UnsafePointer:
			return u.null
		}
		return u.constant("0")
	case *types.Struct, *types.Array, *types.Tuple:
		return u.constant(zeroStruct)
	}
	return u.null
}

// exec runs one instruction that neither branches nor returns.
func (f *frame) exec(s state, instr ssa.Instruction) []state {
	positive := f.countsUp(s, instr)
	if v, ok := instr.(ssa.Value); ok && (f.caller != nil || f.inLoop[instr.Block().Index]) {
		if _, call := instr.(ssa.CallInstruction); !call {
			s = f.forget(s, v)
		}
	}
	if positive {
		sym := f.u().sym(instr.(ssa.Value))
		s, _ = f.assume(s, f.u().compare(token.GTR, sym, f.u().constant("0")), true)
	}
	switch instr := instr.(type) {
	case *ssa.Call:
		return f.execCall(s, instr)
	case *ssa.Defer:
		return []state{f.register(s, instr)}
	case *ssa.Go:
		return []state{f.spawn(s, instr)}
	case *ssa.RunDefers:
		return f.runDefers(s)
	case *ssa.IndexAddr:
		if _, ok := instr.Index.(*ssa.Const); !ok {
			s = f.escape(s, f.eval(s, instr.X), instr, "it is in a list that is gone through")
		}
		return []state{f.bind(s, instr, f.value(s, instr))}
	case *ssa.Store:
		addr, val := f.eval(s, instr.Addr), f.eval(s, instr.Val)
		_, listed := instr.Addr.(*ssa.IndexAddr)
		if !listed && !f.testedCell(instr.Addr) && !f.matters(s, instr.Val.Type(), val) || listed && (plain(val) || inert(val)) {
			val = f.u().node(node{kind: kHavoc, x: addr, s: overwritten})
		}
		return []state{f.store(s, addr, val, instr)}
	case *ssa.MapUpdate:
		return []state{f.escape(s, f.eval(s, instr.Value), instr, "it is put into a map")}
	case *ssa.Send:
		return []state{f.escape(s, f.eval(s, instr.X), instr, "it is sent over a channel")}
	case *ssa.Select:
		return f.selects(s, instr)
	case *ssa.DebugRef:
		return []state{s}
	case ssa.Value:
		return []state{f.bind(s, instr, f.value(s, instr))}
	}
	return []state{s}
}

// countsUp reports whether instr adds a positive constant to a number that is
// known not to be negative: a counter.
func (f *frame) countsUp(s state, instr ssa.Instruction) bool {
	add, ok := instr.(*ssa.BinOp)
	if !ok || add.Op != token.ADD {
		return false
	}
	c, ok := add.Y.(*ssa.Const)
	if !ok || c.Value == nil || c.Value.Kind() != constant.Int || constant.Sign(c.Value) <= 0 {
		return false
	}
	u := f.u()
	negative, known := f.decide(s, u.compare(token.LSS, f.eval(s, add.X), u.constant("0")))
	return known && !negative
}

// selects splits the path by the case of a select that is taken.
func (f *frame) selects(s state, instr *ssa.Select) []state {
	u := f.u()
	taken := func(s state, i int) state {
		args := make([]*node, instr.Type().(*types.Tuple).Len())
		args[0] = u.constant(strconv.Itoa(i))
		for j := 1; j < len(args); j++ {
			args[j] = u.extract(u.sym(instr), j)
		}
		return f.bind(s, instr, u.tuple(args))
	}
	var out []state
	for i, st := range instr.States {
		t := s
		if st.Send != nil {
			t = f.escape(s, f.eval(s, st.Send), instr, "it is sent over a channel")
		}
		out = append(out, taken(t, i))
	}
	if !instr.Blocking {
		out = append(out, taken(s, -1))
	}
	return out
}

// value computes the value of an instruction without side effects; nil says
// that nothing is known of it.
func (f *frame) value(s state, v ssa.Value) *node {
	u := f.u()
	switch v := v.(type) {
	case *ssa.Alloc:
		return u.object(v)
	case *ssa.MakeMap, *ssa.MakeChan, *ssa.MakeSlice:
		return u.object(v)
	case *ssa.MakeClosure:
		args := make([]*node, len(v.Bindings))
		for i, b := range v.Bindings {
			args[i] = f.eval(s, b)
		}
		return u.node(node{kind: kFunc, v: v.Fn, args: args})
	case *ssa.MakeInterface:
		x := f.eval(s, v.X)
		if x.kind == kSym || x.kind == kConst || x.kind == kLoad {
			if _, ok := types.Unalias(v.X.Type()).Underlying().(*types.Pointer); !ok {
				return u.nonNilOf(v, x)
			}
		}
		return x
	case *ssa.ChangeType:
		return f.eval(s, v.X)
	case *ssa.ChangeInterface:
		return f.eval(s, v.X)
	case *ssa.Slice:
		if _, ok := types.Unalias(v.X.Type()).Underlying().(*types.Pointer); ok {
			return f.eval(s, v.X)
		}
	case *ssa.FieldAddr:
		return u.bounded(u.field(f.eval(s, v.X), v.Field))
	case *ssa.IndexAddr:
		i := -1
		if c, ok := v.Index.(*ssa.Const); ok && c.Value != nil {
			i = int(c.Int64())
		}
		return u.bounded(u.elem(f.eval(s, v.X), i))
	case *ssa.Field:
		return f.part(f.eval(s, v.X), v.Field, v.Type())
	case *ssa.Extract:
		return f.extract(f.eval(s, v.Tuple), v.Index)
	case *ssa.TypeAssert:
		return f.assert(s, v)
	case *ssa.UnOp:
		switch v.Op {
		case token.MUL:
			return f.read(s, f.eval(s, v.X), v.Type(), v)
		case token.NOT:
			return u.not(f.eval(s, v.X))
		}
	case *ssa.BinOp:
		return u.bounded(u.compare(v.Op, f.eval(s, v.X), f.eval(s, v.Y)))
	}
	return nil
}

// nonNilOf is the interface value made from the non-pointer x: never nil. A
// constant keeps its identity.
func (u *universe) nonNilOf(v ssa.Value, x *node) *node {
	if x.kind == kConst && x.s != zeroStruct {
		return x
	}
	return u.object(v)
}

// bounded returns n, or nil where it has grown past what is worth keeping.
func (u *universe) bounded(n *node) *node {
	if n == nil || n.depth() > maxDepth {
		return nil
	}
	return n
}

func (u *universe) not(x *node) *node {
	switch x {
	case u.yes:
		return u.no
	case u.no:
		return u.yes
	}
	if x.kind == kNot {
		return x.x
	}
	return u.node(node{kind: kNot, x: x})
}

// compare returns the canonical form of x op y, nil if op is no comparison:
// only ==, < and > remain, and a constant stands on the right.
func (u *universe) compare(op token.Token, x, y *node) *node {
	isConst := func(n *node) bool { return n.kind == kNil || n.kind == kConst }
	swap := map[token.Token]token.Token{token.EQL: token.EQL, token.NEQ: token.NEQ, token.LSS: token.GTR, token.GTR: token.LSS, token.LEQ: token.GEQ, token.GEQ: token.LEQ}
	flipped, ok := swap[op]
	if !ok {
		return nil
	}
	if isConst(x) && !isConst(y) || isConst(x) == isConst(y) && x.id > y.id {
		x, y, op = y, x, flipped
	}
	switch op {
	case token.NEQ:
		return u.not(u.compare(token.EQL, x, y))
	case token.GEQ:
		return u.not(u.node(node{kind: kCompare, op: token.LSS, x: x, y: y}))
	case token.LEQ:
		return u.not(u.node(node{kind: kCompare, op: token.GTR, x: x, y: y}))
	case token.EQL:
		switch y {
		case u.yes:
			return x
		case u.no:
			return u.not(x)
		}
	}
	return u.node(node{kind: kCompare, op: op, x: x, y: y})
}

func (f *frame) extract(x *node, i int) *node {
	if x.kind == kTuple {
		if i < len(x.args) {
			return x.args[i]
		}
		return nil
	}
	return f.u().extract(x, i)
}

// part returns field i of the struct value x.
func (f *frame) part(x *node, i int, t types.Type) *node {
	u := f.u()
	switch {
	case x.kind == kStruct && i < len(x.args) && x.args[i] != nil:
		return x.args[i]
	case x.kind == kConst && x.s == zeroStruct:
		if t == nil {
			return nil
		}
		return u.zero(t)
	case x.kind == kLoad:
		return u.load(u.field(x.x, i))
	}
	return u.bounded(u.part(x, i))
}

// assert evaluates a type assertion: the value stays what it is, and whether
// it succeeds is known where the dynamic type is.
func (f *frame) assert(s state, v *ssa.TypeAssert) *node {
	u := f.u()
	x := f.eval(s, v.X)
	if !v.CommaOk {
		return x
	}
	var ok *node
	if t := f.dynamicType(x); t != nil {
		if i, isIface := types.Unalias(v.AssertedType).Underlying().(*types.Interface); isIface {
			ok = u.truth(types.Implements(t, i))
		} else {
			ok = u.truth(types.Identical(t, v.AssertedType))
		}
	} else if f.is(s, x) == isNil {
		ok = u.no
	}
	if ok == u.no {
		return u.tuple([]*node{u.zero(v.AssertedType), u.no})
	}
	if ok == nil {
		// It holds only if there is a value to hold for.
		ok = u.node(node{kind: kImpliesNonNil, v: v, x: x})
	}
	return u.tuple([]*node{x, ok})
}

// dynamicType returns the concrete type of what n stands for, nil if unknown.
func (f *frame) dynamicType(n *node) types.Type {
	var t types.Type
	switch n.kind {
	case kObject:
		t = n.v.Type()
		if mi, ok := n.v.(*ssa.MakeInterface); ok {
			t = mi.X.Type()
		}
	case kSym:
		t = n.v.Type()
	case kResult, kTx, kDerived:
		if d := f.u().dynamic[n]; d != nil {
			return d
		}
		if n.kind == kDerived {
			t = n.v.Type()
		} else if n.i >= 0 {
			t = resultType(n.v, n.i)
		}
	case kLoad, kField, kExtract:
		return f.u().dynamic[n]
	}
	if t == nil || types.IsInterface(t) {
		return nil
	}
	if _, ok := t.(*types.Tuple); ok {
		return nil
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return nil
	}
	return t
}

// resultType returns the type of result i of the call v.
func resultType(v ssa.Value, i int) types.Type {
	if t, ok := v.Type().(*types.Tuple); ok {
		if i < t.Len() {
			return t.At(i).Type()
		}
		return nil
	}
	return v.Type()
}

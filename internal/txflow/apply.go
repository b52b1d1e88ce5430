package txflow

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go/types"

	"golang.org/x/tools/go/ssa"
)

// An application applies one outcome of a callee at a call.
type application struct {
	f    *frame
	c    ssa.CallInstruction
	args []*node
	// back holds what the function inputs that the callee calls returned here,
	// by the text of the input.
	back map[string]*node
	// fresh are the transactions that the call leaves to the caller.
	fresh []*node
	// finishes is the phase that the callee reads like leading to, 0 for none.
	finishes phase
	// unsure is set where the callee may also leave alone what it ends here.
	unsure bool
	// dropped are the outcomes that are taken not to happen, on trust.
	dropped []*Outcome
}

// apply runs a call by the effects of the callee. If finishes is a phase, the
// callee reads like a finisher: what it lends to code that is not in view is
// taken to be finished there.
func (f *frame) apply(s state, c ssa.CallInstruction, eff *Effects, args []*node, finishes phase) []result {
	var feasible []candidate
	manages := eff.manages()
	if c.Common().IsInvoke() {
		manages = f.a.managers[c.Common().Method.Origin()]
	}
	for i := range eff.Outcomes {
		o := &eff.Outcomes[i]
		if _, ok := (&application{f: f, c: c, args: args}).when(s, o.When); !ok {
			continue // what it calls back is not called
		}
		for _, r := range f.callBacks(s, c, o, args, manages) {
			app := &application{f: f, c: c, args: args, back: r.back, finishes: finishes, unsure: c.Common().IsInvoke()}
			if t, ok := app.when(r.state, o.When); ok {
				feasible = append(feasible, candidate{o, app, t, app.signature(r.state, o)})
			}
		}
	}
	feasible = settleChoice(f.inherited(feasible, s, c, args))
	var out []result
	for _, x := range feasible {
		out = append(out, x.app.outcome(x.state, x.outcome))
	}
	return out
}

// inherited drops the outcomes that begin, or fail, where the call may also
// take over the transaction that one of its arguments, a context, carries.
func (f *frame) inherited(cs []candidate, s state, c ssa.CallInstruction, args []*node) []candidate {
	carrier := slices.ContainsFunc(args, func(a *node) bool {
		return a != nil && a.kind == kCarrier && a.carriesOpen(s)
	})
	conditional := slices.ContainsFunc(cs, func(c candidate) bool {
		return slices.ContainsFunc(c.outcome.Begins, func(b Begun) bool { return b.Conditional })
	})
	if !conditional {
		return cs
	}
	if !carrier {
		return f.joining(cs, c)
	}
	var success []candidate
	for _, c := range cs {
		rs := c.outcome.Results
		if len(c.outcome.Begins) == 0 && len(rs) > 0 && rs[len(rs)-1].Kind == Nil {
			success = append(success, c)
		}
	}
	if len(success) == 0 {
		return cs
	}
	return success
}

// joining lets one context decide alike each time: either it carries a
// transaction that begins join, or it does not.
func (f *frame) joining(cs []candidate, c ssa.CallInstruction) []candidate {
	sig := c.Common().Signature()
	i := slices.IndexFunc(slices.Collect(sig.Params().Variables()), func(v *types.Var) bool { return isContext(v.Type()) })
	if i < 0 {
		return cs
	}
	var out []candidate
	for _, x := range cs {
		rs := x.outcome.Results
		if i+recvOf(c) < len(x.app.args) && len(rs) > 0 && rs[len(rs)-1].Kind == Nil {
			joins := f.u().node(node{kind: kJoins, x: x.app.args[i+recvOf(c)]})
			s, ok := f.assume(x.state, joins, len(x.outcome.Begins) == 0)
			if !ok {
				continue
			}
			x.state = s
		}
		out = append(out, x)
	}
	return out
}

// carriesOpen reports whether the container n holds an open transaction.
func (n *node) carriesOpen(s state) bool {
	if n.kind == kTx {
		p, ok := s.phaseOf(n)
		return ok && p == open
	}
	for _, a := range n.args {
		if a != nil && a.carriesOpen(s) {
			return true
		}
	}
	return false
}

type candidate struct {
	outcome *Outcome
	app     *application
	state   state
	// sign is what the caller can tell the outcome by.
	sign string
}

// settleChoice drops outcomes that leave a transaction alone which others
// finish, where nothing that the caller could see tells them apart: then the
// callee decides by something that is not in view, and it is trusted. A commit
// that failed says nothing of the other errors that the callee returns: it ends
// the transaction, but that is not what the callee did about the error.
func settleChoice(cs []candidate) []candidate {
	most := map[string]int{}
	for _, c := range cs {
		k := c.sign
		most[k] = max(most[k], c.vouches())
	}
	dropped := map[string][]*Outcome{}
	cs = slices.DeleteFunc(slices.Clone(cs), func(c candidate) bool {
		trusted := c.outcome.ends() < most[c.sign]
		if trusted {
			dropped[c.sign] = append(dropped[c.sign], c.outcome)
		}
		return trusted
	})
	for _, c := range cs {
		c.app.dropped = dropped[c.sign]
		c.app.unsure = c.app.unsure || len(c.app.dropped) > 0
	}
	return cs
}

// vouches counts the borrowed transactions that the outcome finishes or keeps,
// as far as that lets one expect the same of others.
func (c candidate) vouches() int {
	n := len(c.outcome.Results)
	if n == 0 || c.app.c.Common().IsInvoke() || !returnsError(c.app.c.Common().Signature()) || c.outcome.Results[n-1].Kind == Nil {
		return c.outcome.ends()
	}
	return c.outcome.ends() - c.outcome.commits()
}

// commits counts the borrowed transactions that the outcome commits.
func (o *Outcome) commits() int {
	n := 0
	for _, d := range o.Done {
		if phase(d.Phase) == committed {
			n++
		}
	}
	return n
}

// success writes which results are nil or constant, all else being alike.
func (o *Outcome) success() string {
	var b strings.Builder
	for _, r := range o.Results {
		switch r.Kind {
		case Nil:
			b.WriteString("nil,")
		case Const:
			b.WriteString(r.S + ",")
		default:
			b.WriteString("?,")
		}
	}
	return b.String()
}

// signature writes what the caller, in state s, can tell an outcome by: the
// conditions that it does not know to hold anyway, and which results are nil.
func (a *application) signature(s state, o *Outcome) string {
	var b strings.Builder
	for _, w := range o.When {
		if n := a.node(s, w.Of); n != nil {
			if _, ok := a.f.decide(s, n); ok || a.f.is(s, n) != 0 {
				continue
			}
		}
		b.WriteString(w.String() + "&")
	}
	for _, r := range o.Results {
		k := r.Kind
		if k == Ended || k == Object || k == Fresh || k == Struct || k == Cleanup || k == Sentinel || k == Carrier {
			k = NonNil
		}
		b.WriteString(strconv.Itoa(int(k)))
		if r.Kind == Const {
			b.WriteString(r.S)
		}
		b.WriteByte(',')
	}
	return b.String()
}

// ends counts the borrowed transactions that the outcome finishes or keeps.
func (o *Outcome) ends() int {
	n := 0
	for _, d := range o.Done {
		if phase(d.Phase) != lent {
			n++
		}
	}
	return n
}

// mayLeave reports whether the callee, in an outcome that is taken not to
// happen, leaves the borrowed transaction alone. Of an interface method such an
// outcome may be that of another implementation.
func (a *application) mayLeave(tx *Expr) bool {
	return !a.c.Common().IsInvoke() && slices.ContainsFunc(a.dropped, func(o *Outcome) bool {
		return !slices.ContainsFunc(o.Done, func(d Done) bool { return phase(d.Phase) != lent && reflect.DeepEqual(d.Tx, tx) })
	})
}

type calledState struct {
	state state
	back  map[string]*node
}

// callBacks runs the functions among the arguments that the outcome calls. If
// the callee manages transactions, it lends them one.
func (f *frame) callBacks(s state, c ssa.CallInstruction, o *Outcome, args []*node, manages bool) []calledState {
	states := []calledState{{s, nil}}
	for _, fn := range o.Calls {
		var next []calledState
		for _, cs := range states {
			app := &application{f: f, c: c, args: args, back: cs.back}
			n := app.node(cs.state, fn.Fn)
			with := make([]*node, len(fn.Args))
			var lent *node
			var how phase
			call, _ := c.(*ssa.Call)
			for i, e := range fn.Args {
				switch {
				case e == nil:
				case e.Op != 't':
					with[i] = app.node(cs.state, e)
				case manages && call != nil && lent == nil && n != nil && e.N != 0:
					cs.state, lent = f.lendManaged(cs.state, call, n, i)
					with[i], how = lent, phase(e.N)
					if takesContext(n, i) {
						with[i] = f.u().node(node{kind: kCarrier, v: call, i: managedIndex, args: []*node{lent}})
					}
				case !takesContext(n, i):
					with[i] = f.u().lentTx
				}
			}
			for _, r := range f.callArgument(cs.state, c, n, with) {
				if lent != nil {
					r.state = r.state.endManaged(lent, how, call)
				}
				back := map[string]*node{}
				for k, v := range cs.back {
					back[k] = v
				}
				back[fn.Fn.String()] = r.val
				next = append(next, calledState{r.state, back})
			}
		}
		states = next
	}
	return states
}

// callArgument calls a function value that was passed to a callee which calls
// it with the arguments given, nil where they are not known.
func (f *frame) callArgument(s state, c ssa.CallInstruction, n *node, args []*node) []result {
	if n == nil {
		return []result{{s, nil}}
	}
	switch n.kind {
	case kFunc:
		sf := n.v.(*ssa.Function)
		if rs, ok := f.run(s, sf, n.args, args, f.quiet); ok && (sf.Parent() != nil || isThunk(sf)) {
			return rs
		}
	case kCleanup:
		return f.callCleanup(s, c, n)
	case kNil:
		return nil
	default:
		if f.isInput(n) {
			s.called = s.called.set(n.id, f.u().tuple(args))
		}
	}
	return []result{{s, nil}}
}

// when assumes the conditions of an outcome.
func (a *application) when(s state, conds []Condition) (state, bool) {
	for _, c := range conds {
		n := a.node(s, c.Of)
		if n == nil {
			if c.Of.Op == 'e' && truth(c.Is) == isNonNil {
				s = s.contextOver(a.node(s, c.Of.X))
			}
			continue
		}
		var ok bool
		switch truth(c.Is) {
		case isNil:
			s, ok = a.f.assumeNil(s, n, true)
		case isNonNil:
			s, ok = a.f.assumeNil(s, n, false)
		case isTrue:
			s, ok = a.f.assume(s, n, true)
		default:
			s, ok = a.f.assume(s, n, false)
		}
		if !ok {
			return s, false
		}
	}
	return s, true
}

// node returns what an expression over the callee's inputs is here, nil if
// that is not known.
func (a *application) node(s state, e *Expr) *node {
	u := a.f.u()
	var x *node
	if e.X != nil && e.Op != 'r' {
		if x = a.node(s, e.X); x == nil {
			return nil
		}
	}
	switch e.Op {
	case 'p':
		if e.N < len(a.args) {
			return a.args[e.N]
		}
	case 'f':
		return u.bounded(u.field(x, e.N))
	case 'l':
		return a.f.readUntyped(s, x)
	case 'P':
		return a.f.part(x, e.N, nil)
	case 'n':
		if x.kind == kNil {
			return u.constant("0")
		}
		return u.bounded(u.node(node{kind: kLen, x: x}))
	case 'e':
		if endless(x) {
			return u.null
		}
		return nil
	case 'z':
		return u.null
	case 'c':
		switch e.S {
		case "true", "false":
			return u.truth(e.S == "true")
		}
		return u.constant(e.S)
	case '!':
		return u.not(x)
	case 'r':
		n := a.back[e.X.String()]
		if n != nil && e.N >= 0 {
			n = a.f.extract(n, e.N)
		}
		return n
	case '=', '<', '>':
		if y := a.node(s, e.Y); y != nil {
			return u.bounded(u.compare(compareToken(e.Op), x, y))
		}
	}
	return nil
}

// readUntyped reads what the address holds where the type is not at hand.
func (f *frame) readUntyped(s state, addr *node) *node {
	if n, ok := s.heap.get(addr.id); ok {
		return n
	}
	if n := f.readThrough(s, addr, nil); n != nil {
		return n
	}
	if addr.kind == kCarrier {
		return f.fromContext(s, addr)
	}
	if root(addr).kind == kTx {
		return addr
	}
	if b := cell(addr); addr.kind == kField && root(b).kind == kTx {
		return b // the handle embedded in a handle
	}
	if b := cell(addr); b.kind == kObject || b.kind == kResult && b.s == made {
		if t := f.cellType(addr); t != nil {
			return f.u().zero(t)
		}
		return nil
	}
	switch addr.kind {
	case kSym, kField, kElem, kResult, kLoad:
		return f.u().bounded(f.u().load(addr))
	}
	return nil
}

// cellType returns the type of what addr, inside an object, holds.
func (f *frame) cellType(addr *node) types.Type {
	switch addr.kind {
	case kObject, kResult:
		if t := f.dynamicType(addr); t != nil {
			if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
				return p.Elem()
			}
		}
	case kField:
		if t := f.cellType(addr.x); t != nil {
			if st, ok := types.Unalias(t).Underlying().(*types.Struct); ok && addr.i < st.NumFields() {
				return st.Field(addr.i).Type()
			}
		}
	}
	return nil
}

// outcome changes s as the outcome says and returns the results.
func (a *application) outcome(s state, o *Outcome) result {
	f := a.f
	for _, d := range o.Done {
		n := a.node(s, d.Tx)
		if n == nil {
			continue
		}
		switch p := phase(d.Phase); {
		case p == handedOver && d.Tx.Op != 'p' && root(n).kind == kTx:
			// Something inside an opaque handle is kept, not the handle.
		case p == handedOver:
			s = f.escape(s, n, a.c, "it is passed to "+calleeName(a.c.Common())+", which keeps it")
		case p == lent && a.finishes != 0:
			s = f.finish(s, n, a.c, ending{phase: a.finishes})
		case p == lent:
			s = f.lendOut(s, n)
		default:
			s = f.finish(s, n, a.c, ending{phase: p, sure: !d.Assumed && !a.unsure, works: d.Works, left: d.Left || a.mayLeave(d.Tx), tolerant: d.Tolerant, where: d.Where})
		}
	}
	call, _ := a.c.(*ssa.Call)
	for i, b := range o.Begins {
		var tx *node
		if call != nil && (f.a.ours(a.c) || o.returns(i)) {
			tx = f.u().tx(call, i)
			if t := f.a.resolve(b.Type); t != nil {
				f.u().dynamic[tx] = t
			}
			f.a.conditional[tx] = b.Conditional
			var ctx *node
			if b.Ctx != nil {
				ctx = a.node(s, b.Ctx)
			}
			s = f.opened(s, call, tx, nil, ctx, b.Assumed).idle(tx, idleness(b.Idle))
		}
		a.fresh = append(a.fresh, tx)
	}
	for _, st := range o.Stores {
		addr := a.node(s, st.To)
		if addr == nil || addr.kind == kNil {
			continue
		}
		v := a.value(s, st.Val, -1)
		if v == nil {
			s = f.havocArg(s, addr, a.c)
			continue
		}
		s = f.store(s, addr, v, a.c)
		s = a.fill(s, v, st.Val)
	}
	if call == nil {
		return result{s, nil}
	}
	r := a.results(s, o, call)
	for _, tx := range a.fresh {
		if tx != nil && !f.held(r.state, r.val, tx) {
			r.state = r.state.setPhase(tx, handedOver)
			f.a.silence(tx, a.c, "it is kept in something that this function was given", f)
		}
	}
	return r
}

// held reports whether the value, or a variable or field that the solved
// function owns, is or contains the handle. A transaction that a callee begins
// inside something that outlives the function is its owner's to finish.
func (f *frame) held(s state, val, tx *node) bool {
	if val.contains(tx) {
		return true
	}
	for _, e := range s.heap {
		if b := base(f.u().byID(e.key)); b.v != nil && f.root().outlives(b) {
			continue
		}
		if e.val.contains(tx) {
			return true
		}
	}
	return false
}

func (n *node) contains(tx *node) bool {
	if n == nil {
		return false
	}
	if n == tx || n.kind == kDerived && n.x == tx {
		return true
	}
	for _, a := range n.args {
		if a.contains(tx) {
			return true
		}
	}
	return false
}

// returns reports whether the transaction i of Begins is handed out by a
// result, not only written through an input.
func (o *Outcome) returns(i int) bool {
	var in func(Value) bool
	in = func(v Value) bool {
		if v.Kind == Fresh && v.N == i {
			return true
		}
		for _, e := range v.Ends {
			if e.In == nil && e.N == i {
				return true
			}
		}
		return slices.ContainsFunc(v.Fields, func(f FieldValue) bool { return in(f.Val) })
	}
	return slices.ContainsFunc(o.Results, in)
}

// ours reports whether the callee of c belongs to the module in hand. What a
// function of another module begins inside its own objects is that module's
// business.
func (a *solver) ours(c ssa.CallInstruction) bool {
	var pkg *types.Package
	if m := c.Common().Method; m != nil {
		pkg = m.Pkg()
	} else if fn := c.Common().StaticCallee(); fn != nil && fn.Object() != nil {
		pkg = fn.Object().Pkg()
	}
	if pkg == nil || pkg == a.pass.Pkg || a.pass.Module == nil || a.pass.Module.Path == "" { // nogo knows no modules
		return true
	}
	rest, ok := strings.CutPrefix(pkg.Path(), a.pass.Module.Path)
	return ok && (rest == "" || rest[0] == '/')
}

func (a *application) results(s state, o *Outcome, call *ssa.Call) result {
	f := a.f
	vals := make([]*node, len(o.Results))
	for i, v := range o.Results {
		n := a.value(s, v, i)
		if v.Kind == Ended {
			n = f.u().node(node{kind: kTx, v: call, i: i, s: endedMark})
			s = s.dropObligation(n).begin(n, nil, nil, false).with(stepBegin, call, false, n, "")
			s = s.finished(n, ending{phase: phase(v.N), sure: true, by: call, where: v.S})
		}
		if n != nil && v.Kind == Input && root(n).kind == kTx && !f.canBeTx(resultType(call, i)) {
			n = nil // something else that the same context carries
		}
		if n == nil {
			n = f.resultSym(call, i)
		} else if n.kind == kResult || n.kind == kTx {
			s = a.fill(s, n, v)
		}
		vals[i] = n
	}
	switch len(vals) {
	case 0:
		return result{s, nil}
	case 1:
		return result{s, vals[0]}
	}
	return result{s, f.u().tuple(vals)}
}

// value makes the value v; i is the index of the result that it is, -1 where
// it is stored. An object gets its fields by fill.
func (a *application) value(s state, v Value, i int) *node {
	f, u := a.f, a.f.u()
	switch v.Kind {
	case Nil:
		return u.null
	case NonNil:
		return a.nonNil(i)
	case Const:
		switch v.S {
		case "true", "false":
			return u.truth(v.S == "true")
		}
		return u.constant(v.S)
	case Input:
		return a.node(s, v.In)
	case Fresh:
		return a.handle(v)
	case Object:
		return a.object(v, i)
	case Struct:
		return a.structure(s, v)
	case Sentinel:
		if g := f.a.global(v.S); g != nil {
			return u.sentinel(u.sym(g))
		}
		return u.nonNil
	case Carrier:
		if call, ok := a.c.(*ssa.Call); ok && v.N < len(a.fresh) && a.fresh[v.N] != nil {
			return u.node(node{kind: kCarrier, v: call, i: i, args: []*node{a.fresh[v.N]}})
		}
	case Cleanup:
		return a.cleanup(s, v)
	}
	return nil
}

// handle makes the handle of a transaction that the call leaves to the caller.
func (a *application) handle(v Value) *node {
	if v.N >= len(a.fresh) {
		return nil
	}
	n := a.fresh[v.N]
	if t := a.f.a.resolve(v.S); t != nil && n != nil {
		a.f.u().dynamic[n] = t
	}
	return n
}

// object makes an object that the callee made, without its fields.
func (a *application) object(v Value, i int) *node {
	u := a.f.u()
	call, ok := a.c.(*ssa.Call)
	if !ok {
		return u.nonNil
	}
	n := u.result(call, i)
	if v.Zero {
		n = u.node(node{kind: kResult, v: call, i: i, s: made})
	}
	if t := a.f.a.resolve(v.S); t != nil {
		u.dynamic[n] = t
	}
	return n
}

// structure makes a struct of what is known of its fields.
func (a *application) structure(s state, v Value) *node {
	n := 0
	for _, fv := range v.Fields {
		n = max(n, fv.Index+1)
	}
	args := make([]*node, n)
	for _, fv := range v.Fields {
		args[fv.Index] = a.value(s, fv.Val, -1)
	}
	return a.f.u().node(node{kind: kStruct, args: args})
}

// cleanup makes a function that ends transactions.
func (a *application) cleanup(s state, v Value) *node {
	var txs []*node
	p := rolledBack
	for _, e := range v.Ends {
		p = phase(e.Phase)
		switch {
		case e.In != nil:
			if n := a.node(s, e.In); n != nil {
				txs = append(txs, n)
			}
		case e.N < len(a.fresh) && a.fresh[e.N] != nil:
			txs = append(txs, a.fresh[e.N])
		}
	}
	return a.f.u().node(node{kind: kCleanup, i: int(p), args: txs})
}

// takesContext reports whether parameter i of the function value n is a context.
func takesContext(n *node, i int) bool {
	if n == nil {
		return false
	}
	sf, ok := n.v.(*ssa.Function)
	return ok && i < len(sf.Params) && isContext(sf.Params[i].Type())
}

// canBeTx reports whether a value of type t can be a transaction, or hold one.
func (f *frame) canBeTx(t types.Type) bool {
	return t != nil && (types.IsInterface(t) || f.a.shapes.carries(t, 3))
}

// endedMark marks the handle of a transaction that the callee finished before it
// handed it out.
const endedMark = "ended"

// nonNil is a result that is not nil: it keeps an identity, so that it can be
// told from others.
func (a *application) nonNil(i int) *node {
	if call, ok := a.c.(*ssa.Call); ok && i >= 0 {
		return a.f.u().node(node{kind: kResult, v: call, i: i, s: shared})
	}
	return a.f.u().nonNil
}

// fill writes the known fields of an object that the call returned.
func (a *application) fill(s state, n *node, v Value) state {
	if v.Kind != Object && v.Kind != Fresh {
		return s
	}
	if v.In != nil && v.Kind == Object {
		s = a.copyInto(s, n, v.In)
	}
	return a.fillAt(s, n, v.Fields)
}

// copyInto writes the known parts of the struct that e stands for into the
// object n.
func (a *application) copyInto(s state, n *node, e *Expr) state {
	u := a.f.u()
	if e.Op == 'l' {
		from := a.node(s, e.X)
		if from == nil {
			return s
		}
		for _, cell := range s.heap {
			if at := u.byID(cell.key); at.kind == kField && at.x == from {
				s.heap = s.heap.set(u.field(n, at.i).id, cell.val)
			}
		}
		return s
	}
	if from := a.node(s, e); from != nil && from.kind == kStruct {
		for i, part := range from.args {
			if part != nil {
				s.heap = s.heap.set(u.field(n, i).id, part)
			}
		}
	}
	return s
}

func (a *application) fillAt(s state, addr *node, fields []FieldValue) state {
	u := a.f.u()
	for _, fv := range fields {
		at := u.field(addr, fv.Index)
		switch fv.Val.Kind {
		case Struct:
			s = a.fillAt(s, at, fv.Val.Fields)
			continue
		case Fresh:
			if val := a.value(s, fv.Val, -1); val != nil {
				s.heap = s.heap.set(at.id, val)
				s = a.fillAt(s, val, fv.Val.Fields)
			}
			continue
		case Object:
			// A pointer to another object of the callee: it is told apart by
			// the field that holds it.
			inner := u.node(node{kind: kResult, v: addr.innermost(), i: -int(at.id)})
			if fv.Val.Zero {
				inner = u.node(node{kind: kResult, v: addr.innermost(), i: -int(at.id), s: made})
			}
			if t := a.f.a.resolve(fv.Val.S); t != nil {
				u.dynamic[inner] = t
			}
			s.heap = s.heap.set(at.id, inner)
			s = a.fillAt(s, inner, fv.Val.Fields)
			continue
		}
		val := a.value(s, fv.Val, -1)
		if val == nil {
			val = u.havoc(addr.innermost(), at)
		}
		s.heap = s.heap.set(at.id, val)
	}
	return s
}

// innermost returns the SSA value at the base of an address.
func (n *node) innermost() ssa.Value { return base(n).v }

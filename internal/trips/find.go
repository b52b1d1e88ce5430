package trips

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/loops"
)

// An occurrence is a statement that a call in the function at hand sends.
type occurrence struct {
	site
	// deps is what it asks for derives from.
	deps set
	// element says that the call itself makes the rounds: it calls back for each
	// element of what it is given.
	element bool
	// inside says that the statement stands in a function literal which lies in
	// the call or in the loop around it.
	inside bool
	// searches says that the rounds of the call end with the first success.
	searches bool
}

// A round is a function that a call runs.
type round struct {
	callable
	// from is what each of its parameters derives from, and element says which
	// are elements of a collection that the call walks.
	from    []set
	element []bool
	direct  bool
	// doubts are what the callee does beside calling it.
	doubts Doubts
	// searches says that the callee stops at the element that it looks for.
	searches bool
}

// summarize makes the effect of the function out of what its values derive
// from, and reports the statements that its loops multiply.
func (f *flow) summarize() *summary {
	s := &summary{}
	var all []occurrence
	for _, b := range f.fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.Return:
				f.addResults(s, instr)
			case ssa.CallInstruction:
				all = append(all, f.occurrences(instr, s)...)
				if !onFailure(b) && f.isStep(instr) {
					s.Steps++
				}
			}
		}
	}
	if s.Results == nil {
		s.Results = make([]Derived, f.fn.Signature.Results().Len())
	}
	f.addStores(s)
	for _, o := range all {
		if f.filledOnce(o.call) {
			continue
		}
		f.judge(o)
		o.Deps = o.deps.inputs()
		o.Doubts |= f.doubtsOnTheWay(o.call)
		switch n := f.conditions(o.call.Block(), nil); {
		case f.fn.Parent() != nil:
			o.Skips = min(o.Skips+n, maxConditions)
		case !f.a.syntax.generated(f.fn.Pos()):
			o.Conditions, o.Skips = min(o.Conditions+o.Skips+n, maxConditions), 0
			o.Hops++
		}
		// What a goroutine of a callee does is no step of the caller's loop.
		if _, started := o.call.(*ssa.Go); !started {
			s.Trips = append(s.Trips, o.Trip)
		}
		if len(s.sites) < maxSites {
			s.sites = append(s.sites, o.site)
		}
	}
	f.judgeRecursion(s)
	if o := f.fn.Origin(); f.fn.Parent() == nil || o != nil {
		s.sites = nil
	}
	s.Trips = shorten(s.Trips)
	return s
}

func (f *flow) addResults(s *summary, ret *ssa.Return) {
	if s.Results == nil {
		s.Results = make([]Derived, len(ret.Results))
	}
	for i, r := range ret.Results {
		if i < len(s.Results) && carries(r.Type()) {
			d := f.deep(r)
			s.Results[i].From |= d.inputs()
			s.Results[i].Gathered |= d.gatheredInputs()
		}
	}
}

// addStores lists what the function writes to what its inputs point to.
func (f *flow) addStores(s *summary) {
	add := func(i int, v ssa.Value) {
		d := f.whole[v]
		st := Store{To: i, Derived: Derived{From: d.inputs() &^ inputBit(i), Gathered: d.gatheredInputs() &^ inputBit(i)}}
		if i < maxInputs && (st.From != 0 || st.Gathered != 0) {
			s.Stores = append(s.Stores, st)
		}
	}
	for i, p := range f.fn.Params {
		add(i, p)
		// A parameter that a closure captures is kept in a variable.
		for _, ref := range *p.Referrers() {
			if st, ok := ref.(*ssa.Store); ok && st.Val == p {
				if cell, ok := st.Addr.(*ssa.Alloc); ok && onlyStore(cell) == p && !isBasic(p.Type()) {
					add(i, cell)
				}
			}
		}
	}
	for i, v := range f.fn.FreeVars {
		add(len(f.fn.Params)+i, v)
	}
}

// isStep reports whether a call does something that can fail: it returns an
// error, and neither begins nor ends a transaction nor calls back.
func (f *flow) isStep(c ssa.CallInstruction) bool {
	res := c.Common().Signature().Results()
	if res.Len() == 0 || !isError(res.At(res.Len()-1).Type()) {
		return false
	}
	t := f.target(c)
	row, known := f.a.rows.Find(t.obj)
	return t.input < 0 && !(known && row.Does != catalog.Statement)
}

func isBasic(t types.Type) bool {
	_, ok := t.Underlying().(*types.Basic)
	return ok
}

// occurrences returns the statements that a call sends, and notes in s which
// of the inputs it calls.
func (f *flow) occurrences(c ssa.CallInstruction, s *summary) []occurrence {
	if _, ok := c.Common().Value.(*ssa.Builtin); ok {
		return nil
	}
	t := f.target(c)
	if t.known {
		if o, ok := f.statement(c, t); ok {
			return []occurrence{o}
		}
		if t.row.Does == catalog.NoTrip || t.row.Does == catalog.BulkTrip {
			return nil
		}
	}
	var out []occurrence
	for _, r := range f.rounds(c, t) {
		out = append(out, f.run(c, r, s)...)
	}
	if t.fn != nil && t.fn.Parent() != nil {
		return out // what it sends is among its rounds
	}
	e := f.effect(t)
	if e != nil {
		for _, trip := range e.Trips {
			if !trip.Assumed || !f.knownBetter(t, trip) {
				out = append(out, f.reached(c, t, trip))
			}
		}
	} else if o, ok := f.byShape(c, t); ok {
		out = append(out, o)
	}
	return out
}

// statement is the occurrence of a call that the catalog knows.
func (f *flow) statement(c ssa.CallInstruction, t *target) (occurrence, bool) {
	o := occurrence{site: site{pos: c.Pos(), call: c}}
	switch t.row.Does {
	case catalog.ReadTrip, catalog.TextTrip:
	case catalog.WriteTrip, catalog.ExecTrip:
		o.Write = true
	default:
		return o, false
	}
	o.Lib, o.Instead = t.row.Path, t.row.Instead
	o.What = t.obj.Pkg().Name() + "." + t.row.Func
	text := f.textOf(t)
	if text == nil {
		o.Write = o.Write || f.writesWhenPrepared(t)
	} else {
		shown := template(text)
		if takesLock(shown) {
			o.Doubts |= Locks
		}
		switch statementKind(shown) {
		case "read":
			o.Write = o.Write && t.row.Does != catalog.ExecTrip
		case "write":
			o.Write = o.Write || t.row.Does == catalog.TextTrip
		case "schema":
			return o, false
		default: // the text comes from the callers
			if writes, ok, _ := verbOf(strings.ToUpper(f.fn.Name()[:1]) + f.fn.Name()[1:]); ok && t.row.Does == catalog.TextTrip {
				o.Write = writes
			}
		}
	}
	if t.recv == 1 && (f.copiesIn(t.inputs[0]) || f.altersSchema(t.inputs[0])) {
		return o, false
	}
	for i, in := range t.inputs {
		if i == 0 && t.recv == 1 && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		if in == text && !asksForRow(template(text)) || f.isDestination(t, i) || f.a.rows.IsHandle(in.Type()) && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		if root, _ := f.root(in); text != nil && in != text && slices.Contains(f.stored[root], text) {
			o.deps = o.deps.or(f.beside(f.stored[root], text))
			continue
		}
		o.deps = o.deps.or(f.deep(in))
	}
	return o, true
}

// beside is what the arguments of a variadic call derive from of which one is
// the text of the statement.
func (f *flow) beside(args []ssa.Value, text ssa.Value) set {
	var d set
	for _, x := range args {
		if x != text || asksForRow(template(text)) {
			d = d.or(f.deep(x))
		}
	}
	return d
}

// textOf returns the text of the statement that the target is given, nil if it
// takes none.
func (f *flow) textOf(t *target) ssa.Value {
	params := t.params.Params()
	for i := range params.Len() {
		p := params.At(i)
		b, ok := p.Type().Underlying().(*types.Basic)
		if !ok || b.Kind() != types.String {
			continue
		}
		switch p.Name() {
		case "query", "sql", "q":
			return t.inputs[t.recv+i]
		case "": // a method of an interface need not name what it takes
			if params.Len() == 1 && t.obj != nil && t.obj.Pkg() != nil && catalog.IsLibrary(t.obj.Pkg().Path()) {
				return t.inputs[t.recv+i]
			}
		}
		if t.params.Variadic() && i == params.Len()-2 && (!t.known || t.row.Does != catalog.WriteTrip && t.row.Does != catalog.ReadTrip) {
			return t.inputs[t.recv+i]
		}
	}
	if t.params.Variadic() && params.Len() == 1 && params.At(0).Name() == "sqlOrArgs" {
		root, _ := f.root(t.inputs[t.recv])
		if args := f.stored[root]; len(args) > 0 {
			return args[0]
		}
	}
	return nil
}

// isDestination reports whether the input is only where the answer goes.
func (f *flow) isDestination(t *target, i int) bool {
	if i -= t.recv; i < 0 || i >= t.params.Params().Len() {
		return false
	}
	switch name := t.params.Params().At(i).Name(); name {
	case "dest", "rowsSlicePtr", "obj":
		return catalog.TripLibraryOf(t.obj.Pkg().Path()) != nil && !strings.HasSuffix(t.obj.Pkg().Path(), "gorm")
	}
	return false
}

// prepared returns the call that prepared the statement v, nil if that is not in
// view.
func prepared(v ssa.Value) *ssa.Call {
	for range 4 {
		switch x := v.(type) {
		case *ssa.UnOp:
			alloc, ok := x.X.(*ssa.Alloc)
			if !ok {
				return nil
			}
			if v = onlyStore(alloc); v == nil {
				return nil
			}
		case *ssa.Extract:
			v = x.Tuple
		case *ssa.Call:
			return x
		default:
			return nil
		}
	}
	return nil
}

// copiesIn reports whether the prepared statement v was prepared from the text
// that lets its Exec only buffer: that of pq's CopyIn.
func (f *flow) copiesIn(v ssa.Value) bool {
	c := prepared(v)
	if c == nil {
		return false
	}
	for _, arg := range c.Call.Args {
		call, ok := arg.(*ssa.Call)
		if !ok {
			continue
		}
		if fn := call.Call.StaticCallee(); fn != nil && strings.HasPrefix(fn.Name(), "CopyIn") {
			return true
		}
	}
	return false
}

// writesWhenPrepared reports whether the receiver of the target is a statement
// that was prepared in view from a text that changes rows.
func (f *flow) writesWhenPrepared(t *target) bool {
	if t.recv == 0 || f.a.rows.IsFluent(t.inputs[0].Type()) {
		return false
	}
	c := prepared(t.inputs[0])
	if c == nil {
		return false
	}
	text := f.textOf(f.target(c))
	return text != nil && statementKind(template(text)) == "write"
}

// schemaBuilder matches the names of the methods by which the builders of
// libraries begin a statement that changes a schema.
var schemaBuilder = regexp.MustCompile(`^(New)?(Create|Drop|Rename|Add|Alter|Truncate)(Unique)?(Table|Column|Index|View|PrimaryKey|ForeignKey)$`)

// altersSchema reports whether v is a statement under construction, of a library,
// that changes a schema.
func (f *flow) altersSchema(v ssa.Value) bool {
	for range 16 {
		c, ok := v.(*ssa.Call)
		if !ok {
			return false
		}
		t := f.target(c)
		if t.obj == nil || t.obj.Pkg() == nil || !catalog.IsLibrary(t.obj.Pkg().Path()) || t.recv == 0 {
			return false
		}
		if schemaBuilder.MatchString(t.obj.Name()) {
			return true
		}
		if text := f.textOf(t); text != nil && statementKind(template(text)) == "schema" {
			return true
		}
		v = t.inputs[0]
	}
	return false
}

// reached is the occurrence of a statement behind a call.
func (f *flow) reached(c ssa.CallInstruction, t *target, trip Trip) occurrence {
	o := occurrence{site: site{Trip: trip, pos: c.Pos(), call: c}}
	o.deps = f.indexed(f.through(trip.Deps, t.inputs), trip.Deps, t.inputs)
	if t.obj != nil && (t.fn == nil || t.fn.Synthetic == "") {
		o.Chain = append([]string{f.name(t.obj)}, trip.Chain...)
		if len(o.Chain) > maxChain {
			o.Chain = o.Chain[:maxChain]
		}
	}
	return o
}

// knownBetter reports whether the call passes, as the interface by whose name
// alone the callee is taken to send a statement, a type of this package whose
// method sends none.
func (f *flow) knownBetter(t *target, trip Trip) bool {
	iface, method, _ := strings.Cut(trip.What, ".")
	for _, in := range t.inputs {
		made, ok := in.(*ssa.MakeInterface)
		if !ok {
			continue
		}
		if n, ok := types.Unalias(made.Type()).(*types.Named); !ok || n.Obj().Name() != iface {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(made.X.Type(), false, f.a.pass.Pkg, method)
		m, ok := obj.(*types.Func)
		if !ok || m.Pkg() != f.a.pass.Pkg {
			continue
		}
		if fn := f.a.pkg.Prog.FuncValue(m.Origin()); fn != nil && f.local(fn) && len(f.a.summary(fn).Trips) == 0 {
			return true
		}
	}
	return false
}

// indexed returns d with the elements that a callee takes for itself: it is given
// a collection and the number of the round.
func (f *flow) indexed(d set, m Mask, inputs []ssa.Value) set {
	var numbers set
	collection := false
	for i, in := range inputs {
		if !m.has(i) {
			continue
		}
		numbers = numbers.or(f.deep(in))
		switch t := deref(in.Type()).Underlying().(type) {
		case *types.Slice, *types.Array:
			collection = collection || !f.literal(in)
		case *types.Pointer: // a captured pointer to an array
			_, array := t.Elem().Underlying().(*types.Array)
			collection = collection || array
		}
	}
	if !collection {
		return d
	}
	for _, l := range f.nest.Loops {
		if numbers.has(roleBit(l.Index, counter)) && !l.Fixed() {
			d = d.or(single(roleBit(l.Index, element)))
		}
	}
	return d
}

// name writes a function as its callers in this package know it.
func (f *flow) name(obj *types.Func) string {
	if recv := obj.Signature().Recv(); recv != nil {
		if n, ok := types.Unalias(deref(recv.Type())).(*types.Named); ok {
			return n.Obj().Name() + "." + obj.Name()
		}
		return obj.Name()
	}
	if obj.Pkg() != f.a.pass.Pkg && obj.Pkg() != nil {
		return obj.Pkg().Name() + "." + obj.Name()
	}
	return obj.Name()
}

// byShape is the occurrence of a call of an interface method behind which
// nobody is in view, where its shape or its name tells that it sends a
// statement.
func (f *flow) byShape(c ssa.CallInstruction, t *target) (occurrence, bool) {
	o := occurrence{site: site{pos: c.Pos(), call: c}}
	if t.obj == nil || !isInterfaceMethod(t.obj) || t.obj.Pkg() == nil {
		return o, false
	}
	o.What = f.name(t.obj)
	text := ssa.Value(nil)
	if writes, ok := executor(t.obj); ok {
		o.Write = writes
		if text = f.textOf(t); text != nil {
			shown := template(text)
			switch statementKind(shown) {
			case "schema":
				return o, false
			case "read":
				o.Write = false
			case "write":
				o.Write = true
			}
			if asksForRow(shown) {
				text = nil
			}
		}
	} else if writes, ok := f.a.storeCall(t.obj); ok {
		o.Write, o.Assumed = writes, true
	} else {
		return o, false
	}
	for _, in := range t.inputs[1:] {
		if in != text && !(f.a.rows.IsHandle(in.Type()) && !f.a.rows.IsFluent(in.Type())) {
			o.deps = o.deps.or(f.deep(in))
		}
	}
	return o, true
}

// rounds returns the functions that a call runs: what it calls, if that is a
// literal or an input, and those among its arguments that it calls back.
func (f *flow) rounds(c ssa.CallInstruction, t *target) []round {
	var out []round
	if direct := f.callable(c.Common().Value); !c.Common().IsInvoke() && (direct.input >= 0 || direct.fn != nil && direct.fn.Parent() != nil) {
		r := round{callable: direct, direct: true}
		for _, in := range c.Common().Args {
			r.from = append(r.from, f.deep(in))
		}
		out = append(out, r)
	}
	e := f.effect(t)
	for i, in := range t.inputs {
		if _, ok := in.Type().Underlying().(*types.Signature); !ok {
			continue
		}
		cb := f.callable(in)
		if cb.fn == nil && cb.input < 0 {
			continue
		}
		if cb.fn != nil && cb.fn.Synthetic == "range-over-func yield" {
			out = append(out, f.eachOf(c, t, cb, allOf(cb.fn.Signature)))
			continue
		}
		known := false
		if e != nil {
			for _, fc := range e.Calls {
				if fc.Input == i {
					known = true
					out = append(out, f.calledBack(c, t, cb, fc))
				}
			}
		}
		if r, ok := f.assumed(c, t, cb, i); ok && !known && (e == nil || e.Results == nil) {
			out = append(out, r)
		}
	}
	return out
}

func allOf(sig *types.Signature) []bool {
	out := make([]bool, sig.Params().Len())
	for i := range out {
		out[i] = true
	}
	return out
}

// eachOf is a callback that is called for each element of a collection among
// the inputs.
func (f *flow) eachOf(c ssa.CallInstruction, t *target, cb callable, element []bool) round {
	r := round{callable: cb, element: slices.Clone(element), from: make([]set, len(element))}
	spelled, collections := 0, 0
	all := t.inputs
	if call, ok := c.Common().Value.(*ssa.Call); ok { // range over slices.Values(x)
		all = append(all[:len(all):len(all)], call.Call.Args...)
	}
	for _, in := range all {
		switch in.Type().Underlying().(type) {
		case *types.Slice, *types.Map, *types.Array:
			collections++
			if f.literal(in) {
				spelled++
			}
		}
	}
	var params *types.Tuple
	if sig, ok := cb.signature(); ok {
		params = sig.Params()
	}
	for i := range r.element {
		if collections > 0 && spelled == collections || params != nil && i < params.Len() && (isBatch(params.At(i).Type()) || !carries(params.At(i).Type())) {
			r.element[i] = false
		}
	}
	for i := range r.from {
		r.from[i] = f.given(t)
	}
	if looksFor(t, cb) {
		r.searches = true
	}
	return r
}

// looksFor reports whether the target asks the callback which element is the one
// that is looked for: the callback says yes or no, and so does the target, or it
// is named for the place of the element.
func looksFor(t *target, cb callable) bool {
	sig, ok := cb.signature()
	if !ok || t.obj == nil || sig.Results().Len() != 1 || !isBool(sig.Results().At(0).Type()) {
		return false
	}
	res := t.obj.Signature().Results()
	if res.Len() == 0 {
		return false
	}
	last := res.At(res.Len() - 1).Type()
	return isBool(last) || startsWord(t.obj.Name(), "Index")
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

func (cb callable) signature() (*types.Signature, bool) {
	if cb.fn == nil {
		return nil, false
	}
	return cb.fn.Signature, true
}

// calledBack is a callback of which the effect of the callee says how it is
// called.
func (f *flow) calledBack(c ssa.CallInstruction, t *target, cb callable, fc FuncCall) round {
	r := round{callable: cb, from: make([]set, len(fc.Args)), element: make([]bool, len(fc.Args)), doubts: fc.Doubts}
	for i, a := range fc.Args {
		r.from[i] = f.through(a.From, t.inputs)
		r.element[i] = a.Element
	}
	if slices.Contains(r.element, true) {
		each := f.eachOf(c, t, cb, r.element)
		r.element = each.element
		r.searches = each.searches
	}
	return r
}

// assumed is a callback of a callee of which nothing is known, as far as the
// signatures tell what becomes of it.
func (f *flow) assumed(c ssa.CallInstruction, t *target, cb callable, i int) (round, bool) {
	i -= t.recv
	if t.obj == nil || i < 0 || i >= t.params.Params().Len() {
		return round{}, false
	}
	if t.params.Variadic() && i == t.params.Params().Len()-1 {
		return round{}, false
	}
	callback, ok := t.params.Params().At(i).Type().Underlying().(*types.Signature)
	if !ok {
		return round{}, false
	}
	n := callback.Params().Len()
	once := round{callable: cb, from: make([]set, n), element: make([]bool, n)}
	if row, ok := f.a.rows.Find(t.obj); ok && row.Does == catalog.Managed {
		return once, true
	}
	name := t.obj.FullName()
	switch {
	case starters[name]:
		return once, true
	case walkers[name]:
		return f.eachOf(c, t, cb, allOf(callback)), true
	}
	if element := perElement(t.params, i); element != nil {
		return f.eachOf(c, t, cb, element), true
	}
	return once, runsIt(t.params, i)
}

// run returns the statements that a call sends through a function which it
// runs.
func (f *flow) run(c ssa.CallInstruction, r round, s *summary) []occurrence {
	if r.input >= 0 {
		f.addCall(r.callable.input, r.args(f, c), r.doubts|f.startedBy(c)|f.doubtsOnTheWay(c), s)
		return nil
	}
	fn := r.fn
	if o := fn.Origin(); o != nil {
		fn = o
	}
	if !f.local(fn) {
		return f.runElsewhere(c, r, fn)
	}
	sum := f.a.summary(fn)
	np := len(fn.Params)
	inputs := func(m Mask) (set, bool) {
		var d set
		element := false
		for i := range np {
			if m.has(i) && i < len(r.from) {
				d = d.or(r.from[i])
				element = element || i < len(r.element) && r.element[i]
			}
		}
		for j, b := range r.bindings {
			if m.has(np + j) {
				d = d.or(f.deep(b))
			}
		}
		return f.indexed(d, m>>np, r.bindings), element
	}
	for _, fc := range sum.Calls {
		f.passOn(c, r, fc, np, inputs, s)
	}
	var out []occurrence
	for _, st := range f.sitesOf(fn, sum) {
		o := occurrence{site: st}
		o.deps, o.element = inputs(st.Deps)
		if fn.Synthetic == "range-over-func yield" && st.call != nil && !goesOn(st.call.Block()) {
			o.element = false
		}
		o.Doubts |= r.doubts
		o.searches = r.searches
		o.inside = fn.Parent() != nil && f.lies(fn, c, r)
		if !o.inside {
			o.Conditions, o.Skips = min(o.Conditions+o.Skips, maxConditions), 0
			o.steps = append([]token.Pos{st.pos}, st.steps...)
			o.pos = c.Pos()
		}
		o.call = c
		out = append(out, o)
	}
	return out
}

// sitesOf returns the statements of a function that is called back.
func (f *flow) sitesOf(fn *ssa.Function, sum *summary) []site {
	if fn.Parent() != nil {
		return sum.sites
	}
	var out []site
	for _, t := range sum.Trips {
		if obj, ok := fn.Object().(*types.Func); ok && fn.Synthetic == "" {
			t.Chain = append([]string{f.name(obj)}, t.Chain...)
		}
		out = append(out, site{Trip: t})
	}
	return out
}

// runElsewhere is the same for a function of another package.
func (f *flow) runElsewhere(c ssa.CallInstruction, r round, fn *ssa.Function) []occurrence {
	obj, ok := fn.Object().(*types.Func)
	if !ok {
		return nil
	}
	e := f.a.fact(obj.Origin())
	if e == nil {
		return nil
	}
	var out []occurrence
	for _, t := range e.Trips {
		o := occurrence{site: site{Trip: t, pos: c.Pos(), call: c}}
		o.Chain = append([]string{f.name(obj)}, t.Chain...)
		o.Doubts |= r.doubts
		o.searches = r.searches
		for i := range r.from {
			if t.Deps.has(i) {
				o.deps = o.deps.or(r.from[i])
				o.element = o.element || i < len(r.element) && r.element[i]
			}
		}
		out = append(out, o)
	}
	return out
}

// lies reports whether the literal fn lies in the call, or in a loop around it.
func (f *flow) lies(fn *ssa.Function, c ssa.CallInstruction, r round) bool {
	if fn.Synthetic == "range-over-func yield" {
		return true
	}
	if r.made != nil && r.made.Parent() == f.fn {
		if l := f.nest.Of(c.Block()); l != nil && l.Has(r.made.Block()) {
			return true
		}
	}
	call := f.a.syntax.call(c.Pos())
	return call != nil && call.Pos() <= fn.Pos() && fn.Pos() < call.End()
}

// args describes how the function is called.
func (r round) args(f *flow, c ssa.CallInstruction) []Arg {
	out := make([]Arg, len(r.from))
	for i, d := range r.from {
		out[i] = Arg{From: d.inputs(), Element: i < len(r.element) && r.element[i] || f.variesIn(d, c.Block())}
	}
	return out
}

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

func (f *flow) addCall(input int, args []Arg, doubts Doubts, s *summary) {
	if input < maxInputs {
		s.Calls = appendCall(s.Calls, FuncCall{Input: input, Args: args, Doubts: doubts})
	}
}

// passOn notes that a function which the call runs calls an input of ours.
func (f *flow) passOn(c ssa.CallInstruction, r round, fc FuncCall, np int, inputs func(Mask) (set, bool), s *summary) {
	j := fc.Input - np
	if j < 0 || j >= len(r.bindings) {
		return
	}
	ours := f.inputOf(r.bindings[j])
	if ours < 0 {
		return
	}
	args := make([]Arg, len(fc.Args))
	for i, a := range fc.Args {
		d, element := inputs(a.From)
		args[i] = Arg{From: d.inputs(), Element: a.Element || element || f.variesIn(d, c.Block())}
	}
	f.addCall(ours, args, fc.Doubts|r.doubts|f.startedBy(c), s)
}

// inputOf returns the index of the input that the captured variable b holds.
func (f *flow) inputOf(b ssa.Value) int {
	switch b := b.(type) {
	case *ssa.Alloc:
		if p, ok := onlyStore(b).(*ssa.Parameter); ok {
			return f.callable(p).input
		}
	case *ssa.FreeVar:
		return f.freeVar(b)
	case *ssa.Parameter:
		return f.callable(b).input
	}
	return -1
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
	recv, ok := types.Unalias(deref(sig.Recv().Type())).(*types.Named)
	if !ok {
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

// judgeInvariant makes a finding, of its own kind, of a read in a loop over a
// collection that asks for the same in every round.
func (f *flow) judgeInvariant(o occurrence) {
	l := f.nest.Of(o.call.Block())
	if l == nil || o.Write || o.Assumed || o.inside || !f.walksSomething(l) || !l.Repeats(o.call.Block()) {
		return
	}
	for _, in := range o.call.Common().Args {
		if carries(in.Type()) && !f.invariant(in, l, 0) {
			return
		}
	}
	fd := &Finding{Trip: o.Trip, Pos: o.pos, Invariant: true}
	fd.locate(f.a.syntax, f.nest, l, o.call)
	f.report(fd)
}

// walksSomething reports whether some value has the role of an element of l.
func (f *flow) walksSomething(l *loops.Loop) bool {
	for _, d := range f.val {
		if d.has(roleBit(l.Index, element)) {
			return true
		}
	}
	for _, ds := range f.tuple {
		for _, d := range ds {
			if d.has(roleBit(l.Index, element)) {
				return true
			}
		}
	}
	return false
}

// invariant reports whether v is the same in every round of l.
func (f *flow) invariant(v ssa.Value, l *loops.Loop, depth int) bool {
	const maxDepth = 12
	if depth > maxDepth {
		return false
	}
	in, ok := v.(ssa.Instruction)
	if !ok || !l.Has(in.Block()) {
		return true
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return f.invariant(v.X, l, depth+1)
	case *ssa.ChangeType:
		return f.invariant(v.X, l, depth+1)
	case *ssa.ChangeInterface:
		return f.invariant(v.X, l, depth+1)
	case *ssa.Convert:
		return f.invariant(v.X, l, depth+1)
	case *ssa.FieldAddr:
		return f.invariant(v.X, l, depth+1)
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return false
		}
		root, field := f.root(v.X)
		return f.invariant(v.X, l, depth+1) && !f.writtenIn(root, field, l)
	case *ssa.Slice:
		alloc, ok := v.X.(*ssa.Alloc)
		if !ok {
			return false
		}
		for _, x := range f.stored[alloc] {
			if !f.invariant(x, l, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// writtenIn reports whether the loop may write a piece of memory.
func (f *flow) writtenIn(root ssa.Value, field int, l *loops.Loop) bool {
	for _, b := range f.fn.Blocks {
		if !l.Has(b) {
			continue
		}
		for _, instr := range b.Instrs {
			if st, ok := instr.(*ssa.Store); ok {
				if r, k := f.root(st.Addr); r == root && (k == field || k == entire || field == entire) {
					return true
				}
			}
		}
	}
	return false
}

package trips

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
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
		if f.fallsBack(o.call) {
			o.Doubts |= Held
		}
		switch n := f.conditions(o.call.Block(), nil); {
		case f.fn.Parent() != nil:
			o.Skips = min(o.Skips+n, maxConditions)
		case !f.a.syntax.generated(f.fn.Pos()):
			o.Conditions, o.Skips = min(o.Conditions+o.Skips+n, maxConditions), 0
			if o.Hops == 0 || s.Steps > 1 {
				o.Hops++ // what only passes on takes nothing further away
			}
		}
		// What a goroutine of a callee does is no step of the caller's loop, and
		// what runs after a failure is none that succeeds.
		if _, started := o.call.(*ssa.Go); !started && !onFailure(o.call.Block()) {
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
	s.Locks = len(s.Trips) == 0 && f.sendsLock()
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
		if name := nameOf(recv.Type()); name != "" {
			return name + "." + obj.Name()
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

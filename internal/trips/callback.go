package trips

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

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

package txflow

import (
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// summarize turns the exits of a solved function into its effects.
func (f *frame) summarize() *Effects {
	eff := &Effects{}
	for _, x := range f.exits {
		o := f.outcome(x)
		merged := false
		for i := range eff.Outcomes {
			if sameBut(eff.Outcomes[i], o) {
				eff.Outcomes[i].When = commonConditions(eff.Outcomes[i].When, o.When)
				merged = true
				break
			}
		}
		if !merged {
			eff.Outcomes = append(eff.Outcomes, o)
		}
	}
	if len(eff.Outcomes) > maxOutcomes {
		return nil
	}
	markConditional(eff.Outcomes)
	slices.SortStableFunc(eff.Outcomes, func(a, b Outcome) int { return strings.Compare(a.String(), b.String()) })
	return eff
}

// markConditional marks the begins of outcomes that look the same to a caller
// as another outcome without a begin.
func markConditional(outcomes []Outcome) {
	without := map[string]bool{}
	for i := range outcomes {
		if len(outcomes[i].Begins) == 0 {
			without[outcomes[i].success()] = true
		}
	}
	for i := range outcomes {
		if without[outcomes[i].success()] {
			for j := range outcomes[i].Begins {
				outcomes[i].Begins[j].Conditional = true
			}
		}
	}
}

// sameBut reports whether two outcomes differ at most in when they happen and
// where they finish what they finish.
func sameBut(a, b Outcome) bool {
	a.When, b.When = nil, nil
	a.Done, b.Done = nowhere(a.Done), nowhere(b.Done)
	return reflect.DeepEqual(a, b)
}

func nowhere(ds []Done) []Done {
	ds = slices.Clone(ds)
	for i := range ds {
		ds[i].Where = ""
	}
	return ds
}

func commonConditions(a, b []Condition) []Condition {
	var out []Condition
	for _, c := range a {
		if slices.ContainsFunc(b, func(d Condition) bool { return reflect.DeepEqual(c, d) }) {
			out = append(out, c)
		}
	}
	return out
}

// A summary collects one outcome.
type summary struct {
	f      *frame
	s      state
	o      Outcome
	begins map[*node]int
}

func (f *frame) outcome(x exit) Outcome {
	m := &summary{f: f, s: x.state, begins: map[*node]int{}}
	u := f.u()
	for _, r := range x.results {
		m.o.Results = append(m.o.Results, m.result(r))
	}
	m.carriers(x.results)
	for _, e := range x.state.heap {
		addr := u.byID(e.key)
		to := m.expr(addr)
		if to == nil || len(m.o.Stores) >= maxStores {
			continue
		}
		v := m.value(e.val, 2)
		if v.Kind == Unknown && to.Op != 'p' {
			continue
		}
		m.o.Stores = append(m.o.Stores, Store{to, v})
	}
	for _, e := range x.state.done {
		if tx := m.expr(u.byID(e.key)); tx != nil {
			m.o.Done = append(m.o.Done, m.done(tx, u.byID(e.key), e.val))
		}
	}
	for _, e := range x.state.called {
		if fn := m.expr(u.byID(e.key)); fn != nil {
			call := Call{Fn: fn}
			for _, a := range e.val.args {
				call.Args = append(call.Args, m.argument(a))
			}
			m.o.Calls = append(m.o.Calls, call)
		}
	}
	for _, facts := range []smap[truth]{x.state.facts, x.state.known} {
		for _, e := range facts {
			if of := m.expr(u.byID(e.key)); of != nil {
				m.o.When = append(m.o.When, Condition{of, uint8(e.val)})
			}
		}
	}
	slices.SortFunc(m.o.When, func(a, b Condition) int { return strings.Compare(a.String(), b.String()) })
	m.o.When = slices.CompactFunc(m.o.When, func(a, b Condition) bool { return reflect.DeepEqual(a, b) })
	// Fewer conditions only make the outcome possible in more cases.
	m.o.When = m.o.When[:min(len(m.o.When), maxConditions)]
	slices.SortFunc(m.o.Done, func(a, b Done) int { return strings.Compare(a.Tx.String(), b.Tx.String()) })
	slices.SortFunc(m.o.Stores, func(a, b Store) int { return strings.Compare(a.To.String(), b.To.String()) })
	slices.SortFunc(m.o.Calls, func(a, b Call) int { return strings.Compare(a.String(), b.String()) })
	return m.o
}

// done describes what became of the borrowed transaction n, which is the input
// tx.
func (m *summary) done(tx *Expr, n *node, how ending) Done {
	d := Done{Tx: tx, Phase: uint8(how.phase)}
	if how.phase != committed && how.phase != rolledBack {
		return d
	}
	d.Assumed, d.Left, d.Tolerant = !how.sure, how.left, how.tolerant
	d.Works = how.works || m.f.a.worksWith(m.f.fn, n)
	// What a function that works with it has a finisher end, it ends itself: that
	// others call the same finisher has nothing to do with it.
	if d.Where = how.where; how.by != nil && (d.Where == "" || d.Works && !how.works) {
		d.Where = m.f.a.place(how.by)
	}
	return d
}

// place names the place of a call for readers of another package: file and line.
func (a *solver) place(c ssa.CallInstruction) string {
	at := a.pass.Fset.Position(c.Common().Pos())
	return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
}

// argument describes what an input function is called with.
func (m *summary) argument(n *node) *Expr {
	if e := m.expr(n); e != nil {
		return e
	}
	if txs := lentWith(m.s, m.f.u(), n); len(txs) == 1 {
		p, _ := m.s.phaseOf(txs[0]) // none where it was given up: in another round, or by a literal
		return &Expr{Op: 't', N: int(p)}
	}
	return &Expr{Op: '?'}
}

// carriers describes the contexts among the results that carry a transaction
// which another result hands out as well.
func (m *summary) carriers(results []*node) {
	for i, r := range results {
		if r == nil || r.kind != kCarrier {
			continue
		}
		for _, tx := range carried(m.s, m.f.u(), r) {
			if n, ok := m.begins[tx]; ok {
				m.o.Results[i] = Value{Kind: Carrier, N: n}
			} else if p, ok := m.s.phaseOf(tx); ok && p == open && !tx.isManaged() {
				m.o.Results[i] = Value{Kind: Carrier, N: m.begun(tx)} // the context is all that the caller gets
			}
		}
	}
}

// maxParts bounds how many parts of a result are told.
const maxParts = 60

// result describes a result. A transaction object with more parts than are
// worth telling is told as a handle by itself.
func (m *summary) result(n *node) Value {
	v := m.value(n, 6)
	if v.parts() <= maxParts {
		return v
	}
	if t := m.f.dynamicType(n); m.f.a.shapes.tx(t) {
		var unfinished []*node
		for _, tx := range carried(m.s, m.f.u(), n) {
			if p, ok := m.s.phaseOf(tx); ok && p == open {
				unfinished = append(unfinished, tx)
			}
		}
		if len(unfinished) == 1 {
			return Value{Kind: Fresh, N: m.begun(unfinished[0]), S: v.S}
		}
	}
	v = m.value(n, 2)
	if v.parts() > maxParts {
		return Value{Kind: NonNil}
	}
	return v
}

// parts counts v and all that it tells of its fields.
func (v Value) parts() int {
	n := 1
	for _, f := range v.Fields {
		n += f.Val.parts()
	}
	return n
}

// value describes n as the caller will see it.
func (m *summary) value(n *node, depth int) Value {
	if n == nil || depth == 0 {
		return Value{}
	}
	if root(n).kind == kTx {
		return m.handle(n, depth)
	}
	if g := m.sentinel(n); g != nil {
		return Value{Kind: Sentinel, S: g.Pkg.Pkg.Path() + "." + g.Name()}
	}
	if in := m.expr(n); in != nil && n.kind != kNil && n.kind != kConst {
		if m.f.is(m.s, n) == isNil {
			return Value{Kind: Nil}
		}
		return Value{Kind: Input, In: in}
	}
	switch n.kind {
	case kNil:
		return Value{Kind: Nil}
	case kConst:
		if n.s == zeroStruct {
			return Value{}
		}
		return Value{Kind: Const, S: n.s}
	case kObject, kResult:
		return m.object(n, depth)
	case kStruct:
		return m.structure(n, depth)
	case kFunc, kCleanup:
		if ends := m.ends(n); len(ends) > 0 {
			return Value{Kind: Cleanup, Ends: ends}
		}
		return Value{Kind: NonNil}
	}
	switch m.f.is(m.s, n) {
	case isNil:
		return Value{Kind: Nil}
	case isNonNil:
		return Value{Kind: NonNil}
	}
	return Value{}
}

// handle describes a handle of a transaction.
func (m *summary) handle(n *node, depth int) Value {
	tx := root(n)
	if end := m.s.ending(tx); end.over() {
		return Value{Kind: Ended, N: int(end.phase), S: m.f.a.place(end.by)}
	}
	if p, ok := m.s.phaseOf(tx); !ok || p != open {
		return Value{Kind: NonNil}
	}
	v := Value{Kind: Fresh, N: m.begun(tx)}
	if n == tx {
		v.Fields = m.fields(n, depth, false)
	}
	return v
}

// object describes a pointer to something that the function, or one that it
// calls, has made.
func (m *summary) object(n *node, depth int) Value {
	v := Value{Kind: Object}
	if t := m.f.dynamicType(n); t != nil {
		v.S = typeString(t)
	}
	copied, whole := m.s.heap.get(n.id)
	if whole {
		v.In = m.expr(copied)
	}
	v.Zero = !whole && (n.kind == kObject || n.s == made)
	v.Fields = m.fields(n, depth, v.Zero)
	if _, ok := n.v.(*ssa.Alloc); !ok && n.kind == kObject {
		return Value{Kind: NonNil}
	}
	return v
}

// structure describes a struct that is no pointer, by what is known of its
// fields.
func (m *summary) structure(n *node, depth int) Value {
	v := Value{Kind: Struct}
	for i, a := range n.args {
		if fv := m.value(a, depth-1); fv.carries() {
			v.Fields = append(v.Fields, FieldValue{i, fv})
		}
	}
	if len(v.Fields) == 0 {
		return Value{}
	}
	return v
}

// sentinel returns the error variable whose value n is, or was found equal to
// on the path; nil if there is none.
func (m *summary) sentinel(n *node) *ssa.Global {
	global := func(n *node) *ssa.Global {
		if n.kind == kObject && n.s == sentinelMark {
			return n.v.(*ssa.Global)
		}
		return nil
	}
	if g := global(n); g != nil {
		return g
	}
	for _, facts := range []smap[truth]{m.s.facts, m.s.known} {
		for _, e := range facts {
			k := m.f.u().byID(e.key)
			if k.kind != kCompare || k.op != token.EQL || e.val != isTrue {
				continue
			}
			if k.x == n && global(k.y) != nil {
				return global(k.y)
			}
			if k.y == n && global(k.x) != nil {
				return global(k.x)
			}
		}
	}
	return nil
}

// fields describes what is known of the fields of the object n; all asks for
// those of which nothing is known, too.
func (m *summary) fields(n *node, depth int, all bool) []FieldValue {
	var out []FieldValue
	for _, e := range m.s.heap {
		if a := m.f.u().byID(e.key); a.kind == kField && a.x == n && a.i >= 0 {
			if fv := m.value(e.val, depth-1); fv.carries() || all {
				out = append(out, FieldValue{a.i, fv})
			}
		}
	}
	out = append(out, m.nested(n, depth-1, all)...)
	slices.SortFunc(out, func(a, b FieldValue) int { return a.Index - b.Index })
	return out
}

// nested describes struct-valued fields of an object, whose own fields are
// written one by one.
func (m *summary) nested(n *node, depth int, all bool) []FieldValue {
	u := m.f.u()
	inner := map[int]*Value{}
	for _, e := range m.s.heap {
		a := u.byID(e.key)
		if a.kind != kField || a.x.kind != kField || a.x.x != n {
			continue
		}
		if fv := m.value(e.val, depth); fv.carries() || all {
			v := inner[a.x.i]
			if v == nil {
				v = &Value{Kind: Struct}
				inner[a.x.i] = v
			}
			v.Fields = append(v.Fields, FieldValue{a.i, fv})
		}
	}
	var out []FieldValue
	for i, v := range inner {
		slices.SortFunc(v.Fields, func(a, b FieldValue) int { return a.Index - b.Index })
		out = append(out, FieldValue{i, *v})
	}
	return out
}

// carries reports whether the value is worth telling about a field.
func (v Value) carries() bool {
	switch v.Kind {
	case Fresh, Cleanup, Nil, NonNil, Const, Ended:
		return true
	case Input:
		return true
	case Object, Struct:
		return len(v.Fields) > 0
	}
	return false
}

// begun numbers a transaction that the caller is left with.
func (m *summary) begun(tx *node) int {
	i, ok := m.begins[tx]
	if !ok {
		i = len(m.o.Begins)
		m.begins[tx] = i
		b := Begun{What: m.f.a.beganBy(tx)}
		if t := m.f.dynamicType(tx); t != nil {
			b.Type = typeString(t)
		}
		for _, o := range m.s.obs {
			if o.tx == tx {
				b.Assumed, b.Idle = o.assumed, uint8(o.idle)
				b.Ctx = m.expr(o.ctx)
			}
		}
		m.o.Begins = append(m.o.Begins, b)
	}
	return i
}

// ends tries out what calling the function value would finish.
func (m *summary) ends(fn *node) []End {
	var ends []End
	for n, p := range m.f.wouldEnd(m.s, fn) {
		switch {
		case n.kind == kTx:
			if ph, ok := m.s.phaseOf(n); ok && ph == open {
				ends = append(ends, End{N: m.begun(n), Phase: uint8(p)})
			}
		default:
			if in := m.expr(n); in != nil {
				ends = append(ends, End{In: in, Phase: uint8(p)})
			}
		}
	}
	slices.SortFunc(ends, func(a, b End) int {
		if a.In == nil && b.In == nil {
			return a.N - b.N
		}
		return strings.Compare(fmt.Sprint(a.In), fmt.Sprint(b.In))
	})
	return ends
}

// expr writes n as an expression over the parameters, nil where it is none.
func (m *summary) expr(n *node) *Expr {
	if n == nil {
		return nil
	}
	one := func(op byte, i int, x *node) *Expr {
		if e := m.expr(x); e != nil {
			return &Expr{Op: op, N: i, X: e}
		}
		return nil
	}
	switch n.kind {
	case kSym:
		if p, ok := n.v.(*ssa.Parameter); ok && p.Parent() == m.f.fn {
			return &Expr{Op: 'p', N: slices.Index(m.f.fn.Params, p)}
		}
		if fn := m.f.a.calledBy[n.v]; fn != nil {
			return one('r', -1, fn)
		}
	case kExtract:
		if n.x.kind == kSym {
			if fn := m.f.a.calledBy[n.x.v]; fn != nil {
				return one('r', n.i, fn)
			}
		}
	case kField:
		return one('f', n.i, n.x)
	case kPart:
		return one('P', n.i, n.x)
	case kLoad:
		return one('l', 0, n.x)
	case kDerived:
		return m.expr(n.x)
	case kEnded:
		return one('e', 0, n.x)
	case kLen:
		return one('n', 0, n.x)
	case kNot:
		return one('!', 0, n.x)
	case kNil:
		return &Expr{Op: 'z'}
	case kConst:
		return &Expr{Op: 'c', S: n.s}
	case kCompare:
		x, y := m.expr(n.x), m.expr(n.y)
		if x == nil || y == nil {
			return nil
		}
		op := byte('=')
		switch n.op {
		case token.LSS:
			op = '<'
		case token.GTR:
			op = '>'
		}
		return &Expr{Op: op, X: x, Y: y}
	}
	return nil
}

func typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Path() })
}

package trips

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// few is the number of elements up to which nobody minds.
const few = 20

// sizes tells which collections of a package are small, as far as the source
// shows it: they are spelled out, there and in all that calls with them, or
// made of such ones.
type sizes struct {
	a     *solver
	nests map[*ssa.Function]*loops.Nest
	// calls are all calls of the functions of which nothing else is done; nil
	// until somebody asks. A function that is not in it may be called from
	// anywhere.
	calls map[*ssa.Function][]ssa.CallInstruction
	// tables are the maps that package-level variables begin with.
	tables map[*ssa.Global]*ssa.MakeMap
}

func newSizes(a *solver) *sizes {
	return &sizes{a: a, nests: map[*ssa.Function]*loops.Nest{}}
}

// rounds reports whether a loop never makes more than a few rounds.
func (s *sizes) rounds(l *loops.Loop) bool {
	return (&measure{sizes: s, inHand: map[ssa.Value]bool{}, left: maxMeasured}).rounds(l)
}

// maxMeasured bounds the values that are looked at for one collection.
const maxMeasured = 200

// A measure is one question. What is in hand is taken to be small, unless it is
// a parameter: what it is made of besides decides.
type measure struct {
	*sizes
	inHand map[ssa.Value]bool
	left   int
}

// small reports whether the collection v never has more than a few elements.
func (m *measure) small(v ssa.Value) bool {
	if m.inHand[v] {
		_, given := v.(*ssa.Parameter) // each call may give more
		return !given
	}
	if m.left--; m.left < 0 {
		return false
	}
	m.inHand[v] = true
	switch v := v.(type) {
	case *ssa.Const:
		return v.IsNil()
	case *ssa.ChangeType:
		return m.small(v.X)
	case *ssa.Slice:
		if n, ok := smallConst(v.High); v.High != nil && ok {
			return n >= 0
		}
		return m.small(v.X)
	case *ssa.Alloc:
		arr, ok := deref(v.Type()).Underlying().(*types.Array)
		return ok && arr.Len() <= few
	case *ssa.MakeSlice:
		x := lengthOf(v.Len)
		return x != nil && m.small(x)
	case *ssa.MakeMap:
		return m.filledHere(v)
	case *ssa.Phi:
		return m.phi(v)
	case *ssa.UnOp:
		return v.Op == token.MUL && m.variable(v.X)
	case *ssa.Lookup:
		return m.row(v.X)
	case *ssa.Extract:
		switch t := v.Tuple.(type) {
		case *ssa.Call:
			return m.result(t, v.Index)
		case *ssa.Lookup:
			return v.Index == 0 && m.row(t.X)
		case *ssa.Next:
			walk, ok := t.Iter.(*ssa.Range)
			return ok && v.Index == 2 && m.row(walk.X)
		}
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok {
			return b.Name() == "append" && m.small(v.Call.Args[0]) && (len(v.Call.Args) == 1 || m.small(v.Call.Args[1]))
		}
		return m.result(v, 0)
	case *ssa.Parameter:
		return m.parameter(v)
	}
	return false
}

// phi is a variable where ways meet. What a loop may add to it in each round is
// little if the rounds are few.
func (m *measure) phi(v *ssa.Phi) bool {
	l := m.nest(v.Parent()).Of(v.Block())
	for i, e := range v.Edges {
		if e == v {
			continue
		}
		if again := l != nil && l.Header == v.Block() && l.Has(v.Block().Preds[i]); again && !m.rounds(l) || !m.small(e) {
			return false
		}
	}
	return true
}

// filledHere reports whether all that is ever put into a map is put there by this
// function, in loops of few rounds if in any.
func (m *measure) filledHere(v *ssa.MakeMap) bool {
	n := 0
	for _, ref := range *v.Referrers() {
		if up, ok := ref.(*ssa.MapUpdate); ok && up.Map == v {
			if n++; n > few || !m.inFewRounds(up, v) {
				return false
			}
		} else if ok { // a row of another table
			if up.Value != v || !m.isTable(up.Map) {
				return false
			}
		} else if escapes(ref, v) && !m.toTable(ref) {
			return false
		}
	}
	return true
}

// isTable reports whether v is a map that a package-level variable begins with,
// and always keeps.
func (m *measure) isTable(v ssa.Value) bool {
	refs := v.Referrers()
	return refs != nil && slices.ContainsFunc(*refs, m.toTable)
}

// toTable reports whether an instruction stores what a package-level variable
// begins with, and always keeps.
func (m *measure) toTable(ref ssa.Instruction) bool {
	st, ok := ref.(*ssa.Store)
	if !ok {
		return false
	}
	g, ok := st.Addr.(*ssa.Global)
	return ok && !m.a.changed[g]
}

// inFewRounds reports whether the loops around what is done that are not around
// where the collection is made have few rounds.
func (m *measure) inFewRounds(done, made ssa.Instruction) bool {
	for l := m.nest(done.Parent()).Of(done.Block()); l != nil; l = l.Parent {
		if !l.Has(made.Block()) && !m.rounds(l) {
			return false
		}
	}
	return true
}

// rounds reports whether a loop never makes more than a few rounds.
func (m *measure) rounds(l *loops.Loop) bool {
	switch bound := l.Bound().(type) {
	case *ssa.Const:
		_, ok := smallConst(bound)
		return ok
	case *ssa.Call:
		if fn := bound.Call.StaticCallee(); fn != nil && listsParts[fn.String()] || bound.Call.IsInvoke() && listsParts[bound.Call.Method.FullName()] {
			return true
		}
	}
	x := walkedBy(l)
	return x != nil && m.small(x)
}

// listsParts are the functions that say how many parts the source gives to a
// type.
var listsParts = map[string]bool{
	"(reflect.Value).NumField": true, "(reflect.Type).NumField": true, "(reflect.Value).NumMethod": true, "(reflect.Type).NumMethod": true,
}

// variable reports whether all that is ever stored at addr is small.
func (m *measure) variable(addr ssa.Value) bool {
	switch addr := addr.(type) {
	case *ssa.Global:
		return addr.Pkg != m.a.pkg || !m.a.changed[addr]
	case *ssa.FreeVar:
		cell := captured(addr)
		return cell != nil && m.variable(cell)
	case *ssa.Alloc:
		if m.inHand[addr] {
			return true
		}
		m.inHand[addr] = true
		n := 0
		for _, ref := range *addr.Referrers() {
			switch ref := ref.(type) {
			case *ssa.Store:
				if ref.Addr != addr || !m.inFewRounds(ref, addr) || !m.small(ref.Val) {
					return false
				}
				n++
			case *ssa.UnOp, *ssa.DebugRef:
			case *ssa.MakeClosure:
				for i, b := range ref.Bindings {
					if b == addr && !onlyRead(ref.Fn.(*ssa.Function).FreeVars[i]) {
						return false
					}
				}
			default:
				return false
			}
		}
		return n > 0
	}
	return false
}

// row is a collection that is kept in the map x: it is small if all in a map
// are that the source spells out and nobody changes.
func (m *measure) row(x ssa.Value) bool {
	table, _ := x.(*ssa.MakeMap)
	if load, ok := x.(*ssa.UnOp); ok && load.Op == token.MUL {
		if g, ok := load.X.(*ssa.Global); ok && g.Pkg == m.a.pkg && !m.a.changed[g] {
			table = m.table(g)
		}
	}
	if table == nil || !m.filledHere(table) {
		return false
	}
	for _, ref := range *table.Referrers() {
		if up, ok := ref.(*ssa.MapUpdate); ok && !m.small(up.Value) {
			return false
		}
	}
	return true
}

// table returns the map that a package-level variable begins with, nil if it
// does not begin with one that is made for it.
func (s *sizes) table(g *ssa.Global) *ssa.MakeMap {
	if s.tables == nil {
		s.tables = map[*ssa.Global]*ssa.MakeMap{}
		if begin := s.a.pkg.Func("init"); begin != nil {
			for _, b := range begin.Blocks {
				for _, instr := range b.Instrs {
					if st, ok := instr.(*ssa.Store); ok {
						if g, ok := st.Addr.(*ssa.Global); ok {
							s.tables[g], _ = st.Val.(*ssa.MakeMap)
						}
					}
				}
			}
		}
	}
	return s.tables[g]
}

// result is what a function of the package returns.
func (m *measure) result(c *ssa.Call, index int) bool {
	fn := c.Call.StaticCallee()
	if fn == nil || fn.Pkg != m.a.pkg || len(fn.Blocks) == 0 {
		return false
	}
	n := 0
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		if n++; index >= len(ret.Results) || !m.small(ret.Results[index]) {
			return false
		}
	}
	return n > 0
}

// parameter is what a function is given. There must be a call.
func (m *measure) parameter(p *ssa.Parameter) bool {
	fn := p.Parent()
	i := 0
	for fn.Params[i] != p {
		i++
	}
	calls, ok := m.callsOf(fn)
	if !ok || len(calls) == 0 {
		return false
	}
	for _, c := range calls {
		if arg := c.Common().Args[i]; arg != p && !m.small(arg) {
			return false
		}
	}
	return true
}

// callsOf returns all calls of a function, and whether these are taken to be all:
// nobody outside the package can name it, or several in it do, and it is never
// used as a value or, as far as its name tells, behind an interface.
func (s *sizes) callsOf(fn *ssa.Function) ([]ssa.CallInstruction, bool) {
	const several = 2
	obj, ok := fn.Object().(*types.Func)
	if !ok {
		return nil, false
	}
	if s.calls == nil {
		s.indexCalls()
	}
	calls, ok := s.calls[fn]
	return calls, ok && (!obj.Exported() || len(calls) >= several)
}

func (s *sizes) indexCalls() {
	s.calls = map[*ssa.Function][]ssa.CallInstruction{}
	used := map[*ssa.Function]bool{}
	invoked := map[string]bool{}
	var ops []*ssa.Value
	for _, fn := range s.a.functions {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				c, isCall := instr.(ssa.CallInstruction)
				if isCall && c.Common().IsInvoke() {
					invoked[c.Common().Method.Name()] = true
				}
				ops = instr.Operands(ops[:0])
				for i, op := range ops {
					callee, ok := (*op).(*ssa.Function)
					if !ok {
						continue
					}
					if o := callee.Origin(); o != nil {
						callee = o
					}
					if callee.Synthetic != "" { // a bound method, say
						if obj, ok := callee.Object().(*types.Func); ok {
							used[orSelf(s.a.pkg.Prog.FuncValue(obj.Origin()), callee)] = true
						}
					}
					if isCall && i == 0 && c.Common().Value == callee {
						s.calls[callee] = append(s.calls[callee], c)
					} else {
						used[callee] = true
					}
				}
			}
		}
	}
	for fn := range s.calls {
		if used[fn] || fn.Signature.Recv() != nil && invoked[fn.Name()] {
			delete(s.calls, fn)
		}
	}
}

func (s *sizes) nest(fn *ssa.Function) *loops.Nest {
	n := s.nests[fn]
	if n == nil {
		n = loops.Find(fn)
		s.nests[fn] = n
	}
	return n
}

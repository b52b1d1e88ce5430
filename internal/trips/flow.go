package trips

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/loops"
)

// A flow computes what the values of one function derive from.
//
// The value of the analysis at an SSA value is a [set]; the sets only grow, and
// the pass over the blocks is repeated until none does. Memory is one set for
// each pair of a root (a variable, an object, a parameter) and the field of it
// that is nearest to the root: x.ID and x.Name are told apart, x.A.B and x.A.C
// are not. A variable that holds a pointer and what it points to are one.
//
// Where values are gathered, in a slice that was there before the round, a map,
// a string that grows, what they are gathered in does not derive from the
// element of that round; see [flow.gathered].
type flow struct {
	a    *solver
	fn   *ssa.Function
	nest *loops.Nest

	val   map[ssa.Value]set
	tuple map[ssa.Value][]set
	mem   map[place]set
	whole map[ssa.Value]set
	// stored lists the values written into an array that the source spells out,
	// as the arguments of a variadic call are.
	stored map[ssa.Value][]ssa.Value

	targets   map[ssa.CallInstruction]*target
	iterators map[*loops.Loop]map[ssa.Value]bool
	literals  map[ssa.Value]bool
	kinds     map[ssa.CallInstruction]Doubts
	grew      bool
}

// A place is a piece of memory.
type place struct {
	root  ssa.Value
	field int // entire for what is not a field
}

const entire = -1

func newFlow(a *solver, fn *ssa.Function) *flow {
	return &flow{
		a: a, fn: fn, nest: loops.Find(fn),
		val: map[ssa.Value]set{}, tuple: map[ssa.Value][]set{}, mem: map[place]set{}, whole: map[ssa.Value]set{},
		stored: map[ssa.Value][]ssa.Value{}, targets: map[ssa.CallInstruction]*target{}, iterators: map[*loops.Loop]map[ssa.Value]bool{},
		literals: map[ssa.Value]bool{}, kinds: map[ssa.CallInstruction]Doubts{},
	}
}

// solve runs the passes and summarises what they showed.
func (f *flow) solve() *summary {
	const maxPasses = 24
	for i, p := range f.fn.Params {
		if carries(p.Type()) {
			f.val[p] = ofMask(inputBit(i))
		}
	}
	for i, v := range f.fn.FreeVars {
		if carries(deref(v.Type())) {
			f.val[v] = ofMask(inputBit(len(f.fn.Params) + i))
		}
	}
	f.findIterators()
	for range maxPasses {
		f.grew = false
		for _, b := range f.fn.Blocks {
			for _, instr := range b.Instrs {
				f.instr(instr)
			}
		}
		if !f.grew {
			break
		}
	}
	return f.summarize()
}

// instr is the transfer of one instruction.
func (f *flow) instr(instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Store:
		f.store(instr)
	case *ssa.MapUpdate:
		d := f.deep(instr.Value).or(f.deep(instr.Key))
		f.write(instr.Map, f.gathered(d, instr.Map, instr.Block()))
	case *ssa.Send:
		f.write(instr.Chan, f.deep(instr.X))
	case ssa.CallInstruction:
		f.call(instr)
	case ssa.Value:
		f.set(instr, f.value(instr))
	}
}

// set adds to what v derives from.
func (f *flow) set(v ssa.Value, d set) {
	if d.empty() || !carries(v.Type()) {
		return
	}
	if old := f.val[v]; !d.subsetOf(old) {
		f.val[v] = old.or(d)
		f.grew = true
	}
}

// value is what the result of an instruction that is no call derives from.
func (f *flow) value(v ssa.Value) set {
	switch v := v.(type) {
	case *ssa.Phi:
		return f.phi(v)
	case *ssa.UnOp:
		switch v.Op {
		case token.MUL:
			return f.load(v)
		case token.ARROW:
			return f.receive(v)
		}
		return f.val[v.X]
	case *ssa.BinOp:
		return f.binary(v)
	case *ssa.FieldAddr:
		return f.val[v.X]
	case *ssa.Field:
		return f.val[v.X]
	case *ssa.IndexAddr:
		return f.index(v, v.X, v.Index, deref(v.Type()))
	case *ssa.Index:
		return f.index(v, v.X, v.Index, v.Type())
	case *ssa.Lookup:
		return f.deep(v.X).withoutRole(chunk).or(f.val[v.Index].withoutRole(counter))
	case *ssa.Extract:
		return f.extract(v)
	case *ssa.Slice:
		return f.val[v.X]
	case *ssa.MakeInterface:
		return f.val[v.X]
	case *ssa.ChangeInterface:
		return f.val[v.X]
	case *ssa.ChangeType:
		return f.val[v.X]
	case *ssa.Convert:
		return f.val[v.X]
	case *ssa.MultiConvert:
		return f.val[v.X]
	case *ssa.SliceToArrayPointer:
		return f.val[v.X]
	case *ssa.TypeAssert:
		return f.val[v.X]
	case *ssa.Range:
		return f.deep(v.X)
	case *ssa.MakeClosure:
		f.captured(v)
		var d set
		for _, b := range v.Bindings {
			d = d.or(f.deep(b))
		}
		return d
	}
	return nil
}

// phi joins the edges. What links a chain or drains a list of work is told by
// the form of the loop.
func (f *flow) phi(v *ssa.Phi) set {
	var d set
	for _, e := range v.Edges {
		d = d.or(f.val[e])
	}
	l := f.nest.Of(v.Block())
	if l == nil || l.Header != v.Block() {
		return d
	}
	if l.Counts(v) {
		return d.withoutRole(counter).or(single(roleBit(l.Index, counter)))
	}
	if l.Walks(v, nextInChain) && !isBatch(v.Type()) {
		return d.or(single(roleBit(l.Index, element)))
	}
	return d
}

// nextInChain reports whether the call goes on to the next of a linked list.
func nextInChain(c *ssa.Call) bool {
	fn := c.Call.StaticCallee()
	return fn != nil && (fn.String() == "(*container/list.Element).Next" || fn.String() == "(*container/list.Element).Prev")
}

// binary is the derivation of an operation. A string or number that grows from
// round to round gathers.
func (f *flow) binary(v *ssa.BinOp) set {
	x, y := f.val[v.X], f.val[v.Y]
	if phi, ok := v.X.(*ssa.Phi); ok {
		if l := f.nest.Of(phi.Block()); l != nil && l.Header == phi.Block() && l.Has(v.Block()) {
			return x.or(f.withoutLoop(y, l))
		}
	}
	return x.or(y)
}

// withoutLoop returns d less what derives from the rounds of l.
func (f *flow) withoutLoop(d set, l *loops.Loop) set {
	low, high := roleBit(l.Index, 0), roleBit(l.Index+1, 0)
	return d.without(func(bit int) bool { return bit >= low && bit < high })
}

// index is an element of x. Which loop walks x is told by the index: the
// innermost whose counter is in it.
func (f *flow) index(at ssa.Instruction, x, i ssa.Value, elem types.Type) set {
	d, by := f.val[x], f.val[i]
	block := at.Block()
	for l := f.nest.Of(block); l != nil; l = l.Parent {
		if !by.has(roleBit(l.Index, counter)) {
			continue
		}
		d = d.withoutRole(chunk).withoutRole(counter)
		if l.Fixed() || f.literal(x) {
			return d
		}
		return d.or(f.elementOf(l, elem))
	}
	// A column of a row: rec[0] of the record at hand.
	if _, constant := i.(*ssa.Const); constant {
		for l := f.nest.Of(block); l != nil; l = l.Parent {
			if d.has(roleBit(l.Index, chunk)) {
				d = d.or(single(roleBit(l.Index, element)))
			}
		}
		d = d.withoutRole(chunk)
	}
	// The first of a list of work.
	if phi, ok := x.(*ssa.Phi); ok {
		if l := f.nest.Of(phi.Block()); l != nil && l.Drains(phi) && l.Has(block) {
			d = d.or(f.elementOf(l, elem))
		}
	}
	return d.or(by.withoutRole(counter))
}

// elementOf is the role of a value of the given type that l walks to.
func (f *flow) elementOf(l *loops.Loop, t types.Type) set {
	if isBatch(t) {
		return single(roleBit(l.Index, chunk))
	}
	return single(roleBit(l.Index, element))
}

// extract is one of several results.
func (f *flow) extract(v *ssa.Extract) set {
	switch t := v.Tuple.(type) {
	case *ssa.Next:
		d := f.val[t.Iter].withoutRole(chunk)
		l := f.nest.Of(t.Block())
		r, ok := t.Iter.(*ssa.Range)
		if v.Index == 0 || t.IsString || l == nil || !ok || f.literal(r.X) {
			return d
		}
		return d.or(f.elementOf(l, v.Type()))
	case *ssa.Call:
		if ds := f.tuple[t]; v.Index < len(ds) {
			return ds[v.Index]
		}
		return nil
	case *ssa.Select:
		return nil // which of several channels has something: a worker
	case *ssa.UnOp:
		if v.Index == 0 {
			return f.receive(t)
		}
		return nil
	}
	if v.Index == 0 {
		return f.val[v.Tuple]
	}
	return nil
}

// receive takes a value out of a channel. It is an element if the function
// fills the channel from a collection; otherwise the loop is a worker's.
func (f *flow) receive(v *ssa.UnOp) set {
	root, _ := f.root(v.X)
	d := f.val[v.X].or(f.whole[root])
	if l := f.nest.Of(v.Block()); l != nil && f.fromSomeLoop(f.whole[root]) {
		d = d.or(f.elementOf(l, v.Type()))
	}
	return d
}

func (f *flow) fromSomeLoop(d set) bool {
	for _, l := range f.nest.Loops {
		if d.has(roleBit(l.Index, element)) {
			return true
		}
	}
	return false
}

// root returns the value that v is a part of, or points into, and the field of
// it that is nearest.
func (f *flow) root(v ssa.Value) (ssa.Value, int) {
	field := entire
	for {
		switch x := v.(type) {
		case *ssa.FieldAddr:
			v, field = x.X, x.Field
		case *ssa.Field:
			v, field = x.X, x.Field
		case *ssa.IndexAddr:
			v, field = x.X, entire
		case *ssa.UnOp:
			if x.Op != token.MUL {
				return v, field
			}
			v = x.X
		case *ssa.Slice:
			v = x.X
		case *ssa.ChangeType:
			v = x.X
		case *ssa.ChangeInterface:
			v = x.X
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.Convert:
			v = x.X
		case *ssa.TypeAssert:
			v = x.X
		default:
			return v, field
		}
	}
}

// load reads memory. Which handle a statement goes through says nothing about
// what it asks for, so a handle that is kept in a field derives from nothing.
func (f *flow) load(v *ssa.UnOp) set {
	root, field := f.root(v.X)
	if _, local := root.(*ssa.Alloc); (!local || field != entire) && f.a.rows.IsHandle(v.Type()) {
		return nil
	}
	return f.val[v.X].or(f.at(root, field))
}

// at returns what memory derives from.
func (f *flow) at(root ssa.Value, field int) set {
	if field == entire {
		return f.whole[root]
	}
	return f.mem[place{root, field}].or(f.mem[place{root, entire}])
}

// deep is what v derives from, and all that can be reached from it.
func (f *flow) deep(v ssa.Value) set {
	d := f.val[v]
	switch v.(type) {
	case *ssa.Const, *ssa.Function, *ssa.Builtin:
		return nil
	case *ssa.Global:
		return nil
	}
	if !carries(v.Type()) || f.a.rows.IsHandle(v.Type()) && !f.a.rows.IsFluent(v.Type()) {
		return d
	}
	if !refers(v) {
		return d
	}
	root, field := f.root(v)
	return d.or(f.at(root, field))
}

// refers reports whether something can be reached from v that is not v itself.
func refers(v ssa.Value) bool {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	switch v.Type().Underlying().(type) {
	case *types.Basic:
		return false
	case *types.Struct, *types.Array:
		return false // a load has read all of it
	}
	return true
}

// remember adds to what memory derives from.
func (f *flow) remember(root ssa.Value, field int, d set) {
	if d.empty() {
		return
	}
	if _, ok := root.(*ssa.Global); ok {
		return
	}
	p := place{root, field}
	if old := f.mem[p]; !d.subsetOf(old) {
		f.mem[p] = old.or(d)
		f.whole[root] = f.whole[root].or(d)
		f.grew = true
	}
}

// write adds to what v points to.
func (f *flow) write(v ssa.Value, d set) {
	root, field := f.root(v)
	f.remember(root, field, d)
}

// store writes a variable, a field or an element.
func (f *flow) store(st *ssa.Store) {
	d := f.deep(st.Val)
	if ix, ok := st.Addr.(*ssa.IndexAddr); ok {
		root, _ := f.root(ix.X)
		if _, constant := ix.Index.(*ssa.Const); constant {
			f.spelledOut(root, st.Val)
		} else {
			d = f.gathered(d, ix.X, st.Block())
		}
	}
	if l := f.nest.Of(st.Block()); l != nil && countsInMemory(st) {
		d = d.or(single(roleBit(l.Index, counter)))
	}
	if !carries(st.Val.Type()) {
		return
	}
	f.write(st.Addr, d)
}

func (f *flow) spelledOut(root, v ssa.Value) {
	for _, x := range f.stored[root] {
		if x == v {
			return
		}
	}
	f.stored[root] = append(f.stored[root], v)
}

// countsInMemory reports whether st adds a constant to a variable: a counter
// that some function captures.
func countsInMemory(st *ssa.Store) bool {
	op, ok := st.Val.(*ssa.BinOp)
	if !ok || op.Op != token.ADD && op.Op != token.SUB {
		return false
	}
	c, constant1 := op.Y.(*ssa.Const)
	load, ok := op.X.(*ssa.UnOp)
	_, local := st.Addr.(*ssa.Alloc)
	return ok && constant1 && local && load.Op == token.MUL && c.Value != nil && c.Value.Kind() == constant.Int
}

// gathered returns what into derives from after d was added to it in block:
// not from the rounds of loops that found it there. From the inputs it derives
// as something gathered if it was there before the function was called.
func (f *flow) gathered(d set, into ssa.Value, block *ssa.BasicBlock) set {
	if d.empty() {
		return d
	}
	var b bases
	f.basesOf(into, &b, map[ssa.Value]bool{})
	for l := f.nest.Of(block); l != nil; l = l.Parent {
		if b.before(l) {
			d = f.withoutLoop(d, l)
		}
	}
	if b.outside {
		d = d.asGathered()
	}
	return d
}

// bases say where a container comes from.
type bases struct {
	blocks  []*ssa.BasicBlock
	carried []*loops.Loop
	// outside is set if it comes from outside the function.
	outside bool
}

// before reports whether the container can be older than the round of l.
func (b *bases) before(l *loops.Loop) bool {
	if b.outside {
		return true
	}
	for _, c := range b.carried {
		if c == l {
			return true
		}
	}
	for _, blk := range b.blocks {
		if !l.Has(blk) {
			return true
		}
	}
	return false
}

func (f *flow) basesOf(v ssa.Value, b *bases, seen map[ssa.Value]bool) {
	v, _ = f.root(v)
	if seen[v] {
		return
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.Const:
	case *ssa.Phi:
		if l := f.nest.Of(v.Block()); l != nil && l.Header == v.Block() {
			b.carried = append(b.carried, l)
		}
		for _, e := range v.Edges {
			f.basesOf(e, b, seen)
		}
	case *ssa.Call:
		if builtin, ok := v.Call.Value.(*ssa.Builtin); ok && builtin.Name() == "append" {
			f.basesOf(v.Call.Args[0], b, seen)
			return
		}
		b.blocks = append(b.blocks, v.Block())
	case *ssa.Parameter, *ssa.FreeVar, *ssa.Global:
		b.outside = true
	case ssa.Instruction:
		b.blocks = append(b.blocks, v.Block())
	default:
		b.outside = true
	}
}

// literal reports whether the source spells out the collection v, or it is a
// list of the package that nobody changes.
func (f *flow) literal(v ssa.Value) bool {
	if known, ok := f.literals[v]; ok {
		return known
	}
	f.literals[v] = true // a cycle adds nothing
	is := f.isLiteral(v)
	f.literals[v] = is
	return is
}

func (f *flow) isLiteral(v ssa.Value) bool {
	const maxArray = 64
	if p, ok := v.Type().Underlying().(*types.Pointer); ok {
		if arr, ok := p.Elem().Underlying().(*types.Array); ok {
			return arr.Len() <= maxArray
		}
	}
	switch v := v.(type) {
	case *ssa.Const:
		return true
	case *ssa.Slice:
		return f.literal(v.X)
	case *ssa.ChangeType:
		return f.literal(v.X)
	case *ssa.Phi:
		for _, e := range v.Edges {
			if !f.literal(e) {
				return false
			}
		}
		return true
	case *ssa.MakeMap:
		for _, ref := range *v.Referrers() {
			if up, ok := ref.(*ssa.MapUpdate); ok && (up.Map != v || f.nest.Of(up.Block()) != nil && f.nest.Of(v.Block()) != f.nest.Of(up.Block())) {
				return false
			} else if !ok && escapes(ref, v) {
				return false
			}
		}
		return true
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return false
		}
		switch cell := v.X.(type) {
		case *ssa.Global:
			return cell.Pkg != f.a.pkg || !f.a.changed[cell]
		case *ssa.Alloc:
			return f.literalCell(cell)
		case *ssa.FreeVar:
			if alloc := captured(cell); alloc != nil {
				return newFlow(f.a, alloc.Parent()).literalCell(alloc)
			}
		}
		arr, ok := v.Type().Underlying().(*types.Array)
		return ok && arr.Len() <= maxArray
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
			return f.nest.Of(v.Block()) == nil && f.literal(v.Call.Args[0]) && f.literal(v.Call.Args[1])
		}
	}
	arr, ok := v.Type().Underlying().(*types.Array)
	return ok && arr.Len() <= maxArray
}

// escapes reports whether ref may let somebody else change the map v.
func escapes(ref ssa.Instruction, v ssa.Value) bool {
	switch ref := ref.(type) {
	case *ssa.Store:
		return ref.Val == v
	case *ssa.MakeClosure:
		return true
	}
	return false
}

// literalCell reports whether all that is ever stored in a variable is spelled
// out, and nobody else gets its address.
func (f *flow) literalCell(cell *ssa.Alloc) bool {
	n := 0
	for _, ref := range *cell.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr != cell || !f.literal(ref.Val) {
				return false
			}
			n++
		case *ssa.UnOp, *ssa.DebugRef:
		case *ssa.MakeClosure:
			for i, b := range ref.Bindings {
				if b == cell && !onlyRead(ref.Fn.(*ssa.Function).FreeVars[i]) {
					return false
				}
			}
		default:
			return false
		}
	}
	return n > 0
}

// onlyRead reports whether the captured variable is never written or passed on.
func onlyRead(fv *ssa.FreeVar) bool {
	for _, ref := range *fv.Referrers() {
		if load, ok := ref.(*ssa.UnOp); !ok || load.Op != token.MUL {
			return false
		}
	}
	return true
}

// captured returns the variable of the enclosing function that fv stands for,
// nil if it is not known.
func captured(fv *ssa.FreeVar) *ssa.Alloc {
	alloc, _ := binding(fv).(*ssa.Alloc)
	return alloc
}

// binding returns what the enclosing function binds to fv, through any number
// of functions in between.
func binding(fv *ssa.FreeVar) ssa.Value {
	for {
		fn := fv.Parent()
		if fn.Parent() == nil {
			return nil
		}
		i := 0
		for i < len(fn.FreeVars) && fn.FreeVars[i] != fv {
			i++
		}
		mc := makes(fn)
		if mc == nil || i >= len(mc.Bindings) {
			return nil
		}
		next, ok := mc.Bindings[i].(*ssa.FreeVar)
		if !ok {
			return mc.Bindings[i]
		}
		fv = next
	}
}

// makes returns the instruction that makes a closure of fn, nil if there is
// none.
func makes(fn *ssa.Function) *ssa.MakeClosure {
	for _, ref := range *fn.Referrers() {
		if mc, ok := ref.(*ssa.MakeClosure); ok {
			return mc
		}
	}
	return nil
}

// captured applies what a function literal writes to the variables that it
// captures: whenever it runs, the variables may hold that.
func (f *flow) captured(mc *ssa.MakeClosure) {
	fn := mc.Fn.(*ssa.Function)
	if fn.Synthetic != "" && fn.Synthetic != "range-over-func yield" || !f.local(fn) {
		return
	}
	np := len(fn.Params)
	for _, st := range f.a.summary(fn).Stores {
		if j := st.To - np; j >= 0 && j < len(mc.Bindings) {
			var d set
			for k, b := range mc.Bindings {
				if st.From.has(np + k) {
					d = d.or(f.deep(b))
				}
				if st.Gathered.has(np + k) {
					d = d.or(f.gathered(f.deep(b), mc.Bindings[j], mc.Block()))
				}
			}
			f.write(mc.Bindings[j], d)
		}
	}
}

// local reports whether the body of fn is that of a function of this package.
func (f *flow) local(fn *ssa.Function) bool {
	if len(fn.Blocks) == 0 {
		return false
	}
	if fn.Pkg == nil {
		return fn.Synthetic != ""
	}
	return fn.Pkg == f.a.pkg
}

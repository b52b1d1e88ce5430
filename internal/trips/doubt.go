package trips

import (
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/loops"
)

// Doubts are reasons why somebody may not mind that a statement runs once per
// element.
type Doubts uint16

const (
	// Waits: whenever the statement is sent, something else is waited for as
	// well: another server, a program, a file.
	Waits Doubts = 1 << iota
	// Apart: each round has a transaction or a deadline of its own.
	Apart
	// Started: each round runs in a goroutine of its own.
	Started
	// Searches: the loop ends once a round had success.
	Searches
	// Few: the source shows that there are few elements.
	Few
	// Surplus: only what is over some number is walked.
	Surplus
	// Sequential: what a round asks for comes out of the round before.
	Sequential
	// Grouped: the statement is given a collection that belongs to the element.
	Grouped
	// Mixed: the elements may be of different types.
	Mixed
	// Picks: of the whole collection, the statement is sent for the element that
	// is equal to something else.
	Picks
	// MayWait: when the statement is sent, something else may be waited for as
	// well.
	MayWait
	// Whole: the statement is given the element itself, not some key of it.
	Whole
	// Locks: each round takes a lock of the database, sets a savepoint, or changes
	// the schema, which locks what is changed: one by one is the point.
	Locks
	// Held: the statement is for what the element may hold already.
	Held
	// Once: the statement is sent only as long as something is what it was before
	// the first round, which changes it.
	Once
)

// doubtsOnTheWay are those that the function at hand adds to a statement that
// it sends by the call c.
func (f *flow) doubtsOnTheWay(c ssa.CallInstruction) Doubts {
	d := f.alongside(func(b *ssa.BasicBlock) bool { return true }, nil, c)
	if f.fn.Parent() == nil {
		return d
	}
	// What a literal is called back with may hold many.
	t := f.target(c)
	text := f.textOf(t)
	for _, in := range t.inputs {
		if in != text && !(f.a.rows.IsHandle(in.Type()) && !f.a.rows.IsFluent(in.Type())) && f.deep(in).inputs() != 0 && f.wholeCollection(in) {
			d |= Grouped
		}
	}
	return d
}

// alongside looks at the calls of the function, or of a round, that run whenever
// c does, and for waits at those that may.
func (f *flow) alongside(in func(*ssa.BasicBlock) bool, l *loops.Loop, c ssa.CallInstruction) Doubts {
	var d Doubts
	for _, b := range f.fn.Blocks {
		if !in(b) || onFailure(b) {
			continue
		}
		inner := f.nest.Of(b)
		maybe := inner != nil && inner != l && !inner.Has(c.Block()) // there may be no round of it
		checked := false
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok {
				continue
			}
			if _, deferred := instr.(*ssa.Defer); deferred {
				continue
			}
			add := f.kindOf(call)
			if add&^d == 0 {
				continue
			}
			if !checked {
				checked = true
				maybe = maybe || b != c.Block() && !b.Dominates(c.Block()) && f.conditions(b, l) > 0
			}
			if maybe && add&Waits != 0 {
				add = MayWait
			} else if maybe {
				continue
			}
			d |= add
		}
	}
	return d
}

// kindOf says what a call means for the statements beside it.
func (f *flow) kindOf(c ssa.CallInstruction) Doubts {
	if k, ok := f.kinds[c]; ok {
		return k
	}
	k := f.findKind(c)
	f.kinds[c] = k
	return k
}

func (f *flow) findKind(c ssa.CallInstruction) Doubts {
	if _, ok := c.Common().Value.(*ssa.Builtin); ok {
		return 0
	}
	t := f.target(c)
	if t.obj == nil {
		return 0
	}
	var d Doubts
	if f.locks(t) {
		d |= Locks
	}
	// What is known to send a statement waits for that.
	if _, started := c.(*ssa.Go); !started && !t.known && !f.a.isNamed(t.obj) {
		if n, ok := f.a.outside[t.obj]; ok && n <= maxOutside || f.a.rows.Waits(t.obj) {
			d |= Waits
		} else if t.obj.Pkg() != f.a.pass.Pkg || isInterfaceMethod(t.obj) {
			if waits(f.a.pass, f.a.rows, t.obj) >= 0 || isInterfaceMethod(t.obj) && f.a.someWait(t.obj) {
				d |= Waits
			}
		}
		if d == 0 && f.a.mayWaitIn(t.obj) {
			d |= MayWait
		}
	}
	switch t.obj.FullName() {
	case "context.WithTimeout", "context.WithDeadline", "context.WithTimeoutCause", "context.WithDeadlineCause":
		return Apart
	}
	if row, ok := f.a.rows.Find(t.obj); ok && (row.Does == catalog.Begin || row.Does == catalog.Managed) {
		d |= Apart
	} else if !ok && handsOutTx(f.a.rows, t.obj.Signature()) {
		d |= Apart
	}
	return d
}

// locks reports whether a call takes a lock of the database, sets a savepoint or
// changes the schema, and does not do anything else that is known.
func (f *flow) locks(t *target) bool {
	if t.obj == nil || t.obj.Pkg() == nil {
		return false
	}
	if catalog.IsLibrary(t.obj.Pkg().Path()) && strings.EqualFold(t.obj.Name(), "Savepoint") {
		return true
	}
	if !t.known {
		e := f.effect(t)
		return e != nil && e.Locks
	}
	text := f.textOf(t)
	if text == nil {
		return false
	}
	shown := template(text)
	return takesLock(shown) || setsSavepoint(shown) || changesSchema(shown)
}

// sendsLock reports whether a call of the function locks, but for those after a
// failure.
func (f *flow) sendsLock() bool {
	for _, b := range f.fn.Blocks {
		if onFailure(b) {
			continue
		}
		for _, instr := range b.Instrs {
			if c, ok := instr.(ssa.CallInstruction); ok && f.locks(f.target(c)) {
				return true
			}
		}
	}
	return false
}

// handsOutTx reports whether a function hands out a transaction and is given
// none.
func handsOutTx(rows *catalog.Catalog, sig *types.Signature) bool {
	out := false
	for v := range sig.Results().Variables() {
		out = out || isTx(rows, v.Type())
	}
	if !out || sig.Recv() != nil && isTx(rows, sig.Recv().Type()) {
		return false
	}
	for v := range sig.Params().Variables() {
		if isTx(rows, v.Type()) {
			return false
		}
	}
	return true
}

func isTx(rows *catalog.Catalog, t types.Type) bool {
	_, typ, ok := rows.Handle(t)
	return ok && typ.Role == catalog.Tx
}

// doubts are those of a statement that a loop multiplies.
func (f *flow) doubts(o occurrence, l *loops.Loop) Doubts {
	d := o.Doubts
	c := o.call
	d |= f.startedBy(c)
	if l == nil {
		return d
	}
	d |= f.alongside(l.Has, l, c)
	if f.searches(l, c.Block()) {
		d |= Searches
	}
	if f.a.sizes.rounds(l) {
		d |= Few
	}
	if firstRound(l, c.Block()) || flagged(l, c.Block()) {
		d |= Once
	}
	walked := walkedBy(l)
	if walked == nil && countsDown(l) {
		d |= Surplus
	}
	if walked != nil {
		if ofAny(walked.Type()) {
			d |= Mixed
		}
		if ofConstants(walked.Type()) || f.statesFew(walked) {
			d |= Few
		}
		few, surplus := f.bounds(l, walked)
		if few {
			d |= Few
		}
		if surplus {
			d |= Surplus
		}
	}
	if o.Write && f.givenGroup(l, c) {
		d |= Grouped
	}
	if f.heldAlready(l, c) {
		d |= Held
	}
	return d | f.doubtsOfArguments(l, c)
}

// doubtsOfArguments looks at what a call in the loop is given.
func (f *flow) doubtsOfArguments(l *loops.Loop, c ssa.CallInstruction) Doubts {
	d := Whole
	many, one := false, false
	for _, in := range f.target(c).inputs {
		if f.a.rows.IsHandle(in.Type()) && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		if f.carriedOn(in, l, c) || slices.ContainsFunc(f.spelled(in), func(x ssa.Value) bool { return f.carriedOn(x, l, c) }) {
			d |= Sequential
		}
		if !f.deep(in).has(roleBit(l.Index, element)) {
			continue
		}
		if _, ok := in.Type().Underlying().(*types.Basic); ok {
			d &^= Whole
		}
		if f.wholeCollection(in) {
			many = true
		} else {
			one = true
		}
	}
	// A collection beside a key is what one row holds.
	if many && !one || f.givenChunk(l, c) {
		d |= Grouped
	}
	return d
}

// givenGroup reports whether the loop walks a map of collections, and the call is
// given one of them: its key tells what the rows of the group get.
func (f *flow) givenGroup(l *loops.Loop, c ssa.CallInstruction) bool {
	x := walkedBy(l)
	if x == nil {
		return false
	}
	m, ok := x.Type().Underlying().(*types.Map)
	return ok && isBatch(m.Elem()) && slices.ContainsFunc(f.target(c).inputs, func(in ssa.Value) bool {
		return f.deep(in).has(roleBit(l.Index, chunk))
	})
}

// givenChunk reports whether a call in a loop inside l is given an element that
// is a collection itself, of l or of the loops between them: an inner loop only
// looks for where the collection belongs, or goes through its parts.
func (f *flow) givenChunk(l *loops.Loop, c ssa.CallInstruction) bool {
	var chunks []int
	for inner := f.nest.Of(c.Block()); inner != nil && inner != l; inner = inner.Parent {
		chunks = append(chunks, roleBit(inner.Index, chunk))
	}
	if len(chunks) == 0 {
		return false
	}
	chunks = append(chunks, roleBit(l.Index, chunk))
	for _, in := range f.target(c).inputs {
		if d := f.deep(in); slices.ContainsFunc(chunks, d.has) {
			return true
		}
	}
	return false
}

// startedBy is Started if c starts a goroutine.
func (f *flow) startedBy(c ssa.CallInstruction) Doubts {
	if _, ok := c.(*ssa.Go); ok {
		return Started
	}
	if t := f.target(c); t.obj != nil && starters[t.obj.FullName()] && t.obj.Name() != "Do" {
		return Started
	}
	return 0
}

// walkedBy returns the collection that the loop walks, nil if that is not seen.
func walkedBy(l *loops.Loop) ssa.Value {
	for _, instr := range l.Header.Instrs {
		if next, ok := instr.(*ssa.Next); ok {
			if r, ok := next.Iter.(*ssa.Range); ok {
				return r.X
			}
		}
	}
	branch, ok := l.Header.Instrs[len(l.Header.Instrs)-1].(*ssa.If)
	if !ok {
		return nil
	}
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return nil
	}
	for _, v := range []ssa.Value{cmp.Y, cmp.X} {
		if x := lengthOf(v); x != nil {
			return x
		}
	}
	return nil
}

// lengthOf returns the collection of which v is the length, nil if it is none.
func lengthOf(v ssa.Value) ssa.Value {
	c, ok := v.(*ssa.Call)
	if !ok {
		return nil
	}
	if b, ok := c.Call.Value.(*ssa.Builtin); ok && b.Name() == "len" {
		return c.Call.Args[0]
	}
	return nil
}

// bounds says whether the source shows that the collection is small, or that
// the loop walks only what is over some number.
func (f *flow) bounds(l *loops.Loop, walked ssa.Value) (isFew, surplus bool) {
	isFew, surplus = f.cut(walked, 0)
	root, field := f.root(walked)
	isFew = isFew || f.checked(l, root, field)
	for d := l.Header.Idom(); d != nil; d = d.Idom() {
		branch, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		cmp, ok := branch.Cond.(*ssa.BinOp)
		if !ok {
			continue
		}
		x := lengthOf(cmp.X)
		n, ok := smallConst(cmp.Y)
		if x == nil || !ok {
			continue
		}
		if r, k := f.root(x); x != walked && (r != root || k != field) {
			continue
		}
		onTrue := d.Succs[0].Dominates(l.Header) && len(d.Succs[0].Preds) == 1 && d.Succs[0] != d.Succs[1]
		switch {
		case n <= 1:
		case cmp.Op == token.GTR || cmp.Op == token.GEQ:
			if onTrue {
				surplus = true
			} else {
				isFew = true
			}
		case (cmp.Op == token.LSS || cmp.Op == token.LEQ || cmp.Op == token.EQL) && onTrue:
			isFew = true
		}
	}
	return isFew, surplus
}

// checked reports whether the length of the collection is given to a call,
// together with a small number, that can fail, before the loop.
func (f *flow) checked(l *loops.Loop, root ssa.Value, field int) bool {
	for d := l.Header.Idom(); d != nil; d = d.Idom() {
		for _, instr := range d.Instrs {
			c, ok := instr.(*ssa.Call)
			if !ok || !isError(c.Type()) {
				continue
			}
			length, bound := false, false
			for _, arg := range c.Call.Args {
				if conv, ok := arg.(*ssa.Convert); ok {
					arg = conv.X
				}
				if n, ok := smallConst(arg); ok && n > 1 {
					bound = true
				}
				if x := lengthOf(arg); x != nil {
					r, k := f.root(x)
					length = length || r == root && k == field
				}
			}
			if length && bound {
				return true
			}
		}
	}
	return false
}

// countsDown reports whether the loop counts from the length of something down
// to a number above zero.
func countsDown(l *loops.Loop) bool {
	branch, ok := l.Header.Instrs[len(l.Header.Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	cmp, ok := branch.Cond.(*ssa.BinOp)
	if !ok || cmp.Op != token.GEQ && cmp.Op != token.GTR {
		return false
	}
	phi, ok := cmp.X.(*ssa.Phi)
	n, small := smallConst(cmp.Y)
	return ok && small && n > 1 && l.Counts(phi)
}

// ofAny reports whether t is a collection of values of any type.
func ofAny(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	i, ok := s.Elem().Underlying().(*types.Interface)
	return ok && i.Empty()
}

// ofConstants reports whether t is a collection of values of which the source
// lists all: their type is a name for a basic type, and its package declares
// some constants of it, but few.
func ofConstants(t types.Type) bool {
	var elem types.Type
	switch t := t.Underlying().(type) {
	case *types.Slice:
		elem = t.Elem()
	case *types.Map:
		elem = t.Key()
	default:
		return false
	}
	named, ok := types.Unalias(elem).(*types.Named)
	if !ok || !isBasic(named) || named.Obj().Pkg() == nil {
		return false
	}
	n := 0
	scope := named.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && types.Identical(c.Type(), named) {
			n++
		}
	}
	return n > 1 && n <= few
}

func smallConst(v ssa.Value) (int64, bool) {
	c, ok := v.(*ssa.Const)
	if !ok || c.Value == nil || c.Value.Kind() != constant.Int {
		return 0, false
	}
	n := c.Int64()
	return n, n <= few
}

// cut looks at how the collection was cut.
func (f *flow) cut(v ssa.Value, depth int) (isFew, surplus bool) {
	if depth > 4 {
		return false, false
	}
	switch v := v.(type) {
	case *ssa.Slice:
		if v.High != nil {
			_, isFew = smallConst(v.High)
		} else if n, ok := smallConst(v.Low); v.Low != nil && ok && n > 1 {
			surplus = true
		}
	case *ssa.Phi:
		for _, e := range v.Edges {
			x, _ := f.cut(e, depth+1)
			isFew = isFew || x
		}
	case *ssa.Extract:
		if c, ok := v.Tuple.(*ssa.Call); ok {
			isFew = f.limited(c)
		}
	case *ssa.Call:
		isFew = f.limited(v)
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok && v.Op == token.MUL {
			if x := onlyStore(alloc); x != nil {
				return f.cut(x, depth+1)
			}
		}
	}
	return isFew, surplus
}

var limit = regexp.MustCompile(`(?i)\blimit\s+(\d+)\s*;?\s*$`)

// limiting are the names of parameters that say how many rows are asked for at
// most.
var limiting = []string{"limit", "pagesize", "page_size", "perpage", "maxresults"}

// limited reports whether the query that a call sends has a small limit.
func (f *flow) limited(c *ssa.Call) bool {
	t := f.target(c)
	for i, in := range t.inputs[t.recv:] {
		if i >= t.params.Params().Len() {
			break
		}
		if n, ok := smallConst(in); ok && n > 0 && slices.ContainsFunc(limiting, func(s string) bool {
			return strings.HasSuffix(strings.ToLower(t.params.Params().At(i).Name()), s)
		}) {
			return true
		}
	}
	if text := f.textOf(t); text != nil {
		if m := limit.FindStringSubmatch(template(text)); m != nil {
			n, err := strconv.Atoi(m[1])
			return err == nil && n <= few
		}
	}
	return false
}

// wholeCollection reports whether v holds what is for many rows: it is a slice
// or a map that the source does not spell out, or a structure of several of
// them.
func (f *flow) wholeCollection(v ssa.Value) bool {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	root, _ := f.root(v)
	alloc, local := root.(*ssa.Alloc)
	if !isBatch(v.Type()) {
		// A field of the structure is not the structure.
		return local && types.Identical(deref(v.Type()), deref(alloc.Type())) && f.columns(alloc) > 1
	}
	if _, fn := v.Type().Underlying().(*types.Signature); fn {
		return false
	}
	if spelled := f.stored[root]; len(spelled) > 0 {
		return slices.ContainsFunc(spelled, f.wholeCollection)
	}
	if local {
		if _, array := deref(alloc.Type()).Underlying().(*types.Array); array {
			return false
		}
	}
	_, constant := v.(*ssa.Const)
	return !constant && !ofAny(v.Type()) && !f.literal(v)
}

// columns returns how many fields of the structure at alloc are set to
// collections.
func (f *flow) columns(alloc *ssa.Alloc) int {
	n := 0
	for _, ref := range *alloc.Referrers() {
		field, ok := ref.(*ssa.FieldAddr)
		if !ok || !isBatch(deref(field.Type())) {
			continue
		}
		for _, ref := range *field.Referrers() {
			if st, ok := ref.(*ssa.Store); ok && st.Addr == field && f.wholeCollection(st.Val) && !f.deep(st.Val).empty() {
				n++
			}
		}
	}
	return n
}

// carriedOn reports whether v is, on some way, what c returned the round before.
func (f *flow) carriedOn(v ssa.Value, l *loops.Loop, c ssa.CallInstruction) bool {
	call, ok := c.(*ssa.Call)
	if !ok {
		return false
	}
	switch x := v.(type) {
	case *ssa.Phi:
		if x.Block() == l.Header {
			for i, p := range l.Header.Preds {
				if l.Has(p) && (comesFrom(x.Edges[i], call, map[ssa.Value]bool{}) || f.filledBy(x.Edges[i], call)) {
					return true
				}
			}
		}
	case *ssa.UnOp:
		cell, ok := x.X.(*ssa.Alloc)
		if x.Op == token.MUL && ok && !l.Has(cell.Block()) {
			for _, ref := range *cell.Referrers() {
				if st, ok := ref.(*ssa.Store); ok && st.Addr == cell && l.Has(st.Block()) && comesFrom(st.Val, call, map[ssa.Value]bool{}) {
					return true
				}
			}
		}
		if field, ok := x.X.(*ssa.FieldAddr); ok {
			return f.carriedOn(field.X, l, c)
		}
	case *ssa.MakeInterface:
		return f.carriedOn(x.X, l, c)
	}
	return false
}

// spelled returns the arguments that a variadic call was given one by one.
func (f *flow) spelled(in ssa.Value) []ssa.Value {
	if _, ok := in.(*ssa.Slice); !ok {
		return nil
	}
	root, _ := f.root(in)
	return f.stored[root]
}

// filledBy reports whether v is a part of what the call, or a call of its result,
// was given to fill in.
func (f *flow) filledBy(v ssa.Value, call *ssa.Call) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return false
	}
	root, _ := f.root(load.X)
	if _, local := root.(*ssa.Alloc); !local {
		return false
	}
	l := f.nest.Of(call.Block())
	for _, b := range f.fn.Blocks {
		if !l.Has(b) {
			continue
		}
		for _, instr := range b.Instrs {
			c, ok := instr.(*ssa.Call)
			if !ok {
				continue
			}
			t := f.target(c)
			if c != call && (t.recv == 0 || !comesFrom(t.inputs[0], call, map[ssa.Value]bool{})) {
				continue
			}
			for _, in := range t.inputs[t.recv:] {
				if f.pointsTo(in, root) || slices.ContainsFunc(f.spelled(in), func(x ssa.Value) bool { return f.pointsTo(x, root) }) {
					return true
				}
			}
		}
	}
	return false
}

// pointsTo reports whether v is a pointer to root or into it.
func (f *flow) pointsTo(v, root ssa.Value) bool {
	if !pointer(v) {
		return false
	}
	r, _ := f.root(v)
	return r == root
}

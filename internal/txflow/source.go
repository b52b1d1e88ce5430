package txflow

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/enclosing"
)

// A source finds the text behind positions, for messages.
type source struct {
	pass   *analysis.Pass
	shapes *shapes
	conds  map[ssa.Value]ast.Expr
}

// enclosing returns the syntax nodes around pos, the innermost first.
func (src *source) enclosing(pos token.Pos) []ast.Node { return enclosing.Path(src.pass.Files, pos) }

// call returns the call expression whose parenthesis stands at pos, and the
// nodes around it.
func (src *source) call(pos token.Pos) (*ast.CallExpr, []ast.Node) {
	path := src.enclosing(pos)
	for i, n := range path {
		if c, ok := n.(*ast.CallExpr); ok && c.Lparen == pos {
			return c, path[i+1:]
		}
	}
	return nil, nil
}

func (src *source) callRange(c ssa.CallInstruction) (pos, end token.Pos) {
	if call, _ := src.call(c.Common().Pos()); call != nil {
		return call.Pos(), call.End()
	}
	return c.Pos(), c.Pos()
}

// ending describes how a transaction came to its end.
func (src *source) ending(how ending) *Ending {
	e := &Ending{Commits: how.phase == committed, Works: how.works, Where: how.where}
	e.Pos, e.End = src.callRange(how.by)
	_, e.Deferred = how.by.(*ssa.Defer)
	if obj := calledObject(how.by.Common()); obj != nil && how.where != "" {
		e.Callee, e.By = obj, calleeName(how.by.Common())
	}
	return e
}

// managedName returns how the closure that is passed to the runner names its
// transaction.
func (src *source) managedName(c *ssa.Call) string {
	for _, arg := range c.Call.Args {
		var fn *ssa.Function
		switch arg := arg.(type) {
		case *ssa.MakeClosure:
			fn = arg.Fn.(*ssa.Function)
		case *ssa.Function:
			fn = arg
		default:
			continue
		}
		for _, p := range fn.Params {
			if src.shapes.carries(p.Type(), 0) {
				return p.Name()
			}
		}
	}
	return ""
}

// inputName names the input n of fn: a wrapper by itself, not by what is in it.
func (src *source) inputName(fn *ssa.Function, n *node) string {
	if i, _, ok := inputPath(fn, n); ok && src.shapes.tx(fn.Params[i].Type()) {
		return fn.Params[i].Name()
	}
	name, within := inputName(n, src.pass.Pkg)
	if within {
		return "the transaction of " + name
	}
	return name
}

// inputName writes the access path of an input as source of the package does, ""
// if it has no short name. What is within fields that only another package can
// name has the name of what holds these.
func inputName(n *node, from *types.Package) (name string, within bool) {
	switch n.kind {
	case kSym:
		if _, ok := n.v.(*ssa.Parameter); ok && !isContext(n.v.Type()) {
			return n.v.Name(), false
		}
	case kDerived:
		return inputName(n.x, from)
	case kLoad:
		if n.x.kind == kField {
			return inputName(n.x, from)
		}
	case kField, kPart:
		st := structBehind(n.x)
		if st == nil || n.i < 0 || n.i >= st.NumFields() {
			return "", false
		}
		x, within := inputName(n.x, from)
		field := st.Field(n.i)
		switch {
		case x == "" || within || field.Embedded():
			return x, within // promoted: the source does not name it
		case !field.Exported() && field.Pkg() != from:
			return x, true
		}
		return x + "." + field.Name(), false
	}
	return "", false
}

// structBehind returns the struct that n, an input or a transaction, is or points
// to, nil if that is not known.
func structBehind(n *node) *types.Struct {
	var t types.Type
	switch n.kind {
	case kSym:
		t = n.v.Type()
	case kTx:
		if n.i >= 0 {
			t = resultType(n.v, n.i)
		}
	case kLoad:
		return structBehind(n.x)
	case kField, kPart:
		if st := structBehind(n.x); st != nil && n.i >= 0 && n.i < st.NumFields() {
			t = st.Field(n.i).Type()
		}
	}
	if t == nil {
		return nil
	}
	if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := types.Unalias(t).Underlying().(*types.Struct)
	return st
}

// handleName returns how the source names result i of the call, "" if it
// throws it away.
func (src *source) handleName(c *ssa.Call, i int) string {
	call, around := src.call(c.Pos())
	if call == nil {
		return ""
	}
	for _, n := range around {
		switch n := n.(type) {
		case *ast.ParenExpr:
			continue
		case *ast.AssignStmt:
			return nameIn(n.Lhs, n.Rhs, call, i)
		case *ast.ValueSpec:
			lhs := make([]ast.Expr, len(n.Names))
			for j, id := range n.Names {
				lhs[j] = id
			}
			return nameIn(lhs, n.Values, call, i)
		}
		break
	}
	return ""
}

func nameIn(lhs, rhs []ast.Expr, call *ast.CallExpr, i int) string {
	if len(rhs) > 1 {
		i = slices.IndexFunc(rhs, func(e ast.Expr) bool { return ast.Unparen(e) == call })
	}
	if i < 0 || i >= len(lhs) {
		return ""
	}
	if name := types.ExprString(lhs[i]); name != "_" {
		return name
	}
	return ""
}

// describe fills in what an event needs to be read: positions, names, and the
// path in words.
func (src *source) describe(raw rawEvent) {
	e := raw.event
	switch {
	case raw.tx.isManaged():
		e.Name = src.managedName(e.Begin)
	case e.Begin != nil:
		e.Name, e.Dropped = src.nameOf(e.Begin)
		e.ContextEnds = src.contextOf(e.Begin)
	default:
		e.Name = src.inputName(e.Func, raw.tx)
	}
	switch at := e.At.(type) {
	case *ssa.Return:
		e.AtPos, e.AtEnd, e.Implicit = src.returnRange(at)
	case ssa.CallInstruction:
		e.AtPos, e.AtEnd = src.callRange(at)
	default:
		e.AtPos = at.Pos()
		e.AtEnd = e.AtPos
	}
	if raw.end.over() && e.Kind != FinishesBorrowed {
		e.Prior = src.ending(raw.end)
		e.Prior.Before = e.Begin != nil && raw.end.by == ssa.CallInstruction(e.Begin)
	}
	steps := trailFrom(raw.trail, raw.tx)
	src.overwritten(e, steps)
	for _, s := range steps {
		if st, ok := src.step(s); ok {
			e.Path = append(e.Path, st)
		}
	}
	e.Guards = src.guards(steps)
}

// overwritten finds the begin on the path whose handle took the place of the
// event's, and makes that the place of the event.
func (src *source) overwritten(e *Event, steps []*step) {
	if e.Kind != Exit || e.Dropped {
		return
	}
	mine := src.variable(e.Begin)
	for _, s := range steps {
		if s.what != stepBegin || s.instr == ssa.Instruction(e.Begin) || mine == nil {
			continue
		}
		if c := s.instr.(*ssa.Call); src.variable(c) == mine {
			e.Kind = Overwritten
			e.AtPos, e.AtEnd = src.callRange(c)
			return
		}
	}
}

// variable returns the local variable that the handle of the call is assigned
// to, nil if there is none.
func (src *source) variable(c *ssa.Call) types.Object {
	call, around := src.call(c.Pos())
	if call == nil || len(around) == 0 {
		return nil
	}
	as, ok := around[0].(*ast.AssignStmt)
	if !ok {
		return nil
	}
	id, ok := as.Lhs[0].(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	return src.pass.TypesInfo.ObjectOf(id)
}

// trailFrom lists the steps from the last begin of tx on.
func trailFrom(last *step, tx *node) []*step {
	var out []*step
	for s := last; s != nil; s = s.prev {
		if s.what == stepFinish && s.tx != tx {
			continue
		}
		out = append(out, s)
		if s.what == stepBegin && s.tx == tx {
			break
		}
	}
	slices.Reverse(out)
	return out
}

func (src *source) step(s *step) (Step, bool) {
	switch s.what {
	case stepBegin:
		pos, _ := src.callRange(s.instr.(*ssa.Call))
		return Step{pos, "begins here"}, true
	case stepBranch:
		if s.note != "" {
			return Step{}, false
		}
		cond := src.condition(s.instr.(*ssa.If).Cond)
		if cond == nil {
			return Step{}, false
		}
		return Step{cond.Pos(), fmt.Sprintf("%s is %t", types.ExprString(cond), s.taken)}, true
	case stepDefer:
		return Step{s.instr.Pos(), "the deferred call runs"}, true
	case stepFinish:
		if c, ok := s.instr.(ssa.CallInstruction); ok && s.note != "" {
			pos, _ := src.callRange(c)
			return Step{pos, s.note + " here"}, true
		}
	}
	return Step{}, false
}

// condition returns the source of a branch condition, nil for those that the
// compiler makes up (ranges, selects).
func (src *source) condition(v ssa.Value) ast.Expr {
	if x, ok := src.conds[v]; ok {
		return x
	}
	x := src.findCondition(v)
	src.conds[v] = x
	return x
}

func (src *source) findCondition(v ssa.Value) ast.Expr {
	pos := v.Pos()
	if not, ok := v.(*ssa.UnOp); ok && not.Op == token.NOT {
		return src.condition(not.X)
	}
	if !pos.IsValid() {
		return nil
	}
	for _, n := range src.enclosing(pos) {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.OpPos == pos {
				return n
			}
		case *ast.CallExpr:
			if n.Lparen == pos {
				return n
			}
		case *ast.Ident:
			if n.Pos() == pos {
				return n
			}
		case *ast.SelectorExpr:
			if n.Sel.Pos() == pos {
				return n
			}
		case ast.Stmt:
			return nil
		}
	}
	return nil
}

// guards lists the deferred literals that ran on the path and decided by a
// condition to do nothing.
func (src *source) guards(steps []*step) []Guard {
	var out []Guard
	for i, s := range steps {
		if s.what != stepDefer {
			continue
		}
		d := s.instr.(*ssa.Defer)
		mc, ok := d.Call.Value.(*ssa.MakeClosure)
		if !ok {
			continue
		}
		lit := mc.Fn.(*ssa.Function)
		if !mentionsFinisher(lit) {
			continue
		}
		g := Guard{Defer: d.Pos()}
		for _, t := range steps[i+1:] {
			if t.what == stepDefer {
				break
			}
			if t.what != stepBranch || t.instr.Parent() != lit {
				continue
			}
			cond := t.instr.(*ssa.If).Cond
			if x := src.condition(cond); x != nil {
				g.Cond, g.Held = types.ExprString(x), t.taken
				g.Var, g.Decl = src.tested(cond)
			}
		}
		out = append(out, g)
	}
	return out
}

// tested returns the variable that a condition compares, and where it is
// declared.
func (src *source) tested(cond ssa.Value) (string, token.Pos) {
	cmp, ok := cond.(*ssa.BinOp)
	if !ok {
		return "", token.NoPos
	}
	for _, x := range []ssa.Value{cmp.X, cmp.Y} {
		if ld, ok := x.(*ssa.UnOp); ok && ld.Op == token.MUL {
			if fv, ok := ld.X.(*ssa.FreeVar); ok {
				if alloc := capturedVariable(fv.Parent(), fv); alloc != nil {
					return fv.Name(), alloc.Pos()
				}
			}
		}
	}
	return "", token.NoPos
}

// mentionsFinisher reports whether the function calls something that reads
// like the end of a transaction.
func mentionsFinisher(fn *ssa.Function) bool {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if c, ok := instr.(ssa.CallInstruction); ok {
				name := calleeName(c.Common())
				if finisherLike(name[strings.LastIndex(name, ".")+1:]) {
					return true
				}
			}
		}
	}
	for _, anon := range fn.AnonFuncs {
		if mentionsFinisher(anon) {
			return true
		}
	}
	return false
}

// returnRange returns the place of a return statement, or the closing brace
// where the function just ends.
func (src *source) returnRange(ret *ssa.Return) (pos, end token.Pos, implicit bool) {
	if ret.Pos().IsValid() {
		for _, n := range src.enclosing(ret.Pos()) {
			if r, ok := n.(*ast.ReturnStmt); ok && r.Pos() == ret.Pos() {
				return r.Pos(), r.End(), false
			}
		}
		return ret.Pos(), ret.Pos() + token.Pos(len("return")), false
	}
	switch syn := ret.Parent().Syntax().(type) {
	case *ast.FuncDecl:
		return syn.Body.Rbrace, syn.Body.Rbrace + 1, true
	case *ast.FuncLit:
		return syn.Body.Rbrace, syn.Body.Rbrace + 1, true
	}
	return ret.Parent().Pos(), ret.Parent().Pos(), true
}

// nameOf returns how the source names the transaction that the call begins,
// and whether it throws it away.
func (src *source) nameOf(c *ssa.Call) (name string, dropped bool) {
	call, around := src.call(c.Pos())
	if call == nil {
		return "", false
	}
	call, around, chained := src.chain(call, around)
	if chained {
		if as, ok := around[0].(*ast.AssignStmt); ok && src.shapes.carries(src.pass.TypesInfo.TypeOf(call), 0) {
			if name := nameIn(as.Lhs, as.Rhs, call, 0); name != "" {
				return name, false
			}
		}
		if _, ok := around[0].(*ast.ReturnStmt); ok && src.shapes.carries(src.pass.TypesInfo.TypeOf(call), 0) {
			return "the transaction", false
		}
		return "", true
	}
	for i := range c.Call.Signature().Results().Len() {
		if t := resultType(c, i); src.shapes.carries(t, 3) {
			if name := src.handleName(c, i); name != "" {
				return name, false
			}
		}
	}
	if isDropped(around) && src.returnsTx(c) {
		return "", true
	}
	// What ends it may be handed out instead of what it is.
	for i := range c.Call.Signature().Results().Len() {
		if name := src.handleName(c, i); name != "" && src.shapes.ends(resultType(c, i)) {
			return name, false
		}
	}
	// What ends it is a function, or comes out of a context: neither has a name that
	// would say what is open.
	for i := range c.Call.Signature().Results().Len() {
		t := resultType(c, i)
		if _, ok := t.Underlying().(*types.Signature); ok || isContext(t) {
			return "the transaction", false
		}
	}
	// The begin is of a field or of a unit of work: name the receiver.
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && !src.returnsTx(c) && !src.isPackage(sel.X) {
		return types.ExprString(sel.X), false
	}
	return "the transaction", false
}

// isPackage reports whether the expression names an imported package.
func (src *source) isPackage(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = src.pass.TypesInfo.Uses[id].(*types.PkgName)
	return ok
}

// chain climbs from a call to the end of the chain of calls and fields that
// starts with it.
func (src *source) chain(call *ast.CallExpr, around []ast.Node) (last *ast.CallExpr, above []ast.Node, chained bool) {
	for len(around) > 1 {
		sel, ok := around[0].(*ast.SelectorExpr)
		if !ok {
			return call, around, chained
		}
		chained = true
		next, ok := around[1].(*ast.CallExpr)
		if !ok || ast.Unparen(next.Fun) != sel {
			return call, around, chained
		}
		call, around = next, around[2:]
	}
	return call, around, chained
}

// ignoresHandle reports whether the call's transaction is assigned to the blank
// identifier.
func (src *source) ignoresHandle(c *ssa.Call) bool {
	_, around := src.call(c.Pos())
	if len(around) == 0 {
		return false
	}
	as, ok := around[0].(*ast.AssignStmt)
	if !ok || len(as.Rhs) != 1 {
		return false
	}
	for i, l := range as.Lhs {
		if id, ok := l.(*ast.Ident); ok && id.Name == "_" && src.shapes.carries(resultType(c, i), 3) {
			return true
		}
	}
	return false
}

func (src *source) returnsTx(c *ssa.Call) bool {
	t := resultType(c, 0)
	return src.shapes.carries(t, 0)
}

// isDropped reports whether a call's handle is assigned to the blank
// identifier or to nothing.
func isDropped(around []ast.Node) bool {
	if len(around) == 0 {
		return false
	}
	switch n := around[0].(type) {
	case *ast.ExprStmt:
		return true
	case *ast.AssignStmt:
		id, ok := n.Lhs[0].(*ast.Ident)
		return ok && id.Name == "_"
	}
	return false
}

// contextOf returns the position of the context argument whose end rolls the
// transaction back, NoPos if the library does not do that or the context is
// one that never ends.
func (src *source) contextOf(c *ssa.Call) token.Pos {
	fn := c.Call.StaticCallee()
	if fn == nil {
		return token.NoPos
	}
	obj, ok := fn.Object().(*types.Func)
	if !ok {
		return token.NoPos
	}
	row, ok := src.shapes.rows.Find(obj)
	if !ok || row.Does != catalog.Begin || row.Ctx == catalog.None {
		return token.NoPos
	}
	call, _ := src.call(c.Pos())
	if call == nil || row.Ctx >= len(call.Args) {
		return token.NoPos
	}
	arg := ast.Unparen(call.Args[row.Ctx])
	if inner, ok := arg.(*ast.CallExpr); ok {
		if sel, ok := inner.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Background" || sel.Sel.Name == "TODO") {
			return token.NoPos
		}
	}
	return arg.Pos()
}

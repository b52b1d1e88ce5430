package earlyreturn

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/txflow"
)

// The one fix that is offered is a rollback that is deferred without a
// condition. It is offered only where it is a repair and nothing else:
//
//   - The library makes a rollback after a commit harmless, so that committed
//     paths stay what they are.
//   - The statement can stand where the transaction is known to be there, on
//     every path to every exit that is reported: right after the error check
//     of the begin, or first thing in the branch of its success.
//   - The begin runs once per call, so that nothing piles up in a loop.
//   - The transaction is finished in the function or never: nobody else gets
//     it on another path, no result carries it out, and no call that was
//     deferred earlier (and so runs later) may want to commit it.
//   - What is deferred is this transaction whenever it runs: the variable
//     belongs to this function and is written once, or its value is taken
//     where the defer stands.
//
// A deferred closure that does nothing but roll back under a condition is
// replaced, since the condition is what is wrong with it.
//
// The text is what errcheck accepts: the error of a deferred rollback says
// only that the transaction is finished already, or that the connection is
// gone, and is dropped in so many words.

// deferredRollback proposes the fix for the transaction that the events leave
// open, ok false where it would not be safe.
func deferredRollback(src source, group []*txflow.Event) (fix analysis.SuggestedFix, ok bool) {
	e := group[0]
	if e.HandedOver || e.Dropped || e.Possible != "" || repeats(e.Begin) {
		return fix, false
	}
	s, ok := findSite(src, e)
	if !ok || !s.safe() {
		return fix, false
	}
	call, ok := s.rollback()
	if !ok {
		return fix, false
	}
	edit := analysis.TextEdit{Pos: s.pos, End: s.pos, NewText: []byte("\n" + s.indent + call)}
	fix.Message = fmt.Sprintf("Defer the rollback of %s", s.name.Name)
	if g := s.guard(e); g != nil && s.covers(group, g.End()) {
		edit = analysis.TextEdit{Pos: g.Pos(), End: g.End(), NewText: []byte(call)}
		fix.Message = fmt.Sprintf("Defer the rollback of %s without a condition", s.name.Name)
	} else if !s.covers(group, s.pos) {
		return fix, false
	}
	fix.TextEdits = []analysis.TextEdit{edit}
	return fix, true
}

// covers reports whether every event is an exit of the site's function that
// comes after pos.
func (s *site) covers(group []*txflow.Event, pos token.Pos) bool {
	return !slices.ContainsFunc(group, func(e *txflow.Event) bool {
		exit := e.Kind == txflow.Exit || e.Kind == txflow.PanicExit
		return !exit || e.AtPos < pos || s.src.function(e.AtPos) != s.fn
	})
}

// safe reports whether a rollback that runs at the end of the function can
// meet this transaction only, and nobody who still wants it.
func (s *site) safe() bool {
	v := s.v
	if v.Pos() < s.fn.Pos() || v.Pos() >= s.fn.End() || s.isResult(v) {
		return false // it outlives the function, or a return statement writes it
	}
	for _, u := range s.uses(v) {
		if s.useOf(u) == useWritten && u.id != s.name && s.src.pass.TypesInfo.Defs[u.id] == nil && !s.bindsEarly() {
			return false
		}
		if u.id.Pos() < s.stmt.Pos() && u.inside(isFuncLit) {
			return false // what was made before the begin may run after it
		}
	}
	stored, kept := s.fate(v, map[*types.Var]bool{})
	if _, literal := s.fn.(*ast.FuncLit); kept || stored && literal {
		return false
	}
	for _, d := range s.earlierDefers() {
		if stored || s.mayCommit(d) {
			return false
		}
	}
	return s.fluent() || s.values() > 1 || !s.comparedToNil()
}

// fate says what becomes of a variable's value, also under other names: that it
// is stored in something, and that it must not be finished at the end of the
// function.
func (s *site) fate(v *types.Var, seen map[*types.Var]bool) (stored, kept bool) {
	if seen[v] {
		return false, false
	}
	seen[v] = true
	for _, u := range s.uses(v) {
		kind := s.useOf(u)
		stored = stored || kind == useStored
		kept = kept || kind == useReturned || kind == useAddressed
		if kind != useNamed {
			continue
		}
		for _, l := range u.named {
			st, k := s.fate(l, seen)
			stored, kept = stored || st, kept || k
		}
	}
	return stored, kept
}

// bindsEarly reports whether the text of the fix evaluates the handle where
// the defer stands.
func (s *site) bindsEarly() bool {
	fn := s.rollbackMethod()
	return fn != nil && !returnsError(fn)
}

// fluent reports whether errors travel in the handle, so that there always is
// one.
func (s *site) fluent() bool { return s.typ.ErrField != "" }

// isResult reports whether v is a result of the site's function.
func (s *site) isResult(v *types.Var) bool {
	results := funcType(s.fn).Results
	return results != nil && results.Pos() <= v.Pos() && v.Pos() < results.End()
}

// mayCommit reports whether a call that was deferred before the rollback, and
// so runs after it, may want the transaction to be open.
func (s *site) mayCommit(d *ast.DeferStmt) bool {
	may := false
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && s.src.object(id) == s.v && strings.HasPrefix(n.Sel.Name, "Rollback") {
				return false
			}
		case *ast.Ident:
			name := strings.ToLower(n.Name)
			may = may || s.src.object(n) == s.v || strings.Contains(name, "commit") || strings.Contains(name, "finish") || strings.Contains(name, "complete")
		}
		return true
	})
	return may
}

// rollbackMethod returns the method of the handle that rolls it back, nil if
// it has none or the library does not make it harmless after a commit.
func (s *site) rollbackMethod() *types.Func {
	if !s.lib.RollbackAfterCommit {
		return nil
	}
	return s.src.ending(s.v.Type(), catalog.Rollback)
}

// rollback writes the deferred rollback in the library's own form.
func (s *site) rollback() (string, bool) {
	fn := s.rollbackMethod()
	if fn == nil || !s.visible(s.name.Name, s.v) {
		return "", false
	}
	arg := ""
	switch params := fn.Signature().Params(); {
	case params.Len() == 0:
	case params.Len() == 1 && isContext(params.At(0).Type()):
		var ok bool
		if arg, ok = s.context(); !ok {
			return "", false
		}
	default:
		return "", false
	}
	call := fmt.Sprintf("%s.%s(%s)", s.name.Name, fn.Name(), arg)
	if returnsError(fn) {
		return "defer func() { _ = " + call + " }()", true
	}
	return "defer " + call, true
}

// context returns an expression for the context of the rollback: the one that
// the begin was given, or else one that is in scope.
func (s *site) context() (string, bool) {
	for _, arg := range s.call.Args {
		if isContext(s.src.pass.TypesInfo.TypeOf(arg)) {
			if s.lasting(arg) {
				return types.ExprString(arg), true
			}
			break
		}
	}
	for scope := s.scope(); scope != nil && scope != s.src.pass.Pkg.Scope(); scope = scope.Parent() {
		for _, name := range scope.Names() {
			v, ok := scope.Lookup(name).(*types.Var)
			if ok && name != "_" && v.Pos() < s.pos && isContext(v.Type()) && s.visible(name, v) {
				return name, true
			}
		}
	}
	return "", false
}

// lasting reports whether an expression for a context can be written again at
// the end of the function and still means the same.
func (s *site) lasting(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return s.visible(e.Name, s.src.object(e))
	case *ast.SelectorExpr:
		return s.lasting(e.X)
	case *ast.CallExpr: // r.Context(), context.Background()
		sel, ok := e.Fun.(*ast.SelectorExpr)
		return ok && len(e.Args) == 0 && slices.Contains([]string{"Context", "Background", "TODO", "Request"}, sel.Sel.Name) && s.lasting(sel.X)
	}
	return false
}

// guard returns the deferred literal that rolled nothing back in the event, if
// that is all it is there for:
//
//	defer func() {
//		if err != nil {
//			tx.Rollback()
//		}
//	}()
func (s *site) guard(e *txflow.Event) *ast.DeferStmt {
	if len(e.Guards) != 1 {
		return nil
	}
	d, ok := s.src.enclosingNode(e.Guards[0].Defer, func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		return ok && d.Pos() == e.Guards[0].Defer
	}).(*ast.DeferStmt)
	if !ok || d.Pos() < s.pos || s.src.function(d.Pos()) != s.fn || s.src.commented(d) {
		return nil
	}
	cond, call := guardParts(d)
	if cond == nil || call == nil || len(call.Args) > 0 && !s.lasting(call.Args[0]) {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if fn := s.rollbackMethod(); !ok || fn == nil || sel.Sel.Name != fn.Name() {
		return nil
	}
	if id, ok := sel.X.(*ast.Ident); !ok || s.src.object(id) != s.v {
		return nil
	}
	tested, ok := s.src.object(cond).(*types.Var)
	if !ok || !isError(tested.Type()) || !s.readElsewhere(tested, d) {
		return nil
	}
	return d
}

// guardParts takes a deferred literal apart: the variable that it compares
// with nil, and the one call that it makes then.
func guardParts(d *ast.DeferStmt) (tested *ast.Ident, call *ast.CallExpr) {
	lit, ok := d.Call.Fun.(*ast.FuncLit)
	if !ok || len(lit.Body.List) != 1 {
		return nil, nil
	}
	check, ok := lit.Body.List[0].(*ast.IfStmt)
	if !ok || check.Init != nil || check.Else != nil || len(check.Body.List) != 1 {
		return nil, nil
	}
	if x, op := nilComparison(check.Cond); op == token.NEQ {
		tested, _ = x.(*ast.Ident)
	}
	switch st := check.Body.List[0].(type) {
	case *ast.ExprStmt:
		call, _ = st.X.(*ast.CallExpr)
	case *ast.AssignStmt:
		if id, ok := st.Lhs[0].(*ast.Ident); ok && id.Name == "_" && len(st.Rhs) == 1 {
			call, _ = st.Rhs[0].(*ast.CallExpr)
		}
	}
	return tested, call
}

// readElsewhere reports whether v is still read when d is gone; if not, the
// compiler would complain that it is not used.
func (s *site) readElsewhere(v *types.Var, d *ast.DeferStmt) bool {
	return slices.ContainsFunc(s.uses(v), func(u *use) bool {
		return (u.id.Pos() < d.Pos() || u.id.Pos() >= d.End()) && s.src.pass.TypesInfo.Uses[u.id] != nil && s.useOf(u) != useWritten
	})
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func returnsError(fn *types.Func) bool {
	results := fn.Signature().Results()
	return results.Len() > 0 && isError(results.At(results.Len()-1).Type())
}

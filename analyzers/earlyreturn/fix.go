package earlyreturn

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/astutil"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/txflow"
)

// deferredRollback proposes a deferred rollback after the error check of the
// begin. It does so only where that is safe: the library makes a rollback
// after a commit harmless, the handle is one local variable that is written
// once, nobody else gets the transaction, and the begin runs once.
func deferredRollback(pass *analysis.Pass, e *txflow.Event) (analysis.SuggestedFix, bool) {
	none := analysis.SuggestedFix{}
	if e.Kind != txflow.Exit || e.HandedOver || e.Dropped || len(e.Guards) > 0 {
		return none, false
	}
	s, ok := findSite(pass, e)
	if !ok {
		return none, false
	}
	rollback, ok := rollbackCall(pass, e, s)
	if !ok {
		return none, false
	}
	indent := strings.Repeat("\t", pass.Fset.Position(s.after.Pos()).Column-1)
	return analysis.SuggestedFix{
		Message:   "Defer the rollback of " + s.name.Name,
		TextEdits: []analysis.TextEdit{{Pos: s.after.End(), End: s.after.End(), NewText: []byte("\n" + indent + rollback)}},
	}, true
}

// A site is where the deferred rollback can go.
type site struct {
	call  *ast.CallExpr
	name  *ast.Ident
	after ast.Stmt
}

func findSite(pass *analysis.Pass, e *txflow.Event) (site, bool) {
	path := enclosing(pass, e.Begin.Pos())
	var s site
	var assign *ast.AssignStmt
	for i, n := range path {
		if c, ok := n.(*ast.CallExpr); ok && c.Lparen == e.Begin.Pos() {
			s.call = c
			if i+2 >= len(path) {
				return s, false
			}
			as, ok := path[i+1].(*ast.AssignStmt)
			if !ok || len(as.Rhs) != 1 {
				return s, false
			}
			assign = as
			block, ok := path[i+2].(*ast.BlockStmt)
			if !ok || inLoop(path[i+2:]) {
				return s, false
			}
			s.name, ok = as.Lhs[0].(*ast.Ident)
			if !ok || !writtenOnce(pass, path, s.name) {
				return s, false
			}
			s.after = afterCheck(block, assign)
			return s, s.after != nil
		}
	}
	return s, false
}

// inLoop reports whether the innermost function around the nodes runs them in
// a loop.
func inLoop(path []ast.Node) bool {
	for _, n := range path {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		case *ast.LabeledStmt:
			return true // a goto may lead back
		}
	}
	return false
}

// writtenOnce reports whether the variable is assigned at one place only.
func writtenOnce(pass *analysis.Pass, path []ast.Node, id *ast.Ident) bool {
	v, ok := pass.TypesInfo.ObjectOf(id).(*types.Var)
	if !ok || v.IsField() || v.Parent() == pass.Pkg.Scope() {
		return false
	}
	writes := 0
	ast.Inspect(path[len(path)-1], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if x, ok := l.(*ast.Ident); ok && pass.TypesInfo.ObjectOf(x) == v {
					writes++
				}
			}
		case *ast.UnaryExpr:
			if x, ok := ast.Unparen(n.X).(*ast.Ident); ok && n.Op == token.AND && pass.TypesInfo.ObjectOf(x) == v {
				writes += 2
			}
		}
		return true
	})
	return writes == 1
}

// afterCheck returns the statement after which the handle is known to be
// there: the error check that follows the begin, or the begin itself where no
// statement tests an error of it.
func afterCheck(block *ast.BlockStmt, assign *ast.AssignStmt) ast.Stmt {
	for i, st := range block.List {
		if st != ast.Stmt(assign) {
			continue
		}
		if i+1 < len(block.List) {
			if check, ok := block.List[i+1].(*ast.IfStmt); ok && check.Else == nil && terminates(check.Body) {
				return check
			}
		}
		if len(assign.Lhs) == 1 {
			return assign // the error travels in the handle, or there is none
		}
	}
	return nil
}

// terminates reports whether control leaves the block's function at its end.
func terminates(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch last := b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		c, ok := last.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := c.Fun.(*ast.Ident)
		return ok && id.Name == "panic"
	}
	return false
}

// rollbackCall writes the deferred rollback in the library's own form.
func rollbackCall(pass *analysis.Pass, e *txflow.Event, s site) (string, bool) {
	t := pass.TypesInfo.TypeOf(s.name)
	lib, typ, ok := catalog.Handle(t)
	if !ok || !lib.RollbackAfterCommit || typ.Role == catalog.Pool || typ.Role == catalog.Conn {
		return "", false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, pass.Pkg, "Rollback")
	fn, ok := obj.(*types.Func)
	if !ok {
		return "", false
	}
	args := ""
	switch fn.Signature().Params().Len() {
	case 0:
	case 1:
		if len(s.call.Args) == 0 {
			return "", false
		}
		ctx, ok := s.call.Args[0].(*ast.Ident)
		if !ok {
			return "", false
		}
		args = ctx.Name
	default:
		return "", false
	}
	if sig := fn.Signature(); sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type()) {
		return fmt.Sprintf("defer func() { _ = %s.Rollback(%s) }()", s.name.Name, args), true
	}
	return fmt.Sprintf("defer %s.Rollback(%s)", s.name.Name, args), true
}

func enclosing(pass *analysis.Pass, pos token.Pos) []ast.Node {
	for _, f := range pass.Files {
		if f.FileStart <= pos && pos < f.FileEnd {
			path, _ := astutil.PathEnclosingInterval(f, pos, pos)
			return path
		}
	}
	return nil
}

func callAt(pass *analysis.Pass, lparen token.Pos) *ast.CallExpr {
	for _, n := range enclosing(pass, lparen) {
		if c, ok := n.(*ast.CallExpr); ok && c.Lparen == lparen {
			return c
		}
	}
	return nil
}

func returnAt(pass *analysis.Pass, pos token.Pos) *ast.ReturnStmt {
	for _, n := range enclosing(pass, pos) {
		if r, ok := n.(*ast.ReturnStmt); ok && r.Pos() == pos {
			return r
		}
	}
	return nil
}

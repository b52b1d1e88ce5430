package oracle

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// onFailure reports whether what stands at a line of a case, which must
// compile, runs only where an error is not nil.
func onFailure(c *Case, at string) bool {
	l, err := newLoader()
	if err != nil {
		return false
	}
	pkgs, failed := l.check([]*Case{c})
	if len(failed) > 0 {
		return false
	}
	name, line, _ := strings.Cut(at, ":")
	for _, p := range pkgs {
		for _, file := range p.files {
			if l.fset.Position(file.Package).Filename == name {
				w := &syntaxAround{fset: l.fset, info: p.info, line: atoi(line)}
				return w.fails(file)
			}
		}
	}
	return false
}

// syntaxAround is the syntax around a line.
type syntaxAround struct {
	fset *token.FileSet
	info *types.Info
	line int
}

// on reports whether the line is one of n's.
func (w *syntaxAround) on(n ast.Node) bool {
	return n != nil && w.fset.Position(n.Pos()).Line <= w.line && w.line <= w.fset.Position(n.End()).Line
}

// in reports whether the line is one of those of a list of statements.
func (w *syntaxAround) in(list []ast.Stmt) bool {
	return slices.ContainsFunc(list, func(s ast.Stmt) bool { return w.on(s) })
}

// fails reports whether some condition around the line, or one before it that
// leads away otherwise, says that an error is not nil.
func (w *syntaxAround) fails(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if found || n == nil || !w.on(n) {
			return false
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			found = w.in(n.Body.List) && w.failed(n.Cond, true) || n.Else != nil && w.on(n.Else) && w.failed(n.Cond, false)
		case *ast.SwitchStmt:
			found = n.Tag == nil && w.failedClause(n.Body.List)
		case *ast.BlockStmt:
			found = w.failedBefore(n.List)
		case *ast.CaseClause:
			found = w.failedBefore(n.Body)
		case *ast.CommClause:
			found = w.failedBefore(n.Body)
		}
		return !found
	})
	return found
}

// failedClause is failed for the clause of a switch that the line is in: its own
// condition holds, or those of all others do not.
func (w *syntaxAround) failedClause(clauses []ast.Stmt) bool {
	at := slices.IndexFunc(clauses, func(s ast.Stmt) bool { return w.in(s.(*ast.CaseClause).Body) })
	if at < 0 {
		return false
	}
	for i, s := range clauses {
		conds := s.(*ast.CaseClause).List
		switch {
		case i == at:
			if len(conds) == 1 && w.failed(conds[0], true) {
				return true
			}
		case i < at || clauses[at].(*ast.CaseClause).List == nil:
			if slices.ContainsFunc(conds, func(c ast.Expr) bool { return w.failed(c, false) }) {
				return true
			}
		}
	}
	return false
}

// failedBefore is failed for the statements before the line: what runs after a
// branch that leads away does so because its condition did not hold.
func (w *syntaxAround) failedBefore(list []ast.Stmt) bool {
	for _, s := range list {
		if w.on(s) {
			return false
		}
		branch, ok := s.(*ast.IfStmt)
		if !ok {
			continue
		}
		other, _ := branch.Else.(*ast.BlockStmt)
		if leadsAway(branch.Body.List) && w.failed(branch.Cond, false) || other != nil && leadsAway(other.List) && w.failed(branch.Cond, true) {
			return w.in(list)
		}
	}
	return false
}

// leadsAway reports whether nothing runs after these statements.
func leadsAway(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch list[len(list)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// failed reports whether an error is not nil where the condition has this truth.
func (w *syntaxAround) failed(cond ast.Expr, truth bool) bool {
	switch x := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		return x.Op == token.NOT && w.failed(x.X, !truth)
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND:
			return truth && (w.failed(x.X, true) || w.failed(x.Y, true))
		case token.LOR:
			return !truth && (w.failed(x.X, false) || w.failed(x.Y, false))
		case token.NEQ, token.EQL:
			return truth == (x.Op == token.NEQ) && w.info.Types[x.Y].IsNil() && types.Identical(w.info.TypeOf(x.X), types.Universe.Lookup("error").Type())
		}
	}
	return false
}

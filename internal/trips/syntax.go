package trips

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/enclosing"
)

// syntax answers questions about the source.
type syntax struct {
	pass *analysis.Pass
	// byProgram are the files that a program wrote.
	byProgram map[*token.File]bool
}

func newSyntax(pass *analysis.Pass) *syntax {
	s := &syntax{pass, map[*token.File]bool{}}
	for _, f := range pass.Files {
		if ast.IsGenerated(f) {
			s.byProgram[pass.Fset.File(f.FileStart)] = true
		}
	}
	return s
}

// generated reports whether pos is in a file that a program wrote.
func (s *syntax) generated(pos token.Pos) bool {
	return pos.IsValid() && s.byProgram[s.pass.Fset.File(pos)]
}

// path returns the nodes around pos, the innermost first.
func (s *syntax) path(pos token.Pos) []ast.Node { return enclosing.Path(s.pass.Files, pos) }

// call returns the call whose instruction has the position pos: that of its
// left parenthesis, or of the go or defer statement.
func (s *syntax) call(pos token.Pos) *ast.CallExpr {
	for _, n := range s.path(pos) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if n.Lparen == pos {
				return n
			}
		case *ast.GoStmt:
			return n.Call
		case *ast.DeferStmt:
			return n.Call
		}
	}
	return nil
}

// loops returns the loop statements around pos inside the function literal or
// declaration at hand, the innermost first. A range over a function is none:
// its body is a function of its own.
func (s *syntax) loops(pos token.Pos) []ast.Stmt {
	var out []ast.Stmt
	for _, n := range s.path(pos) {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if n.Body.Pos() > pos || pos >= n.End() {
				continue
			}
			if _, fn := s.pass.TypesInfo.TypeOf(n.X).Underlying().(*types.Signature); fn {
				return out
			}
			out = append(out, n)
		case *ast.ForStmt:
			if n.Init == nil || n.Init.End() <= pos {
				out = append(out, n)
			}
		case *ast.FuncLit, *ast.FuncDecl:
			return out
		}
	}
	return out
}

// function returns the name of the declaration around pos.
func (s *syntax) function(pos token.Pos) string {
	for _, n := range s.path(pos) {
		if fd, ok := n.(*ast.FuncDecl); ok {
			if fd.Recv != nil && len(fd.Recv.List) > 0 {
				return types.ExprString(fd.Recv.List[0].Type) + "." + fd.Name.Name
			}
			return fd.Name.Name
		}
	}
	return ""
}

// literals returns what the function literals around pos are called: the fields
// that they are the values of, with the types of these, the variables that they
// are assigned to, and the functions that are called with them.
func (s *syntax) literals(pos token.Pos) []string {
	var out []string
	path := s.path(pos)
	for i, n := range path {
		if _, ok := n.(*ast.FuncLit); !ok || i+2 >= len(path) {
			continue
		}
		switch n := path[i+1].(type) {
		case *ast.KeyValueExpr:
			out = append(out, types.ExprString(n.Key))
			if lit, ok := path[i+2].(*ast.CompositeLit); ok {
				out = append(out, s.typeName(lit))
			}
		case *ast.CompositeLit:
			out = append(out, s.typeName(n))
		case *ast.AssignStmt:
			for _, to := range n.Lhs {
				out = append(out, short(to))
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				out = append(out, name.Name)
			}
		case *ast.CallExpr:
			out = append(out, callee(n))
		}
	}
	return out
}

// typeName returns the name of the type of an expression, "" if it has none.
func (s *syntax) typeName(e ast.Expr) string {
	t := s.pass.TypesInfo.TypeOf(e)
	if t == nil {
		return ""
	}
	return nameOf(t)
}

// collection writes what a loop walks, "" if it is not short.
func collection(loop ast.Stmt) string {
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		return short(loop.X)
	case *ast.ForStmt:
		if cmp, ok := loop.Cond.(*ast.BinaryExpr); ok {
			for _, side := range []ast.Expr{cmp.Y, cmp.X} {
				if call, ok := side.(*ast.CallExpr); ok && len(call.Args) == 1 {
					if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "len" {
						return short(call.Args[0])
					}
				}
			}
		}
		if call, ok := loop.Cond.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				return short(sel.X)
			}
		}
	}
	return ""
}

// walked writes what a call that calls back walks: the collection that it is
// given, or the call itself.
func (s *syntax) walked(call *ast.CallExpr) string {
	for _, arg := range call.Args {
		t := s.pass.TypesInfo.TypeOf(arg)
		if t == nil {
			continue
		}
		switch t.Underlying().(type) {
		case *types.Slice, *types.Map, *types.Array, *types.Chan:
			if name := short(arg); name != "" {
				return name
			}
		}
	}
	return short(call)
}

// short writes an expression if it is a name or a chain of names.
func short(e ast.Expr) string {
	const most = 40
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		if s := types.ExprString(x); len(s) <= most {
			return s
		}
		return x.Sel.Name
	case *ast.StarExpr:
		return short(x.X)
	case *ast.CallExpr:
		if f := short(x.Fun); f != "" {
			return f + "(…)"
		}
	case *ast.IndexExpr:
		if s := types.ExprString(x); len(s) <= most {
			return s
		}
	}
	return ""
}

// callee writes what a call calls.
func callee(call *ast.CallExpr) string {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		if s := short(f.X); s != "" {
			return s + "." + f.Sel.Name
		}
		return "…." + f.Sel.Name
	case *ast.Ident:
		return f.Name
	case *ast.IndexExpr:
		return short(f.X)
	}
	return ""
}

package oracle

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// instrument returns the source as it is run: each function says when it is
// entered and left, each loop when a round begins, and database/sql is the
// world's. All lines stay where they are.
func instrument(f File) (string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, f.Path(), f.Src, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	in := &instrumenter{fset: fset, dir: f.Dir, path: f.Path()}
	in.insert(file.Name.End(), fmt.Sprintf("; import oracleworld %q", worldPath))
	for _, imp := range file.Imports {
		if path, _ := strconv.Unquote(imp.Path.Value); path == "database/sql" {
			in.replace(imp.Path.Pos(), imp.Path.End(), strconv.Quote(sqlPath))
		}
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			in.function(fn)
		}
	}
	return apply(f.Src, in.edits) + "\nvar _ = oracleworld.Tick\n", nil
}

type instrumenter struct {
	fset  *token.FileSet
	dir   string
	path  string
	edits []edit
}

func (in *instrumenter) offset(pos token.Pos) int { return in.fset.Position(pos).Offset }

func (in *instrumenter) insert(at token.Pos, text string) { in.replace(at, at, text) }

func (in *instrumenter) replace(from, to token.Pos, text string) {
	in.edits = append(in.edits, edit{in.offset(from), in.offset(to), text})
}

// line names the line of pos as observations do, quoted.
func (in *instrumenter) line(pos token.Pos) string {
	return strconv.Quote(fmt.Sprintf("%s:%d", in.path, in.fset.Position(pos).Line))
}

func (in *instrumenter) function(fn *ast.FuncDecl) {
	var params []string
	for _, list := range []*ast.FieldList{fn.Recv, fn.Type.Params} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, name := range field.Names {
				if name.Name != "_" {
					params = append(params, name.Name)
				}
			}
		}
	}
	results := in.nameResults(fn.Type.Results)
	name := fn.Name.Name
	if fn.Recv != nil {
		if recv, ok := receiver(fn.Recv.List[0].Type); ok {
			name = recv + "." + name
		}
	}
	params = append([]string{strconv.Quote(in.dir + "." + name)}, params...)
	in.insert(fn.Body.Lbrace+1, fmt.Sprintf("defer oracleworld.Enter(%s).Exit(%s);", strings.Join(params, ", "), strings.Join(results, ", ")))
	if fn.Type.Results == nil {
		in.insert(fn.Body.Rbrace, fmt.Sprintf(";oracleworld.At(%s)", in.line(fn.Body.Rbrace)))
	}
	in.body(fn.Body, false)
}

// nameResults gives every result a name and returns pointers to them.
func (in *instrumenter) nameResults(list *ast.FieldList) []string {
	if list == nil {
		return nil
	}
	var out []string
	name := func() string { return fmt.Sprintf("oracle%d", len(out)) }
	for _, field := range list.List {
		if len(field.Names) == 0 {
			before, after := "", ""
			if !list.Opening.IsValid() {
				before, after = "(", ")"
			}
			in.insert(field.Type.Pos(), before+name()+" ")
			in.insert(field.Type.End(), after)
			out = append(out, "&"+name())
		}
		for _, id := range field.Names {
			if id.Name == "_" {
				in.replace(id.Pos(), id.End(), name())
				out = append(out, "&"+name())
			} else {
				out = append(out, "&"+id.Name)
			}
		}
	}
	return out
}

// body instruments the loops, labels and returns below n.
func (in *instrumenter) body(n ast.Node, literal bool) {
	ast.Inspect(n, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.FuncLit:
			if m != n {
				in.insert(m.Body.Lbrace+1, fmt.Sprintf("oracleworld.In(%s);", in.line(m.Body.Lbrace)))
				in.body(m, true)
				if m.Type.Results == nil {
					in.insert(m.Body.Rbrace, fmt.Sprintf(";oracleworld.Past(%s)", in.line(m.Body.Rbrace)))
				}
				return false
			}
		case *ast.ReturnStmt:
			says := "At"
			if literal {
				says = "Past"
			}
			in.insert(m.Pos(), fmt.Sprintf("oracleworld.%s(%s);", says, in.line(m.Pos())))
		case *ast.ExprStmt:
			if c, ok := m.X.(*ast.CallExpr); ok {
				if id, ok := c.Fun.(*ast.Ident); ok && id.Name == "panic" {
					in.insert(m.Pos(), "oracleworld.Panics();")
				}
			}
		case *ast.ForStmt:
			in.loop(m, m.Body, m.Cond != nil, false)
		case *ast.RangeStmt:
			in.loop(m, m.Body, true, m.Value != nil)
		case *ast.LabeledStmt:
			switch m.Stmt.(type) {
			case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			default:
				in.insert(m.Colon+1, "oracleworld.Tick();")
			}
		}
		return true
	})
}

// loop says when rounds begin, whether they walk over elements and, where
// something can follow it, that the loop has ended.
func (in *instrumenter) loop(n ast.Stmt, body *ast.BlockStmt, ends, walks bool) {
	line := in.line(n.Pos())
	in.insert(body.Lbrace+1, fmt.Sprintf("oracleworld.Round(%s, %t);", line, walks))
	if ends {
		in.insert(n.End(), fmt.Sprintf(";oracleworld.Done(%s)", line))
	}
}

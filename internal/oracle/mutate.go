package oracle

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// A Mutant is a case with one thing taken out or moved.
type Mutant struct {
	*Case
	// Kind says what was done: "remove finish", "move defer".
	Kind string
	// Dir and Func are the package and the function it was done to.
	Dir, Func string
	// Holder says what holds the transaction that the changed statement is about:
	// local, captured, parameter, field; "" where it names none.
	Holder string
	// Calls says what the changed statement calls that is in the program itself:
	// function or package, after where that is; "" for nothing.
	Calls string
	// Own is set where only damage to transactions of Func counts: the program
	// does other damage as it is.
	Own bool
}

// Mutants returns every mutant of a case. Not all of them compile.
func Mutants(c *Case) []*Mutant {
	var out []*Mutant
	for i, f := range c.Files {
		for _, m := range mutations(f.Src) {
			files := append([]File(nil), c.Files...)
			files[i].Src = formatted(apply(f.Src, m.edits))
			out = append(out, &Mutant{&Case{Name: c.Name, Files: files}, m.kind, f.Dir, m.fn, m.holder, calls(c, f, m.text), false})
		}
	}
	return out
}

// Units of work, which have the methods of a transaction.
var (
	unitMade   = regexp.MustCompile(`\b(u\d*)(?:, \w+)? :?= (\w+\.)?(?:Open|New)U`)
	unitMethod = regexp.MustCompile(`\b(u\d*)\.(?:Begin|Commit|Rollback)\(`)
)

// calls says what a piece of a file calls in the program itself.
func calls(c *Case, f File, text string) string {
	if call := unitMethod.FindStringSubmatch(text); call != nil {
		for _, made := range unitMade.FindAllStringSubmatch(f.Src, -1) {
			switch {
			case made[1] != call[1]:
			case made[2] != "":
				return "package"
			default:
				return "function"
			}
		}
	}
	for _, g := range c.Files {
		if g.Dir != f.Dir && strings.Contains(text, g.Dir[strings.LastIndexByte(g.Dir, '_')+1:]+".") {
			return "package"
		}
	}
	for _, name := range declared(c) {
		if regexp.MustCompile(`(^|[^.\w])` + name + `\(`).MatchString(text) {
			return "function"
		}
	}
	return ""
}

// NearMisses replaces every second of the cases by one of its mutants.
func NearMisses(seed uint64, cases []*Case) []*Case {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]*Case, len(cases))
	for i, c := range cases {
		out[i] = c
		if i%2 == 0 {
			continue
		}
		if ms := Mutants(c); len(ms) > 0 {
			out[i] = ms[r.IntN(len(ms))].Case
		}
	}
	return out
}

// A mutation is one change of a file.
type mutation struct {
	kind, fn, holder, text string
	edits                  []edit
}

func mutations(src string) []mutation {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	m := &mutator{src: src, fset: fset}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !trusted(fn) {
			m.fn, m.params = fn, map[string]bool{}
			m.declare(fn.Recv)
			m.declare(fn.Type.Params)
			m.block(fn.Body, 0)
		}
	}
	return m.out
}

// trusted reports whether the function is a method that the engine takes to end
// a transaction by its name, see docs/contract.md.
func trusted(fn *ast.FuncDecl) bool {
	return fn.Recv != nil && slices.Contains([]string{"Commit", "Rollback", "end"}, fn.Name.Name)
}

type mutator struct {
	src    string
	fset   *token.FileSet
	fn     *ast.FuncDecl
	params map[string]bool
	out    []mutation
}

// declare notes the parameters of the function that is looked at.
func (m *mutator) declare(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			m.params[name.Name] = true
		}
	}
}

func (m *mutator) at(p token.Pos) int { return m.fset.Position(p).Offset }

func (m *mutator) add(what, kind string, n ast.Node, literals int, edits ...edit) {
	m.out = append(m.out, mutation{what + " " + kind, m.fn.Name.Name, m.holder(n, literals), m.src[m.at(n.Pos()):m.at(n.End())], edits})
}

// block finds what can be changed below n; literals counts the function
// literals around it.
func (m *mutator) block(n ast.Node, literals int) {
	ast.Inspect(n, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.FuncLit:
			outer := m.params
			m.params = maps.Clone(outer)
			// What the function was given is captured here, unless the literal has
			// it from its own caller.
			for name := range m.params {
				m.params[name] = false
			}
			m.declare(x.Type.Params)
			m.block(x.Body, literals+1)
			m.params = outer
			return false
		case *ast.BlockStmt:
			m.list(x.List, literals)
		case *ast.CaseClause:
			m.list(x.Body, literals)
		case *ast.CommClause:
			m.list(x.Body, literals)
		case *ast.IfStmt:
			cond := m.src[m.at(x.Cond.Pos()):m.at(x.Cond.End())]
			m.add("invert", "condition", x.Cond, literals, edit{m.at(x.Cond.Pos()), m.at(x.Cond.End()), "!(" + cond + ")"})
			if len(x.Body.List) == 1 && x.Init == nil && x.Else == nil && kindOf(x.Body.List[0]) == "finish" {
				m.add("remove", "condition", x.Body, literals,
					edit{m.at(x.Pos()), m.at(x.Body.Lbrace), ""})
			}
		}
		return true
	})
}

func (m *mutator) list(list []ast.Stmt, literals int) {
	for i, s := range list {
		kind := kindOf(s)
		if kind == "" {
			continue
		}
		from, to := m.at(s.Pos()), m.at(s.End())
		m.add("remove", kind, s, literals, edit{from, to, ""})
		if i+1 < len(list) && kind != "return" {
			next := list[i+1]
			a, b := m.at(next.Pos()), m.at(next.End())
			m.add("move", kind, s, literals, edit{from, to, m.src[a:b]}, edit{a, b, m.src[from:to]})
		}
	}
}

// kindOf says what kind of statement it is among those that mutants lack.
func kindOf(s ast.Stmt) string {
	switch s := s.(type) {
	case *ast.DeferStmt:
		return "defer"
	case *ast.ReturnStmt:
		return "return"
	case *ast.ExprStmt:
		if finishes(s.X) {
			return "finish"
		}
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 && finishes(s.Rhs[0]) {
			return "finish"
		}
		if s.Tok == token.ASSIGN {
			return "assignment"
		}
	case *ast.IfStmt:
		if a, ok := s.Init.(*ast.AssignStmt); ok && len(a.Rhs) == 1 && finishes(a.Rhs[0]) {
			return "finish"
		}
	}
	return ""
}

// finishes reports whether an expression is a call that ends a transaction, by
// its name: a mutant without it is only as good as what its runs show.
func finishes(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	name = strings.ToLower(name)
	for _, part := range []string{"commit", "rollback", "finish", "end", "close", "discard", "undo"} {
		if strings.HasPrefix(name, part) {
			return true
		}
	}
	return false
}

// holder says what holds the transaction that n is about.
func (m *mutator) holder(n ast.Node, literals int) string {
	found := ""
	ast.Inspect(n, func(x ast.Node) bool {
		call, ok := x.(*ast.CallExpr)
		if !ok || !finishes(call) && !strings.Contains(m.src[m.at(call.Pos()):m.at(call.End())], "tx") {
			return true
		}
		exprs := call.Args
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			exprs = append([]ast.Expr{sel.X}, exprs...)
		}
		for _, e := range exprs {
			switch e := e.(type) {
			case *ast.SelectorExpr:
				found = "field"
			case *ast.Ident:
				switch {
				case strings.HasPrefix(e.Name, "u"):
					found = "field"
				case m.params[e.Name] && finishes(call):
					found = "parameter"
				case !strings.Contains(strings.ToLower(e.Name), "tx"):
					continue
				case m.params[e.Name]:
					found = "parameter"
				case literals > 0:
					found = "captured"
				default:
					found = "local"
				}
			}
			if found != "" {
				return false
			}
		}
		return true
	})
	if found == "local" && literals == 0 {
		if d, ok := n.(*ast.DeferStmt); ok {
			if _, ok := d.Call.Fun.(*ast.FuncLit); ok {
				return "captured"
			}
		}
	}
	return found
}

// A Stratum is what can be told of the damage that a mutant will do before it is
// run: see [Cell].
type Stratum struct{ Holder, Reach string }

// Stratum tells where the damage of the mutant belongs, if it does any, as far as
// its text says.
func (m *Mutant) Stratum() Stratum {
	last := m.Files[len(m.Files)-1]
	switch {
	case m.Calls == "package" || m.Dir != last.Dir:
		return Stratum{m.Holder, "across packages"}
	case m.Calls == "function" || m.Func != "F"+strings.TrimLeft(m.Name, "cs"):
		return Stratum{m.Holder, "across functions"}
	}
	return Stratum{m.Holder, "inside a function"}
}

// Named returns the mutant under another name, with other names for what it
// declares.
func (m *Mutant) Named(name string) *Mutant {
	out := *m
	out.Case = renamed(m.Case, name)
	out.Func = renamedIdent(m.Func, m.Name, name)
	return &out
}

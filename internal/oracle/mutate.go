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

// A Change is one thing of a case that can be taken out or moved.
type Change struct {
	// Kind says what is done: "remove finish", "move defer".
	Kind string
	// Dir and Func are the package and the function it is done to.
	Dir, Func string
	// Holder says what holds the transaction that the changed statement is about:
	// local, captured, parameter, field; "" where it names none.
	Holder string
	// Calls says what the changed statement calls that is in the program itself:
	// function or package, after where that is; "" for nothing.
	Calls string

	of    *Case
	file  int
	edits []edit
}

// A Mutant is a case after a change.
type Mutant struct {
	*Case
	Change
	// Own is set where only damage to transactions of Func counts: the program
	// does other damage as it is.
	Own bool
}

// Changes returns every change of a case. Not after all of them it compiles.
func Changes(c *Case) []*Change {
	var out []*Change
	in, ends := calleesOf(c), finishers(c)
	for i, f := range c.Files {
		for _, m := range mutations(f.Src, ends) {
			out = append(out, &Change{m.kind, f.Dir, m.fn, m.holder, in.calls(f, m.text), c, i, m.edits})
		}
	}
	return out
}

// Mutant makes the change.
func (ch *Change) Mutant() *Mutant {
	c := &Case{Name: ch.of.Name, Files: slices.Clone(ch.of.Files)}
	c.Files[ch.file].Src = formatted(apply(c.Files[ch.file].Src, ch.edits))
	return &Mutant{Case: c, Change: *ch}
}

// Units of work, which have the methods of a transaction.
var (
	unitMade   = regexp.MustCompile(`\b(u\d*)(?:, \w+)? :?= (\w+\.)?(?:Open|New)U`)
	unitMethod = regexp.MustCompile(`\b(u\d*)\.(?:Begin|Commit|Rollback)\(`)
)

// callees are the functions of a case that its code can call.
type callees struct {
	c    *Case
	call *regexp.Regexp // a call of one in the same package
}

func calleesOf(c *Case) callees {
	names := declared(c)
	if len(names) == 0 {
		names = []string{"_"}
	}
	return callees{c, regexp.MustCompile(`(?:^|[^.\w])(?:` + strings.Join(names, "|") + `)\(`)}
}

// calls says what a piece of a file calls in the program itself.
func (in callees) calls(f File, text string) string {
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
	for _, g := range in.c.Files {
		if g.Dir != f.Dir && strings.Contains(text, g.Dir[strings.LastIndexByte(g.Dir, '_')+1:]+".") {
			return "package"
		}
	}
	if in.call.MatchString(text) {
		return "function"
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
		if all := Changes(c); len(all) > 0 {
			out[i] = all[r.IntN(len(all))].Mutant().Case
		}
	}
	return out
}

// A mutation is one change of a file.
type mutation struct {
	kind, fn, holder, text string
	edits                  []edit
}

// mutations returns the changes of a file; ends are the functions that end what
// they are given, besides those whose names say so.
func mutations(src string, ends map[string]bool) []mutation {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	m := &mutator{src: src, fset: fset, ends: ends}
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
	ends   map[string]bool
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
			if len(x.Body.List) == 1 && x.Init == nil && x.Else == nil && m.kindOf(x.Body.List[0]) == "finish" {
				m.add("remove", "condition", x.Body, literals,
					edit{m.at(x.Pos()), m.at(x.Body.Lbrace), ""})
			}
		}
		return true
	})
}

func (m *mutator) list(list []ast.Stmt, literals int) {
	for i, s := range list {
		kind := m.kindOf(s)
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
func (m *mutator) kindOf(s ast.Stmt) string {
	switch s := s.(type) {
	case *ast.DeferStmt:
		return "defer"
	case *ast.ReturnStmt:
		return "return"
	case *ast.ExprStmt:
		if m.finishes(s.X) {
			return "finish"
		}
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 && m.finishes(s.Rhs[0]) {
			return "finish"
		}
		if s.Tok == token.ASSIGN {
			return "assignment"
		}
	case *ast.IfStmt:
		if a, ok := s.Init.(*ast.AssignStmt); ok && len(a.Rhs) == 1 && m.finishes(a.Rhs[0]) {
			return "finish"
		}
	}
	return ""
}

// finishes reports whether an expression is a call that ends a transaction, by
// its name or by what it calls: a mutant without it is only as good as what its
// runs show.
func (m *mutator) finishes(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := calledName(call)
	return m.ends[name] || namesFinish(name)
}

// calledName returns the last part of the name that a call calls, "" if it calls
// none.
func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// namesFinish reports whether a name is one of those that finishes have.
func namesFinish(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"commit", "rollback", "finish", "end", "close", "discard", "undo"}, func(part string) bool {
		return strings.HasPrefix(name, part)
	})
}

// finishers returns the names of the functions of a case that call a finish of
// one of their parameters.
func finishers(c *Case) map[string]bool {
	out := map[string]bool{}
	for _, f := range c.Files {
		file, err := parser.ParseFile(token.NewFileSet(), "", f.Src, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Body != nil && endsParameter(fn) {
				out[fn.Name.Name] = true
			}
		}
	}
	return out
}

func endsParameter(fn *ast.FuncDecl) bool {
	params := map[string]bool{}
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			params[name.Name] = true
		}
	}
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && namesFinish(calledName(call)) {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && params[id.Name] {
					found = true
				}
			}
		}
		return !found
	})
	return found
}

// holder says what holds the transaction that n is about.
func (m *mutator) holder(n ast.Node, literals int) string {
	found := ""
	ast.Inspect(n, func(x ast.Node) bool {
		call, ok := x.(*ast.CallExpr)
		if !ok || !m.finishes(call) && !strings.Contains(m.src[m.at(call.Pos()):m.at(call.End())], "tx") {
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
				case m.params[e.Name] && m.finishes(call):
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

// Stratum tells where the damage after the change belongs, if it does any, as
// far as its text says.
func (ch *Change) Stratum() Stratum {
	last := ch.of.Files[len(ch.of.Files)-1]
	switch {
	case ch.Calls == "package" || ch.Dir != last.Dir:
		return Stratum{ch.Holder, "across packages"}
	case ch.Calls == "function" || ch.Func != "F"+strings.TrimLeft(ch.of.Name, "cs"):
		return Stratum{ch.Holder, "across functions"}
	}
	return Stratum{ch.Holder, "inside a function"}
}

// Named returns the mutant under another name, with other names for what it
// declares.
func (m *Mutant) Named(name string) *Mutant {
	out := *m
	out.Case = renamed(m.Case, name)
	out.Func = renamedIdent(m.Func, m.Name, name)
	return &out
}

package oracle

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A Transformation rewrites programs without changing what they do to
// transactions, so that the findings stay the same up to their positions.
type Transformation struct {
	Name string
	// Only names the rule that it keeps the findings of, "" for all: who may
	// finish a transaction is also a matter of what functions there are.
	Only string
	// edit returns the edits for one node, nil for those that stay.
	edit func(t *transformer, n ast.Node) []edit
}

// Transformations are the rewritings that findings do not depend on.
var Transformations = []Transformation{
	{"rename variables", "", (*transformer).rename},
	{"invert conditions", "", (*transformer).invert},
	{"put operands into parentheses", "", func(t *transformer, n ast.Node) []edit {
		if b, ok := n.(*ast.BinaryExpr); ok && b.Op != token.LAND && b.Op != token.LOR {
			return t.around(b.X, "(", ")")
		}
		return nil
	}},
	{"put statements into blocks", "", func(t *transformer, n ast.Node) []edit {
		if x, ok := n.(*ast.ExprStmt); ok {
			if _, ok := x.X.(*ast.CallExpr); ok { // not what a select waits for
				return t.around(x, "{ ", " }")
			}
		}
		return nil
	}},
	{"insert dead code", "", func(t *transformer, n ast.Node) []edit {
		if i, ok := n.(*ast.IfStmt); ok {
			return []edit{t.insert(i.Body.Lbrace+1, "\nif false {\nprintln()\n}\n")}
		}
		return nil
	}},
	{"wrap finishes in closures", "", func(t *transformer, n ast.Node) []edit {
		if x, ok := n.(*ast.ExprStmt); ok && t.finish(x.X) != nil {
			return t.around(x, "func() { ", " }()")
		}
		return nil
	}},
	{"defer finishes in closures", "", func(t *transformer, n ast.Node) []edit {
		if d, ok := n.(*ast.DeferStmt); ok && t.finish(d.Call) != nil && t.steady(t.finish(d.Call)) {
			return t.around(d.Call, "func() { ", " }()")
		}
		return nil
	}},
	{"inline deferred closures", "", func(t *transformer, n ast.Node) []edit {
		d, ok := n.(*ast.DeferStmt)
		if !ok || len(d.Call.Args) > 0 {
			return nil
		}
		lit, ok := d.Call.Fun.(*ast.FuncLit)
		if !ok || len(lit.Body.List) != 1 {
			return nil
		}
		x, ok := lit.Body.List[0].(*ast.ExprStmt)
		if !ok || t.finish(x.X) == nil || !t.steady(t.finish(x.X)) {
			return nil
		}
		return []edit{{t.at(d.Call.Pos()), t.at(d.Call.End()), t.text(x)}}
	}},
	{"extract finishes into helpers", "earlyreturn", func(t *transformer, n ast.Node) []edit {
		return t.extract(n, "", t.dir)
	}},
	{"extract finishes into helpers of another package", "earlyreturn", func(t *transformer, n ast.Node) []edit {
		if t.dir == "q" {
			return nil
		}
		return t.extract(n, "q.", "q")
	}},
	{"name what is returned", "", func(t *transformer, n ast.Node) []edit {
		r, ok := n.(*ast.ReturnStmt)
		if !ok || len(r.Results) != 1 || t.finish(r.Results[0]) == nil {
			return nil
		}
		call := t.text(r.Results[0])
		return []edit{{t.at(r.Pos()), t.at(r.End()), "{\nended := " + call + "\nreturn ended\n}"}}
	}},
	{"take statements out of conditions", "", func(t *transformer, n ast.Node) []edit {
		i, ok := n.(*ast.IfStmt)
		if !ok || i.Init == nil || t.elses[i] {
			return nil
		}
		return []edit{
			{t.at(i.Pos()), t.at(i.Cond.Pos()), "{\n" + t.text(i.Init) + "\nif "},
			t.insert(i.End(), "\n}"),
		}
	}},
	{"move statements that matter to nobody", "", (*transformer).move},
}

// Apply returns the cases, which must compile, after the transformation.
func (tr Transformation) Apply(cases []*Case) ([]*Case, error) {
	l, err := newLoader()
	if err != nil {
		return nil, err
	}
	pkgs, failed := l.check(cases)
	for c, err := range failed {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	sources := map[string]string{}
	for _, c := range cases {
		for _, f := range c.Files {
			sources[f.Path()] = f.Src
		}
	}
	edits := map[string][]edit{}
	helpers := map[string]string{}
	for _, p := range pkgs {
		for _, f := range p.files {
			path := l.fset.Position(f.Package).Filename
			t := &transformer{loader: l, dir: p.dir, src: sources[path], info: p.info, helpers: helpers, elses: map[*ast.IfStmt]bool{}, written: map[types.Object]int{}}
			t.look(f)
			ast.Inspect(f, func(n ast.Node) bool {
				if n != nil {
					edits[path] = append(edits[path], tr.edit(t, n)...)
				}
				return true
			})
		}
	}
	out := make([]*Case, len(cases))
	for i, c := range cases {
		out[i] = &Case{Name: c.Name}
		for _, f := range c.Files {
			f.Src = formatted(apply(f.Src, outermost(edits[f.Path()])))
			out[i].Files = append(out[i].Files, f)
		}
	}
	return withHelpers(out, helpers)
}

// outermost leaves out edits inside the text that another replaces.
func outermost(edits []edit) []edit {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to-b.from, a.to-a.from)) })
	var out []edit
	end := 0
	for _, e := range edits {
		if e.from >= end {
			out = append(out, e)
			end = max(end, e.to)
		}
	}
	return out
}

// withHelpers adds a case with the helpers that a transformation made, and
// gives all files the imports that they need.
func withHelpers(cases []*Case, helpers map[string]string) ([]*Case, error) {
	for _, dir := range []string{"p", "q"} {
		if helpers[dir] == "" {
			continue
		}
		f, err := complete(dir, "c_helpers.go", helpers[dir])
		if err != nil {
			return nil, err
		}
		cases = append(cases, &Case{Name: "c_helpers", Files: []File{f}})
	}
	for _, c := range cases {
		for i, f := range c.Files {
			g, ok := withImports(f)
			if !ok {
				return nil, fmt.Errorf("%s does not parse:\n%s", f.Path(), f.Src)
			}
			c.Files[i] = g
		}
	}
	return cases, nil
}

// A transformer rewrites one file.
type transformer struct {
	*loader
	dir     string
	src     string
	info    *types.Info
	helpers map[string]string
	elses   map[*ast.IfStmt]bool
	written map[types.Object]int
}

// look finds the if statements that follow an else, and how often variables
// are written.
func (t *transformer) look(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if i, ok := n.Else.(*ast.IfStmt); ok {
				t.elses[i] = true
			}
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				if id, ok := x.(*ast.Ident); ok {
					if obj := t.object(id); obj != nil {
						t.written[obj]++
					}
				}
			}
		}
		return true
	})
}

func (t *transformer) object(id *ast.Ident) types.Object {
	if obj := t.info.Defs[id]; obj != nil {
		return obj
	}
	return t.info.Uses[id]
}

func (t *transformer) at(p token.Pos) int { return t.fset.Position(p).Offset }

func (t *transformer) text(n ast.Node) string { return t.src[t.at(n.Pos()):t.at(n.End())] }

func (t *transformer) insert(p token.Pos, text string) edit { return edit{t.at(p), t.at(p), text} }

func (t *transformer) around(n ast.Node, before, after string) []edit {
	return []edit{{t.at(n.Pos()), t.at(n.End()), before + t.text(n) + after}}
}

// finish returns the variable whose Commit or Rollback the expression calls;
// nil if it calls none.
func (t *transformer) finish(x ast.Expr) *ast.Ident {
	call, ok := x.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Commit" && sel.Sel.Name != "Rollback" {
		return nil
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok || t.info.TypeOf(id) == nil || t.info.TypeOf(id).String() != "*database/sql.Tx" {
		return nil
	}
	return id
}

// steady reports whether a variable is written once at most.
func (t *transformer) steady(id *ast.Ident) bool { return t.written[t.object(id)] <= 1 }

// rename gives every local variable, parameter and named result another name.
func (t *transformer) rename(n ast.Node) []edit {
	id, ok := n.(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	v, ok := t.object(id).(*types.Var)
	if !ok || v.IsField() || v.Parent() == nil || v.Parent() == v.Pkg().Scope() || v.Pkg().Scope().Lookup(v.Name()) != nil {
		return nil
	}
	return []edit{{t.at(id.Pos()), t.at(id.End()), id.Name + "Other"}}
}

// invert turns if statements around.
func (t *transformer) invert(n ast.Node) []edit {
	i, ok := n.(*ast.IfStmt)
	if !ok || t.elses[i] {
		return nil
	}
	otherwise := "{\n}"
	switch e := i.Else.(type) {
	case *ast.IfStmt:
		return nil
	case *ast.BlockStmt:
		otherwise = t.text(e)
	}
	init := ""
	if i.Init != nil {
		init = t.text(i.Init) + "; "
	}
	return []edit{{t.at(i.Pos()), t.at(i.End()), "if " + init + "!(" + t.text(i.Cond) + ") " + otherwise + " else " + t.text(i.Body)}}
}

// extract replaces a finish that stands by itself by the call of a helper.
func (t *transformer) extract(n ast.Node, prefix, dir string) []edit {
	x, ok := n.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	id := t.finish(x.X)
	if id == nil {
		return nil
	}
	how := x.X.(*ast.CallExpr).Fun.(*ast.SelectorExpr).Sel.Name
	if name := "Helper" + how; !strings.Contains(t.helpers[dir], name) {
		t.helpers[dir] += fmt.Sprintf("\nfunc %s(tx *sql.Tx) { tx.%s() }\n", name, how)
	}
	return []edit{{t.at(x.Pos()), t.at(x.End()), prefix + "Helper" + how + "(" + id.Name + ")"}}
}

// move puts work whose outcome nobody looks at behind the statement that follows
// it.
func (t *transformer) move(n ast.Node) []edit {
	b, ok := n.(*ast.BlockStmt)
	if !ok {
		return nil
	}
	for i := 0; i+1 < len(b.List); i++ {
		a, ok := b.List[i].(*ast.ExprStmt)
		if !ok || !strings.HasPrefix(t.text(a), "ext.") {
			continue
		}
		next := b.List[i+1]
		if x, ok := next.(*ast.ExprStmt); !ok || t.finish(x.X) == nil {
			if i, ok := next.(*ast.IfStmt); !ok || i.Else != nil {
				continue
			}
		}
		return []edit{
			{t.at(a.Pos()), t.at(a.End()), ""},
			t.insert(next.End(), "\n"+t.text(a)),
		}
	}
	return nil
}

// Summary counts the findings of each rule by the function that they are in.
func Summary(cases []*Case, findings map[string][]Finding) map[string]int {
	out := map[string]int{}
	for _, c := range cases {
		for _, f := range findings[c.Name] {
			file, line, _ := strings.Cut(f.At, ":")
			for _, g := range c.Files {
				if g.Path() == file {
					out[fmt.Sprintf("%s %s.%s %s", c.Name, g.Dir, functionAt(g.Src, atoi(line)), f.Rule)]++
				}
			}
		}
	}
	return out
}

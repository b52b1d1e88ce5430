package oracle

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A Transformation rewrites programs without changing what they do to
// transactions, so that the findings stay the same up to their positions.
type Transformation struct {
	Name string
	// Only names the rules that it keeps the findings of, none for all: who may
	// finish a transaction is also a matter of what functions there are.
	Only []string
	// edit returns the edits for one node, nil for those that stay.
	edit func(t *transformer, n ast.Node) []edit
}

// Keeps reports whether the findings of a rule stay.
func (tr Transformation) Keeps(rule string) bool {
	return len(tr.Only) == 0 || slices.Contains(tr.Only, rule)
}

// Apply returns the cases, which must compile, after the transformation. found
// is the summary of their findings, see [Summary].
func (tr Transformation) Apply(cases []*Case, found Places) ([]*Case, error) {
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
	rw := &rewriting{fset: l.fset, sources: sources, aside: "q", prefix: "q", found: found}
	edits := rw.apply(tr, pkgs)
	out := make([]*Case, len(cases))
	for i, c := range cases {
		out[i] = &Case{Name: c.Name}
		for _, f := range c.Files {
			f.Src = formatted(apply(f.Src, edits[f.Path()]))
			out[i].Files = append(out[i].Files, f)
		}
	}
	return withHelpers(out, rw.helpers)
}

// withHelpers adds a case with the helpers that a transformation made, and
// gives all files the imports that they need.
func withHelpers(cases []*Case, made helpers) ([]*Case, error) {
	for _, dir := range slices.Sorted(maps.Keys(made)) {
		f := File{dir, "c_helpers.go", made[dir].source(dir)}
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

// A rewriting is one transformation of one program.
type rewriting struct {
	fset    *token.FileSet
	sources map[string]string
	// aside is the package that all others may import, and prefix the name they
	// import it by.
	aside, prefix string
	// found are the findings before.
	found   Places
	helpers helpers
}

// apply returns the edits of the files of packages, by their paths.
func (rw *rewriting) apply(tr Transformation, pkgs []*checked) map[string][]edit {
	rw.helpers = helpers{}
	out := map[string][]edit{}
	for _, p := range pkgs {
		for _, f := range p.files {
			path := rw.fset.Position(f.Package).Filename
			t := &transformer{rewriting: rw, pkg: p, file: f, src: rw.sources[path]}
			t.look()
			ast.Inspect(f, func(n ast.Node) bool {
				if n != nil {
					out[path] = append(out[path], tr.edit(t, n)...)
				}
				return true
			})
			out[path] = outermost(out[path])
		}
	}
	return out
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

// helpers are the functions that a transformation made, by their package.
type helpers map[string]*helperFile

// A helperFile holds those of one package, by what they do, and the names of
// what they import by its path.
type helperFile struct {
	names   map[string]string
	decls   strings.Builder
	imports map[string]string
}

// helper returns the name of a function of a package that has these parameters
// and results, as in a declaration, and this body.
func (hs helpers) helper(dir, signature, body string, imports map[string]string) string {
	h := hs[dir]
	if h == nil {
		h = &helperFile{names: map[string]string{}, imports: map[string]string{}}
		hs[dir] = h
	}
	key := signature + body
	if h.names[key] == "" {
		h.names[key] = fmt.Sprintf("Rewritten%d", len(h.names))
		fmt.Fprintf(&h.decls, "\nfunc %s%s {\n%s\n}\n", h.names[key], signature, body)
		maps.Copy(h.imports, imports)
	}
	return h.names[key]
}

// source returns the file of a package of this name.
func (h *helperFile) source(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", name)
	for _, path := range slices.Sorted(maps.Keys(h.imports)) {
		fmt.Fprintf(&b, "\nimport %s %q", h.imports[path], path)
	}
	return b.String() + "\n" + h.decls.String()
}

// A transformer rewrites one file.
type transformer struct {
	*rewriting
	pkg  *checked
	file *ast.File
	src  string

	elses map[*ast.IfStmt]bool
	held  map[*ast.CallExpr]bool // by a defer or go statement

	written map[types.Object]int
	used    map[types.Object]int
	calls   map[types.Object]*ast.CallExpr // one of those that call the variable
	decls   map[types.Object]*ast.FuncDecl
	clauses map[*types.Var]bool // of type switches, see implicit
}

// look finds out what more than one node has to say.
func (t *transformer) look() {
	t.elses, t.held = map[*ast.IfStmt]bool{}, map[*ast.CallExpr]bool{}
	t.written, t.used = map[types.Object]int{}, map[types.Object]int{}
	t.calls, t.decls = map[types.Object]*ast.CallExpr{}, map[types.Object]*ast.FuncDecl{}
	for _, d := range t.file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			t.decls[t.pkg.info.Defs[fn.Name]] = fn
		}
	}
	ast.Inspect(t.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if i, ok := n.Else.(*ast.IfStmt); ok {
				t.elses[i] = true
			}
		case *ast.DeferStmt:
			t.held[n.Call] = true
		case *ast.GoStmt:
			t.held[n.Call] = true
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok {
				t.calls[t.object(id)] = n
			}
		case *ast.Ident:
			if obj := t.pkg.info.Uses[n]; obj != nil {
				t.used[obj]++
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
	if obj := t.pkg.info.Defs[id]; obj != nil {
		return obj
	}
	return t.pkg.info.Uses[id]
}

func (t *transformer) at(p token.Pos) int { return t.fset.Position(p).Offset }

func (t *transformer) text(n ast.Node) string { return t.between(n.Pos(), n.End()) }

func (t *transformer) between(from, to token.Pos) string { return t.src[t.at(from):t.at(to)] }

func (t *transformer) insert(p token.Pos, text string) edit { return edit{t.at(p), t.at(p), text} }

func (t *transformer) replace(n ast.Node, text string) edit {
	return edit{t.at(n.Pos()), t.at(n.End()), text}
}

func (t *transformer) around(n ast.Node, before, after string) []edit {
	return []edit{t.replace(n, before+t.text(n)+after)}
}

// A Place is where findings are counted: the function of a package, by a rule.
type Place struct{ Package, Func, Rule string }

func (p Place) String() string { return p.Package + "." + p.Func + " " + p.Rule }

// Places are the messages of the findings at each of them.
type Places map[Place][]string

// Summary sorts findings by the rule and the function that they are in.
func Summary(cases []*Case, findings map[string][]Finding) Places {
	out := Places{}
	for _, c := range cases {
		for _, f := range findings[c.Name] {
			file, line, _ := strings.Cut(f.At, ":")
			for _, g := range c.Files {
				if g.Path() == file {
					p := Place{g.Dir, functionAt(g.Src, atoi(line)), f.Rule}
					out[p] = append(out[p], f.Message)
				}
			}
		}
	}
	return out
}

// Differences says where a transformation, which keeps the findings of some
// rules, changed how many there are. Functions that are known gaps count for
// nothing: a rewriting may close them.
func Differences(tr Transformation, before, after Places) map[Place]string {
	all := maps.Clone(before)
	maps.Copy(all, after)
	out := map[Place]string{}
	for p := range all {
		gap := strings.HasPrefix(p.Func, "FP_") || strings.HasPrefix(p.Func, "FN_")
		if len(before[p]) != len(after[p]) && tr.Keeps(p.Rule) && !gap {
			out[p] = fmt.Sprintf("%s: before %q, after %q", p, before[p], after[p])
		}
	}
	return out
}

package oracle

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A Judge compares what rules say of cases with what runs of them show.
type Judge struct {
	// Analyzers are the rules to run, Rules how the oracle judges them.
	Analyzers []*analysis.Analyzer
	Rules     []Rule
	// Possible are the rules when they also report what is only possible.
	Possible []*analysis.Analyzer
	// Limit is how often a function is run in order, and at random.
	Limit int
	// Dir is for temporary files.
	Dir string
}

// Judge compiles, analyses and runs the cases. Those that do not compile are
// left out.
func (j *Judge) Judge(ctx context.Context, cases []*Case) (Verdict, error) {
	good, _, err := Compiling(cases)
	if err != nil || len(good) == 0 {
		return Verdict{}, err
	}
	findings, err := Analyze(good, j.Analyzers)
	if err != nil {
		return Verdict{}, err
	}
	runs, err := Execute(ctx, j.Dir, good, j.Limit)
	if err != nil {
		return Verdict{}, err
	}
	v := Compare(good, findings, runs, j.Rules)
	return v, j.limited(&v)
}

// manyPaths is the reason that findings have which are only possible because a
// function has more paths than the engine keeps apart, see docs/contract.md.
const manyPaths = "it has more paths than are kept apart"

// limited counts the disagreements that are there because of that, and takes
// them out.
func (j *Judge) limited(v *Verdict) error {
	var missing []*Case
	for _, d := range v.Disagreements {
		if d.Missing() && !slices.Contains(missing, d.Case) {
			missing = append(missing, d.Case)
		}
	}
	if len(missing) == 0 || len(j.Possible) == 0 {
		return nil
	}
	possible, err := Analyze(missing, j.Possible)
	if err != nil {
		return err
	}
	for name, fs := range possible {
		possible[name] = slices.DeleteFunc(fs, func(f Finding) bool { return !strings.Contains(f.Message, manyPaths) })
	}
	all := len(v.Disagreements)
	v.Disagreements = slices.DeleteFunc(v.Disagreements, func(d *Disagreement) bool { return d.reportedBy(possible[d.Case.Name], j.Rules) })
	v.Limited = all - len(v.Disagreements)
	return nil
}

// reportedBy reports whether findings name what no other finding does.
func (d *Disagreement) reportedBy(findings []Finding, rules []Rule) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool {
		if r.Name != d.Rule || !d.Missing() {
			return false
		}
		key, _ := r.damage(d.Sighting.Observation)
		return r.covered(findings)[key]
	})
}

// Shrink makes the cases of disagreements small: it takes out and simplifies
// what it can as long as the rule and the runs still disagree in the same way.
// It does so for all of them at once, for compiling is what costs.
func (j *Judge) Shrink(ctx context.Context, all []*Disagreement) ([]*Disagreement, error) {
	work := slices.Clone(all)
	done := make([]bool, len(work))
	const maxRounds = 40
	for range maxRounds {
		singles := make([][]*reduction, len(work))
		for i, d := range work {
			if !done[i] {
				singles[i] = reductions(d.Case)
			}
		}
		good, err := j.which(ctx, work, singles)
		if err != nil {
			return nil, err
		}
		// What is possible alone may be possible together.
		combined := make([][]*reduction, len(work))
		for i, rs := range good {
			if len(rs) > 1 {
				combined[i] = []*reduction{join(rs), join(rs[:len(rs)/2]), join(rs[len(rs)/2:])}
			}
		}
		better, err := j.which(ctx, work, combined)
		if err != nil {
			return nil, err
		}
		again := false
		for i, d := range work {
			rs := append(better[i], good[i]...)
			if len(rs) == 0 {
				done[i] = true
				continue
			}
			best := slices.MinFunc(rs, func(a, b *reduction) int { return a.result.Case.size() - b.result.Case.size() })
			if best.result.Case.size() < d.Case.size() {
				best.result.Case = renamed(best.result.Case, d.Case.Name)
				work[i], again = best.result, true
			} else {
				done[i] = true
			}
		}
		if !again {
			break
		}
	}
	// The lines of findings and sightings are those of the last version.
	return work, nil
}

// size is what shrinking makes smaller.
func (c *Case) size() int {
	n := 0
	for _, f := range c.Files {
		n += len(strings.Join(strings.Fields(f.Src), " "))
	}
	return n
}

// A reduction is one way to make a case smaller.
type reduction struct {
	edits  [][]edit // by file
	merge  bool     // all in one package
	result *Disagreement
}

// join returns the reductions together, without those that overlap others.
func join(rs []*reduction) *reduction {
	out := &reduction{}
	for _, r := range rs {
		if r.merge {
			continue
		}
		for len(out.edits) < len(r.edits) {
			out.edits = append(out.edits, nil)
		}
		for i, es := range r.edits {
			if !slices.ContainsFunc(es, func(e edit) bool { return overlaps(out.edits[i], e) }) {
				out.edits[i] = append(out.edits[i], es...)
			}
		}
	}
	return out
}

func overlaps(es []edit, e edit) bool {
	return slices.ContainsFunc(es, func(f edit) bool { return e.from < f.to && f.from < e.to || e.from == f.from })
}

// which returns those reductions after which the disagreements are still
// there.
func (j *Judge) which(ctx context.Context, work []*Disagreement, rs [][]*reduction) ([][]*reduction, error) {
	good := make([][]*reduction, len(work))
	var cases []*Case
	type origin struct {
		i int
		r *reduction
	}
	from := map[string]origin{}
	for i, list := range rs {
		for _, r := range list {
			c, ok := r.apply(work[i].Case)
			if !ok {
				continue
			}
			c = renamed(c, fmt.Sprintf("s%d", len(cases)))
			from[c.Name] = origin{i, r}
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return good, nil
	}
	const batch = 1200
	for part := range slices.Chunk(cases, batch) {
		v, err := j.Judge(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, d := range v.Disagreements {
			o := from[d.Case.Name]
			if o.r != nil && o.r.result == nil && d.Rule == work[o.i].Rule && d.Missing() == work[o.i].Missing() {
				o.r.result = d
				good[o.i] = append(good[o.i], o.r)
			}
		}
	}
	return good, nil
}

// apply returns the case after the reduction.
func (r *reduction) apply(c *Case) (*Case, bool) {
	if r.merge {
		return merged(c)
	}
	out := &Case{Name: c.Name}
	for i, f := range c.Files {
		if i < len(r.edits) {
			f.Src = apply(f.Src, slices.Clone(r.edits[i]))
		}
		f, ok := withImports(f)
		if !ok {
			return nil, false
		}
		if f.Src != "" {
			out.Files = append(out.Files, f)
		}
	}
	return out, len(out.Files) > 0
}

// withImports gives a file the imports that it needs now; one without
// declarations comes back empty.
func withImports(f File) (File, bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", f.Src, parser.SkipObjectResolution)
	if err != nil {
		return f, false
	}
	start := file.Name.End()
	rest := false
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			start = g.End()
		} else {
			rest = true
		}
	}
	if !rest {
		f.Src = ""
		return f, true
	}
	g, err := complete(f.Dir, f.Name, f.Src[fset.Position(start).Offset:])
	if err != nil {
		return f, false
	}
	g.Src = formatted(g.Src)
	return g, true
}

// merged puts all of a case into its last package.
func merged(c *Case) (*Case, bool) {
	if len(c.Files) < 2 {
		return nil, false
	}
	last := c.Files[len(c.Files)-1]
	src := last.Src
	for _, f := range c.Files[:len(c.Files)-1] {
		src = strings.ReplaceAll(src, f.Dir+".", "")
		decls := f.Src[strings.Index(f.Src, "\n"):]
		src += regexp.MustCompile(`(?m)^import .*$`).ReplaceAllString(decls, "")
	}
	f, ok := withImports(File{last.Dir, last.Name, src})
	return &Case{Name: c.Name, Files: []File{f}}, ok
}

// renamed returns the case under another name, with other names for what it
// declares, so that many versions of one fit into one package.
func renamed(c *Case, name string) *Case {
	out := &Case{Name: name}
	for _, f := range c.Files {
		for _, n := range declared(c) {
			f.Src = regexp.MustCompile(`\b`+n+`\b`).ReplaceAllString(f.Src, renamedIdent(n, c.Name, name))
		}
		f.Name = name + ".go"
		out.Files = append(out.Files, f)
	}
	return out
}

// renamedIdent returns the name n of something that the case old declares as
// the case fresh would call it: cases have their number in all names.
func renamedIdent(n, old, fresh string) string {
	number := func(s string) string { return strings.TrimLeft(s, "cs") }
	kind := "V"
	if strings.HasPrefix(fresh, "c") {
		kind = ""
	}
	i := strings.Index(n, number(old))
	if i < 0 {
		return n
	}
	return strings.TrimSuffix(n[:i], "V") + kind + number(fresh) + n[i+len(number(old)):]
}

// declared returns the names of functions and types that the case declares.
func declared(c *Case) []string {
	var out []string
	for _, f := range c.Files {
		file, err := parser.ParseFile(token.NewFileSet(), "", f.Src, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					out = append(out, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if t, ok := s.(*ast.TypeSpec); ok {
						out = append(out, t.Name.Name)
					}
				}
			}
		}
	}
	return out
}

// reductions returns the ways to make a case smaller by one step.
func reductions(c *Case) []*reduction {
	var out []*reduction
	if len(c.Files) > 1 {
		out = append(out, &reduction{merge: true})
	}
	for i, f := range c.Files {
		for _, e := range simplifications(f.Src) {
			r := &reduction{edits: make([][]edit, len(c.Files))}
			r.edits[i] = e
			out = append(out, r)
		}
	}
	return out
}

// simplifications returns edits each of which takes something out of a source.
func simplifications(src string) [][]edit {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	s := &simplifier{src: src, fset: fset}
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			s.replace(d, "")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s.node(n)
		return true
	})
	return s.out
}

type simplifier struct {
	src  string
	fset *token.FileSet
	out  [][]edit
}

func (s *simplifier) text(n ast.Node) string {
	return s.src[s.fset.Position(n.Pos()).Offset:s.fset.Position(n.End()).Offset]
}

func (s *simplifier) replace(n ast.Node, text string) { s.span(n.Pos(), n.End(), text) }

func (s *simplifier) span(from, to token.Pos, text string) {
	s.out = append(s.out, []edit{{s.fset.Position(from).Offset, s.fset.Position(to).Offset, text}})
}

// inside returns the statements of a block as text.
func (s *simplifier) inside(b *ast.BlockStmt) string {
	return s.src[s.fset.Position(b.Lbrace).Offset+1 : s.fset.Position(b.Rbrace).Offset]
}

func (s *simplifier) list(list []ast.Stmt) string {
	if len(list) == 0 {
		return ""
	}
	return s.src[s.fset.Position(list[0].Pos()).Offset:s.fset.Position(list[len(list)-1].End()).Offset]
}

func (s *simplifier) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.BlockStmt:
		s.statements(n.List)
	case *ast.CaseClause:
		s.statements(n.Body)
	case *ast.CommClause:
		s.statements(n.Body)
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			s.replace(n, s.text(n.X))
			s.replace(n, s.text(n.Y))
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			s.replace(n, s.text(n.X))
		}
	case *ast.ParenExpr:
		s.replace(n, s.text(n.X))
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
			switch name := sel.Sel.Name; {
			case name == "Join" || name == "Errorf":
				for _, a := range n.Args {
					if _, ok := a.(*ast.BasicLit); !ok {
						s.replace(n, s.text(a))
					}
				}
			}
		}
	case *ast.Field:
		if len(n.Names) == 1 {
			s.replace(n, "")
		}
	}
}

func (s *simplifier) statements(list []ast.Stmt) {
	if len(list) > 0 {
		switch list[0].(type) {
		case *ast.CaseClause, *ast.CommClause:
			return
		}
	}
	for n := len(list) / 2; n > 1; n /= 2 {
		for i := 0; i+n <= len(list); i += n {
			s.span(list[i].Pos(), list[i+n-1].End(), "")
		}
	}
	for _, st := range list {
		s.replace(st, "")
		if l, ok := st.(*ast.LabeledStmt); ok {
			s.replace(l, s.text(l.Stmt))
			st = l.Stmt
		}
		switch st := st.(type) {
		case *ast.IfStmt:
			init := ""
			if st.Init != nil {
				init = s.text(st.Init) + "\n"
				s.replace(st, init)
				s.replace(st, "if "+s.text(st.Cond)+s.text(st.Body))
			}
			s.replace(st, init+s.inside(st.Body))
			if st.Else != nil {
				s.span(st.Body.End(), st.End(), "")
				s.replace(st, init+strings.TrimSuffix(strings.TrimPrefix(s.text(st.Else), "{"), "}"))
			}
		case *ast.ForStmt:
			s.replace(st, s.inside(st.Body))
		case *ast.RangeStmt:
			s.replace(st, s.inside(st.Body))
		case *ast.BlockStmt:
			s.replace(st, s.inside(st))
		case *ast.SwitchStmt:
			s.clauses(st, st.Body)
		case *ast.SelectStmt:
			s.clauses(st, st.Body)
		case *ast.DeferStmt:
			if lit, ok := st.Call.Fun.(*ast.FuncLit); ok && len(lit.Body.List) == 1 {
				if x, ok := lit.Body.List[0].(*ast.ExprStmt); ok {
					s.replace(st, "defer "+s.text(x))
				}
			}
		case *ast.AssignStmt:
			s.literalOf(st)
		}
	}
}

// literalOf takes a called literal apart.
func (s *simplifier) literalOf(st *ast.AssignStmt) {
	if len(st.Rhs) != 1 {
		return
	}
	if call, ok := st.Rhs[0].(*ast.CallExpr); ok {
		if lit, ok := call.Fun.(*ast.FuncLit); ok {
			s.replace(st, s.inside(lit.Body))
		}
	}
}

// clauses takes clauses out of a statement, or puts one in its place. A select
// keeps all of its own, for without one it may wait for ever.
func (s *simplifier) clauses(whole ast.Stmt, b *ast.BlockStmt) {
	for _, c := range b.List {
		switch c := c.(type) {
		case *ast.CaseClause:
			s.replace(c, "")
			s.replace(whole, s.list(c.Body))
			if len(c.List) == 1 {
				s.replace(whole, "if "+s.text(c.List[0])+" {\n"+s.list(c.Body)+"\n}")
			}
		case *ast.CommClause:
			s.replace(whole, s.list(c.Body))
			s.replace(whole, "if ext.Flag() {\n"+s.list(c.Body)+"\n}")
		}
	}
}

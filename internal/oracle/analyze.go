package oracle

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// A Finding is what a rule reports in a program.
type Finding struct {
	Rule, Message string
	// At is the line it is reported at, Lines are those that the finding names
	// further, by what it says of them.
	At      string
	Related []Related
	// Deferred is set where that line defers a call.
	Deferred bool
	// Generic is set inside a generic function: it runs only where others call it.
	Generic bool
	// Literal is the line at which the function literal around it begins, "" if
	// none is.
	Literal string
}

// Related is a line that a finding names.
type Related struct{ At, Message string }

// Analyze runs rules over the cases, which must compile, and returns the
// findings by the name of the case.
func Analyze(cases []*Case, rules []*analysis.Analyzer) (map[string][]Finding, error) {
	l, err := newLoader()
	if err != nil {
		return nil, err
	}
	pkgs, failed := l.check(cases)
	for c, err := range failed {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	syntax := map[string]*ast.File{}
	for _, p := range pkgs {
		for _, f := range p.files {
			syntax[l.fset.Position(f.Package).Filename] = f
		}
	}
	owner := map[string]string{}
	lines := map[string][]string{}
	for _, c := range cases {
		for _, f := range c.Files {
			owner[f.Path()] = c.Name
			lines[f.Path()] = strings.Split(f.Src, "\n")
		}
	}
	graph, err := checker.Analyze(rules, l.loaded(pkgs), &checker.Options{SanityCheck: true})
	if err != nil {
		return nil, err
	}
	out := map[string][]Finding{}
	for _, act := range graph.Roots {
		if act.Err != nil {
			return nil, fmt.Errorf("%s: %w", act, act.Err)
		}
		for _, d := range act.Diagnostics {
			pos := l.fset.Position(d.Pos)
			f := Finding{Rule: act.Analyzer.Name, Message: d.Message, At: fmt.Sprintf("%s:%d", pos.Filename, pos.Line)}
			f.Deferred = strings.HasPrefix(strings.TrimSpace(lines[pos.Filename][pos.Line-1]), "defer ")
			f.Generic = inGeneric(syntax[pos.Filename], d.Pos)
			if lit := literalAround(syntax[pos.Filename], d.Pos); lit != nil {
				f.Literal = fmt.Sprintf("%s:%d", pos.Filename, l.fset.Position(lit.Body.Lbrace).Line)
			}
			for _, r := range d.Related {
				p := l.fset.Position(r.Pos)
				f.Related = append(f.Related, Related{fmt.Sprintf("%s:%d", p.Filename, p.Line), r.Message})
			}
			out[owner[pos.Filename]] = append(out[owner[pos.Filename]], f)
		}
	}
	return out, nil
}

// inGeneric reports whether pos is in a generic function.
func inGeneric(file *ast.File, pos token.Pos) bool {
	return slices.ContainsFunc(file.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Type.TypeParams != nil && fn.Pos() <= pos && pos < fn.End()
	})
}

// literalAround returns the innermost function literal around pos, nil if there
// is none.
func literalAround(file *ast.File, pos token.Pos) *ast.FuncLit {
	var found *ast.FuncLit
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || n.End() <= pos {
			return false
		}
		if lit, ok := n.(*ast.FuncLit); ok {
			found = lit
		}
		return true
	})
	return found
}

// loaded returns checked packages in the form that the checker takes.
func (l *loader) loaded(pkgs []*checked) []*packages.Package {
	byPath := map[string]*packages.Package{}
	var out []*packages.Package
	for _, p := range pkgs {
		lp := &packages.Package{
			ID: genRoot + p.dir, PkgPath: genRoot + p.dir, Name: p.types.Name(), Fset: l.fset, Syntax: p.files,
			Types: p.types, TypesInfo: p.info, TypesSizes: types.SizesFor("gc", "amd64"), Imports: map[string]*packages.Package{},
			Module: &packages.Module{Path: strings.TrimSuffix(genRoot, "/")},
		}
		for _, imp := range p.types.Imports() {
			if strings.HasPrefix(imp.Path(), genRoot) {
				lp.Imports[imp.Path()] = byPath[imp.Path()]
			}
		}
		byPath[lp.PkgPath] = lp
		out = append(out, lp)
	}
	return out
}

package oracle

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// A Tree is the packages of a module, which may import anything. It is for
// rewriting and analysing, not for running.
type Tree struct {
	roots   []*packages.Package // each after those that it imports
	own     map[string]*packages.Package
	sources map[string]string
}

// LoadTree loads the module in a directory.
func LoadTree(dir string) (*Tree, error) {
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.LoadAllSyntax | packages.NeedModule, Dir: dir,
		Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0"),
	}, "./...")
	if err != nil {
		return nil, err
	}
	t := &Tree{own: map[string]*packages.Package{}, sources: map[string]string{}}
	for _, p := range pkgs {
		t.own[p.PkgPath] = p
		for _, f := range p.Syntax {
			name := p.Fset.Position(f.Package).Filename
			src, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			t.sources[name] = string(src)
		}
	}
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			err = errors.Join(err, e)
		}
		if t.own[p.PkgPath] == p {
			t.roots = append(t.roots, p)
		}
	})
	return t, err
}

// AsideTree is the package of helpers that rewritten packages import.
const asideTree = "example.com/aside"

// Rewrite returns the tree after a transformation, and how many files that
// changes. found is the summary of its findings.
func (t *Tree) Rewrite(tr Transformation, found Places) (out *Tree, changed int, err error) {
	rw := &rewriting{fset: t.roots[0].Fset, sources: t.sources, aside: asideTree, prefix: "oracleaside", found: found}
	var pkgs []*checked
	for _, p := range t.roots {
		pkgs = append(pkgs, &checked{dir: p.PkgPath, files: p.Syntax, types: p.Types, info: p.TypesInfo})
	}
	edits := rw.apply(tr, pkgs)
	out = &Tree{own: map[string]*packages.Package{}, sources: map[string]string{}}
	var aside *packages.Package
	if h := rw.helpers[asideTree]; h != nil {
		first := t.roots[0]
		aside = &packages.Package{ID: asideTree, PkgPath: asideTree, Name: "aside", Fset: first.Fset, TypesSizes: first.TypesSizes, Module: first.Module}
		aside.Imports = t.imported(slices.Sorted(maps.Keys(h.imports)))
		if err := out.add(aside, map[string]string{"aside.go": h.source("aside")}); err != nil {
			return nil, 0, err
		}
	}
	for _, p := range t.roots {
		files := map[string]string{}
		for _, f := range p.Syntax {
			name := p.Fset.Position(f.Package).Filename
			src := t.sources[name]
			if es := edits[name]; len(es) > 0 {
				if after := apply(src, es); after != src {
					changed++
					src = after
				}
			}
			if strings.Contains(src, "oracleaside.") {
				at := p.Fset.Position(f.Name.End()).Offset
				src = src[:at] + fmt.Sprintf("; import oracleaside %q", asideTree) + src[at:]
			}
			files[name] = src
		}
		if h := rw.helpers[p.PkgPath]; h != nil {
			files[p.PkgPath+"/rewritten.go"] = h.source(p.Name)
		}
		fresh := *p
		fresh.Imports = maps.Clone(p.Imports)
		for path := range p.Imports {
			if q := out.own[path]; q != nil {
				fresh.Imports[path] = q
			}
		}
		if aside != nil {
			fresh.Imports[asideTree] = aside
		}
		if h := rw.helpers[p.PkgPath]; h != nil {
			maps.Copy(fresh.Imports, t.imported(slices.Sorted(maps.Keys(h.imports))))
		}
		if err := out.add(&fresh, files); err != nil {
			return nil, 0, err
		}
	}
	return out, changed, nil
}

// imported returns the packages of these paths, as they were loaded.
func (t *Tree) imported(paths []string) map[string]*packages.Package {
	out := map[string]*packages.Package{}
	packages.Visit(t.roots, nil, func(p *packages.Package) {
		if slices.Contains(paths, p.PkgPath) {
			out[p.PkgPath] = p
		}
	})
	return out
}

// add checks a package with these files, which imports what its Imports say.
func (t *Tree) add(p *packages.Package, files map[string]string) error {
	p.Syntax, p.TypesInfo = nil, newInfo()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := parser.ParseFile(p.Fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.Syntax = append(p.Syntax, f)
		t.sources[name] = files[name]
	}
	conf := types.Config{Importer: importing(p.Imports), Sizes: p.TypesSizes}
	var err error
	conf.Error = func(e error) { err = errors.Join(err, e) }
	p.Types, _ = conf.Check(p.PkgPath, p.Fset, p.Syntax, p.TypesInfo)
	t.roots = append(t.roots, p)
	t.own[p.PkgPath] = p
	return err
}

// importing finds the packages that a package imports.
type importing map[string]*packages.Package

// Import finds one of them.
func (i importing) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := i[path]; p != nil {
		return p.Types, nil
	}
	return nil, fmt.Errorf("%s is not imported", path)
}

// Summaries counts the findings of each rule by the function that they are in,
// for each of the trees. What they have in common is analysed once.
func Summaries(trees []*Tree, rules []*analysis.Analyzer) ([]Places, error) {
	out := make([]Places, len(trees))
	var all []*packages.Package
	in := map[*packages.Package]int{}
	for i, t := range trees {
		out[i] = Places{}
		for _, p := range t.roots {
			in[p] = i
			all = append(all, p)
		}
	}
	graph, err := checker.Analyze(rules, all, nil)
	if err != nil {
		return nil, err
	}
	for _, act := range graph.Roots {
		if act.Err != nil {
			return nil, fmt.Errorf("%s: %w", act, act.Err)
		}
		for _, d := range act.Diagnostics {
			for _, f := range act.Package.Syntax {
				for _, decl := range f.Decls {
					if fn, ok := decl.(*ast.FuncDecl); ok && fn.Pos() <= d.Pos && d.Pos < fn.End() {
						at := Place{act.Package.PkgPath, fn.Name.Name, act.Analyzer.Name}
						places := out[in[act.Package]]
						places[at] = append(places[at], d.Message)
					}
				}
			}
		}
	}
	return out, nil
}

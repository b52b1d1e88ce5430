package corpustest

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/objectpath"

	"github.com/txlint/txlint/internal/exportdata"
)

// NogoFindings runs the analyzers over the corpus as Bazel's nogo does, and
// returns what they report, sorted: each package by itself, after those that
// it imports, with types from export data only and facts that went through
// gob. Packages of the standard library are not analysed, so there are no facts
// about them.
func NogoFindings(t testing.TB, analyzers []*analysis.Analyzer) []Finding {
	t.Helper()
	return NogoFindingsIn(t, Dir(t), analyzers)
}

// NogoFindingsIn is [NogoFindings] over the module in dir.
func NogoFindingsIn(t testing.TB, dir string, analyzers []*analysis.Analyzer) []Finding {
	t.Helper()
	roots, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
			packages.NeedExportFile | packages.NeedModule | packages.NeedTypesSizes,
		Dir: dir,
		Env: environ(),
	}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	n := &nogo{dir: dir, analyzers: analyzers, facts: make(map[string][]wireFact), roots: make(map[*packages.Package]bool)}
	for _, a := range analyzers {
		n.register(a)
	}
	for _, root := range roots {
		n.roots[root] = true
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		if p.Module == nil || err != nil { // the standard library
			return
		}
		if e := n.run(p); e != nil {
			err = fmt.Errorf("%s: %w", p.PkgPath, e)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	sortFindings(n.findings)
	return n.findings
}

// A wireFact is a fact as it lies on disk between two packages.
type wireFact struct {
	Path string // of the object; "" if the fact is about the package
	Fact []byte // gob of an analysis.Fact
}

// nogo is a run over all packages.
type nogo struct {
	dir       string
	analyzers []*analysis.Analyzer
	roots     map[*packages.Package]bool
	facts     map[string][]wireFact // by package
	findings  []Finding
}

// register makes the fact types of an analyzer, and of what it requires, known
// to gob.
func (n *nogo) register(a *analysis.Analyzer) {
	for _, f := range a.FactTypes {
		gob.Register(f)
	}
	for _, req := range a.Requires {
		n.register(req)
	}
}

// A nogoPackage is the analysis of one package.
type nogoPackage struct {
	*nogo
	pkg     *packages.Package
	fset    *token.FileSet
	files   []*ast.File
	types   *types.Package
	info    *types.Info
	results map[*analysis.Analyzer]any
	facts   map[factKey]analysis.Fact
}

type factKey struct {
	object types.Object // nil: about the package
	pkg    *types.Package
	fact   reflect.Type
}

func (n *nogo) run(pkg *packages.Package) error {
	p := &nogoPackage{
		nogo: n, pkg: pkg, fset: token.NewFileSet(),
		info: &types.Info{
			Types: make(map[ast.Expr]types.TypeAndValue), Defs: make(map[*ast.Ident]types.Object), Uses: make(map[*ast.Ident]types.Object),
			Implicits: make(map[ast.Node]types.Object), Instances: make(map[*ast.Ident]types.Instance), Scopes: make(map[ast.Node]*types.Scope),
			Selections: make(map[*ast.SelectorExpr]*types.Selection), FileVersions: make(map[*ast.File]string),
		},
		results: make(map[*analysis.Analyzer]any),
		facts:   make(map[factKey]analysis.Fact),
	}
	for _, name := range pkg.CompiledGoFiles {
		file, err := parser.ParseFile(p.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.files = append(p.files, file)
	}
	imported := make(map[string]*types.Package)
	config := types.Config{
		Importer: importer(func(path string) (*types.Package, error) { return p.importPackage(imported, path) }),
		Sizes:    pkg.TypesSizes,
	}
	if pkg.Module.GoVersion != "" {
		config.GoVersion = "go" + pkg.Module.GoVersion
	}
	var err error
	if p.types, err = config.Check(pkg.PkgPath, p.fset, p.files, p.info); err != nil {
		return err
	}
	if err := p.readFacts(imported); err != nil {
		return err
	}
	for _, a := range n.analyzers {
		if err := p.analyze(a); err != nil {
			return err
		}
	}
	return p.writeFacts()
}

type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }

// importPackage reads the export data of what the package imports.
func (p *nogoPackage) importPackage(imported map[string]*types.Package, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	dep := p.pkg.Imports[path]
	if dep == nil || dep.ExportFile == "" {
		return nil, fmt.Errorf("no export data of %s", path)
	}
	if known := imported[dep.PkgPath]; known != nil && known.Complete() {
		return known, nil
	}
	return exportdata.Read(p.fset, imported, dep.ExportFile, dep.PkgPath)
}

// readFacts decodes the facts about all packages that export data mentions.
func (p *nogoPackage) readFacts(imported map[string]*types.Package) error {
	for path, pkg := range imported {
		for _, wire := range p.nogo.facts[path] {
			var fact analysis.Fact
			if err := gob.NewDecoder(bytes.NewReader(wire.Fact)).Decode(&fact); err != nil {
				return err
			}
			key := factKey{pkg: pkg, fact: reflect.TypeOf(fact)}
			if wire.Path != "" {
				object, err := objectpath.Object(pkg, objectpath.Path(wire.Path))
				if err != nil {
					continue // the export data leaves out what nobody can name
				}
				key.object = object
			}
			p.facts[key] = fact
		}
	}
	return nil
}

// writeFacts encodes the facts about the package.
func (p *nogoPackage) writeFacts() error {
	var all []wireFact
	for key, fact := range p.facts {
		if key.pkg != p.types {
			continue
		}
		var wire wireFact
		if key.object != nil {
			path, err := objectpath.For(key.object)
			if err != nil {
				continue // nobody else can name it
			}
			wire.Path = string(path)
		}
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(&fact); err != nil {
			return err
		}
		wire.Fact = b.Bytes()
		all = append(all, wire)
	}
	p.nogo.facts[p.pkg.PkgPath] = all
	return nil
}

// analyze runs an analyzer after what it requires.
func (p *nogoPackage) analyze(a *analysis.Analyzer) error {
	if _, done := p.results[a]; done {
		return nil
	}
	results := make(map[*analysis.Analyzer]any)
	for _, req := range a.Requires {
		if err := p.analyze(req); err != nil {
			return err
		}
		results[req] = p.results[req]
	}
	read := func(key factKey, ptr analysis.Fact) bool {
		fact, ok := p.facts[key]
		if ok {
			reflect.ValueOf(ptr).Elem().Set(reflect.ValueOf(fact).Elem())
		}
		return ok
	}
	result, err := a.Run(&analysis.Pass{
		Analyzer: a, Fset: p.fset, Files: p.files, OtherFiles: p.pkg.OtherFiles, IgnoredFiles: p.pkg.IgnoredFiles,
		Pkg: p.types, TypesInfo: p.info, TypesSizes: p.pkg.TypesSizes, Module: &analysis.Module{},
		ResultOf: results, ReadFile: os.ReadFile,
		Report: func(d analysis.Diagnostic) {
			if p.roots[p.pkg] {
				at := p.fset.Position(d.Pos)
				p.findings = append(p.findings, Finding{relative(p.dir, at.Filename), at.Line, a.Name, d.Message})
			}
		},
		ImportObjectFact: func(o types.Object, f analysis.Fact) bool { return read(factKey{o, o.Pkg(), reflect.TypeOf(f)}, f) },
		ExportObjectFact: func(o types.Object, f analysis.Fact) { p.facts[factKey{o, o.Pkg(), reflect.TypeOf(f)}] = f },
		ImportPackageFact: func(pkg *types.Package, f analysis.Fact) bool {
			return read(factKey{nil, pkg, reflect.TypeOf(f)}, f)
		},
		ExportPackageFact: func(f analysis.Fact) { p.facts[factKey{nil, p.types, reflect.TypeOf(f)}] = f },
		AllObjectFacts: func() (all []analysis.ObjectFact) {
			for key, fact := range p.facts {
				if key.object != nil {
					all = append(all, analysis.ObjectFact{Object: key.object, Fact: fact})
				}
			}
			return all
		},
		AllPackageFacts: func() (all []analysis.PackageFact) {
			for key, fact := range p.facts {
				if key.object == nil {
					all = append(all, analysis.PackageFact{Package: key.pkg, Fact: fact})
				}
			}
			return all
		},
	})
	p.results[a] = result
	return err
}

package driver

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/finding"
)

// A unit is one package that is read from source.
type unit struct {
	pkg  *packages.Package
	root bool
	deps []*unit // the units that it imports

	// Set by check, in this order. What only the package's own analysis
	// needs is freed by release.
	files    []*ast.File
	info     *types.Info
	types    *types.Package
	errs     []buildError
	illTyped bool // this unit or one that it imports has errors
	sources  map[string]source

	// Set by the analysis.
	facts    *factStore
	findings []finding.Finding
	failures []failure
}

// foreign reports whether the package belongs to another module, which is not
// to be changed.
func (u *unit) foreign() bool { return u.pkg.Module != nil && !u.pkg.Module.Main }

// A source is what is remembered of a source file in order to change it.
type source struct {
	sum       [sha256.Size]byte
	generated bool
	foreign   bool // the package belongs to another module
}

// release frees what is no longer needed once the unit was analysed. Importers
// need its types and facts only. It is what keeps the peak of memory at a few
// packages' syntax instead of all packages'.
func (u *unit) release() { u.files, u.info = nil, nil }

// A checker reads packages from source, many at a time.
type checker struct {
	fset   *token.FileSet
	units  map[*packages.Package]*unit
	export *exportData
	// keepSums asks for checksums of the files of roots.
	keepSums bool
}

// check parses and type-checks u. All units that it imports were checked.
func (c *checker) check(u *unit) {
	c.parse(u)
	for _, dep := range u.deps {
		u.illTyped = u.illTyped || dep.illTyped
	}
	u.info = &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue),
		Defs:         make(map[*ast.Ident]types.Object),
		Uses:         make(map[*ast.Ident]types.Object),
		Implicits:    make(map[ast.Node]types.Object),
		Instances:    make(map[*ast.Ident]types.Instance),
		Scopes:       make(map[ast.Node]*types.Scope),
		Selections:   make(map[*ast.SelectorExpr]*types.Selection),
		FileVersions: make(map[*ast.File]string),
	}
	syntaxErrors := len(u.errs) > 0
	cfg := &types.Config{
		Importer: importerFunc(func(path string) (*types.Package, error) { return c.importPackage(u, path) }),
		Sizes:    u.pkg.TypesSizes,
		Error: func(err error) {
			if !syntaxErrors { // they bring on wrong types
				u.addError(err)
			}
		},
	}
	if mod := u.pkg.Module; mod != nil && mod.GoVersion != "" {
		cfg.GoVersion = "go" + mod.GoVersion
	}
	// The errors have gone through cfg.Error.
	u.types, _ = cfg.Check(u.pkg.PkgPath, c.fset, u.files, u.info)
	u.illTyped = u.illTyped || len(u.errs) > 0
}

// parse reads the files of u.
func (c *checker) parse(u *unit) {
	if c.keepSums && u.root {
		u.sources = make(map[string]source)
	}
	for _, name := range u.pkg.CompiledGoFiles {
		content, err := os.ReadFile(name)
		if err != nil {
			u.addError(err)
			continue
		}
		file, err := parser.ParseFile(c.fset, name, content, parser.AllErrors|parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			u.addError(err)
		}
		if file == nil {
			continue
		}
		u.files = append(u.files, file)
		if u.sources != nil {
			u.sources[name] = source{sum: sha256.Sum256(content), generated: ast.IsGenerated(file), foreign: u.foreign()}
		}
	}
}

// importPackage returns the package that path means in u.
func (c *checker) importPackage(u *unit, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := u.pkg.Imports[path]
	if pkg == nil {
		return nil, errors.New(notBuilt) // the go command says why: an import cycle, say
	}
	if dep := c.units[pkg]; dep != nil {
		return dep.types, nil
	}
	return c.export.lookup(pkg)
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// exportData holds the types of packages that come from what the compiler left
// in the build cache. Packages that are read so never import one that is read
// from source (see chooseSource), so one map serves all importers.
type exportData struct {
	fset     *token.FileSet
	packages map[string]*types.Package // by path; incomplete ones were only mentioned
	failed   map[string]error
}

// readExportData reads the types of all packages that units import and that
// are not units themselves.
//
// It happens before anything is checked because reading one package adds
// objects to the scopes of those that it mentions, which an analysis that goes
// on at the same time may be looking at.
func readExportData(fset *token.FileSet, units []*unit, isUnit map[*packages.Package]*unit) *exportData {
	e := &exportData{fset: fset, packages: make(map[string]*types.Package), failed: make(map[string]error)}
	for _, u := range units {
		for _, imp := range importsOf(u.pkg) {
			if isUnit[imp] == nil && imp.PkgPath != "unsafe" {
				e.read(imp)
			}
		}
	}
	return e
}

// read reads the types of pkg, unless that was done or tried before.
func (e *exportData) read(pkg *packages.Package) {
	if p := e.packages[pkg.PkgPath]; p != nil && p.Complete() || e.failed[pkg.PkgPath] != nil {
		return
	}
	if _, err := e.readFile(pkg); err != nil {
		e.failed[pkg.PkgPath] = err
	}
}

// lookup returns the types of pkg, which were read before.
func (e *exportData) lookup(pkg *packages.Package) (*types.Package, error) {
	if err := e.failed[pkg.PkgPath]; err != nil {
		return nil, err
	}
	if p := e.packages[pkg.PkgPath]; p != nil && p.Complete() {
		return p, nil
	}
	return nil, fmt.Errorf("no types of %q", pkg.PkgPath)
}

// notBuilt is the reason why a broken package cannot be imported.
const notBuilt = "package does not build"

func (e *exportData) readFile(pkg *packages.Package) (*types.Package, error) {
	if pkg.ExportFile == "" {
		return nil, errors.New(notBuilt)
	}
	f, err := os.Open(pkg.ExportFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// The go command's export files are archives, which Read alone does not take.
	//lint:ignore SA1019 needed until they are not
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("cannot read export data: %w", err)
	}
	return gcexportdata.Read(r, e.fset, e.packages, pkg.PkgPath)
}

// A buildError says why a package does not build.
type buildError struct {
	pos     string // file:line:col, file:line, or ""
	message string
}

// addError records an error of the parser, the type checker or the file
// system.
func (u *unit) addError(err error) {
	switch err := err.(type) {
	case scanner.ErrorList:
		err.RemoveMultiples() // the first error of a line brings on the others
		for _, e := range err {
			u.addError(e)
		}
	case *scanner.Error:
		u.errs = append(u.errs, buildError{err.Pos.String(), err.Msg})
	case types.Error:
		// A continuation of the error before it starts with a tab.
		u.errs = append(u.errs, buildError{err.Fset.Position(err.Pos).String(), strings.TrimSpace(err.Msg)})
	default:
		u.errs = append(u.errs, buildError{"", err.Error()})
	}
}

// buildErrors returns what keeps pkg from building: the findings of our own
// reading if there are any, because these have the best positions, else what
// the go command said.
func buildErrors(pkg *packages.Package, u *unit) []buildError {
	if u != nil {
		if own := slices.DeleteFunc(slices.Clone(u.errs), consequence); len(own) > 0 {
			return own
		}
	}
	var errs []buildError
	for _, e := range pkg.Errors {
		pos := e.Pos
		if pos == "-" {
			pos = ""
		}
		errs = append(errs, buildError{pos, strings.TrimSpace(e.Msg)})
	}
	if len(errs) == 0 && u != nil {
		return u.errs
	}
	return errs
}

// consequence reports whether e only says that an imported package is broken,
// which is reported there.
func consequence(e buildError) bool {
	return strings.HasPrefix(e.message, "could not import ") && strings.Contains(e.message, notBuilt)
}

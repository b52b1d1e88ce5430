package driver

import (
	"crypto/sha256"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/finding"
)

// A unit is one package that is read from source.
type unit struct {
	pkg  *packages.Package
	root bool
	deps []*unit // the units that it imports

	// known says that an earlier run has found out what is asked of the unit.
	known bool

	// Set by check, in this order. What only the package's own analysis
	// needs is freed by release.
	files    []*ast.File
	info     *types.Info
	types    *types.Package
	errs     []buildError
	illTyped bool // this unit or one that it imports has errors
	sources  map[string]source
	changed  bool // this unit or one that it imports is not what its key says

	// Set by the analysis.
	facts    *factStore // about the objects in types
	exported *exportedFacts
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
// need what it exports only. It is what keeps the peak of memory at a few
// packages' syntax instead of all packages'.
func (u *unit) release() {
	u.files, u.info, u.facts = nil, nil, nil
	if u.pkg.ExportFile != "" {
		u.types = nil
	}
}

// A checker reads packages from source, many at a time.
type checker struct {
	fset    *token.FileSet
	units   map[*packages.Package]*unit
	export  *exportData
	results *results
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
	u.sources = make(map[string]source, len(u.pkg.CompiledGoFiles))
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
		sum := sha256.Sum256(content)
		if before, ok := c.results.sum(name); ok && sum != before {
			u.changed = true
		}
		u.sources[name] = source{sum: sum, generated: ast.IsGenerated(file), foreign: u.foreign()}
	}
}

// importPackage returns the package that path means in u. Its types come from
// export data. If there is none, because the go command could not build a
// package that we can check, then its importers have none either, and what was
// read from source serves these.
func (c *checker) importPackage(u *unit, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := u.pkg.Imports[path]
	if pkg == nil {
		return nil, errors.New(notBuilt) // the go command says why: an import cycle, say
	}
	if dep := c.units[pkg]; dep != nil && pkg.ExportFile == "" {
		return dep.types, nil
	}
	return c.export.lookup(pkg)
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

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

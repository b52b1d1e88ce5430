package driver

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/exportdata"
)

// exportData holds the types of packages that come from what the compiler left
// in the build cache. Every package sees what it imports in this way, as it
// does under go vet, so that what is found of it does not depend on which other
// packages are read from source.
//
// It is read before anything is checked because reading one package adds
// objects to the scopes of those that it mentions, which an analysis that goes
// on at the same time may be looking at.
type exportData struct {
	fset   *token.FileSet
	types  map[*packages.Package]*types.Package
	failed map[*packages.Package]error
}

// notBuilt is the reason why a broken package cannot be imported.
const notBuilt = "package does not build"

// readExportData reads the types of all packages that units import, and of the
// packages of units, whose facts are about these types.
func readExportData(ctx context.Context, fset *token.FileSet, g *graph, units []*unit) (*exportData, error) {
	e := &exportData{fset: fset, types: make(map[*packages.Package]*types.Package), failed: make(map[*packages.Package]error)}
	needed := make(map[*packages.Package]bool)
	for _, u := range units {
		for _, imp := range u.pkg.Imports {
			needed[imp] = imp.PkgPath != "unsafe"
		}
	}
	// A package and its variants for tests have one path, so each test has a
	// world of its own. What has no variant there is shared by all.
	worlds := make(map[string][]*packages.Package)
	for _, pkg := range g.all {
		if pkg.ForTest != "" {
			worlds[pkg.ForTest] = append(worlds[pkg.ForTest], pkg)
		}
	}
	shared := make(map[string]*types.Package)
	for _, pkg := range g.all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if needed[pkg] && pkg.ForTest == "" {
			e.read(pkg, shared)
		}
	}
	for _, test := range slices.Sorted(maps.Keys(worlds)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(worlds[test], func(pkg *packages.Package) bool { return needed[pkg] }) {
			continue
		}
		world := maps.Clone(shared)
		for _, variant := range worlds[test] {
			delete(world, variant.PkgPath)
		}
		for _, variant := range worlds[test] {
			if needed[variant] {
				e.read(variant, world)
			}
		}
	}
	return e, nil
}

// read reads the types of pkg into a world: packages by path, of which
// incomplete ones were only mentioned by others.
func (e *exportData) read(pkg *packages.Package, world map[string]*types.Package) {
	p, err := readExportFile(e.fset, pkg, world)
	if err != nil {
		e.failed[pkg] = err
		return
	}
	e.types[pkg] = p
}

// lookup returns the types of pkg, which were read before.
func (e *exportData) lookup(pkg *packages.Package) (*types.Package, error) {
	if err := e.failed[pkg]; err != nil {
		return nil, err
	}
	if p := e.types[pkg]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no types of %q", pkg.PkgPath)
}

// readExportFile reads the types of a package that was built.
func readExportFile(fset *token.FileSet, pkg *packages.Package, world map[string]*types.Package) (*types.Package, error) {
	if pkg.ExportFile == "" {
		return nil, errors.New(notBuilt)
	}
	return exportdata.Read(fset, world, pkg.ExportFile, pkg.PkgPath)
}

package driver

import (
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// chooseSource returns the packages of g that are read from source. The types
// of all others come from export data, and nothing is known of what their
// functions do.
//
// The roots are always read, and so is everything else in the user's own
// modules: it is small, and what it does (end the process, sleep, call back)
// can matter without any library. Of other modules a package is read if it
// reaches a library through its imports, for only then can it finish or begin
// a transaction; but not if it is a library, if a library needs it, or if it
// belongs to the standard library.
//
// That set is closed upward: a package that imports a member is a member. So no
// chain of calls between members, on the way to a transaction, leads through a
// package of which nothing is known.
//
// Beside it are read the clients of other services that the user's own modules
// import: packages of other modules that import one that waits. A call of theirs
// takes longer than a statement, and only their source tells which ones do.
func chooseSource(g *graph, isStd func(*packages.Package) bool, libs Libraries) map[*packages.Package]bool {
	// What imports a package of the user must be read, even a library (the
	// user may work on the library itself, or replace what it imports).
	forced := make(map[*packages.Package]bool)
	for _, root := range g.roots {
		forced[root] = true
	}
	for _, pkg := range g.all {
		if isOwn(pkg) || importsAny(pkg, forced) {
			forced[pkg] = true
		}
	}

	// What a library imports is the library's own business. Leaving it out
	// is also what keeps the set closed upward without the library.
	skipped := make(map[*packages.Package]bool)
	for i := len(g.all) - 1; i >= 0; i-- {
		pkg := g.all[i]
		if libs.skip(pkg.PkgPath) && !forced[pkg] {
			skipped[pkg] = true
		}
		if skipped[pkg] {
			for _, imp := range pkg.Imports {
				skipped[imp] = true
			}
		}
	}

	reaching := make(map[*packages.Package]bool)
	chosen := make(map[*packages.Package]bool)
	for _, pkg := range g.all {
		if libs.matters(pkg.PkgPath) || importsAny(pkg, reaching) {
			reaching[pkg] = true
		}
		if forced[pkg] || reaching[pkg] && !skipped[pkg] && !isStd(pkg) {
			chosen[pkg] = true
		}
	}
	for _, pkg := range g.all {
		if !isOwn(pkg) {
			continue
		}
		for _, imp := range pkg.Imports {
			if !skipped[imp] && !isStd(imp) && libs.isClient(imp) {
				chosen[imp] = true
			}
		}
	}
	return chosen
}

// isOwn reports whether the user works on pkg: it belongs to the main module, to
// one of the workspace, or to one that is replaced by a directory.
func isOwn(pkg *packages.Package) bool {
	m := pkg.Module
	return m != nil && (m.Main || m.Replace != nil && m.Replace.Version == "")
}

// importsAny reports whether pkg imports a member of set.
func importsAny(pkg *packages.Package, set map[*packages.Package]bool) bool {
	for _, imp := range pkg.Imports {
		if set[imp] {
			return true
		}
	}
	return false
}

// inGoroot returns a predicate that holds for the packages of the standard
// library. They belong to no module and lie below GOROOT.
func inGoroot(goroot string) func(*packages.Package) bool {
	src := filepath.Join(goroot, "src") + string(filepath.Separator)
	return func(pkg *packages.Package) bool {
		if pkg.Module != nil {
			return false
		}
		return pkg.PkgPath == "unsafe" || len(pkg.GoFiles) > 0 && strings.HasPrefix(pkg.GoFiles[0], src)
	}
}

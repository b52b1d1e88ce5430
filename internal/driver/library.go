package driver

import (
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/catalog"
)

// Libraries says what the rules know of libraries without reading them.
type Libraries struct {
	// IsLibrary reports whether a package path belongs to a library whose
	// calls begin or use transactions. A package that imports none, directly
	// or through its imports, has no effect on any.
	IsLibrary func(pkgPath string) bool
	// IsOpaque reports whether nothing is gained by reading the package's
	// source, although it imports a library: a database driver, say.
	IsOpaque func(pkgPath string) bool
	// Waits reports whether functions of a package wait for another server or
	// for a program. It may be nil.
	Waits func(pkgPath string) bool
	// IsNamed reports whether the user's configuration says what the calls of
	// a package do. It is read all the same. It may be nil.
	IsNamed func(pkgPath string) bool
}

// matters reports whether what imports the package must be read.
func (l Libraries) matters(pkgPath string) bool {
	return l.IsLibrary(pkgPath) || l.IsNamed != nil && l.IsNamed(pkgPath)
}

// skip reports whether a package is not read although it reaches a library:
// what it does is known, or does not matter.
func (l Libraries) skip(pkgPath string) bool {
	return l.IsLibrary(pkgPath) || l.IsOpaque(pkgPath)
}

// isClient reports whether a package imports one that waits.
func (l Libraries) isClient(pkg *packages.Package) bool {
	if l.Waits == nil {
		return false
	}
	for _, imp := range pkg.Imports {
		if l.Waits(imp.PkgPath) {
			return true
		}
	}
	return false
}

// DefaultLibraries returns the libraries of the catalog.
func DefaultLibraries() Libraries {
	return Libraries{IsLibrary: catalog.IsLibrary, IsOpaque: below(opaqueRoots), Waits: catalog.WaitsIn}
}

// opaqueRoots are the import paths below which nothing is read: database
// drivers and the like, some of them huge, of which no caller gets or gives a
// transaction except through database/sql. The catalog names others.
var opaqueRoots = []string{
	"github.com/glebarez/go-sqlite",
	"github.com/jackc/puddle",
	"github.com/microsoft/go-mssqldb",
	"github.com/ncruces/go-sqlite3",
	"github.com/sijms/go-ora",
	"github.com/snowflakedb/gosnowflake",
	"xorm.io/builder",
}

// below returns a predicate that holds for the roots and what lies below them.
// A later major version (github.com/jackc/puddle/v2) lies below its root.
func below(roots []string) func(string) bool {
	known := make(map[string]bool, len(roots))
	for _, root := range roots {
		known[root] = true
	}
	return func(path string) bool {
		for {
			if known[path] {
				return true
			}
			i := strings.LastIndexByte(path, '/')
			if i < 0 {
				return false
			}
			path = path[:i]
		}
	}
}

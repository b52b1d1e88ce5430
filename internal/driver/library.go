package driver

import "strings"

// Libraries says what the rules know of libraries without reading them.
type Libraries struct {
	// IsLibrary reports whether a package path belongs to a library whose
	// calls begin or use transactions. A package that imports none, directly
	// or through its imports, has no effect on any.
	IsLibrary func(pkgPath string) bool
	// IsOpaque reports whether nothing is gained by reading the package's
	// source, although it imports a library: a database driver, say.
	IsOpaque func(pkgPath string) bool
}

// skip reports whether a package is not read although it reaches a library:
// what it does is known, or does not matter.
func (l Libraries) skip(pkgPath string) bool {
	return l.IsLibrary(pkgPath) || l.IsOpaque(pkgPath)
}

// DefaultLibraries returns the libraries that are known when no catalog says
// otherwise.
func DefaultLibraries() Libraries {
	return Libraries{IsLibrary: under(libraryRoots), IsOpaque: under(opaqueRoots)}
}

// libraryRoots are the import paths below which everything is a library.
var libraryRoots = []string{
	"database/sql",
	"cloud.google.com/go/spanner",
	"entgo.io/ent",
	"github.com/dgraph-io/badger",
	"github.com/doug-martin/goqu",
	"github.com/go-gorp/gorp",
	"github.com/go-pg/pg",
	"github.com/go-rel/rel",
	"github.com/gobuffalo/pop",
	"github.com/gocraft/dbr",
	"github.com/jackc/pgx",
	"github.com/jinzhu/gorm",
	"github.com/jmoiron/sqlx",
	"github.com/uptrace/bun",
	"github.com/upper/db",
	"github.com/volatiletech/sqlboiler",
	"go.etcd.io/bbolt",
	"go.mongodb.org/mongo-driver",
	"gorm.io/gen",
	"gorm.io/gorm",
	"xorm.io/xorm",
}

// opaqueRoots are drivers and the like: they import database/sql, some are
// huge, and no caller of theirs begins a transaction by calling them.
var opaqueRoots = []string{
	"github.com/ClickHouse/clickhouse-go",
	"github.com/go-sql-driver/mysql",
	"github.com/glebarez/go-sqlite",
	"github.com/jackc/puddle",
	"github.com/lib/pq",
	"github.com/mattn/go-sqlite3",
	"github.com/microsoft/go-mssqldb",
	"github.com/ncruces/go-sqlite3",
	"github.com/sijms/go-ora",
	"gorm.io/driver",
	"gorm.io/plugin",
	"modernc.org/sqlite",
	"xorm.io/builder",
}

// under returns a predicate that holds for the roots and what lies below them.
// A major version (github.com/jackc/pgx/v5) lies below its root. The package
// database/sql/driver does not open anything, and half the world imports it
// for a Valuer, so it does not count.
func under(roots []string) func(string) bool {
	known := make(map[string]bool, len(roots))
	for _, root := range roots {
		known[root] = true
	}
	return func(path string) bool {
		if path == "database/sql/driver" {
			return false
		}
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

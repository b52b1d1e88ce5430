// Package catalog holds what is known about the calls of database libraries:
// which begin a transaction, which finish it, which send a statement, which
// derive one handle from another.
//
// Knowledge is data: one file per library, one [Library] value in each, every
// row resolved in the real library by a test. The package knows nothing of
// SSA and nothing of the rules.
package catalog

import (
	"go/types"
	"slices"
	"strings"
	"sync"
)

// An Effect says what a call does to the handle it is made on.
type Effect uint8

const (
	// Begin opens a transaction and hands its handle out.
	Begin Effect = iota + 1
	// Commit ends the receiver's transaction and keeps its changes.
	Commit
	// Rollback ends the receiver's transaction and drops its changes.
	Rollback
	// Statement makes a round trip to the database, or prepares one.
	Statement
	// Derive hands out another handle on the same transaction.
	Derive
	// Release gives the receiver, a connection, back: an open transaction of it
	// ends.
	Release
	// Managed begins, calls its callback with the handle, and finishes.
	Managed
	// Start opens the transaction of the receiver, which a begin that Waits handed
	// out.
	Start
	// Fetch reads on from the results of a statement, which end with its
	// transaction.
	Fetch
	// Finish ends a transaction, one way or the other.
	Finish
	// Borrow uses what it is given, and neither ends nor keeps it.
	Borrow
	// Wait waits for something that is no database.
	Wait
)

// None stands for "there is no such parameter or result" in a [Call].
const None = -1

// A Call is one row: what one function or method of a library does.
// Parameter indices do not count the receiver.
type Call struct {
	// Func names the function, "Open", or the method, "DB.Begin".
	Func string
	Does Effect
	// Result is the index of the handle that Begin and Derive hand out.
	Result int
	// Err is the index of the error result, None where the error travels in
	// the handle (see [Type.ErrField]) or the call panics instead.
	Err int
	// Ctx is the index of the context whose end makes the library roll the
	// transaction back by itself, None where nothing does.
	Ctx int
	// Options is the index of the parameter that can make the transaction
	// read-only, None if there is none.
	Options int
	// From is the index of the parameter that a derived handle takes its
	// transaction from, or whose transaction the call ends, None where it is
	// the receiver.
	From int
	// Callback is the index of the function that Managed calls.
	Callback int
	// Write is the index of the parameter that says whether the transaction of a
	// Begin may write, if one that may not needs no end; None if each needs one.
	Write int
	// Lazy reports whether a Begin takes nothing until its handle is first used.
	Lazy bool
	// Waits reports whether a Lazy begin takes nothing until its Start.
	Waits bool
	// Writes reports whether a Statement can change rows.
	Writes bool
}

// A Role says what a handle type stands for.
type Role uint8

const (
	// Pool hands out connections by itself, one per statement.
	Pool Role = iota + 1
	// Conn is one connection.
	Conn
	// Tx is one transaction.
	Tx
	// Either is a pool or a transaction, which only the value can tell.
	Either
)

// A Type is a handle type of a library.
type Type struct {
	Name string
	Role Role
	// ErrField is the field that carries the error of the last call, "" if
	// calls return their errors.
	ErrField string
	// Chains reports whether every method that returns the type itself hands
	// out a handle on the same transaction.
	Chains bool
}

// A Library is what is known of one package.
type Library struct {
	// Path is the package's import path, Module and Version what the rows
	// were checked against ("" for the standard library).
	Path, Module, Version string
	// Rows is the path of the package whose rows these are, if it is an [Edition].
	Rows string
	// Doc is the address of the documentation that the rows rest on.
	Doc   string
	Types []Type
	Calls []Call
	// Results are the types of what a statement returns and what ends with its
	// transaction: rows, prepared statements.
	Results []string
	// DoneError is the error variable that a call returns for a transaction that
	// is over, with its package's path, "" if the library has none.
	DoneError string
	// RollbackAfterCommit reports whether a rollback after a commit is
	// harmless, so that a deferred rollback is a repair.
	RollbackAfterCommit bool
	// FailedCommitOpen reports whether the transaction is still open, and its
	// connection taken, after a commit that failed.
	FailedCommitOpen bool
	// AutoCommit reports whether a handle can be used after its end: its statements
	// are then in no transaction, and a commit does nothing.
	AutoCommit bool
	// NestedEnds reports whether a managed transaction on a transaction ends that
	// one.
	NestedEnds bool
	// IdleCommit reports whether a commit after the end does nothing and says
	// nothing of that.
	IdleCommit bool
	// CancelledRollbackKeeps reports whether a rollback under a context that
	// has ended leaves the connection taken.
	CancelledRollbackKeeps bool
}

// Libraries lists every library that has rows, in a fixed order.
func Libraries() []Library {
	return withEditions(slices.Concat([]Library{
		databaseSQL(), sqlDriver(), sqlxLibrary(), pgxLibrary(), pgxpoolLibrary(),
		pgx4Library(), pgxpool4Library(), goPGLibrary(),
		gormLibrary(), gorm1Library(), bunLibrary(), xormLibrary(), goXormLibrary(), gorpLibrary(), popLibrary(),
		dbxLibrary(), dbrLibrary(), goquLibrary(), boilLibrary(), bobLibrary(),
		spannerLibrary(), mongoLibrary(), mongo2Library(), neo4jLibrary(),
		bboltLibrary(), badgerLibrary(), memdbLibrary(),
	}, crdbLibraries(), trmLibraries()), func(l Library) string { return l.Module }, Edition.library)
}

// shapeLibraries are the packages with transactions beside the standard
// library. Most of their calls have no rows: what they do is told by effects
// and by the shape of their types. They are listed because a package that
// reaches one of them may hold transactions; every library with rows is among
// them.
var shapeLibraries = []string{
	"entgo.io/ent", "github.com/jinzhu/gorm", "github.com/uptrace/bun", "github.com/go-gorp/gorp",
	"xorm.io/xorm", "github.com/go-xorm/xorm", "github.com/xorm-io", "github.com/gobuffalo/pop", "github.com/pocketbase/dbx",
	"github.com/gocraft/dbr", "github.com/mailru/dbr", "github.com/doug-martin/goqu", "github.com/go-pg/pg", "github.com/jackc/pgx",
	"cloud.google.com/go/spanner", "go.mongodb.org/mongo-driver", "go.etcd.io/bbolt", "github.com/boltdb/bolt", "github.com/Masterminds/squirrel",
	"github.com/dgraph-io/badger", "github.com/hashicorp/go-memdb", "github.com/neo4j/neo4j-go-driver",
	"github.com/stephenafamo/bob", "github.com/stephenafamo/scan", "github.com/avito-tech/go-transaction-manager", "github.com/upper/db", "gopkg.in/gorp.v1", "gopkg.in/gorp.v2", "gopkg.in/gorp.v3",
	"github.com/cockroachdb/cockroach-go", "github.com/volatiletech/sqlboiler", "github.com/aarondl/sqlboiler",
	"gopkg.in/mgo.v2", "github.com/jmoiron/sqlx", "gorm.io", "zombiezen.com/go/sqlite", "crawshaw.io/sqlite",
	"github.com/ClickHouse/clickhouse-go", "github.com/lib/pq", "github.com/mattn/go-sqlite3", "modernc.org/sqlite", "github.com/go-sql-driver/mysql",
}

// IsLibrary reports whether the package of the given path belongs to a
// database library: the catalog speaks for it, its source need not be read.
func IsLibrary(path string) bool {
	if path == "database/sql" || path == "database/sql/driver" {
		return true
	}
	if strings.Contains(path, "/example") {
		return false // it uses the library that it is shipped with
	}
	for _, l := range shapeLibraries {
		if rest, ok := strings.CutPrefix(path, l); ok && (rest == "" || rest[0] == '/' || rest[0] == '.') {
			return true
		}
	}
	return false
}

// Reaches reports whether pkg is, or imports directly or through its imports,
// a database library. The memo may be nil; it is filled.
func Reaches(pkg *types.Package, memo map[*types.Package]bool) bool {
	if r, ok := memo[pkg]; ok {
		return r
	}
	r := IsLibrary(pkg.Path())
	if memo == nil {
		memo = map[*types.Package]bool{}
	}
	memo[pkg] = r
	for _, imp := range pkg.Imports() {
		if r {
			break
		}
		r = Reaches(imp, memo)
	}
	memo[pkg] = r
	return r
}

// A Row is a [Call] together with the library it belongs to.
type Row struct {
	*Library
	*Call
}

type index struct {
	// packages are those with rows: nearly every call is of another one, and
	// takes no further look-up.
	packages map[string]bool
	calls    map[string]Row
	types    map[string]typeRow
	results  map[string]bool
	// libraries are those with rows.
	libraries []Library
}

type typeRow struct {
	lib *Library
	typ *Type
}

var lookup = sync.OnceValue(func() index { return indexed(Libraries()) })

// indexed puts the rows in order.
func indexed(libs []Library) index {
	ix := index{map[string]bool{}, map[string]Row{}, map[string]typeRow{}, map[string]bool{}, libs}
	for i := range libs {
		l := &libs[i]
		ix.packages[l.Path] = true
		for j := range l.Calls {
			ix.calls[l.Path+"."+l.Calls[j].Func] = Row{l, &l.Calls[j]}
		}
		for j := range l.Types {
			ix.types[l.Path+"."+l.Types[j].Name] = typeRow{l, &l.Types[j]}
		}
		for _, name := range l.Results {
			ix.results[l.Path+"."+name] = true
		}
	}
	return ix
}

// Find returns what the catalog knows of fn, which may be a function, a
// method, or a method of an interface.
func Find(fn *types.Func) (Row, bool) {
	if fn == nil || fn.Pkg() == nil {
		return Row{}, false
	}
	path := unvendored(fn.Pkg().Path())
	if !lookup().packages[path] {
		return Row{}, false
	}
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		tn := typeName(recv.Type())
		if tn == nil {
			return Row{}, false
		}
		name = tn.Name() + "." + name
	}
	row, ok := lookup().calls[path+"."+name]
	if ok {
		return row, true
	}
	return chained(fn)
}

// chained answers for the methods of a fluent handle: whatever returns the
// handle's own type hands out the same transaction.
func chained(fn *types.Func) (Row, bool) {
	sig := fn.Signature()
	if sig.Recv() == nil || sig.Results().Len() != 1 {
		return Row{}, false
	}
	tr, ok := handleType(sig.Recv().Type())
	if !ok {
		return Row{}, false
	}
	return chainedOn(tr, fn)
}

// chainedOn answers for a method of the handle type of tr.
func chainedOn(tr typeRow, fn *types.Func) (Row, bool) {
	sig := fn.Signature()
	if !tr.typ.Chains || sig.Results().Len() != 1 || typeName(sig.Results().At(0).Type()) != typeName(sig.Recv().Type()) {
		return Row{}, false
	}
	call := row(Derive, fn.Name())
	return Row{tr.lib, &call}, true
}

// Handle returns the library and the type row of t, looking through one
// pointer, if t is a handle type.
func Handle(t types.Type) (*Library, *Type, bool) {
	tr, ok := handleType(t)
	return tr.lib, tr.typ, ok
}

func handleType(t types.Type) (typeRow, bool) {
	tn := typeName(t)
	if tn == nil || tn.Pkg() == nil {
		return typeRow{}, false
	}
	path := unvendored(tn.Pkg().Path())
	if !lookup().packages[path] {
		return typeRow{}, false
	}
	tr, ok := lookup().types[path+"."+tn.Name()]
	return tr, ok
}

// IsDoneError reports whether the error variable of the given name, written with
// its package's path, says that a transaction is over.
func IsDoneError(name string) bool {
	for _, l := range lookup().libraries {
		if l.DoneError == name {
			return true
		}
	}
	return false
}

// EndsWithTx reports whether t is, or points to, what statements return and what
// ends with their transaction.
func EndsWithTx(t types.Type) bool {
	tn := typeName(t)
	return tn != nil && tn.Pkg() != nil && lookup().packages[unvendored(tn.Pkg().Path())] && lookup().results[unvendored(tn.Pkg().Path())+"."+tn.Name()]
}

// typeName returns the name of t or of what t points to, nil if it has none.
func typeName(t types.Type) *types.TypeName {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj()
	}
	return nil
}

// unvendored returns the import path as it stands in source.
func unvendored(path string) string {
	if i := strings.LastIndex(path, "/vendor/"); i >= 0 {
		return path[i+len("/vendor/"):]
	}
	return strings.TrimPrefix(path, "vendor/")
}

// row returns a Call with every index absent.
func row(does Effect, fn string) Call {
	return Call{Func: fn, Does: does, Err: None, Ctx: None, Options: None, From: None, Callback: None, Write: None}
}

func begin(fn string, err, ctx, options int) Call {
	c := row(Begin, fn)
	c.Err, c.Ctx, c.Options = err, ctx, options
	return c
}

func finish(does Effect, fn string, err int) Call {
	c := row(does, fn)
	c.Err = err
	return c
}

func managed(fn string, callback, options, err int) Call {
	c := row(Managed, fn)
	c.Callback, c.Options, c.Err = callback, options, err
	return c
}

func derive(from int, fns ...string) []Call {
	var cs []Call
	for _, fn := range fns {
		c := row(Derive, fn)
		c.From = from
		cs = append(cs, c)
	}
	return cs
}

func statements(writes bool, fns ...string) []Call {
	var cs []Call
	for _, fn := range fns {
		c := row(Statement, fn)
		c.Writes = writes
		cs = append(cs, c)
	}
	return cs
}

func fetches(fns ...string) []Call {
	var cs []Call
	for _, fn := range fns {
		cs = append(cs, row(Fetch, fn))
	}
	return cs
}

// methods spreads the method names over a type: methods("Tx", "Exec") is "Tx.Exec".
func methods(typ string, names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = typ + "." + n
	}
	return out
}

func rows(groups ...[]Call) []Call {
	var out []Call
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// Hands reports whether fn, a method on a fluent handle, returns a handle on
// the same transaction, whatever else it does.
func Hands(fn *types.Func) bool {
	_, ok := chained(fn)
	return ok
}

package catalog

import (
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const kv = `package kv

import "context"

type DB struct{ Err error }

type Session struct{ *inner }

type inner struct{}

func (*inner) Close() error { return nil }

type Alias = Session

type Rows struct{}

var ErrDone error

func (db *DB) Txn(write bool) *Session { return nil }

type Store interface{ Get(ctx context.Context, key string) (*Rows, error) }

type Pool[T any] struct{}

func (p *Pool[T]) Begin() (*Session, error) { return nil, nil }

func (db *DB) Begin(ctx context.Context) (context.Context, *Session, error) { return ctx, nil, nil }

func (db *DB) With() *DB { return db }

func (s *Session) Commit() error { return nil }

func (s *Session) Cancel() {}

func Finish(ctx context.Context, s *Session, err *error) {}

func FinishAny(ctx context.Context, s any) {}

func Nothing(n int) {}

func Run(ctx context.Context, db *DB, fn func(*Session) error) error { return nil }

func Two(a, b func()) {}
`

// load type-checks a package.
func load(t *testing.T, path, source string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path+".go", source, 0)
	require.NoError(t, err)
	pkg, err := (&types.Config{Importer: importer.ForCompiler(fset, "source", nil)}).Check(path, fset, []*ast.File{file}, nil)
	require.NoError(t, err)
	return pkg
}

// method returns a function or method of a package.
func method(t *testing.T, pkg *types.Package, name string) *types.Func {
	t.Helper()
	typ, method, ok := strings.Cut(name, ".")
	obj := pkg.Scope().Lookup(typ)
	require.NotNil(t, obj, name)
	if ok {
		obj, _, _ = types.LookupFieldOrMethod(obj.Type(), true, pkg, method)
	}
	fn, isFunc := obj.(*types.Func)
	require.True(t, isFunc, name)
	return fn.Origin()
}

func number(n int) *int { return &n }

func TestRowsOfAUser(t *testing.T) {
	t.Parallel()
	pkg := load(t, "example.com/kv", kv)
	const path = "example.com/kv"
	for _, test := range []struct {
		row  UserRow
		want Call
		says string
	}{
		{UserRow{Type: "DB", Method: "Begin", Does: "begin"}, Call{Func: "DB.Begin", Does: Begin, Result: 1, Err: 2, Ctx: None, From: None, Callback: None}, "begin: hands out *kv.Session"},
		{UserRow{Type: "DB", Method: "Begin", Does: "begin", Context: number(0), Waits: true}, Call{Func: "DB.Begin", Does: Begin, Result: 1, Err: 2, Ctx: 0, From: None, Callback: None, Lazy: true, Waits: true}, "begin: hands out *kv.Session"},
		{UserRow{Type: "DB", Method: "Txn", Does: "begin", Writable: number(0)}, Call{Func: "DB.Txn", Does: Begin, Err: None, Ctx: None, From: None, Callback: None}, "begin: hands out *kv.Session, cannot fail"},
		{UserRow{Type: "Pool", Method: "Begin", Does: "begin"}, Call{Func: "Pool.Begin", Does: Begin, Result: 0, Err: 1, Ctx: None, From: None, Callback: None}, "begin: hands out *kv.Session"},
		{UserRow{Type: "Session", Method: "Commit", Does: "commit"}, Call{Func: "Session.Commit", Does: Commit, Err: 0, Ctx: None, From: None, Callback: None}, "commit: ends its receiver"},
		{UserRow{Type: "Session", Method: "Cancel", Does: "rollback"}, Call{Func: "Session.Cancel", Does: Rollback, Err: None, Ctx: None, From: None, Callback: None}, "rollback: ends its receiver"},
		{UserRow{Function: "Finish", Does: "finish"}, Call{Func: "Finish", Does: Finish, Err: None, Ctx: None, From: 1, Callback: None}, "finish: ends s *kv.Session"},
		{UserRow{Function: "FinishAny", Does: "finish"}, Call{Func: "FinishAny", Does: Finish, Err: None, Ctx: None, From: 1, Callback: None}, "finish: ends s any"},
		{UserRow{Function: "Run", Does: "managed"}, Call{Func: "Run", Does: Managed, Err: 0, Ctx: None, From: None, Callback: 2}, "managed: calls fn func(*kv.Session) error"},
		{UserRow{Type: "Store", Method: "Get", Does: "statement", Writes: true}, Call{Func: "Store.Get", Does: Statement, Err: 1, Ctx: None, From: None, Callback: None, Writes: true}, "statement: writes"},
	} {
		test.row.Package = path
		test.want.Options = None
		if test.row.Writable == nil {
			test.want.Write = None
		}
		c, err := NewCatalog([]UserRow{test.row})
		require.NoError(t, err)
		fn := method(t, pkg, test.want.Func)
		row, ok := c.Find(fn)
		if assert.True(t, ok, test.row.Name()) {
			assert.Equal(t, test.want, *row.Call)
			assert.Equal(t, path, row.Path)
		}
		says, err := c.Resolve(test.row, pkg)
		assert.NoError(t, err)
		assert.Equal(t, test.says, says)
		_, ok = Find(fn)
		assert.False(t, ok, "no row of one user is in the catalog of all")
	}
}

func TestTypesOfAUser(t *testing.T) {
	t.Parallel()
	pkg := load(t, "example.com/kv", kv)
	typ := func(name string) types.Type { return types.NewPointer(pkg.Scope().Lookup(name).Type()) }
	row := func(r UserRow) UserRow { r.Package = "example.com/kv"; return r }
	c, err := NewCatalog([]UserRow{
		row(UserRow{Type: "Session", Method: "Commit", Does: "commit"}),
		row(UserRow{Type: "DB", Is: "either", ErrorField: "Err", Chains: true, FailedCommitOpen: true, DoneError: "ErrDone"}),
		row(UserRow{Type: "Rows", Is: "rows"}),
	})
	require.NoError(t, err)
	_, session, ok := c.Handle(typ("Session"))
	require.True(t, ok, "what a row commits is a transaction")
	assert.Equal(t, Tx, session.Role)
	lib, db, ok := c.Handle(typ("DB"))
	require.True(t, ok)
	assert.Equal(t, Type{Name: "DB", Role: Either, ErrField: "Err", Chains: true}, *db)
	assert.True(t, lib.FailedCommitOpen)
	assert.True(t, c.IsDoneError("example.com/kv.ErrDone"))
	assert.False(t, IsDoneError("example.com/kv.ErrDone"))
	assert.True(t, c.IsHandle(typ("DB")))
	assert.True(t, c.EndsWithTx(typ("Rows")))
	assert.False(t, c.EndsWithTx(typ("DB")))
	with, ok := c.Find(method(t, pkg, "DB.With"))
	assert.True(t, ok && with.Does == Derive && c.Hands(method(t, pkg, "DB.With")))
	assert.True(t, c.Reaches(pkg, nil))
	importing := types.NewPackage("example.com/use", "use")
	importing.SetImports([]*types.Package{pkg})
	assert.True(t, c.Reaches(importing, nil))

	// Without rows nothing of it is known.
	var none *Catalog
	_, _, ok = none.Handle(typ("Session"))
	assert.False(t, ok || none.IsHandle(typ("DB")) || none.EndsWithTx(typ("Rows")) || none.Hands(method(t, pkg, "DB.With")) || none.Reaches(pkg, nil) || none.Names("example.com/kv"))
	_, ok = none.FindTrip(method(t, pkg, "Session.Commit"))
	assert.False(t, ok)
}

// A transaction that also begins is a pool or a transaction: a savepoint is none
// of the pool's.
func TestTypeThatBeginsAndEnds(t *testing.T) {
	t.Parallel()
	c, err := NewCatalog([]UserRow{
		{Package: "example.com/kv", Type: "DB", Method: "Begin", Does: "begin"},
		{Package: "example.com/kv", Type: "DB", Method: "Commit", Does: "commit"},
	})
	require.NoError(t, err)
	assert.Equal(t, Either, c.types["example.com/kv.DB"].typ.Role)
}

func TestRowsThatDoNotResolve(t *testing.T) {
	t.Parallel()
	pkg := load(t, "example.com/kv", kv)
	for _, test := range []struct {
		row         UserRow
		field, want string
	}{
		{UserRow{Function: "Begin", Does: "begin"}, "function", `unknown function "Begin"`},
		{UserRow{Function: "DB", Does: "begin"}, "function", `unknown function "DB"`},
		{UserRow{Type: "Run", Is: "tx"}, "type", `unknown type "Run"`},
		{UserRow{Type: "Session", Method: "Begin", Does: "begin"}, "method", `unknown method "Begin"`},
		{UserRow{Type: "Session", Method: "Close", Does: "finish"}, "method", "Session.Close is example.com/kv.inner.Close: a row must name that"},
		{UserRow{Type: "Alias", Is: "tx"}, "type", "Alias is another name of example.com/kv.Session"},
		{UserRow{Type: "DB", Is: "tx", ErrorField: "Error"}, "error-field", `unknown field "Error"`},
		{UserRow{Type: "Store", Is: "tx", ErrorField: "Error"}, "error-field", "Store is no struct"},
		{UserRow{Function: "Nothing", Does: "finish"}, "does", "it takes nothing that can be a transaction: its parameters are (n int)"},
		{UserRow{Function: "Two", Does: "managed"}, "does", "it takes several functions"},
		{UserRow{Function: "Nothing", Does: "managed"}, "does", "it takes no function"},
		{UserRow{Function: "Nothing", Does: "release"}, "function", `only a method can be what is "release"`},
		{UserRow{Type: "Session", Is: "tx", DoneError: "ErrOver"}, "done-error", `unknown error variable "ErrOver"`},
		{UserRow{Type: "DB", Method: "Begin", Does: "begin", Writable: number(0)}, "writable", "parameter 0 is neither true nor false but context.Context"},
		{UserRow{Type: "Session", Method: "Commit", Does: "commit", Error: number(1)}, "error", "there is no result 1: it has 1"},
	} {
		test.row.Package = "example.com/kv"
		require.NoError(t, test.row.Check())
		c, err := NewCatalog([]UserRow{test.row})
		require.NoError(t, err)
		_, err = c.Resolve(test.row, pkg)
		var wrong *UserError
		if assert.ErrorAs(t, err, &wrong, test.row.Name()) {
			assert.Equal(t, test.field, wrong.Field, wrong.Message)
			assert.Contains(t, wrong.Message, test.want)
		}
	}
	// What does not resolve does nothing, and certainly no harm.
	c, err := NewCatalog([]UserRow{{Package: "example.com/kv", Function: "Nothing", Does: "finish"}})
	require.NoError(t, err)
	_, ok := c.Find(method(t, pkg, "Nothing"))
	assert.False(t, ok)
}

func TestRowsFlag(t *testing.T) {
	t.Parallel()
	var none *Rows
	assert.Empty(t, none.String())
	rows := new(Rows)
	require.NoError(t, rows.Set(`[{"package": "a.b/c", "function": "F", "does": "finish"}]`))
	assert.True(t, rows.Catalog().Names("a.b/c"))
	require.NoError(t, rows.Set(""))
	assert.Nil(t, rows.Catalog())
	for _, text := range []string{"{}", "[", "[]]", `[{"pack": "a"}]`, `[{"package": "a"}]`, `[{"package":"a","function":"F","does":"finish"},{"package":"a","function":"F","does":"begin"}]`} {
		assert.Error(t, rows.Set(text), text)
	}
	assert.Nil(t, rows.Catalog(), "what is wrong changes nothing")
}

func TestParseFunction(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"example.com/db.Finish":       `{"package":"example.com/db","function":"Finish"}`,
		"example.com/db.Unit.Close":   `{"package":"example.com/db","type":"Unit","method":"Close"}`,
		"gopkg.in/gorp.v3.Finish":     `{"package":"gopkg.in/gorp.v3","function":"Finish"}`,
		"gopkg.in/gorp.v3.DbMap.Done": `{"package":"gopkg.in/gorp.v3","type":"DbMap","method":"Done"}`,
		"example.com/v1.2/db.Finish":  `{"package":"example.com/v1.2/db","function":"Finish"}`,
		"main.run":                    `{"package":"main","function":"run"}`,
	} {
		row, err := ParseFunction(name)
		require.NoError(t, err)
		text, err := json.Marshal(row)
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		assert.Equal(t, name, row.Name())
	}
	for _, name := range []string{"", "Finish", "example.com/db", "example.com/db.", ".Finish", "example.com/db.Fin-ish"} {
		_, err := ParseFunction(name)
		assert.Error(t, err, name)
	}
}

// Every word of the catalog can be said by a user, and every entry is written
// with one.
func TestEntries(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range Entries() {
		assert.True(t, e.Does != "" || e.Is != "" || e.Sends != "", "%v", e)
		assert.True(t, (e.Function == "") != (e.Type == ""), "%v", e)
		assert.True(t, e.Version != "" || strings.HasPrefix(e.Package, "database/sql"), "%v", e)
		name := UserRow{Package: e.Package, Type: e.Type, Method: e.Method, Function: e.Function}.Name()
		assert.False(t, seen[name], "%s twice", name)
		seen[name] = true
	}
	assert.Greater(t, len(seen), 500)
	assert.True(t, seen["database/sql.DB.BeginTx"] && seen["gorm.io/gorm.DB"] && seen["github.com/cockroachdb/cockroach-go/v2/crdb.ExecuteTx"])
}

package catalog

import (
	"go/types"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// saidBy tells, for every field of the rows of libraries, with which field of a
// row users say it, or why they need none.
var saidBy = map[string]map[string]string{
	"Call": {
		"Func": "method", "Does": "does", "Result": "result", "Err": "error", "Ctx": "context", "Options": "options", "From": "parameter",
		"Callback": "callback", "Write": "writable", "Lazy": "lazy", "Waits": "waits", "Writes": "writes",
	},
	"Type": {"Name": "type", "Role": "is", "ErrField": "error-field", "Chains": "chains"},
	"Library": {
		"Path": "package", "Types": "is", "Calls": "does", "Results": "is", "DoneError": "done-error",
		"RollbackAfterCommit": "rollback-after-commit", "FailedCommitOpen": "failed-commit-open", "AutoCommit": "auto-commit",
		"NestedEnds": "nested-ends", "IdleCommit": "idle-commit", "CancelledRollbackKeeps": "cancelled-rollback-keeps",
		"Module": "", "Version": "", "Rows": "", "Doc": "", // which library was read is said of libraries only
	},
	"TripCall": {"Func": "method", "Does": "sends", "Instead": "instead"},
	"TripLibrary": {
		"Path": "package", "Handles": "is", "Fluent": "is", "Cursors": "is", "Read": "instead", "Write": "instead", "Calls": "does",
		"Module": "", "Version": "", "Doc": "",
	},
}

// What rows of libraries can say, rows of users can say too.
func TestUsersCanSayWhatLibrariesSay(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{"": true}
	user := reflect.TypeFor[UserRow]()
	for i := range user.NumField() {
		name, _, _ := strings.Cut(user.Field(i).Tag.Get("json"), ",")
		fields[name] = true
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[Call](), reflect.TypeFor[Type](), reflect.TypeFor[Library](), reflect.TypeFor[TripCall](), reflect.TypeFor[TripLibrary]()} {
		said := saidBy[typ.Name()]
		assert.Len(t, said, typ.NumField(), typ.Name())
		for i := range typ.NumField() {
			by, ok := said[typ.Field(i).Name]
			assert.True(t, ok && fields[by], "%s.%s", typ.Name(), typ.Field(i).Name)
		}
	}
}

func TestStatementsOfAUser(t *testing.T) {
	t.Parallel()
	pkg := load(t, "example.com/kv", kv+`
func (s *Session) Exec(text string, args ...any) error { return nil }

func (r *Rows) Next() bool { return false }

type Query struct{}
`)
	exec := UserRow{Package: "example.com/kv", Type: "Session", Method: "Exec", Does: "statement"}
	for _, test := range []struct {
		sends  string
		writes bool
		want   Trip
		says   string
	}{
		{"", false, ReadTrip, "statement: reads"},
		{"", true, WriteTrip, "statement: writes"},
		{"text", false, TextTrip, "statement: as its text says"},
		{"text", true, ExecTrip, "statement: as its text says, else it writes"},
		{"many", true, BulkTrip, "statement: many at once"},
		{"nothing", false, NoTrip, "statement: sends nothing by itself"},
	} {
		row := exec
		row.Sends, row.Writes = test.sends, test.writes
		if test.want != BulkTrip && test.want != NoTrip {
			row.Instead = "send one"
		}
		require.NoError(t, row.Check())
		c, err := NewCatalog([]UserRow{row})
		require.NoError(t, err)
		trip, ok := c.FindTrip(method(t, pkg, "Session.Exec"))
		require.True(t, ok)
		assert.Equal(t, TripCall{"Session.Exec", test.want, row.Instead}, *trip.TripCall)
		says, err := c.Resolve(row, pkg)
		assert.NoError(t, err)
		assert.Equal(t, test.says, says)
	}

	c, err := NewCatalog([]UserRow{
		{Package: "example.com/kv", Type: "Query", Is: "query"}, {Package: "example.com/kv", Type: "Rows", Is: "cursor"},
		{Package: "example.com/kv", Type: "Session", Is: "tx", RollbackAfterCommit: true, CancelledRollbackKeeps: true},
	})
	require.NoError(t, err)
	typ := func(name string) types.Type { return types.NewPointer(pkg.Scope().Lookup(name).Type()) }
	assert.True(t, c.IsFluent(typ("Query")) && !c.IsHandle(typ("Query")) && !c.IsCursor(typ("Query")))
	assert.True(t, c.IsCursor(typ("Rows")) && !c.IsFluent(typ("Rows")))
	lib, _, ok := c.Handle(typ("Session"))
	assert.True(t, ok && lib.RollbackAfterCommit && lib.CancelledRollbackKeeps)
	fluent := types.NewNamed(types.NewTypeName(0, types.NewPackage("github.com/Masterminds/squirrel", "squirrel"), "SelectBuilder", nil), types.NewStruct(nil, nil), nil)
	var none *Catalog
	assert.True(t, none.IsFluent(fluent) && !none.IsHandle(fluent) && !c.IsHandle(fluent), "what gathers is no handle for that")
	assert.False(t, none.IsFluent(typ("Query")) || none.IsCursor(typ("Rows")))
}

func TestOptionsOfAUser(t *testing.T) {
	t.Parallel()
	pkg := load(t, "example.com/kv", kv+`
type Options struct{ ReadOnly bool }

func (db *DB) Open(opts *Options) *Session { return nil }

func (db *DB) Run(opts *Options, do func(*Session) error) error { return nil }
`)
	for _, row := range []UserRow{
		{Package: "example.com/kv", Type: "DB", Method: "Open", Does: "begin", Options: number(0)},
		{Package: "example.com/kv", Type: "DB", Method: "Run", Does: "managed", Options: number(0)},
	} {
		c, err := NewCatalog([]UserRow{row})
		require.NoError(t, err)
		found, ok := c.Find(method(t, pkg, row.local()))
		assert.True(t, ok && found.Options == 0, row.Name())
	}
}

func TestMistakesInStatementsOfAUser(t *testing.T) {
	t.Parallel()
	pkg := load(t, "example.com/kv", kv)
	for _, test := range []struct {
		row         UserRow
		field, want string
	}{
		{UserRow{Type: "Store", Method: "Get", Does: "statement", Sends: "lots"}, "sends", `unknown kind of statement "lots"`},
		{UserRow{Type: "Store", Method: "Get", Does: "statement", Sends: "nothing", Writes: true}, "writes", "what sends nothing writes nothing"},
		{UserRow{Type: "Store", Method: "Get", Does: "statement", Sends: "many", Instead: "x"}, "instead", "a call that sends many is not one statement for each element"},
		{UserRow{Type: "Store", Method: "Get", Does: "fetch", Sends: "many"}, "sends", `sends says nothing about what is "fetch"`},
		{UserRow{Type: "Session", Method: "Commit", Does: "statement", Sends: "text"}, "sends", "it takes no text"},
		{UserRow{Type: "DB", Method: "Begin", Does: "begin", Options: number(0)}, "options", "parameter 0 says nothing of transactions: it is context.Context"},
		{UserRow{Type: "DB", Method: "Begin", Does: "begin", Options: number(1)}, "options", "there is no parameter 1"},
		{UserRow{Type: "DB", Method: "Begin", Does: "begin", Options: number(-1)}, "options", "options is an index that counts from 0, not -1"},
		{UserRow{Function: "Two", Does: "managed", Callback: number(0), Options: number(1)}, "options", "parameter 1 says nothing of transactions"},
		{UserRow{Type: "Session", Is: "cursor"}, "is", "Session has no method Next"},
		{UserRow{Type: "Session", Is: "query", Chains: true}, "chains", `chains says nothing about what is "query"`},
		{UserRow{Type: "DB", Is: "pool", RollbackAfterCommit: true}, "rollback-after-commit", `rollback-after-commit says nothing about what is "pool"`},
	} {
		test.row.Package = "example.com/kv"
		err := test.row.Check()
		if err == nil {
			c, catalogErr := NewCatalog([]UserRow{test.row})
			require.NoError(t, catalogErr)
			_, err = c.Resolve(test.row, pkg)
		}
		var wrong *UserError
		if assert.ErrorAs(t, err, &wrong, test.row.Name()) {
			assert.Equal(t, test.field, wrong.Field, wrong.Message)
			assert.Contains(t, wrong.Message, test.want)
		}
	}
}

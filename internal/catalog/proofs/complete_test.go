package proofs

import (
	"go/types"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/txlint/txlint/internal/catalog"
)

// A group of methods that have no row, with the reason.
type rowless struct {
	because string
	methods []string
}

const (
	buildsOnly  = "no round trip: it adds to the statement that a later call sends"
	looksOnly   = "no round trip: it reads or sets something of the handle itself"
	writesText  = "no round trip: it turns arguments into text"
	buildsQuery = "no round trip: the query that it returns sends itself by its Exec or Scan"
)

// withoutRow lists, for every type that can be a transaction, the exported
// methods that have no row.
var withoutRow = map[string][]rowless{
	"github.com/jmoiron/sqlx.Tx": {
		{writesText, []string{"Rebind", "BindNamed"}},
		{looksOnly, []string{"DriverName"}},
	},
	"github.com/jackc/pgx/v5.Tx": {
		{"no round trip: the connection or the large objects that it returns send for themselves", []string{"Conn", "LargeObjects"}},
	},
	"github.com/jackc/pgx/v5/pgxpool.Tx": {
		{"no round trip: the connection or the large objects that it returns send for themselves", []string{"Conn", "LargeObjects"}},
	},
	"gorm.io/gorm.DB": {
		{buildsOnly, []string{
			"Assign", "Attrs", "Clauses", "Distinct", "Group", "Having", "InnerJoins", "Joins", "Limit", "MapColumns", "Model", "Not",
			"Offset", "Omit", "Or", "Order", "Preload", "Raw", "Scopes", "Select", "Table", "Unscoped", "Where",
		}},
		{looksOnly, []string{
			"AddError", "AfterInitialize", "Apply", "Callback", "DB", "Debug", "Get", "InstanceGet", "InstanceSet", "Name", "Session", "Set",
			"SetupJoinTable", "Use", "WithContext",
		}},
		{writesText, []string{"BindVarTo", "DataTypeOf", "DefaultValueOf", "Explain", "QuoteTo", "ToSQL"}},
		{"no round trip: what it returns sends for itself", []string{"Association", "Migrator"}},
		{"no round trip: it calls its argument with a handle on one connection and begins nothing", []string{"Connection"}},
		{"no round trip: it copies rows that were fetched before", []string{"ScanRows"}},
		{"no round trip of a transaction: it sets a new handle up", []string{"Initialize"}},
	},
	"github.com/jinzhu/gorm.DB": {
		{buildsOnly, []string{
			"Assign", "Attrs", "Group", "Having", "Joins", "Limit", "Model", "Not", "Offset", "Omit", "Or", "Order", "Preload",
			"Raw", "Scopes", "Select", "Table", "Unscoped", "Where",
		}},
		{looksOnly, []string{
			"AddError", "BlockGlobalUpdate", "Callback", "CommonDB", "DB", "Debug", "Dialect", "Get", "GetErrors", "HasBlockGlobalUpdate",
			"InstantSet", "LogMode", "New", "NewRecord", "NewScope", "RecordNotFound", "Set", "SetJoinTableHandler", "SetLogger",
			"SetNowFuncOverride", "SingularTable",
		}},
		{writesText, []string{"QueryExpr", "SubQuery"}},
		{"no round trip: what it returns sends for itself", []string{"Association"}},
		{"no round trip: it copies rows that were fetched before", []string{"ScanRows"}},
		{"no round trip: the lock of the handle, which is promoted by accident", []string{"Lock", "RLock", "RLocker", "RUnlock", "TryLock", "TryRLock", "Unlock"}},
		{"no finisher: it closes the pool that the handle was opened with", []string{"Close"}},
	},
	"github.com/uptrace/bun.Tx":  {{buildsQuery, bunBuilders}, {looksOnly, []string{"Dialect"}}},
	"github.com/uptrace/bun.IDB": {{buildsQuery, bunBuilders}, {looksOnly, []string{"Dialect"}}},
	"xorm.io/xorm.Session": {
		{buildsOnly, slices.Concat(xormBuilders, []string{"IndexHint", "NoVersionCheck"})},
		{looksOnly, slices.Concat(xormLooks, []string{"Engine", "IsInTx", "MustLogSQL"})},
		{pingsPool, []string{"Ping", "PingContext"}},
		{"no round trip: the transaction of database/sql that it returns sends for itself", []string{"Tx"}},
	},
	"github.com/go-xorm/xorm.Session": {
		{buildsOnly, slices.Concat(xormBuilders, []string{"Id", "Sql"})},
		{looksOnly, xormLooks},
		{pingsPool, []string{"Ping", "PingContext"}},
		{"it copies the session or sets it up anew, and begins and ends nothing", []string{"Clone", "Init"}},
	},
	"go.mongodb.org/mongo-driver/mongo.Session": {
		{looksOnly, mongoLooks},
		{"no round trip: the first operation on the session starts the transaction", []string{"StartTransaction"}},
	},
	"go.mongodb.org/mongo-driver/mongo.SessionContext": {
		{looksOnly, append([]string{"Deadline", "Done", "Err", "Value"}, mongoLooks...)},
		{"no round trip: the first operation on the session starts the transaction", []string{"StartTransaction"}},
	},
	"github.com/avito-tech/go-transaction-manager/trm/v2.Transaction": {{looksOnly, []string{"Closed", "IsActive"}}},
	"cloud.google.com/go/spanner.ReadOnlyTransaction": {
		{buildsOnly, []string{"WithBeginTransactionOption", "WithTimestampBound"}},
		{looksOnly, []string{"Timestamp"}},
	},
	"cloud.google.com/go/spanner.ReadWriteTransaction": {
		{"no round trip: the mutations are sent by the commit", []string{"BufferWrite"}},
	},
	"cloud.google.com/go/spanner.ReadWriteStmtBasedTransaction": {
		{"no round trip: the mutations are sent by the commit", []string{"BufferWrite"}},
	},
	"github.com/jackc/pgx/v4.Tx":         {{asksOther, []string{"Conn", "LargeObjects"}}},
	"github.com/jackc/pgx/v4/pgxpool.Tx": {{asksOther, []string{"Conn", "LargeObjects"}}},
	"github.com/go-pg/pg/v10.Tx": {
		{buildsQuery, []string{"Model", "ModelContext"}},
		{looksOnly, []string{"Context", "Formatter"}},
		{sameAgain, []string{"Begin"}},
	},
	"github.com/go-pg/pg/v10.DBI": {{buildsQuery, []string{"Model", "ModelContext"}}},
	"github.com/gobuffalo/pop/v6.Connection": {
		{buildsOnly, []string{
			"BelongsTo", "BelongsToAs", "BelongsToThrough", "EagerPreload", "Limit", "Order", "Paginate", "PaginateFromParams", "Q", "RawQuery",
			"Scope", "Select", "Where", "Eager",
		}},
		{looksOnly, []string{"Context", "MigrationTableName", "MigrationURL", "String", "URL", "WithContext"}},
		{"no finisher: it opens or closes the pool", []string{"Open", "Close"}},
	},
	"github.com/gobuffalo/pop/v6.Tx": {
		{sameAgain, []string{"Transaction", "TransactionContext", "TransactionContextOptions"}},
		{"it does nothing", []string{"Close"}},
		{writesText, []string{"Rebind", "BindNamed"}},
		{looksOnly, []string{"DriverName"}},
	},
	"github.com/pocketbase/dbx.Tx": {{buildsQuery, []string{
		"AddColumn", "AddForeignKey", "AddPrimaryKey", "AlterColumn", "CreateIndex", "CreateTable", "CreateUniqueIndex", "Delete", "DropColumn",
		"DropForeignKey", "DropIndex", "DropPrimaryKey", "DropTable", "Insert", "NewQuery", "RenameColumn", "RenameTable", "Select",
		"TruncateTable", "Update", "Upsert", "Model",
	}}, {writesText, []string{"GeneratePlaceholder", "Quote", "QuoteSimpleColumnName", "QuoteSimpleTableName"}}, {looksOnly, []string{"QueryBuilder"}}},
	"github.com/gocraft/dbr/v2.Tx": {
		{buildsQuery, dbrBuilders},
		{looksOnly, []string{"GetTimeout", "Event", "EventErr", "EventErrKv", "EventKv", "Timing", "TimingKv"}},
		{writesText, []string{"EncodeBool", "EncodeBytes", "EncodeString", "EncodeTime", "Placeholder", "QuoteIdent"}},
	},
	"github.com/stephenafamo/bob.Transaction": {{"package scan declares it, which has no rows", []string{"QueryContext"}}},
	"github.com/gocraft/dbr/v2.SessionRunner": {{buildsQuery, dbrBuilders}},
	"github.com/doug-martin/goqu/v9.TxDatabase": {
		{buildsQuery, []string{"Delete", "From", "Insert", "Select", "Truncate", "Update"}},
		{looksOnly, []string{"Dialect", "Logger", "Trace"}},
	},
	"go.mongodb.org/mongo-driver/v2/mongo.Session": {
		{looksOnly, append([]string{"SnapshotTime"}, mongoLooks...)},
		{"no round trip: the first operation on the session starts the transaction", []string{"StartTransaction"}},
		{"its callback is given a context like any other, and no handle", []string{"WithTransaction"}},
	},
	"go.etcd.io/bbolt.Tx":                {{looksOnly, []string{"DB", "ID", "OnCommit", "Size", "Stats", "Writable"}}},
	"github.com/dgraph-io/badger/v4.Txn": {{looksOnly, []string{"ReadTs"}}},
	"github.com/hashicorp/go-memdb.Txn": {
		{looksOnly, []string{"Changes", "Defer", "TrackChanges"}},
		{"it hands out a copy that may not write and needs no end", []string{"Snapshot"}},
	},
}

const (
	sameAgain = "it hands out the transaction that it is called on"
	asksOther = "no round trip: the connection or the large objects that it returns send for themselves"
)

const pingsPool = "no statement of the transaction: it asks the pool whether the database is there"

var (
	// xormBuilders and xormLooks are what both versions of a session have.
	xormBuilders = []string{
		"Alias", "AllCols", "And", "Asc", "BufferSize", "Cascade", "Charset", "Cols", "Decr", "Desc", "Distinct", "ForUpdate", "GroupBy",
		"Having", "ID", "In", "Incr", "Join", "Limit", "MustCols", "NoAutoCondition", "NoAutoTime", "NoCache", "NoCascade", "NotIn",
		"Nullable", "Omit", "Or", "OrderBy", "SQL", "Select", "SetExpr", "StoreEngine", "Table", "Unscoped", "UseBool", "Where",
	}
	xormLooks = []string{
		"After", "Before", "Conds", "Context", "ContextCache", "DB", "IsClosed", "LastSQL", "Prepare",
	}
	bunBuilders = []string{
		"NewAddColumn", "NewCreateIndex", "NewCreateTable", "NewDelete", "NewDropColumn", "NewDropIndex", "NewDropTable", "NewInsert",
		"NewMerge", "NewRaw", "NewSelect", "NewTruncateTable", "NewUpdate", "NewValues",
	}
	dbrBuilders = []string{
		"DeleteBySql", "DeleteFrom", "InsertBySql", "InsertInto", "Select", "SelectBySql", "Update", "UpdateBySql",
	}
	mongoLooks = []string{"AdvanceClusterTime", "AdvanceOperationTime", "Client", "ClusterTime", "ID", "OperationTime"}
)

// A method of a transaction that the catalog has never heard of is how a
// commit or a statement goes unseen: each one is a row or is listed.
func TestMethodsOfTransactionsAreComplete(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for typ := range withoutRow {
		listed[typ] = true
	}
	for _, l := range catalog.Libraries() {
		for _, typ := range l.Types {
			delete(listed, l.Path+"."+typ.Name)
		}
	}
	assert.Empty(t, listed, "methods of types without a row are listed")
	eachLibrary(t, func(t *testing.T, l loaded) {
		for _, typ := range l.Types {
			if typ.Role == catalog.Tx || typ.Role == catalog.Either {
				t.Run(typ.Name, func(t *testing.T) { checkComplete(t, l, typ) })
			}
		}
	})
}

func checkComplete(t *testing.T, l loaded, typ catalog.Type) {
	because := map[string]string{}
	for _, g := range withoutRow[original(l.Library)+"."+typ.Name] {
		for _, m := range g.methods {
			assert.Empty(t, because[m], "%s is listed twice", m)
			because[m] = g.because
		}
	}
	for fn := range methodsOf(l.pkg.Scope().Lookup(typ.Name).(*types.TypeName)) {
		row, ok := catalog.Find(fn)
		written := ok && isRow(row)
		switch reason := because[fn.Name()]; {
		case !written && reason == "":
			t.Errorf("%s has no row and no reason why", fn.FullName())
		case written && reason != "":
			t.Errorf("%s has a row although %q", fn.FullName(), reason)
		}
		delete(because, fn.Name())
	}
	for m := range because {
		if l.Rows != "" {
			continue // another edition need not have them all
		}
		t.Errorf("%s has no method %s", typ.Name, m)
	}
}

// methodsOf yields the exported methods of a type and of its pointer, promoted
// ones included.
func methodsOf(tn *types.TypeName) iter.Seq[*types.Func] {
	t := tn.Type()
	if !types.IsInterface(t) {
		t = types.NewPointer(t)
	}
	return func(yield func(*types.Func) bool) {
		ms := types.NewMethodSet(t)
		for i := range ms.Len() {
			if fn, ok := ms.At(i).Obj().(*types.Func); ok && fn.Exported() && !yield(fn) {
				return
			}
		}
	}
}

package proofs

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// A tx is a transaction of some library, in the words of the claims. Where a
// library takes no context, the argument is ignored.
type tx struct {
	handle           any
	exec             func(ctx context.Context, query string) error
	commit, rollback func(ctx context.Context) error
}

// A beginner runs one begin of a library. What it begins on, a connection for
// instance, it has before it is called.
type beginner func(ctx context.Context, readOnly bool) (tx, error)

// A runner runs one managed transaction of a library.
type runner func(ctx context.Context, readOnly bool, fn func(exec func(query string) error) error) error

// Calls are the begins and the managed transactions of a library by the name
// of their row. Each is made for a test, which it may prepare.
type calls struct {
	begins  map[string]func(t *testing.T) beginner
	managed map[string]func(t *testing.T) runner
}

// A subject is a library that is run.
type subject struct {
	path string
	// done is the error of a rollback after the end, nil where there is none.
	done error
	// takesContext reports whether commit and rollback take a context.
	takesContext bool
	// start lays a fresh world out.
	start func(t *testing.T) world
}

// A world is one fake server, a pool of connections to it, and the calls of
// the library on that pool.
type world struct {
	calls
	server *fake.Server
	// taken returns the number of connections that the pool misses.
	taken func() int
	// single reports whether there is no pool but one connection.
	single bool
}

var subjects = []subject{
	onSQL("database/sql", sqlCalls), onSQL("github.com/jmoiron/sqlx", sqlxCalls), onSQL("gorm.io/gorm", gormCalls),
	onSQL("github.com/jinzhu/gorm", gorm1Calls), onSQL("github.com/uptrace/bun", bunCalls), onSQL("xorm.io/xorm", xormCalls),
	onSQL("github.com/go-gorp/gorp/v3", gorpCalls), onSQL("github.com/gobuffalo/pop/v6", popCalls), onSQL("github.com/pocketbase/dbx", dbxCalls),
	onSQL("github.com/gocraft/dbr/v2", dbrCalls), onSQL("github.com/doug-martin/goqu/v9", goquCalls), onSQL("github.com/stephenafamo/bob", bobCalls),
	pgxSubject, pgxpoolSubject,
}

// library returns what the catalog says of the package.
func library(t *testing.T, path string) catalog.Library {
	t.Helper()
	for _, l := range catalog.Libraries() {
		if l.Path == path {
			return l
		}
	}
	require.FailNow(t, "no library "+path)
	return catalog.Library{}
}

// A run is one begin of one library in a world of its own.
type run struct {
	world
	subject
	lib   catalog.Library
	row   catalog.Call
	begin beginner
	// held is how many connections the pool misses before the begin: one,
	// where the begin is made on a connection.
	held int
}

// eachBegin runs a subtest for every begin of every library that is run.
func eachBegin(t *testing.T, test func(t *testing.T, r run)) {
	t.Helper()
	for _, s := range subjects {
		t.Run(s.path, func(t *testing.T) {
			t.Parallel()
			lib := library(t, s.path)
			for _, row := range lib.Calls {
				if row.Does != catalog.Begin || elsewhere[s.path+"."+row.Func] != "" {
					continue
				}
				t.Run(row.Func, func(t *testing.T) {
					t.Parallel()
					w := s.start(t)
					require.Contains(t, w.begins, row.Func, "the row is not run")
					begin := w.begins[row.Func](t)
					test(t, run{w, s, lib, row, begin, w.taken()})
				})
			}
		})
	}
}

// eachManaged runs a subtest for every managed transaction that is run.
func eachManaged(t *testing.T, test func(t *testing.T, w world, s subject, row catalog.Call, run runner)) {
	t.Helper()
	for _, s := range subjects {
		t.Run(s.path, func(t *testing.T) {
			t.Parallel()
			for _, row := range library(t, s.path).Calls {
				if row.Does != catalog.Managed || elsewhere[s.path+"."+row.Func] != "" {
					continue
				}
				t.Run(row.Func, func(t *testing.T) {
					t.Parallel()
					w := s.start(t)
					require.Contains(t, w.managed, row.Func, "the row is not run")
					test(t, w, s, row, w.managed[row.Func](t))
				})
			}
		})
	}
}

// elsewhere names the rows that the claims leave out, with the reason.
var elsewhere = map[string]string{
	"github.com/jackc/pgx/v5.Tx.Begin":                "a savepoint: TestBeginOnTransactionSetsSavepoint",
	"github.com/jackc/pgx/v5/pgxpool.Tx.Begin":        "a savepoint: TestBeginOnTransactionSetsSavepoint",
	"github.com/uptrace/bun.Tx.Begin":                 "a savepoint: TestBeginOnTransactionSetsSavepoint",
	"github.com/uptrace/bun.Tx.BeginTx":               "a savepoint: TestBeginOnTransactionSetsSavepoint",
	"github.com/uptrace/bun.Tx.RunInTx":               "a savepoint: TestManagedOnTransactionSetsSavepoint",
	"github.com/gobuffalo/pop/v6.Connection.Rollback": "it rolls back whatever its callback does: TestPopRollbackDropsEverything",
}

// notRun names the libraries of which only the names are proved.
var notRun = map[string]string{
	"database/sql/driver":                                         "interfaces that drivers implement: the fake one does",
	"github.com/go-xorm/xorm":                                     "an older state of xorm.io/xorm, which is run",
	"go.mongodb.org/mongo-driver/mongo":                           "sessions take a replica set",
	"github.com/cockroachdb/cockroach-go/v2/crdb":                 "it sends statements of its own: TestRetryLoopFinishes",
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbsqlx":        "the loop of crdb, which is run, around other handles",
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbgorm":        "the loop of crdb, which is run, around other handles",
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbpgx":         "the loop of crdb, which is run, around other handles",
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbpgxv5":       "the loop of crdb, which is run, around other handles",
	"cloud.google.com/go/spanner":                                 "transactions take a server",
	"github.com/avito-tech/go-transaction-manager/trm/v2":         "its managers are run: TestManagerFinishes",
	"github.com/avito-tech/go-transaction-manager/trm/v2/manager": "its managers are run: TestManagerFinishes",
	"github.com/avito-tech/go-transaction-manager/trm/v2/context": "its managers are run: TestManagerFinishes",
	"go.mongodb.org/mongo-driver/v2/mongo":                        "sessions take a replica set",
	"github.com/neo4j/neo4j-go-driver/v5/neo4j":                   "transactions take a server",
	"github.com/volatiletech/sqlboiler/v4/boil":                   "its database is global: TestBoilBeginsOnTheGlobalDatabase",
	"github.com/jackc/pgx/v4":                                     "an older state of pgx/v5, which is run",
	"github.com/jackc/pgx/v4/pgxpool":                             "an older state of pgx/v5/pgxpool, which is run",
	"github.com/go-pg/pg/v10":                                     "run without the claims about contexts: TestGoPGEnds and the tests beside it",
	"go.etcd.io/bbolt":                                            "a store in a file: TestEmbedded and the tests beside it",
	"github.com/dgraph-io/badger/v4":                              "a store in memory: TestEmbedded and the tests beside it",
	"github.com/hashicorp/go-memdb":                               "a store in memory: TestEmbedded and the tests beside it",
}

// A library is run or has a reason; without this a new one would be neither.
// What is left out by name is there to be left out.
func TestLibrariesAreRun(t *testing.T) {
	t.Parallel()
	run := map[string]bool{}
	for _, s := range subjects {
		run[s.path] = true
	}
	rows := map[string]bool{}
	for _, l := range catalog.Libraries() {
		of := original(l)
		assert.NotEqual(t, run[of], notRun[of] != "", of)
		assert.True(t, of == l.Path || !run[l.Path] && notRun[l.Path] == "", "%s is an edition of %s", l.Path, of)
		for _, c := range l.Calls {
			rows[l.Path+"."+c.Func] = true
		}
	}
	for row := range elsewhere {
		assert.True(t, rows[row], "%s is no row", row)
	}
}

// wait is how long something may take that must happen. Nothing waits so long
// unless the test is about to fail.
const wait = 20 * time.Second

// ends waits for the transaction to be over: none is open on the server, and
// the pool has back what it had before the begin.
func (r run) ends(t *testing.T) {
	t.Helper()
	require.Eventually(t, r.over, wait, time.Millisecond, "the transaction keeps its connection")
}

func (r run) over() bool { return r.server.Open() == 0 && r.taken() <= r.held }

// works proves that the pool is none the worse for what happened: it hands
// out a transaction that commits. A begin on a connection that was lost with
// its transaction cannot be asked that.
func (r run) works(t *testing.T) {
	t.Helper()
	again, err := r.begin(t.Context(), false)
	if err != nil && (r.held > 0 || r.single) {
		return
	}
	require.NoError(t, err)
	require.NoError(t, again.exec(t.Context(), "insert"))
	require.NoError(t, again.commit(t.Context()))
	r.ends(t)
}

package proofs

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/txlint/txlint/internal/catalog"
)

// A database is SQLite with one table whose rows may name their parent before
// it is there, as long as it is by the time of the commit.
type database struct {
	*sql.DB
	calls
}

const (
	insertRow    = "INSERT INTO rows (id) VALUES (1)"
	insertOrphan = "INSERT INTO rows (id, parent) VALUES (2, 99)"
)

// eachSQLite runs a subtest for every library that can run on SQLite. The pool
// has two connections: one for the transaction, one to look from outside.
func eachSQLite(t *testing.T, test func(t *testing.T, db database, lib catalog.Library)) {
	t.Helper()
	for path, on := range map[string]func(*testing.T, *sql.DB) calls{
		"database/sql": sqlCalls, "github.com/jmoiron/sqlx": sqlxCalls, "gorm.io/gorm": gormCalls,
		"github.com/jinzhu/gorm": gorm1Calls, "github.com/uptrace/bun": bunCalls, "xorm.io/xorm": xormCalls,
		"github.com/go-gorp/gorp/v3": gorpCalls, "github.com/gobuffalo/pop/v6": popCalls, "github.com/pocketbase/dbx": dbxCalls,
		"github.com/gocraft/dbr/v2": dbrCalls, "github.com/doug-martin/goqu/v9": goquCalls, "github.com/stephenafamo/bob": bobCalls,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			db := openSQLite(t)
			test(t, database{db, on(t, db)}, library(t, path))
		})
	}
}

// openSQLite opens a database file for the time of the test.
func openSQLite(t *testing.T) *sql.DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=foreign_keys(1)&_pragma=journal_mode(wal)&_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(2)
	_, err = db.Exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES rows DEFERRABLE INITIALLY DEFERRED)")
	require.NoError(t, err)
	return db
}

// eachSQLiteBegin runs each begin of a library in turn; every round must leave
// the table as it found it.
func eachSQLiteBegin(t *testing.T, test func(t *testing.T, db database, lib catalog.Library, row catalog.Call, begin beginner)) {
	t.Helper()
	eachSQLite(t, func(t *testing.T, db database, lib catalog.Library) {
		for _, row := range lib.Calls {
			if prepare := db.begins[row.Func]; prepare != nil {
				t.Run(row.Func, func(t *testing.T) {
					test(t, db, lib, row, prepare(t))
					_, err := db.Exec("DELETE FROM rows")
					require.NoError(t, err)
				})
			}
		}
	})
}

// rows counts what a connection outside the transaction sees.
func (db database) rows(t *testing.T) int {
	t.Helper()
	n := 0
	require.NoError(t, db.QueryRow("SELECT count(*) FROM rows").Scan(&n))
	return n
}

func TestSQLiteKeepsWhatIsCommitted(t *testing.T) {
	t.Parallel()
	eachSQLiteBegin(t, func(t *testing.T, db database, _ catalog.Library, _ catalog.Call, begin beginner) {
		tx, err := begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), insertRow))
		assert.Zero(t, db.rows(t))
		require.NoError(t, tx.commit(t.Context()))
		_ = tx.rollback(t.Context())
		assert.Equal(t, 1, db.rows(t), "also after a rollback")
	})
}

func TestSQLiteDropsWhatIsRolledBack(t *testing.T) {
	t.Parallel()
	eachSQLiteBegin(t, func(t *testing.T, db database, lib catalog.Library, _ catalog.Call, begin beginner) {
		tx, err := begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), insertRow))
		require.NoError(t, tx.rollback(t.Context()))
		assert.Zero(t, db.rows(t))
		assert.Equal(t, lib.AutoCommit, tx.commit(t.Context()) == nil)
		assert.Zero(t, db.rows(t))
	})
}

// A commit that the database refuses leaves nothing behind, neither rows nor
// a transaction on a connection of the pool.
func TestSQLiteRefusedCommit(t *testing.T) {
	t.Parallel()
	eachSQLiteBegin(t, func(t *testing.T, db database, lib catalog.Library, _ catalog.Call, begin beginner) {
		tx, err := begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), insertOrphan))
		require.ErrorContains(t, tx.commit(t.Context()), "FOREIGN KEY")
		_, err = db.Exec(insertRow)
		assert.Equal(t, lib.FailedCommitOpen, err != nil, "is the database still locked: %v", err)
		assert.Equal(t, 1, db.rows(t))
		next, err := begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, next.rollback(t.Context()))
	})
}

func TestSQLiteEndOfContextRollsBack(t *testing.T) {
	t.Parallel()
	eachSQLiteBegin(t, func(t *testing.T, db database, _ catalog.Library, row catalog.Call, begin beginner) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tx, err := begin(ctx, false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), insertRow))
		cancel()
		committed := 0
		if row.Ctx == catalog.None {
			committed = 1
			assert.NoError(t, tx.commit(t.Context()))
		} else {
			assert.Error(t, tx.commit(t.Context()))
		}
		assert.Equal(t, committed, db.rows(t))
	})
}

// A pool whose connections are all held by forgotten transactions hands out no
// more: this is what a leak does in the end.
func TestSQLiteLeaksExhaustThePool(t *testing.T) {
	t.Parallel()
	eachSQLite(t, func(t *testing.T, db database, lib catalog.Library) {
		for _, row := range lib.Calls {
			if prepare := db.begins[row.Func]; prepare != nil {
				begin := prepare(t)
				for db.Stats().InUse < 2 {
					_, err := begin(t.Context(), false)
					require.NoError(t, err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				assert.ErrorIs(t, db.PingContext(ctx), context.DeadlineExceeded)
				return // one begin is enough, the pool is spent
			}
		}
	})
}

func TestSQLiteManaged(t *testing.T) {
	t.Parallel()
	eachSQLite(t, func(t *testing.T, db database, _ catalog.Library) {
		for name, prepare := range db.managed {
			t.Run(name, func(t *testing.T) {
				run, no := prepare(t), errors.New("no")
				insert := func(exec func(string) error) error { return exec(insertRow) }
				require.ErrorIs(t, run(t.Context(), false, func(exec func(string) error) error {
					return errors.Join(insert(exec), no)
				}), no)
				assert.Zero(t, db.rows(t))
				assert.Panics(t, func() {
					_ = run(t.Context(), false, func(exec func(string) error) error {
						require.NoError(t, insert(exec))
						panic(no)
					})
				})
				assert.Zero(t, db.rows(t))
				require.Error(t, run(t.Context(), false, func(exec func(string) error) error { return exec(insertOrphan) }))
				assert.Zero(t, db.rows(t))
				require.NoError(t, run(t.Context(), false, insert))
				assert.Equal(t, 1, db.rows(t))
				_, err := db.Exec("DELETE FROM rows")
				require.NoError(t, err)
			})
		}
	})
}

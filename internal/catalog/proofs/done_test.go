package proofs

import (
	"context"
	"database/sql"
	"go/types"
	"strings"
	"testing"

	"github.com/go-pg/pg/v10"
	pg9 "github.com/go-pg/pg/v9"
	pgx4 "github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v5"
	gorm1 "github.com/jinzhu/gorm"
	"github.com/jmoiron/sqlx"
	"github.com/pocketbase/dbx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	berrors "go.etcd.io/bbolt/errors"
	"gorm.io/gorm"
	"xorm.io/xorm"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// What the catalog says of the time after the end of a transaction.

// doneErrors are the variables that rows name.
var doneErrors = map[string]error{
	"database/sql.ErrTxDone":              sql.ErrTxDone,
	"github.com/jackc/pgx/v5.ErrTxClosed": pgx.ErrTxClosed,
	"github.com/jackc/pgx/v4.ErrTxClosed": pgx4.ErrTxClosed,
	"github.com/go-pg/pg/v10.ErrTxDone":   pg.ErrTxDone,
	"github.com/go-pg/pg/v9.ErrTxDone":    pg9.ErrTxDone,
	"go.etcd.io/bbolt.ErrTxClosed":        berrors.ErrTxClosed,
}

// A DoneError is a variable of a library, and of type error.
func TestDoneErrorsExist(t *testing.T) {
	t.Parallel()
	libs, err := libraries()
	require.NoError(t, err)
	eachLibrary(t, func(t *testing.T, l loaded) {
		if l.DoneError == "" {
			return
		}
		assert.Contains(t, doneErrors, l.DoneError)
		assert.True(t, catalog.IsDoneError(l.DoneError))
		i := strings.LastIndexByte(l.DoneError, '.')
		for _, other := range libs {
			if other.Path == l.DoneError[:i] {
				v, ok := other.pkg.Scope().Lookup(l.DoneError[i+1:]).(*types.Var)
				assert.True(t, ok && isError(v.Type()), "%s is no error variable", l.DoneError)
				return
			}
		}
		t.Errorf("%s is in no package with rows", l.DoneError)
	})
}

// Results are types of the library, and what is fetched is fetched from them.
func TestResultsExist(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l loaded) {
		for _, name := range l.Results {
			tn, ok := l.pkg.Scope().Lookup(name).(*types.TypeName)
			if assert.True(t, ok, "no type %s", name) {
				assert.True(t, catalog.EndsWithTx(types.NewPointer(tn.Type())), "EndsWithTx does not know %s", name)
			}
		}
		for _, c := range l.Calls {
			if c.Does != catalog.Fetch {
				continue
			}
			fn, err := l.lookup(c.Func)
			require.NoError(t, err)
			from := fn.Signature().Recv()
			for p := range fn.Signature().Params().Variables() {
				if from == nil && catalog.EndsWithTx(p.Type()) {
					from = p
				}
			}
			require.NotNil(t, from, "%s fetches from nothing", c.Func)
			assert.True(t, catalog.EndsWithTx(from.Type()), "%s fetches from what is no result", c.Func)
		}
	})
}

// eachEnd runs a subtest for a transaction of every begin that was committed,
// and for one that was rolled back.
func eachEnd(t *testing.T, test func(t *testing.T, r run, tx tx, sent int)) {
	t.Helper()
	eachBegin(t, func(t *testing.T, r run) {
		for _, commit := range []bool{true, false} {
			tx, err := r.begin(t.Context(), false)
			require.NoError(t, err)
			if commit {
				require.NoError(t, tx.commit(t.Context()))
			} else {
				require.NoError(t, tx.rollback(t.Context()))
			}
			r.ends(t)
			test(t, r, tx, len(r.server.Log()))
			r.ends(t)
		}
	})
}

// A commit after the end changes nothing. It says so by the DoneError; gorm
// says so in the handle, and where a handle can be used after its end there is
// nothing to say.
func TestCommitAfterTheEnd(t *testing.T) {
	t.Parallel()
	eachEnd(t, func(t *testing.T, r run, tx tx, sent int) {
		err := tx.commit(t.Context())
		switch {
		case r.lib.AutoCommit:
			assert.NoError(t, err)
		case r.lib.DoneError != "":
			assert.ErrorIs(t, err, doneErrors[r.lib.DoneError])
		default:
			assert.Error(t, err)
		}
		assert.Len(t, r.server.Log(), sent, "nothing is sent")
	})
}

// A rollback after the end is harmless, be it the second or after a commit.
func TestRollbackAfterTheEnd(t *testing.T) {
	t.Parallel()
	eachEnd(t, func(t *testing.T, r run, tx tx, sent int) {
		for range 2 {
			assert.ErrorIs(t, tx.rollback(t.Context()), r.done)
		}
		assert.Equal(t, r.lib.RollbackAfterCommit, len(r.server.Log()) == sent)
	})
}

// A statement after the end fails and is not sent; where a handle can be used
// after its end, it is sent outside of any transaction.
func TestStatementAfterTheEnd(t *testing.T) {
	t.Parallel()
	eachEnd(t, func(t *testing.T, r run, tx tx, sent int) {
		err := tx.exec(t.Context(), "insert")
		if r.lib.AutoCommit {
			require.NoError(t, err)
			assert.Len(t, r.server.Log(), sent+1)
			assert.Zero(t, r.server.Open())
			assert.NoError(t, tx.rollback(t.Context()))
			assert.Len(t, r.server.Log(), sent+1, "there is nothing to roll back")
			return
		}
		assert.Error(t, err)
		if r.lib.DoneError != "" {
			assert.ErrorIs(t, err, doneErrors[r.lib.DoneError])
		}
		assert.Len(t, r.server.Log(), sent, "nothing is sent")
	})
}

// What a statement has returned, fetch by fetch: it is run once before the end
// of the transaction, to see that it can work, and once after it.
type fetching struct {
	// first runs a statement and returns what fetches from its result.
	first func(t *testing.T, db database) (fetch func() error, commit func() error)
}

const selectRows = "SELECT id FROM rows ORDER BY id"

// rowsOf makes a fetching of rows, whatever their library.
func rowsOf[R interface{ Next() bool }](query func(t *testing.T, db database) (R, func() error), fetch func(R) error) fetching {
	return fetching{func(t *testing.T, db database) (func() error, func() error) {
		rows, commit := query(t, db)
		return func() error { return fetch(rows) }, commit
	}}
}

func sqlRows(t *testing.T, db database) (*sql.Rows, func() error) {
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	rows, err := tx.Query(selectRows)
	require.NoError(t, err)
	return rows, tx.Commit
}

func sqlxRows(t *testing.T, db database) (*sqlx.Rows, func() error) {
	tx, err := sqlx.NewDb(db.DB, "sqlite").BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	rows, err := tx.Queryx(selectRows)
	require.NoError(t, err)
	return rows, tx.Commit
}

func dbxRows(t *testing.T, db database) (*dbx.Rows, func() error) {
	tx, err := dbx.NewFromDB(db.DB, "sqlite").BeginTx(t.Context(), nil)
	require.NoError(t, err)
	rows, err := tx.NewQuery(selectRows).Rows()
	require.NoError(t, err)
	return rows, tx.Commit
}

// next says by an error that there is no next row.
func next(rows interface{ Next() bool }) error {
	if !rows.Next() {
		return sql.ErrNoRows
	}
	return nil
}

// scanned moves to the next row, and fails where the scan does.
func scanned(rows interface{ Next() bool }, scan func() error) error {
	rows.Next()
	return scan()
}

type oneRow struct{ ID int }

var fetched = map[string]fetching{
	"database/sql.Rows.Next": rowsOf(sqlRows, func(r *sql.Rows) error { return next(r) }),
	"database/sql.Rows.Scan": rowsOf(sqlRows, func(r *sql.Rows) error {
		return scanned(r, func() error { return r.Scan(new(int)) })
	}),
	"database/sql.Row.Scan": {func(t *testing.T, db database) (func() error, func() error) {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return func() error { return tx.QueryRow(selectRows).Scan(new(int)) }, tx.Commit
	}},
	"github.com/jmoiron/sqlx.Rows.StructScan": rowsOf(sqlxRows, func(r *sqlx.Rows) error {
		return scanned(r, func() error { return r.StructScan(&oneRow{}) })
	}),
	"github.com/jmoiron/sqlx.Rows.SliceScan": rowsOf(sqlxRows, func(r *sqlx.Rows) error {
		return scanned(r, func() error { _, err := r.SliceScan(); return err })
	}),
	"github.com/jmoiron/sqlx.Rows.MapScan": rowsOf(sqlxRows, func(r *sqlx.Rows) error {
		return scanned(r, func() error { return r.MapScan(map[string]any{}) })
	}),
	"github.com/pocketbase/dbx.Rows.ScanMap": rowsOf(dbxRows, func(r *dbx.Rows) error {
		return scanned(r, func() error { return r.ScanMap(dbx.NullStringMap{}) })
	}),
	"github.com/pocketbase/dbx.Rows.ScanStruct": rowsOf(dbxRows, func(r *dbx.Rows) error {
		return scanned(r, func() error { return r.ScanStruct(&oneRow{}) })
	}),
	"github.com/jmoiron/sqlx.Row.Scan":       sqlxRow(func(r *sqlx.Row) error { return r.Scan(new(int)) }),
	"github.com/jmoiron/sqlx.Row.StructScan": sqlxRow(func(r *sqlx.Row) error { return r.StructScan(&oneRow{}) }),
	"github.com/jmoiron/sqlx.Row.SliceScan":  sqlxRow(func(r *sqlx.Row) error { _, err := r.SliceScan(); return err }),
	"github.com/jmoiron/sqlx.Row.MapScan":    sqlxRow(func(r *sqlx.Row) error { return r.MapScan(map[string]any{}) }),
}

func sqlxRow(scan func(*sqlx.Row) error) fetching {
	return fetching{func(t *testing.T, db database) (func() error, func() error) {
		tx, err := sqlx.NewDb(db.DB, "sqlite").BeginTxx(t.Context(), nil)
		require.NoError(t, err)
		return func() error { return scan(tx.QueryRowx(selectRows)) }, tx.Commit
	}}
}

// notFetched names the fetches that are not run on SQLite, with the reason.
var notFetched = map[string]string{
	"database/sql.Rows.NextResultSet":   "SQLite has one set of results: it is false before the end as well",
	"xorm.io/xorm.Rows.Next":            "TestXormRowsEndWithTheirTransaction",
	"xorm.io/xorm.Rows.Scan":            "TestXormRowsEndWithTheirTransaction",
	"github.com/go-xorm/xorm.Rows.Next": notRun["github.com/go-xorm/xorm"],
	"github.com/go-xorm/xorm.Rows.Scan": notRun["github.com/go-xorm/xorm"],
}

// notFetchedOf names the libraries none of whose fetches is run like these, with
// the reason.
var notFetchedOf = map[string]string{
	"github.com/jackc/pgx/v4":                   notRun["github.com/jackc/pgx/v4"],
	"github.com/neo4j/neo4j-go-driver/v5/neo4j": notRun["github.com/neo4j/neo4j-go-driver/v5/neo4j"],
	"go.etcd.io/bbolt":                          "TestEmbeddedResultsEnd",
	"github.com/dgraph-io/badger/v4":            "TestEmbeddedResultsEnd",
}

// Every fetch is run, here or on the fake PostgreSQL, or has a reason.
func TestFetchesAreRun(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, l := range catalog.Libraries() {
		for _, c := range l.Calls {
			if c.Does != catalog.Fetch || l.Rows != "" { // the rows of another edition, which are run
				continue
			}
			name := l.Path + "." + c.Func
			rows[name] = true
			_, onSQLite := fetched[name]
			_, onPostgres := fetchedPgx[name]
			ways := 0
			for _, way := range []bool{onSQLite, onPostgres, notFetched[name]+notFetchedOf[l.Path] != ""} {
				if way {
					ways++
				}
			}
			assert.Equal(t, 1, ways, "%s is run or has a reason", name)
		}
	}
	for name := range fetched {
		assert.True(t, rows[name], "%s is no row", name)
	}
	for name := range fetchedPgx {
		assert.True(t, rows[name], "%s is no row", name)
	}
	for name := range notFetched {
		assert.True(t, rows[name], "%s is no row", name)
	}
}

// openRows opens SQLite with three rows.
func openRows(t *testing.T) database {
	t.Helper()
	db := openSQLite(t)
	_, err := db.Exec("INSERT INTO rows (id) VALUES (1), (2), (3)")
	require.NoError(t, err)
	return database{DB: db}
}

func TestResultsEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	for name, f := range fetched {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fetch, commit := f.first(t, openRows(t))
			require.NoError(t, fetch(), "it works while the transaction is open")
			require.NoError(t, commit())
			assert.Error(t, fetch(), "and does not after its end")
		})
	}
}

// Prepared statements end as well: Stmt is a result although it fetches nothing.
func TestPreparedStatementsEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	db := openRows(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	stmt, err := tx.Prepare(insertOrphan)
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
	_, err = stmt.Exec()
	assert.Error(t, err)

	x, err := sqlx.NewDb(db.DB, "sqlite").Beginx()
	require.NoError(t, err)
	named, err := x.PrepareNamed("INSERT INTO rows (id) VALUES (:id)")
	require.NoError(t, err)
	_, err = named.Exec(oneRow{7})
	require.NoError(t, err)
	require.NoError(t, x.Commit())
	_, err = named.Exec(oneRow{8})
	assert.Error(t, err)
	assert.Equal(t, 4, db.rows(t), "what was executed before the end")
}

// gorm and bun hand out the rows of database/sql.
func TestRowsOfGormAndBunEnd(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]func(t *testing.T, db database) (*sql.Rows, func() error){
		"gorm.io/gorm": func(t *testing.T, db database) (*sql.Rows, func() error) {
			tx := openGorm(t, db.DB).Begin()
			rows, err := tx.Raw(selectRows).Rows()
			require.NoError(t, err)
			return rows, func() error { return tx.Commit().Error }
		},
		"github.com/jinzhu/gorm": func(t *testing.T, db database) (*sql.Rows, func() error) {
			tx := openGorm1(t, db.DB).Begin()
			rows, err := tx.Raw(selectRows).Rows()
			require.NoError(t, err)
			return rows, func() error { return tx.Commit().Error }
		},
		"github.com/uptrace/bun": func(t *testing.T, db database) (*sql.Rows, func() error) {
			tx, err := bun.NewDB(db.DB, sqlitedialect.New()).BeginTx(t.Context(), nil)
			require.NoError(t, err)
			rows, err := tx.Query(selectRows)
			require.NoError(t, err)
			return rows, tx.Commit
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, commit := query(t, openRows(t))
			require.True(t, rows.Next())
			require.NoError(t, commit())
			assert.False(t, rows.Next())
			assert.NoError(t, rows.Close())
		})
	}
}

// A statement through a gorm handle that is over leaves sql.ErrTxDone in what
// it returns, though the library names no DoneError.
func TestGormStatementAfterTheEnd(t *testing.T) {
	t.Parallel()
	db := openRows(t)
	tx := openGorm(t, db.DB).Begin()
	require.NoError(t, tx.Commit().Error)
	assert.ErrorIs(t, tx.Exec(insertOrphan).Error, sql.ErrTxDone)
	assert.ErrorIs(t, tx.Session(&gorm.Session{NewDB: true}).Exec(insertOrphan).Error, sql.ErrTxDone)
	tx1 := openGorm1(t, db.DB).Begin()
	require.NoError(t, tx1.Rollback().Error)
	assert.ErrorIs(t, tx1.Exec(insertOrphan).Error, sql.ErrTxDone)
	assert.IsType(t, &gorm1.DB{}, tx1)
	assert.Equal(t, 3, db.rows(t))
}

// fetchedPgx fetch from rows of pgx.
var fetchedPgx = map[string]func(rows pgx.Rows) error{
	"github.com/jackc/pgx/v5.Rows.Next":   func(r pgx.Rows) error { return next(r) },
	"github.com/jackc/pgx/v5.Rows.Scan":   func(r pgx.Rows) error { return scanned(r, func() error { return r.Scan(new(int)) }) },
	"github.com/jackc/pgx/v5.Rows.Values": func(r pgx.Rows) error { return scanned(r, func() error { _, err := r.Values(); return err }) },
	"github.com/jackc/pgx/v5.Row.Scan":    func(r pgx.Rows) error { return scanned(r, func() error { return r.Scan(new(int)) }) },
	"github.com/jackc/pgx/v5.CollectRows": func(r pgx.Rows) error { _, err := pgx.CollectRows(r, pgx.RowTo[int]); return err },
	"github.com/jackc/pgx/v5.CollectOneRow": func(r pgx.Rows) error {
		_, err := pgx.CollectOneRow(r, pgx.RowTo[int])
		return err
	},
	"github.com/jackc/pgx/v5.CollectExactlyOneRow": func(r pgx.Rows) error {
		_, err := pgx.CollectExactlyOneRow(r, pgx.RowTo[int])
		return err
	},
	"github.com/jackc/pgx/v5.AppendRows": func(r pgx.Rows) error {
		_, err := pgx.AppendRows([]int{}, r, pgx.RowTo[int])
		return err
	},
	"github.com/jackc/pgx/v5.ForEachRow": func(r pgx.Rows) error {
		_, err := pgx.ForEachRow(r, []any{new(int)}, func() error { return nil })
		return err
	},
}

// Rows of pgx that are still being read keep the connection busy: the commit
// fails, the connection is closed, and what is left of the rows is lost.
func TestPgxRowsEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	for name, fetch := range fetchedPgx {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connectPgx(t, &fake.Server{})
			tx, err := conn.Begin(t.Context())
			require.NoError(t, err)
			rows, err := tx.Query(t.Context(), "select")
			require.NoError(t, err)
			if !strings.Contains(name, "ExactlyOne") { // of two rows that one fails in any case
				require.NoError(t, fetch(rows), "it works while the transaction is open")
				rows.Close()
				require.NoError(t, rows.Err())
				rows, err = tx.Query(t.Context(), "select")
				require.NoError(t, err)
			}
			require.Error(t, tx.Commit(context.WithoutCancel(t.Context())))
			assert.Error(t, fetch(rows), "and does not after its end")
		})
	}
}

// A session of xorm takes its connection with Begin, not when it is made.
func TestXormSessionWaitsForItsBegin(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	s := openXorm(t, db).NewSession()
	assert.Zero(t, db.Stats().InUse)
	_, err := s.Exec("insert")
	require.NoError(t, err)
	assert.Equal(t, []string{"insert"}, server.Log(), "in no transaction")
	assert.Zero(t, db.Stats().InUse)
	require.NoError(t, s.Begin())
	assert.Equal(t, 1, db.Stats().InUse)
	require.NoError(t, s.Begin(), "a second begin does nothing")
	assert.Equal(t, 1, server.Count("begin"))
	require.NoError(t, s.Close())
	assert.Equal(t, []string{"insert", "begin", "rollback"}, server.Log())
	assert.Zero(t, db.Stats().InUse)
	assert.Zero(t, server.Open())
}

// Close is a rollback of what is open, and harmless after an end.
func TestXormCloseRollsBack(t *testing.T) {
	t.Parallel()
	db := openRows(t)
	s := openXorm(t, db.DB).NewSession()
	require.NoError(t, s.Begin())
	_, err := s.Exec("DELETE FROM rows")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.Equal(t, 3, db.rows(t))
	assert.Zero(t, db.Stats().InUse)

	s = openXorm(t, db.DB).NewSession()
	require.NoError(t, s.Begin())
	_, err = s.Exec("DELETE FROM rows WHERE id = 1")
	require.NoError(t, err)
	require.NoError(t, s.Commit())
	require.NoError(t, s.Close())
	assert.Equal(t, 2, db.rows(t))
}

// After its end a session is as good as one that never began: what it writes
// stays, whatever is rolled back, and Begin starts a new transaction.
func TestXormSessionAfterItsEnd(t *testing.T) {
	t.Parallel()
	db := openRows(t)
	s := openXorm(t, db.DB).NewSession()
	defer func() { assert.NoError(t, s.Close()) }()
	require.NoError(t, s.Begin())
	require.NoError(t, s.Commit())
	require.NoError(t, s.Commit(), "a second commit")
	_, err := s.Exec("DELETE FROM rows WHERE id = 1")
	require.NoError(t, err)
	require.NoError(t, s.Rollback(), "a rollback after the commit")
	assert.Equal(t, 2, db.rows(t), "the statement was in no transaction")
	require.NoError(t, s.Begin())
	_, err = s.Exec("DELETE FROM rows")
	require.NoError(t, err)
	assert.Equal(t, 2, db.rows(t))
	require.NoError(t, s.Rollback())
	assert.Equal(t, 2, db.rows(t), "begun anew, and rolled back")
}

// Rows that a session has open end with its transaction.
func TestXormRowsEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	db := openRows(t)
	s := openXorm(t, db.DB).NewSession()
	defer func() { assert.NoError(t, s.Close()) }()
	require.NoError(t, s.Begin())
	rows, err := s.SQL(selectRows).Rows(new(xormRow))
	require.NoError(t, err)
	require.True(t, rows.Next())
	var row xormRow
	require.NoError(t, rows.Scan(&row))
	assert.Equal(t, 1, row.ID)
	require.NoError(t, s.Commit())
	assert.False(t, rows.Next())
	assert.Error(t, rows.Scan(&row))
	assert.IsType(t, &xorm.Rows{}, rows)
}

type xormRow struct {
	ID int `xorm:"'id'"`
}

func (xormRow) TableName() string { return "rows" }

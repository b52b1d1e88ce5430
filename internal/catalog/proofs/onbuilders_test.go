package proofs

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/doug-martin/goqu/v9"
	"github.com/go-gorp/gorp/v3"
	"github.com/gobuffalo/pop/v6"
	"github.com/gocraft/dbr/v2"
	dbrdialect "github.com/gocraft/dbr/v2/dialect"
	"github.com/jmoiron/sqlx"
	"github.com/pocketbase/dbx"
	"github.com/stephenafamo/bob"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/volatiletech/sqlboiler/v4/boil"
)

// Libraries that build statements, each around a pool of database/sql.

// simpleTx wraps a transaction whose calls take no context. The interface says
// nothing of a pointer that is nil, so the begin's error does.
func simpleTx(h any, err error, exec func(query string) error, commit, rollback func() error) (tx, error) {
	if err != nil {
		return tx{}, err
	}
	return tx{
		handle:   h,
		exec:     func(_ context.Context, query string) error { return exec(query) },
		commit:   func(context.Context) error { return commit() },
		rollback: func(context.Context) error { return rollback() },
	}, nil
}

func gorpCalls(_ *testing.T, db *sql.DB) calls {
	m := &gorp.DbMap{Db: db, Dialect: gorp.SqliteDialect{}}
	return calls{begins: map[string]func(*testing.T) beginner{
		"DbMap.Begin": always(func(context.Context, bool) (tx, error) {
			h, err := m.Begin()
			return simpleTx(h, err, func(q string) error { _, err := h.Exec(q); return err }, func() error { return h.Commit() }, func() error { return h.Rollback() })
		}),
	}}
}

func dbxCalls(_ *testing.T, db *sql.DB) calls {
	d := dbx.NewFromDB(db, "sqlite")
	begun := func(h *dbx.Tx, err error) (tx, error) {
		return simpleTx(h, err, func(q string) error { _, err := h.NewQuery(q).Execute(); return err }, func() error { return h.Commit() }, func() error { return h.Rollback() })
	}
	in := func(fn func(func(string) error) error) func(*dbx.Tx) error {
		return func(h *dbx.Tx) error {
			return fn(func(q string) error { _, err := h.NewQuery(q).Execute(); return err })
		}
	}
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"DB.Begin":   always(func(context.Context, bool) (tx, error) { return begun(d.Begin()) }),
			"DB.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) { return begun(d.BeginTx(ctx, options(ro))) }),
		},
		managed: map[string]func(*testing.T) runner{
			"DB.Transactional": alwaysRuns(func(_ context.Context, _ bool, fn func(func(string) error) error) error {
				return d.Transactional(in(fn))
			}),
			"DB.TransactionalContext": alwaysRuns(func(ctx context.Context, ro bool, fn func(func(string) error) error) error {
				return d.TransactionalContext(ctx, options(ro), in(fn))
			}),
		},
	}
}

func dbrCalls(_ *testing.T, db *sql.DB) calls {
	session := (&dbr.Connection{DB: db, Dialect: dbrdialect.SQLite3, EventReceiver: &dbr.NullEventReceiver{}}).NewSession(nil)
	begun := func(h *dbr.Tx, err error) (tx, error) {
		return simpleTx(h, err, func(q string) error { _, err := h.UpdateBySql(q).Exec(); return err }, func() error { return h.Commit() }, func() error { return h.Rollback() })
	}
	return calls{begins: map[string]func(*testing.T) beginner{
		"Session.Begin":   always(func(context.Context, bool) (tx, error) { return begun(session.Begin()) }),
		"Session.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) { return begun(session.BeginTx(ctx, options(ro))) }),
	}}
}

func goquCalls(_ *testing.T, db *sql.DB) calls {
	g := goqu.New("sqlite3", db)
	begun := func(h *goqu.TxDatabase, err error) (tx, error) {
		return simpleTx(h, err, func(q string) error { _, err := h.Exec(q); return err }, func() error { return h.Commit() }, func() error { return h.Rollback() })
	}
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"Database.Begin":    always(func(context.Context, bool) (tx, error) { return begun(g.Begin()) }),
			"Database.BeginTx":  always(func(ctx context.Context, ro bool) (tx, error) { return begun(g.BeginTx(ctx, options(ro))) }),
			"SQLDatabase.Begin": always(func(context.Context, bool) (tx, error) { return asTx(goqu.SQLDatabase(db).Begin()) }),
			"SQLDatabase.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) {
				return asTx(goqu.SQLDatabase(db).BeginTx(ctx, options(ro)))
			}),
		},
		managed: map[string]func(*testing.T) runner{
			"Database.WithTx": alwaysRuns(func(_ context.Context, _ bool, fn func(func(string) error) error) error {
				return g.WithTx(func(h *goqu.TxDatabase) error {
					return fn(func(q string) error { _, err := h.Exec(q); return err })
				})
			}),
		},
	}
}

// Wrap ends the transaction that it is called on, whatever its argument does.
func TestGoquWrapEndsTheTransaction(t *testing.T) {
	t.Parallel()
	for ends, result := range map[string]error{"commit": nil, "rollback": sql.ErrNoRows} {
		server, db := openSQL(t)
		h, err := goqu.New("sqlite3", db).Begin()
		require.NoError(t, err)
		require.ErrorIs(t, h.Wrap(func() error { return result }), result)
		assert.Equal(t, []string{"begin", ends}, server.Log())
		assert.ErrorIs(t, h.Rollback(), sql.ErrTxDone)
		assert.Zero(t, db.Stats().InUse)
	}
}

func bobCalls(_ *testing.T, db *sql.DB) calls {
	b := bob.NewDB(db)
	begun := func(h bob.Tx, err error) (tx, error) {
		if err != nil {
			return tx{}, err
		}
		return tx{
			handle:   h,
			exec:     func(ctx context.Context, q string) error { _, err := h.ExecContext(ctx, q); return err },
			commit:   h.Commit,
			rollback: h.Rollback,
		}, nil
	}
	return calls{begins: map[string]func(*testing.T) beginner{
		"DB.Begin":   always(func(ctx context.Context, _ bool) (tx, error) { return begun(b.Begin(ctx)) }),
		"DB.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) { return begun(b.BeginTx(ctx, options(ro))) }),
		"Conn.Begin": func(t *testing.T) beginner {
			c := bob.NewConn(connection(t, db))
			return func(ctx context.Context, _ bool) (tx, error) { return begun(c.Begin(ctx)) }
		},
		"Conn.BeginTx": func(t *testing.T) beginner {
			c := bob.NewConn(connection(t, db))
			return func(ctx context.Context, ro bool) (tx, error) { return begun(c.BeginTx(ctx, options(ro))) }
		},
	}}
}

// The begins of sqlboiler are those of the global database, so that this test
// runs alone.
func TestBoilBeginsOnTheGlobalDatabase(t *testing.T) {
	server, db := openSQL(t)
	boil.SetDB(db)
	defer boil.SetDB(nil)
	h, err := boil.Begin()
	require.NoError(t, err)
	require.NoError(t, h.Commit())
	assert.ErrorIs(t, h.Rollback(), sql.ErrTxDone)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = boil.BeginTx(ctx, options(true))
	require.NoError(t, err)
	cancel()
	require.Eventually(t, func() bool { return server.Open() == 0 && db.Stats().InUse == 0 }, wait, 1)
	assert.Equal(t, []string{"begin", "commit", "begin read only", "rollback"}, server.Log())
}

// A popStore is what pop keeps of a pool that it opened itself.
type popStore struct{ *sqlx.DB }

func (s popStore) Transaction() (*pop.Tx, error) { return s.TransactionContext(context.Background()) }

func (s popStore) TransactionContext(ctx context.Context) (*pop.Tx, error) {
	return s.TransactionContextOptions(ctx, nil)
}

func (s popStore) TransactionContextOptions(ctx context.Context, opts *sql.TxOptions) (*pop.Tx, error) {
	h, err := s.BeginTxx(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("could not create new transaction: %w", err)
	}
	return &pop.Tx{ID: 1, Tx: h}, nil
}

func (popStore) Rollback() error { return nil }
func (popStore) Commit() error   { return nil }

func openPop(t *testing.T, db *sql.DB) *pop.Connection {
	t.Helper()
	c, err := pop.NewConnection(&pop.ConnectionDetails{Dialect: "mysql", Database: "d", Host: "localhost"})
	require.NoError(t, err)
	c.Store = popStore{sqlx.NewDb(db, "mysql")}
	return c
}

// Rollback begins, calls back, and rolls back without asking what for.
func TestPopRollbackDropsEverything(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	require.NoError(t, openPop(t, db).Rollback(func(tx *pop.Connection) {
		assert.NoError(t, tx.RawQuery("insert").Exec())
	}))
	assert.Equal(t, []string{"begin", "insert", "rollback"}, server.Log())
	assert.Zero(t, db.Stats().InUse)
}

// A begin on a transaction hands out the same one, and a Transaction on it ends
// it.
func TestPopBeginOnTransaction(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	tx, err := openPop(t, db).NewTransaction()
	require.NoError(t, err)
	again, err := tx.NewTransaction()
	require.NoError(t, err)
	assert.Same(t, tx.TX, again.TX)
	assert.True(t, library(t, "github.com/gobuffalo/pop/v6").NestedEnds)
	require.ErrorIs(t, tx.Transaction(func(*pop.Connection) error { return sql.ErrNoRows }), sql.ErrNoRows)
	assert.Equal(t, []string{"begin", "rollback"}, server.Log())
	assert.ErrorIs(t, again.TX.Commit(), sql.ErrTxDone)
}

func popCalls(t *testing.T, db *sql.DB) calls {
	c := openPop(t, db)
	begun := func(h *pop.Connection, err error) (tx, error) {
		if err != nil {
			return tx{}, err
		}
		return simpleTx(h, nil, func(q string) error { return h.RawQuery(q).Exec() }, func() error { return h.TX.Commit() }, func() error { return h.TX.Rollback() })
	}
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"Connection.NewTransaction":        always(func(context.Context, bool) (tx, error) { return begun(c.NewTransaction()) }),
			"Connection.NewTransactionContext": always(func(ctx context.Context, _ bool) (tx, error) { return begun(c.NewTransactionContext(ctx)) }),
			"Connection.NewTransactionContextOptions": always(func(ctx context.Context, ro bool) (tx, error) {
				return begun(c.NewTransactionContextOptions(ctx, options(ro)))
			}),
		},
		managed: map[string]func(*testing.T) runner{
			"Connection.Transaction": alwaysRuns(func(_ context.Context, _ bool, fn func(func(string) error) error) error {
				return c.Transaction(func(h *pop.Connection) error {
					return fn(func(q string) error { return h.RawQuery(q).Exec() })
				})
			}),
		},
	}
}

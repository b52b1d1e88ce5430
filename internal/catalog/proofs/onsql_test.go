package proofs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	gorm1 "github.com/jinzhu/gorm"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	dummy "gorm.io/gorm/utils/tests"
	"xorm.io/xorm"
	"xorm.io/xorm/core"
	"xorm.io/xorm/log"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// onSQL is a subject that runs on a pool of database/sql.
func onSQL(path string, on func(t *testing.T, db *sql.DB) calls) subject {
	s := subject{path: path, done: sql.ErrTxDone}
	if path == "github.com/jinzhu/gorm" || path == "xorm.io/xorm" {
		s.done = nil // the one drops sql.ErrTxDone, the other sends nothing after the end
	}
	s.start = func(t *testing.T) world {
		server := &fake.Server{}
		db := server.DB()
		t.Cleanup(func() { _ = db.Close() })
		return world{calls: on(t, db), server: server, taken: func() int { return db.Stats().InUse }}
	}
	return s
}

func options(readOnly bool) *sql.TxOptions { return &sql.TxOptions{ReadOnly: readOnly} }

// finisher is what the transactions of database/sql and those above it share.
type finisher interface {
	comparable
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	Commit() error
	Rollback() error
}

// asTx wraps a transaction whose calls return their errors.
func asTx[T finisher](h T, err error) (tx, error) {
	var zero T
	if h == zero {
		return tx{}, err
	}
	return tx{
		handle:   h,
		exec:     func(ctx context.Context, query string) error { _, err := h.ExecContext(ctx, query); return err },
		commit:   func(context.Context) error { return h.Commit() },
		rollback: func(context.Context) error { return h.Rollback() },
	}, err
}

// always makes a beginner that needs no preparation.
func always(b beginner) func(*testing.T) beginner {
	return func(*testing.T) beginner { return b }
}

// alwaysRuns makes a runner that needs no preparation.
func alwaysRuns(r runner) func(*testing.T) runner {
	return func(*testing.T) runner { return r }
}

// connection takes a connection out of the pool until the test ends. Its Close
// waits for the transactions on it, which end with the context of the test.
func connection(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(context.Background())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func sqlCalls(_ *testing.T, db *sql.DB) calls {
	return calls{begins: map[string]func(*testing.T) beginner{
		"DB.Begin":   always(func(context.Context, bool) (tx, error) { return asTx(db.Begin()) }),
		"DB.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) { return asTx(db.BeginTx(ctx, options(ro))) }),
		"Conn.BeginTx": func(t *testing.T) beginner {
			c := connection(t, db)
			return func(ctx context.Context, ro bool) (tx, error) { return asTx(c.BeginTx(ctx, options(ro))) }
		},
	}}
}

func sqlxCalls(_ *testing.T, db *sql.DB) calls {
	x := sqlx.NewDb(db, "sqlite")
	return calls{begins: map[string]func(*testing.T) beginner{
		"DB.Beginx":   always(func(context.Context, bool) (tx, error) { return asTx(x.Beginx()) }),
		"DB.BeginTxx": always(func(ctx context.Context, ro bool) (tx, error) { return asTx(x.BeginTxx(ctx, options(ro))) }),
		"DB.MustBegin": always(func(context.Context, bool) (tx, error) {
			return asTx(caught(func() *sqlx.Tx { return x.MustBegin() }))
		}),
		"DB.MustBeginTx": always(func(ctx context.Context, ro bool) (tx, error) {
			return asTx(caught(func() *sqlx.Tx { return x.MustBeginTx(ctx, options(ro)) }))
		}),
		"Conn.BeginTxx": func(t *testing.T) beginner {
			c, err := x.Connx(context.Background())
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			return func(ctx context.Context, ro bool) (tx, error) { return asTx(c.BeginTxx(ctx, options(ro))) }
		},
	}}
}

// caught returns a panic as an error.
func caught[T any](f func() T) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f(), nil
}

// A dialect of gorm that sends plain statements, and savepoints like the real
// dialects.
type dialect struct{ dummy.DummyDialector }

func (dialect) SavePoint(db *gorm.DB, name string) error {
	return db.Exec("savepoint " + name).Error
}

func (dialect) RollbackTo(db *gorm.DB, name string) error {
	return db.Exec("rollback to savepoint " + name).Error
}

func (dialect) Translate(err error) error { return err }

func openGorm(t *testing.T, db *sql.DB) *gorm.DB {
	t.Helper()
	g, err := gorm.Open(dialect{}, &gorm.Config{ConnPool: db, Logger: logger.Discard})
	require.NoError(t, err)
	return g
}

func gormTx(h *gorm.DB) (tx, error) {
	return tx{
		handle:   h,
		exec:     func(ctx context.Context, query string) error { return h.WithContext(ctx).Exec(query).Error },
		commit:   func(context.Context) error { return h.Commit().Error },
		rollback: func(context.Context) error { return h.Rollback().Error },
	}, h.Error
}

func gormCalls(t *testing.T, db *sql.DB) calls {
	g := openGorm(t, db)
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"DB.Begin": always(func(_ context.Context, ro bool) (tx, error) { return gormTx(g.Begin(options(ro))) }),
		},
		managed: map[string]func(*testing.T) runner{
			"DB.Transaction": alwaysRuns(func(_ context.Context, ro bool, fn func(func(string) error) error) error {
				return g.Transaction(func(tx *gorm.DB) error {
					return fn(func(query string) error { return tx.Exec(query).Error })
				}, options(ro))
			}),
		},
	}
}

func openGorm1(t *testing.T, db *sql.DB) *gorm1.DB {
	t.Helper()
	g, err := gorm1.Open("sqlite3", db)
	require.NoError(t, err)
	return g.LogMode(false)
}

func gorm1Tx(h *gorm1.DB) (tx, error) {
	return tx{
		handle:   h,
		exec:     func(_ context.Context, query string) error { return h.Exec(query).Error },
		commit:   func(context.Context) error { return h.Commit().Error },
		rollback: func(context.Context) error { return h.Rollback().Error },
	}, h.Error
}

func gorm1Calls(t *testing.T, db *sql.DB) calls {
	g := openGorm1(t, db)
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"DB.Begin":   always(func(context.Context, bool) (tx, error) { return gorm1Tx(g.Begin()) }),
			"DB.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) { return gorm1Tx(g.BeginTx(ctx, options(ro))) }),
		},
		managed: map[string]func(*testing.T) runner{
			"DB.Transaction": alwaysRuns(func(_ context.Context, _ bool, fn func(func(string) error) error) error {
				return g.Transaction(func(tx *gorm1.DB) error {
					return fn(func(query string) error { return tx.Exec(query).Error })
				})
			}),
		},
	}
}

func openXorm(t *testing.T, db *sql.DB) *xorm.Engine {
	t.Helper()
	e, err := xorm.NewEngineWithDB("sqlite", "file:none", core.FromDB(db))
	require.NoError(t, err)
	e.SetLogger(log.DiscardLogger{})
	return e
}

// xormBegin makes a session and starts its transaction; where that fails it
// closes the session.
func xormBegin(s *xorm.Session) (tx, error) {
	if err := s.Begin(); err != nil {
		return tx{}, errors.Join(err, s.Close())
	}
	return tx{
		handle:   s,
		exec:     func(ctx context.Context, query string) error { _, err := s.Context(ctx).Exec(query); return err },
		commit:   func(context.Context) error { return s.Commit() },
		rollback: func(context.Context) error { return s.Rollback() },
	}, nil
}

func xormCalls(t *testing.T, db *sql.DB) calls {
	e := openXorm(t, db)
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"Engine.NewSession": always(func(context.Context, bool) (tx, error) { return xormBegin(e.NewSession()) }),
			"EngineInterface.NewSession": always(func(context.Context, bool) (tx, error) {
				return xormBegin(xorm.EngineInterface(e).NewSession())
			}),
		},
		managed: map[string]func(*testing.T) runner{
			"Engine.Transaction": alwaysRuns(func(_ context.Context, _ bool, fn func(func(string) error) error) error {
				_, err := e.Transaction(func(s *xorm.Session) (any, error) {
					return nil, fn(func(query string) error { _, err := s.Exec(query); return err })
				})
				return err
			}),
		},
	}
}

func bunCalls(_ *testing.T, db *sql.DB) calls {
	b := bun.NewDB(db, sqlitedialect.New())
	onConn := func(t *testing.T) bun.Conn {
		c, err := b.Conn(context.Background())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"DB.Begin":    always(func(context.Context, bool) (tx, error) { return asTx(b.Begin()) }),
			"DB.BeginTx":  always(func(ctx context.Context, ro bool) (tx, error) { return asTx(b.BeginTx(ctx, options(ro))) }),
			"IDB.BeginTx": always(func(ctx context.Context, ro bool) (tx, error) { return asTx(bun.IDB(b).BeginTx(ctx, options(ro))) }),
			"Conn.BeginTx": func(t *testing.T) beginner {
				c := onConn(t)
				return func(ctx context.Context, ro bool) (tx, error) { return asTx(c.BeginTx(ctx, options(ro))) }
			},
		},
		managed: map[string]func(*testing.T) runner{
			"DB.RunInTx":   func(*testing.T) runner { return bunRunner(b) },
			"IDB.RunInTx":  func(*testing.T) runner { return bunRunner(b) },
			"Conn.RunInTx": func(t *testing.T) runner { return bunRunner(onConn(t)) },
		},
	}
}

func bunRunner(b bun.IDB) runner {
	return func(ctx context.Context, ro bool, fn func(func(string) error) error) error {
		return b.RunInTx(ctx, options(ro), func(ctx context.Context, tx bun.Tx) error {
			return fn(func(query string) error { _, err := tx.ExecContext(ctx, query); return err })
		})
	}
}

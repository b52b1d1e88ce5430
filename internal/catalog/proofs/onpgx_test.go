package proofs

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

var pgxSubject = subject{
	path: "github.com/jackc/pgx/v5", done: pgx.ErrTxClosed, takesContext: true,
	start: func(t *testing.T) world {
		server := &fake.Server{}
		conn := connectPgx(t, server)
		return world{calls: pgxCalls(conn), server: server, taken: func() int { return inTx(conn) }, single: true}
	},
}

// connectPgx opens a connection for the time of the test.
func connectPgx(t *testing.T, server *fake.Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// inTx counts the connection if a transaction keeps it from being used again.
func inTx(conn *pgx.Conn) int {
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return 0
	}
	return 1
}

func pgxOptions(readOnly bool) pgx.TxOptions {
	if readOnly {
		return pgx.TxOptions{AccessMode: pgx.ReadOnly}
	}
	return pgx.TxOptions{}
}

func pgxTx(h pgx.Tx, err error) (tx, error) {
	if h == nil {
		return tx{}, err
	}
	return tx{
		handle:   h,
		exec:     func(ctx context.Context, query string) error { _, err := h.Exec(ctx, query); return err },
		commit:   h.Commit,
		rollback: h.Rollback,
	}, err
}

// A pgxBeginner is a connection or a pool.
type pgxBeginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
}

func pgxBegin(b pgxBeginner) beginner {
	return func(ctx context.Context, _ bool) (tx, error) { return pgxTx(b.Begin(ctx)) }
}

func pgxBeginTx(b pgxBeginner) beginner {
	return func(ctx context.Context, ro bool) (tx, error) { return pgxTx(b.BeginTx(ctx, pgxOptions(ro))) }
}

func pgxCalls(conn *pgx.Conn) calls {
	in := func(ctx context.Context, fn func(func(string) error) error) func(pgx.Tx) error {
		return func(tx pgx.Tx) error {
			return fn(func(query string) error { _, err := tx.Exec(ctx, query); return err })
		}
	}
	return calls{
		begins: map[string]func(*testing.T) beginner{
			"Conn.Begin":   always(pgxBegin(conn)),
			"Conn.BeginTx": always(pgxBeginTx(conn)),
		},
		managed: map[string]func(*testing.T) runner{
			"BeginFunc": alwaysRuns(func(ctx context.Context, _ bool, fn func(func(string) error) error) error {
				return pgx.BeginFunc(ctx, conn, in(ctx, fn))
			}),
			"BeginTxFunc": alwaysRuns(func(ctx context.Context, ro bool, fn func(func(string) error) error) error {
				return pgx.BeginTxFunc(ctx, conn, pgxOptions(ro), in(ctx, fn))
			}),
		},
	}
}

var pgxpoolSubject = subject{
	path: "github.com/jackc/pgx/v5/pgxpool", done: pgx.ErrTxClosed, takesContext: true,
	start: func(t *testing.T) world {
		server := &fake.Server{}
		pool := openPool(t, server)
		return world{calls: pgxpoolCalls(pool), server: server, taken: func() int { return int(pool.Stat().AcquiredConns()) }}
	},
}

// openPool opens a pool for the time of the test. Its Close waits for every
// connection to come back; where a test drops one for good nobody may wait.
func openPool(t *testing.T, server *fake.Server) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), server.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(func() { go pool.Close() })
	return pool
}

func pgxpoolCalls(pool *pgxpool.Pool) calls {
	acquired := func(t *testing.T) *pgxpool.Conn {
		c, err := pool.Acquire(t.Context())
		require.NoError(t, err)
		t.Cleanup(c.Release)
		return c
	}
	return calls{begins: map[string]func(*testing.T) beginner{
		"Pool.Begin":   always(pgxBegin(pool)),
		"Pool.BeginTx": always(pgxBeginTx(pool)),
		"Conn.Begin":   func(t *testing.T) beginner { return pgxBegin(acquired(t)) },
		"Conn.BeginTx": func(t *testing.T) beginner { return pgxBeginTx(acquired(t)) },
	}}
}

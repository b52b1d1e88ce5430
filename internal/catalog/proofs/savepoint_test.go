package proofs

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"gorm.io/gorm"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// An outer transaction on which a begin, by some row, sets a savepoint.
type outer struct {
	server *fake.Server
	inner  func(ctx context.Context) (tx, error)
	commit func(ctx context.Context) error
	taken  func() int
}

var savepoints = map[string]func(t *testing.T) outer{
	"github.com/jackc/pgx/v5.Tx.Begin": func(t *testing.T) outer {
		server := &fake.Server{}
		conn := connectPgx(t, server)
		out, err := conn.Begin(t.Context())
		require.NoError(t, err)
		return outer{server, onPgx(out), out.Commit, func() int { return inTx(conn) }}
	},
	"github.com/jackc/pgx/v5/pgxpool.Tx.Begin": func(t *testing.T) outer {
		server := &fake.Server{}
		pool := openPool(t, server)
		out, err := pool.Begin(t.Context())
		require.NoError(t, err)
		return outer{server, onPgx(out), out.Commit, func() int { return int(pool.Stat().AcquiredConns()) }}
	},
	"github.com/uptrace/bun.Tx.Begin": func(t *testing.T) outer {
		return onBun(t, func(_ context.Context, out bun.Tx) (bun.Tx, error) { return out.Begin() })
	},
	"github.com/uptrace/bun.Tx.BeginTx": func(t *testing.T) outer {
		return onBun(t, func(ctx context.Context, out bun.Tx) (bun.Tx, error) {
			return out.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		})
	},
}

func onPgx(out pgx.Tx) func(context.Context) (tx, error) {
	return func(ctx context.Context) (tx, error) { return pgxTx(out.Begin(ctx)) }
}

func onBun(t *testing.T, begin func(context.Context, bun.Tx) (bun.Tx, error)) outer {
	server, db := openSQL(t)
	out, err := bun.NewDB(db, sqlitedialect.New()).BeginTx(t.Context(), nil)
	require.NoError(t, err)
	return outer{
		server,
		func(ctx context.Context) (tx, error) { return asTx(begin(ctx, out)) },
		func(context.Context) error { return out.Commit() },
		func() int { return db.Stats().InUse },
	}
}

// eachSavepoint runs a subtest for every row whose begin sets a savepoint.
func eachSavepoint(t *testing.T, test func(t *testing.T, o outer)) {
	t.Helper()
	for row, open := range savepoints {
		require.NotEmpty(t, elsewhere[row])
		t.Run(row, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// A begin on a transaction opens no second one: the commit of the outer one
// ends it, finished or not, and the pool has its connection.
func TestBeginOnTransactionSetsSavepoint(t *testing.T) {
	t.Parallel()
	eachSavepoint(t, func(t *testing.T, o outer) {
		inner, err := o.inner(t.Context())
		require.NoError(t, err)
		require.NoError(t, inner.exec(t.Context(), "insert"))
		assert.Equal(t, 1, o.server.Open())
		assert.Equal(t, 1, o.server.Count("savepoint"))
		assert.Equal(t, 1, o.server.Count("begin"))
		require.NoError(t, o.commit(t.Context()))
		assert.Zero(t, o.server.Open())
		assert.Zero(t, o.taken())
		assert.Error(t, inner.commit(t.Context()), "nothing is left of it")
	})
}

// Its own finishers leave the outer transaction open.
func TestFinishOfSavepointKeepsTransaction(t *testing.T) {
	t.Parallel()
	eachSavepoint(t, func(t *testing.T, o outer) {
		first, err := o.inner(t.Context())
		require.NoError(t, err)
		require.NoError(t, first.commit(t.Context()))
		second, err := o.inner(t.Context())
		require.NoError(t, err)
		require.NoError(t, second.rollback(t.Context()))
		assert.Equal(t, 1, o.server.Open())
		assert.Equal(t, 1, o.server.Count("release savepoint"))
		assert.Equal(t, 1, o.server.Count("rollback to savepoint"))
		require.NoError(t, o.commit(t.Context()))
		assert.Zero(t, o.taken())
	})
}

// The end of the context of the inner begin ends neither.
func TestEndOfContextKeepsSavepoint(t *testing.T) {
	t.Parallel()
	eachSavepoint(t, func(t *testing.T, o outer) {
		ctx, cancel := context.WithCancel(t.Context())
		inner, err := o.inner(ctx)
		require.NoError(t, err)
		cancel()
		assert.NoError(t, inner.exec(t.Context(), "insert"))
		assert.NoError(t, o.commit(t.Context()))
		assert.Equal(t, 1, o.server.Count("commit"))
	})
}

// A managed transaction within one sets a savepoint too, and goes back to it
// where its callback fails.
func TestManagedOnTransactionSetsSavepoint(t *testing.T) {
	t.Parallel()
	runners := map[string]func(t *testing.T, db *sql.DB, fn func() error) (run func() error, commit func() error){
		"github.com/uptrace/bun.Tx.RunInTx": func(t *testing.T, db *sql.DB, fn func() error) (func() error, func() error) {
			tx, err := bun.NewDB(db, sqlitedialect.New()).BeginTx(t.Context(), nil)
			require.NoError(t, err)
			return func() error {
				return tx.RunInTx(t.Context(), nil, func(context.Context, bun.Tx) error { return fn() })
			}, tx.Commit
		},
		"gorm.io/gorm.DB.Transaction": func(t *testing.T, db *sql.DB, fn func() error) (func() error, func() error) {
			tx := openGorm(t, db).Begin()
			require.NoError(t, tx.Error)
			return func() error { return tx.Transaction(func(*gorm.DB) error { return fn() }) },
				func() error { return tx.Commit().Error }
		},
	}
	for name, open := range runners {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, db := openSQL(t)
			var result error
			run, commit := open(t, db, func() error { return result })
			require.NoError(t, run())
			result = fake.ErrRefused
			require.ErrorIs(t, run(), fake.ErrRefused)
			assert.Equal(t, 1, server.Open())
			assert.Equal(t, 2, server.Count("savepoint"))
			assert.Equal(t, 1, server.Count("rollback to savepoint"))
			require.NoError(t, commit())
			require.Eventually(t, func() bool { return server.Open() == 0 && db.Stats().InUse == 0 }, wait, time.Millisecond)
		})
	}
}

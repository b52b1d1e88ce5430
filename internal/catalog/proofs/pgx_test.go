package proofs

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// Release with a transaction open ends it by destroying the connection: the
// pool has it neither idle nor acquired afterwards.
func TestPgxpoolReleaseDestroysTheConnection(t *testing.T) {
	t.Parallel()
	server := &fake.Server{}
	pool := openPool(t, server)
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	raw := conn.Conn()
	conn.Release()
	require.Eventually(t, func() bool { return pool.Stat().TotalConns() == 0 && server.Open() == 0 }, wait, time.Millisecond)
	assert.True(t, raw.IsClosed())
	assert.Equal(t, []string{"begin"}, server.Log(), "no rollback is sent")
	assert.Error(t, tx.Commit(t.Context()))
	_, err = pool.Exec(t.Context(), "insert")
	assert.NoError(t, err, "the pool opens another connection")
}

// Release without a transaction keeps the connection for the next.
func TestPgxpoolReleaseKeepsAnIdleConnection(t *testing.T) {
	t.Parallel()
	pool := openPool(t, &fake.Server{})
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	conn.Release()
	assert.EqualValues(t, 1, pool.Stat().IdleConns())
}

// The connection below an acquired one is the same: what is begun on it ends
// with the Release of the other.
func TestPgxpoolConnDerivesTheSameConnection(t *testing.T) {
	t.Parallel()
	server := &fake.Server{}
	pool := openPool(t, server)
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	_, err = conn.Conn().Begin(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, server.Open())
	conn.Release()
	require.Eventually(t, func() bool { return server.Open() == 0 && pool.Stat().AcquiredConns() == 0 }, wait, time.Millisecond)
}

func TestPgxConnCloseEndsTheTransaction(t *testing.T) {
	t.Parallel()
	server := &fake.Server{}
	conn := connectPgx(t, server)
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.Eventually(t, func() bool { return server.Open() == 0 }, wait, time.Millisecond)
	assert.Error(t, tx.Commit(t.Context()))
}

// The runners take whatever begins: on a pool they give the connection back.
func TestPgxRunnersOnPool(t *testing.T) {
	t.Parallel()
	server := &fake.Server{}
	pool := openPool(t, server)
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(pgx.Tx) error { return nil }))
	assert.ErrorIs(t, pgx.BeginTxFunc(t.Context(), pool, pgx.TxOptions{}, func(pgx.Tx) error { return fake.ErrRefused }), fake.ErrRefused)
	assert.Panics(t, func() { _ = pgx.BeginFunc(t.Context(), pool, func(pgx.Tx) error { panic("no") }) })
	assert.Equal(t, []string{"begin", "commit", "begin", "rollback", "begin", "rollback"}, server.Log())
	assert.Zero(t, pool.Stat().AcquiredConns())
}

// A runner whose context ends before it commits reports that, and the pool
// does not keep the connection.
func TestPgxRunnerUnderEndedContext(t *testing.T) {
	t.Parallel()
	server := &fake.Server{}
	pool := openPool(t, server)
	ctx, cancel := context.WithCancel(t.Context())
	err := pgx.BeginFunc(ctx, pool, func(pgx.Tx) error {
		cancel()
		return nil
	})
	assert.ErrorIs(t, err, context.Canceled)
	require.Eventually(t, func() bool { return server.Open() == 0 && pool.Stat().AcquiredConns() == 0 }, wait, time.Millisecond)
	assert.Equal(t, []string{"begin"}, server.Log())
}

// A batch can begin a transaction. The catalog has no row for it: the results
// of a batch that began none have no transaction either.
func TestPgxBatchBegins(t *testing.T) {
	t.Parallel()
	server := &fake.Server{}
	pool := openPool(t, server)
	batch := &pgx.Batch{}
	batch.BeginTx(pgx.TxOptions{})
	batch.Queue("insert")
	results := pool.SendBatch(t.Context(), batch)
	tx := results.Tx()
	require.NoError(t, results.Close())
	require.NotNil(t, tx)
	assert.Equal(t, 1, server.Open())
	assert.EqualValues(t, 1, pool.Stat().AcquiredConns())
	require.NoError(t, tx.Commit(t.Context()))
	assert.Zero(t, server.Open())
	assert.Zero(t, pool.Stat().AcquiredConns())

	plain := &pgx.Batch{}
	plain.Queue("insert")
	results = pool.SendBatch(t.Context(), plain)
	assert.Nil(t, results.Tx())
	require.NoError(t, results.Close())
}

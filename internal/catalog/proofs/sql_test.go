package proofs

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// openSQL opens a pool for the time of the test.
func openSQL(t *testing.T) (*fake.Server, *sql.DB) {
	t.Helper()
	server := &fake.Server{}
	db := server.DB()
	t.Cleanup(func() { _ = db.Close() })
	return server, db
}

// Close on a connection of database/sql is no Release: it does not end the
// transaction but waits until somebody else has ended it.
func TestSQLConnCloseWaitsForItsTransaction(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	tx, err := conn.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	closed := make(chan error, 1)
	go func() { closed <- conn.Close() }()
	select {
	case <-closed:
		t.Fatal("closed with a transaction open")
	case <-time.After(50 * time.Millisecond):
	}
	assert.Equal(t, 1, server.Open())
	require.NoError(t, tx.Rollback())
	require.NoError(t, <-closed)
	assert.Zero(t, db.Stats().InUse)
}

// A statement after the end fails and sends nothing.
func TestSQLStatementAfterTheEnd(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
	_, err = tx.ExecContext(t.Context(), "insert")
	assert.ErrorIs(t, err, sql.ErrTxDone)
	assert.ErrorIs(t, tx.Commit(), sql.ErrTxDone)
	assert.Equal(t, []string{"begin", "commit"}, server.Log())
}

// The rows of MustBegin have no error: they panic instead.
func TestSqlxMustBeginPanics(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	server.Fail(fake.Begin, fake.ErrRefused)
	x := sqlx.NewDb(db, "sqlite")
	assert.PanicsWithError(t, fake.ErrRefused.Error(), func() { x.MustBegin() })
	assert.PanicsWithError(t, fake.ErrRefused.Error(), func() { x.MustBeginTx(t.Context(), nil) })
	assert.Zero(t, db.Stats().InUse)
}

func TestSqlxUnsafeIsTheSameTransaction(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	tx, err := sqlx.NewDb(db, "sqlite").BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	unsafe := tx.Unsafe()
	_, err = unsafe.ExecContext(t.Context(), "insert")
	require.NoError(t, err)
	require.NoError(t, unsafe.Commit())
	assert.ErrorIs(t, tx.Rollback(), sql.ErrTxDone)
	assert.Equal(t, []string{"begin", "insert", "commit"}, server.Log())
	assert.Zero(t, db.Stats().InUse)
}

// Begins and finishers that sqlx does not declare are those of the handles
// that it embeds, and mean the same.
func TestSqlxPromotedMethods(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	x := sqlx.NewDb(db, "sqlite")
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := x.BeginTx(ctx, nil)
	require.NoError(t, err)
	cancel()
	require.Eventually(t, func() bool { return server.Open() == 0 && db.Stats().InUse == 0 }, wait, time.Millisecond)
	assert.Error(t, tx.Commit())
}

package proofs

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-pg/pg/v10"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// openGoPG opens a pool for the time of the test.
func openGoPG(t *testing.T, server *fake.Server) *pg.DB {
	t.Helper()
	config, err := pgx.ParseConfig(server.Postgres(t))
	require.NoError(t, err)
	db := pg.Connect(&pg.Options{
		Addr: fmt.Sprintf("%s:%d", config.Host, config.Port), User: config.User, Database: config.Database,
		PoolSize: 2, PoolTimeout: time.Second, ReadTimeout: wait, WriteTimeout: wait,
	})
	t.Cleanup(func() { go func() { _ = db.Close() }() })
	return db
}

func takenOfGoPG(db *pg.DB) int {
	stats := db.PoolStats()
	return int(stats.TotalConns) - int(stats.IdleConns)
}

// Each end gives the connection back, also one that fails, and what comes after
// it fails with the error that the rows name.
func TestGoPGEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(tx *pg.Tx) error{
		"commit": (*pg.Tx).Commit, "rollback": (*pg.Tx).Rollback, "close": (*pg.Tx).Close,
		"run": func(tx *pg.Tx) error { return tx.RunInTransaction(t.Context(), func(*pg.Tx) error { return nil }) },
	} {
		for _, refused := range []bool{false, true} {
			t.Run(fmt.Sprint(name, refused), func(t *testing.T) {
				t.Parallel()
				server := &fake.Server{}
				db := openGoPG(t, server)
				tx, err := db.Begin()
				require.NoError(t, err)
				same, err := tx.Begin()
				require.NoError(t, err)
				assert.Same(t, tx, same, "a begin on a transaction")
				_, err = tx.Exec("insert")
				require.NoError(t, err)
				if refused {
					server.Fail(fake.Commit, fake.ErrRefused)
					server.Fail(fake.Rollback, fake.ErrRefused)
				}
				assert.Equal(t, refused, end(tx) != nil)
				sent := len(server.Log())
				assert.ErrorIs(t, tx.Commit(), pg.ErrTxDone)
				assert.ErrorIs(t, tx.Rollback(), pg.ErrTxDone)
				assert.NoError(t, tx.Close())
				_, err = tx.Exec("insert")
				assert.ErrorIs(t, err, pg.ErrTxDone)
				assert.Len(t, server.Log(), sent, "nothing is sent after the end")
				assert.Eventually(t, func() bool { return takenOfGoPG(db) == 0 }, wait, time.Millisecond)
			})
		}
	}
}

// What is forgotten keeps its connection, and the pool runs out of them.
func TestGoPGForgotten(t *testing.T) {
	t.Parallel()
	db := openGoPG(t, &fake.Server{})
	var dbi pg.DBI = db
	for _, begin := range []func() (*pg.Tx, error){db.Begin, dbi.Begin} {
		_, err := begin()
		require.NoError(t, err)
	}
	_, err := db.Begin()
	assert.Error(t, err)
}

func TestGoPGManaged(t *testing.T) {
	t.Parallel()
	no := errors.New("no")
	for want, result := range map[string]error{"commit": nil, "rollback": no} {
		server := &fake.Server{}
		db := openGoPG(t, server)
		require.ErrorIs(t, db.RunInTransaction(t.Context(), func(*pg.Tx) error { return result }), result)
		require.ErrorIs(t, pg.DBI(db).RunInTransaction(t.Context(), func(*pg.Tx) error { return result }), result)
		assert.Equal(t, []string{"begin", want, "begin", want}, server.Log())
		assert.Panics(t, func() { _ = db.RunInTransaction(t.Context(), func(*pg.Tx) error { panic(no) }) })
		assert.Zero(t, server.Open())
	}
}

package proofs

import (
	"context"
	"database/sql/driver"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	gorm1 "github.com/jinzhu/gorm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

func TestCommitEndsTheTransaction(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		tx, err := r.begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), "insert"))
		require.Equal(t, 1, r.server.Open())
		require.NoError(t, tx.commit(t.Context()))
		r.ends(t)
		assert.Equal(t, []string{"begin", "insert", "commit"}, r.server.Log())
		r.works(t)
	})
}

func TestRollbackEndsTheTransaction(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		tx, err := r.begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), "insert"))
		require.NoError(t, tx.rollback(t.Context()))
		r.ends(t)
		assert.Equal(t, []string{"begin", "insert", "rollback"}, r.server.Log())
		r.works(t)
	})
}

// A deferred rollback is a repair only where it leaves alone what is committed
// and says no more than that the transaction is over.
func TestRollbackAfterCommitIsHarmless(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		tx, err := r.begin(t.Context(), false)
		require.NoError(t, err)
		require.NoError(t, tx.commit(t.Context()))
		err = tx.rollback(t.Context())
		harmless := errors.Is(err, r.done) && r.server.Count("rollback") == 0
		assert.Equal(t, r.lib.RollbackAfterCommit, harmless, "%v, %q", err, r.server.Log())
		r.ends(t)
		r.works(t)
	})
}

// A way in which a commit fails, for the libraries that can meet with it.
type failure struct {
	name    string
	applies func(s subject) bool
	arrange func(t *testing.T, r run, tx tx) (ctx context.Context)
	want    error
}

func onAny(subject) bool      { return true }
func onDriver(s subject) bool { return !s.takesContext }
func onServer(s subject) bool { return s.takesContext }

var failures = []failure{
	{name: "refused", applies: onAny, arrange: func(t *testing.T, r run, _ tx) context.Context {
		r.server.Fail(fake.Commit, fake.ErrRefused)
		return t.Context()
	}},
	{name: "connection lost", applies: onDriver, want: driver.ErrBadConn, arrange: func(t *testing.T, r run, _ tx) context.Context {
		r.server.Fail(fake.Commit, driver.ErrBadConn)
		return t.Context()
	}},
	{name: "server hangs up", applies: onServer, arrange: func(t *testing.T, r run, _ tx) context.Context {
		r.server.Fail(fake.Commit, fake.ErrHangUp)
		return t.Context()
	}},
	{name: "a statement failed before", applies: onServer, want: pgx.ErrTxCommitRollback, arrange: func(t *testing.T, r run, tx tx) context.Context {
		r.server.Fail(fake.Exec, fake.ErrRefused)
		require.Error(t, tx.exec(t.Context(), "insert"))
		r.server.Fail(fake.Exec, nil)
		return t.Context()
	}},
	{name: "context ends while it waits", applies: onServer, want: context.Canceled, arrange: func(t *testing.T, r run, _ tx) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		r.server.On(fake.Commit, func(statement context.Context) error {
			cancel()
			<-statement.Done()
			return statement.Err()
		})
		return ctx
	}},
	{name: "context has ended", applies: onServer, want: context.Canceled, arrange: func(t *testing.T, _ run, _ tx) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return ctx
	}},
}

// After a commit that failed there is nothing left to roll back: the pool has
// its connection, or has done with it.
func TestFailedCommitEndsTheTransaction(t *testing.T) {
	t.Parallel()
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			eachBegin(t, func(t *testing.T, r run) {
				if !f.applies(r.subject) {
					t.Skip("the library cannot meet with it")
				}
				tx, err := r.begin(t.Context(), false)
				require.NoError(t, err)
				err = tx.commit(f.arrange(t, r, tx))
				require.Error(t, err)
				if f.want != nil {
					require.ErrorIs(t, err, f.want)
				}
				taken := r.taken() > r.held && !settles(func() bool { return r.taken() <= r.held })
				assert.Equal(t, r.lib.FailedCommitOpen, taken, "is the connection still taken")
				if err := tx.rollback(t.Context()); r.path != "gorm.io/gorm" && r.path != "github.com/jinzhu/gorm" {
					assert.ErrorIs(t, err, r.done, "a rollback finds the transaction over")
				}
			})
		})
	}
}

// settles waits for what must come true if it is to come true at all.
func settles(cond func() bool) bool {
	for end := time.Now().Add(wait / 4); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if cond() {
			return true
		}
	}
	return cond()
}

// The leak is real: no finalizer gives back what the program forgets.
func TestDroppedTransactionKeepsItsConnection(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		_, err := r.begin(t.Context(), false)
		require.NoError(t, err)
		for range 3 {
			runtime.GC()
		}
		assert.Equal(t, 1, r.server.Open())
		assert.Equal(t, 1, r.taken())
		assert.Equal(t, []string{"begin"}, r.server.Log())
	})
}

// The end of the context of the begin rolls the transaction back exactly where
// the row says so. Where it does not, the transaction goes on and commits.
func TestEndOfContextRollsBack(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := r.begin(ctx, false)
		require.NoError(t, err)
		require.NoError(t, tx.exec(t.Context(), "insert"))
		cancel()
		if r.row.Ctx == catalog.None {
			assert.NoError(t, tx.exec(t.Context(), "update"))
			assert.Equal(t, 1, r.server.Open())
			assert.NoError(t, tx.commit(t.Context()))
			assert.Equal(t, []string{"begin", "insert", "update", "commit"}, r.server.Log())
		} else {
			r.ends(t)
			assert.Error(t, tx.commit(t.Context()))
			assert.Equal(t, []string{"begin", "insert", "rollback"}, r.server.Log())
		}
		r.ends(t)
		r.works(t)
	})
}

// It does so also while a statement is under way, which is then interrupted.
func TestEndOfContextInterruptsStatement(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		if r.row.Ctx == catalog.None {
			t.Skip("nothing rolls back")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tx, err := r.begin(ctx, false)
		require.NoError(t, err)
		r.server.On(fake.Exec, func(inner context.Context) error {
			cancel()
			if inner.Done() != nil {
				<-inner.Done()
			}
			return ctx.Err()
		})
		require.Error(t, tx.exec(ctx, "insert"))
		r.ends(t)
		assert.Equal(t, 1, r.server.Count("rollback"))
	})
}

// A rollback is often deferred with the context that made it necessary.
func TestRollbackUnderEndedContext(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		if !r.takesContext {
			assert.False(t, r.lib.CancelledRollbackKeeps, "its rollback takes no context")
			return
		}
		tx, err := r.begin(t.Context(), false)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, tx.rollback(ctx), context.Canceled)
		keeps := r.taken() > r.held && !settles(func() bool { return r.taken() <= r.held })
		assert.Equal(t, r.lib.CancelledRollbackKeeps, keeps, "is the connection still taken")
		r.ends(t)
		r.works(t)
	})
}

// A rollback that the server refuses leaves nothing either.
func TestFailedRollbackEndsTheTransaction(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		tx, err := r.begin(t.Context(), false)
		require.NoError(t, err)
		r.server.Fail(fake.Rollback, fake.ErrRefused)
		require.Error(t, tx.rollback(t.Context()))
		r.ends(t)
		r.works(t)
	})
}

// Where a begin fails there is nothing to finish, and what it hands out says
// so: it is nil, or zero, or carries the error.
func TestFailedBeginOpensNothing(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		r.server.Fail(fake.Begin, fake.ErrRefused)
		tx, err := r.begin(t.Context(), false)
		require.Error(t, err)
		switch h := tx.handle.(type) {
		case nil:
		case *gorm.DB:
			assert.ErrorIs(t, h.Error, fake.ErrRefused)
			assert.Error(t, tx.rollback(t.Context()), "and a rollback of it does nothing")
		case *gorm1.DB:
			assert.ErrorIs(t, h.Error, fake.ErrRefused)
			assert.Error(t, tx.rollback(t.Context()))
		default:
			t.Errorf("a %T was handed out", h)
		}
		r.ends(t)
		assert.Equal(t, []string{"begin"}, r.server.Log())
		r.server.Fail(fake.Begin, nil)
		r.works(t)
	})
}

// Options that a row names reach the server, and can make a transaction
// read-only.
func TestReadOnlyOptions(t *testing.T) {
	t.Parallel()
	eachBegin(t, func(t *testing.T, r run) {
		tx, err := r.begin(t.Context(), true)
		require.NoError(t, err)
		assert.Equal(t, r.row.Options != catalog.None, r.server.Count("begin read only") == 1)
		require.NoError(t, tx.rollback(t.Context()))
	})
}

func TestManagedReadOnlyOptions(t *testing.T) {
	t.Parallel()
	eachManaged(t, func(t *testing.T, w world, _ subject, row catalog.Call, run runner) {
		require.NoError(t, run(t.Context(), true, func(func(string) error) error { return nil }))
		assert.Equal(t, row.Options != catalog.None, w.server.Count("begin read only") == 1)
	})
}

func TestManagedCommitsOnNil(t *testing.T) {
	t.Parallel()
	eachManaged(t, func(t *testing.T, w world, _ subject, _ catalog.Call, run runner) {
		held := w.taken()
		require.NoError(t, run(t.Context(), false, func(exec func(string) error) error {
			assert.Equal(t, 1, w.server.Open())
			return exec("insert")
		}))
		assert.Equal(t, []string{"begin", "insert", "commit"}, w.server.Log())
		w.isBack(t, held)
	})
}

func TestManagedRollsBackOnError(t *testing.T) {
	t.Parallel()
	eachManaged(t, func(t *testing.T, w world, _ subject, _ catalog.Call, run runner) {
		held, failed := w.taken(), errors.New("no")
		assert.ErrorIs(t, run(t.Context(), false, func(exec func(string) error) error {
			require.NoError(t, exec("insert"))
			return failed
		}), failed)
		assert.Equal(t, []string{"begin", "insert", "rollback"}, w.server.Log())
		w.isBack(t, held)
	})
}

func TestManagedRollsBackOnPanic(t *testing.T) {
	t.Parallel()
	eachManaged(t, func(t *testing.T, w world, _ subject, _ catalog.Call, run runner) {
		held := w.taken()
		assert.PanicsWithValue(t, "no", func() {
			_ = run(t.Context(), false, func(func(string) error) error { panic("no") })
		})
		assert.Equal(t, []string{"begin", "rollback"}, w.server.Log())
		w.isBack(t, held)
	})
}

func TestManagedReturnsFailedCommit(t *testing.T) {
	t.Parallel()
	eachManaged(t, func(t *testing.T, w world, _ subject, _ catalog.Call, run runner) {
		held := w.taken()
		w.server.Fail(fake.Commit, fake.ErrRefused)
		assert.Error(t, run(t.Context(), false, func(func(string) error) error { return nil }))
		w.isBack(t, held)
	})
}

// gorm v1 calls back also where there is no transaction: what the callback
// then does on its handle fails, statement by statement.
func TestManagedReturnsFailedBegin(t *testing.T) {
	t.Parallel()
	eachManaged(t, func(t *testing.T, w world, s subject, _ catalog.Call, run runner) {
		held, called := w.taken(), false
		w.server.Fail(fake.Begin, fake.ErrRefused)
		assert.Error(t, run(t.Context(), false, func(func(string) error) error {
			called = true
			return nil
		}))
		assert.Equal(t, s.path == "github.com/jinzhu/gorm", called)
		w.isBack(t, held)
	})
}

// isBack waits until nothing is open and the pool has its connections back.
func (w world) isBack(t *testing.T, held int) {
	t.Helper()
	require.Eventually(t, func() bool { return w.server.Open() == 0 && w.taken() <= held }, wait, time.Millisecond)
}

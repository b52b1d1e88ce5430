package proofs

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/avito-tech/go-transaction-manager/trm/v2"
	trmcontext "github.com/avito-tech/go-transaction-manager/trm/v2/context"
	"github.com/avito-tech/go-transaction-manager/trm/v2/manager"
	"github.com/avito-tech/go-transaction-manager/trm/v2/settings"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// A trmTx is a transaction of database/sql as managers want it.
type trmTx struct {
	*sql.Tx
	closed chan struct{}
}

func (t *trmTx) Transaction() any { return t.Tx }

func (t *trmTx) Commit(context.Context) error { close(t.closed); return t.Tx.Commit() }

func (t *trmTx) Rollback(context.Context) error { close(t.closed); return t.Tx.Rollback() }

func (t *trmTx) Closed() <-chan struct{} { return t.closed }

func (t *trmTx) IsActive() bool {
	select {
	case <-t.closed:
		return false
	default:
		return true
	}
}

// TestManagerFinishes proves that managers begin, call back with a context from
// which the transaction can be taken, and finish; that a callback that ends it
// makes them fail; and that a manager inside another joins its transaction.
func TestManagerFinishes(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for name, c := range map[string]struct {
		do   func(ctx context.Context, m trm.Manager) error
		ends string
		want error
	}{
		"success": {func(context.Context, trm.Manager) error { return nil }, "commit", nil},
		"error":   {func(context.Context, trm.Manager) error { return refused }, "rollback", refused},
		"a commit": {func(ctx context.Context, _ trm.Manager) error {
			return trmcontext.DefaultManager.Default(ctx).Commit(ctx)
		}, "commit", trm.ErrAlreadyClosed},
		"a commit of what is inside": {func(ctx context.Context, _ trm.Manager) error {
			tx := trmcontext.DefaultManager.ByKey(ctx, settings.DefaultCtxKey)
			return tx.Transaction().(*sql.Tx).Commit()
		}, "commit", sql.ErrTxDone},
		"another": {func(ctx context.Context, m trm.Manager) error {
			outer := trmcontext.DefaultManager.Default(ctx)
			return m.DoWithSettings(ctx, settings.Must(), func(ctx context.Context) error {
				if trmcontext.DefaultManager.Default(ctx) != outer {
					return refused
				}
				return nil
			})
		}, "commit", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fake.Server{}
			db := server.DB()
			defer func() { assert.NoError(t, db.Close()) }()
			m, err := manager.New(func(ctx context.Context, _ trm.Settings) (context.Context, trm.Transaction, error) {
				tx, err := db.BeginTx(ctx, nil)
				return ctx, &trmTx{tx, make(chan struct{})}, err
			})
			require.NoError(t, err)
			err = m.Do(t.Context(), func(ctx context.Context) error { return c.do(ctx, m) })
			endedOnce(t, server, db, err, c.want, c.ends)
		})
	}
}

// Package ctxtx carries a transaction in a context.
package ctxtx

import (
	"context"
	"database/sql"
	"errors"
)

type key struct{}

// Begin returns a context that carries the transaction which it begins.
func Begin(ctx context.Context, db *sql.DB) (context.Context, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, key{}, tx), nil
}

// From returns the transaction of the context, or nil.
func From(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(key{}).(*sql.Tx)
	return tx
}

// Commit commits the transaction of the context.
func Commit(ctx context.Context) error {
	tx := From(ctx)
	if tx == nil {
		return errors.New("ctxtx: no transaction")
	}
	return tx.Commit()
}

// Rollback rolls the transaction of the context back.
func Rollback(ctx context.Context) {
	if tx := From(ctx); tx != nil {
		tx.Rollback()
	}
}

// Start begins and returns, beside the handle, what ends it: a rollback that
// does nothing after a commit.
func Start(ctx context.Context, db *sql.DB) (*sql.Tx, func(), error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, func() {}, err
	}
	return tx, func() { _ = tx.Rollback() }, nil
}

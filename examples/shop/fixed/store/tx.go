// Package store reads and writes the tables of the shop.
//
// Functions that take a Querier run inside whatever the caller has open: the pool or a transaction.
// Functions that begin a transaction say so in their name or in their comment.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
)

// Querier is what a *sql.DB and a *sql.Tx have in common.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// WithTx runs fn in a transaction, which it commits if fn succeeds and rolls back if fn fails or panics.
func WithTx(ctx context.Context, db *sql.DB, fn func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer Rollback(tx)

	if err := fn(tx); err != nil {
		return err
	}
	return Commit(tx)
}

// Begin hands out a transaction together with the function that ends it. Calling done after a
// commit is harmless, so that callers can defer it at once.
func Begin(ctx context.Context, db *sql.DB) (tx *sql.Tx, done func(), err error) {
	tx, err = db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("begin: %w", err)
	}
	return tx, func() { Rollback(tx) }, nil
}

// Commit commits tx and says so if that fails.
func Commit(tx *sql.Tx) error {
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Rollback rolls tx back. There is nobody who could act on a failure, so it is only logged; that tx
// is over already is no failure, because callers defer this before they commit.
func Rollback(tx *sql.Tx) {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		slog.Warn("rollback", "error", err)
	}
}

// Abort rolls tx back and returns cause, for use in a return statement.
func Abort(tx *sql.Tx, cause error) error {
	if err := tx.Rollback(); err != nil {
		return errors.Join(cause, fmt.Errorf("rollback: %w", err))
	}
	return cause
}

// Finish ends tx by what *err says: it commits if there is none, and else it rolls back. It is meant
// to be deferred with the address of a named result.
func Finish(tx *sql.Tx, err *error) {
	if *err != nil {
		Rollback(tx)
		return
	}
	*err = Commit(tx)
}

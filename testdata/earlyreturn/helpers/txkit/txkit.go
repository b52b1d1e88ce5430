// Package txkit is the kind of helper package that every service grows:
// functions that begin, functions that finish, and one that does both.
package txkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
)

// Open begins and hands the transaction to its caller.
func Open(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("txkit: %w", err)
	}
	return tx, nil
}

// MustOpen panics where Open fails.
func MustOpen(db *sql.DB) *sql.Tx {
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	return tx
}

// OpenTenant begins and prepares; where it cannot prepare it ends.
func OpenTenant(ctx context.Context, db *sql.DB, tenant string) (*sql.Tx, error) {
	tx, err := Open(ctx, db)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `SELECT set_config('app.tenant', ?, true)`, tenant); err != nil {
		Discard(tx)
		return nil, err
	}
	return tx, nil
}

// OpenLeakyBad keeps what it began where it cannot prepare.
func OpenLeakyBad(ctx context.Context, db *sql.DB, tenant string) (*sql.Tx, error) {
	tx, err := Open(ctx, db)
	if err != nil {
		return nil, err
	}
	if tenant == "" {
		return nil, errors.New("no tenant") // want "returns without finishing tx begun at line \\d+"
	}
	return tx, nil
}

// Discard rolls back and logs what goes wrong.
func Discard(tx *sql.Tx) {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		slog.Error("rollback", "err", err)
	}
}

// Finish commits or rolls back, by what errp holds; meant to be deferred.
func Finish(tx *sql.Tx, errp *error) {
	if *errp != nil {
		Discard(tx)
		return
	}
	*errp = tx.Commit()
}

// DiscardOn rolls back if errp holds an error, and else does nothing; meant
// to be deferred by those who commit themselves.
func DiscardOn(tx *sql.Tx, errp *error) {
	if *errp != nil {
		Discard(tx)
	}
}

// Close ends the transaction whatever happened: it commits if err is nil.
func Close(tx *sql.Tx, err error) error {
	if err == nil {
		return tx.Commit()
	}
	Discard(tx)
	return err
}

// Touch borrows.
func Touch(ctx context.Context, tx *sql.Tx, table string) error {
	_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET touched = 1`)
	return err
}

// TouchOrDiscard ends the transaction where it fails, and only there.
func TouchOrDiscard(ctx context.Context, tx *sql.Tx, table string) error {
	if err := Touch(ctx, tx, table); err != nil {
		Discard(tx)
		return err
	}
	return nil
}

// Publish commits and says whether that worked; it always ends.
func Publish(tx *sql.Tx) (ok bool) {
	if err := tx.Commit(); err != nil {
		slog.Error("commit", "err", err)
		return false
	}
	return true
}

// Run begins, calls back, finishes.
func Run(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) (err error) {
	tx, err := Open(ctx, db)
	if err != nil {
		return err
	}
	defer Finish(tx, &err)
	return fn(tx)
}

// RunReadOnlyOK is for reads: it never commits.
func RunReadOnlyOK[T any](ctx context.Context, db *sql.DB, fn func(context.Context, *sql.Tx) (T, error)) (T, error) {
	var zero T
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return zero, err
	}
	defer Discard(tx)
	return fn(ctx, tx)
}

package values

import (
	"context"
	"database/sql"
)

// rollbackUnlessOver skips the rollback where the context is over.
func rollbackUnlessOver(ctx context.Context, f func() error) {
	if ctx.Err() != nil {
		return
	}
	_ = f()
}

// NeverOverOK calls it with a context that never ends.
func NeverOverOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer rollbackUnlessOver(context.Background(), tx.Rollback)
	if _, err := tx.Exec("x"); err != nil {
		return err
	}
	return tx.Commit()
}

// SkippedRollbackBad relies on a rollback that is skipped.
func SkippedRollbackBad(ctx context.Context, db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer rollbackUnlessOver(ctx, tx.Rollback)
	if _, err := tx.Exec("x"); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// EndsWithContextOK ends with the very context that is over.
func EndsWithContextOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollbackUnlessOver(ctx, tx.Rollback)
	if _, err := tx.Exec("x"); err != nil {
		return err
	}
	return tx.Commit()
}

// OverOK returns where the context is over, and the transaction with it.
func OverOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return tx.Commit()
}

// OverBad returns where a context is over that its transaction does not know.
func OverBad(ctx context.Context, db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err() // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

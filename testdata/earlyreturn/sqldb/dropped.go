package sqldb

import (
	"context"
	"database/sql"
	"fmt"
)

// PingBad begins to see whether it can, and keeps nothing to end it with.
func PingBad(db *sql.DB) error {
	_, err := db.Begin() // want "drops the transaction"
	return err
}

func PingOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return tx.Rollback()
}

// StatementBad ignores both results.
func StatementBad(db *sql.DB) {
	db.Begin() // want "drops the transaction"
}

// WritableBad drops the handle inside a condition.
func WritableBad(ctx context.Context, db *sql.DB) bool {
	if _, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: false}); err != nil { // want "drops the transaction"
		return false
	}
	return true
}

// OverwrittenBad begins into a variable that still holds an open transaction.
func OverwrittenBad(ctx context.Context, db, replica *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if id%2 == 1 {
		tx, err = replica.BeginTx(ctx, nil) // want "overwrites tx|without finishing tx"
		if err != nil {
			return err
		}
	}
	defer tx.Rollback()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// OverwrittenOK ends the first before the variable takes the second.
func OverwrittenOK(ctx context.Context, db, replica *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if id%2 == 1 {
		tx.Rollback()
		tx, err = replica.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
	}
	defer tx.Rollback()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// ShadowedHandleBad means to assign tx and declares another one: the outer
// stays nil, the inner is lost at the end of its block.
func ShadowedHandleBad(ctx context.Context, db *sql.DB, write bool, id int64) error {
	var tx *sql.Tx
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
	if write {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := touch(ctx, tx, "orders", id); err != nil {
			return fmt.Errorf("touch: %w", err) // want "returns without finishing tx begun at line \\d+"
		}
	}
	if tx != nil {
		return tx.Commit()
	}
	return nil
}

func ShadowedHandleOK(ctx context.Context, db *sql.DB, write bool, id int64) (err error) {
	var tx *sql.Tx
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
	if write {
		tx, err = db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := touch(ctx, tx, "orders", id); err != nil {
			return fmt.Errorf("touch: %w", err)
		}
	}
	if tx != nil {
		return tx.Commit()
	}
	return nil
}

// NilledBad throws the only handle away.
func NilledBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		tx = nil
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

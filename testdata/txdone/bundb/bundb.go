// Package bundb holds what is done with bun transactions after their end.
package bundb

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

type Status struct{ ID int }

func missingReturnBad(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM statuses`); err != nil {
		tx.Rollback()
	}
	return tx.Commit() // want "commits tx, rolled back at line"
}

// Each batch has a transaction of its own, in one variable.
func migrateOK(ctx context.Context, db *bun.DB, batches [][]int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, b := range batches {
		for _, id := range b {
			if _, err := tx.ExecContext(ctx, `UPDATE statuses SET thread = ? WHERE id = ?`, id, id); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func migrateBad(ctx context.Context, db *bun.DB, batches [][]int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, b := range batches {
		for _, id := range b {
			if _, err := tx.ExecContext(ctx, `UPDATE statuses SET thread = ? WHERE id = ?`, id, id); err != nil { // want "uses tx, committed at line"
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// The savepoint is over, the outer transaction is not.
func savepointOK(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	sp, err := tx.Begin()
	if err != nil {
		return err
	}
	if _, err := sp.ExecContext(ctx, `DELETE FROM statuses`); err != nil {
		return errors.Join(err, sp.Rollback())
	}
	if err := sp.Commit(); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM accounts`); err != nil {
		return err
	}
	return tx.Commit()
}

func builderAfterBad(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = tx.NewDelete().Model(&Status{ID: 1}).WherePK().Exec(ctx) // want "tx.*committed at line"
	return err
}

func builderOK(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.NewDelete().Model(&Status{ID: 1}).WherePK().Exec(ctx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.NewDelete().Model(&Status{ID: 2}).WherePK().Exec(ctx)
	return err
}

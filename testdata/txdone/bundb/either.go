package bundb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// A pool or a transaction: what it is given is used as it is.
func saveOK(ctx context.Context, db bun.IDB, s *Status) error {
	if tx, ok := db.(bun.Tx); ok {
		_, err := tx.NewInsert().Model(s).Exec(ctx)
		return err
	}
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(s).Exec(ctx)
		return err
	})
}

func readsAfterOK(ctx context.Context, db *bun.DB, s *Status) (n int64, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return 0, err
	}
	defer func() {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
	}()
	if err := saveOK(ctx, tx, s); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return db.NewSelect().Model((*Status)(nil)).Count(ctx)
}

func readsAfterBad(ctx context.Context, db *bun.DB, s *Status) (n int64, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if err := saveOK(ctx, tx, s); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return tx.NewSelect().Model((*Status)(nil)).Count(ctx) // want "tx.*committed at line"
}

func passedAfterBad(ctx context.Context, db *bun.DB, s *Status) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := saveOK(ctx, tx, s); err != nil {
		tx.Rollback()
	}
	if err := saveOK(ctx, tx, s); err != nil { // want "passes tx to bundb.saveOK, rolled back at line"
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

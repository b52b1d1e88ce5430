// Package bun keeps a shelf of books with bun.
package bun

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

type book struct {
	ID    int64 `bun:",pk"`
	Shelf int64
}

var errHeavy = errors.New("too heavy")

func shelveBad(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	n, err := tx.NewSelect().Model(b).Where("shelf = ?", b.Shelf).Count(ctx)
	if err != nil {
		_ = tx.Rollback()
		return err
	}
	if n > 40 {
		return errHeavy // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.NewInsert().Model(b).Exec(ctx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func shelveOK(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	n, err := tx.NewSelect().Model(b).Where("shelf = ?", b.Shelf).Count(ctx)
	if err != nil {
		return err
	}
	if n > 40 {
		return errHeavy
	}
	if _, err := tx.NewInsert().Model(b).Exec(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

func managedOK(ctx context.Context, db *bun.DB, b *book) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(b).Exec(ctx)
		return err
	})
}

func managedBad(ctx context.Context, db *bun.DB, b *book) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(b).Exec(ctx); err != nil {
			_ = tx.Rollback() // want txowner:"rolls back tx"
			return err
		}
		return nil
	})
}

// The namesake with a context in it: the transaction is a value.
func passedOK(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := MoveOK(ctx, tx, b); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func passedBad(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := MoveOK(ctx, tx, b); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func MoveBad(ctx context.Context, tx bun.Tx, b *book) error {
	if _, err := tx.NewUpdate().Model(b).WherePK().Exec(ctx); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func MoveOK(ctx context.Context, tx bun.IDB, b *book) error {
	_, err := tx.NewUpdate().Model(b).WherePK().Exec(ctx)
	return err
}

// A savepoint ends with the transaction that it is in.
func savepointOK(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	inner, err := tx.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := MoveOK(ctx, inner, b); err != nil {
		return err
	}
	return tx.Commit()
}

func noReturnBad(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model(b).WherePK().Exec(ctx); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(ctx context.Context, db *bun.DB, b *book) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model(b).WherePK().Exec(ctx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func connOK(ctx context.Context, db *bun.DB, b *book) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return MoveOK(ctx, tx, b)
	})
}

func titlesBad(ctx context.Context, db *bun.DB, ids []int64) ([]book, error) {
	var out []book
	for _, id := range ids {
		var b book
		if err := db.NewSelect().Model(&b).Where("id = ?", id).Scan(ctx); err != nil { // want nplusone:"runs a query for each element of ids"
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func titlesOK(ctx context.Context, db *bun.DB, ids []int64) (out []book, err error) {
	err = db.NewSelect().Model(&out).Where("id IN (?)", bun.In(ids)).Scan(ctx)
	return out, err
}

func insertBad(ctx context.Context, tx bun.Tx, all []*book) error {
	for _, b := range all {
		if _, err := tx.NewInsert().Model(b).Exec(ctx); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func insertOK(ctx context.Context, tx bun.Tx, all []*book) error {
	_, err := tx.NewInsert().Model(&all).Exec(ctx)
	return err
}

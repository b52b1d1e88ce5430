// Package bundb holds bun transactions and who finishes them.
package bundb

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

func LikeBad(ctx context.Context, tx bun.Tx, id int) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO likes VALUES (?)`, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

func likesBad(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := LikeBad(ctx, tx, 1); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE counts SET likes = likes + 1`) // want "uses tx after bundb.LikeBad has committed it"
	return err
}

// FollowBad works by a query builder, which is a statement of the transaction too.
func FollowBad(ctx context.Context, tx bun.Tx, f *Follow) error {
	if _, err := tx.NewInsert().Model(f).Exec(ctx); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

type Follow struct{ ID int }

func FollowOK(ctx context.Context, db bun.IDB, f *Follow) error {
	_, err := db.NewInsert().Model(f).Exec(ctx)
	return err
}

func followsOK(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := FollowOK(ctx, tx, &Follow{}); err != nil {
		return err
	}
	return tx.Commit()
}

func runInTxBad(ctx context.Context, db *bun.DB) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM likes`); err != nil {
			return err
		}
		return tx.Commit() // want "commits tx, which bun.DB.RunInTx finishes: return nil and it is committed"
	})
}

func runInTxOK(ctx context.Context, db *bun.DB) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return FollowOK(ctx, tx, &Follow{ID: 1})
	})
}

// A begin on a transaction sets a savepoint, which may be ended.
func NestedOK(ctx context.Context, outer bun.Tx, id int) error {
	tx, err := outer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `INSERT INTO likes VALUES (?)`, id); err != nil {
		return err
	}
	return tx.Commit()
}

func nestedRunnerOK(ctx context.Context, tx bun.Tx) error {
	return tx.RunInTx(ctx, nil, func(ctx context.Context, inner bun.Tx) error {
		return FollowOK(ctx, inner, &Follow{ID: 2})
	})
}

func nestedInsideBad(ctx context.Context, db *bun.DB) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		inner, err := tx.Begin()
		if err != nil {
			return err
		}
		if _, err := inner.ExecContext(ctx, `DELETE FROM likes`); err != nil {
			inner.Rollback()
			return err
		}
		if err := inner.Commit(); err != nil {
			return err
		}
		return tx.Commit() // want "commits tx, which bun.DB.RunInTx finishes"
	})
}

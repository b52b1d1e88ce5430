// Package pgxdb holds what is done with pgx transactions after their end.
package pgxdb

import (
	"context"
	"errors"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func missingReturnBad(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM seats`); err != nil {
		log.Print(err)
		tx.Rollback(ctx)
	}
	return tx.Commit(ctx) // want "commits tx, rolled back at line"
}

func deferredOK(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `DELETE FROM seats`); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func checkedRollbackOK(ctx context.Context, pool *pgxpool.Pool) (err error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if rerr := tx.Rollback(ctx); rerr != nil && !errors.Is(rerr, pgx.ErrTxClosed) {
			err = errors.Join(err, rerr)
		}
	}()
	if _, err := tx.Exec(ctx, `DELETE FROM seats`); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func lateErrorBad(ctx context.Context, pool *pgxpool.Pool) (err error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if rerr := tx.Rollback(ctx); rerr != nil { // want "returns the error of this rollback although tx was committed at line"
			err = rerr
		}
	}()
	if _, err := tx.Exec(ctx, `DELETE FROM seats`); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func rowsOutliveBad(ctx context.Context, conn *pgx.Conn) (n int, err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	rows, err := tx.Query(ctx, `SELECT id FROM seats`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	for rows.Next() { // want "uses tx, committed at line \\d+: pgx.Rows.Next fails"
		n++
	}
	return n, rows.Err()
}

func collectedBad(ctx context.Context, conn *pgx.Conn) ([]int, error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT id FROM seats`)
	if err != nil {
		tx.Rollback(ctx)
		return nil, err
	}
	tx.Rollback(ctx)
	return pgx.CollectRows(rows, pgx.RowTo[int]) // want "uses tx, rolled back at line"
}

func collectedOK(ctx context.Context, conn *pgx.Conn) ([]int, error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	rows, err := tx.Query(ctx, `SELECT id FROM seats`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

// The savepoint is over, the transaction is not.
func savepointOK(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	sp, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := sp.Exec(ctx, `DELETE FROM seats`); err != nil {
		sp.Rollback(ctx)
	} else if err := sp.Commit(ctx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM halls`); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// FN_SavepointUsed: a nested begin opens nothing that is followed by itself.
func FN_SavepointUsed(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	sp, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	if err := sp.Commit(ctx); err != nil {
		return err
	}
	if _, err := sp.Exec(ctx, `DELETE FROM halls`); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func keptBad(ctx context.Context, pool *pgxpool.Pool) error {
	var kept pgx.Tx
	if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		kept = tx
		return nil
	}); err != nil {
		return err
	}
	_, err := kept.Exec(ctx, `DELETE FROM seats`) // want "uses (kept|tx), committed (at|by pgx.BeginFunc at) line"
	return err
}

func countOK(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM seats`).Scan(&n)
	})
	return n, err
}

func batchBad(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM seats`)
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	return tx.SendBatch(ctx, b).Close() // want "uses tx, committed at line"
}

func metadataOK(ctx context.Context, pool *pgxpool.Pool) (uint32, error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	if err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	return tx.Conn().PgConn().PID(), nil
}

type repo struct{ tx pgx.Tx }

func (r *repo) withTx(tx pgx.Tx) *repo { return &repo{tx} }

func (r *repo) add(ctx context.Context, id int) error {
	_, err := r.tx.Exec(ctx, `INSERT INTO seats VALUES ($1)`, id)
	return err
}

func boundBad(ctx context.Context, pool *pgxpool.Pool, r *repo) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	bound := r.withTx(tx)
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	return bound.add(ctx, 1) // want "passes tx to .*add, committed at line"
}

func boundOK(ctx context.Context, pool *pgxpool.Pool, r *repo) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if err := r.withTx(tx).add(ctx, 1); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// Package pgx4 books seats with pgx v4.
package pgx4

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

var errTaken = errors.New("taken")

func bookBad(ctx context.Context, pool *pgxpool.Pool, seat int) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	var taken bool
	if err := tx.QueryRow(ctx, "SELECT taken FROM seats WHERE id = $1 FOR UPDATE", seat).Scan(&taken); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	if taken {
		return errTaken // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Exec(ctx, "UPDATE seats SET taken = true WHERE id = $1", seat); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

func bookOK(ctx context.Context, pool *pgxpool.Pool, seat int) error {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(ctx, "UPDATE seats SET taken = true WHERE id = $1", seat); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// In v4 the managed transactions are methods.
func managedOK(ctx context.Context, pool *pgxpool.Pool, seat int) error {
	return pool.BeginFunc(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE seats SET taken = true WHERE id = $1", seat)
		return err
	})
}

func managedBad(ctx context.Context, conn *pgx.Conn, seat int) error {
	return conn.BeginTxFunc(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE seats SET taken = true WHERE id = $1", seat); err != nil {
			return err
		}
		return tx.Commit(ctx) // want txowner:"commits tx"
	})
}

// A savepoint ends with the transaction that it is in.
func savepointOK(ctx context.Context, pool *pgxpool.Pool, seat int) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if err := tx.BeginFunc(ctx, func(inner pgx.Tx) error {
		_, err := inner.Exec(ctx, "UPDATE seats SET taken = true WHERE id = $1", seat)
		return err
	}); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// A connection that goes back takes its transaction with it.
func releasedOK(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func keptBad(ctx context.Context, conn *pgxpool.Conn) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT 1"); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

func noReturnBad(ctx context.Context, pool *pgxpool.Pool, seat int) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM seats WHERE id = $1", seat); err != nil {
		_ = tx.Rollback(ctx)
	}
	return tx.Commit(ctx) // want txdone:"commits tx, rolled back at line \\d+"
}

func lateBad(ctx context.Context, pool *pgxpool.Pool, seat int) (n int, err error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "DELETE FROM seats WHERE id = $1", seat); err != nil {
		return 0, err
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, "SELECT count(*) FROM seats").Scan(&n) // want txdone:"uses tx, committed at line \\d+: pgx.Tx.QueryRow fails"
	return n, err
}

func earlyOK(ctx context.Context, pool *pgxpool.Pool, seat int) (n int, err error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "DELETE FROM seats WHERE id = $1", seat); err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM seats").Scan(&n); err != nil {
		return 0, err
	}
	return n, tx.Commit(ctx)
}

func FreeBad(ctx context.Context, tx pgx.Tx, seat int) error {
	if _, err := tx.Exec(ctx, "UPDATE seats SET taken = false WHERE id = $1", seat); err != nil {
		return err
	}
	return tx.Commit(ctx) // want txowner:"commits tx, which the caller passed in"
}

func FreeOK(ctx context.Context, tx pgx.Tx, seat int) error {
	_, err := tx.Exec(ctx, "UPDATE seats SET taken = false WHERE id = $1", seat)
	return err
}

func swapOK(ctx context.Context, pool *pgxpool.Pool, from, to int) error {
	return pool.BeginTxFunc(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := FreeOK(ctx, tx, from); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE seats SET taken = true WHERE id = $1", to)
		return err
	})
}

func pricesBad(ctx context.Context, pool *pgxpool.Pool, seats []int) (sum int, err error) {
	for _, seat := range seats {
		price := 0
		if err := pool.QueryRow(ctx, "SELECT price FROM seats WHERE id = $1", seat).Scan(&price); err != nil { // want nplusone:"runs a query for each element of seats"
			return 0, err
		}
		sum += price
	}
	return sum, nil
}

func pricesOK(ctx context.Context, pool *pgxpool.Pool, seats []int) (sum int, err error) {
	err = pool.QueryRow(ctx, "SELECT sum(price) FROM seats WHERE id = ANY($1)", seats).Scan(&sum)
	return sum, err
}

func batchOK(ctx context.Context, tx pgx.Tx, seats []int) error {
	batch := &pgx.Batch{}
	for _, seat := range seats {
		batch.Queue("UPDATE seats SET taken = true WHERE id = $1", seat)
	}
	return tx.SendBatch(ctx, batch).Close()
}

func copyOK(ctx context.Context, tx pgx.Tx, seats [][]interface{}) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"seats"}, []string{"id"}, pgx.CopyFromRows(seats))
	return err
}

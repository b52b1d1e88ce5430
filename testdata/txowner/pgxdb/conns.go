package pgxdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// beginner is a pool, a connection, or a transaction.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// OnAnyOK begins on whatever it is given, and ends that.
func OnAnyOK(ctx context.Context, db beginner, seat int) (err error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback(ctx))
		}
	}()
	if err = BookOK(ctx, tx, seat); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func nestedOnAnyOK(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := OnAnyOK(ctx, tx, 1); err != nil {
			return err
		}
		return OnAnyOK(ctx, tx, 2)
	})
}

// The connection outlives the transaction.
func acquiresOK(ctx context.Context, pool *pgxpool.Pool) (n int, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	if err := BookOK(ctx, tx, 1); err != nil {
		return 0, err
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	err = conn.QueryRow(ctx, `SELECT count(*) FROM bookings`).Scan(&n)
	return n, err
}

// withTx is a runner with a recover, as in many services.
func (s *Store) withTx(ctx context.Context, do func(tx pgx.Tx) error) (err error) {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		switch p := recover(); {
		case p != nil:
			_ = tx.Rollback(ctx)
			panic(p)
		case err != nil:
			_ = tx.Rollback(ctx)
		default:
			err = tx.Commit(ctx)
		}
	}()
	return do(tx)
}

func (s *Store) movesBad(ctx context.Context, from, to int) error {
	return s.withTx(ctx, func(tx pgx.Tx) error {
		if err := BookOK(ctx, tx, to); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE seat = $1`, from); err != nil {
			return err
		}
		return tx.Commit(ctx) // want "commits tx, which pgxdb.Store.withTx finishes"
	})
}

func (s *Store) movesOK(ctx context.Context, from, to int) error {
	return s.withTx(ctx, func(tx pgx.Tx) error {
		if err := BookOK(ctx, tx, to); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM bookings WHERE seat = $1`, from)
		return err
	})
}

// Package pgxdb holds pgx transactions and who finishes them.
package pgxdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func BookBad(ctx context.Context, tx pgx.Tx, seat int) error {
	if _, err := tx.Exec(ctx, `INSERT INTO bookings VALUES ($1)`, seat); err != nil {
		return err
	}
	return tx.Commit(ctx) // want "commits tx, which the caller passed in"
}

func booksBad(ctx context.Context, pool *pgxpool.Pool, seats []int) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	for _, s := range seats {
		if err := BookBad(ctx, tx, s); err != nil { // want "(passes tx to pgxdb.BookBad|ends tx again) after pgxdb.BookBad has committed it"
			return err
		}
	}
	return nil
}

func BookOK(ctx context.Context, tx pgx.Tx, seat int) error {
	_, err := tx.Exec(ctx, `INSERT INTO bookings VALUES ($1)`, seat)
	return err
}

func booksOK(ctx context.Context, pool *pgxpool.Pool, seats []int) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	for _, s := range seats {
		if err := BookOK(ctx, tx, s); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// A savepoint that is begun on what was given may be ended.
func SavepointOK(ctx context.Context, outer pgx.Tx, seat int) error {
	tx, err := outer.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `INSERT INTO bookings VALUES ($1)`, seat); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// SavepointBad ends the outer one.
func SavepointBad(ctx context.Context, outer pgx.Tx, seat int) error {
	tx, err := outer.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `INSERT INTO bookings VALUES ($1)`, seat); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	return outer.Commit(ctx) // want "commits outer, which the caller passed in"
}

func beginFuncBad(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM bookings`); err != nil {
			return err
		}
		return tx.Commit(ctx) // want "commits tx, which pgx.BeginFunc finishes: return nil and it is committed"
	})
}

func beginFuncOK(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM bookings`)
		return err
	})
}

func beginTxFuncBad(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM bookings`)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return tx.Rollback(ctx) // want "rolls back tx, which pgx.BeginTxFunc finishes"
		}
		return nil
	})
}

func beginTxFuncOK(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		return pgx.BeginFunc(ctx, tx, func(sp pgx.Tx) error {
			_, err := sp.Exec(ctx, `DELETE FROM bookings`)
			return err
		})
	})
}

// A nested savepoint inside a managed transaction may be ended by hand.
func savepointInsideOK(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		sp, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := sp.Exec(ctx, `DELETE FROM bookings`); err != nil {
			return errors.Join(err, sp.Rollback(ctx))
		}
		return sp.Commit(ctx)
	})
}

// Querier is what a generator of queries takes.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// Queries is what it makes.
type Queries struct{ db Querier }

// WithTx returns the queries on tx.
func (q *Queries) WithTx(tx pgx.Tx) *Queries { return &Queries{db: tx} }

// Count counts.
func (q *Queries) Count(ctx context.Context) (n int, err error) {
	err = q.db.QueryRow(ctx, `SELECT count(*) FROM bookings`).Scan(&n)
	return n, err
}

func countsOK(ctx context.Context, pool *pgxpool.Pool, q *Queries) (int, error) {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	return q.WithTx(tx).Count(ctx)
}

// Store keeps a transaction that it is given.
type Store struct {
	pool *pgxpool.Pool
	tx   pgx.Tx
}

func NewStore(pool *pgxpool.Pool, tx pgx.Tx) *Store { return &Store{pool: pool, tx: tx} }

func (s *Store) FlushBad(ctx context.Context) error {
	if _, err := s.tx.CopyFrom(ctx, pgx.Identifier{"a"}, []string{"id"}, pgx.CopyFromRows(nil)); err != nil {
		return err
	}
	return s.tx.Commit(ctx) // want "commits s.tx, which its receiver was given"
}

func (s *Store) FlushOK(ctx context.Context) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"a"}, []string{"id"}, pgx.CopyFromRows(nil)); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// RetryOK begins anew each round.
func RetryOK(ctx context.Context, pool *pgxpool.Pool) (err error) {
	for range 3 {
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return BookOK(ctx, tx, 1) })
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "40001" {
			return err
		}
	}
	return err
}

// BookOnPoolTxBad is given the pool's own type.
func BookOnPoolTxBad(ctx context.Context, tx *pgxpool.Tx) error {
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM bookings`).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return tx.Commit(ctx) // want "commits tx, which the caller passed in"
	}
	return nil
}

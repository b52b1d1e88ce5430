// Package sqlc moves money through the queries that sqlc generates.
package sqlc

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/corpus/sqlc/db"
)

var errPoor = errors.New("not enough money")

func moveBad(ctx context.Context, pool *pgxpool.Pool, from, to, amount int64) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	q := db.New(pool).WithTx(tx)
	account, err := q.GetAccount(ctx, from)
	if err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	if account.Balance < amount {
		return errPoor // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if err := q.AddBalance(ctx, db.AddBalanceParams{ID: from, Amount: -amount}); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	if err := q.AddBalance(ctx, db.AddBalanceParams{ID: to, Amount: amount}); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

func moveOK(ctx context.Context, pool *pgxpool.Pool, from, to, amount int64) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	q := db.New(pool).WithTx(tx)
	account, err := q.GetAccount(ctx, from)
	if err != nil {
		return err
	}
	if account.Balance < amount {
		return errPoor
	}
	if err := q.AddBalance(ctx, db.AddBalanceParams{ID: from, Amount: -amount}); err != nil {
		return err
	}
	if err := q.AddBalance(ctx, db.AddBalanceParams{ID: to, Amount: amount}); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// The queries are made of the transaction alone.
func newOfTxBad(ctx context.Context, pool *pgxpool.Pool, id int64) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := db.New(tx).AddBalance(ctx, db.AddBalanceParams{ID: id}); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

func newOfTxOK(ctx context.Context, pool *pgxpool.Pool, id int64) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := db.New(tx).AddBalance(ctx, db.AddBalanceParams{ID: id}); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

// A store that embeds the queries, with a runner, as the manual of sqlc has it.
type store struct {
	*db.Queries
	pool *pgxpool.Pool
}

func (s *store) execTx(ctx context.Context, fn func(q *db.Queries) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := fn(s.WithTx(tx)); err != nil {
		if rollback := tx.Rollback(ctx); rollback != nil {
			return errors.Join(err, rollback)
		}
		return err
	}
	return tx.Commit(ctx)
}

func storeOK(ctx context.Context, s *store, id, amount int64) error {
	return s.execTx(ctx, func(q *db.Queries) error {
		return q.AddBalance(ctx, db.AddBalanceParams{ID: id, Amount: amount})
	})
}

func managedOK(ctx context.Context, pool *pgxpool.Pool, id, amount int64) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		return db.New(tx).AddBalance(ctx, db.AddBalanceParams{ID: id, Amount: amount})
	})
}

func managedBad(ctx context.Context, pool *pgxpool.Pool, id, amount int64) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := db.New(tx).AddBalance(ctx, db.AddBalanceParams{ID: id, Amount: amount}); err != nil {
			return err
		}
		return tx.Commit(ctx) // want txowner:"commits tx"
	})
}

func noReturnBad(ctx context.Context, pool *pgxpool.Pool, id int64) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	if err := db.New(tx).AddBalance(ctx, db.AddBalanceParams{ID: id}); err != nil {
		_ = tx.Rollback(ctx)
	}
	return tx.Commit(ctx) // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(ctx context.Context, pool *pgxpool.Pool, id int64) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	q := db.New(tx)
	if err := q.AddBalance(ctx, db.AddBalanceParams{ID: id}); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

func BookBad(ctx context.Context, tx pgx.Tx, id int64) error {
	if err := db.New(tx).AddBalance(ctx, db.AddBalanceParams{ID: id}); err != nil {
		return err
	}
	return tx.Commit(ctx) // want txowner:"commits tx, which the caller passed in"
}

func BookOK(ctx context.Context, q *db.Queries, id int64) error {
	return q.AddBalance(ctx, db.AddBalanceParams{ID: id})
}

func balancesBad(ctx context.Context, q *db.Queries, ids []int64) (sum int64, err error) {
	for _, id := range ids {
		account, err := q.GetAccount(ctx, id) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return 0, err
		}
		sum += account.Balance
	}
	return sum, nil
}

func balancesOK(ctx context.Context, q *db.Queries, ids []int64) (sum int64, err error) {
	accounts, err := q.ListAccounts(ctx, ids)
	for _, account := range accounts {
		sum += account.Balance
	}
	return sum, err
}

func payAllBad(ctx context.Context, q *db.Queries, all []db.AddBalanceParams) error {
	for _, pay := range all {
		if err := q.AddBalance(ctx, pay); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func payAllOK(ctx context.Context, pool *pgxpool.Pool, all []db.AddBalanceParams) error {
	batch := &pgx.Batch{}
	for _, pay := range all {
		batch.Queue("UPDATE accounts SET balance = balance + $2 WHERE id = $1", pay.ID, pay.Amount)
	}
	return pool.SendBatch(ctx, batch).Close()
}

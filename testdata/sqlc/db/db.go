// Package db is what sqlc generates for pgx.
package db

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type DBTX interface {
	Exec(context.Context, string, ...interface{}) (pgconn.CommandTag, error)
	Query(context.Context, string, ...interface{}) (pgx.Rows, error)
	QueryRow(context.Context, string, ...interface{}) pgx.Row
}

func New(db DBTX) *Queries {
	return &Queries{db: db}
}

type Queries struct {
	db DBTX
}

func (q *Queries) WithTx(tx pgx.Tx) *Queries {
	return &Queries{
		db: tx,
	}
}

type Account struct {
	ID      int64
	Balance int64
}

const getAccount = `-- name: GetAccount :one
SELECT id, balance FROM accounts WHERE id = $1 FOR UPDATE
`

func (q *Queries) GetAccount(ctx context.Context, id int64) (Account, error) {
	row := q.db.QueryRow(ctx, getAccount, id)
	var i Account
	err := row.Scan(&i.ID, &i.Balance)
	return i, err
}

const listAccounts = `-- name: ListAccounts :many
SELECT id, balance FROM accounts WHERE id = ANY($1::bigint[])
`

func (q *Queries) ListAccounts(ctx context.Context, ids []int64) ([]Account, error) {
	rows, err := q.db.Query(ctx, listAccounts, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Account
	for rows.Next() {
		var i Account
		if err := rows.Scan(&i.ID, &i.Balance); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return items, nil
}

const addBalance = `-- name: AddBalance :exec
UPDATE accounts SET balance = balance + $2 WHERE id = $1
`

type AddBalanceParams struct {
	ID     int64
	Amount int64
}

func (q *Queries) AddBalance(ctx context.Context, arg AddBalanceParams) error {
	_, err := q.db.Exec(ctx, addBalance, arg.ID, arg.Amount)
	return err
}

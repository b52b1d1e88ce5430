// Package pgxdb has loops with statements of pgx.
package pgxdb

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type user struct {
	ID   int64
	Name string
}

func QueryRowBad(ctx context.Context, pool *pgxpool.Pool, ids []int64) {
	for _, id := range ids {
		var name string
		pool.QueryRow(ctx, `SELECT name FROM users WHERE id = $1`, id).Scan(&name) // want `runs a query for each element of ids \(pgxpool.Pool.QueryRow\): 1 \+ N statements where one would do; select them at once with WHERE … = ANY\(\$1\)`
	}
}

func ExecBad(ctx context.Context, tx pgx.Tx, users []user) error {
	for _, u := range users {
		if _, err := tx.Exec(ctx, `INSERT INTO users VALUES ($1, $2)`, u.ID, u.Name); err != nil { // want `writes to the database for each element of users .*CopyFrom or a Batch`
			return err
		}
	}
	return nil
}

func NamedArgsBad(ctx context.Context, tx pgx.Tx, users []user) {
	for _, u := range users {
		tx.Exec(ctx, `INSERT INTO users VALUES (@id)`, pgx.NamedArgs{"id": u.ID}) // want `for each element of users`
	}
}

func RowsBad(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, `SELECT id, name FROM users`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		u, err := pgx.RowToStructByPos[user](rows)
		if err != nil {
			return err
		}
		pool.Exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, u.ID) // want `for each element of rows`
	}
	return rows.Err()
}

func ForEachRowBad(ctx context.Context, conn *pgx.Conn, rows pgx.Rows) error {
	var id int64
	_, err := pgx.ForEachRow(rows, []any{&id}, func() error { return nil })
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	for _, id := range ids {
		conn.Exec(ctx, `DELETE FROM users WHERE id = $1`, id) // want `for each element of ids`
	}
	return err
}

func TransactionBad(ctx context.Context, pool *pgxpool.Pool, users []user) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, u := range users {
			if _, err := tx.Exec(ctx, `DELETE FROM users WHERE id = $1`, u.ID); err != nil { // want `for each element of users`
				return err
			}
		}
		return nil
	})
}

func BatchOK(ctx context.Context, pool *pgxpool.Pool, users []user) error {
	batch := &pgx.Batch{}
	for _, u := range users {
		batch.Queue(`INSERT INTO users VALUES ($1, $2)`, u.ID, u.Name)
	}
	res := pool.SendBatch(ctx, batch)
	defer res.Close()
	for range users {
		if _, err := res.Exec(); err != nil {
			return err
		}
	}
	return nil
}

func BatchResultsOK(ctx context.Context, pool *pgxpool.Pool, ids []int64) {
	batch := &pgx.Batch{}
	for _, id := range ids {
		batch.Queue(`SELECT name FROM users WHERE id = $1`, id)
	}
	res := pool.SendBatch(ctx, batch)
	defer res.Close()
	for range ids {
		var name string
		res.QueryRow().Scan(&name)
	}
}

func FullBatchesOK(ctx context.Context, pool *pgxpool.Pool, users []user) {
	batch := &pgx.Batch{}
	for _, u := range users {
		batch.Queue(`DELETE FROM users WHERE id = $1`, u.ID)
		if batch.Len() == 100 {
			pool.SendBatch(ctx, batch).Close()
			batch = &pgx.Batch{}
		}
	}
	pool.SendBatch(ctx, batch).Close()
}

func CopyFromOK(ctx context.Context, pool *pgxpool.Pool, users []user) error {
	_, err := pool.CopyFrom(ctx, pgx.Identifier{"users"}, []string{"id"}, pgx.CopyFromSlice(len(users), func(i int) ([]any, error) {
		return []any{users[i].ID}, nil
	}))
	return err
}

func CopyFromChunksOK(ctx context.Context, pool *pgxpool.Pool, chunks [][]user) {
	for _, c := range chunks {
		pool.CopyFrom(ctx, pgx.Identifier{"users"}, []string{"id"}, pgx.CopyFromSlice(len(c), func(i int) ([]any, error) {
			return []any{c[i].ID}, nil
		}))
	}
}

func AnyOK(ctx context.Context, pool *pgxpool.Pool, ids []int64) (pgx.Rows, error) {
	return pool.Query(ctx, `SELECT name FROM users WHERE id = ANY($1)`, ids)
}

// DBTX and Queries are what a generator makes of queries.
type DBTX interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

type Queries struct{ db DBTX }

type GetUserParams struct {
	ID     int64
	Tenant string
}

func (q *Queries) GetUser(ctx context.Context, arg GetUserParams) (name string, err error) {
	err = q.db.QueryRow(ctx, `SELECT name FROM users WHERE id = $1 AND tenant = $2`, arg.ID, arg.Tenant).Scan(&name)
	return name, err
}

func (q *Queries) DeleteUser(ctx context.Context, id int64) error {
	_, err := q.db.Exec(ctx, `DELETE FROM users WHERE id = $1`, id)
	return err
}

func GeneratedReadBad(ctx context.Context, q *Queries, ids []int64) {
	for _, id := range ids {
		q.GetUser(ctx, GetUserParams{ID: id, Tenant: "t"}) // want `runs a query for each element of ids \(Queries.GetUser → DBTX.QueryRow\)`
	}
}

func GeneratedWriteBad(ctx context.Context, q *Queries, ids []int64) {
	for _, id := range ids {
		q.DeleteUser(ctx, id) // want `writes to the database for each element of ids`
	}
}

func GeneratedOK(ctx context.Context, q *Queries, ids []int64, id int64) {
	for range ids {
		q.GetUser(ctx, GetUserParams{ID: id, Tenant: "t"})
	}
}

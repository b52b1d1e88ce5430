// Package kit holds a project's own ways to begin and to finish, none of which
// is named like those of database/sql.
package kit

import (
	"context"
	"database/sql"

	"example.com/corpus/wrappers/deep"
)

// A Job is a transaction under other names.
type Job struct{ tx *sql.Tx }

// Take hands out a job.
func Take(ctx context.Context, db *sql.DB) (*Job, error) {
	tx, err := deep.Open(ctx, db)
	if err != nil {
		return nil, err
	}
	return &Job{tx}, nil
}

func (j *Job) Run(ctx context.Context, query string, args ...any) error {
	_, err := j.tx.ExecContext(ctx, query, args...)
	return err
}

func (j *Job) Keep() error { return j.tx.Commit() }

func (j *Job) Drop() { _ = j.tx.Rollback() }

// Do runs fn in a job.
func Do(ctx context.Context, db *sql.DB, fn func(j *Job) error) error {
	j, err := Take(ctx, db)
	if err != nil {
		return err
	}
	if err := fn(j); err != nil {
		j.Drop()
		return err
	}
	return j.Keep()
}

type key struct{}

// A Committer ends the transaction that a context carries. Close after Commit
// does nothing.
type Committer interface {
	Commit() error
	Close() error
}

type committer struct {
	tx   *sql.Tx
	over bool
}

func (c *committer) Commit() error {
	c.over = true
	return c.tx.Commit()
}

func (c *committer) Close() error {
	if c.over {
		return nil
	}
	c.over = true
	return c.tx.Rollback()
}

// TxContext returns a context that carries a transaction, and what ends it.
func TxContext(ctx context.Context, db *sql.DB) (context.Context, Committer, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return context.WithValue(ctx, key{}, tx), &committer{tx: tx}, nil
}

// Exec runs a query in the transaction of the context.
func Exec(ctx context.Context, query string, args ...any) error {
	_, err := ctx.Value(key{}).(*sql.Tx).ExecContext(ctx, query, args...)
	return err
}

// Scoped returns a transaction and the function that cleans up after it.
func Scoped(db *sql.DB) (*sql.Tx, func(), error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, nil, err
	}
	return tx, func() { _ = tx.Rollback() }, nil
}

// Pair returns a transaction and the two functions that end it.
func Pair(db *sql.DB) (tx *sql.Tx, commit, rollback func() error, err error) {
	tx, err = db.Begin()
	if err != nil {
		return nil, nil, nil, err
	}
	return tx, tx.Commit, tx.Rollback, nil
}

// A Scope has one end for both ways out.
type Scope struct {
	Tx *sql.Tx
	ok bool
}

func NewScope(db *sql.DB) (*Scope, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return &Scope{Tx: tx}, nil
}

func (s *Scope) OK() { s.ok = true }

// End commits if all went well and else rolls back.
func (s *Scope) End() error {
	if s.ok {
		return s.Tx.Commit()
	}
	return s.Tx.Rollback()
}

// Package uow holds further ways of a project's own to begin and to finish:
// generic ones, ones in contexts, ones behind interfaces.
package uow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// In runs fn in a transaction and returns what it returns.
func In[T any](ctx context.Context, db *sql.DB, fn func(context.Context, *sql.Tx) (T, error)) (out T, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return out, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if p := recover(); p != nil {
			_ = tx.Rollback()
			panic(p)
		}
		if err != nil {
			err = errors.Join(err, tx.Rollback())
			return
		}
		err = tx.Commit()
	}()
	return fn(ctx, tx)
}

// A Unit has the repositories of one transaction.
type Unit[R any] struct {
	tx    *sql.Tx
	Repos R
}

func New[R any](ctx context.Context, db *sql.DB, bind func(*sql.Tx) R) (*Unit[R], error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &Unit[R]{tx, bind(tx)}, nil
}

func (u *Unit[R]) Keep() error { return u.tx.Commit() }

func (u *Unit[R]) Drop() error { return u.tx.Rollback() }

// A Handle is a transaction and what ends it.
type Handle struct {
	Tx     *sql.Tx
	Keep   func() error
	Forget func()
}

func Open(ctx context.Context, db *sql.DB) (Handle, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return Handle{}, err
	}
	return Handle{tx, tx.Commit, func() { _ = tx.Rollback() }}, nil
}

// A Lazy unit begins when it is first asked for its transaction.
type Lazy struct {
	db *sql.DB
	tx *sql.Tx
}

func NewLazy(db *sql.DB) *Lazy { return &Lazy{db: db} }

func (l *Lazy) Tx(ctx context.Context) (*sql.Tx, error) {
	if l.tx == nil {
		tx, err := l.db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		l.tx = tx
	}
	return l.tx, nil
}

func (l *Lazy) Keep() error {
	if l.tx == nil {
		return nil
	}
	return l.tx.Commit()
}

func (l *Lazy) Drop() error {
	if l.tx == nil {
		return nil
	}
	return l.tx.Rollback()
}

type key struct{}

// A Manager keeps transactions in contexts.
type Manager struct{ DB *sql.DB }

func (m *Manager) Begin(ctx context.Context) (context.Context, error) {
	if ctx.Value(key{}) != nil {
		return ctx, errors.New("there is one already")
	}
	tx, err := m.DB.BeginTx(ctx, nil)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, key{}, tx), nil
}

func (m *Manager) Keep(ctx context.Context) error {
	tx, ok := ctx.Value(key{}).(*sql.Tx)
	if !ok {
		return errors.New("there is none")
	}
	return tx.Commit()
}

func (m *Manager) Drop(ctx context.Context) error {
	tx, ok := ctx.Value(key{}).(*sql.Tx)
	if !ok {
		return errors.New("there is none")
	}
	return tx.Rollback()
}

// A Querier is a database or a transaction.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (m *Manager) Conn(ctx context.Context) Querier {
	if tx := From(ctx); tx != nil {
		return tx
	}
	return m.DB
}

// Do runs fn in the transaction of the context, or in one of its own.
func (m *Manager) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	if From(ctx) != nil {
		return fn(ctx)
	}
	tx, err := m.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(context.WithValue(ctx, key{}, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// Enter also returns what ends it.
func (m *Manager) Enter(ctx context.Context) (context.Context, func(*error), error) {
	tx, err := m.DB.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return context.WithValue(ctx, key{}, tx), func(failed *error) {
		if *failed != nil {
			_ = tx.Rollback()
			return
		}
		*failed = tx.Commit()
	}, nil
}

func From(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(key{}).(*sql.Tx)
	return tx
}

type userKey struct{}

// A User travels in contexts too.
type User struct{ name string }

func (u *User) Commit() error { u.name = ""; return nil }

func UserOf(ctx context.Context) *User {
	u, _ := ctx.Value(userKey{}).(*User)
	return u
}

// A Runner is what services are given.
type Runner interface {
	Run(ctx context.Context, fn func(tx *sql.Tx) error) error
}

// A Pool runs functions in transactions.
type Pool struct{ db *sql.DB }

func NewRunner(db *sql.DB) Runner { return Pool{db} }

func (r Pool) Run(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// A Lender has an implementation that leaves the commit to the function.
type Lender interface {
	Lend(ctx context.Context, fn func(tx *sql.Tx) error) error
}

func (r Pool) Lend(ctx context.Context, fn func(tx *sql.Tx) error) error { return r.Run(ctx, fn) }

// Manual leaves the end to the function.
type Manual struct{ db *sql.DB }

func NewManual(db *sql.DB) Lender { return Manual{db} }

func (m Manual) Lend(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(tx)
}

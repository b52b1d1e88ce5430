// Package uow has units of work: objects that own a transaction.
package uow

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// Unit is a transaction with a memory of whether it has ended.
type Unit struct {
	tx   *sql.Tx
	done bool
}

// New begins; the unit owns the transaction, and the caller the unit.
func New(ctx context.Context, db *sql.DB) (*Unit, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &Unit{tx: tx}, nil
}

// Exec borrows.
func (u *Unit) Exec(ctx context.Context, query string, args ...any) error {
	if u.done {
		return sql.ErrTxDone
	}
	_, err := u.tx.ExecContext(ctx, query, args...)
	return err
}

// Commit ends the unit.
func (u *Unit) Commit() error {
	if u.done {
		return sql.ErrTxDone
	}
	u.done = true
	return u.tx.Commit()
}

// End rolls back what is not committed. Deferred, it is harmless after Commit.
func (u *Unit) End() {
	if !u.done {
		u.done = true
		u.tx.Rollback()
	}
}

// Tx lends the transaction.
func (u *Unit) Tx() *sql.Tx { return u.tx }

// Work is what the services see of a unit of work.
type Work interface {
	Exec(ctx context.Context, query string, args ...any) error
	Commit() error
	Rollback() error
}

// Starter starts units of work.
type Starter interface {
	Start(ctx context.Context) (Work, error)
}

// SQL is the Starter for database/sql.
type SQL struct{ DB *sql.DB }

type sqlWork struct{ tx *sql.Tx }

// Start implements Starter.
func (s SQL) Start(ctx context.Context) (Work, error) {
	tx, err := s.DB.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &sqlWork{tx}, nil
}

func (w *sqlWork) Exec(ctx context.Context, query string, args ...any) error {
	_, err := w.tx.ExecContext(ctx, query, args...)
	return err
}

func (w *sqlWork) Commit() error   { return w.tx.Commit() }
func (w *sqlWork) Rollback() error { return w.tx.Rollback() }

// Gorm is a lazy unit: nothing is begun before Begin.
type Gorm struct {
	Base *gorm.DB
	tx   *gorm.DB
}

// Begin opens the unit once.
func (g *Gorm) Begin() error {
	if g.tx != nil {
		return errors.New("uow: begun twice")
	}
	tx := g.Base.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	g.tx = tx
	return nil
}

// DB lends the handle.
func (g *Gorm) DB() *gorm.DB { return g.tx }

// Finish ends the unit by err and passes it on.
func (g *Gorm) Finish(err error) error {
	tx := g.tx
	g.tx = nil
	if err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

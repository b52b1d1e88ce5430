// Package wrappers has interfaces and wrappers of transactions that are over.
package wrappers

import (
	"context"
	"database/sql"
	"errors"
)

// Tx is what the project sees of a transaction.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	Commit() error
	Rollback() error
}

// begin hides the type.
func begin(ctx context.Context, db *sql.DB) (Tx, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return tx, nil
}

func write(ctx context.Context, tx Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO a VALUES (1)`)
	return err
}

func hiddenBad(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db)
	if err != nil {
		return err
	}
	if err := write(ctx, tx); err != nil {
		tx.Rollback()
	}
	return tx.Commit() // want "commits tx, rolled back at line"
}

func hiddenOK(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := write(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Unit remembers its end, so that it may be ended as often as one likes.
type Unit struct {
	tx   *sql.Tx
	over bool
}

func Open(db *sql.DB) (*Unit, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return &Unit{tx: tx}, nil
}

func (u *Unit) Commit() error {
	if u.over {
		return nil
	}
	u.over = true
	return u.tx.Commit()
}

func (u *Unit) Rollback() error {
	if u.over {
		return nil
	}
	u.over = true
	return u.tx.Rollback()
}

func (u *Unit) Add(id int) error {
	if u.over {
		return errors.New("over")
	}
	_, err := u.tx.Exec(`INSERT INTO a VALUES (?)`, id)
	return err
}

func unitTwiceOK(db *sql.DB, early bool) error {
	u, err := Open(db)
	if err != nil {
		return err
	}
	defer u.Rollback()
	if err := u.Add(1); err != nil {
		return err
	}
	if early {
		if err := u.Commit(); err != nil {
			return err
		}
	}
	return u.Commit()
}

// Plain does not remember.
type Plain struct{ tx *sql.Tx }

func OpenPlain(db *sql.DB) (*Plain, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return &Plain{tx}, nil
}

func (p *Plain) Commit() error   { return p.tx.Commit() }
func (p *Plain) Rollback() error { return p.tx.Rollback() }

func (p *Plain) Add(id int) error {
	_, err := p.tx.Exec(`INSERT INTO a VALUES (?)`, id)
	return err
}

func plainBad(db *sql.DB) error {
	p, err := OpenPlain(db)
	if err != nil {
		return err
	}
	defer p.Rollback()
	if err := p.Commit(); err != nil {
		return err
	}
	return p.Add(1) // want "passes (p|p.tx|the transaction) to .*Add, committed (at line|by .*Commit at line)"
}

func plainOK(db *sql.DB) error {
	p, err := OpenPlain(db)
	if err != nil {
		return err
	}
	defer p.Rollback()
	if err := p.Add(1); err != nil {
		return err
	}
	return p.Commit()
}

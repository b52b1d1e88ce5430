// Package wrappers has transactions of the project's own making.
package wrappers

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"
)

// Tx is what the project sees of a transaction.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	Commit() error
	Rollback() error
}

// Execer cannot end anything.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// StoreBad works with an interface that can end, and ends it.
func StoreBad(ctx context.Context, tx Tx) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

func StoreOK(ctx context.Context, tx Execer) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO a VALUES (1)`)
	return err
}

func storesBad(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := StoreBad(ctx, tx); err != nil {
		return err
	}
	if err := StoreOK(ctx, tx); err != nil { // want "passes tx to wrappers.StoreOK after wrappers.StoreBad has committed it"
		return err
	}
	return tx.Commit()
}

func storesOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := StoreOK(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// FinishOK ends by the interface.
func FinishOK(tx Tx, err error) error {
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// EmbTx embeds.
type EmbTx struct {
	*sqlx.Tx
	name string
}

func BeginEmb(db *sqlx.DB, name string) (*EmbTx, error) {
	tx, err := db.Beginx()
	if err != nil {
		return nil, err
	}
	return &EmbTx{tx, name}, nil
}

// Note works; it does not end.
func (t *EmbTx) Note(text string) error {
	_, err := t.Exec(`INSERT INTO notes VALUES (?, ?)`, t.name, text)
	return err
}

// Commit notes first, which is what the wrapper is for.
func (t *EmbTx) Commit() error {
	if err := t.Note("commit"); err != nil {
		t.Tx.Rollback()
		return err
	}
	return t.Tx.Commit()
}

// Close is harmless after Commit.
func (t *EmbTx) Close() error {
	if err := t.Tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

func embeddedOK(db *sqlx.DB) error {
	tx, err := BeginEmb(db, "a")
	if err != nil {
		return err
	}
	defer tx.Close()
	if err := tx.Note("x"); err != nil {
		return err
	}
	return tx.Commit()
}

// FlushBad ends an embedded one.
func FlushBad(tx *EmbTx, ids []int) error {
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

func flushesBad(db *sqlx.DB, ids []int) error {
	tx, err := BeginEmb(db, "a")
	if err != nil {
		return err
	}
	defer tx.Close()
	if err := FlushBad(tx, ids); err != nil {
		return err
	}
	return tx.Note("flushed") // want "after wrappers.FlushBad has committed it"
}

// Valued is embedded by value.
type Valued struct{ sqlx.Tx }

// StoreValuedBad ends a pointer to it.
func StoreValuedBad(v *Valued) error {
	if _, err := v.Exec(`INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return v.Commit() // want "commits v, which the caller passed in"
}

// Unit is a unit of work: who opens it says when it ends.
type Unit struct{ tx *sqlx.Tx }

func (u *Unit) Open(db *sqlx.DB) (err error) {
	u.tx, err = db.Beginx()
	return err
}

func (u *Unit) Add(id int) error {
	_, err := u.tx.Exec(`INSERT INTO a VALUES (?)`, id)
	return err
}

func (u *Unit) Commit() error   { return u.tx.Commit() }
func (u *Unit) Rollback() error { return u.tx.Rollback() }

func unitOK(db *sqlx.DB) error {
	var u Unit
	if err := u.Open(db); err != nil {
		return err
	}
	defer u.Rollback()
	if err := u.Add(1); err != nil {
		return err
	}
	return u.Commit()
}

// ApplyBad is lent a unit of work and ends it.
func ApplyBad(u *Unit, ids []int) error {
	for _, id := range ids {
		if err := u.Add(id); err != nil {
			return err
		}
	}
	return u.Commit() // want "commits (u|u.tx), which the caller passed in"
}

func appliesBad(db *sqlx.DB, ids []int) error {
	u := &Unit{}
	if err := u.Open(db); err != nil {
		return err
	}
	defer u.Rollback()
	if err := ApplyBad(u, ids); err != nil {
		return err
	}
	return u.Add(0) // want "after wrappers.ApplyBad has committed it"
}

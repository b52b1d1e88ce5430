// Package sqlxdb holds sqlx transactions and who finishes them.
package sqlxdb

import (
	"context"

	"github.com/jmoiron/sqlx"
)

type row struct {
	ID int `db:"id"`
}

func RenameBad(tx *sqlx.Tx, r row) error {
	if _, err := tx.NamedExec(`UPDATE a SET id = :id`, r); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

func ListBad(tx *sqlx.Tx) (out []row, err error) {
	defer tx.Rollback() // want "rolls back tx, which the caller passed in"
	err = tx.Select(&out, `SELECT id FROM a`)
	return out, err
}

func listsBad(db *sqlx.DB) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	rs, err := ListBad(tx)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, r.ID); err != nil { // want "uses tx after sqlxdb.ListBad has rolled it back"
			return err
		}
	}
	return tx.Commit()
}

func ListOK(q sqlx.Queryer) (out []row, err error) {
	err = sqlx.Select(q, &out, `SELECT id FROM a`)
	return out, err
}

func listsOK(db *sqlx.DB) (err error) {
	tx := db.MustBegin()
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	rs, err := ListOK(tx)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if _, err = tx.NamedExec(`DELETE FROM a WHERE id = :id`, r); err != nil {
			return err
		}
	}
	return nil
}

// UnsafeBad ends it by another handle on the same.
func UnsafeBad(tx *sqlx.Tx) error {
	lax := tx.Unsafe()
	if _, err := lax.Exec(`DELETE FROM a`); err != nil {
		return err
	}
	return lax.Commit() // want "commits (tx|lax), which the caller passed in"
}

// WrapsOK begins where it is given a pool.
func WrapsOK(ctx context.Context, db sqlx.ExtContext) (err error) {
	tx, isTx := db.(*sqlx.Tx)
	if !isTx {
		if tx, err = db.(*sqlx.DB).BeginTxx(ctx, nil); err != nil {
			return err
		}
		defer tx.Rollback()
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM a`); err != nil {
		return err
	}
	if !isTx {
		return tx.Commit()
	}
	return nil
}

func Transact(db *sqlx.DB, do func(tx *sqlx.Tx) error) (err error) {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		}
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	return do(tx)
}

func transactsBad(db *sqlx.DB) error {
	return Transact(db, func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(`DELETE FROM a`); err != nil {
			tx.Rollback() // want "rolls back tx, which sqlxdb.Transact finishes: return an error and it is rolled back"
			return err
		}
		return nil
	})
}

func transactsOK(db *sqlx.DB) error {
	return Transact(db, func(tx *sqlx.Tx) error {
		_, err := ListOK(tx)
		return err
	})
}

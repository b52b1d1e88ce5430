// Package sqlxdb holds what is done with sqlx transactions after their end.
package sqlxdb

import (
	"context"
	"database/sql"
	"log"

	"github.com/jmoiron/sqlx"
)

type user struct {
	ID int `db:"id"`
}

func missingReturnBad(db *sqlx.DB, u user) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	if _, err := tx.NamedExec(`INSERT INTO users VALUES (:id)`, u); err != nil {
		log.Print(err)
		tx.Rollback()
	}
	return tx.Commit() // want "commits tx, rolled back at line"
}

func missingReturnOK(db *sqlx.DB, u user) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	if _, err := tx.NamedExec(`INSERT INTO users VALUES (:id)`, u); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func getAfterBad(db *sqlx.DB) (u user, err error) {
	tx := db.MustBegin()
	defer tx.Rollback()
	tx.MustExec(`INSERT INTO users VALUES (1)`)
	if err := tx.Commit(); err != nil {
		return u, err
	}
	err = tx.Get(&u, `SELECT id FROM users`) // want "uses tx, committed at line \\d+: sqlx.Tx.Get fails"
	return u, err
}

func getAfterOK(db *sqlx.DB) (u user, err error) {
	tx := db.MustBegin()
	defer tx.Rollback()
	tx.MustExec(`INSERT INTO users VALUES (1)`)
	if err := tx.Commit(); err != nil {
		return u, err
	}
	err = db.Get(&u, `SELECT id FROM users`)
	return u, err
}

func functionAfterBad(db *sqlx.DB) (us []user, err error) {
	tx, err := db.Beginx()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	err = sqlx.Select(tx, &us, `SELECT id FROM users`) // want "tx.*committed at line"
	return us, err
}

func structScanBad(db *sqlx.DB) (us []user, err error) {
	tx, err := db.Beginx()
	if err != nil {
		return nil, err
	}
	rows, err := tx.Queryx(`SELECT id FROM users`)
	if err != nil {
		tx.Rollback()
		return nil, err
	}
	defer rows.Close()
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	for rows.Next() { // want "uses tx, committed at line"
		var u user
		if err := rows.StructScan(&u); err != nil {
			return nil, err
		}
		us = append(us, u)
	}
	return us, rows.Err()
}

func namedStmtBad(db *sqlx.DB, us []user) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareNamed(`INSERT INTO users VALUES (:id)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, u := range us {
		if _, err := stmt.Exec(u); err != nil { // want "uses tx, committed at line"
			return err
		}
	}
	return nil
}

func namedStmtOK(db *sqlx.DB, us []user) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareNamed(`INSERT INTO users VALUES (:id)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, u := range us {
		if _, err := stmt.Exec(u); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Text can be made with a transaction that is over.
func rebindOK(db *sqlx.DB) (string, error) {
	tx, err := db.Beginx()
	if err != nil {
		return "", err
	}
	defer tx.Rollback()
	if err := tx.Commit(); err != nil {
		return "", err
	}
	return tx.Rebind(`SELECT ? FROM ` + tx.DriverName()), nil
}

// txr embeds.
type txr struct{ *sqlx.Tx }

func (t txr) save(u user) error {
	_, err := t.NamedExec(`INSERT INTO users VALUES (:id)`, u)
	return err
}

// FN_EmbeddedByValue: the handle in a struct that is passed by value is not seen
// where the callee is asked what it does with it.
func FN_EmbeddedByValue(db *sqlx.DB, u user) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	t := txr{tx}
	if err := t.Commit(); err != nil {
		return err
	}
	return t.save(u)
}

func embeddedOK(db *sqlx.DB, u user) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	t := txr{tx}
	if err := t.save(u); err != nil {
		t.Rollback()
		return err
	}
	return t.Commit()
}

func optionsOK(db *sqlx.DB, ro bool) error {
	tx, err := db.BeginTxx(context.Background(), &sql.TxOptions{ReadOnly: ro})
	if err != nil {
		return err
	}
	if ro {
		return tx.Rollback()
	}
	return tx.Commit()
}

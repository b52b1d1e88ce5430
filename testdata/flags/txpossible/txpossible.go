// Package txpossible holds findings of txowner and txdone that rest on an
// assumption. What it wants is reported with their flag possible, and nothing
// without.
package txpossible

import (
	"database/sql"
	"log"
)

// A choice has more combinations than are kept apart. What is wrong here is so in
// one of them only: of what is wrong in each, one is followed all the same.
type choice struct{ a, b, d, e, f, g, h int }

func SaveBad(tx *sql.Tx, c choice) error {
	var a, b, d, e, f, g, h string
	if c.a > 0 {
		a = "a"
	}
	if c.b > 0 {
		b = "b"
	}
	if c.d > 0 {
		d = "d"
	}
	if c.e > 0 {
		e = "e"
	}
	if c.f > 0 {
		f = "f"
	}
	if c.g > 0 {
		g = "g"
	}
	if c.h > 0 {
		h = "h"
	}
	if _, err := tx.Exec(`INSERT INTO a VALUES (?)`, a+b+d+e+f+g+h); err != nil {
		return err
	}
	log.Print(a, b, d, e, f, g, h)
	if a != "" && b == "" && d != "" && e == "" && f != "" && g == "" && h != "" {
		return tx.Commit() // want txowner:"may commit tx, which the caller passed in"
	}
	return nil
}

func saveTwiceBad(db *sql.DB, c choice) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var a, b, d, e, f, g, h string
	if c.a > 0 {
		a = "a"
	}
	if c.b > 0 {
		b = "b"
	}
	if c.d > 0 {
		d = "d"
	}
	if c.e > 0 {
		e = "e"
	}
	if c.f > 0 {
		f = "f"
	}
	if c.g > 0 {
		g = "g"
	}
	if c.h > 0 {
		h = "h"
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	log.Print(a, b, d, e, f, g, h)
	if a != "" && b == "" && d != "" && e == "" && f != "" && g == "" && h != "" {
		_, err = tx.Exec(`INSERT INTO a VALUES (?)`, a+b+d+e+f+g+h) // want txdone:"may use tx, committed at line"
	}
	return err
}

// Fewer combinations are kept apart, and nothing is wrong.
func saveOnceOK(db *sql.DB, c choice) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var a, b string
	if c.a > 0 {
		a = "a"
	}
	if c.b > 0 {
		b = "b"
	}
	if _, err := tx.Exec(`INSERT INTO a VALUES (?)`, a+b); err != nil {
		return err
	}
	return tx.Commit()
}

// As many combinations as in the first, and nothing is wrong either.
func SaveOK(tx *sql.Tx, c choice) error {
	var a, b, d, e, f, g, h string
	if c.a > 0 {
		a = "a"
	}
	if c.b > 0 {
		b = "b"
	}
	if c.d > 0 {
		d = "d"
	}
	if c.e > 0 {
		e = "e"
	}
	if c.f > 0 {
		f = "f"
	}
	if c.g > 0 {
		g = "g"
	}
	if c.h > 0 {
		h = "h"
	}
	_, err := tx.Exec(`INSERT INTO a VALUES (?)`, a+b+d+e+f+g+h)
	return err
}

// Package panics holds transactions that only a panic leaves open. What it
// wants is reported with -earlyreturn.panics, and nothing without.
package panics

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// ExplicitBad panics with the transaction open. Whoever recovers, and every
// HTTP server does, loses the connection.
func ExplicitBad(db *sql.DB, id int64) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if id < 0 {
		panic("negative id") // want "panics and leaves tx begun at line \\d+ open"
	}
	if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func ExplicitOK(db *sql.DB, id int64) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if id < 0 {
		panic("negative id")
	}
	if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit()
}

// MustBad turns an error into a panic.
func MustBad(db *sql.DB, id int64) {
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
		panic(fmt.Errorf("cart %d: %w", id, err)) // want "panics and leaves tx begun at line \\d+ open"
	}
	if err := tx.Commit(); err != nil {
		panic(err)
	}
}

func MustOK(db *sql.DB, id int64) {
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
		tx.Rollback()
		panic(fmt.Errorf("cart %d: %w", id, err))
	}
	if err := tx.Commit(); err != nil {
		panic(err)
	}
}

// RunBad calls code of others: where that panics, nobody rolls back.
func RunBad(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil { // want "a panic in fn leaves tx begun at line \\d+ open"
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func RunOK(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// RunRecoverOK rolls back where it recovers, and panics on.
func RunRecoverOK(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		}
	}()
	if err := fn(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// RunNamedOK asks for a panic and for an error in one switch.
func RunNamedOK(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		switch p := recover(); {
		case p != nil:
			tx.Rollback()
			panic(p)
		case err != nil:
			tx.Rollback()
		default:
			err = tx.Commit()
		}
	}()
	return fn(tx)
}

// RunFlagOK knows without recover whether it came to its end.
func RunFlagOK(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	done = true
	return tx.Commit()
}

// ErrorGuardBad rolls back where there is an error; a panic sets none.
func ErrorGuardBad(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if err = fn(tx); err != nil { // want "a panic in fn leaves tx begun at line \\d+ open"
		return err
	}
	return tx.Commit()
}

// RecoveredBad recovers by itself and returns as if nothing had happened.
func RecoveredBad(db *sql.DB, ids []int64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		panic("no ids") // want "panics and leaves tx begun at line \\d+ open"
	}
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func RecoveredOK(db *sql.DB, ids []int64) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	if len(ids) == 0 {
		panic("no ids")
	}
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// BeforeBeginOK panics while there is nothing to lose, and after the end.
func BeforeBeginOK(db *sql.DB, id int64) {
	if id < 0 {
		panic("negative id")
	}
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	if err := tx.Commit(); err != nil {
		panic(err)
	}
	panic("done")
}

// PluckBad gives each row to a callback.
func PluckBad(db *gorm.DB, each func(id int64)) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	var ids []int64
	if err := tx.Table("carts").Pluck("id", &ids).Error; err != nil {
		tx.Rollback()
		return err
	}
	for _, id := range ids {
		each(id) // want "a panic in each leaves tx begun at line \\d+ open"
	}
	return tx.Commit().Error
}

func PluckOK(db *gorm.DB, each func(id int64)) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.Rollback()
	var ids []int64
	if err := tx.Table("carts").Pluck("id", &ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		each(id)
	}
	return tx.Commit().Error
}

// fail panics for its callers.
func fail(what string) { panic(what) }

// FN_PanicInCallee panics in a function of this package: calls are taken to
// return, or every call would be a place for a panic.
func FN_PanicInCallee(db *sql.DB, id int64) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if id < 0 {
		fail("negative id")
	}
	return tx.Commit()
}

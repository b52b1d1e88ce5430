package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
)

// EndOK decides by what happened before.
func EndOK(tx *sql.Tx, ok *bool) error {
	if *ok {
		return tx.Commit()
	}
	return tx.Rollback()
}

func endsOK(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	ok := false
	defer func() { err = errors.Join(err, EndOK(tx, &ok)) }()
	if err := insert(tx); err != nil {
		return err
	}
	ok = true
	return nil
}

// AbortOK rolls back and says both errors.
func AbortOK(tx *sql.Tx, err error) error {
	if rerr := tx.Rollback(); rerr != nil {
		return fmt.Errorf("%w (and the rollback: %v)", err, rerr)
	}
	return err
}

func abortsOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := insert(tx); err != nil {
		return AbortOK(tx, err)
	}
	return tx.Commit()
}

// ThenCommitOK runs what it is given, and only then ends.
func ThenCommitOK(tx *sql.Tx, do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
			panic(r)
		}
	}()
	if err := do(); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func thenCommitsOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return ThenCommitOK(tx, func() error { return insert(tx) })
}

// EndLoggedOK only speaks of it.
func EndLoggedOK(tx *sql.Tx, name string) {
	if err := tx.Commit(); err != nil {
		log.Printf("%s: %v", name, err)
		return
	}
	log.Printf("%s: done", name)
}

// EndAllOK ends several.
func EndAllOK(txs ...*sql.Tx) (err error) {
	for _, tx := range txs {
		err = errors.Join(err, tx.Commit())
	}
	return err
}

// StampBad writes first.
func StampBad(tx *sql.Tx, by string) error {
	if _, err := tx.Exec(`INSERT INTO stamps VALUES (?)`, by); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// StampThroughBad works with it in a callee.
func StampThroughBad(tx *sql.Tx, by string) error {
	if by == "" {
		return errNone
	}
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// StampPreparedBad works with a statement of it.
func StampPreparedBad(tx *sql.Tx, by []string) error {
	stmt, err := tx.Prepare(`INSERT INTO stamps VALUES (?)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, b := range by {
		if _, err := stmt.Exec(b); err != nil {
			return err
		}
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// StampInClosureBad ends it in a function of its own.
func StampInClosureBad(tx *sql.Tx, by string) error {
	finish := func() error {
		return tx.Commit() // want "commits tx, which the caller passed in"
	}
	if _, err := tx.Exec(`INSERT INTO stamps VALUES (?)`, by); err != nil {
		return err
	}
	return finish()
}

// StampSwitchedBad ends it on one arm.
func StampSwitchedBad(tx *sql.Tx, mode int) error {
	if _, err := tx.Exec(`INSERT INTO stamps VALUES (?)`, mode); err != nil {
		return err
	}
	switch mode {
	case 1:
		return nil
	case 2:
		return tx.Commit() // want "commits tx, which the caller passed in"
	}
	return errNone
}

// A Job holds what it works with.
type Job struct {
	Tx   *sql.Tx
	Name string
}

// RunBad ends what the job holds.
func RunBad(j Job) error {
	if _, err := j.Tx.Exec(`INSERT INTO jobs VALUES (?)`, j.Name); err != nil {
		return err
	}
	return j.Tx.Commit() // want "commits j.Tx, which the caller passed in"
}

func RunOK(j *Job) error {
	_, err := j.Tx.Exec(`INSERT INTO jobs VALUES (?)`, j.Name)
	return err
}

// A begin that hands out both ends beside the handle; what came in by the
// context is not ended.
func open(ctx context.Context, db *sql.DB) (tx *sql.Tx, commit, rollback func() error, err error) {
	nothing := func() error { return nil }
	if tx := fromContext(ctx); tx != nil {
		return tx, nothing, nothing, nil
	}
	tx, err = db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nothing, nothing, err
	}
	return tx, tx.Commit, tx.Rollback, nil
}

func opensOK(ctx context.Context, db *sql.DB) error {
	tx, commit, rollback, err := open(ctx, db)
	if err != nil {
		return err
	}
	defer rollback()
	if err := insert(tx); err != nil {
		return err
	}
	return commit()
}

// Nil means begin your own.
func (r *repo) UpdateOK(ctx context.Context, tx *sql.Tx, id int) (err error) {
	own := tx == nil
	if own {
		tx, err = r.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
	}
	if _, err := tx.ExecContext(ctx, `UPDATE a SET n = 0 WHERE id = ?`, id); err != nil {
		return err
	}
	if own {
		return tx.Commit()
	}
	return nil
}

// The same, told apart by a second variable.
func (r *repo) ReplaceOK(ctx context.Context, given *sql.Tx, id int) error {
	tx := given
	if tx == nil {
		var err error
		if tx, err = r.db.BeginTx(ctx, nil); err != nil {
			return err
		}
		defer tx.Rollback()
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM a WHERE id = ?`, id); err != nil {
		return err
	}
	if given == nil {
		return tx.Commit()
	}
	return nil
}

// The check is forgotten where it ends.
func (r *repo) ReplaceBad(ctx context.Context, tx *sql.Tx, id int) (err error) {
	if tx == nil {
		if tx, err = r.db.BeginTx(ctx, nil); err != nil {
			return err
		}
		defer tx.Rollback()
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM a WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// wrapped says whether the transaction came with the context.
func wrapped(ctx context.Context, db *sql.DB) (tx *sql.Tx, is bool, err error) {
	if tx := fromContext(ctx); tx != nil {
		return tx, true, nil
	}
	tx, err = db.BeginTx(ctx, nil)
	return tx, false, err
}

func unlessWrappedOK(ctx context.Context, db *sql.DB) error {
	tx, isWrapped, err := wrapped(ctx, db)
	if err != nil {
		return err
	}
	if !isWrapped {
		defer tx.Rollback()
	}
	if err := insert(tx); err != nil {
		return err
	}
	if isWrapped {
		return nil
	}
	return tx.Commit()
}

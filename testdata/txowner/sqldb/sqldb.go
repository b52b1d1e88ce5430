// Package sqldb holds database/sql transactions and who finishes them.
package sqldb

import (
	"context"
	"database/sql"
)

type repo struct {
	db *sql.DB
	tx *sql.Tx
}

func insert(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT INTO a VALUES (1)`)
	return err
}

func saveOrderBad(tx *sql.Tx) error {
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in: only the function that begins a transaction should finish it; leave the commit to the caller, who goes on with it at line 35 and line 38"
}

func parentBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := saveOrderBad(tx); err != nil {
		return err
	}
	if err := insert(tx); err != nil { // want "passes tx to sqldb.insert after sqldb.saveOrderBad has committed it .called at line 32, ends it at sqldb.go:23."
		return err
	}
	return tx.Commit()
}

// Exported: nobody in view calls it.
func SaveBad(tx *sql.Tx) error {
	if _, err := tx.Exec(`INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// SaveDownOK saves and commits.
func SaveDownOK(tx *sql.Tx) error {
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func saveHandedDown(tx *sql.Tx) error {
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func handsDownOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return saveHandedDown(tx)
}

func Finish(tx *sql.Tx, err *error) {
	if *err != nil {
		tx.Rollback()
		return
	}
	*err = tx.Commit()
}

func finishedOK(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer Finish(tx, &err)
	return insert(tx)
}

func ForgetsBad(tx *sql.Tx, id int) error {
	var n int
	if err := tx.QueryRow(`SELECT n FROM a WHERE id = ?`, id).Scan(&n); err != nil {
		tx.Rollback() // want "rolls back tx, which the caller passed in: only the function that begins a transaction should finish it; return an error and leave the rollback to the caller"
		return nil
	}
	return nil
}

func ToldOK(tx *sql.Tx, id int) error {
	if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

func OwnIfNilOK(db *sql.DB, tx *sql.Tx) (err error) {
	own := false
	if tx == nil {
		if tx, err = db.Begin(); err != nil {
			return err
		}
		own = true
	}
	if err := insert(tx); err != nil {
		if own {
			tx.Rollback()
		}
		return err
	}
	if own {
		return tx.Commit()
	}
	return nil
}

func NewRepo(tx *sql.Tx) *repo { return &repo{tx: tx} }

func (r *repo) SaveBad() error {
	if _, err := r.tx.Exec(`INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return r.tx.Commit() // want "commits r.tx, which its receiver was given"
}

type work struct {
	tx *sql.Tx
}

func (w *work) Begin(db *sql.DB) (err error) {
	w.tx, err = db.Begin()
	return err
}

func (w *work) SaveOK() error {
	if _, err := w.tx.Exec(`INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return w.tx.Commit()
}

type key struct{}

func fromContext(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(key{}).(*sql.Tx)
	return tx
}

func ContextBad(ctx context.Context) error {
	tx := fromContext(ctx)
	if _, err := tx.Exec(`INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return tx.Commit() // want "commits the transaction, which came with the context"
}

func inTx(db *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func managedBad(db *sql.DB) error {
	return inTx(db, func(tx *sql.Tx) error {
		if err := insert(tx); err != nil {
			tx.Rollback() // want "rolls back tx, which sqldb.inTx finishes: return an error and it is rolled back"
			return err
		}
		return tx.Commit() // want "commits tx, which sqldb.inTx finishes: return nil and it is committed"
	})
}

func managedOK(db *sql.DB) error {
	return inTx(db, func(tx *sql.Tx) error { return insert(tx) })
}

// runs leaves the commit to its callback.
func runs(db *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return do(tx)
}

func mustCommitOK(db *sql.DB) error {
	return runs(db, func(tx *sql.Tx) error {
		if err := insert(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// Package sqldb holds what is done with database/sql transactions after their end.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log"
)

func missingReturnBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM a`); err != nil {
		log.Print(err)
		tx.Rollback()
	}
	return tx.Commit() // want "commits tx, rolled back at line 18: the commit fails and nothing is kept; return after the rollback"
}

func commitTwiceBad(db *sql.DB, early bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if early {
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return tx.Commit() // want "commits tx, committed at line 30: the second commit fails"
}

func queryAfterCommitBad(db *sql.DB) (int, error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	var n int
	err = tx.QueryRow(`SELECT count(*) FROM a`).Scan(&n) // want "uses tx, committed at line 43: sql.Tx.QueryRow fails"
	return n, err
}

func rowsOutliveBad(db *sql.DB) (ids []int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	rows, err := tx.Query(`SELECT id FROM a`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	for rows.Next() { // want "uses tx, committed at line 62: sql.Rows.Next fails"
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func stmtOutlivesBad(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	stmt, err := tx.Prepare(`DELETE FROM a WHERE id = ?`)
	if err != nil {
		tx.Rollback()
		return err
	}
	defer stmt.Close()
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := stmt.Exec(id); err != nil { // want "uses tx, committed at line 86"
			return err
		}
	}
	return nil
}

func insert(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT INTO a VALUES (1)`)
	return err
}

func passedOnBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return insert(tx) // want "passes tx to sqldb.insert, committed at line 107"
}

func begunBad(db *sql.DB) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	if err := insert(tx); err != nil {
		return nil, err
	}
	return tx, nil // want "returns tx, rolled back by the deferred call at line 118: its caller can do nothing with it"
}

func lateErrorBad(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		err = tx.Rollback() // want "returns the error of this rollback although tx was committed at line 136"
	}()
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func lateErrorOK(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
	}()
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func deferredCommitBad(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit() // want "commits tx, committed at line 170: the second commit fails"
	}()
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func rollbackAfterCommitOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := insert(tx); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

func beginAnewOK(db *sql.DB, batches [][]int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { tx.Rollback() }()
	for _, b := range batches {
		for range b {
			if err := insert(tx); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		if tx, err = db.Begin(); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func commitInLoopOK(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, id := range ids {
		if id == 0 {
			return tx.Commit()
		}
		if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func closesAfterOK(db *sql.DB) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	rows, err := tx.Query(`SELECT 1`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return tx.Commit()
}

func switchedOK(db *sql.DB, mode int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := insert(tx); err != nil {
		tx.Rollback()
		switch mode {
		case 1:
			return err
		default:
			return nil
		}
	}
	return tx.Commit()
}

func joinedLateErrorBad(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, tx.Rollback()) // want "returns the error of this rollback although tx was committed"
	}()
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func afterReturnedBad(db *sql.DB) error {
	tx, err := begunBad(db)
	if err != nil {
		return err
	}
	return insert(tx) // want "passes tx to sqldb.insert, rolled back by sqldb.begunBad at line"
}

func failedCommitOK(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if cerr := tx.Commit(); cerr != nil {
			err = errors.Join(err, tx.Rollback(), cerr)
		}
	}()
	return insert(tx)
}

type errState struct{}

func (errState) Error() string { return "state" }

// check rolls back only where it fails.
func check(tx *sql.Tx, id int) error {
	var n int
	if err := tx.QueryRow(`SELECT n FROM a WHERE id = ?`, id).Scan(&n); err != nil {
		tx.Rollback()
		return err
	}
	if n == 0 {
		tx.Rollback()
		return errState{}
	}
	return nil
}

func checkedOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := check(tx, id); err != nil {
		return err
	}
	return tx.Commit()
}

package sqldb

import (
	"database/sql"
	"errors"
	"log"
)

var errNone = errors.New("none left")

// reserveBad and checkoutBad both commit.
func reserveBad(tx *sql.Tx, id int) error {
	if _, err := tx.Exec(`UPDATE stock SET n = n - 1 WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in: .*, who goes on with it at line \\d+ and line \\d+"
}

func checkoutBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := reserveBad(tx, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx after sqldb.reserveBad has committed it"
}

// reserveAllBad lends one transaction to a callee that ends it, once a round.
func reserveAllBad(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, id := range ids {
		if err := reserveBad(tx, id); err != nil { // want "(passes tx to sqldb.reserveBad|ends tx again) after sqldb.reserveBad has committed it"
			return err
		}
	}
	return nil
}

func auditBad(tx *sql.Tx) (err error) {
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit() // want "commits tx, which the caller passed in"
	}()
	_, err = tx.Exec(`INSERT INTO audit VALUES (1)`)
	return err
}

func auditedBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := auditBad(tx); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM a`); err != nil { // want "uses tx after sqldb.auditBad has committed it"
		return err
	}
	return tx.Commit()
}

func lookUpBad(tx *sql.Tx, id int) (n int, err error) {
	defer tx.Rollback() // want "rolls back tx, which the caller passed in"
	err = tx.QueryRow(`SELECT n FROM a WHERE id = ?`, id).Scan(&n)
	return n, err
}

func lookedUpBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	n, err := lookUpBad(tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE a SET n = ? WHERE id = ?`, n+1, id); err != nil { // want "uses tx after sqldb.lookUpBad has rolled it back"
		return err
	}
	return tx.Commit()
}

// chargeBad is reached through bill, which does nothing wrong itself.
func chargeBad(tx *sql.Tx, id int) error {
	if _, err := tx.Exec(`INSERT INTO charges VALUES (?)`, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

func bill(tx *sql.Tx, id int) error {
	if id == 0 {
		return errNone
	}
	return chargeBad(tx, id)
}

func billedBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := bill(tx, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx after sqldb.(bill|chargeBad) has committed it"
}

// removeBad ends what it was given where it fails, which one caller ignores.
func removeBad(tx *sql.Tx, id int) error {
	if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
		tx.Rollback() // want "rolls back tx, which the caller passed in: .*, who goes on with it at line \\d+"
		return err
	}
	return nil
}

func ignoresBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := removeBad(tx, id); err != nil {
		log.Print(err)
	}
	return tx.Commit() // want "commits tx after sqldb.removeBad has rolled it back"
}

func removesOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := removeBad(tx, id); err != nil {
		return err
	}
	return tx.Commit()
}

func removesGroupsOK(db *sql.DB, groups [][]int) error {
	failed := 0
groups:
	for _, g := range groups {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for _, id := range g {
			if err := removeBad(tx, id); err != nil {
				failed++
				continue groups
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	if failed > 0 {
		return errNone
	}
	return nil
}

func switchesOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	switch err := removeBad(tx, id); {
	case err == nil:
		return tx.Commit()
	case errors.Is(err, sql.ErrNoRows):
		return nil
	default:
		return err
	}
}

func jumpsOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err = removeBad(tx, id); err != nil {
		goto failed
	}
	return tx.Commit()
failed:
	log.Print(id)
	return err
}

func jumpsBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err = lowerBad(tx, id); err != nil {
		goto failed
	}
	return tx.Commit()
failed:
	log.Print(id)
	if id > 0 {
		_, err = tx.Exec(`INSERT INTO failures VALUES (?)`, id) // want "uses tx after sqldb.lowerBad has rolled it back"
	}
	tx.Rollback()
	return err
}

func lowerBad(tx *sql.Tx, id int) (err error) {
	defer func() {
		if err != nil {
			tx.Rollback() // want "rolls back tx, which the caller passed in"
		}
	}()
	_, err = tx.Exec(`UPDATE a SET n = n - 1 WHERE id = ?`, id)
	return err
}

// importBad ends it with its last row.
func importBad(tx *sql.Tx, ids []int) error {
	for i, id := range ids {
		if _, err := tx.Exec(`INSERT INTO a VALUES (?)`, id); err != nil {
			return err
		}
		if i == len(ids)-1 {
			return tx.Commit() // want "commits tx, which the caller passed in"
		}
	}
	return nil
}

func importedBad(db *sql.DB, ids []int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	if err = importBad(tx, ids); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE counts SET n = n + ?`, len(ids)) // want "uses tx after sqldb.importBad has committed it"
	return err
}

// saveAllBad ends it by a method value.
func saveAllBad(tx *sql.Tx, ids []int) error {
	end := tx.Commit
	for _, id := range ids {
		if _, err := tx.Exec(`INSERT INTO a VALUES (?)`, id); err != nil {
			return err
		}
	}
	return end() // want "commits tx, which the caller passed in"
}

func savedAllBad(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := saveAllBad(tx, ids); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx after sqldb.saveAllBad has committed it"
}

// appendRow has an end in its name, but none in its body.
func appendRow(tx *sql.Tx, id int) error {
	_, err := tx.Exec(`INSERT INTO a VALUES (?)`, id)
	return err
}

func SendBad(tx *sql.Tx, id int) error {
	if err := appendRow(tx, id); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// deferredChildBad lends it to a callee that ends it, and has deferred a commit.
func deferredChildBad(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			err = tx.Commit() // want "commits tx after sqldb.auditBad has committed it"
		} else {
			tx.Rollback()
		}
	}()
	return auditBad(tx)
}

// A callee that ends it, and whose callers all know: the last thing that each
// does with it.
func markOff(tx *sql.Tx, id int) error {
	if _, err := tx.Exec(`UPDATE a SET marked = 1 WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit()
}

func marksOffOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := insert(tx); err != nil {
		return err
	}
	return markOff(tx, id)
}

func marksOffLaterOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := insert(tx); err != nil {
		return err
	}
	if err := markOff(tx, id); err != nil {
		return err
	}
	log.Print("marked ", id)
	return nil
}

// The callee rolls back by its own error, the caller only returns.
func lockOut(tx *sql.Tx, id int) error {
	res, err := tx.Exec(`UPDATE a SET locked = 1 WHERE id = ?`, id)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errNone, err, tx.Rollback())
	}
	return nil
}

func locksOutOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := lockOut(tx, id); err != nil {
		log.Print(err)
		return err
	}
	return tx.Commit()
}

// What is asked of a transaction that is over need not be sent through it.
func forgetsOK(db *sql.DB, hooks map[*sql.Tx][]func(), id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := markOff(tx, id); err != nil {
		return err
	}
	for _, h := range hooks[tx] {
		h()
	}
	delete(hooks, tx)
	return nil
}

// undo ends what it is given, and is all that both of the following have in
// common.
func undo(tx *sql.Tx) {
	if err := tx.Rollback(); err != nil {
		log.Print(err)
	}
}

// clearsOK tells its callers that it has failed; that another one of those who
// call undo has a caller that goes on is nothing to it.
func clearsOK(tx *sql.Tx) error {
	if _, err := tx.Exec(`DELETE FROM b`); err != nil {
		undo(tx)
		return err
	}
	return nil
}

func clearsAllOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := clearsOK(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func resetBad(tx *sql.Tx) error {
	if _, err := tx.Exec(`DELETE FROM c`); err != nil {
		undo(tx) // want "rolls back tx, which the caller passed in: .*, who goes on with it at line \\d+"
		return err
	}
	return nil
}

func resetsBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := resetBad(tx); err != nil {
		log.Print(err)
	}
	return tx.Commit() // want "commits tx after sqldb.resetBad has rolled it back"
}

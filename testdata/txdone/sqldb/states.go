package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"os"
	"sync"
)

// writer begins when it has something to write, and commits every so often.
type writer struct {
	db *sql.DB
	tx *sql.Tx
	n  int
}

func (w *writer) ensure() (err error) {
	if w.tx == nil {
		w.tx, err = w.db.Begin()
	}
	return err
}

func (w *writer) flush() error {
	if w.tx == nil {
		return nil
	}
	err := w.tx.Commit()
	w.tx = nil
	return err
}

func (w *writer) put(id int) error {
	if err := w.ensure(); err != nil {
		return err
	}
	if err := put(w.tx, id); err != nil {
		return err
	}
	if w.n++; w.n%100 == 0 {
		return w.flush()
	}
	return nil
}

func writesOK(w *writer, ids []int) error {
	for _, id := range ids {
		if err := w.put(id); err != nil {
			return err
		}
	}
	return w.flush()
}

// turn commits and begins anew behind a pointer.
func turn(db *sql.DB, tx **sql.Tx) (err error) {
	if err := (*tx).Commit(); err != nil {
		return err
	}
	*tx, err = db.Begin()
	return err
}

// FP_turns is a false positive of earlyreturn: what a callee writes behind
// a pointer to the handle is not known to its caller.
func FP_turns(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for i, id := range ids {
		if err := put(tx, id); err != nil {
			tx.Rollback()
			return err
		}
		if i%100 == 99 {
			if err := turn(db, &tx); err != nil { // want earlyreturn:"begins the transaction again"
				return err
			}
		}
	}
	return tx.Commit()
}

// maybe commits where it is told to.
func maybe(tx *sql.Tx, id int, last bool) error {
	if err := put(tx, id); err != nil {
		return err
	}
	if last {
		return tx.Commit()
	}
	return nil
}

func maybeOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := maybe(tx, 1, false); err != nil {
		return err
	}
	return maybe(tx, 2, true)
}

// storeBad tells by a bool whether it has ended it, which one caller takes for
// something else.
func storeBad(tx *sql.Tx, id int) (bool, error) {
	if id == 0 {
		return true, tx.Commit() // want txowner:"commits tx, which the caller passed in"
	}
	return false, put(tx, id)
}

func storesOK(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, id := range ids {
		over, err := storeBad(tx, id)
		if err != nil || over {
			return err
		}
	}
	return tx.Commit()
}

func storesBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	over, err := storeBad(tx, id)
	if err != nil {
		return err
	}
	if over {
		return put(tx, id) // want txowner:"passes tx to sqldb.put after sqldb.storeBad has committed it"
	}
	return tx.Commit()
}

// A serialization failure is tried again, a commit that failed is rolled back.
func retriesOK(db *sql.DB, do func(tx *sql.Tx) error) error {
	for {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if err = do(tx); err == nil {
			err = tx.Commit()
		}
		if err == nil {
			return nil
		}
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			return errors.Join(err, rerr)
		}
		if !errors.Is(err, errBusy) {
			return err
		}
	}
}

var errBusy = errors.New("busy")

// Who looks whether the error says that it is over knows that it may be.
func toleratesOK(db *sql.DB, id int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if cerr := tx.Commit(); cerr != nil && !errors.Is(cerr, sql.ErrTxDone) {
			err = errors.Join(err, cerr)
		}
	}()
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

// closeUnlessOver commits what nobody has rolled back.
func closeUnlessOver(tx *sql.Tx) {
	if err := tx.Commit(); err != nil && err != sql.ErrTxDone {
		log.Print(err)
	}
}

func toleratesInHelperOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer closeUnlessOver(tx)
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

// unit is a request with its transaction.
type unit struct{ tx *sql.Tx }

func (u *unit) close() {
	err := u.tx.Commit()
	switch {
	case err == nil, errors.Is(err, sql.ErrTxDone):
	default:
		log.Print(err)
	}
}

func fail(tx *sql.Tx, err error) {
	if rerr := tx.Rollback(); rerr != nil {
		log.Print(rerr)
	}
	log.Print(err)
}

func toleratesInMethodOK(db *sql.DB, id int) {
	tx, err := db.Begin()
	if err != nil {
		return
	}
	u := &unit{tx}
	defer u.close()
	if err := put(u.tx, id); err != nil {
		fail(u.tx, err)
	}
}

// A commit that is not deferred goes on where a return is missing; that its
// failure is taken for an end by somebody else only hides that.
func toleratesNextBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := put(tx, id); err != nil {
		tx.Rollback()
	}
	if cerr := tx.Commit(); cerr != nil && !errors.Is(cerr, sql.ErrTxDone) { // want "commits tx, rolled back at line"
		return cerr
	}
	return nil
}

// So it does in a deferred call, after a rollback there.
func toleratesInDeferBad(db *sql.DB, id int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
		if cerr := tx.Commit(); cerr != nil && cerr != sql.ErrTxDone { // want "commits tx, rolled back at line"
			log.Print(cerr)
		}
	}()
	return put(tx, id)
}

// Looking for another error tells nothing.
func comparesOtherBad(db *sql.DB, id int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if cerr := tx.Commit(); cerr != nil && !errors.Is(cerr, errBusy) { // want "commits tx, rolled back at line"
			err = errors.Join(err, cerr)
		}
	}()
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

// A check that it is over uses it, and means to.
func checksOverOK(db *sql.DB, id int) bool {
	tx, err := db.Begin()
	if err != nil {
		return false
	}
	if err := tx.Commit(); err != nil {
		return false
	}
	_, err = tx.Exec(`DELETE FROM a WHERE id = ?`, id)
	return errors.Is(err, sql.ErrTxDone)
}

func die(err error) {
	log.Print(err)
	os.Exit(1)
}

func diesOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := put(tx, id); err != nil {
		tx.Rollback()
		die(err)
	}
	if id < 0 {
		tx.Rollback()
		log.Fatal("negative")
	}
	if id == 0 {
		tx.Rollback()
		panic("zero")
	}
	return tx.Commit()
}

func onceOK(db *sql.DB, id int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	var once sync.Once
	end := func(f func() error) (err error) {
		once.Do(func() { err = f() })
		return err
	}
	defer end(tx.Rollback)
	if err := put(tx, id); err != nil {
		return err
	}
	return end(tx.Commit)
}

// What was read before the end is no longer the transaction's.
func collectsOK(db *sql.DB) (n int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	rows, err := tx.Query(`SELECT id FROM a`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), tx.Commit()); err != nil {
		return 0, err
	}
	for _, id := range ids {
		n += id
	}
	return n, nil
}

func beginsAgainOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := put(tx, id); err != nil {
		tx.Rollback()
		if tx, err = db.Begin(); err != nil {
			return err
		}
		if err := put(tx, -id); err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

// The savepoint is text; the transaction goes on.
func savepointTextOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`SAVEPOINT one`); err != nil {
		return err
	}
	if err := put(tx, id); err != nil {
		if _, err := tx.Exec(`ROLLBACK TO one`); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Which of two ends it was is told by a variable.
func eitherOK(ctx context.Context, db *sql.DB, id int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	kept := false
	if err := put(tx, id); err != nil {
		log.Print(err)
	} else {
		kept = true
	}
	switch kept {
	case true:
		if err := tx.Commit(); err != nil {
			return err
		}
	default:
		if err := tx.Rollback(); err != nil {
			return err
		}
	}
	return nil
}

func eitherBad(ctx context.Context, db *sql.DB, id int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	kept := true
	if err := put(tx, id); err != nil {
		tx.Rollback()
		kept = id > 0
	}
	if !kept {
		return nil
	}
	return tx.Commit() // want "commits tx, rolled back at line \\d+: the commit fails and nothing is kept"
}

// The handle goes to a goroutine that ends it; who waits has nothing to do with
// it after.
func waitsOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	result := make(chan error)
	go func() {
		if err := put(tx, id); err != nil {
			tx.Rollback()
			result <- err
			return
		}
		result <- tx.Commit()
	}()
	return <-result
}

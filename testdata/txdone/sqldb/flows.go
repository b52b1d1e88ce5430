package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
)

func missingReturnInLoopBad(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil { // want "uses tx, rolled back at line \\d+: sql.Tx.Exec fails; return after the rollback"
			log.Print(err)
			tx.Rollback()
		}
	}
	return tx.Commit()
}

func returnInLoopOK(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

func breaksOutBad(db *sql.DB, ids []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
			tx.Rollback()
			break
		}
	}
	return tx.Commit() // want "commits tx, rolled back at line \\d+: the commit fails and nothing is kept"
}

func breaksOutOK(db *sql.DB, ids []int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	failed := false
	for _, id := range ids {
		if _, err = tx.Exec(`DELETE FROM a WHERE id = ?`, id); err != nil {
			tx.Rollback()
			failed = true
			break
		}
	}
	if failed {
		return err
	}
	return tx.Commit()
}

func labelledBad(db *sql.DB, groups [][]int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
groups:
	for _, g := range groups {
		for _, id := range g {
			if id < 0 {
				tx.Rollback()
				continue groups
			}
			if err := put(tx, id); err != nil { // want "passes tx to sqldb.put, rolled back at line \\d+"
				tx.Rollback()
				return err
			}
		}
	}
	return tx.Commit()
}

func put(tx *sql.Tx, id int) error {
	_, err := tx.Exec(`INSERT INTO a VALUES (?)`, id)
	return err
}

func jumpsBackBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	tries := 0
again:
	if err := put(tx, id); err != nil { // want "passes tx to sqldb.put, rolled back at line \\d+"
		tries++
		tx.Rollback()
		if tries < 3 {
			goto again
		}
		return err
	}
	return tx.Commit()
}

func jumpsBackOK(db *sql.DB, id int) error {
	tries := 0
again:
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := put(tx, id); err != nil {
		tries++
		tx.Rollback()
		if tries < 3 {
			goto again
		}
		return err
	}
	return tx.Commit()
}

func switchedBad(db *sql.DB, mode int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	switch err := put(tx, mode); {
	case err != nil && mode == 1:
		tx.Rollback()
	case err != nil:
		tx.Rollback()
		return err
	}
	return tx.Commit() // want "commits tx, rolled back at line \\d+"
}

func everyArmReturnsOK(db *sql.DB, mode int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := put(tx, mode); err != nil {
		if rerr := tx.Rollback(); rerr != nil {
			log.Print(rerr)
		}
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case mode > 2:
			return fmt.Errorf("mode %d: %w", mode, err)
		default:
			return err
		}
	}
	return tx.Commit()
}

func fallsThroughBad(db *sql.DB, mode int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	switch mode {
	case 1:
		tx.Rollback()
		fallthrough
	case 2:
		if err := put(tx, mode); err != nil { // want "passes tx to sqldb.put, rolled back at line \\d+"
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

func closureEndsBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	fail := func(err error) error {
		tx.Rollback()
		return err
	}
	if err := put(tx, id); err != nil {
		fail(err)
	}
	return tx.Commit() // want "commits tx, rolled back at line"
}

func closureEndsOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	fail := func(err error) error {
		tx.Rollback()
		return err
	}
	if err := put(tx, id); err != nil {
		return fail(err)
	}
	return tx.Commit()
}

func finish(tx *sql.Tx, err error) error {
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func helperEndsBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := finish(tx, put(tx, id)); err != nil {
		return err
	}
	return put(tx, id+1) // want "passes tx to sqldb.put, committed by sqldb.finish at line"
}

func helperEndsOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return finish(tx, put(tx, id))
}

func deferredUseBad(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if _, err := tx.Exec(`UPDATE a SET seen = 1`); err != nil { // want "uses tx, (committed|rolled back) at line"
			log.Print(err)
		}
	}()
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func deferredInOrderOK(db *sql.DB, id int) (err error) {
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
	defer func() {
		if _, uerr := tx.Exec(`UPDATE a SET seen = 1`); err == nil {
			err = uerr
		}
	}()
	return put(tx, id)
}

func flaggedOK(db *sql.DB, id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback()
		}
	}()
	if err := put(tx, id); err != nil {
		return err
	}
	done = true
	return tx.Commit()
}

func flaggedBad(db *sql.DB, id int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			err = tx.Commit() // want "commits tx, rolled back at line"
		}
	}()
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return err
	}
	done = true
	return tx.Commit()
}

func stmtOfPoolOK(db *sql.DB, ids []int) error {
	stmt, err := db.Prepare(`DELETE FROM a WHERE id = ?`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bound := tx.Stmt(stmt)
	for _, id := range ids {
		if _, err := bound.Exec(id); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = stmt.Exec(0) // of the pool: it outlives the transaction
	return err
}

func boundStmtBad(db *sql.DB, stmt *sql.Stmt) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bound := tx.Stmt(stmt)
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = bound.Exec(0) // want "uses tx, committed at line"
	return err
}

func rowBad(db *sql.DB) (n int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	row := tx.QueryRow(`SELECT count(*) FROM a`)
	tx.Rollback()
	err = row.Scan(&n) // want "uses tx, rolled back at line \\d+: sql.Row.Scan fails"
	return n, err
}

func rowOK(db *sql.DB) (n int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	row := tx.QueryRow(`SELECT count(*) FROM a`)
	err = row.Scan(&n)
	return n, err
}

// The rows leave the function; the deferred rollback ends them.
func rowsReturnedBad(db *sql.DB) (*sql.Rows, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	return tx.Query(`SELECT id FROM a`) // want "returns .*rolled back by the deferred call at line"
}

func rowsErrOK(db *sql.DB) (ids []int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	rows, err := tx.Query(`SELECT id FROM a`)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	return ids, errors.Join(rows.Err(), rows.Close())
}

func retryFailedCommitBad(db *sql.DB, id int) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := put(tx, id); err != nil {
		return err
	}
	for range 3 {
		if err = tx.Commit(); err == nil { // want "commits tx, committed here in an earlier round: the second commit fails"
			return nil
		}
	}
	return err
}

func retryOK(db *sql.DB, id int) (err error) {
	for range 3 {
		var tx *sql.Tx
		if tx, err = db.Begin(); err != nil {
			return err
		}
		if err = put(tx, id); err != nil {
			tx.Rollback()
			continue
		}
		if err = tx.Commit(); err == nil {
			return nil
		}
	}
	return err
}

func mapKeyOK(db *sql.DB, after map[*sql.Tx]func(), id int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := put(tx, id); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if f := after[tx]; f != nil {
		f()
	}
	delete(after, tx)
	log.Printf("%p committed", tx)
	return nil
}

// A managed transaction that is kept beyond its closure.
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

func keptBad(db *sql.DB, id int) error {
	var kept *sql.Tx
	err := inTx(db, func(tx *sql.Tx) error {
		kept = tx
		return put(tx, id)
	})
	if err != nil {
		return err
	}
	return put(kept, id+1) // want "passes (kept|tx) to sqldb.put, committed (at|by sqldb.inTx at) line"
}

func rowsKeptBad(db *sql.DB) (n int, err error) {
	var rows *sql.Rows
	err = inTx(db, func(tx *sql.Tx) (err error) {
		rows, err = tx.Query(`SELECT id FROM a`)
		return err
	})
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() { // want "committed (at|by sqldb.inTx at) line"
		n++
	}
	return n, rows.Err()
}

func rowsInsideOK(db *sql.DB) (n int, err error) {
	err = inTx(db, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT id FROM a`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			n++
		}
		return rows.Err()
	})
	return n, err
}

func generic[T any](db *sql.DB, do func(tx *sql.Tx) (T, error)) (out T, err error) {
	tx, err := db.Begin()
	if err != nil {
		return out, err
	}
	defer tx.Rollback()
	if out, err = do(tx); err != nil {
		return out, err
	}
	return out, tx.Commit()
}

func genericKeptBad(db *sql.DB) error {
	stmt, err := generic(db, func(tx *sql.Tx) (*sql.Stmt, error) { return tx.Prepare(`DELETE FROM a`) })
	if err != nil {
		return err
	}
	_, err = stmt.Exec() // want "committed (at|by sqldb.generic at) line"
	return err
}

func genericOK(db *sql.DB) (int, error) {
	return generic(db, func(tx *sql.Tx) (n int, err error) {
		err = tx.QueryRow(`SELECT count(*) FROM a`).Scan(&n)
		return n, err
	})
}

// Two transactions of which one is over.
func twoOK(db, other *sql.DB) error {
	a, err := db.Begin()
	if err != nil {
		return err
	}
	defer a.Rollback()
	b, err := other.Begin()
	if err != nil {
		return err
	}
	defer b.Rollback()
	if err := put(a, 1); err != nil {
		return err
	}
	if err := a.Commit(); err != nil {
		return err
	}
	if err := put(b, 1); err != nil {
		return err
	}
	return b.Commit()
}

func twoBad(db, other *sql.DB) error {
	a, err := db.Begin()
	if err != nil {
		return err
	}
	defer a.Rollback()
	b, err := other.Begin()
	if err != nil {
		return err
	}
	defer b.Rollback()
	if err := a.Commit(); err != nil {
		return err
	}
	if err := put(b, 1); err != nil {
		return err
	}
	return a.Commit() // want "commits a, committed at line \\d+: the second commit fails"
}

// What is begun anew in a field is open again.
type worker struct {
	db *sql.DB
	tx *sql.Tx
}

func (w *worker) turnOverOK(id int) (err error) {
	if err := w.tx.Commit(); err != nil {
		return err
	}
	if w.tx, err = w.db.Begin(); err != nil {
		return err
	}
	return put(w.tx, id)
}

func (w *worker) turnOverBad(id int) (err error) {
	if err := w.tx.Commit(); err != nil {
		return err
	}
	return put(w.tx, id) // want "passes w.tx to sqldb.put, committed at line"
}

func cancelledOK(ctx context.Context, db *sql.DB, id int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	select {
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	if err := put(tx, id); err != nil {
		return err
	}
	return tx.Commit()
}

// begunAnyway hands out a transaction that it has already given up.
func begunAnywayBad(db *sql.DB, id int) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	if err := put(tx, id); err != nil {
		tx.Rollback()
		log.Print(err)
	}
	return tx, nil // want "returns tx, rolled back at line \\d+: its caller can do nothing with it"
}

func begunOK(db *sql.DB, id int) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return nil, err
	}
	return tx, nil
}

// The handle comes back beside the error; who looks at the error never uses it.
func begunWithErrorOK(db *sql.DB, id int) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	if err := put(tx, id); err != nil {
		tx.Rollback()
		return tx, err
	}
	return tx, nil
}

func beginTold(db *sql.DB) (*sql.Tx, bool) {
	tx, err := db.Begin()
	return tx, err == nil
}

func commitIt(tx *sql.Tx) { tx.Commit() }

// roundsOK begins anew in each round, and is told by a flag whether it could.
func roundsOK(db *sql.DB, ids []int) error {
	for range ids {
		tx, ok := beginTold(db)
		if !ok {
			return sql.ErrConnDone
		}
		commitIt(tx)
	}
	return nil
}

func roundsBad(db *sql.DB, ids []int) error {
	tx, ok := beginTold(db)
	if !ok {
		return sql.ErrConnDone
	}
	for range ids {
		commitIt(tx) // want "commits tx, committed here in an earlier round"
	}
	return nil // want earlyreturn:"returns without finishing tx begun at line 692"
}

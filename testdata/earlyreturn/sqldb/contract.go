package sqldb

import (
	"database/sql"
	"errors"
)

// What the contract restricts, and what came out of comparing with runs.

// tellsNobody ends the transaction that it is lent where its statement fails,
// and returns nil in any case.
func tellsNobody(tx *sql.Tx) error {
	if _, err := tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		tx.Rollback()
	}
	return nil
}

// FN_TrustedHelper leaves the transaction open wherever the statement works:
// but the helper ends it on some path, its caller cannot tell on which, and is
// given the benefit of the doubt.
func FN_TrustedHelper(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return tellsNobody(tx)
}

// alwaysFails is lent a transaction and never returns nil.
func alwaysFails(tx *sql.Tx, again bool) error {
	if _, err := tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		return err
	}
	return errors.New("not yet")
}

// AlwaysFailsOK never returns from the second return: alwaysFails fails.
func AlwaysFailsOK(db *sql.DB, again bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := alwaysFails(tx, again); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

// neverFails is lent a transaction and cannot fail.
func neverFails(tx *sql.Tx, again bool) error {
	if again {
		tx.Exec(`UPDATE orders SET note = ''`)
	}
	return nil
}

// NeverFailsOK need not end the transaction where the helper fails.
func NeverFailsOK(db *sql.DB, again bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := neverFails(tx, again); err != nil {
		return err
	}
	return tx.Commit()
}

// NeverFailsBad does not end it where the helper does not fail.
func NeverFailsBad(db *sql.DB, again bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := neverFails(tx, again); err != nil {
		tx.Rollback()
		return err
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// failsNowhere returns an error only where one that is always nil is not nil.
func failsNowhere(tx *sql.Tx) (err error) {
	if err != nil {
		_, err := tx.Exec(`UPDATE orders SET note = ''`)
		return err
	}
	return
}

// FailsNowhereOK need not end the transaction where the helper fails.
func FailsNowhereOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := failsNowhere(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// FailsNowhereBad does not end it where the helper does not fail.
func FailsNowhereBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := failsNowhere(tx); err != nil {
		tx.Rollback()
		return err
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// failsNowhereInLiteral does its work in a literal, which never fails.
func failsNowhereInLiteral(tx *sql.Tx) error {
	return func() (err error) {
		_, _ = tx.Exec(`UPDATE orders SET note = ''`)
		return
	}()
}

// FailsNowhereInLiteralOK need not end the transaction where the helper fails.
func FailsNowhereInLiteralOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := failsNowhereInLiteral(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// FailsNowhereInLiteralBad does not end it where the helper does not fail.
func FailsNowhereInLiteralBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := failsNowhereInLiteral(tx); err != nil {
		tx.Rollback()
		return err
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// failsInLiteral always fails, in a literal.
func failsInLiteral(tx *sql.Tx, name string) (int, error) {
	return func() (int, error) {
		_, _ = tx.Exec(`UPDATE orders SET note = ''`)
		return 0, errors.New("no " + name)
	}()
}

// FailsInLiteralOK need not end the transaction where the helper does not fail.
func FailsInLiteralOK(db *sql.DB, name string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := failsInLiteral(tx, name); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return nil
}

// runsBad runs a function in a transaction, which it now and then leaves open.
func runsBad(db *sql.DB, leave bool, fn func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if leave {
		return nil // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// LentInAnyCaseOK is given a transaction each time.
func LentInAnyCaseOK(db *sql.DB, leave bool) error {
	return runsBad(db, leave, func(outer *sql.Tx) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if outer == nil {
			return errors.New("no transaction")
		}
		return tx.Commit()
	})
}

// runsInLiteralBad does the same in a literal.
func runsInLiteralBad(db *sql.DB, leave bool, fn func(*sql.Tx) error) error {
	return func() error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if leave {
			return nil // want "returns without finishing tx begun at line \\d+"
		}
		return tx.Commit()
	}()
}

func LentInLiteralOK(db *sql.DB, leave bool) error {
	return runsInLiteralBad(db, leave, func(outer *sql.Tx) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if outer == nil {
			return errors.New("no transaction")
		}
		return tx.Commit()
	})
}

// LentInAnyCaseBad forgets its own.
func LentInAnyCaseBad(db *sql.DB, leave bool) error {
	return runsBad(db, leave, func(outer *sql.Tx) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if outer != nil {
			return errors.New("no transaction") // want "returns without finishing tx begun at line \\d+"
		}
		return tx.Commit()
	})
}

// checksAndCommits leaves the transaction open where the check fails, and where
// the commit fails it is over.
func checksAndCommits(tx *sql.Tx, check func() error) error {
	if err := check(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return nil
}

// ChecksAndCommitsBad does not end it where the check fails.
func ChecksAndCommitsBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := checksAndCommits(tx, db.Ping); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return nil
}

// ChecksAndCommitsOK ends it where either fails.
func ChecksAndCommitsOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := checksAndCommits(tx, db.Ping); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return nil
}

// endsOnFailure ends the transaction in whatever way it fails.
func endsOnFailure(tx *sql.Tx, check func() error) error {
	if err := check(); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return nil
}

func EndsOnFailureOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return endsOnFailure(tx, db.Ping)
}

// NilReceiverOK cannot get past the commit of a transaction that is nil.
func NilReceiverOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	var none *sql.Tx
	if err := none.Commit(); err != nil {
		return err
	}
	return tx.Commit()
}

// NilReceiverBad tests which of the two it has.
func NilReceiverBad(db *sql.DB, second bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	var none *sql.Tx
	if second {
		none, err = db.Begin()
		if err != nil {
			tx.Rollback()
			return err
		}
	}
	if none != nil {
		none.Rollback()
		return nil // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// A hollow work unit says that it rolls back, and does not.
type hollow struct{ tx *sql.Tx }

func (h *hollow) Commit() error { return h.tx.Commit() }

func (h *hollow) Rollback() error { return nil }

// FN_HollowRollback never ends the transaction where the statement fails: a
// method named like this is taken to do what its name says.
func FN_HollowRollback(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	h := &hollow{tx: tx}
	if _, err := h.tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		return errors.Join(err, h.Rollback())
	}
	return h.Commit()
}

// failsIf is lent a transaction and fails where it is told to.
func failsIf(tx *sql.Tx, told bool) error {
	if told {
		return errors.New("as told")
	}
	_, err := tx.Exec(`UPDATE orders SET note = ''`)
	return err
}

// FailsIfOK never comes to the end: the helper is told to fail.
func FailsIfOK(db *sql.DB) {
	tx, err := db.Begin()
	if err != nil {
		return
	}
	if err := failsIf(tx, true); err != nil {
		tx.Rollback()
		return
	}
}

// openTouched hands out a transaction that tellsNobody may have ended.
func openTouched(db *sql.DB) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	if err := tellsNobody(tx); err != nil {
		return nil, err
	}
	return tx, nil
}

// LosesTouchedBad is handed a transaction that is open wherever the statement
// of the helper works.
func LosesTouchedBad(db *sql.DB) error {
	tx, err := openTouched(db)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// EndsTouchedOK ends what it is handed, open or not.
func EndsTouchedOK(db *sql.DB) error {
	tx, err := openTouched(db)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		return err
	}
	return tx.Commit()
}

// LosesOwnTouchedBad loses what a literal hands out in the same way.
func LosesOwnTouchedBad(db *sql.DB) error {
	tx, err := func() (*sql.Tx, error) {
		tx, err := db.Begin()
		if err != nil {
			return nil, err
		}
		return tx, tellsNobody(tx)
	}()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE orders SET note = ''`)
	return err // want "returns without finishing tx begun at line \\d+"
}

// openEnded ends what it hands out in any case.
func openEnded(db *sql.DB) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	tellsNobody(tx)
	tx.Rollback()
	return tx, nil // txdone reports it
}

// HandedEndedOK need not end what is over.
func HandedEndedOK(db *sql.DB) error {
	_, err := openEnded(db)
	return err
}

// touched is a holder of a transaction that tellsNobody may have ended.
type touched struct {
	tx *sql.Tx
}

// openHolder hands it out in a struct.
func openHolder(db *sql.DB) (*touched, error) {
	tx, err := openTouched(db)
	if err != nil {
		return nil, err
	}
	tellsNobody(tx)
	return &touched{tx}, nil
}

// LosesHolderBad loses it with the struct.
func LosesHolderBad(db *sql.DB) error {
	h, err := openHolder(db)
	if err != nil {
		return err
	}
	_, err = h.tx.Exec(`UPDATE orders SET note = ''`)
	return err // want "returns without finishing .* begun at line \\d+"
}

// EndsHolderOK ends what the struct holds.
func EndsHolderOK(db *sql.DB) error {
	h, err := openHolder(db)
	if err != nil {
		return err
	}
	if _, err = h.tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		h.tx.Rollback()
		return err
	}
	return h.tx.Commit()
}

// openWithCleanup hands out with it what ends it.
func openWithCleanup(db *sql.DB) (*sql.Tx, func(), error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, nil, err
	}
	tellsNobody(tx)
	return tx, func() { tx.Rollback() }, nil
}

// CleanedUpOK ends it by that.
func CleanedUpOK(db *sql.DB) error {
	tx, done, err := openWithCleanup(db)
	if err != nil {
		return err
	}
	defer done()
	if _, err := tx.Exec(`UPDATE orders SET note = ''`); err != nil {
		return err
	}
	return tx.Commit()
}

// refusesAny returns an error wherever it is lent a transaction.
func refusesAny(tx *sql.Tx) error {
	if tx != nil {
		return errors.New("not inside a transaction")
	}
	return nil
}

// RefusedOK never returns from the last return: refusesAny fails.
func RefusedOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := refusesAny(tx); err != nil {
		tx.Rollback()
		return err
	}
	return nil
}

// RefusedBad leaves it open where refusesAny fails.
func RefusedBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := refusesAny(tx); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// isLent tells by its result whether it was lent a transaction.
func isLent(tx *sql.Tx) bool { return tx != nil }

// LentOK always ends the transaction that isLent sees.
func LentOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if isLent(tx) {
		return tx.Commit()
	}
	return nil
}

// LentBad ends it only if it is nil.
func LentBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if !isLent(tx) {
		return tx.Commit()
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// orOwn begins a transaction of its own where it is lent none.
func orOwn(db *sql.DB, tx *sql.Tx) (*sql.Tx, error) {
	if tx == nil {
		return db.Begin()
	}
	return tx, nil
}

// OrOwnBad lends nothing, and loses what was begun for it.
func OrOwnBad(db *sql.DB) error {
	tx, err := orOwn(db, nil)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE orders SET note = ''`)
	return err // want "returns without finishing tx begun at line \\d+"
}

// OrOwnOK owns what it lends.
func OrOwnOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := orOwn(db, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// openPlainly tells by a flag, which is always set, that it hands out a
// transaction.
func openPlainly(db *sql.DB) (*sql.Tx, bool) {
	tx, err := db.Begin()
	_ = err
	return tx, true
}

// ManyOpenBad has more paths than are kept apart: of each set of transactions
// that are open one path is followed all the same.
func ManyOpenBad(db *sql.DB, orders []int, late, again func() bool) {
	for range orders {
		first, err := db.Begin() // want "begins first again while the one of the previous round is still open"
		_ = first
		second, err := db.Begin() // want "begins second again while the one of the previous round is still open"
		_, _ = second, err
		if late() {
			third, err := db.Begin() // want "begins third again while its rollback is only deferred"
			_ = err
			defer third.Rollback()
			if again() {
				fourth, ok := openPlainly(db) // want "begins fourth again while the one of the previous round is still open"
				_, _ = fourth, ok
			}
		}
	}
}

// ManyOpenOK ends each of them in its round.
func ManyOpenOK(db *sql.DB, orders []int, late, again func() bool) {
	for range orders {
		first, err := db.Begin()
		if err != nil {
			continue
		}
		second, err := db.Begin()
		if err != nil {
			first.Rollback()
			continue
		}
		if late() {
			third, err := db.Begin()
			if err == nil && again() {
				fourth, ok := openPlainly(db)
				if ok && fourth != nil {
					fourth.Rollback()
				}
			}
			if err == nil {
				third.Rollback()
			}
		}
		second.Rollback()
		first.Rollback()
	}
}

// When a later round cannot begin, the deferred calls of the rounds before it see
// its error, roll back, and commit what is over. That second end is a known gap of
// txdone, for which each deferred call is one of the last round; that the rounds'
// transactions stay open so long is reported.
func LaterRoundFailsBad(db *sql.DB, ids []int) (err error) {
	for _, id := range ids {
		var tx *sql.Tx
		tx, err = db.Begin() // want "begins tx again while its rollback is only deferred"
		if err != nil {
			return err
		}
		defer func() {
			if err != nil {
				tx.Rollback()
			}
			err = tx.Commit()
		}()
		tx.Exec(`DELETE FROM a WHERE id = ?`, id)
	}
	return nil
}

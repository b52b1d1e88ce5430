// Package gorp keeps a ledger with gorp.
package gorp

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-gorp/gorp/v3"
)

type entry struct {
	ID, Account, Amount int64
}

var errUnknown = errors.New("unknown account")

func postBad(m *gorp.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	n, err := tx.SelectInt("SELECT count(*) FROM accounts WHERE id = ?", e.Account)
	if err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if n == 0 {
		_ = tx.Rollback()
		return errUnknown
	}
	if err := tx.Insert(e); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func postOK(m *gorp.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	n, err := tx.SelectInt("SELECT count(*) FROM accounts WHERE id = ?", e.Account)
	if err != nil {
		return err
	}
	if n == 0 {
		return errUnknown
	}
	if err := tx.Insert(e); err != nil {
		return err
	}
	return tx.Commit()
}

// The deferred rollback tests an error that nobody sets any more.
func reverseBad(m *gorp.DbMap, id int64) (err error) {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	found, getErr := tx.Get(entry{}, id)
	if getErr != nil {
		return getErr
	}
	if found == nil {
		fmt.Println("nothing to reverse")
		return nil // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	e := found.(*entry)
	e.Amount = -e.Amount
	if err := tx.Insert(e); err != nil {
		return err
	}
	return tx.Commit()
}

func reverseOK(m *gorp.DbMap, id int64) (err error) {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	found, getErr := tx.Get(entry{}, id)
	if getErr != nil {
		return getErr
	}
	if found == nil {
		return errUnknown
	}
	if err := tx.Insert(found); err != nil {
		return err
	}
	return tx.Commit()
}

func CorrectBad(tx *gorp.Transaction, e *entry) error {
	if _, err := tx.Update(e); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func correctOK(tx gorp.SqlExecutor, e *entry) error {
	_, err := tx.Update(e)
	return err
}

func correctAllOK(m *gorp.DbMap, first, second *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	if err := correctOK(tx, first); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := correctOK(tx.WithContext(context.Background()), second); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func noReturnBad(m *gorp.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	if err := tx.Insert(e); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func sumLateBad(m *gorp.DbMap, e *entry) (int64, error) {
	tx, err := m.Begin()
	if err != nil {
		return 0, err
	}
	if err := tx.Insert(e); err != nil {
		return 0, errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return tx.SelectInt("SELECT sum(amount) FROM entries") // want txdone:"uses tx, committed at line \\d+: gorp.Transaction.SelectInt fails"
}

func sumOK(m *gorp.DbMap, e *entry) (int64, error) {
	tx, err := m.Begin()
	if err != nil {
		return 0, err
	}
	if err := tx.Insert(e); err != nil {
		return 0, errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return m.SelectInt("SELECT sum(amount) FROM entries")
}

// A savepoint is no end.
func trySavepointOK(m *gorp.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.Savepoint("before"); err != nil {
		return err
	}
	if err := tx.Insert(e); err != nil {
		if err := tx.RollbackToSavepoint("before"); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func onlySavepointBad(m *gorp.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	if err := tx.Insert(e); err != nil {
		return tx.RollbackToSavepoint("before") // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func balancesBad(m *gorp.DbMap, accounts []int64) ([]int64, error) {
	var out []int64
	for _, a := range accounts {
		n, err := m.SelectInt("SELECT sum(amount) FROM entries WHERE account = ?", a) // want nplusone:"runs a query for each element of accounts"
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func balancesOK(m *gorp.DbMap, accounts []int64) ([]entry, error) {
	var out []entry
	_, err := m.Select(&out, "SELECT account, sum(amount) AS amount FROM entries WHERE account IN (?) GROUP BY account", accounts)
	return out, err
}

func tagBad(tx gorp.SqlExecutor, all []*entry) error {
	for _, e := range all {
		if _, err := tx.Update(e); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func tagOK(tx gorp.SqlExecutor, ids []int64) error {
	_, err := tx.Exec("UPDATE entries SET tagged = 1 WHERE id IN (?)", ids)
	return err
}

// Retried until it works: one entry, not one for each of many.
func retryOK(m *gorp.DbMap, e *entry) (err error) {
	for range 3 {
		if err = postOK(m, e); err == nil {
			return nil
		}
	}
	return err
}

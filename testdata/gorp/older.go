package gorp

import (
	older "gopkg.in/gorp.v1"
)

// What follows is written with the first version, under its older path.

func openBad(m *older.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	if err := tx.Insert(e); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func openOK(m *older.DbMap, e *entry) error {
	tx, err := m.Begin()
	if err != nil {
		return err
	}
	if err := tx.Insert(e); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func RenameBad(tx *older.Transaction, id int64, name string) error {
	if _, err := tx.Exec("UPDATE accounts SET name = ? WHERE id = ?", name, id); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func RenameOK(tx older.SqlExecutor, id int64, name string) error {
	_, err := tx.Exec("UPDATE accounts SET name = ? WHERE id = ?", name, id)
	return err
}

func lateBad(m *older.DbMap, e *entry) (int64, error) {
	tx, err := m.Begin()
	if err != nil {
		return 0, err
	}
	if err := tx.Insert(e); err != nil {
		_ = tx.Rollback()
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return tx.SelectInt("SELECT count(*) FROM entries") // want txdone:"uses tx, committed at line \\d+: gorp.Transaction.SelectInt fails"
}

func lateOK(m *older.DbMap, e *entry) (int64, error) {
	tx, err := m.Begin()
	if err != nil {
		return 0, err
	}
	if err := tx.Insert(e); err != nil {
		_ = tx.Rollback()
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return m.SelectInt("SELECT count(*) FROM entries")
}

func namesBad(m *older.DbMap, ids []int64) ([]string, error) {
	var names []string
	for _, id := range ids {
		name, err := m.SelectStr("SELECT name FROM accounts WHERE id = ?", id) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func namesOK(m *older.DbMap) ([]string, error) {
	var names []string
	_, err := m.Select(&names, "SELECT name FROM accounts")
	return names, err
}

package p

import "database/sql"

func H153_1(db *sql.DB) (*sql.Tx, error) {
	tx, err := db.Begin()
	_ = err
	if err := H153_3(tx); err != nil {
	}
	return tx, nil
}
func F153(db *sql.DB) error {
	tx, err := db.Begin()
	_ = tx
	_ = err
	if err := func() error {
		tx2, err := H153_1(db)
		_ = tx2
		_ = err
		return nil
	}(); err != nil {
	}
	return nil
}
func H153_3(tx *sql.Tx) error {
	if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
		tx.Rollback()
	}
	return nil
}

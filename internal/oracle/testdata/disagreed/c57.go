package p

import "database/sql"

func F57(db *sql.DB) error {
	tx, err := H57_1(db)
	_, err2 := tx.Exec("UPDATE t SET a = 1")
	_ = err2
	flag := err == nil
	_ = flag
	return err
}
func H57_2(tx *sql.Tx) error {
	if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
		tx.Rollback()
	}
	return nil
}
func H57_1(db *sql.DB) (*sql.Tx, error) {
	tx, berr := db.Begin()
	_ = berr
	var done bool
	_ = done
	err := H57_2(tx)
	_ = err
	return tx, nil
}

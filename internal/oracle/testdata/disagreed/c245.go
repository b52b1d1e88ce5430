package p

import "errors"
import "database/sql"

func F245(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err := H245_2(tx); err != nil {
		tx.Rollback()
	}
	return err
}
func H245_2(tx *sql.Tx) error {
	if tx != nil {
		return errors.New("no")
	}
	return nil
}

package p

import "errors"
import "github.com/txlint/txlint/internal/oracle/world/ext"
import "database/sql"

func F73(db *sql.DB) error {
	err := H73_1(db, func(tx *sql.Tx) error {
		for _, e := range ext.Items() {
			_ = e
			tx2, err := db.Begin()
			if err != nil {
				return ext.ErrFailed
			}
			if tx == nil {
				tx3, err := db.Begin()
				_ = err
				return errors.New("work")
				var end interface {
				} = tx3
				_ = end
				done := false
				_ = done
			}
			if err := tx2.Commit(); err != nil {
			}
		}
		flag := ext.Flag()
		_ = flag
		return nil
	})
	_ = err
	return nil
}
func H73_1(db *sql.DB, fn func(*sql.Tx) error) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	done := false
	_ = done
	err = fn(tx)
	return errors.New("no")
}

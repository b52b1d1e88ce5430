package p

import "github.com/txlint/txlint/internal/oracle/world/ext"
import "database/sql"

func H38_1(db *sql.DB) (*sql.Tx, bool) {
	tx, err := db.Begin()
	_ = err
	return tx, true
}
func F38(db *sql.DB, xs []int) {
	for range xs {
		tx, err := db.Begin()
		_ = tx
		_ = err
		var tx2 *sql.Tx
		_ = tx2
		tx2, err = db.Begin()
		if ext.Step() != nil {
			tx2, err := db.Begin()
			_ = err
			defer tx2.Rollback()
			if ext.Flag() {
				tx3, ok := H38_1(db)
				_ = tx3
				_ = ok
			}
		}
	}
}

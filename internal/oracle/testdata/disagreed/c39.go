package p

import "github.com/txlint/txlint/internal/oracle/world/ext"
import "database/sql"

func H39_1(db *sql.DB) (*sql.Tx, bool) {
	tx, err := db.Begin()
	_ = err
	return tx, true
}
func F39(db *sql.DB, xs []int) {
	for range xs {
		tx, err := db.Begin()
		_ = tx
		_ = err
		if ext.Step() != nil {
			var tx2 *sql.Tx
			_ = tx2
			tx2, err = db.Begin()
		}
		tx2, err := db.Begin()
		defer tx2.Rollback()
		if ext.Flag() {
			tx3, ok := H39_1(db)
			_ = tx3
			_ = ok
		}
	}
}

// Package goqu takes orders with goqu.
package goqu

import (
	"context"
	"database/sql"
	"errors"

	"github.com/doug-martin/goqu/v9"
)

type order struct {
	ID    int64 `db:"id"`
	Total int64 `db:"total"`
}

var errEmpty = errors.New("an empty order")

func placeBad(db *goqu.Database, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if o.Total == 0 {
		return errEmpty // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Insert("orders").Rows(o).Executor().Exec(); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func placeOK(ctx context.Context, db *goqu.Database, o *order) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if o.Total == 0 {
		return errEmpty
	}
	if _, err := tx.Insert("orders").Rows(o).Executor().ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// Wrap ends the transaction, whatever its argument does.
func wrapOK(db *goqu.Database, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return tx.Wrap(func() error {
		_, err := tx.Insert("orders").Rows(o).Executor().Exec()
		return err
	})
}

func wrapLateBad(db *goqu.Database, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if o.Total < 0 {
		return errEmpty // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Wrap(func() error {
		_, err := tx.Exec("DELETE FROM orders WHERE id = ?", o.ID)
		return err
	})
}

func wrapThenBad(db *goqu.Database, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := tx.Wrap(func() error { return nil }); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM orders WHERE id = ?", o.ID) // want txdone:"uses tx, committed at line \\d+: goqu.TxDatabase.Exec fails"
	return err
}

func managedOK(db *goqu.Database, o *order) error {
	return db.WithTx(func(tx *goqu.TxDatabase) error {
		_, err := tx.Insert("orders").Rows(o).Executor().Exec()
		return err
	})
}

func managedBad(db *goqu.Database, o *order) error {
	return db.WithTx(func(tx *goqu.TxDatabase) error {
		if _, err := tx.Exec("DELETE FROM orders WHERE id = ?", o.ID); err != nil {
			_ = tx.Rollback() // want txowner:"rolls back tx"
			return err
		}
		return nil
	})
}

func DeleteBad(tx *goqu.TxDatabase, o *order) error {
	if _, err := tx.Exec("DELETE FROM orders WHERE id = ?", o.ID); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func CancelOK(tx *goqu.TxDatabase, o *order) error {
	_, err := tx.Exec("DELETE FROM orders WHERE id = ?", o.ID)
	return err
}

func cancelBothOK(db *goqu.Database, a, b *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := errors.Join(CancelOK(tx, a), CancelOK(tx, b)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func noReturnBad(db *goqu.Database, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := CancelOK(tx, o); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(db *goqu.Database, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := CancelOK(tx, o); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// NewTx is another handle on the transaction.
func newTxOK(db *sql.DB, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	g := goqu.NewTx("sqlite3", tx)
	if err := CancelOK(g, o); err != nil {
		return err
	}
	return g.Commit()
}

func newTxBad(db *sql.DB, o *order) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	g := goqu.NewTx("sqlite3", tx)
	if err := CancelOK(g, o); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return g.Commit()
}

func totalsBad(db *goqu.Database, ids []int64) (sum int64, err error) {
	for _, id := range ids {
		var o order
		if _, err := db.From("orders").Where(goqu.C("id").Eq(id)).ScanStruct(&o); err != nil { // want nplusone:"runs a query for each element of ids"
			return 0, err
		}
		sum += o.Total
	}
	return sum, nil
}

func totalsOK(db *goqu.Database, ids []int64) (sum int64, err error) {
	var all []order
	if err := db.From("orders").Where(goqu.C("id").In(ids)).ScanStructs(&all); err != nil {
		return 0, err
	}
	for _, o := range all {
		sum += o.Total
	}
	return sum, nil
}

func payBad(tx *goqu.TxDatabase, ids []int64) error {
	for _, id := range ids {
		if _, err := tx.Update("orders").Set(goqu.Record{"paid": true}).Where(goqu.C("id").Eq(id)).Executor().Exec(); err != nil { // want nplusone:"writes to the database for each element of ids"
			return err
		}
	}
	return nil
}

func payOK(tx *goqu.TxDatabase, ids []int64) error {
	_, err := tx.Update("orders").Set(goqu.Record{"paid": true}).Where(goqu.C("id").In(ids)).Executor().Exec()
	return err
}

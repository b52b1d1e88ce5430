// Package dbx keeps the records of collections with dbx.
package dbx

import (
	"context"
	"database/sql"
	"errors"

	"github.com/pocketbase/dbx"
)

type record struct{ ID, Owner string }

var errNoOwner = errors.New("no owner")

func saveBad(db *dbx.DB, r *record) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if r.Owner == "" {
		return errNoOwner // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Insert("records", dbx.Params{"id": r.ID}).Execute(); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func saveOK(ctx context.Context, db *dbx.DB, r *record) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if r.Owner == "" {
		return errNoOwner
	}
	if _, err := tx.Insert("records", dbx.Params{"id": r.ID}).Execute(); err != nil {
		return err
	}
	return tx.Commit()
}

func saveManagedOK(db *dbx.DB, r *record) error {
	return db.Transactional(func(tx *dbx.Tx) error {
		return tx.Model(r).Insert()
	})
}

func saveReadOnlyOK(ctx context.Context, db *dbx.DB, r *record) error {
	return db.TransactionalContext(ctx, &sql.TxOptions{ReadOnly: true}, func(tx *dbx.Tx) error {
		return tx.Select().From("records").Where(dbx.HashExp{"id": r.ID}).One(r)
	})
}

func saveManagedBad(db *dbx.DB, r *record) error {
	return db.Transactional(func(tx *dbx.Tx) error {
		if err := tx.Model(r).Insert(); err != nil {
			return tx.Rollback() // want txowner:"rolls back tx"
		}
		return nil
	})
}

func namedResultOK(db *dbx.DB, r *record) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	if err := tx.Model(r).Update(); err != nil {
		return err
	}
	return tx.Model(r).Delete()
}

func loggedBad(db *dbx.DB, r *record, warn func(error)) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := tx.Model(r).Update(); err != nil {
		warn(err)
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func loggedOK(db *dbx.DB, r *record, warn func(error)) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := tx.Model(r).Update(); err != nil {
		warn(err)
		return tx.Rollback()
	}
	return tx.Commit()
}

// Wrap makes a handle of a transaction that its caller has.
func wrapOK(db *dbx.DB, tx *sql.Tx, r *record) error {
	return db.Wrap(tx).Model(r).Insert()
}

func WrapBad(db *dbx.DB, tx *sql.Tx, r *record) error {
	wrapped := db.Wrap(tx)
	if err := wrapped.Model(r).Insert(); err != nil {
		return err
	}
	return wrapped.Commit() // want txowner:"commits \\w+, which the caller passed in"
}

func DeleteBad(tx *dbx.Tx, r *record) error {
	if err := tx.Model(r).Delete(); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func DeleteOK(tx dbx.Builder, r *record) error { return tx.Model(r).Delete() }

func replaceOK(db *dbx.DB, old, r *record) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := DeleteOK(tx, old); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Model(r).Insert(); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func ownersBad(db *dbx.DB, ids []string) ([]record, error) {
	var out []record
	for _, id := range ids {
		var r record
		if err := db.Select("owner").From("records").Where(dbx.HashExp{"id": id}).One(&r); err != nil { // want nplusone:"runs a query for each element of ids"
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func ownersOK(db *dbx.DB, ids ...any) (out []record, err error) {
	err = db.Select("owner").From("records").Where(dbx.In("id", ids...)).All(&out)
	return out, err
}

func expireBad(tx *dbx.Tx, ids []string) error {
	for _, id := range ids {
		if _, err := tx.Update("records", dbx.Params{"expired": true}, dbx.HashExp{"id": id}).Execute(); err != nil { // want nplusone:"writes to the database for each element of ids"
			return err
		}
	}
	return nil
}

func expireOK(tx *dbx.Tx, ids ...any) error {
	_, err := tx.Update("records", dbx.Params{"expired": true}, dbx.In("id", ids...)).Execute()
	return err
}

func tablesOK(tx *dbx.Tx) error {
	for _, table := range []string{"records", "owners"} {
		if _, err := tx.TruncateTable(table).Execute(); err != nil {
			return err
		}
	}
	return nil
}

// Columns are changed one by one, whatever their number.
func columnsOK(db dbx.Builder, columns map[string]string) error {
	for name, kind := range columns {
		if _, err := db.AddColumn("records", name, kind).Execute(); err != nil {
			return err
		}
		if _, err := db.NewQuery("CREATE INDEX on_" + name + " ON records (" + name + ")").Execute(); err != nil {
			return err
		}
	}
	return nil
}

func ownersEachBad(db dbx.Builder, owners map[string]string) error {
	for id, owner := range owners {
		if _, err := db.Update("records", dbx.Params{"owner": owner}, dbx.HashExp{"id": id}).Execute(); err != nil { // want nplusone:"writes to the database for each element of owners"
			return err
		}
	}
	return nil
}

// Package gopg lends books with go-pg.
package gopg

import (
	"context"
	"errors"

	"github.com/go-pg/pg/v10"
)

type book struct {
	ID     int64
	Title  string
	Lent   bool
	Reader int64
}

var errLent = errors.New("lent already")

func lendBad(ctx context.Context, db *pg.DB, id, reader int64) error {
	tx, err := db.BeginContext(ctx)
	if err != nil {
		return err
	}
	b := &book{ID: id}
	if err := tx.Model(b).WherePK().For("UPDATE").Select(); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	b.Lent, b.Reader = true, reader
	if _, err := tx.Model(b).WherePK().Update(); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// Close rolls back what is open and does nothing after the commit.
func lendOK(ctx context.Context, db *pg.DB, id, reader int64) error {
	tx, err := db.BeginContext(ctx)
	if err != nil {
		return err
	}
	defer tx.Close()
	b := &book{ID: id}
	if err := tx.Model(b).WherePK().For("UPDATE").Select(); err != nil {
		return err
	}
	if b.Lent {
		return errLent
	}
	b.Lent, b.Reader = true, reader
	if _, err := tx.Model(b).WherePK().Update(); err != nil {
		return err
	}
	return tx.CommitContext(ctx)
}

func lendManagedOK(ctx context.Context, db *pg.DB, b *book) error {
	return db.RunInTransaction(ctx, func(tx *pg.Tx) error {
		if b.Lent {
			return errLent
		}
		_, err := tx.Model(b).WherePK().Update()
		return err
	})
}

func lendManagedBad(ctx context.Context, db *pg.DB, b *book) error {
	return db.RunInTransaction(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Model(b).WherePK().Update(); err != nil {
			return err
		}
		return tx.Commit() // want txowner:"commits tx"
	})
}

func backBad(db *pg.DB, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	b.Lent = false
	if _, err := tx.Model(b).WherePK().Update(); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func backOK(db *pg.DB, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	b.Lent = false
	if _, err := tx.Model(b).WherePK().Update(); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func countLateBad(db *pg.DB, b *book) (int, error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Close()
	if _, err := tx.Exec("DELETE FROM books WHERE id = ?", b.ID); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	n := 0
	_, err = tx.QueryOne(pg.Scan(&n), "SELECT count(*) FROM books") // want txdone:"uses tx, committed at line \\d+: pg.Tx.QueryOne fails"
	return n, err
}

func countOK(db *pg.DB, b *book) (n int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Close()
	if _, err := tx.Exec("DELETE FROM books WHERE id = ?", b.ID); err != nil {
		return 0, err
	}
	if _, err = tx.QueryOne(pg.Scan(&n), "SELECT count(*) FROM books"); err != nil {
		return 0, err
	}
	return n, tx.Commit()
}

func RenameBad(tx *pg.Tx, b *book) error {
	if _, err := tx.Model(b).WherePK().Column("title").Update(); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func RenameOK(tx pg.DBI, b *book) error {
	_, err := tx.Model(b).WherePK().Column("title").Update()
	return err
}

func swapOK(db *pg.DB, a, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	a.Title, b.Title = b.Title, a.Title
	for _, err := range []error{RenameOK(tx, a), RenameOK(tx, b)} {
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// A begin on a transaction hands out the same one.
func nestedOK(db *pg.DB, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Close()
	same, err := tx.Begin()
	if err != nil {
		return err
	}
	if _, err := same.Model(b).Insert(); err != nil {
		return err
	}
	return tx.Commit()
}

// RunInTransaction on a transaction ends it.
func runOK(ctx context.Context, db *pg.DB, b *book) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return tx.RunInTransaction(ctx, func(tx *pg.Tx) error {
		_, err := tx.Model(b).Insert()
		return err
	})
}

func shelvesBad(db *pg.DB, ids []int64) ([]book, error) {
	var out []book
	for _, id := range ids {
		b := book{ID: id}
		if err := db.Model(&b).Where("id = ?", id).Select(); err != nil { // want nplusone:"runs a query for each element of ids"
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func shelvesOK(db *pg.DB, ids []int64) (out []book, err error) {
	err = db.Model(&out).WhereIn("id IN (?)", ids).Select()
	return out, err
}

func stockBad(tx *pg.Tx, titles []string) error {
	for _, title := range titles {
		if _, err := tx.Exec("INSERT INTO books (title) VALUES (?)", title); err != nil { // want nplusone:"writes to the database for each element of titles"
			return err
		}
	}
	return nil
}

func stockOK(tx *pg.Tx, titles []string) error {
	var books []book
	for _, title := range titles {
		books = append(books, book{Title: title})
	}
	_, err := tx.Model(&books).Insert()
	return err
}

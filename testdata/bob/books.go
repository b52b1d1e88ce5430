// Package bob lends books with bob's handles, queries and generated models.
package bob

import (
	"context"
	"database/sql"
	"errors"

	"github.com/stephenafamo/bob"
	"github.com/stephenafamo/bob/dialect/psql"
	"github.com/stephenafamo/bob/dialect/psql/dm"
	"github.com/stephenafamo/bob/dialect/psql/sm"
	"github.com/stephenafamo/bob/dialect/psql/um"
	"github.com/stephenafamo/scan"
	"github.com/stephenafamo/scan/stdscan"
)

var errLent = errors.New("it is lent")

func lendBad(ctx context.Context, db bob.DB, id int64) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	lent, err := bob.One(ctx, tx, psql.Select(sm.Columns("lent"), sm.From("books"), sm.Where(psql.Quote("id").EQ(psql.Arg(id)))), scan.SingleColumnMapper[bool])
	if err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	if lent {
		return errLent // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := bob.Exec(ctx, tx, psql.Update(um.Table("books"), um.SetCol("lent").ToArg(true), um.Where(psql.Quote("id").EQ(psql.Arg(id))))); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

func lendOK(ctx context.Context, db bob.DB, id int64) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	lent, err := bob.One(ctx, tx, psql.Select(sm.Columns("lent"), sm.From("books"), sm.Where(psql.Quote("id").EQ(psql.Arg(id)))), scan.SingleColumnMapper[bool])
	if err != nil {
		return err
	}
	if lent {
		return errLent
	}
	return tx.Commit(ctx)
}

func shadowedBad(ctx context.Context, db bob.DB, id int64) (err error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	ok := false
	defer func() {
		if ok {
			err = tx.Commit(ctx)
		}
	}()
	book, err := FindBook(ctx, tx, id)
	if err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	title := book.Title + "!"
	if err := book.Update(ctx, tx, &BookSetter{Title: &title}); err != nil {
		return err
	}
	ok = true
	return nil
}

func flagOK(ctx context.Context, db bob.DB, id int64) (err error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	ok := false
	defer func() {
		if ok {
			err = tx.Commit(ctx)
		} else {
			err = errors.Join(err, tx.Rollback(ctx))
		}
	}()
	book, err := FindBook(ctx, tx, id)
	if err != nil {
		return err
	}
	title := book.Title + "!"
	if err := book.Update(ctx, tx, &BookSetter{Title: &title}); err != nil {
		return err
	}
	ok = true
	return nil
}

func onConnBad(ctx context.Context, conn bob.Conn, id int64) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := FindBook(ctx, tx, id); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

// A transaction of database/sql, and bob's handle on it.
func wrappedBad(ctx context.Context, db *sql.DB, id int64) error {
	std, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	tx := bob.NewTx(std)
	if _, err := FindBook(ctx, tx, id); err != nil {
		return err // want earlyreturn:"returns without finishing std begun at line \\d+"
	}
	return tx.Commit(ctx)
}

func wrappedOK(ctx context.Context, db *sql.DB, id int64) error {
	std, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	tx := bob.NewTx(std)
	defer tx.Rollback(ctx)
	if _, err := FindBook(ctx, tx, id); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// bob's own runner lends an executor, which has no end.
func managedOK(ctx context.Context, db bob.DB, id int64) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, exec bob.Executor) error {
		_, err := FindBook(ctx, exec, id)
		return err
	})
}

// A runner of the project, which lends the transaction.
func inTx(ctx context.Context, db bob.DB, do func(tx bob.Tx) error) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

func inTxBad(ctx context.Context, db bob.DB, id int64) error {
	return inTx(ctx, db, func(tx bob.Tx) error {
		if _, err := FindBook(ctx, tx, id); err != nil {
			return err
		}
		return tx.Commit(ctx) // want txowner:"commits tx, which bob.inTx finishes"
	})
}

func inTxOK(ctx context.Context, db bob.DB, id int64) error {
	return inTx(ctx, db, func(tx bob.Tx) error {
		_, err := FindBook(ctx, tx, id)
		return err
	})
}

func DropBad(ctx context.Context, tx bob.Tx, id int64) error {
	defer tx.Rollback(ctx) // want txowner:"rolls back tx, which the caller passed in"
	_, err := bob.Exec(ctx, tx, psql.Delete(dm.From("books"), dm.Where(psql.Quote("id").EQ(psql.Arg(id)))))
	return err
}

func DropOK(ctx context.Context, exec bob.Executor, id int64) error {
	_, err := bob.Exec(ctx, exec, psql.Delete(dm.From("books"), dm.Where(psql.Quote("id").EQ(psql.Arg(id)))))
	return err
}

// Any transaction, through the interface.
func KeepBad(ctx context.Context, tx bob.Transaction, id int64) error {
	if _, err := FindBook(ctx, tx, id); err != nil {
		return err
	}
	return tx.Commit(ctx) // want txowner:"commits tx, which the caller passed in"
}

func noReturnBad(ctx context.Context, db bob.DB, id int64) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	if err := DropOK(ctx, tx, id); err != nil {
		_ = tx.Rollback(ctx)
	}
	return tx.Commit(ctx) // want txdone:"commits tx, rolled back at line \\d+"
}

func lateBad(ctx context.Context, db bob.DB, id int64) (*Book, error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	if err := DropOK(ctx, tx, id); err != nil {
		return nil, err
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, err
	}
	return FindBook(ctx, tx, id) // want txdone:"passes tx to bob.FindBook, committed at line \\d+"
}

func afterOK(ctx context.Context, db bob.DB, id int64) (*Book, error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	if err := DropOK(ctx, tx, id); err != nil {
		return nil, err
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, err
	}
	return FindBook(ctx, db, id)
}

// One query for each book, by the model and by hand.

func titlesBad(ctx context.Context, db bob.DB, ids []int64) (titles []string, err error) {
	for _, id := range ids {
		book, err := FindBook(ctx, db, id) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return nil, err
		}
		titles = append(titles, book.Title)
	}
	return titles, nil
}

func titlesByHandBad(ctx context.Context, db bob.DB, ids []int64) (titles []string, err error) {
	for _, id := range ids {
		q := psql.Select(sm.Columns("title"), sm.From("books"), sm.Where(psql.Quote("id").EQ(psql.Arg(id))))
		title, err := bob.One(ctx, db, q, scan.SingleColumnMapper[string]) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return nil, err
		}
		titles = append(titles, title)
	}
	return titles, nil
}

func titlesOK(ctx context.Context, db bob.DB, ids []any) ([]string, error) {
	q := psql.Select(sm.Columns("title"), sm.From("books"), sm.Where(psql.Quote("id").In(psql.Arg(ids...))))
	return bob.All(ctx, db, q, scan.SingleColumnMapper[string])
}

func renameEachBad(ctx context.Context, db bob.DB, books []*Book, title string) error {
	for _, book := range books {
		if err := book.Update(ctx, db, &BookSetter{Title: &title}); err != nil { // want nplusone:"runs a query for each element of books"
			return err
		}
	}
	return nil
}

func dropEachBad(ctx context.Context, db bob.DB, ids []int64) error {
	for _, id := range ids {
		if err := DropOK(ctx, db, id); err != nil { // want nplusone:"writes to the database for each element of ids"
			return err
		}
	}
	return nil
}

func renameAllOK(ctx context.Context, db bob.DB, ids []any, title string) error {
	_, err := bob.Exec(ctx, db, psql.Update(um.Table("books"), um.SetCol("title").ToArg(title), um.Where(psql.Quote("id").In(psql.Arg(ids...)))))
	return err
}

func countEachBad(ctx context.Context, db bob.DB, titles []string) (sum int64, err error) {
	for _, title := range titles {
		n, err := Books.Query(sm.Where(psql.Quote("title").EQ(psql.Arg(title)))).Count(ctx, db) // want nplusone:"runs a query for each element of titles"
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// Queries that are built in a loop are not sent there.
func builtOK(ctx context.Context, db bob.DB, titles []string) ([]*Book, error) {
	var alternatives []bob.Expression
	for _, title := range titles {
		alternatives = append(alternatives, psql.Quote("title").EQ(psql.Arg(title)))
	}
	return Books.Query(sm.Where(psql.Or(alternatives...))).All(ctx, db)
}

func scannedEachBad(ctx context.Context, db *sql.DB, ids []int64) (titles []string, err error) {
	for _, id := range ids {
		title, err := stdscan.One(ctx, db, scan.SingleColumnMapper[string], "SELECT title FROM books WHERE id = $1", id) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return nil, err
		}
		titles = append(titles, title)
	}
	return titles, nil
}

func scannedOK(ctx context.Context, db *sql.DB, min, max int64) ([]string, error) {
	return stdscan.All(ctx, db, scan.SingleColumnMapper[string], "SELECT title FROM books WHERE id BETWEEN $1 AND $2", min, max)
}

// The cursor asks no more than once.
func cursorOK(ctx context.Context, db bob.DB) (titles []string, err error) {
	cursor, err := Books.Query().Cursor(ctx, db)
	if err != nil {
		return nil, err
	}
	defer cursor.Close()
	for cursor.Next() {
		book, err := cursor.Get()
		if err != nil {
			return nil, err
		}
		titles = append(titles, book.Title)
	}
	return titles, cursor.Err()
}

func readOnlyOK(ctx context.Context, db bob.DB, id int64) (*Book, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	return FindBook(ctx, tx, id)
}

func KeepOK(ctx context.Context, tx bob.Transaction, id int64) (*Book, error) {
	return FindBook(ctx, tx, id)
}

func onConnOK(ctx context.Context, conn bob.Conn, id int64) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := FindBook(ctx, tx, id); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

// Package sqlxdb lends books on sqlx, whose handles wrap those of
// database/sql: either of the two can end a transaction.
package sqlxdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jmoiron/sqlx"
)

var ErrLent = errors.New("already lent")

type Book struct {
	ID     int64  `db:"id"`
	Title  string `db:"title"`
	Reader int64  `db:"reader"`
}

type Library struct {
	db  *sqlx.DB
	log *slog.Logger
}

func reserve(ctx context.Context, e sqlx.ExecerContext, book, reader int64) error {
	_, err := e.ExecContext(ctx, `UPDATE books SET reader = ? WHERE id = ?`, reader, book)
	return err
}

// LendBad is careful with every error and careless with its own rule.
func (l *Library) LendBad(ctx context.Context, id, reader int64) error {
	tx, err := l.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	var book Book
	if err := tx.GetContext(ctx, &book, `SELECT * FROM books WHERE id = ? FOR UPDATE`, id); err != nil {
		_ = tx.Rollback()
		return fmt.Errorf("book %d: %w", id, err)
	}
	if book.Reader != 0 {
		return ErrLent // want "returns without finishing tx begun at line \\d+"
	}
	if err := reserve(ctx, tx, id, reader); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func (l *Library) LendOK(ctx context.Context, id, reader int64) error {
	tx, err := l.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var book Book
	if err := tx.GetContext(ctx, &book, `SELECT * FROM books WHERE id = ? FOR UPDATE`, id); err != nil {
		return fmt.Errorf("book %d: %w", id, err)
	}
	if book.Reader != 0 {
		return ErrLent
	}
	if err := reserve(ctx, tx, id, reader); err != nil {
		return err
	}
	return tx.Commit()
}

// NamedBad uses a named query and leaves after it.
func (l *Library) NamedBad(books []Book) (n int64, err error) {
	tx, err := l.db.Beginx()
	if err != nil {
		return 0, err
	}
	res, err := tx.NamedExec(`INSERT INTO books (title) VALUES (:title)`, books)
	if err != nil {
		return 0, fmt.Errorf("insert %d books: %w", len(books), err) // want "returns without finishing tx begun at line \\d+"
	}
	if n, err = res.RowsAffected(); err != nil {
		tx.Rollback()
		return 0, err
	}
	return n, tx.Commit()
}

func (l *Library) NamedOK(books []Book) (n int64, err error) {
	tx, err := l.db.Beginx()
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	res, err := tx.NamedExec(`INSERT INTO books (title) VALUES (:title)`, books)
	if err != nil {
		return 0, fmt.Errorf("insert %d books: %w", len(books), err)
	}
	if n, err = res.RowsAffected(); err != nil {
		return 0, err
	}
	return n, tx.Commit()
}

// MustBad begins with a function that panics when it fails: what it returns
// is always open.
func (l *Library) MustBad(ids []int64) error {
	tx := l.db.MustBegin()
	query, args, err := sqlx.In(`DELETE FROM books WHERE id IN (?)`, ids)
	if err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	tx.MustExec(tx.Rebind(query), args...)
	return tx.Commit()
}

// MustOK can leave it open by a panic only.
func (l *Library) MustOK(ids []int64) error {
	query, args, err := sqlx.In(`DELETE FROM books WHERE id IN (?)`, ids)
	if err != nil {
		return err
	}
	tx := l.db.MustBegin()
	tx.MustExec(tx.Rebind(query), args...)
	return tx.Commit()
}

// MustDroppedBad is a one-liner that somebody found elegant.
func (l *Library) MustDroppedBad(id int64) {
	l.db.MustBegin().MustExec(`DELETE FROM books WHERE id = ?`, id) // want "drops the transaction"
}

// PlainBeginBad gets the embedded handle's transaction.
func (l *Library) PlainBeginBad(id int64) error {
	tx, err := l.db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM books WHERE id = ?`, id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// WrappedOK puts a plain transaction into sqlx's and ends it there.
func WrappedOK(ctx context.Context, db *sql.DB, id int64) (title string, err error) {
	plain, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	tx := &sqlx.Tx{Tx: plain}
	if err := tx.GetContext(ctx, &title, `SELECT title FROM books WHERE id = ?`, id); err != nil {
		tx.Rollback()
		return "", err
	}
	return title, tx.Commit()
}

// WrappedBad wraps it, and leaves with both.
func WrappedBad(ctx context.Context, db *sql.DB, id int64) (title string, err error) {
	plain, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	tx := &sqlx.Tx{Tx: plain}
	if err := tx.GetContext(ctx, &title, `SELECT title FROM books WHERE id = ?`, id); err != nil {
		return "", err // want "returns without finishing (plain|tx) begun at line \\d+"
	}
	return title, tx.Commit()
}

// UnwrappedOK ends sqlx's transaction by the one inside.
func (l *Library) UnwrappedOK(ctx context.Context, id int64) error {
	tx, err := l.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	inner := tx.Tx
	if err := reserve(ctx, inner, id, 0); err != nil {
		inner.Rollback()
		return err
	}
	return tx.Commit()
}

// UnsafeOK works on the forgiving copy and ends by it: it is the same one.
func (l *Library) UnsafeOK(ctx context.Context) ([]Book, error) {
	tx, err := l.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	loose := tx.Unsafe()
	defer loose.Rollback()
	var books []Book
	if err := loose.SelectContext(ctx, &books, `SELECT *, 1 AS extra FROM books`); err != nil {
		return nil, err
	}
	return books, nil
}

// UnsafeBad begins right into the copy.
func (l *Library) UnsafeBad(ctx context.Context) ([]Book, error) {
	tx, err := l.db.Unsafe().BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	var books []Book
	if err := tx.SelectContext(ctx, &books, `SELECT *, 1 AS extra FROM books`); err != nil {
		tx.Rollback()
		return nil, err
	}
	return books, nil // want "returns without finishing tx begun at line \\d+"
}

// ConnBad begins on a connection of its own.
func (l *Library) ConnBad(ctx context.Context, id int64) error {
	conn, err := l.db.Connx(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := reserve(ctx, tx, id, 0); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// ShadowedBad tests the outer err in its guard.
func (l *Library) ShadowedBad(ctx context.Context, ids []int64, reader int64) error {
	tx, err := l.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		l.log.Debug("lent", "books", len(ids))
	}()
	for _, id := range ids {
		if err := reserve(ctx, tx, id, reader); err != nil {
			return fmt.Errorf("book %d: %w", id, err) // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
		}
	}
	err = tx.Commit()
	return err
}

// EmbeddedTx is a project's own transaction type.
type EmbeddedTx struct {
	*sqlx.Tx
	log *slog.Logger
}

func (l *Library) Begin(ctx context.Context) (*EmbeddedTx, error) {
	tx, err := l.db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &EmbeddedTx{Tx: tx, log: l.log}, nil
}

// Done ends what is not ended yet and complains about nothing but that.
func (t *EmbeddedTx) Done() {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		t.log.Error("rollback", "err", err)
	}
}

// EmbeddedBad has its own type's transaction and leaves.
func (l *Library) EmbeddedBad(ctx context.Context, id int64) error {
	tx, err := l.Begin(ctx)
	if err != nil {
		return err
	}
	if err := reserve(ctx, tx, id, 0); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func (l *Library) EmbeddedOK(ctx context.Context, id int64) error {
	tx, err := l.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Done()
	if err := reserve(ctx, tx, id, 0); err != nil {
		return err
	}
	return tx.Commit()
}

// RowsBad leaves between the rows and the end.
func (l *Library) RowsBad(ctx context.Context) (titles []string, err error) {
	tx, err := l.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryxContext(ctx, `SELECT * FROM books`)
	if err != nil {
		tx.Rollback()
		return nil, err
	}
	for rows.Next() {
		var b Book
		if err := rows.StructScan(&b); err != nil {
			rows.Close()
			return nil, err // want "returns without finishing tx begun at line \\d+"
		}
		titles = append(titles, b.Title)
	}
	if err := rows.Close(); err != nil {
		tx.Rollback()
		return nil, err
	}
	return titles, tx.Rollback()
}

func (l *Library) RowsOK(ctx context.Context) (titles []string, err error) {
	tx, err := l.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() {
		if rerr := tx.Rollback(); err == nil {
			err = rerr
		}
	}()
	rows, err := tx.QueryxContext(ctx, `SELECT * FROM books`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b Book
		if err := rows.StructScan(&b); err != nil {
			return nil, err
		}
		titles = append(titles, b.Title)
	}
	return titles, rows.Err()
}

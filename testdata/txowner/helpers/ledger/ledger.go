// Package ledger works with transactions of other packages.
package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// PostBad writes an entry.
func PostBad(ctx context.Context, tx *sql.Tx, amount int) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO entries VALUES (?)`, amount); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// Transfer writes two entries by way of PostBad.
func Transfer(ctx context.Context, tx *sql.Tx, amount int) error {
	if amount == 0 {
		return nil
	}
	return post(ctx, tx, amount)
}

func post(ctx context.Context, tx *sql.Tx, amount int) error {
	return PostBad(ctx, tx, amount)
}

// YearOK closes the books and commits tx, or rolls it back where it fails.
func YearOK(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `UPDATE books SET closed = 1`); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Write only works.
func Write(ctx context.Context, tx *sql.Tx, amount int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO entries VALUES (?)`, amount)
	return err
}

// End only ends.
func End(tx *sql.Tx, err *error) {
	if *err != nil {
		*err = errors.Join(*err, tx.Rollback())
		return
	}
	*err = tx.Commit()
}

// A Book is bound to a transaction.
type Book struct{ tx *sql.Tx }

// On binds.
func On(tx *sql.Tx) *Book { return &Book{tx: tx} }

// Note works.
func (b *Book) Note(ctx context.Context, text string) error {
	_, err := b.tx.ExecContext(ctx, `INSERT INTO notes VALUES (?)`, text)
	return err
}

// SealBad ends what the book was bound to.
func (b *Book) SealBad(ctx context.Context) error {
	if _, err := b.tx.ExecContext(ctx, `UPDATE notes SET sealed = 1`); err != nil {
		return err
	}
	return b.tx.Commit() // want "commits b.tx, which its receiver was given"
}

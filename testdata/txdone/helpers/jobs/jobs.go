// Package jobs begins, works and ends for other packages.
package jobs

import (
	"context"
	"database/sql"
	"log"
)

// Begin begins.
func Begin(ctx context.Context, db *sql.DB) (*sql.Tx, error) { return db.BeginTx(ctx, nil) }

// Drop rolls back.
func Drop(tx *sql.Tx) {
	if err := tx.Rollback(); err != nil {
		log.Print(err)
	}
}

// Enqueue works.
func Enqueue(ctx context.Context, tx *sql.Tx, name string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO jobs VALUES (?)`, name)
	return err
}

// EnqueueAll works by way of Enqueue.
func EnqueueAll(ctx context.Context, tx *sql.Tx, names ...string) error {
	for _, n := range names {
		if err := Enqueue(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// Run runs do in a transaction.
func Run(ctx context.Context, db *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := Begin(ctx, db)
	if err != nil {
		return err
	}
	defer Drop(tx)
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Name reads nothing but its arguments.
func Name(tx *sql.Tx) string {
	if tx == nil {
		return "none"
	}
	return "some"
}

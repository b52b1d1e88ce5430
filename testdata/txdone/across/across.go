// Package across uses transactions after other packages have ended them.
package across

import (
	"context"
	"database/sql"
	"log"

	"example.com/corpus/txdone/helpers/jobs"
)

func droppedBad(ctx context.Context, db *sql.DB) error {
	tx, err := jobs.Begin(ctx, db)
	if err != nil {
		return err
	}
	if err := jobs.Enqueue(ctx, tx, "a"); err != nil {
		log.Print(err)
		jobs.Drop(tx)
	}
	return tx.Commit() // want "commits tx, rolled back by jobs.Drop at line \\d+"
}

func droppedOK(ctx context.Context, db *sql.DB) error {
	tx, err := jobs.Begin(ctx, db)
	if err != nil {
		return err
	}
	if err := jobs.Enqueue(ctx, tx, "a"); err != nil {
		jobs.Drop(tx)
		return err
	}
	return tx.Commit()
}

func deferredDropOK(ctx context.Context, db *sql.DB) error {
	tx, err := jobs.Begin(ctx, db)
	if err != nil {
		return err
	}
	defer jobs.Drop(tx)
	if err := jobs.EnqueueAll(ctx, tx, "a", "b"); err != nil {
		return err
	}
	return tx.Commit()
}

func enqueuedAfterBad(ctx context.Context, db *sql.DB) error {
	tx, err := jobs.Begin(ctx, db)
	if err != nil {
		return err
	}
	defer jobs.Drop(tx)
	if err := tx.Commit(); err != nil {
		return err
	}
	return jobs.EnqueueAll(ctx, tx, "a", "b") // want "passes tx to jobs.EnqueueAll, committed at line"
}

func namedAfterOK(ctx context.Context, db *sql.DB) error {
	tx, err := jobs.Begin(ctx, db)
	if err != nil {
		return err
	}
	defer jobs.Drop(tx)
	if err := tx.Commit(); err != nil {
		return err
	}
	log.Print(jobs.Name(tx))
	return nil
}

func keptBad(ctx context.Context, db *sql.DB) error {
	var kept *sql.Tx
	if err := jobs.Run(ctx, db, func(tx *sql.Tx) error {
		kept = tx
		return jobs.Enqueue(ctx, tx, "a")
	}); err != nil {
		return err
	}
	return jobs.Enqueue(ctx, kept, "b") // want "passes (kept|tx) to jobs.Enqueue, committed (at|by jobs.Run at) line"
}

func runOK(ctx context.Context, db *sql.DB) error {
	return jobs.Run(ctx, db, func(tx *sql.Tx) error { return jobs.EnqueueAll(ctx, tx, "a") })
}

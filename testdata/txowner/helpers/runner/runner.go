// Package runner runs callbacks in transactions.
package runner

import (
	"context"
	"database/sql"
)

// A Store begins and ends for its callers.
type Store struct{ db *sql.DB }

// InTx runs do by way of a function of its own.
func (s *Store) InTx(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	return s.retried(ctx, func(ctx context.Context) error { return s.once(ctx, do) })
}

func (s *Store) retried(ctx context.Context, f func(ctx context.Context) error) (err error) {
	for range 3 {
		if err = f(ctx); err == nil {
			return nil
		}
	}
	return err
}

func (s *Store) once(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Once runs do.
func (s *Store) Once(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	return s.once(ctx, do)
}

// Lend begins, and leaves the commit to do.
func (s *Store) Lend(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return do(ctx, tx)
}

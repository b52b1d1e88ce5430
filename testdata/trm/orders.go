// Package trm places orders with go-transaction-manager, whose transactions
// travel in the context.
package trm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/avito-tech/go-transaction-manager/trm/v2"
	trmcontext "github.com/avito-tech/go-transaction-manager/trm/v2/context"
	"github.com/avito-tech/go-transaction-manager/trm/v2/manager"
)

func placeOK(ctx context.Context, m *manager.Manager, s *Stock, id int) error {
	return m.Do(ctx, func(ctx context.Context) error { return s.Take(ctx, id) })
}

// An error is enough, whatever it is.
func refusesOK(ctx context.Context, m trm.Manager, s *Stock, id int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		n, err := s.Left(ctx, id)
		if err != nil {
			return fmt.Errorf("stock of %d: %w", id, err)
		}
		if n == 0 {
			return errNone
		}
		return s.Take(ctx, id)
	})
}

// The inner one joins the outer one.
func nestedOK(ctx context.Context, m trm.Manager, s *Stock, id int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		return m.Do(ctx, func(ctx context.Context) error { return s.Take(ctx, id) })
	})
}

func settingsOK(ctx context.Context, m trm.Manager, settings trm.Settings, s *Stock, id int) error {
	return m.DoWithSettings(ctx, settings, func(ctx context.Context) error {
		return trm.Skippable(s.Take(ctx, id))
	})
}

// The transaction of the context belongs to the manager.

func ForgetsBad(ctx context.Context, id int) error {
	tx := trmcontext.DefaultManager.Default(ctx)
	if _, err := tx.Transaction().(*sql.Tx).ExecContext(ctx, "DELETE FROM stock WHERE id = $1", id); err != nil {
		return err
	}
	return tx.Commit(ctx) // want txowner:"commits the transaction, which came with the context"
}

func TriesBad(ctx context.Context, of trm.CtxManager, id int) error {
	tx := of.Default(ctx).Transaction().(*sql.Tx)
	defer tx.Rollback() // want txowner:"rolls back the transaction, which came with the context"
	_, err := tx.ExecContext(ctx, "DELETE FROM stock WHERE id = $1", id)
	return err
}

func WorksOK(ctx context.Context, of trm.CtxManager, id int) error {
	_, err := of.Default(ctx).Transaction().(*sql.Tx).ExecContext(ctx, "DELETE FROM stock WHERE id = $1", id)
	return err
}

func LooksOK(ctx context.Context, of trm.CtxManager) bool {
	tx := of.Default(ctx)
	return tx != nil && tx.IsActive()
}

// A transaction that a function was lent without a context.

func EndsBad(ctx context.Context, tx trm.Transaction, id int) error {
	if _, err := tx.Transaction().(*sql.Tx).ExecContext(ctx, "DELETE FROM stock WHERE id = $1", id); err != nil {
		return err
	}
	return tx.Commit(ctx) // want txowner:"commits tx, which the caller passed in"
}

// CommitOK ends it, and does nothing else.
func CommitOK(ctx context.Context, tx trm.Transaction) error { return tx.Commit(ctx) }

func goesOnBad(ctx context.Context, tx trm.Transaction, err error) error {
	if err != nil {
		_ = tx.Rollback(ctx)
	}
	return tx.Commit(ctx) // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(ctx context.Context, tx trm.Transaction, err error) error {
	if err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

func usesOverBad(ctx context.Context, tx trm.Transaction, id int) error {
	std := tx.Transaction().(*sql.Tx)
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	_, err := std.ExecContext(ctx, "DELETE FROM stock WHERE id = $1", id) // want txdone:"committed at line \\d+"
	return err
}

// One statement for each, inside the transaction as outside of it.

func takeEachBad(ctx context.Context, m trm.Manager, s *Stock, ids []int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		for _, id := range ids {
			if err := s.Take(ctx, id); err != nil { // want nplusone:"writes to the database for each element of ids"
				return err
			}
		}
		return nil
	})
}

func doEachBad(ctx context.Context, m *manager.Manager, s *Stock, ids []int) error {
	for _, id := range ids {
		if err := placeOK(ctx, m, s, id); err != nil { // want nplusone:"writes to the database for each element of ids"
			return err
		}
	}
	return nil
}

func leftBad(ctx context.Context, s *Stock, ids []int) (sum int, err error) {
	for _, id := range ids {
		n, err := s.Left(ctx, id) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func leftOK(ctx context.Context, s *Stock, first, last int) (sum int, err error) {
	err = s.in(ctx).QueryRowContext(ctx, "SELECT sum(n) FROM stock WHERE id BETWEEN $1 AND $2", first, last).Scan(&sum)
	return sum, err
}

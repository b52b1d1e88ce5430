// Package across uses transactions that other packages begin and finish.
package across

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/corpus/earlyreturn/helpers/ctxtx"
	"example.com/corpus/earlyreturn/helpers/txkit"
)

var errEmpty = errors.New("empty")

// OpenBad owns what the other package began.
func OpenBad(ctx context.Context, db *sql.DB) error {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		return fmt.Errorf("orders: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func OpenOK(ctx context.Context, db *sql.DB) error {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	defer txkit.Discard(tx)
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	return tx.Commit()
}

// OpenTenantBad is two calls away from the begin.
func OpenTenantBad(ctx context.Context, db *sql.DB, tenant string, tables []string) error {
	tx, err := txkit.OpenTenant(ctx, db, tenant)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return errEmpty // want "returns without finishing tx begun at line \\d+"
	}
	for _, t := range tables {
		if err := txkit.Touch(ctx, tx, t); err != nil {
			return txkit.Close(tx, err)
		}
	}
	return txkit.Close(tx, nil)
}

func OpenTenantOK(ctx context.Context, db *sql.DB, tenant string, tables []string) error {
	tx, err := txkit.OpenTenant(ctx, db, tenant)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return txkit.Close(tx, errEmpty)
	}
	for _, t := range tables {
		if err := txkit.Touch(ctx, tx, t); err != nil {
			return txkit.Close(tx, err)
		}
	}
	return txkit.Close(tx, nil)
}

// MustOpenBad begins without an error to check.
func MustOpenBad(ctx context.Context, db *sql.DB) error {
	tx := txkit.MustOpen(db)
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// MustOpenDroppedBad throws the helper's result away.
func MustOpenDroppedBad(db *sql.DB) {
	_ = txkit.MustOpen(db) // want "drops the transaction"
}

// FinishOK defers the other package's finisher with its named result.
func FinishOK(ctx context.Context, db *sql.DB) (err error) {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	defer txkit.Finish(tx, &err)
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		return err
	}
	return txkit.Touch(ctx, tx, "carts")
}

// DiscardOnBad points the other package's helper at the wrong variable.
func DiscardOnBad(ctx context.Context, db *sql.DB, tables ...string) error {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	defer txkit.DiscardOn(tx, &err)
	for _, t := range tables {
		if err := txkit.Touch(ctx, tx, t); err != nil {
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	err = tx.Commit()
	return err
}

func DiscardOnOK(ctx context.Context, db *sql.DB, tables ...string) (err error) {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	defer txkit.DiscardOn(tx, &err)
	for _, t := range tables {
		if err := txkit.Touch(ctx, tx, t); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// OrDiscardOK knows which of the helpers ends the transaction on its error.
func OrDiscardOK(ctx context.Context, db *sql.DB) error {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	if err := txkit.TouchOrDiscard(ctx, tx, "orders"); err != nil {
		return err
	}
	if !txkit.Publish(tx) {
		return errors.New("not published")
	}
	return nil
}

// OrDiscardBad takes the one that does not for the one that does.
func OrDiscardBad(ctx context.Context, db *sql.DB) error {
	tx, err := txkit.Open(ctx, db)
	if err != nil {
		return err
	}
	if err := txkit.TouchOrDiscard(ctx, tx, "orders"); err != nil {
		return err
	}
	if err := txkit.Touch(ctx, tx, "carts"); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	if !txkit.Publish(tx) {
		return errors.New("not published")
	}
	return nil
}

// RunOK leaves everything to the runner.
func RunOK(ctx context.Context, db *sql.DB) (n int, err error) {
	err = txkit.Run(ctx, db, func(tx *sql.Tx) error {
		if err := txkit.Touch(ctx, tx, "orders"); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM orders`).Scan(&n)
	})
	return n, err
}

// ReadOnlyOK leaves it to the generic runner.
func ReadOnlyOK(ctx context.Context, db *sql.DB) ([]int64, error) {
	return txkit.RunReadOnlyOK(ctx, db, func(ctx context.Context, tx *sql.Tx) (ids []int64, err error) {
		rows, err := tx.QueryContext(ctx, `SELECT id FROM orders`)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		return ids, rows.Err()
	})
}

// RunInsideBad begins another one, through the helper, in the closure.
func RunInsideBad(ctx context.Context, db, audit *sql.DB) error {
	return txkit.Run(ctx, db, func(tx *sql.Tx) error {
		log, err := txkit.Open(ctx, audit)
		if err != nil {
			return err
		}
		if err := txkit.Touch(ctx, tx, "orders"); err != nil {
			return err // want "returns without finishing log begun at line \\d+"
		}
		return log.Commit()
	})
}

// StartOK defers what the begin returned for that.
func StartOK(ctx context.Context, db *sql.DB) error {
	tx, done, err := ctxtx.Start(ctx, db)
	if err != nil {
		return err
	}
	defer done()
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		return err
	}
	return tx.Commit()
}

// StartBad calls it on one branch and not on the other.
func StartBad(ctx context.Context, db *sql.DB) error {
	tx, done, err := ctxtx.Start(ctx, db)
	if err != nil {
		return err
	}
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		done()
		return err
	}
	if err := txkit.Touch(ctx, tx, "carts"); err != nil {
		return err // want "without finishing tx"
	}
	return tx.Commit()
}

// ContextOK begins into a context and ends out of it.
func ContextOK(ctx context.Context, db *sql.DB) error {
	ctx, err := ctxtx.Begin(ctx, db)
	if err != nil {
		return err
	}
	defer ctxtx.Rollback(ctx)
	if err := txkit.Touch(ctx, ctxtx.From(ctx), "orders"); err != nil {
		return err
	}
	return ctxtx.Commit(ctx)
}

// ContextBad leaves with a transaction that only its context knows.
func ContextBad(ctx context.Context, db *sql.DB) error {
	ctx, err := ctxtx.Begin(ctx, db)
	if err != nil {
		return err
	}
	if err := txkit.Touch(ctx, ctxtx.From(ctx), "orders"); err != nil {
		return err // want "returns without finishing the transaction begun at line \\d+"
	}
	return ctxtx.Commit(ctx)
}

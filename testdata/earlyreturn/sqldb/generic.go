package sqldb

import (
	"context"
	"database/sql"
	"fmt"
)

// fetchOK is a generic runner with a result.
func fetchOK[T any](ctx context.Context, db *sql.DB, fn func(*sql.Tx) (T, error)) (T, error) {
	var zero T
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return zero, err
	}
	defer tx.Rollback()
	v, err := fn(tx)
	if err != nil {
		return zero, fmt.Errorf("fetch %T: %w", zero, err)
	}
	return v, tx.Commit()
}

// SaveAllBad is generic over what it saves; its callback cannot finish.
func SaveAllBad[T any](ctx context.Context, db *sql.DB, items []T, save func(execer, T) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for i, item := range items {
		if err := save(tx, item); err != nil {
			return fmt.Errorf("item %d: %w", i, err) // want "returns without finishing tx begun at line \\d+"
		}
	}
	return tx.Commit()
}

func SaveAllOK[T any](ctx context.Context, db *sql.DB, items []T, save func(execer, T) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	for i, item := range items {
		if err := save(tx, item); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	return tx.Commit()
}

// repo is a generic repository.
type repo[K comparable, V any] struct {
	db    *sql.DB
	table string
	key   func(V) K
}

func (r *repo[K, V]) ReplaceBad(ctx context.Context, values ...V) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	seen := make(map[K]bool)
	for _, v := range values {
		if seen[r.key(v)] {
			return fmt.Errorf("%v twice", r.key(v)) // want "returns without finishing tx begun at line \\d+"
		}
		seen[r.key(v)] = true
		if _, err := tx.ExecContext(ctx, `REPLACE INTO `+r.table+` VALUES (?, ?)`, r.key(v), v); err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

func (r *repo[K, V]) ReplaceOK(ctx context.Context, values ...V) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	seen := make(map[K]bool)
	for _, v := range values {
		if seen[r.key(v)] {
			return fmt.Errorf("%v twice", r.key(v))
		}
		seen[r.key(v)] = true
		if _, err := tx.ExecContext(ctx, `REPLACE INTO `+r.table+` VALUES (?, ?)`, r.key(v), v); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// finisher is what must[T] ends.
type finisher interface {
	Commit() error
	Rollback() error
}

// endAs ends any kind of transaction.
func endAs[T finisher](tx T, err error) error {
	if err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// GenericFinisherOK ends through a type parameter.
func GenericFinisherOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return endAs(tx, touch(ctx, tx, "orders", id))
}

// count and list call the generic functions, so that they are instantiated.
func count(ctx context.Context, db *sql.DB) (int, error) {
	return fetchOK(ctx, db, func(tx *sql.Tx) (n int, err error) {
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM orders`).Scan(&n)
		return n, err
	})
}

func saveLines(ctx context.Context, db *sql.DB, o Order) error {
	save := func(e execer, l Line) error { return insertLine(ctx, e, o.ID, l) }
	if len(o.Lines) > 10 {
		return SaveAllOK(ctx, db, o.Lines, save)
	}
	return SaveAllBad(ctx, db, o.Lines, save)
}

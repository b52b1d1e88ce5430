package store

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/shop/internal/domain"
)

// Stocktake is one count of a warehouse: all of it gets into the books, or nothing.
type Stocktake struct {
	id int64
	tx *sql.Tx
}

// OpenStocktake begins the count of a warehouse. End it with Close or Discard.
func OpenStocktake(ctx context.Context, db *sql.DB, warehouse string) (*Stocktake, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	var name string
	row := tx.QueryRowContext(ctx, `SELECT name FROM warehouses WHERE code = ?`, warehouse)
	if err := row.Scan(&name); err != nil {
		return nil, found(err, "warehouse", warehouse)
	}
	count := &Stocktake{tx: tx}
	row = tx.QueryRowContext(ctx, `INSERT INTO stocktakes (warehouse) VALUES (?) RETURNING id`, warehouse)
	if err := row.Scan(&count.id); err != nil {
		return nil, fmt.Errorf("open stocktake in %s: %w", name, err)
	}
	return count, nil
}

// Record adds what was counted and makes the books agree with it.
func (s *Stocktake) Record(ctx context.Context, counted []domain.Line) error {
	encoded, err := list(counted)
	if err != nil {
		return err
	}
	_, err = s.tx.ExecContext(ctx, `
		INSERT INTO stocktake_counts (stocktake_id, sku, quantity)
		SELECT ?, line.sku, line.quantity FROM `+lines+` AS line`, s.id, encoded)
	if err != nil {
		return fmt.Errorf("record stocktake: %w", err)
	}
	return SetStock(ctx, s.tx, counted)
}

// Close ends the count and keeps it.
func (s *Stocktake) Close() error { return Commit(s.tx) }

// Discard ends the count and forgets it; after Close it does nothing.
func (s *Stocktake) Discard() { Rollback(s.tx) }

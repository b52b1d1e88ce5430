package store

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/shop/internal/domain"
)

// Unit is a unit of work over the tables that a return touches. Begin it, use it, and end it with
// Commit or Rollback; Rollback after Commit does nothing.
type Unit struct {
	db *sql.DB
	tx *sql.Tx
}

// NewUnit returns a unit of work that has not begun.
func NewUnit(db *sql.DB) *Unit { return &Unit{db: db} }

// Begin starts the unit.
func (u *Unit) Begin() error {
	tx, err := u.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	u.tx = tx
	return nil
}

// Commit makes everything that was done in the unit permanent.
func (u *Unit) Commit() error { return Commit(u.tx) }

// Rollback undoes everything that was done in the unit.
func (u *Unit) Rollback() { Rollback(u.tx) }

// Order loads the order that a return belongs to.
func (u *Unit) Order(ctx context.Context, id int64) (domain.Order, error) {
	return OrderByID(ctx, u.tx, id)
}

// AddReturn books lines that came back, and puts them onto the shelf.
func (u *Unit) AddReturn(ctx context.Context, orderID int64, returned []domain.Line) error {
	encoded, err := list(returned)
	if err != nil {
		return err
	}
	_, err = u.tx.ExecContext(ctx, `
		INSERT INTO returns (order_id, sku, quantity)
		SELECT ?, line.sku, line.quantity FROM `+lines+` AS line`, orderID, encoded)
	if err != nil {
		return fmt.Errorf("insert return: %w", err)
	}
	return PutStock(ctx, u.tx, returned)
}

// RemoveReturn takes back that anything of an order was returned.
func (u *Unit) RemoveReturn(ctx context.Context, orderID int64) (removed []domain.Line, err error) {
	rows, err := u.tx.QueryContext(ctx, `
		DELETE FROM returns WHERE order_id = ? RETURNING sku, quantity`, orderID)
	if err != nil {
		return nil, fmt.Errorf("remove return: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then

	for rows.Next() {
		var line domain.Line
		if err := rows.Scan(&line.SKU, &line.Quantity); err != nil {
			return nil, fmt.Errorf("remove return: %w", err)
		}
		removed = append(removed, line)
	}
	return removed, wrap(rows.Err(), "remove return")
}

// TakeStock takes lines off the shelf again.
func (u *Unit) TakeStock(ctx context.Context, taken []domain.Line) error {
	return TakeStock(ctx, u.tx, taken)
}

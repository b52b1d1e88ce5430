// Package sqldb is a small shop on database/sql. Functions that end in Bad
// leave a transaction open on some path, those that end in OK on none.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"
)

var (
	ErrNotFound   = errors.New("not found")
	ErrOutOfStock = errors.New("out of stock")
	ErrBadInput   = errors.New("bad input")
)

type Line struct {
	SKU string
	Qty int
}

type Order struct {
	ID         int64
	CustomerID int64
	Status     string
	Lines      []Line
	Total      int64
	CreatedAt  time.Time
}

type Shop struct {
	db  *sql.DB
	log *slog.Logger
	now func() time.Time
}

// execer can run statements and nothing else: whoever is given one borrows it.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func insertLine(ctx context.Context, e execer, orderID int64, l Line) error {
	_, err := e.ExecContext(ctx, `INSERT INTO order_lines (order_id, sku, qty) VALUES (?, ?, ?)`, orderID, l.SKU, l.Qty)
	return err
}

// touch works on a transaction of its caller and leaves it as it was.
func touch(ctx context.Context, tx *sql.Tx, table string, id int64) error {
	var query string
	switch table {
	case "orders":
		query = `UPDATE orders SET touched = 1 WHERE id = ?`
	case "carts":
		query = `UPDATE carts SET touched = 1 WHERE id = ?`
	default:
		return ErrBadInput
	}
	_, err := tx.ExecContext(ctx, query, id)
	return err
}

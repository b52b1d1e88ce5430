// Package store keeps orders in a database.
package store

import (
	"context"
	"database/sql"

	"example.com/corpus/nplusone/across/domain"
)

type Store struct{ DB *sql.DB }

func (s *Store) ByID(ctx context.Context, id int64) (*domain.Order, error) {
	o := &domain.Order{ID: id}
	err := s.DB.QueryRowContext(ctx, `SELECT customer FROM orders WHERE id = $1`, id).Scan(&o.Customer)
	return o, err
}

func (s *Store) ByIDs(ctx context.Context, ids []int64) ([]*domain.Order, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT id, customer FROM orders WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*domain.Order
	for rows.Next() {
		o := &domain.Order{}
		if err := rows.Scan(&o.ID, &o.Customer); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

func (s *Store) AddLine(ctx context.Context, l domain.Line) error {
	_, err := s.DB.ExecContext(ctx, `INSERT INTO lines (order_id, product) VALUES ($1, $2)`, l.Order, l.Product)
	return err
}

func (s *Store) AddLinesBad(ctx context.Context, o *domain.Order) error {
	for _, l := range o.Lines {
		if err := s.AddLine(ctx, l); err != nil { // want `writes to the database for each element of o.Lines \(Store.AddLine → sql.DB.ExecContext\)`
			return err
		}
	}
	return nil
}

// hidden implements domain.Orders too, under a name that nobody else can use.
type hidden struct{ *Store }

func (h hidden) ByID(ctx context.Context, id int64) (*domain.Order, error) {
	return h.Store.ByID(ctx, id)
}

func New(db *sql.DB) domain.Orders { return hidden{&Store{db}} }

// Customer is a helper without a receiver.
func Customer(ctx context.Context, db *sql.DB, o *domain.Order) (name string, err error) {
	err = db.QueryRowContext(ctx, `SELECT name FROM customers WHERE id = $1`, o.Customer).Scan(&name)
	return name, err
}

// Key says what an order is kept under.
func Key(o *domain.Order) int64 { return o.ID }

// Fixed says nothing of the order.
func Fixed(*domain.Order) string { return "orders" }

// Each calls back for the rows of the table.
func Each(ctx context.Context, db *sql.DB, f func(id int64) error) error {
	rows, err := db.QueryContext(ctx, `SELECT id FROM orders`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if err := f(id); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Retry calls back until it works.
func Retry(ctx context.Context, f func(context.Context) error) error {
	var err error
	for range 3 {
		if err = f(ctx); err == nil {
			return nil
		}
	}
	return err
}

// Savepoint sets one where the database has them.
func Savepoint(tx *sql.Tx, has bool, name string) error {
	if !has {
		return nil
	}
	_, err := tx.Exec("SAVEPOINT " + name)
	return err
}

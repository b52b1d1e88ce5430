package service

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/shop/fixed/store"
	"example.com/shop/internal/domain"
)

// List returns the orders of a customer with their lines.
func (s *Orders) List(ctx context.Context, customer int64) ([]domain.Order, error) {
	orders, err := store.OrdersOf(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	lines, err := store.LinesOfAll(ctx, s.db, orders)
	if err != nil {
		return nil, err
	}
	for i := range orders {
		orders[i].Lines = lines[orders[i].ID]
	}
	return orders, nil
}

// SignUp adds a customer who wants newsletters about the topics.
func (s *Customers) SignUp(ctx context.Context, name string, topics []string) (id int64, err error) {
	if name == "" {
		return 0, fmt.Errorf("%w: a customer needs a name", domain.ErrInvalid)
	}
	err = store.WithTx(ctx, s.db, func(tx *sql.Tx) error {
		if id, err = store.InsertCustomer(ctx, tx, name); err != nil {
			return err
		}
		return store.Subscribe(ctx, tx, id, topics)
	})
	return id, err
}

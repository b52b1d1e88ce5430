package service

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/shop/buggy/store"
	"example.com/shop/internal/domain"
)

// welcomeCredit is what a new customer starts with.
const welcomeCredit domain.Cents = 500

// Customers knows who may order.
type Customers struct {
	db *sql.DB
}

// Register adds a customer and gives the welcome credit.
func (s *Customers) Register(ctx context.Context, name string) (customer domain.Customer, err error) {
	if name == "" {
		return customer, fmt.Errorf("%w: a customer needs a name", domain.ErrInvalid)
	}
	err = store.WithTx(ctx, s.db, func(tx *sql.Tx) error {
		id, err := store.InsertCustomer(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := store.AddCredit(ctx, tx, id, welcomeCredit); err != nil {
			return err
		}
		customer, err = store.CustomerByID(ctx, tx, id)
		return err
	})
	return customer, err
}

// Package service decides: what an order may become, and which writes belong together.
package service

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"example.com/shop/buggy/reviews"
)

// Services are the parts of the shop, over one database.
type Services struct {
	Catalogue *Catalogue
	Customers *Customers
	Orders    *Orders
	Payments  *Payments
	Returns   *Returns
	Reviews   *reviews.Reviews

	db *sql.DB
}

// New returns the services. now is the shop's clock.
func New(db *sql.DB, now func() time.Time) *Services {
	return &Services{
		Catalogue: &Catalogue{db: db},
		Customers: &Customers{db: db},
		Orders:    &Orders{db: db, now: now},
		Payments:  &Payments{db: db},
		Returns:   &Returns{db: db},
		Reviews:   reviews.New(db),
		db:        db,
	}
}

// Ready reports whether the shop can do business. A ping would not do: it succeeds on a database
// that refuses transactions.
func (s *Services) Ready(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	if _, err := s.db.Begin(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

package store

import (
	"context"

	"example.com/shop/internal/domain"
)

// CustomerByID loads one customer.
func CustomerByID(ctx context.Context, q Querier, id int64) (domain.Customer, error) {
	customer := domain.Customer{ID: id}
	row := q.QueryRowContext(ctx, `SELECT name, credit_cents, blocked FROM customers WHERE id = ?`, id)
	err := row.Scan(&customer.Name, &customer.Credit, &customer.Blocked)
	return customer, found(err, "customer", id)
}

// InsertCustomer adds a customer and returns the new id.
func InsertCustomer(ctx context.Context, q Querier, name string) (id int64, err error) {
	err = q.QueryRowContext(ctx, `INSERT INTO customers (name) VALUES (?) RETURNING id`, name).Scan(&id)
	return id, wrap(err, "insert customer")
}

// AddCredit gives a customer credit, or takes some away if amount is negative.
func AddCredit(ctx context.Context, q Querier, id int64, amount domain.Cents) error {
	_, err := q.ExecContext(ctx, `UPDATE customers SET credit_cents = credit_cents + ? WHERE id = ?`, amount, id)
	return wrap(err, "add credit")
}

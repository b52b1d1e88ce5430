package store

import (
	"context"
	"fmt"

	"example.com/shop/internal/domain"
)

// OrdersOf loads the orders of a customer, without their lines.
func OrdersOf(ctx context.Context, q Querier, customer int64) ([]domain.Order, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, status, total_cents FROM orders WHERE customer_id = ? ORDER BY id`, customer)
	if err != nil {
		return nil, fmt.Errorf("orders of customer: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then

	var loaded []domain.Order
	for rows.Next() {
		order := domain.Order{CustomerID: customer}
		if err := rows.Scan(&order.ID, &order.Status, &order.Total); err != nil {
			return nil, fmt.Errorf("orders of customer: %w", err)
		}
		loaded = append(loaded, order)
	}
	return loaded, wrap(rows.Err(), "orders of customer")
}

// Subscribe has a newsletter sent to a customer.
func Subscribe(ctx context.Context, q Querier, customer int64, topic string) error {
	_, err := q.ExecContext(ctx, `INSERT INTO subscriptions (customer_id, topic) VALUES (?, ?)`, customer, topic)
	return wrap(err, "subscribe")
}

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

// LinesOfAll loads the lines of many orders, by the order's id.
func LinesOfAll(ctx context.Context, q Querier, orders []domain.Order) (map[int64][]domain.Line, error) {
	ids := make([]int64, len(orders))
	for i, order := range orders {
		ids[i] = order.ID
	}
	encoded, err := list(ids)
	if err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, `
		SELECT order_id, sku, quantity FROM order_lines
		WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY order_id, sku`, encoded)
	if err != nil {
		return nil, fmt.Errorf("lines of orders: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then

	loaded := make(map[int64][]domain.Line, len(orders))
	for rows.Next() {
		var id int64
		var line domain.Line
		if err := rows.Scan(&id, &line.SKU, &line.Quantity); err != nil {
			return nil, fmt.Errorf("lines of orders: %w", err)
		}
		loaded[id] = append(loaded[id], line)
	}
	return loaded, wrap(rows.Err(), "lines of orders")
}

// Subscribe has newsletters sent to a customer.
func Subscribe(ctx context.Context, q Querier, customer int64, topics []string) error {
	encoded, err := list(topics)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `
		INSERT INTO subscriptions (customer_id, topic) SELECT ?, value FROM json_each(?)`, customer, encoded)
	return wrap(err, "subscribe")
}

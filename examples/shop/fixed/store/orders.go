package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"example.com/shop/internal/domain"
)

// OrderByID loads an order without its lines.
func OrderByID(ctx context.Context, q Querier, id int64) (domain.Order, error) {
	order := domain.Order{ID: id}
	row := q.QueryRowContext(ctx, `SELECT customer_id, status, total_cents FROM orders WHERE id = ?`, id)
	err := row.Scan(&order.CustomerID, &order.Status, &order.Total)
	return order, found(err, "order", id)
}

// LinesOf loads the lines of an order.
func LinesOf(ctx context.Context, q Querier, id int64) ([]domain.Line, error) {
	rows, err := q.QueryContext(ctx, `SELECT sku, quantity FROM order_lines WHERE order_id = ? ORDER BY sku`, id)
	if err != nil {
		return nil, fmt.Errorf("lines of order: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then

	var loaded []domain.Line
	for rows.Next() {
		var line domain.Line
		if err := rows.Scan(&line.SKU, &line.Quantity); err != nil {
			return nil, fmt.Errorf("lines of order: %w", err)
		}
		loaded = append(loaded, line)
	}
	return loaded, wrap(rows.Err(), "lines of order")
}

// InsertOrder writes a placed order with its lines, at the prices of now.
func InsertOrder(
	ctx context.Context, q Querier, customerID int64, wanted []domain.Line, now time.Time,
) (domain.Order, error) {
	order := domain.Order{CustomerID: customerID, Status: domain.Placed, Lines: wanted}
	encoded, err := list(wanted)
	if err != nil {
		return order, err
	}
	err = q.QueryRowContext(ctx, `
		INSERT INTO orders (customer_id, status, total_cents, placed_at)
		SELECT ?, ?, COALESCE(SUM(price_cents * line.quantity), 0), ?
		FROM products JOIN `+lines+` AS line USING (sku)
		RETURNING id, total_cents`,
		customerID, order.Status, now.Unix(), encoded).Scan(&order.ID, &order.Total)
	if err != nil {
		return order, fmt.Errorf("insert order: %w", err)
	}
	_, err = q.ExecContext(ctx, `
		INSERT INTO order_lines (order_id, sku, quantity)
		SELECT ?, sku, line.quantity FROM products JOIN `+lines+` AS line USING (sku)`, order.ID, encoded)
	return order, wrap(err, "insert order lines")
}

// SetStatus moves these orders on.
func SetStatus(ctx context.Context, q Querier, status domain.Status, ids ...int64) error {
	encoded, err := list(ids)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `
		UPDATE orders SET status = ? WHERE id IN (SELECT value FROM json_each(?))`, status, encoded)
	return wrap(err, "set status")
}

// SetTotal changes what an order costs.
func SetTotal(ctx context.Context, q Querier, id int64, total domain.Cents) error {
	_, err := q.ExecContext(ctx, `UPDATE orders SET total_cents = ? WHERE id = ?`, total, id)
	return wrap(err, "set total")
}

// UnpaidBefore lists the orders that were placed before the cutoff and never paid.
func UnpaidBefore(ctx context.Context, q Querier, cutoff time.Time) ([]int64, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT id FROM orders WHERE status = ? AND placed_at < ?`, domain.Placed, cutoff.Unix())
	if err != nil {
		return nil, fmt.Errorf("unpaid orders: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then

	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("unpaid orders: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, wrap(rows.Err(), "unpaid orders")
}

// CouponByCode loads a coupon.
func CouponByCode(ctx context.Context, q Querier, code string) (domain.Coupon, error) {
	coupon := domain.Coupon{Code: code}
	var expires int64
	row := q.QueryRowContext(ctx, `SELECT percent_off, expires_at FROM coupons WHERE code = ?`, code)
	err := row.Scan(&coupon.PercentOff, &expires)
	coupon.ExpiresAt = time.Unix(expires, 0)
	return coupon, found(err, "coupon", code)
}

// BeginPayment begins a transaction and loads the payment of an order in it. The caller owns the
// transaction. It is not bound to a request: what the payment provider has confirmed must be booked
// even if the browser is gone.
func BeginPayment(ctx context.Context, db *sql.DB, orderID int64) (*sql.Tx, domain.Payment, error) {
	tx, err := db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return nil, domain.Payment{}, fmt.Errorf("begin: %w", err)
	}
	payment, err := PaymentOf(ctx, tx, orderID)
	if err != nil {
		return nil, domain.Payment{}, Abort(tx, err)
	}
	return tx, payment, nil
}

// PaymentOf loads the payment of an order.
func PaymentOf(ctx context.Context, q Querier, orderID int64) (domain.Payment, error) {
	payment := domain.Payment{OrderID: orderID}
	row := q.QueryRowContext(ctx, `
		SELECT amount_cents, refunded_cents FROM payments WHERE order_id = ?`, orderID)
	err := row.Scan(&payment.Amount, &payment.Refunded)
	return payment, found(err, "payment of order", orderID)
}

// InsertPayment books the money that came in for an order.
func InsertPayment(ctx context.Context, q Querier, payment domain.Payment) error {
	_, err := q.ExecContext(ctx, `
		INSERT INTO payments (order_id, amount_cents) VALUES (?, ?)`, payment.OrderID, payment.Amount)
	return wrap(err, "insert payment")
}

// AddRefund books money that went back.
func AddRefund(ctx context.Context, q Querier, orderID int64, amount domain.Cents) error {
	_, err := q.ExecContext(ctx, `
		UPDATE payments SET refunded_cents = refunded_cents + ? WHERE order_id = ?`, amount, orderID)
	return wrap(err, "add refund")
}

// BookRefund books money that goes back, if so much was paid.
func BookRefund(ctx context.Context, tx *sql.Tx, orderID int64, amount domain.Cents) error {
	payment, err := PaymentOf(ctx, tx, orderID)
	if err != nil {
		return err
	}
	if payment.Refunded+amount > payment.Amount {
		return domain.ErrRefundTooHigh
	}
	return AddRefund(ctx, tx, orderID, amount)
}

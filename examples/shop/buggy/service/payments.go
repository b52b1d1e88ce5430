package service

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/shop/buggy/store"
	"example.com/shop/internal/domain"
)

// Payments books the money of orders.
type Payments struct {
	db *sql.DB
}

// Pay books that an order was paid in full.
func (s *Payments) Pay(ctx context.Context, orderID int64) (payment domain.Payment, err error) {
	tx, err := s.db.Begin()
	if err != nil {
		return payment, fmt.Errorf("begin: %w", err)
	}
	defer store.Finish(tx, &err)

	order, err := store.OrderByID(ctx, tx, orderID)
	if err != nil {
		return payment, err
	}
	if order.Status != domain.Placed {
		return payment, domain.ErrWrongStatus
	}
	payment = domain.Payment{OrderID: orderID, Amount: order.Total}
	if err := store.InsertPayment(ctx, tx, payment); err != nil {
		return payment, err
	}
	return payment, store.SetStatus(ctx, tx, domain.Paid, orderID)
}

// Refund books that a part of the money, or all of it, went back to the customer.
func (s *Payments) Refund(ctx context.Context, orderID int64, amount domain.Cents) (domain.Payment, error) {
	tx, payment, err := store.BeginPayment(ctx, s.db, orderID)
	if err != nil {
		return domain.Payment{}, err
	}
	if payment.Refunded+amount > payment.Amount {
		return payment, domain.ErrRefundTooHigh
	}
	if err := store.AddRefund(ctx, tx, orderID, amount); err != nil {
		return payment, store.Abort(tx, err)
	}
	payment.Refunded += amount
	return payment, store.Commit(tx)
}

// Compensate makes up for a parcel that came broken: a part of the money goes back, and the customer
// gets as much in credit on top.
func (s *Payments) Compensate(ctx context.Context, orderID int64, amount domain.Cents) error {
	order, err := store.OrderByID(ctx, s.db, orderID)
	if err != nil {
		return err
	}
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer store.Rollback(tx)

	if err := store.BookRefund(ctx, tx, orderID, amount); err != nil {
		return err
	}
	if err := store.AddCredit(ctx, tx, order.CustomerID, amount); err != nil {
		return err
	}
	return store.Commit(tx)
}

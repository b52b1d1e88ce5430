package service

import (
	"context"
	"database/sql"

	"example.com/shop/buggy/store"
	"example.com/shop/internal/domain"
)

// Returns takes back what customers do not want.
type Returns struct {
	db *sql.DB
}

// Accept books that lines of a shipped order came back.
func (s *Returns) Accept(ctx context.Context, orderID int64, returned []domain.Line) error {
	if err := domain.CheckLines(returned); err != nil {
		return err
	}
	unit := store.NewUnit(s.db)
	if err := unit.Begin(); err != nil {
		return err
	}
	order, err := unit.Order(ctx, orderID)
	if err != nil {
		unit.Rollback()
		return err
	}
	if order.Status != domain.Shipped {
		return domain.ErrNotReturnable
	}
	if err := unit.AddReturn(ctx, orderID, returned); err != nil {
		unit.Rollback()
		return err
	}
	return unit.Commit()
}

// Withdraw undoes a return that the customer thought better of.
func (s *Returns) Withdraw(ctx context.Context, orderID int64) error {
	unit := store.NewUnit(s.db)
	if err := unit.Begin(); err != nil {
		return err
	}
	defer unit.Rollback()

	removed, err := unit.RemoveReturn(ctx, orderID)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		return domain.ErrNotFound
	}
	if err := unit.TakeStock(ctx, removed); err != nil {
		return err
	}
	return unit.Commit()
}

package service

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"example.com/shop/buggy/store"
	"example.com/shop/internal/domain"
)

// Orders takes orders and moves them through the house.
type Orders struct {
	db  *sql.DB
	now func() time.Time
}

// Details loads an order with its lines, both from the same snapshot.
func (s *Orders) Details(ctx context.Context, id int64) (domain.Order, error) {
	tx, done, err := store.Begin(ctx, s.db)
	if err != nil {
		return domain.Order{}, err
	}
	defer done()

	order, err := store.OrderByID(ctx, tx, id)
	if err != nil {
		return domain.Order{}, err
	}
	order.Lines, err = store.LinesOf(ctx, tx, id)
	return order, err
}

// Place takes an order: it is written and its lines leave the shelf, or neither happens.
func (s *Orders) Place(ctx context.Context, customerID int64, wanted []domain.Line) (domain.Order, error) {
	if err := domain.CheckLines(wanted); err != nil {
		return domain.Order{}, err
	}
	customer, err := store.CustomerByID(ctx, s.db, customerID)
	if err != nil {
		return domain.Order{}, err
	}
	if customer.Blocked {
		return domain.Order{}, domain.ErrBlocked
	}

	tx, err := s.db.Begin()
	if err != nil {
		return domain.Order{}, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			store.Rollback(tx)
		}
	}()

	order, err := store.InsertOrder(ctx, tx, customerID, wanted, s.now())
	if err != nil {
		return domain.Order{}, err
	}
	if err := store.TakeStock(ctx, tx, wanted); err != nil {
		return domain.Order{}, err
	}
	err = store.Commit(tx)
	return order, err
}

// ApplyCoupon takes the coupon's percentage off an order and returns the new total.
func (s *Orders) ApplyCoupon(ctx context.Context, id int64, code string) (domain.Cents, error) {
	tx, err := s.db.Begin()
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			store.Rollback(tx)
		}
	}()

	order, err := store.OrderByID(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	coupon, err := store.CouponByCode(ctx, tx, code)
	if err != nil {
		return 0, err
	}
	if coupon.Expired(s.now()) {
		return 0, domain.ErrCouponExpired
	}
	total := order.Total * domain.Cents(100-coupon.PercentOff) / 100
	if err = store.SetTotal(ctx, tx, id, total); err != nil {
		return 0, err
	}
	err = store.Commit(tx)
	return total, err
}

// Cancel gives an order up and puts its lines back onto the shelf.
func (s *Orders) Cancel(ctx context.Context, id int64) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	order, err := store.OrderByID(ctx, tx, id)
	if err != nil {
		store.Rollback(tx)
		return err
	}
	if order.Status == domain.Shipped {
		return domain.ErrShipped
	}
	if err := store.RestockOrders(ctx, tx, []int64{id}); err != nil {
		store.Rollback(tx)
		return err
	}
	if err := store.SetStatus(ctx, tx, domain.Cancelled, id); err != nil {
		store.Rollback(tx)
		return err
	}
	return store.Commit(tx)
}

// Ship sends a packed order out of the house.
func (s *Orders) Ship(ctx context.Context, id int64) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	order, err := store.OrderByID(ctx, tx, id)
	if err != nil {
		return err
	}
	defer store.Rollback(tx)

	if order.Status != domain.Packed {
		return domain.ErrWrongStatus
	}
	if err := store.SetStatus(ctx, tx, domain.Shipped, id); err != nil {
		return err
	}
	return store.Commit(tx)
}

// Advance moves a paid order towards the door, or stops it on the way.
func (s *Orders) Advance(ctx context.Context, id int64, action string) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	order, err := store.OrderByID(ctx, tx, id)
	if err != nil {
		return store.Abort(tx, err)
	}

	switch action {
	case "pack":
		err = advance(ctx, tx, order, domain.Paid, domain.Packed)
	case "hold":
		err = advance(ctx, tx, order, domain.Paid, domain.Held)
	case "release":
		err = advance(ctx, tx, order, domain.Held, domain.Paid)
	default:
		return fmt.Errorf("%w: %q", domain.ErrUnknownAction, action)
	}
	if err != nil {
		return store.Abort(tx, err)
	}
	return store.Commit(tx)
}

// advance moves the order on if it stands where the step starts.
func advance(ctx context.Context, q store.Querier, order domain.Order, from, to domain.Status) error {
	if order.Status != from {
		return domain.ErrWrongStatus
	}
	return store.SetStatus(ctx, q, to, order.ID)
}

// ExpireUnpaid cancels the orders that nobody paid within age, and returns how many there were.
func (s *Orders) ExpireUnpaid(ctx context.Context, age time.Duration) (expired int, err error) {
	tx, err := s.db.Begin()
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			store.Rollback(tx)
		}
	}()

	ids, err := store.UnpaidBefore(ctx, tx, s.now().Add(-age))
	if err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, nil
	}
	if err := store.RestockOrders(ctx, tx, ids); err != nil {
		return 0, err
	}
	if err := store.SetStatus(ctx, tx, domain.Cancelled, ids...); err != nil {
		return 0, err
	}
	return len(ids), store.Commit(tx)
}

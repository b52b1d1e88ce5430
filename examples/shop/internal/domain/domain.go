// Package domain holds the words of the shop: what it sells, to whom, and what it refuses to do.
package domain

import (
	"errors"
	"fmt"
	"time"
)

// The three families of refusals. Every other refusal wraps one of them, so that the edge of the
// service maps families to status codes and need not know every single one.
var (
	ErrNotFound = errors.New("not found")
	ErrInvalid  = errors.New("invalid")
	ErrConflict = errors.New("conflict")
)

var (
	ErrBlocked       = fmt.Errorf("%w: the customer is blocked", ErrConflict)
	ErrOutOfStock    = fmt.Errorf("%w: not enough in stock", ErrConflict)
	ErrCouponExpired = fmt.Errorf("%w: the coupon has expired", ErrConflict)
	ErrShipped       = fmt.Errorf("%w: the order has left the house", ErrConflict)
	ErrWrongStatus   = fmt.Errorf("%w: the order is not in a status that allows this", ErrConflict)
	ErrNotReturnable = fmt.Errorf("%w: only a shipped order can be returned", ErrConflict)
	ErrRefundTooHigh = fmt.Errorf("%w: the refund exceeds what was paid", ErrConflict)
	ErrUnknownAction = fmt.Errorf("%w: unknown action", ErrInvalid)
)

// Cents is an amount of money.
type Cents int64

// Status is where an order stands.
type Status string

const (
	Placed    Status = "placed"
	Paid      Status = "paid"
	Held      Status = "held"
	Packed    Status = "packed"
	Shipped   Status = "shipped"
	Cancelled Status = "cancelled"
)

// Customer is someone who may place orders.
type Customer struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Credit  Cents  `json:"credit"`
	Blocked bool   `json:"blocked"`
}

// Product is something on a shelf.
type Product struct {
	SKU   string `json:"sku"`
	Name  string `json:"name"`
	Price Cents  `json:"price"`
	Stock int64  `json:"stock"`
}

// Line is one position of an order, of a return or of a count.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Price is one row of a price list.
type Price struct {
	SKU   string `json:"sku"`
	Price Cents  `json:"price"`
}

// Order is what a customer wants. Lines is filled only where the whole order was asked for.
type Order struct {
	ID         int64  `json:"id"`
	CustomerID int64  `json:"customer_id"`
	Status     Status `json:"status"`
	Total      Cents  `json:"total"`
	Lines      []Line `json:"lines,omitempty"`
}

// Coupon takes a percentage off an order until it expires.
type Coupon struct {
	Code       string
	PercentOff int64
	ExpiresAt  time.Time
}

// Expired reports whether the coupon is worth nothing any more.
func (c Coupon) Expired(now time.Time) bool { return !now.Before(c.ExpiresAt) }

// Payment is the money that came in for an order, and what of it went back.
type Payment struct {
	OrderID  int64 `json:"order_id"`
	Amount   Cents `json:"amount"`
	Refunded Cents `json:"refunded"`
}

// Review is what a customer says about a product. Author is filled only where it is read.
type Review struct {
	SKU        string `json:"sku"`
	CustomerID int64  `json:"customer_id"`
	Author     string `json:"author,omitempty"`
	Stars      int    `json:"stars"`
	Text       string `json:"text"`
}

// Check refuses a review with no product, or with stars that there are not.
func (r Review) Check() error {
	if r.SKU == "" || r.Stars < 1 || r.Stars > 5 {
		return fmt.Errorf("%w: %d stars for %q", ErrInvalid, r.Stars, r.SKU)
	}
	return nil
}

// CheckLines refuses what no order may contain: nothing at all, a quantity below one, a SKU twice.
func CheckLines(lines []Line) error {
	if len(lines) == 0 {
		return fmt.Errorf("%w: no lines", ErrInvalid)
	}
	seen := make(map[string]bool, len(lines))
	for _, line := range lines {
		if line.Quantity < 1 {
			return fmt.Errorf("%w: quantity of %s is %d", ErrInvalid, line.SKU, line.Quantity)
		}
		if seen[line.SKU] {
			return fmt.Errorf("%w: %s appears twice", ErrInvalid, line.SKU)
		}
		seen[line.SKU] = true
	}
	return nil
}

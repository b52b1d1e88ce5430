// Package domain has the interfaces between the layers; it knows no database.
package domain

import "context"

type Order struct {
	ID       int64
	Customer int64
	Lines    []Line
}

type Line struct{ Order, Product int64 }

type Orders interface {
	ByID(ctx context.Context, id int64) (*Order, error)
	ByIDs(ctx context.Context, ids []int64) ([]*Order, error)
	AddLine(ctx context.Context, l Line) error
}

// ProductRepository has no implementation that anybody here can see.
type ProductRepository interface {
	FindProduct(ctx context.Context, id int64) (string, error)
}

// EachLine calls back for all lines.
func EachLine(o *Order, f func(Line) error) error {
	for _, l := range o.Lines {
		if err := f(l); err != nil {
			return err
		}
	}
	return nil
}

// Package dal has interfaces that nobody here implements; its name is all that
// says that a database stands behind them.
package dal

import "context"

type Order struct{ ID int64 }

// Orders takes a context as what goes out does.
type Orders interface {
	GetOrder(ctx context.Context, id int64) (*Order, error)
}

// Lines has several ways to what it keeps.
type Lines interface {
	GetLine(order int64) (string, error)
	DeleteLine(order int64) error
}

// ValueSetter is what the fields of a record are filled through.
type ValueSetter interface {
	SetValue(name string, position uint, value any) error
}

func EachOrderBad(ctx context.Context, orders Orders, ids []int64) error {
	for _, id := range ids {
		if _, err := orders.GetOrder(ctx, id); err != nil { // want `probably runs a query for each element of ids \(Orders.GetOrder\)`
			return err
		}
	}
	return nil
}

func EachLineBad(lines Lines, ids []int64) error {
	for _, id := range ids {
		if err := lines.DeleteLine(id); err != nil { // want `probably writes to the database for each element of ids \(Lines.DeleteLine\)`
			return err
		}
	}
	return nil
}

// A single method says nothing: a record is filled field by field.
func EachField(row ValueSetter, fields []string, values []any) error {
	for i, f := range fields {
		if err := row.SetValue(f, uint(i), values[i]); err != nil {
			return err
		}
	}
	return nil
}

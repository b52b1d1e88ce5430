// Package pop books guests into rooms with pop.
package pop

import (
	"context"
	"errors"

	"github.com/gobuffalo/pop/v6"
)

type guest struct {
	ID   int
	Room int
}

var errFull = errors.New("the house is full")

func checkInBad(c *pop.Connection, g *guest) error {
	tx, err := c.NewTransaction()
	if err != nil {
		return err
	}
	n, err := tx.Count(&guest{})
	if err != nil {
		_ = tx.TX.Rollback()
		return err
	}
	if n > 40 {
		return errFull // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if err := tx.Create(g); err != nil {
		_ = tx.TX.Rollback()
		return err
	}
	return tx.TX.Commit()
}

func checkInOK(ctx context.Context, c *pop.Connection, g *guest) error {
	tx, err := c.NewTransactionContext(ctx)
	if err != nil {
		return err
	}
	defer tx.TX.Rollback()
	n, err := tx.Count(&guest{})
	if err != nil {
		return err
	}
	if n > 40 {
		return errFull
	}
	if err := tx.Create(g); err != nil {
		return err
	}
	return tx.TX.Commit()
}

func checkOutBad(c *pop.Connection, g *guest) error {
	tx, err := c.NewTransaction()
	if err != nil {
		return err
	}
	if err := tx.Destroy(g); err != nil {
		_ = tx.TX.Rollback()
	}
	return tx.TX.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func checkOutOK(c *pop.Connection, g *guest) error {
	tx, err := c.NewTransaction()
	if err != nil {
		return err
	}
	if err := tx.Destroy(g); err != nil {
		_ = tx.TX.Rollback()
		return err
	}
	return tx.TX.Commit()
}

func moveOK(c *pop.Connection, g *guest, room int) error {
	return c.Transaction(func(tx *pop.Connection) error {
		g.Room = room
		return tx.Update(g)
	})
}

func moveBad(c *pop.Connection, g *guest, room int) error {
	return c.Transaction(func(tx *pop.Connection) error {
		g.Room = room
		if err := tx.Update(g); err != nil {
			return err
		}
		return tx.TX.Commit() // want txowner:"commits tx"
	})
}

// Rollback keeps nothing of what its callback does.
func tryOK(c *pop.Connection, g *guest) (err error) {
	if rollback := c.Rollback(func(tx *pop.Connection) { err = tx.Create(g) }); rollback != nil {
		return rollback
	}
	return err
}

// A Transaction on a transaction ends it.
func nestedOK(c *pop.Connection, g *guest) error {
	tx, err := c.NewTransaction()
	if err != nil {
		return err
	}
	return tx.Transaction(func(tx *pop.Connection) error { return tx.Create(g) })
}

// What is derived is a handle on the same transaction.
func derivedBad(ctx context.Context, c *pop.Connection, g *guest) error {
	tx, err := c.NewTransaction()
	if err != nil {
		return err
	}
	eager := tx.Eager("Room")
	if err := eager.WithContext(ctx).Load(g); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return eager.TX.Commit()
}

func derivedOK(ctx context.Context, c *pop.Connection, g *guest) error {
	tx, err := c.NewTransaction()
	if err != nil {
		return err
	}
	defer tx.TX.Rollback()
	if err := tx.Eager("Room").Load(g); err != nil {
		return err
	}
	return tx.WithContext(ctx).TX.Commit()
}

func ChargeBad(tx *pop.Connection, g *guest) error {
	if err := tx.RawQuery("UPDATE guests SET settled = 1 WHERE id = ?", g.ID).Exec(); err != nil {
		return err
	}
	return tx.TX.Commit() // want txowner:"commits tx, which the caller passed in"
}

func SettleOK(tx *pop.Connection, g *guest) error {
	return tx.RawQuery("UPDATE guests SET settled = 1 WHERE id = ?", g.ID).Exec()
}

func countLateBad(c *pop.Connection, g *guest) (int, error) {
	tx, err := c.NewTransaction()
	if err != nil {
		return 0, err
	}
	if err := SettleOK(tx, g); err != nil {
		return 0, errors.Join(err, tx.TX.Rollback())
	}
	if err := tx.TX.Commit(); err != nil {
		return 0, err
	}
	return tx.Count(&guest{}) // want txdone:"uses tx, committed at line \\d+"
}

func countOK(c *pop.Connection, g *guest) (int, error) {
	if err := c.Transaction(func(tx *pop.Connection) error { return SettleOK(tx, g) }); err != nil {
		return 0, err
	}
	return c.Count(&guest{})
}

func wakeBad(c *pop.Connection, ids []int) ([]guest, error) {
	var out []guest
	for _, id := range ids {
		g := guest{}
		if err := c.Find(&g, id); err != nil { // want nplusone:"runs a query for each element of ids"
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

func wakeOK(c *pop.Connection, ids []int) (out []guest, err error) {
	err = c.Where("id IN (?)", ids).All(&out)
	return out, err
}

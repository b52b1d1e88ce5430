package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ShipBad has one arm of the switch that goes home without a word.
func (s *Shop) ShipBad(ctx context.Context, o *Order) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	switch o.Status {
	case "paid":
		_, err = tx.ExecContext(ctx, `UPDATE orders SET status = 'shipped' WHERE id = ?`, o.ID)
	case "new":
		_, err = tx.ExecContext(ctx, `UPDATE orders SET status = 'waiting' WHERE id = ?`, o.ID)
	case "shipped", "cancelled":
		return nil // want "returns without finishing tx begun at line \\d+"
	default:
		err = fmt.Errorf("order %d: status %q", o.ID, o.Status)
	}
	if err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func (s *Shop) ShipOK(ctx context.Context, o *Order) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	switch o.Status {
	case "paid":
		_, err = tx.ExecContext(ctx, `UPDATE orders SET status = 'shipped' WHERE id = ?`, o.ID)
	case "new":
		_, err = tx.ExecContext(ctx, `UPDATE orders SET status = 'waiting' WHERE id = ?`, o.ID)
		fallthrough
	case "waiting":
		if err == nil {
			err = touch(ctx, tx, "orders", o.ID)
		}
	case "shipped", "cancelled":
		return tx.Rollback()
	default:
		err = fmt.Errorf("order %d: status %q", o.ID, o.Status)
	}
	if err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// DrainBad gives up on cancellation with the transaction still open.
func (s *Shop) DrainBad(ctx context.Context, lines <-chan Line) error {
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err() // want "returns without finishing tx begun at line \\d+"
		case l, open := <-lines:
			if !open {
				return tx.Commit()
			}
			if err := insertLine(ctx, tx, 0, l); err != nil {
				tx.Rollback()
				return err
			}
		}
	}
}

func (s *Shop) DrainOK(ctx context.Context, lines <-chan Line) error {
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), tx.Rollback())
		case l, open := <-lines:
			if !open {
				return tx.Commit()
			}
			if err := insertLine(ctx, tx, 0, l); err != nil {
				tx.Rollback()
				return err
			}
		}
	}
}

// LockBad tries until a deadline; only the first arm of the select finishes.
func LockBad(ctx context.Context, db *sql.DB, granted <-chan struct{}) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	select {
	case <-granted:
		return true, tx.Commit()
	case <-time.After(time.Second):
	}
	return false, nil // want "returns without finishing tx begun at line \\d+"
}

type (
	orderPlaced    struct{ Order Order }
	orderCancelled struct{ ID int64 }
	heartbeat      struct{}
)

// ApplyEventBad forgets the transaction for an event that means nothing.
func ApplyEventBad(ctx context.Context, db *sql.DB, event any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	switch e := event.(type) {
	case orderPlaced:
		for _, l := range e.Order.Lines {
			if err := insertLine(ctx, tx, e.Order.ID, l); err != nil {
				tx.Rollback()
				return err
			}
		}
	case *orderCancelled:
		if err := touch(ctx, tx, "orders", e.ID); err != nil {
			tx.Rollback()
			return err
		}
	case heartbeat:
		return nil // want "returns without finishing tx begun at line \\d+"
	default:
		tx.Rollback()
		return fmt.Errorf("event %T: %w", event, ErrBadInput)
	}
	return tx.Commit()
}

func ApplyEventOK(ctx context.Context, db *sql.DB, event any) error {
	if _, idle := event.(heartbeat); idle {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	switch e := event.(type) {
	case orderPlaced:
		for _, l := range e.Order.Lines {
			if err := insertLine(ctx, tx, e.Order.ID, l); err != nil {
				tx.Rollback()
				return err
			}
		}
	case *orderCancelled:
		if err := touch(ctx, tx, "orders", e.ID); err != nil {
			tx.Rollback()
			return err
		}
	default:
		tx.Rollback()
		return fmt.Errorf("event %T: %w", event, ErrBadInput)
	}
	return tx.Commit()
}

// GotoOK gathers its failures at a label.
func GotoOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err = touch(ctx, tx, "orders", id); err != nil {
		goto failed
	}
	if err = touch(ctx, tx, "carts", id); err != nil {
		goto failed
	}
	return tx.Commit()

failed:
	tx.Rollback()
	return err
}

// GotoBad jumps over the rollback.
func GotoBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err = touch(ctx, tx, "orders", id); err != nil {
		goto failed
	}
	if err = touch(ctx, tx, "carts", id); errors.Is(err, context.Canceled) {
		goto done
	} else if err != nil {
		goto failed
	}
	return tx.Commit()

failed:
	tx.Rollback()
done:
	return err // want "returns without finishing tx begun at line \\d+"
}

// RetryGotoBad begins anew at the label and forgets what it had.
func RetryGotoBad(ctx context.Context, db *sql.DB, id int64) error {
	tries := 0
again:
	tx, err := db.BeginTx(ctx, nil) // want "begins tx again while the one of the previous round is still open"
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		if tries++; tries < 3 {
			goto again
		}
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func RetryGotoOK(ctx context.Context, db *sql.DB, id int64) error {
	tries := 0
again:
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		tx.Rollback()
		if tries++; tries < 3 {
			goto again
		}
		return err
	}
	return tx.Commit()
}

// CorrelatedOK begins only when there is something to write, and asks the
// same question at the end.
func CorrelatedOK(ctx context.Context, db *sql.DB, ids []int64) (err error) {
	var tx *sql.Tx
	if len(ids) > 0 {
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			tx.Rollback()
			return err
		}
	}
	if len(ids) > 0 {
		return tx.Commit()
	}
	return nil
}

// CorrelatedBad asks a slightly other question at the end.
func CorrelatedBad(ctx context.Context, db *sql.DB, ids []int64) (err error) {
	var tx *sql.Tx
	if len(ids) > 0 {
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			tx.Rollback()
			return err
		}
	}
	if len(ids) > 1 {
		return tx.Commit()
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// FlaggedOK keeps the question's answer in a variable.
func (s *Shop) FlaggedOK(ctx context.Context, o Order) error {
	needTx := len(o.Lines) > 1 || o.Total > 1000
	var run execer = s.db
	var tx *sql.Tx
	if needTx {
		var err error
		if tx, err = s.db.BeginTx(ctx, nil); err != nil {
			return err
		}
		run = tx
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, run, o.ID, l); err != nil {
			if needTx {
				tx.Rollback()
			}
			return err
		}
	}
	if !needTx {
		return nil
	}
	return tx.Commit()
}

// FlaggedBad loses the answer on the error path.
func (s *Shop) FlaggedBad(ctx context.Context, o Order) error {
	needTx := len(o.Lines) > 1 || o.Total > 1000
	var run execer = s.db
	var tx *sql.Tx
	if needTx {
		var err error
		if tx, err = s.db.BeginTx(ctx, nil); err != nil {
			return err
		}
		run = tx
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, run, o.ID, l); err != nil {
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	if !needTx {
		return nil
	}
	return tx.Commit()
}

// NilHandleOK asks the handle itself whether it was begun.
func NilHandleOK(ctx context.Context, db *sql.DB, write bool) error {
	var tx *sql.Tx
	var err error
	if write {
		tx, err = db.BeginTx(ctx, nil)
	}
	if err != nil {
		return err
	}
	if tx == nil {
		return nil
	}
	if err := touch(ctx, tx, "orders", 4); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// BorrowedOrOwnOK begins only where it was given nothing, and finishes only
// what it began.
func BorrowedOrOwnOK(ctx context.Context, db *sql.DB, outer *sql.Tx, id int64) (err error) {
	tx := outer
	if outer == nil {
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
		defer tx.Rollback()
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	if outer == nil {
		return tx.Commit()
	}
	return nil
}

// BorrowedOrOwnBad finishes its own only when the work went well.
func BorrowedOrOwnBad(ctx context.Context, db *sql.DB, outer *sql.Tx, id int64) (err error) {
	tx := outer
	own := false
	if tx == nil {
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
		own = true
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	if own {
		return tx.Commit()
	}
	return nil
}

// FieldOK asks twice for a field that nobody writes in between.
func (o *Order) FieldOK(ctx context.Context, db *sql.DB) error {
	var tx *sql.Tx
	if o.CustomerID != 0 {
		var err error
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
	}
	total := int64(0)
	for _, l := range o.Lines {
		total += int64(l.Qty)
	}
	if o.CustomerID != 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE customers SET bought = ? WHERE id = ?`, total, o.CustomerID); err != nil {
			tx.Rollback()
			return err
		}
		return tx.Commit()
	}
	return nil
}

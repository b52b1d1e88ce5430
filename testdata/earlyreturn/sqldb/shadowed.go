package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// ShadowedBad is the classic: the closure tests the outer err, the return has
// an inner one.
func (s *Shop) ShadowedBad(ctx context.Context, o Order) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.log.Warn("rolling back", "order", o.ID, "err", err)
			tx.Rollback()
		}
	}()

	_, err = tx.ExecContext(ctx, `UPDATE orders SET status = ? WHERE id = ?`, o.Status, o.ID)
	if err != nil {
		return fmt.Errorf("update order: %w", err)
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, tx, o.ID, l); err != nil {
			return fmt.Errorf("insert line: %w", err) // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
		}
	}
	err = tx.Commit()
	return err
}

// ShadowedOK is the same with the variable assigned.
func (s *Shop) ShadowedOK(ctx context.Context, o Order) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.log.Warn("rolling back", "order", o.ID, "err", err)
			tx.Rollback()
		}
	}()

	_, err = tx.ExecContext(ctx, `UPDATE orders SET status = ? WHERE id = ?`, o.Status, o.ID)
	if err != nil {
		return fmt.Errorf("update order: %w", err)
	}
	for _, l := range o.Lines {
		if err = insertLine(ctx, tx, o.ID, l); err != nil {
			return fmt.Errorf("insert line: %w", err)
		}
	}
	err = tx.Commit()
	return err
}

// ShadowedInBlockBad shadows by := together with a result that is new.
func ShadowedInBlockBad(ctx context.Context, db *sql.DB, id int64) (int64, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	var total int64
	if id > 0 {
		res, err := tx.ExecContext(ctx, `DELETE FROM carts WHERE customer = ?`, id)
		if err != nil {
			return 0, err // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
		}
		total, err = res.RowsAffected()
		if err != nil {
			return 0, err
		}
	}
	err = tx.Commit()
	return total, err
}

// ShadowedInBlockOK has a named result: a return sets it from any scope.
func ShadowedInBlockOK(ctx context.Context, db *sql.DB, id int64) (total int64, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	if id > 0 {
		res, err := tx.ExecContext(ctx, `DELETE FROM carts WHERE customer = ?`, id)
		if err != nil {
			return 0, err
		}
		total, err = res.RowsAffected()
		if err != nil {
			return 0, err
		}
	}
	return total, tx.Commit()
}

// NewErrorBad returns an error that the variable never held.
func NewErrorBad(ctx context.Context, db *sql.DB, sku string, want int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var have int
	err = tx.QueryRowContext(ctx, `SELECT qty FROM stock WHERE sku = ? FOR UPDATE`, sku).Scan(&have)
	if err != nil {
		return err
	}
	if have < want {
		return ErrOutOfStock // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
	}
	_, err = tx.ExecContext(ctx, `UPDATE stock SET qty = qty - ? WHERE sku = ?`, want, sku)
	if err != nil {
		return err
	}
	err = tx.Commit()
	return err
}

// NewErrorOK assigns the variable before it returns.
func NewErrorOK(ctx context.Context, db *sql.DB, sku string, want int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var have int
	err = tx.QueryRowContext(ctx, `SELECT qty FROM stock WHERE sku = ? FOR UPDATE`, sku).Scan(&have)
	if err != nil {
		return err
	}
	if have < want {
		err = fmt.Errorf("%s: %w", sku, ErrOutOfStock)
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE stock SET qty = qty - ? WHERE sku = ?`, want, sku)
	if err != nil {
		return err
	}
	err = tx.Commit()
	return err
}

// DirectReturnBad gives the callee's error straight to the caller.
func DirectReturnBad(ctx context.Context, db *sql.DB, id int64, tables []string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if len(tables) == 1 {
		return touch(ctx, tx, tables[0], id) // want "returns without finishing tx begun at line \\d+"
	}
	for _, t := range tables {
		if err = touch(ctx, tx, t, id); err != nil {
			return err
		}
	}
	err = tx.Commit()
	return err
}

// OtherNameBad guards one error variable and returns another.
func OtherNameBad(ctx context.Context, db *sql.DB, raw string) (retErr error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	id, perr := strconv.ParseInt(raw, 10, 64)
	if perr != nil {
		return fmt.Errorf("order id: %w", perr) // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
	}
	if err = touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	if err = tx.Commit(); err != nil {
		return err
	}
	return nil
}

// OtherNameOK guards the result.
func OtherNameOK(ctx context.Context, db *sql.DB, raw string) (retErr error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if retErr != nil {
			tx.Rollback()
		}
	}()
	id, perr := strconv.ParseInt(raw, 10, 64)
	if perr != nil {
		return fmt.Errorf("order id: %w", perr)
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// ReusedErrBad overwrites the error with that of a step which does not matter.
func (s *Shop) ReusedErrBad(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if err = touch(ctx, tx, "orders", id); err != nil {
		cause := err
		if _, err = s.db.ExecContext(ctx, `INSERT INTO failures (what) VALUES (?)`, cause.Error()); err != nil {
			return errors.Join(cause, err)
		}
		return cause // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
	}
	err = tx.Commit()
	return err
}

// ReusedErrOK keeps the two apart.
func (s *Shop) ReusedErrOK(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if err = touch(ctx, tx, "orders", id); err != nil {
		if _, ferr := s.db.ExecContext(ctx, `INSERT INTO failures (what) VALUES (?)`, err.Error()); ferr != nil {
			return errors.Join(err, ferr)
		}
		return err
	}
	err = tx.Commit()
	return err
}

// ReturnNilBad succeeds without a commit; the deferred rollback is for errors.
func ReturnNilBad(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var status string
	if err = tx.QueryRowContext(ctx, `SELECT status FROM orders WHERE id = ?`, id).Scan(&status); err != nil {
		return err
	}
	if status == "shipped" {
		return nil // want "returns without finishing tx begun at line \\d+"
	}
	if err = touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// ReturnNilOK ends the transaction where there is nothing to do.
func ReturnNilOK(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var status string
	if err = tx.QueryRowContext(ctx, `SELECT status FROM orders WHERE id = ?`, id).Scan(&status); err != nil {
		return err
	}
	if status == "shipped" {
		return tx.Rollback()
	}
	if err = touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// NoCommitBad has no commit at all: success leaves the transaction open.
func NoCommitBad(ctx context.Context, db *sql.DB, id int64) (total int64, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	row := tx.QueryRowContext(ctx, `SELECT SUM(qty * price) FROM order_lines WHERE order_id = ?`, id)
	if err = row.Scan(&total); err != nil {
		return 0, fmt.Errorf("total of order %d: %w", id, err)
	}
	return total, nil // want "returns without finishing tx begun at line \\d+"
}

// NoRowsOK returns another error than the one it tested, but the one that the
// closure tests is set on that path: sql.ErrNoRows is not nil.
func NoRowsOK(ctx context.Context, db *sql.DB, id int64) (string, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var status string
	err = tx.QueryRowContext(ctx, `SELECT status FROM orders WHERE id = ?`, id).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", err
	}
	err = tx.Commit()
	return status, err
}

// NoRowsBad takes the error away first.
func NoRowsBad(ctx context.Context, db *sql.DB, id int64) (string, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var status string
	err = tx.QueryRowContext(ctx, `SELECT status FROM orders WHERE id = ?`, id).Scan(&status)
	if err == sql.ErrNoRows {
		err = nil
		return "none", nil // want "returns without finishing tx begun at line \\d+"
	}
	if err != nil {
		return "", err
	}
	err = tx.Commit()
	return status, err
}

type inputError struct{ field string }

func (e *inputError) Error() string { return "bad field " + e.field }

// ErrorValueOK returns a value of its own error type through a named result.
func ErrorValueOK(ctx context.Context, db *sql.DB, o Order) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if o.Total < 0 {
		return &inputError{"total"}
	}
	if len(o.Lines) == 0 {
		return errors.New("no lines")
	}
	var errs []error
	for _, l := range o.Lines {
		if lerr := insertLine(ctx, tx, o.ID, l); lerr != nil {
			errs = append(errs, lerr)
		}
	}
	if err = errors.Join(errs...); err != nil {
		return err
	}
	return tx.Commit()
}

// wrapf is nil when the error that it is given is.
func wrapf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// WrapNilBad wraps no error into no error.
func WrapNilBad(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return wrapf(err, "begin")
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	_, err = tx.ExecContext(ctx, `UPDATE orders SET seen = 1 WHERE id = ?`, id)
	return wrapf(err, "order %d", id) // want "returns without finishing tx begun at line \\d+"
}

// WrapNilOK wraps what is known to be an error.
func WrapNilOK(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return wrapf(err, "begin")
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if _, err = tx.ExecContext(ctx, `UPDATE orders SET seen = 1 WHERE id = ?`, id); err != nil {
		return wrapf(err, "order %d", id)
	}
	return wrapf(tx.Commit(), "commit")
}

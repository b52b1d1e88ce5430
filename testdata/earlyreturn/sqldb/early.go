package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// PlaceOrderBad rolls back for the lines but not for the order itself.
func (s *Shop) PlaceOrderBad(ctx context.Context, o Order) (int64, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO orders (customer_id, status) VALUES (?, 'new')`, o.CustomerID)
	if err != nil {
		return 0, fmt.Errorf("insert order: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	id, err := res.LastInsertId()
	if err != nil {
		tx.Rollback()
		return 0, err
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, tx, id, l); err != nil {
			tx.Rollback()
			return 0, fmt.Errorf("line %s: %w", l.SKU, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	return id, nil
}

func (s *Shop) PlaceOrderOK(ctx context.Context, o Order) (int64, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO orders (customer_id, status) VALUES (?, 'new')`, o.CustomerID)
	if err != nil {
		_ = tx.Rollback()
		return 0, fmt.Errorf("insert order: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		_ = tx.Rollback()
		return 0, err
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, tx, id, l); err != nil {
			if rerr := tx.Rollback(); rerr != nil {
				s.log.Error("rollback", "err", rerr)
			}
			return 0, fmt.Errorf("line %s: %w", l.SKU, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	return id, nil
}

// CancelOrderBad forgets the transaction where the order does not exist.
func (s *Shop) CancelOrderBad(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	var status string
	err = tx.QueryRowContext(ctx, `SELECT status FROM orders WHERE id = ?`, id).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound // want "returns without finishing tx begun at line \\d+"
	}
	if err != nil {
		tx.Rollback()
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE orders SET status = 'cancelled' WHERE id = ?`, id); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func (s *Shop) CancelOrderOK(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	defer tx.Rollback()

	var status string
	err = tx.QueryRowContext(ctx, `SELECT status FROM orders WHERE id = ?`, id).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE orders SET status = 'cancelled' WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit()
}

// TransferBad handles every error of the database; what it forgets is a rule
// of its own business.
func TransferBad(ctx context.Context, db *sql.DB, from, to, amount int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var balance int64
	if err := tx.QueryRowContext(ctx, `SELECT balance FROM accounts WHERE id = ?`, from).Scan(&balance); err != nil {
		tx.Rollback()
		return err
	}
	if balance < amount {
		return fmt.Errorf("account %d: balance %d is below %d", from, balance, amount) // want "returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET balance = balance - ? WHERE id = ?`, amount, from); err != nil {
		tx.Rollback()
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET balance = balance + ? WHERE id = ?`, amount, to); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func TransferOK(ctx context.Context, db *sql.DB, from, to, amount int64) error {
	if amount <= 0 {
		return ErrBadInput
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var balance int64
	if err := tx.QueryRowContext(ctx, `SELECT balance FROM accounts WHERE id = ?`, from).Scan(&balance); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if balance < amount {
		return errors.Join(fmt.Errorf("account %d: balance %d is below %d", from, balance, amount), tx.Rollback())
	}
	for _, step := range []struct{ account, delta int64 }{{from, -amount}, {to, amount}} {
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET balance = balance + ? WHERE id = ?`, step.delta, step.account); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// WarmPricesBad has no result: it leaves through its closing brace.
func (s *Shop) WarmPricesBad(ctx context.Context) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		s.log.Error("warm prices", "err", err)
		return
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM price_cache`); err != nil {
		s.log.Error("clear prices", "err", err)
		tx.Rollback()
		return
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO price_cache SELECT sku, price FROM prices`); err != nil {
		s.log.Error("fill prices", "err", err)
	} else {
		tx.Commit()
	}
} // want "ends without finishing tx begun at line \\d+"

func (s *Shop) WarmPricesOK(ctx context.Context) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		s.log.Error("warm prices", "err", err)
		return
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM price_cache`); err != nil {
		s.log.Error("clear prices", "err", err)
		tx.Rollback()
		return
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO price_cache SELECT sku, price FROM prices`); err != nil {
		s.log.Error("fill prices", "err", err)
		tx.Rollback()
	} else {
		tx.Commit()
	}
}

func RenameUserBad(db *sql.DB, id int64, name string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE users SET name = ? WHERE id = ?`, name, id)
	return err // want "returns without finishing tx begun at line \\d+"
}

func RenameUserOK(db *sql.DB, id int64, name string) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err = tx.Exec(`UPDATE users SET name = ? WHERE id = ?`, name, id); err == nil {
		return tx.Commit()
	}
	tx.Rollback()
	return err
}

// ImportCustomersBad validates a record only after it began.
func (s *Shop) ImportCustomersBad(ctx context.Context, r io.Reader) (int, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO customers (name, mail) VALUES (?, ?)`)
	if err != nil {
		tx.Rollback()
		return 0, err
	}
	defer stmt.Close()

	count := 0
	dec := json.NewDecoder(r)
	for dec.More() {
		var c struct{ Name, Mail string }
		if err := dec.Decode(&c); err != nil {
			tx.Rollback()
			return count, fmt.Errorf("record %d: %w", count, err)
		}
		if !strings.Contains(c.Mail, "@") {
			return count, fmt.Errorf("record %d: %w", count, ErrBadInput) // want "returns without finishing tx begun at line \\d+"
		}
		if _, err := stmt.ExecContext(ctx, c.Name, c.Mail); err != nil {
			tx.Rollback()
			return count, err
		}
		count++
	}
	return count, tx.Commit()
}

func (s *Shop) ImportCustomersOK(ctx context.Context, r io.Reader) (int, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()

	stmt, err := tx.PrepareContext(ctx, `INSERT INTO customers (name, mail) VALUES (?, ?)`)
	if err != nil {
		return 0, err
	}
	defer stmt.Close()

	count := 0
	dec := json.NewDecoder(r)
	for dec.More() {
		var c struct{ Name, Mail string }
		if err := dec.Decode(&c); err != nil {
			return count, fmt.Errorf("record %d: %w", count, err)
		}
		if !strings.Contains(c.Mail, "@") {
			return count, fmt.Errorf("record %d: %w", count, ErrBadInput)
		}
		if _, err := stmt.ExecContext(ctx, c.Name, c.Mail); err != nil {
			return count, err
		}
		count++
	}
	return count, tx.Commit()
}

// ArchiveBad is the indented style: the last return serves both arms.
func ArchiveBad(db *sql.DB, before string) (n int64, err error) {
	tx, err := db.Begin()
	if err == nil {
		var res sql.Result
		res, err = tx.Exec(`INSERT INTO archive SELECT * FROM orders WHERE day < ?`, before)
		if err == nil {
			n, err = res.RowsAffected()
			if err == nil {
				err = tx.Commit()
			}
		}
	}
	return n, err // want "returns without finishing tx begun at line \\d+"
}

func ArchiveOK(db *sql.DB, before string) (n int64, err error) {
	tx, err := db.Begin()
	if err == nil {
		var res sql.Result
		res, err = tx.Exec(`INSERT INTO archive SELECT * FROM orders WHERE day < ?`, before)
		if err == nil {
			n, err = res.RowsAffected()
		}
		if err == nil {
			err = tx.Commit()
		} else {
			tx.Rollback()
		}
	}
	return n, err
}

// TwoLedgersBad begins twice and forgets the first where the second cannot
// begin, and the second where the first cannot commit.
func TwoLedgersBad(ctx context.Context, books, audit *sql.DB, amount int64) error {
	btx, err := books.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	atx, err := audit.BeginTx(ctx, nil)
	if err != nil {
		return err // want "returns without finishing btx begun at line \\d+"
	}
	if _, err := btx.ExecContext(ctx, `INSERT INTO entries (amount) VALUES (?)`, amount); err != nil {
		btx.Rollback()
		atx.Rollback()
		return err
	}
	if err := btx.Commit(); err != nil {
		return err // want "returns without finishing atx begun at line \\d+"
	}
	return atx.Commit()
}

func TwoLedgersOK(ctx context.Context, books, audit *sql.DB, amount int64) error {
	btx, err := books.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer btx.Rollback()
	atx, err := audit.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer atx.Rollback()
	if _, err := btx.ExecContext(ctx, `INSERT INTO entries (amount) VALUES (?)`, amount); err != nil {
		return err
	}
	if err := btx.Commit(); err != nil {
		return err
	}
	return atx.Commit()
}

// BothBad leaves two transactions open at one return: two findings there.
func BothBad(ctx context.Context, books, audit *sql.DB) error {
	btx, err := books.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	atx, err := audit.BeginTx(ctx, nil)
	if err != nil {
		btx.Rollback()
		return err
	}
	if err := touch(ctx, btx, "orders", 1); err != nil {
		return err // want "returns without finishing btx begun at line \\d+" "returns without finishing atx begun at line \\d+"
	}
	if err := atx.Commit(); err != nil {
		btx.Rollback()
		return err
	}
	return btx.Commit()
}

// ErrorHeldElsewhereBad keeps the begin's error under another name.
func ErrorHeldElsewhereBad(db *sql.DB) error {
	tx, beginErr := db.Begin()
	wrapped := beginErr
	if wrapped != nil {
		return fmt.Errorf("begin: %w", wrapped)
	}
	if _, err := tx.Exec(`DELETE FROM sessions`); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// HandleTestedOK tests the handle in place of the error.
func HandleTestedOK(db *sql.DB) error {
	tx, err := db.Begin()
	if tx == nil {
		return fmt.Errorf("no transaction: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM sessions`); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// ErrorSwitchOK sorts the begin's error by kind.
func ErrorSwitchOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		return nil
	case errors.Is(err, sql.ErrConnDone):
		return fmt.Errorf("connection lost: %w", err)
	default:
		return err
	}
	defer tx.Rollback()
	if err := touch(ctx, tx, "orders", 3); err != nil {
		return err
	}
	return tx.Commit()
}

// ErrorSwitchBad handles one kind of the begin's error and takes the rest for
// success, but what matters is that success itself leaves early.
func ErrorSwitchBad(ctx context.Context, db *sql.DB, dry bool) error {
	tx, err := db.BeginTx(ctx, nil)
	switch err {
	case nil:
		if dry {
			return nil // want "returns without finishing tx begun at line \\d+"
		}
	case sql.ErrConnDone:
		return fmt.Errorf("connection lost: %w", err)
	default:
		return err
	}
	defer tx.Rollback()
	if err := touch(ctx, tx, "orders", 3); err != nil {
		return err
	}
	return tx.Commit()
}

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"
)

// ExpireCartsBad goes on to the next cart with the last one's transaction
// still open.
func (s *Shop) ExpireCartsBad(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		tx, err := s.db.BeginTx(ctx, nil) // want "begins tx again while the one of the previous round is still open"
		if err != nil {
			return fmt.Errorf("cart %d: %w", id, err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			s.log.Error("expire", "cart", id, "err", err)
			continue
		}
		if err := tx.Commit(); err != nil {
			s.log.Error("commit", "cart", id, "err", err)
		}
	}
	return nil
}

func (s *Shop) ExpireCartsOK(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("cart %d: %w", id, err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			s.log.Error("expire", "cart", id, "err", err)
			if err := tx.Rollback(); err != nil {
				s.log.Error("rollback", "cart", id, "err", err)
			}
			continue
		}
		if err := tx.Commit(); err != nil {
			s.log.Error("commit", "cart", id, "err", err)
		}
	}
	return nil
}

// DeferInLoopBad holds the transaction of every cart that failed until all
// carts are done.
func (s *Shop) DeferInLoopBad(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		tx, err := s.db.BeginTx(ctx, nil) // want "every round's transaction stays open until the function returns"
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := touch(ctx, tx, "carts", id); err != nil {
			s.log.Error("touch", "cart", id, "err", err)
			continue
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// DeferInLoopReadBad never ends a round by itself: it only reads.
func DeferInLoopReadBad(ctx context.Context, db *sql.DB, days int) (totals []int64, err error) {
	for day := 0; day < days; day++ {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // want "every round's transaction stays open until the function returns"
		if err != nil {
			return nil, err
		}
		defer func() { _ = tx.Rollback() }()
		var total int64
		if err := tx.QueryRowContext(ctx, `SELECT SUM(total) FROM orders WHERE day = ?`, day).Scan(&total); err != nil {
			return nil, err
		}
		totals = append(totals, total)
	}
	return totals, nil
}

// DeferInLoopOK defers as well, but every way to the next round goes through
// a commit or a rollback: what piles up is harmless.
func DeferInLoopOK(ctx context.Context, db *sql.DB, ids []int64) error {
	for _, id := range ids {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := touch(ctx, tx, "carts", id); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// DeferPerRoundOK gives each round a function, and so a defer, of its own.
func DeferPerRoundOK(ctx context.Context, db *sql.DB, ids []int64) error {
	for _, id := range ids {
		err := func() error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if err := touch(ctx, tx, "carts", id); err != nil {
				return err
			}
			return tx.Commit()
		}()
		if err != nil {
			return fmt.Errorf("cart %d: %w", id, err)
		}
	}
	return nil
}

// RetryBad tries again after a conflict, and only there forgets the rollback.
func RetryBad(ctx context.Context, db *sql.DB, id int64) error {
	var last error
	for attempt := range 3 {
		tx, err := db.BeginTx(ctx, nil) // want "begins tx again while the one of the previous round is still open"
		if err != nil {
			return err
		}
		if last = touch(ctx, tx, "orders", id); last != nil {
			time.Sleep(time.Duration(attempt) * time.Millisecond)
			continue
		}
		return tx.Commit()
	}
	return fmt.Errorf("gave up: %w", last)
}

func RetryOK(ctx context.Context, db *sql.DB, id int64) error {
	var last error
	for attempt := range 3 {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if last = touch(ctx, tx, "orders", id); last == nil {
			if last = tx.Commit(); last == nil {
				return nil
			}
		}
		tx.Rollback()
		time.Sleep(time.Duration(attempt) * time.Millisecond)
	}
	return fmt.Errorf("gave up: %w", last)
}

// BreakBad leaves the loop, and with it the way to the commit.
func BreakBad(ctx context.Context, db *sql.DB, batches [][]int64) error {
	for _, batch := range batches {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		for _, id := range batch {
			if err := touch(ctx, tx, "orders", id); err != nil {
				tx.Rollback()
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// LabelledContinueBad leaves two loops at once and forgets what the outer one
// began.
func (s *Shop) LabelledContinueBad(ctx context.Context, orders []Order) error {
next:
	for _, o := range orders {
		tx, err := s.db.BeginTx(ctx, nil) // want "begins tx again while the one of the previous round is still open"
		if err != nil {
			return err
		}
		for _, l := range o.Lines {
			if l.Qty <= 0 {
				s.log.Warn("skipped", "order", o.ID)
				continue next
			}
			if err := insertLine(ctx, tx, o.ID, l); err != nil {
				tx.Rollback()
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) LabelledContinueOK(ctx context.Context, orders []Order) error {
next:
	for _, o := range orders {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for _, l := range o.Lines {
			if l.Qty <= 0 {
				s.log.Warn("skipped", "order", o.ID)
				tx.Rollback()
				continue next
			}
			if err := insertLine(ctx, tx, o.ID, l); err != nil {
				tx.Rollback()
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// LabelledBreakOK leaves both loops for the rollback below them.
func LabelledBreakOK(ctx context.Context, db *sql.DB, orders []Order) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
scan:
	for _, o := range orders {
		for _, l := range o.Lines {
			if err = insertLine(ctx, tx, o.ID, l); err != nil {
				break scan
			}
		}
	}
	if err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// LabelledBreakBad leaves both loops, past the commit.
func LabelledBreakBad(ctx context.Context, db *sql.DB, orders []Order) (sent int, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
scan:
	for {
		for _, o := range orders {
			if o.Status == "end" {
				break scan
			}
			if err := touch(ctx, tx, "orders", o.ID); err != nil {
				tx.Rollback()
				return sent, err
			}
			sent++
		}
		if sent > 1000 {
			return sent, tx.Commit()
		}
	}
	return sent, nil // want "returns without finishing tx begun at line \\d+"
}

// RebatchOK commits and begins anew every so often, in one variable. The
// deferred closure sees the last one; the earlier ones are committed.
func RebatchOK(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { tx.Rollback() }()
	for i, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err
		}
		if i%100 == 99 {
			if err := tx.Commit(); err != nil {
				return err
			}
			next, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			tx = next
		}
	}
	return tx.Commit()
}

// RebatchBad defers the rollback of the first transaction only: the receiver
// of a deferred method is evaluated where the defer stands.
func RebatchBad(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err // want "returns without finishing (tx|next) begun at line \\d+"
		}
		if i%100 == 99 {
			if err := tx.Commit(); err != nil {
				return err
			}
			next, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			tx = next
		}
	}
	return tx.Commit()
}

// StreamBad returns out of the body of a range over a function.
func StreamBad(ctx context.Context, db *sql.DB, lines iter.Seq[Line]) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for l := range lines {
		if err := insertLine(ctx, tx, 1, l); err != nil {
			return fmt.Errorf("line %s: %w", l.SKU, err) // want "returns without finishing tx begun at line \\d+"
		}
	}
	return tx.Commit()
}

func StreamOK(ctx context.Context, db *sql.DB, lines iter.Seq[Line]) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for l := range lines {
		if err := insertLine(ctx, tx, 1, l); err != nil {
			tx.Rollback()
			return fmt.Errorf("line %s: %w", l.SKU, err)
		}
	}
	return tx.Commit()
}

// StreamEachBad begins in the body: `continue` ends the body's function with
// the transaction open.
func (s *Shop) StreamEachBad(ctx context.Context, orders iter.Seq2[int64, Order]) error {
	for id, o := range orders {
		tx, err := s.db.BeginTx(ctx, nil) // want "begins tx again while the one of the previous round is still open"
		if err != nil {
			return err
		}
		if o.Status == "" {
			s.log.Warn("no status", "order", id)
			continue
		}
		if err := touch(ctx, tx, "orders", id); err != nil {
			tx.Rollback()
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) StreamEachOK(ctx context.Context, orders iter.Seq2[int64, Order]) error {
	for id, o := range orders {
		if o.Status == "" {
			s.log.Warn("no status", "order", id)
			continue
		}
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := touch(ctx, tx, "orders", id); err != nil {
			tx.Rollback()
			if errors.Is(err, ErrBadInput) {
				break
			}
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// WorkerBad is a queue's worker: it returns when the queue is closed, which
// it notices with a transaction already open.
func (s *Shop) WorkerBad(ctx context.Context, jobs <-chan Order) error {
	for {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		job, open := <-jobs
		if !open {
			return nil // want "returns without finishing tx begun at line \\d+"
		}
		if err := touch(ctx, tx, "orders", job.ID); err != nil {
			tx.Rollback()
			s.log.Error("job", "order", job.ID, "err", err)
			continue
		}
		if err := tx.Commit(); err != nil {
			s.log.Error("commit", "order", job.ID, "err", err)
		}
	}
}

// PollOK returns the transaction's end from inside the loop.
func PollOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		err := touch(ctx, tx, "orders", id)
		if err == nil {
			return tx.Commit()
		}
		if i == 5 {
			return errors.Join(err, tx.Rollback())
		}
	}
}

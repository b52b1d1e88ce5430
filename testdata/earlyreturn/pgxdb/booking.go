// Package pgxdb books rooms on pgx. In pgx a context ends no transaction: what
// is left open keeps its connection for good.
package pgxdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	ErrTaken   = errors.New("room is taken")
	ErrUnknown = errors.New("unknown room")
)

type Booking struct {
	ID    int64
	Room  string
	Guest string
	From  time.Time
	Days  int
}

type Bookings struct {
	pool *pgxpool.Pool
	log  *slog.Logger
}

// querier borrows: it has no way to finish.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func roomID(ctx context.Context, q querier, name string) (id int64, err error) {
	err = q.QueryRow(ctx, `SELECT id FROM rooms WHERE name = $1`, name).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("%s: %w", name, ErrUnknown)
	}
	return id, err
}

// BookBad returns early where the room is taken.
func (b *Bookings) BookBad(ctx context.Context, bk *Booking) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	room, err := roomID(ctx, tx, bk.Room)
	if err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	var taken bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM bookings WHERE room = $1 AND day = $2)`, room, bk.From).Scan(&taken)
	if err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	if taken {
		return ErrTaken // want "returns without finishing tx begun at line \\d+"
	}
	if err := tx.QueryRow(ctx, `INSERT INTO bookings (room, day) VALUES ($1, $2) RETURNING id`, room, bk.From).Scan(&bk.ID); err != nil {
		_ = tx.Rollback(ctx)
		return fmt.Errorf("insert: %w", err)
	}
	return tx.Commit(ctx)
}

func (b *Bookings) BookOK(ctx context.Context, bk *Booking) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			b.log.Error("rollback", "err", err)
		}
	}()
	room, err := roomID(ctx, tx, bk.Room)
	if err != nil {
		return err
	}
	var taken bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM bookings WHERE room = $1 AND day = $2)`, room, bk.From).Scan(&taken)
	if err != nil {
		return err
	}
	if taken {
		return ErrTaken
	}
	if err := tx.QueryRow(ctx, `INSERT INTO bookings (room, day) VALUES ($1, $2) RETURNING id`, room, bk.From).Scan(&bk.ID); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return tx.Commit(ctx)
}

// CountBad only reads, and thinks that there is nothing to end.
func (b *Bookings) CountBad(ctx context.Context, room string) (n int, err error) {
	tx, err := b.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, err
	}
	id, err := roomID(ctx, tx, room)
	if err != nil {
		return 0, err // want "returns without finishing tx begun at line \\d+"
	}
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM bookings WHERE room = $1`, id).Scan(&n)
	return n, err
}

func (b *Bookings) CountOK(ctx context.Context, room string) (n int, err error) {
	tx, err := b.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	id, err := roomID(ctx, tx, room)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM bookings WHERE room = $1`, id).Scan(&n)
	return n, err
}

// ShadowedBad guards an err that the loop hides.
func (b *Bookings) ShadowedBad(ctx context.Context, list []Booking) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback(ctx)
		}
	}()
	for _, bk := range list {
		id, err := roomID(ctx, tx, bk.Room)
		if err != nil {
			return fmt.Errorf("booking of %s: %w", bk.Guest, err) // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
		}
		if _, err := tx.Exec(ctx, `INSERT INTO bookings (room, guest) VALUES ($1, $2)`, id, bk.Guest); err != nil {
			return fmt.Errorf("booking of %s: %w", bk.Guest, err)
		}
	}
	err = tx.Commit(ctx)
	return err
}

func (b *Bookings) ShadowedOK(ctx context.Context, list []Booking) (err error) {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback(ctx))
		} else {
			err = tx.Commit(ctx)
		}
	}()
	for _, bk := range list {
		id, err := roomID(ctx, tx, bk.Room)
		if err != nil {
			return fmt.Errorf("booking of %s: %w", bk.Guest, err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO bookings (room, guest) VALUES ($1, $2)`, id, bk.Guest); err != nil {
			return fmt.Errorf("booking of %s: %w", bk.Guest, err)
		}
	}
	return nil
}

// CommitOnlyBad commits when all went well and has no rollback anywhere.
func (b *Bookings) CommitOnlyBad(ctx context.Context, from, to string) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE bookings SET room = $2 WHERE room = $1`, from, to)
	if err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	if tag.RowsAffected() == 0 {
		return ErrUnknown
	}
	return tx.Commit(ctx)
}

// FailedCommitOK: after a failed commit a pgx transaction is closed, and so is
// its connection where the server did not answer.
func (b *Bookings) FailedCommitOK(ctx context.Context, id int64) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE id = $1`, id); err != nil {
		if rerr := tx.Rollback(ctx); rerr != nil {
			return errors.Join(err, rerr)
		}
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		if errors.Is(err, pgx.ErrTxCommitRollback) {
			return fmt.Errorf("lost: %w", err)
		}
		return err
	}
	return nil
}

// CancelledRollbackOK rolls back with a context that may be over. pgx closes
// the connection when it cannot send the rollback, so nothing stays open.
func (b *Bookings) CancelledRollbackOK(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE id = $1`, id); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// CancelledBad relies on the context, which in pgx governs the begin only.
func (b *Bookings) CancelledBad(ctx context.Context, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE id = $1`, id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

// BeginFuncOK leaves it to the library.
func (b *Bookings) BeginFuncOK(ctx context.Context, list []Booking) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		for _, bk := range list {
			if _, err := tx.Exec(ctx, `INSERT INTO bookings (guest) VALUES ($1)`, bk.Guest); err != nil {
				return err
			}
		}
		return nil
	})
}

// BeginTxFuncOK returns out of the closure on one branch and that is fine.
func (b *Bookings) BeginTxFuncOK(ctx context.Context, room string) (n int64, err error) {
	opts := pgx.TxOptions{IsoLevel: pgx.Serializable}
	err = pgx.BeginTxFunc(ctx, b.pool, opts, func(tx pgx.Tx) error {
		if n, err = roomID(ctx, tx, room); errors.Is(err, ErrUnknown) {
			return nil
		}
		return err
	})
	return n, err
}

// BegunInBeginFuncBad begins a second one inside, on its own.
func (b *Bookings) BegunInBeginFuncBad(ctx context.Context, guest string) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		audit, err := b.pool.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := audit.Exec(ctx, `INSERT INTO audit (guest) VALUES ($1)`, guest); err != nil {
			return err // want "returns without finishing audit begun at line \\d+"
		}
		if err := audit.Commit(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM bookings WHERE guest = $1`, guest)
		return err
	})
}

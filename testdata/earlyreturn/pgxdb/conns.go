package pgxdb

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ReleasedOK never finishes, but gives the connection back: the pool destroys
// a connection that it gets back with an open transaction.
func (b *Bookings) ReleasedOK(ctx context.Context, room string) (int64, error) {
	conn, err := b.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return 0, err
	}
	id, err := roomID(ctx, tx, room)
	if err != nil {
		return 0, err
	}
	return id, tx.Commit(ctx)
}

// AcquiredBad releases on one way out only.
func (b *Bookings) AcquiredBad(ctx context.Context, room string) (int64, error) {
	conn, err := b.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		conn.Release()
		return 0, err
	}
	id, err := roomID(ctx, tx, room)
	if err != nil {
		return 0, fmt.Errorf("room: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	if err := tx.Commit(ctx); err != nil {
		conn.Release()
		return 0, err
	}
	conn.Release()
	return id, nil
}

// ClosedConnOK has a connection of its own and closes it: no connection, no
// transaction.
func ClosedConnOK(ctx context.Context, url string) (n int, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM bookings`).Scan(&n); err != nil {
		return 0, err
	}
	return n, tx.Commit(ctx)
}

// LentConnBad begins on a connection that goes on to live.
func LentConnBad(ctx context.Context, conn *pgx.Conn, guest string) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT id FROM bookings WHERE guest = $1`, guest)
	if err != nil {
		tx.Rollback(ctx)
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE id = ANY($1)`, ids); err != nil {
		tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

func LentConnOK(ctx context.Context, conn *pgx.Conn, guest string) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	rows, err := tx.Query(ctx, `SELECT id FROM bookings WHERE guest = $1`, guest)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE id = ANY($1)`, ids); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// BatchBad reads the results of a batch and returns out of the middle.
func (b *Bookings) BatchBad(ctx context.Context, list []Booking) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for _, bk := range list {
		batch.Queue(`INSERT INTO bookings (guest, days) VALUES ($1, $2)`, bk.Guest, bk.Days)
	}
	results := tx.SendBatch(ctx, batch)
	for range list {
		if _, err := results.Exec(); err != nil {
			results.Close()
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	if err := results.Close(); err != nil {
		tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

func (b *Bookings) BatchOK(ctx context.Context, list []Booking) (err error) {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		if rerr := tx.Rollback(ctx); rerr != nil {
			b.log.Error("rollback", "err", rerr)
		}
	}()
	batch := &pgx.Batch{}
	for _, bk := range list {
		batch.Queue(`INSERT INTO bookings (guest, days) VALUES ($1, $2)`, bk.Guest, bk.Days)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("batch of %d: %w", len(list), err)
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	committed = true
	return nil
}

// CopyBad forgets the transaction where fewer rows arrived than were sent.
func (b *Bookings) CopyBad(ctx context.Context, rows [][]any) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	n, err := tx.CopyFrom(ctx, pgx.Identifier{"bookings"}, []string{"guest", "days"}, pgx.CopyFromRows(rows))
	switch {
	case err != nil:
		tx.Rollback(ctx)
		return err
	case n != int64(len(rows)):
		return fmt.Errorf("copied %d of %d", n, len(rows)) // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

// PerRoomBad defers in a loop: as many connections as rooms.
func (b *Bookings) PerRoomBad(ctx context.Context, rooms []string) error {
	for _, room := range rooms {
		tx, err := b.pool.Begin(ctx) // want "every round's transaction stays open until the function returns"
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		id, err := roomID(ctx, tx, room)
		if err != nil {
			b.log.Warn("skipped", "room", room, "err", err)
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE room = $1`, id); err != nil {
			return err
		}
		if err := tx.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// PerRoomOK does the same in a function for each room.
func (b *Bookings) PerRoomOK(ctx context.Context, rooms []string) error {
	clear := func(room string) error {
		tx, err := b.pool.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		id, err := roomID(ctx, tx, room)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM bookings WHERE room = $1`, id); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
	for _, room := range rooms {
		if err := clear(room); err != nil {
			b.log.Warn("skipped", "room", room, "err", err)
		}
	}
	return nil
}

// NestedOK opens a savepoint on its transaction and ends both.
func (b *Bookings) NestedOK(ctx context.Context, list []Booking) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	for _, bk := range list {
		sp, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := sp.Exec(ctx, `INSERT INTO bookings (guest) VALUES ($1)`, bk.Guest); err != nil {
			if err := sp.Rollback(ctx); err != nil {
				return err
			}
			continue
		}
		if err := sp.Commit(ctx); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// NestedBad ends the savepoint and forgets what it stands on.
func (b *Bookings) NestedBad(ctx context.Context, bk Booking) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	sp, err := tx.Begin(ctx)
	if err != nil {
		tx.Rollback(ctx)
		return err
	}
	if _, err := sp.Exec(ctx, `INSERT INTO bookings (guest) VALUES ($1)`, bk.Guest); err != nil {
		sp.Rollback(ctx)
		return err // want "returns without finishing tx begun at line \\d+"
	}
	if err := sp.Commit(ctx); err != nil {
		tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

// HandoverOK keeps what it begins in its result, or ends it all.
func HandoverOK(ctx context.Context, pools []*pgxpool.Pool) (map[int]pgx.Tx, error) {
	var mu sync.Mutex
	open := make(map[int]pgx.Tx)
	for i, p := range pools {
		tx, err := p.Begin(ctx)
		if err != nil {
			mu.Lock()
			defer mu.Unlock()
			for _, tx := range open {
				tx.Rollback(ctx)
			}
			return nil, err
		}
		mu.Lock()
		open[i] = tx
		mu.Unlock()
	}
	return open, nil
}

// DroppedBad wants to know whether the pool is alive.
func DroppedBad(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Begin(ctx); err != nil { // want "drops the transaction"
		return fmt.Errorf("pool: %w", err)
	}
	return nil
}

// ConcreteOK knows what pool.Begin's interface holds and ends it as that.
func ConcreteOK(ctx context.Context, pool *pgxpool.Pool) error {
	begun, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	tx := begun.(*pgxpool.Tx)
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `ANALYZE`); err != nil {
		return err
	}
	return begun.Commit(ctx)
}

// beginner is what pools and connections have in common.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// ThroughInterfaceBad begins by an interface of its own.
func ThroughInterfaceBad(ctx context.Context, db beginner, bk Booking) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO bookings (guest) VALUES ($1)`, bk.Guest); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

func ThroughInterfaceOK(ctx context.Context, db beginner, bk Booking) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `INSERT INTO bookings (guest) VALUES ($1)`, bk.Guest); err == nil {
		err = tx.Commit(ctx)
	} else {
		tx.Rollback(ctx)
	}
	return err
}

package idioms

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/corpus/earlyreturn/helpers/quiet"
)

// The functions of this file stand for correct code of real projects that was
// once reported.

// QuietHelperOK hands a method value to a helper of a package that knows
// nothing of transactions.
func QuietHelperOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer quiet.LogOnError(ctx, tx.Rollback)
	if err := store(ctx, tx, it); err != nil {
		return err
	}
	return tx.Commit()
}

// SmallInterfaceOK is ended through an interface that has nothing but the end.
func SmallInterfaceOK(ctx context.Context, conn *pgx.Conn, id int64) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer quiet.RollBack(ctx, "update", tx)
	if _, err := tx.Exec(ctx, `UPDATE items SET seen = true WHERE id = $1`, id); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// codedError is what a driver returns.
type codedError struct{ code int }

func (e *codedError) Error() string { return fmt.Sprint(e.code) }

// mapError gives the errors of a driver a meaning; no error stays none.
func mapError(err error) error {
	coded, ok := err.(*codedError)
	if !ok {
		return err
	}
	if coded.code == 5 {
		return driver.ErrBadConn
	}
	return fmt.Errorf("code %d: %w", coded.code, err)
}

type wrappedTx struct{ driver.Tx }

// MappedErrorOK tests what became of the begin's error.
func MappedErrorOK(ctx context.Context, conn driver.ConnBeginTx) (driver.Tx, error) {
	tx, err := conn.BeginTx(ctx, driver.TxOptions{})
	err = mapError(err)
	if err != nil {
		return nil, err
	}
	return &wrappedTx{tx}, nil
}

type job struct {
	tx   *sql.Tx
	done chan error
}

// queue finishes the transactions that it is sent.
type queue struct {
	jobs chan job
	last *job
	byID map[int64]job
	one  *sql.Tx
	n    int
}

func (q *queue) send(tx *sql.Tx) error {
	j := job{tx: tx, done: make(chan error, 1)}
	q.jobs <- j
	return <-j.done
}

func (q *queue) keep(tx *sql.Tx)            { q.last = &job{tx: tx} }
func (q *queue) index(id int64, tx *sql.Tx) { q.byID[id] = job{tx: tx} }

func finishJob(j job) error { return j.tx.Commit() }

// QueuedOK hands over inside a struct that goes over a channel.
func QueuedOK(db *sql.DB, q *queue) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return q.send(tx)
}

// KeptOK hands over to an object that remembers it.
func KeptOK(db *sql.DB, q *queue) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	q.keep(tx)
	return nil
}

// IndexedOK hands over to a map of somebody else.
func IndexedOK(db *sql.DB, q *queue, id int64) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	q.index(id, tx)
	return nil
}

// keepLater remembers it in a literal.
func (q *queue) keepLater(tx *sql.Tx) {
	func() { q.one = tx }()
}

// KeptByLiteralOK hands over to an object that remembers it in a literal.
func KeptByLiteralOK(db *sql.DB, q *queue) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	q.keepLater(tx)
	return nil
}

// countLater keeps nothing.
func (q *queue) countLater(tx *sql.Tx) {
	func() { q.n++ }()
}

// CountedByLiteralBad hands over nothing.
func CountedByLiteralBad(db *sql.DB, q *queue) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	q.countLater(tx)
	return nil // want "returns without finishing tx begun at line \\d+"
}

// ByValueOK ends inside a copy of the struct that holds it.
func ByValueOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return finishJob(job{tx: tx})
}

type joinedKey struct{}

type joined struct {
	tx       *sql.Tx
	inherits bool
}

// join begins, or takes part in the transaction that the context carries.
func join(ctx context.Context, db *sql.DB) (*joined, context.Context, error) {
	if outer, ok := ctx.Value(joinedKey{}).(*joined); ok {
		return &joined{tx: outer.tx, inherits: true}, ctx, nil
	}
	tx, err := db.Begin()
	if err != nil {
		return nil, ctx, err
	}
	j := &joined{tx: tx}
	return j, context.WithValue(ctx, joinedKey{}, j), nil
}

func (j *joined) commit() error {
	if j.inherits {
		return nil
	}
	return j.tx.Commit()
}

func (j *joined) rollback() error {
	if j.inherits {
		return nil
	}
	return j.tx.Rollback()
}

// JoinedTwiceOK joins its own transaction, which cannot fail.
func JoinedTwiceOK(ctx context.Context, db *sql.DB, it Item) error {
	outer, ctx, err := join(ctx, db)
	if err != nil {
		return err
	}
	inner, ctx, err := join(ctx, db)
	if err != nil {
		return err
	}
	if err := store(ctx, inner.tx, it); err != nil {
		_ = outer.rollback()
		return err
	}
	return outer.commit()
}

// JoinedBad forgets its own transaction where the work fails.
func JoinedBad(ctx context.Context, db *sql.DB, it Item) error {
	j, ctx, err := join(ctx, db)
	if err != nil {
		return err
	}
	if err := store(ctx, j.tx, it); err != nil {
		return err // want "returns without finishing j begun at line \\d+"
	}
	return j.commit()
}

// MethodValueFieldOK ends by a method value that a struct holds.
func MethodValueFieldOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	end := struct{ do func() error }{do: tx.Commit}
	return end.do()
}

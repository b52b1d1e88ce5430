package idioms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
	"gorm.io/gorm"
)

// undone rolls back and returns both errors as one.
func undone(tx *sql.Tx, err error) error {
	if rerr := tx.Rollback(); rerr != nil {
		return fmt.Errorf("%w (and the rollback failed: %v)", err, rerr)
	}
	return err
}

// InReturnOK finishes inside its return expressions.
func InReturnOK(ctx context.Context, db *sql.DB, it Item) (int64, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO items (name) VALUES (?)`, it.Name)
	if err != nil {
		return 0, undone(tx, err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, undone(tx, fmt.Errorf("id of %q: %w", it.Name, err))
	}
	return id, tx.Commit()
}

// InFormatOK finishes as an argument of a message.
func InFormatOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := store(ctx, tx, it); err != nil {
		return fmt.Errorf("store: %v, rollback: %v", err, tx.Rollback())
	}
	return tx.Commit()
}

// GormOK tests tx.Error and commits at the end of a chain.
func GormOK(db *gorm.DB, items []Item) error {
	tx := db.Begin()
	if tx.Error != nil {
		return fmt.Errorf("begin: %w", tx.Error)
	}
	for i := range items {
		if err := tx.Create(&items[i]).Error; err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit().Error
}

var errEmptyStore = errors.New("store is empty")

// logTx is a project's own transaction.
type logTx struct {
	tx   *sql.Tx
	size int
}

func (t *logTx) Close() error {
	if err := t.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

func (t *logTx) Commit() error { return t.tx.Commit() }

// beginLogOK returns a live transaction together with an error that tells
// what is special about it.
func beginLogOK(ctx context.Context, db *sql.DB) (*logTx, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	l := &logTx{tx: tx}
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM log`).Scan(&l.size); err != nil {
		tx.Rollback()
		return nil, err
	}
	if l.size == 0 {
		return l, errEmptyStore
	}
	return l, nil
}

// SentinelOK closes before it looks at the error.
func SentinelOK(ctx context.Context, db *sql.DB) (int, error) {
	l, err := beginLogOK(ctx, db)
	if l != nil {
		defer l.Close()
	}
	if err != nil {
		return 0, err
	}
	return l.size, l.Commit()
}

// SentinelBad looks at the error first: with that one there is a transaction.
func SentinelBad(ctx context.Context, db *sql.DB) (int, error) {
	l, err := beginLogOK(ctx, db)
	if err != nil {
		return 0, err // want "without finishing"
	}
	defer l.Close()
	return l.size, l.Commit()
}

// AssertedOK finds out at run time that what it has can be ended.
func AssertedOK(ctx context.Context, db *sql.DB, it Item) error {
	var storage any
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	storage = tx
	defer func() {
		if r, ok := storage.(interface{ Rollback() error }); ok {
			r.Rollback()
		}
	}()
	if err := store(ctx, tx, it); err != nil {
		return err
	}
	return tx.Commit()
}

type txKey struct{}

func withTx(ctx context.Context, db *sql.DB) (context.Context, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, txKey{}, tx), nil
}

func commitTx(ctx context.Context) error {
	if tx, ok := ctx.Value(txKey{}).(*sql.Tx); ok {
		return tx.Commit()
	}
	return nil
}

func rollbackTx(ctx context.Context) {
	if tx, ok := ctx.Value(txKey{}).(*sql.Tx); ok {
		tx.Rollback()
	}
}

// InContextOK has its transaction in the context.
func InContextOK(ctx context.Context, db *sql.DB, save func(context.Context) error) error {
	ctx, err := withTx(ctx, db)
	if err != nil {
		return err
	}
	defer rollbackTx(ctx)
	if err := save(ctx); err != nil {
		return err
	}
	return commitTx(ctx)
}

// failure is a result that is not an error.
type failure struct {
	Code   int
	Reason string
}

// beginQuery returns what ends the transaction, and what went wrong.
func beginQuery(ctx context.Context, db *sql.DB) (*sql.Tx, func(), *failure) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		cancel()
		return nil, nil, &failure{503, err.Error()}
	}
	done := func() {
		tx.Rollback()
		cancel()
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 1000`); err != nil {
		done()
		return nil, nil, &failure{500, err.Error()}
	}
	return tx, done, nil
}

// CleanupOK defers what the begin returned for that.
func CleanupOK(ctx context.Context, db *sql.DB, query string) (string, *failure) {
	tx, done, fail := beginQuery(ctx, db)
	if fail != nil {
		return "", fail
	}
	defer done()
	if !strings.HasPrefix(query, "SELECT") {
		return "", &failure{400, "not a query"}
	}
	var plan string
	if err := tx.QueryRowContext(ctx, `EXPLAIN `+query).Scan(&plan); err != nil {
		return "", &failure{422, err.Error()}
	}
	return plan, nil
}

// CleanupBad returns before the defer.
func CleanupBad(ctx context.Context, db *sql.DB, query string) (string, *failure) {
	tx, done, fail := beginQuery(ctx, db)
	if fail != nil {
		return "", fail
	}
	if !strings.HasPrefix(query, "SELECT") {
		return "", &failure{400, "not a query"} // want "without finishing tx"
	}
	defer done()
	var plan string
	if err := tx.QueryRowContext(ctx, `EXPLAIN `+query).Scan(&plan); err != nil {
		return "", &failure{422, err.Error()}
	}
	return plan, nil
}

// AssignThenReturnOK sets the variable of the guard on every way out.
func AssignThenReturnOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var n int
	if err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM items WHERE name = ?`, it.Name).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		err = fmt.Errorf("%q exists", it.Name)
		return err
	}
	if err = store(ctx, tx, it); err != nil {
		err = fmt.Errorf("store: %w", err)
		return err
	}
	err = tx.Commit()
	return err
}

// BareReturnOK feeds the guard by bare returns.
func BareReturnOK(ctx context.Context, db *sql.DB, it Item) (id int64, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	res, err := tx.ExecContext(ctx, `INSERT INTO items (name) VALUES (?)`, it.Name)
	if err != nil {
		return
	}
	id, err = res.LastInsertId()
	return
}

// LateDeferOK registers after a statement, but cannot leave before.
func LateDeferOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	row := tx.QueryRowContext(ctx, `SELECT kind FROM items WHERE id = ?`, it.ID)
	defer tx.Rollback()
	var kind string
	if err := row.Scan(&kind); err != nil {
		return err
	}
	if kind != it.Kind {
		return fmt.Errorf("item %d is a %s", it.ID, kind)
	}
	return tx.Commit()
}

// writer owns the transaction that it was made with.
type writer struct {
	tx *sql.Tx
	n  int
}

func (w *writer) Write(ctx context.Context, it Item) error {
	w.n++
	return store(ctx, w.tx, it)
}

func (w *writer) Close() error { return w.tx.Commit() }

// IntoStructOK moves ownership into what it returns.
func IntoStructOK(ctx context.Context, db *sql.DB) (*writer, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	w := &writer{}
	w.tx = tx
	return w, nil
}

// IntoClosuresOK moves it into functions.
func IntoClosuresOK(ctx context.Context, db *sql.DB) (write func(Item) error, end func(bool) error, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	write = func(it Item) error { return store(ctx, tx, it) }
	end = func(keep bool) error {
		if keep {
			return tx.Commit()
		}
		return tx.Rollback()
	}
	return write, end, nil
}

// CounterOK begins where its counter is zero, and commits where it is not.
func CounterOK(ctx context.Context, db *sql.DB, items []Item) error {
	var tx *sql.Tx
	cur := 0
	for _, it := range items {
		if cur == 0 {
			var err error
			if tx, err = db.BeginTx(ctx, nil); err != nil {
				return err
			}
		}
		if err := store(ctx, tx, it); err != nil {
			tx.Rollback()
			return err
		}
		cur++
		if cur == 100 {
			if err := tx.Commit(); err != nil {
				return err
			}
			cur = 0
		}
	}
	if cur > 0 {
		return tx.Commit()
	}
	return nil
}

// CounterBad forgets the last, incomplete batch.
func CounterBad(ctx context.Context, db *sql.DB, items []Item) error {
	var tx *sql.Tx
	cur := 0
	for _, it := range items {
		if cur == 0 {
			var err error
			if tx, err = db.BeginTx(ctx, nil); err != nil {
				return err
			}
		}
		if err := store(ctx, tx, it); err != nil {
			tx.Rollback()
			return err
		}
		cur++
		if cur == 100 {
			if err := tx.Commit(); err != nil {
				return err
			}
			cur = 0
		}
	}
	return nil // want "returns without finishing tx begun at line \\d+"
}

// OuterOK asks twice whether it was given a transaction.
func OuterOK(ctx context.Context, db *sql.DB, outer *sql.Tx, items []Item) error {
	tx := outer
	var err error
	if outer == nil {
		tx, err = db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
	}
	for _, it := range items {
		if err := store(ctx, tx, it); err != nil {
			if outer == nil {
				return undone(tx, err)
			}
			return err
		}
	}
	if outer == nil {
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// current returns the transaction of the context if there is one, and tells
// so; or else begins.
func current(ctx context.Context, db *sqlx.DB) (tx *sqlx.Tx, wrapped bool, err error) {
	if tx, ok := ctx.Value(txKey{}).(*sqlx.Tx); ok {
		return tx, true, nil
	}
	tx, err = db.BeginTxx(ctx, nil)
	return tx, false, err
}

func endQuietly(tx *sqlx.Tx) { _ = tx.Rollback() }

// WrappedOK ends what is its own.
func WrappedOK(ctx context.Context, db *sqlx.DB, it Item) error {
	tx, wrapped, err := current(ctx, db)
	if err != nil {
		return err
	}
	if !wrapped {
		defer endQuietly(tx)
	}
	if _, err := tx.NamedExecContext(ctx, `INSERT INTO items (name) VALUES (:name)`, it); err != nil {
		return err
	}
	if wrapped {
		return nil
	}
	return tx.Commit()
}

// WrappedBad has the condition the wrong way round.
func WrappedBad(ctx context.Context, db *sqlx.DB, it Item) error {
	tx, wrapped, err := current(ctx, db)
	if err != nil {
		return err
	}
	if wrapped {
		defer endQuietly(tx) // want txowner:"rolls back the transaction, which came with the context"
	}
	if _, err := tx.NamedExecContext(ctx, `INSERT INTO items (name) VALUES (:name)`, it); err != nil {
		return err // want "without finishing tx"
	}
	if wrapped {
		return nil
	}
	return tx.Commit()
}

// NakedOK returns a handle by its name.
func NakedOK(ctx context.Context, db *sql.DB) (tx *sql.Tx, err error) {
	tx, err = db.BeginTx(ctx, nil)
	if err != nil {
		err = fmt.Errorf("begin: %w", err)
		return
	}
	return
}

// ReleaseOK gives back a connection with an open transaction, which the pool
// then destroys.
func ReleaseOK(ctx context.Context, pool *pgxpool.Pool, it Item) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM items WHERE id = $1 FOR UPDATE`, it.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE items SET name = $2 WHERE id = $1`, it.ID, it.Name); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

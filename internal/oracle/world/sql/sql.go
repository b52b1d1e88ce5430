// Package sql stands in for database/sql in programs under the oracle. Its
// handles are those of database/sql on a driver that fails when the run
// decides so, and they record what happens to them.
package sql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"

	"github.com/txlint/txlint/internal/oracle/world"
	"github.com/txlint/txlint/internal/oracle/world/ext"
)

// What programs need of database/sql as it is.
type (
	TxOptions      = sql.TxOptions
	IsolationLevel = sql.IsolationLevel
	Result         = sql.Result
	NullString     = sql.NullString
	NullInt64      = sql.NullInt64
	NullTime       = sql.NullTime
)

// The errors of database/sql.
var (
	ErrNoRows   = sql.ErrNoRows
	ErrTxDone   = sql.ErrTxDone
	ErrConnDone = sql.ErrConnDone
)

// Isolation levels of database/sql.
const (
	LevelDefault        = sql.LevelDefault
	LevelReadCommitted  = sql.LevelReadCommitted
	LevelRepeatableRead = sql.LevelRepeatableRead
	LevelSerializable   = sql.LevelSerializable
)

// A DB is a pool.
type DB struct{ real *sql.DB }

// NewDB returns a pool.
func NewDB() *DB { return &DB{sql.OpenDB(connector{})} }

// Close closes the pool.
func (db *DB) Close() error { return db.real.Close() }

// Begin is that of database/sql.
func (db *DB) Begin() (*Tx, error) {
	world.Beginning()
	return begin(context.Background(), db.real, nil)
}

// BeginTx is that of database/sql.
func (db *DB) BeginTx(ctx context.Context, opts *TxOptions) (*Tx, error) {
	world.Beginning()
	return begin(ctx, db.real, opts)
}

// Conn is that of database/sql.
func (db *DB) Conn(ctx context.Context) (*Conn, error) {
	fail()
	c, err := db.real.Conn(ctx)
	if err == nil {
		err = failure()
	}
	if err != nil {
		return nil, err
	}
	return &Conn{c}, nil
}

// Ping is that of database/sql.
func (db *DB) Ping() error { return db.PingContext(context.Background()) }

// PingContext is that of database/sql.
func (db *DB) PingContext(context.Context) error { return work() }

// Exec is that of database/sql.
func (db *DB) Exec(_ string, args ...any) (Result, error) { return exec(args) }

// ExecContext is that of database/sql.
func (db *DB) ExecContext(_ context.Context, _ string, args ...any) (Result, error) {
	return exec(args)
}

// Query is that of database/sql.
func (db *DB) Query(string, ...any) (*Rows, error) { return query() }

// QueryContext is that of database/sql.
func (db *DB) QueryContext(context.Context, string, ...any) (*Rows, error) { return query() }

// QueryRow is that of database/sql.
func (db *DB) QueryRow(string, ...any) *Row { return row() }

// QueryRowContext is that of database/sql.
func (db *DB) QueryRowContext(context.Context, string, ...any) *Row { return row() }

// A Conn is a connection taken out of the pool.
type Conn struct{ real *sql.Conn }

// BeginTx is that of database/sql.
func (c *Conn) BeginTx(ctx context.Context, opts *TxOptions) (*Tx, error) {
	world.Beginning()
	return begin(ctx, c.real, opts)
}

// ExecContext is that of database/sql.
func (c *Conn) ExecContext(_ context.Context, _ string, args ...any) (Result, error) {
	return exec(args)
}

// Close is that of database/sql.
func (c *Conn) Close() error { return c.real.Close() }

// A Tx is a transaction.
type Tx struct {
	*world.Tx
	real *sql.Tx
}

func begin(ctx context.Context, on interface {
	BeginTx(context.Context, *TxOptions) (*sql.Tx, error)
}, opts *TxOptions) (*Tx, error) {
	fail()
	real, err := on.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	over := func() bool { return ctx.Err() != nil }
	return &Tx{world.Began(over, func() { injected = nil; real.Rollback() }), real}, nil
}

// Given begins a transaction that the harness gives to the program.
func (db *DB) Given() (*Tx, error) {
	real, err := db.real.Begin()
	if err != nil {
		return nil, err
	}
	return &Tx{world.Began(nil, func() { injected = nil; real.Rollback() }), real}, nil
}

// used notes the use of a handle, which panics if that is nil.
func (tx *Tx) used() {
	if tx == nil {
		world.Nil()
	}
}

// Commit is that of database/sql.
func (tx *Tx) Commit() error {
	tx.used()
	if injected = nil; tx.Live() {
		fail()
	}
	tx.Finishing("commit")
	return tx.real.Commit()
}

// Rollback is that of database/sql.
func (tx *Tx) Rollback() error {
	tx.used()
	if injected = nil; tx.Live() {
		fail()
	}
	tx.Finishing("rollback")
	return tx.real.Rollback()
}

// use sends a statement.
func (tx *Tx) use(how string, args ...any) error {
	tx.used()
	tx.Using(how)
	if tx.Live() {
		world.Statement(args...)
	}
	if injected = nil; tx.Live() {
		fail()
	}
	_, err := tx.real.Exec("")
	return err
}

// Exec is that of database/sql.
func (tx *Tx) Exec(_ string, args ...any) (Result, error) {
	if err := tx.use("exec", args...); err != nil {
		return nil, err
	}
	return driver.RowsAffected(1), nil
}

// ExecContext is that of database/sql.
func (tx *Tx) ExecContext(_ context.Context, _ string, args ...any) (Result, error) {
	if err := tx.use("exec", args...); err != nil {
		return nil, err
	}
	return driver.RowsAffected(1), nil
}

// Query is that of database/sql.
func (tx *Tx) Query(string, ...any) (*Rows, error) {
	if err := tx.use("query"); err != nil {
		return nil, err
	}
	return &Rows{}, nil
}

// QueryContext is that of database/sql.
func (tx *Tx) QueryContext(context.Context, string, ...any) (*Rows, error) {
	if err := tx.use("query"); err != nil {
		return nil, err
	}
	return &Rows{}, nil
}

// QueryRow is that of database/sql.
func (tx *Tx) QueryRow(string, ...any) *Row { return &Row{err: tx.use("query")} }

// QueryRowContext is that of database/sql.
func (tx *Tx) QueryRowContext(context.Context, string, ...any) *Row {
	return &Row{err: tx.use("query")}
}

// Prepare is that of database/sql.
func (tx *Tx) Prepare(string) (*Stmt, error) { return tx.PrepareContext(context.Background(), "") }

// PrepareContext is that of database/sql.
func (tx *Tx) PrepareContext(context.Context, string) (*Stmt, error) {
	if err := tx.use("prepare"); err != nil {
		return nil, err
	}
	return &Stmt{tx}, nil
}

// Stmt is that of database/sql.
func (tx *Tx) Stmt(*Stmt) *Stmt { return &Stmt{tx} }

// StmtContext is that of database/sql.
func (tx *Tx) StmtContext(context.Context, *Stmt) *Stmt { return &Stmt{tx} }

// Prepare is that of database/sql.
func (db *DB) Prepare(string) (*Stmt, error) { return db.PrepareContext(context.Background(), "") }

// PrepareContext is that of database/sql.
func (db *DB) PrepareContext(context.Context, string) (*Stmt, error) {
	if err := work(); err != nil {
		return nil, err
	}
	return &Stmt{}, nil
}

// A Stmt is a prepared statement, of a transaction or of the pool.
type Stmt struct{ tx *Tx }

// Exec is that of database/sql.
func (s *Stmt) Exec(args ...any) (Result, error) {
	if s.tx == nil {
		return exec(args)
	}
	return s.tx.Exec("", args...)
}

// ExecContext is that of database/sql.
func (s *Stmt) ExecContext(_ context.Context, args ...any) (Result, error) { return s.Exec(args...) }

// Query is that of database/sql.
func (s *Stmt) Query(...any) (*Rows, error) {
	if s.tx == nil {
		return query()
	}
	return s.tx.Query("")
}

// QueryContext is that of database/sql.
func (s *Stmt) QueryContext(context.Context, ...any) (*Rows, error) { return s.Query() }

// QueryRow is that of database/sql.
func (s *Stmt) QueryRow(...any) *Row {
	if s.tx == nil {
		return row()
	}
	return s.tx.QueryRow("")
}

// QueryRowContext is that of database/sql.
func (s *Stmt) QueryRowContext(context.Context, ...any) *Row { return s.QueryRow() }

// Close is that of database/sql.
func (s *Stmt) Close() error { return nil }

// Rows are zero to two rows, as the run decides.
type Rows struct {
	asked bool
	left  int
}

// Next is that of database/sql.
func (r *Rows) Next() bool {
	if !r.asked {
		r.asked, r.left = true, ext.Decide(3)
	}
	r.left--
	return r.left >= 0
}

// Scan fills the destinations with what they are when they are not empty.
func (r *Rows) Scan(dest ...any) error {
	if err := work(); err != nil {
		return err
	}
	fill(dest)
	return nil
}

// Err is that of database/sql.
func (r *Rows) Err() error { return work() }

// Close is that of database/sql.
func (r *Rows) Close() error { return nil }

// A Row is one row, none, or an error, as the run decides.
type Row struct{ err error }

// Err is that of database/sql.
func (r *Row) Err() error { return r.err }

// Scan is that of database/sql.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if ext.Decide(2) == 1 {
		return ErrNoRows
	}
	fill(dest)
	return nil
}

// fill decides what numbers, strings and truths are read.
func fill(dest []any) {
	for _, d := range dest {
		v := reflect.ValueOf(d)
		if v.Kind() != reflect.Pointer || v.IsNil() {
			continue
		}
		switch v = v.Elem(); {
		case v.CanInt():
			v.SetInt(int64(ext.Decide(2)) * 3)
		case v.Kind() == reflect.Bool:
			v.SetBool(ext.Decide(2) == 1)
		case v.Kind() == reflect.String:
			v.SetString("x")
		}
	}
}

func row() *Row {
	world.Statement()
	return &Row{err: work()}
}

func exec(args []any) (Result, error) {
	world.Statement(args...)
	if err := work(); err != nil {
		return nil, err
	}
	return driver.RowsAffected(1), nil
}

func query() (*Rows, error) {
	world.Statement()
	if err := work(); err != nil {
		return nil, err
	}
	return &Rows{}, nil
}

func work() error { return ext.Fail(errInjected) }

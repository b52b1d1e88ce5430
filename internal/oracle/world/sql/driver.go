package sql

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/txlint/txlint/internal/oracle/world/ext"
)

// errInjected is the error of everything that the run decides to fail.
var errInjected = errors.New("injected")

// injected is the error that the driver's next call returns. It is set only
// while the driver is sure to be called by the program's goroutine.
var injected error

// fail lets the run decide whether the driver's next call fails.
func fail() {
	injected = ext.Fail(errInjected)
}

func failure() error {
	err := injected
	injected = nil
	return err
}

// The driver does nothing but fail when it is told to.
type (
	connector struct{}
	conn      struct{}
	stmt      struct{}
)

func (connector) Connect(context.Context) (driver.Conn, error) { return conn{}, nil }
func (connector) Driver() driver.Driver                        { return nil }

func (conn) Prepare(string) (driver.Stmt, error) { return stmt{}, nil }
func (conn) Close() error                        { return nil }
func (conn) Begin() (driver.Tx, error)           { return tx{}, failure() }

func (conn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return tx{}, failure() }

func (conn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), failure()
}

func (stmt) Close() error                               { return nil }
func (stmt) NumInput() int                              { return -1 }
func (stmt) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(1), failure() }
func (stmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errInjected }

type tx struct{}

func (tx) Commit() error   { return failure() }
func (tx) Rollback() error { return failure() }

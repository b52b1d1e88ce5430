package fake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
)

// DB returns a pool of database/sql on the server.
func (s *Server) DB() *sql.DB { return sql.OpenDB(connector{s}) }

type connector struct{ server *Server }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return &conn{server: c.server}, nil
}

func (c connector) Driver() driver.Driver { return c }

func (c connector) Open(string) (driver.Conn, error) { return c.Connect(context.Background()) }

// A conn is the driver's side of a connection. Like that of most drivers it
// can be used again after a rollback that a context brought about.
type conn struct {
	server *Server
	inTx   bool
}

var (
	_ driver.ConnBeginTx       = (*conn)(nil)
	_ driver.ExecerContext     = (*conn)(nil)
	_ driver.QueryerContext    = (*conn)(nil)
	_ driver.SessionResetter   = (*conn)(nil)
	_ driver.Validator         = (*conn)(nil)
	_ driver.NamedValueChecker = (*conn)(nil)
)

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	entry := Begin
	if opts.ReadOnly {
		entry = "begin read only"
	}
	if err := c.server.step(ctx, Begin, entry); err != nil {
		return nil, err
	}
	if c.inTx {
		return nil, errors.New("a transaction is open on this connection")
	}
	c.set(true)
	return c, nil
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Commit ends the transaction also where it fails, as a server does that finds
// a constraint violated.
func (c *conn) Commit() error {
	defer c.set(false)
	return c.server.step(context.Background(), Commit, Commit)
}

func (c *conn) Rollback() error {
	defer c.set(false)
	return c.server.step(context.Background(), Rollback, Rollback)
}

func (c *conn) set(inTx bool) {
	switch {
	case inTx && !c.inTx:
		c.server.opened(1)
	case !inTx && c.inTx:
		c.server.opened(-1)
	}
	c.inTx = inTx
}

func (c *conn) ExecContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), c.server.step(ctx, Exec, query)
}

func (c *conn) QueryContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	return noRows{}, c.server.step(ctx, Exec, query)
}

func (c *conn) Prepare(query string) (driver.Stmt, error) { return &stmt{c, query}, nil }

func (c *conn) CheckNamedValue(*driver.NamedValue) error { return nil }
func (c *conn) ResetSession(context.Context) error       { return nil }
func (c *conn) IsValid() bool                            { return true }

func (c *conn) Close() error {
	c.set(false)
	return nil
}

type stmt struct {
	conn  *conn
	query string
}

func (s *stmt) Exec([]driver.Value) (driver.Result, error) {
	return s.conn.ExecContext(context.Background(), s.query, nil)
}

func (s *stmt) Query([]driver.Value) (driver.Rows, error) {
	return s.conn.QueryContext(context.Background(), s.query, nil)
}

func (s *stmt) NumInput() int { return -1 }
func (s *stmt) Close() error  { return nil }

type noRows struct{}

func (noRows) Columns() []string         { return []string{"n"} }
func (noRows) Close() error              { return nil }
func (noRows) Next([]driver.Value) error { return io.EOF }

// Package ent is a client over entgo.io/ent/dialect in the manner of those that
// ent generates, as far as transactions go.
package ent

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

type config struct{ driver dialect.Driver }

// Client is the client of the database.
type Client struct {
	config
	Pet *PetClient
}

// NewClient returns a client on drv.
func NewClient(drv dialect.Driver) *Client {
	c := &Client{config: config{drv}}
	c.init()
	return c
}

func (c *Client) init() { c.Pet = &PetClient{c.config} }

// ErrTxStarted is what Tx returns inside a transaction.
var ErrTxStarted = errors.New("ent: cannot start a transaction within a transaction")

// Tx begins.
func (c *Client) Tx(ctx context.Context) (*Tx, error) {
	if _, ok := c.driver.(*txDriver); ok {
		return nil, ErrTxStarted
	}
	tx, err := newTx(ctx, c.driver)
	if err != nil {
		return nil, fmt.Errorf("ent: starting a transaction: %w", err)
	}
	cfg := c.config
	cfg.driver = tx
	return &Tx{ctx: ctx, config: cfg, Pet: &PetClient{cfg}}, nil
}

// Tx is a client inside a transaction.
type Tx struct {
	config
	Pet        *PetClient
	client     *Client
	clientOnce sync.Once
	ctx        context.Context
}

// What stands around an end: hooks, each around the next.
type (
	Committer interface {
		Commit(context.Context, *Tx) error
	}
	CommitFunc func(context.Context, *Tx) error
	CommitHook func(Committer) Committer
	Rollbacker interface {
		Rollback(context.Context, *Tx) error
	}
	RollbackFunc func(context.Context, *Tx) error
	RollbackHook func(Rollbacker) Rollbacker
)

// Commit calls the function.
func (f CommitFunc) Commit(ctx context.Context, tx *Tx) error { return f(ctx, tx) }

// Rollback calls the function.
func (f RollbackFunc) Rollback(ctx context.Context, tx *Tx) error { return f(ctx, tx) }

// Commit commits, inside the hooks.
func (tx *Tx) Commit() error {
	d := tx.config.driver.(*txDriver)
	var end Committer = CommitFunc(func(context.Context, *Tx) error { return d.tx.Commit() })
	d.mu.Lock()
	hooks := append([]CommitHook(nil), d.onCommit...)
	d.mu.Unlock()
	for i := len(hooks) - 1; i >= 0; i-- {
		end = hooks[i](end)
	}
	return end.Commit(tx.ctx, tx)
}

// OnCommit adds a hook around the commit.
func (tx *Tx) OnCommit(f CommitHook) {
	d := tx.config.driver.(*txDriver)
	d.mu.Lock()
	d.onCommit = append(d.onCommit, f)
	d.mu.Unlock()
}

// Rollback rolls back, inside the hooks.
func (tx *Tx) Rollback() error {
	d := tx.config.driver.(*txDriver)
	var end Rollbacker = RollbackFunc(func(context.Context, *Tx) error { return d.tx.Rollback() })
	d.mu.Lock()
	hooks := append([]RollbackHook(nil), d.onRollback...)
	d.mu.Unlock()
	for i := len(hooks) - 1; i >= 0; i-- {
		end = hooks[i](end)
	}
	return end.Rollback(tx.ctx, tx)
}

// OnRollback adds a hook around the rollback.
func (tx *Tx) OnRollback(f RollbackHook) {
	d := tx.config.driver.(*txDriver)
	d.mu.Lock()
	d.onRollback = append(d.onRollback, f)
	d.mu.Unlock()
}

// Client returns a client that works inside the transaction.
func (tx *Tx) Client() *Client {
	tx.clientOnce.Do(func() {
		tx.client = &Client{config: tx.config}
		tx.client.init()
	})
	return tx.client
}

type txDriver struct {
	drv        dialect.Driver
	tx         dialect.Tx
	mu         sync.Mutex
	onCommit   []CommitHook
	onRollback []RollbackHook
}

func newTx(ctx context.Context, drv dialect.Driver) (*txDriver, error) {
	tx, err := drv.Tx(ctx)
	if err != nil {
		return nil, err
	}
	return &txDriver{tx: tx, drv: drv}, nil
}

func (d *txDriver) Tx(context.Context) (dialect.Tx, error) { return d, nil }
func (d *txDriver) Dialect() string                        { return d.drv.Dialect() }
func (*txDriver) Close() error                             { return nil }
func (*txDriver) Commit() error                            { return nil }
func (*txDriver) Rollback() error                          { return nil }
func (d *txDriver) Exec(ctx context.Context, query string, args, v any) error {
	return d.tx.Exec(ctx, query, args, v)
}
func (d *txDriver) Query(ctx context.Context, query string, args, v any) error {
	return d.tx.Query(ctx, query, args, v)
}

// PetClient is the client of one type.
type PetClient struct{ config }

// Create makes a pet.
func (c *PetClient) Create() *PetCreate { return &PetCreate{config: c.config} }

// Delete deletes the pets.
func (c *PetClient) Delete() *PetDelete { return &PetDelete{config: c.config} }

// PetCreate builds.
type PetCreate struct {
	config
	name string
}

// SetName sets.
func (c *PetCreate) SetName(name string) *PetCreate {
	c.name = name
	return c
}

// Save sends.
func (c *PetCreate) Save(ctx context.Context) (*Pet, error) {
	query, args := sql.Dialect(c.driver.Dialect()).Insert("pets").Columns("name").Values(c.name).Query()
	var res sql.Result
	if err := c.driver.Exec(ctx, query, args, &res); err != nil {
		return nil, err
	}
	return &Pet{Name: c.name}, nil
}

// PetDelete builds.
type PetDelete struct{ config }

// Exec sends.
func (d *PetDelete) Exec(ctx context.Context) (int, error) {
	query, args := sql.Dialect(d.driver.Dialect()).Delete("pets").Query()
	var res sql.Result
	if err := d.driver.Exec(ctx, query, args, &res); err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Pet is a row.
type Pet struct{ Name string }

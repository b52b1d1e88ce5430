// Package values has structs that hold a transaction and are passed by value,
// copied, or taken out of a context.
package values

import (
	"context"
	"database/sql"
	"errors"
)

type W struct {
	*sql.Tx
	n int
}
type Outer struct {
	W
	ctx context.Context
}

func (w W) Done() error       { return w.Tx.Commit() }
func (o Outer) Finish() error { return o.W.Done() }
func use(w W) error           { defer w.Rollback(); return w.Commit() }
func mk(db *sql.DB) (W, error) {
	tx, err := db.Begin()
	if err != nil {
		return W{}, err
	}
	return W{Tx: tx}, nil
}

func ValueReceiverOK(db *sql.DB) error {
	w, err := mk(db)
	if err != nil {
		return err
	}
	return w.Done()
}
func BoundValueOK(db *sql.DB) error {
	w, err := mk(db)
	if err != nil {
		return err
	}
	f := w.Done
	return f()
}
func ValueArgumentOK(db *sql.DB) error {
	w, err := mk(db)
	if err != nil {
		return err
	}
	return use(w)
}
func EmbeddedTwiceOK(db *sql.DB) error {
	w, err := mk(db)
	if err != nil {
		return err
	}
	o := Outer{W: w}
	return o.Finish()
}

func wrapUse(tx *sql.Tx) error   { return use(W{Tx: tx}) }
func wrapM(tx *sql.Tx) error     { w := W{Tx: tx}; return w.Done() }
func wrapDefer(tx *sql.Tx) error { w := W{Tx: tx}; defer w.Done(); return nil }

type Node struct {
	next *Node
	tx   *sql.Tx
}
type List struct{ head *Node }

func (p *List) Push(tx *sql.Tx) { p.head = &Node{next: p.head, tx: tx} }

type PoolP struct{ cur *W }

func newW(tx *sql.Tx) *W        { return &W{Tx: tx} }
func (p *PoolP) Set(tx *sql.Tx) { p.cur = newW(tx) }

func WrappedByCalleeOK(db *sql.DB, n int, l *List, p *PoolP) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	switch n {
	case 1:
		return wrapUse(tx)
	case 2:
		return wrapM(tx)
	case 3:
		return wrapDefer(tx)
	case 4:
		l.Push(tx)
		return nil
	case 5:
		p.Set(tx)
		return nil
	}
	return tx.Commit()
}

type Repo struct{ q *sql.Tx }

func (r Repo) WithTx(tx *sql.Tx) Repo { r.q = tx; return r }
func (r Repo) Close() error           { return r.q.Commit() }
func WithTxByValueOK(db *sql.DB, r Repo) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return r.WithTx(tx).Close()
}

type key struct{}

var errNo = errors.New("no")

func finCtx(ctx context.Context) error {
	tx, ok := ctx.Value(key{}).(*sql.Tx)
	if !ok {
		return errNo
	}
	return tx.Commit()
}
func TakenFromContextOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	ctx = context.WithValue(ctx, key{}, tx)
	return finCtx(ctx)
}

type Tx struct {
	ctx context.Context
	tx  *sql.Tx
}

func (t *Tx) Commit() error                { return t.tx.Commit() }
func (t *Tx) Rollback() error              { return t.tx.Rollback() }
func (t *Tx) Exec(s string) error          { _, err := t.tx.Exec(s); return err }
func (t *Tx) With(ctx context.Context) *Tx { c := &Tx{}; *c = *t; c.ctx = ctx; return c }
func (t Tx) With3(ctx context.Context) *Tx { t.ctx = ctx; return &t }
func bg(db *sql.DB) (*Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return &Tx{tx: tx}, nil
}
func CopiedStructOK(ctx context.Context, d *sql.DB) error {
	e, err := bg(d)
	if err != nil {
		return err
	}
	x := e.With(ctx)
	if err := x.Exec("a"); err != nil {
		_ = x.Rollback()
		return err
	}
	return x.Commit()
}
func CopiedReceiverOK(ctx context.Context, d *sql.DB) error {
	e, err := bg(d)
	if err != nil {
		return err
	}
	x := e.With3(ctx)
	if err := x.Exec("a"); err != nil {
		_ = x.Rollback()
		return err
	}
	return x.Commit()
}

type ender interface {
	Commit() error
	Rollback() error
}

type watched struct {
	parent ender
	n      int
}

func (w watched) Commit() error   { return w.parent.Commit() }
func (w watched) Rollback() error { return w.parent.Rollback() }

// BehindInterfaceOK returns its transaction in a struct behind an interface,
// from a function whose results a deferred call can see.
func BehindInterfaceOK(db *sql.DB, watch func(error)) (_ ender, err error) {
	defer func() { watch(err) }()
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return watched{parent: tx}, nil
}

func runAny(x any) error {
	switch v := x.(type) {
	case W:
		return v.Commit()
	case *sql.Tx:
		return v.Commit()
	}
	return nil
}

// FP_TypeSwitch ends in an arm that its value always takes: the effect of a
// callee does not tell by which dynamic type it decides.
func FP_TypeSwitch(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return runAny(W{Tx: tx}) // want "returns without finishing tx begun at line \\d+"
}

// beginChecked begins one whatever opts is: a literal tests that, and returns
// from two places.
func beginChecked(db *sql.DB, opts *sql.TxOptions) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	func() {
		if opts == nil {
			return
		}
		println(opts.Isolation)
	}()
	return tx, nil
}

func NilOptionsBad(db *sql.DB) error {
	tx, err := beginChecked(db, nil)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE t SET n = 0"); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func SomeOptionsBad(db *sql.DB) error {
	tx, err := beginChecked(db, &sql.TxOptions{})
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE t SET n = 0"); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func NilOptionsOK(db *sql.DB) error {
	tx, err := beginChecked(db, nil)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE t SET n = 0"); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// beginBefore is the same with a round of a range over a function.
func beginBefore(db *sql.DB, each func(func(int) bool), opts *sql.TxOptions) (*sql.Tx, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	for n := range each {
		if opts == nil {
			continue
		}
		println(n, opts.Isolation)
	}
	return tx, nil
}

func NilOptionsInRangeBad(db *sql.DB, each func(func(int) bool)) error {
	tx, err := beginBefore(db, each, nil)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE t SET n = 0"); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func NilOptionsInRangeOK(db *sql.DB, each func(func(int) bool)) error {
	tx, err := beginBefore(db, each, nil)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE t SET n = 0"); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

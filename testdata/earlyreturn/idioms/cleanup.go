// Package idioms has correct code, of kinds that real projects write, which a
// naive analyzer flags; and here and there its broken twin.
package idioms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
)

type Item struct {
	ID   int64
	Name string
	Kind string
}

func store(ctx context.Context, tx *sql.Tx, it Item) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO items (id, name) VALUES (?, ?)`, it.ID, it.Name)
	return err
}

// undoStack collects what must be undone unless all goes well.
type undoStack struct {
	steps []func()
}

func (u *undoStack) push(step func()) { u.steps = append(u.steps, step) }
func (u *undoStack) forget()          { u.steps = nil }

func (u *undoStack) run() {
	for i := len(u.steps) - 1; i >= 0; i-- {
		u.steps[i]()
	}
}

// UndoStackOK puts its rollback on a stack that a defer runs.
func UndoStackOK(ctx context.Context, db *sql.DB, items []Item) error {
	var undo undoStack
	defer undo.run()

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	undo.push(func() { tx.Rollback() })
	for _, it := range items {
		if err := store(ctx, tx, it); err != nil {
			return fmt.Errorf("item %d: %w", it.ID, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	undo.forget()
	return nil
}

// UndoSliceOK is the same with a plain slice of functions.
func UndoSliceOK(ctx context.Context, db *sql.DB, items []Item) (err error) {
	var undo []func() error
	defer func() {
		if err != nil {
			for _, f := range undo {
				err = errors.Join(err, f())
			}
		}
	}()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	undo = append(undo, tx.Rollback)
	for _, it := range items {
		if err := store(ctx, tx, it); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// logged runs a function for its error only.
func logged(f func() error) {
	if err := f(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		slog.Warn("deferred", "err", err)
	}
}

// LoggedRollbackOK defers a helper that is given the rollback as a value.
func LoggedRollbackOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer logged(tx.Rollback)
	if err := store(ctx, tx, it); err != nil {
		return err
	}
	return tx.Commit()
}

// LoggedStatementBad defers the helper with the wrong method.
func LoggedStatementBad(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO items (id, name) VALUES (?, ?)`)
	if err != nil {
		tx.Rollback()
		return err
	}
	defer logged(stmt.Close)
	if _, err := stmt.ExecContext(ctx, it.ID, it.Name); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// DeferBeforeBeginOK registers the rollback before there is anything to roll
// back, and asks for nil.
func DeferBeforeBeginOK(ctx context.Context, db *sql.DB, items []Item) (err error) {
	var tx *sql.Tx
	defer func() {
		if tx != nil && err != nil {
			if rerr := tx.Rollback(); rerr != nil {
				slog.Warn("rollback", "err", rerr)
			}
		}
	}()
	if len(items) == 0 {
		return errors.New("nothing to store")
	}
	tx, err = db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := store(ctx, tx, it); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// DeferBeforeBeginBad is the same, but what it registers is evaluated there.
func DeferBeforeBeginBad(ctx context.Context, db *sql.DB, items []Item) (err error) {
	var tx *sql.Tx
	defer rollbackUnlessNil(tx)
	if len(items) == 0 {
		return errors.New("nothing to store")
	}
	tx, err = db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := store(ctx, tx, it); err != nil {
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	return tx.Commit()
}

func rollbackUnlessNil(tx *sql.Tx) {
	if tx != nil {
		tx.Rollback()
	}
}

// eachBatch calls fn for every item and flush after every size of them.
func eachBatch(items []Item, size int, fn func(Item) error, flush func() error) error {
	for i, it := range items {
		if err := fn(it); err != nil {
			return err
		}
		if i%size == size-1 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// FP_Batches is a false positive of txdone: an outcome of eachBatch without an
// error is combined with the branch of the callback that committed and could not
// begin again, which always comes with one.
//
// It has a callback that commits and begins anew into the variable
// which the deferred closure reads when all is over.
func FP_Batches(ctx context.Context, db *sql.DB, items []Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()

	err = eachBatch(items, 500,
		func(it Item) error { return store(ctx, tx, it) },
		func() error {
			if err := tx.Commit(); err != nil {
				return err
			}
			next, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			tx = next
			return nil
		})
	if err != nil {
		return err
	}
	return tx.Commit() // want txdone:"commits tx, committed at line"
}

// FailFirstOK declares how it fails, begins, and fails so everywhere.
func FailFirstOK(ctx context.Context, db *sql.DB, items []Item) error {
	failed := func(err error, tx *sql.Tx, what string) error {
		slog.Error("store items", "step", what, "err", err)
		if tx != nil {
			if rerr := tx.Rollback(); rerr != nil {
				slog.Error("rollback", "err", rerr)
			}
		}
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return failed(err, nil, "begin")
	}
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO items (id, name) VALUES (?, ?)`)
	if err != nil {
		return failed(err, tx, "prepare")
	}
	defer stmt.Close()
	for _, it := range items {
		if _, err := stmt.ExecContext(ctx, it.ID, it.Name); err != nil {
			return failed(err, tx, "insert")
		}
	}
	if err := tx.Commit(); err != nil {
		return failed(err, tx, "commit")
	}
	return nil
}

// FailNilBad passes nil to it where there is something to roll back.
func FailNilBad(ctx context.Context, db *sql.DB, items []Item) error {
	failed := func(err error, tx *sql.Tx) error {
		if tx != nil {
			tx.Rollback()
		}
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return failed(err, nil)
	}
	for _, it := range items {
		if it.Name == "" {
			return failed(errors.New("no name"), nil) // want "returns without finishing tx begun at line \\d+"
		}
		if err := store(ctx, tx, it); err != nil {
			return failed(err, tx)
		}
	}
	return tx.Commit()
}

// txHelper owns a transaction and the error that decides its end.
type txHelper struct {
	db  *sql.DB
	tx  *sql.Tx
	err *error
}

func newTxHelper(db *sql.DB, err *error) *txHelper { return &txHelper{db: db, err: err} }

func (h *txHelper) Begin(ctx context.Context) *sql.Tx {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		*h.err = err
		return nil
	}
	h.tx = tx
	return tx
}

func (h *txHelper) End() {
	if h.tx == nil {
		return
	}
	if *h.err != nil {
		h.tx.Rollback()
		return
	}
	*h.err = h.tx.Commit()
}

// HelperObjectOK lets an object begin and end.
func HelperObjectOK(ctx context.Context, db *sql.DB, items []Item) (err error) {
	h := newTxHelper(db, &err)
	defer h.End()
	tx := h.Begin(ctx)
	if tx == nil {
		return err
	}
	for _, it := range items {
		if err := store(ctx, tx, it); err != nil {
			return err
		}
	}
	return nil
}

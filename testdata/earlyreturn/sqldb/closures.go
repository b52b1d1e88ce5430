package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// inTxOK is the usual runner.
func inTxOK(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		}
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// inTxBad is a runner that forgets those who fail. It is not exported, and
// all the closures that it is called with can be seen not to finish.
func inTxBad(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return fmt.Errorf("in transaction: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// RunTxBad is the same for callers that nobody can see: what is handed a
// transaction borrows it, so the runner has to roll back when it fails.
func RunTxBad(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// RunnerCallerOK has no transaction of its own to finish.
func RunnerCallerOK(ctx context.Context, db *sql.DB, id int64) error {
	err := inTxOK(ctx, db, func(tx *sql.Tx) error {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err
		}
		return touch(ctx, tx, "carts", id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// BadRunnerCallerOK is not to blame for its runner either.
func BadRunnerCallerOK(ctx context.Context, db *sql.DB, id int64) error {
	return inTxBad(ctx, db, func(tx *sql.Tx) error {
		return touch(ctx, tx, "orders", id)
	})
}

// FailClosureOK declares how to fail before it begins, and fails so on every
// branch.
func FailClosureOK(ctx context.Context, db *sql.DB, o Order) error {
	var tx *sql.Tx
	fail := func(step string, err error) error {
		if tx != nil {
			tx.Rollback()
		}
		return fmt.Errorf("%s: %w", step, err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fail("begin", err)
	}
	if err := touch(ctx, tx, "orders", o.ID); err != nil {
		return fail("touch", err)
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, tx, o.ID, l); err != nil {
			return fail("line", err)
		}
	}
	return tx.Commit()
}

// FailClosureBad has one branch that does not know of it.
func FailClosureBad(ctx context.Context, db *sql.DB, o Order) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	fail := func(step string, err error) error {
		tx.Rollback()
		return fmt.Errorf("%s: %w", step, err)
	}
	if err := touch(ctx, tx, "orders", o.ID); err != nil {
		return fail("touch", err)
	}
	if len(o.Lines) == 0 {
		return fmt.Errorf("order %d is empty", o.ID) // want "returns without finishing tx begun at line \\d+"
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, tx, o.ID, l); err != nil {
			return fail("line", err)
		}
	}
	return tx.Commit()
}

// BegunInClosureBad begins in a closure, into a variable around it.
func BegunInClosureBad(ctx context.Context, db *sql.DB, id int64) error {
	var tx *sql.Tx
	start := func() (err error) {
		tx, err = db.BeginTx(ctx, nil)
		return err
	}
	if err := start(); err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "without finishing tx"
	}
	return tx.Commit()
}

func BegunInClosureOK(ctx context.Context, db *sql.DB, id int64) error {
	var tx *sql.Tx
	start := func() (err error) {
		tx, err = db.BeginTx(ctx, nil)
		return err
	}
	if err := start(); err != nil {
		return err
	}
	defer func() { tx.Rollback() }()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// StepsOK runs closures that assign the captured err.
func StepsOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	step := func(table string) {
		if err == nil {
			err = touch(ctx, tx, table, id)
		}
	}
	step("orders")
	step("carts")
	if err != nil {
		return fmt.Errorf("steps: %w", err)
	}
	err = tx.Commit()
	return err
}

// StepsBad has a closure with an err of its own.
func StepsBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	step := func(table string) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE id = ?`, id)
		return err
	}
	for _, table := range []string{"orders", "carts"} {
		if serr := step(table); serr != nil {
			return serr // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
		}
	}
	err = tx.Commit()
	return err
}

// ReturnedFinisherOK hands the way to end it to the caller.
func ReturnedFinisherOK(ctx context.Context, db *sql.DB) (execer, func(error) error, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return tx, func(err error) error {
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}, nil
}

// UseReturnedFinisherBad does not call what it was given.
func UseReturnedFinisherBad(ctx context.Context, db *sql.DB, o Order) error {
	run, end, err := ReturnedFinisherOK(ctx, db)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		if err := insertLine(ctx, run, o.ID, l); err != nil {
			return err // want "without finishing"
		}
	}
	return end(nil)
}

func UseReturnedFinisherOK(ctx context.Context, db *sql.DB, o Order) (err error) {
	run, end, err := ReturnedFinisherOK(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = end(err) }()
	for _, l := range o.Lines {
		if err := insertLine(ctx, run, o.ID, l); err != nil {
			return err
		}
	}
	return nil
}

package sqldb

import (
	"context"
	"database/sql"
	"reflect"
)

// plugin is implemented elsewhere; its methods take the whole transaction.
type plugin interface {
	Apply(ctx context.Context, tx *sql.Tx) error
}

// UnknownCalleeOK gives its transaction to somebody unknown, who may finish it.
func UnknownCalleeOK(ctx context.Context, db *sql.DB, p plugin) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return p.Apply(ctx, tx)
}

type handlers struct {
	onTx func(*sql.Tx) error
}

// UnknownFieldOK calls what somebody stored.
func (h handlers) UnknownFieldOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := h.onTx(tx); err != nil {
		return err
	}
	return nil
}

// BeforeUnknownBad returns before anybody unknown has the transaction.
func BeforeUnknownBad(ctx context.Context, db *sql.DB, p plugin, dry bool) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if dry {
		return nil // want "returns without finishing tx begun at line \\d+"
	}
	return p.Apply(ctx, tx)
}

// BorrowingInterfaceBad calls unknown code too, but one that can only borrow:
// an execer has no way to finish.
func BorrowingInterfaceBad(ctx context.Context, db *sql.DB, steps []func(context.Context, execer) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := step(ctx, tx); err != nil {
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	return tx.Commit()
}

func BorrowingInterfaceOK(ctx context.Context, db *sql.DB, steps []func(context.Context, execer) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := step(ctx, tx); err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}

// ReflectOK finishes in a way that no analysis follows.
func ReflectOK(ctx context.Context, db *sql.DB, method string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	reflect.ValueOf(tx).MethodByName(method).Call(nil)
	return nil
}

// LoggedBad shows the handle to a logger, which is no finisher.
func (s *Shop) LoggedBad(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	s.log.Debug("begun", "tx", tx)
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// Package possible holds findings that rest on an assumption. What it wants is
// reported with -earlyreturn.possible, and nothing without.
package possible

import (
	"context"
	"database/sql"
)

// iterator is somebody else's: whether it calls back cannot be seen.
type iterator interface {
	Each(fn func(id int64) error) error
}

func touch(ctx context.Context, tx *sql.Tx, id int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE carts SET seen = 1 WHERE id = ?`, id)
	return err
}

// CallbackBad begins in a callback and leaves it to the function around it.
// Whether the callback runs at all is not known.
func CallbackBad(ctx context.Context, db *sql.DB, it iterator) error {
	var tx *sql.Tx
	err := it.Each(func(id int64) (err error) {
		if tx == nil {
			if tx, err = db.BeginTx(ctx, nil); err != nil {
				return err
			}
		}
		return touch(ctx, tx, id)
	})
	if err != nil {
		return err // want "may return without finishing tx begun at line \\d+ \\(the begin is inside a function that is passed on\\)"
	}
	if tx != nil {
		return tx.Commit()
	}
	return nil
}

func CallbackOK(ctx context.Context, db *sql.DB, it iterator) error {
	var tx *sql.Tx
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
	err := it.Each(func(id int64) (err error) {
		if tx == nil {
			if tx, err = db.BeginTx(ctx, nil); err != nil {
				return err
			}
		}
		return touch(ctx, tx, id)
	})
	if err != nil {
		return err
	}
	if tx != nil {
		return tx.Commit()
	}
	return nil
}

// session begins at most one transaction.
type session struct {
	db *sql.DB
	tx *sql.Tx
}

// Tx returns the transaction that is open, or begins one.
func (s *session) Tx(ctx context.Context) (*sql.Tx, error) {
	if s.tx != nil {
		return s.tx, nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	s.tx = tx
	return tx, nil
}

// IgnoredBad drops what session.Tx may have begun.
func IgnoredBad(ctx context.Context, db *sql.DB, outer *sql.Tx) error {
	s := &session{db: db, tx: outer}
	_, err := s.Tx(ctx) // want "may drop the transaction that .* hands out: .*\\(the callee may not have begun, and the caller does not look\\)"
	return err
}

// join goes on with the transaction that is open, or begins one.
func join(ctx context.Context, db *sql.DB, outer *sql.Tx) (*sql.Tx, error) {
	if outer != nil {
		return outer, nil
	}
	return db.BeginTx(ctx, nil)
}

// JoinBad drops it unless it was given one.
func JoinBad(ctx context.Context, db *sql.DB, outer *sql.Tx) error {
	_, err := join(ctx, db, outer) // want "may drop the transaction that .* hands out"
	return err
}

func JoinOK(ctx context.Context, db *sql.DB, outer *sql.Tx) error {
	tx, err := join(ctx, db, outer)
	if err != nil {
		return err
	}
	if outer == nil {
		defer tx.Rollback()
	}
	if err := touch(ctx, tx, 1); err != nil {
		return err
	}
	if outer == nil {
		return tx.Commit()
	}
	return nil
}

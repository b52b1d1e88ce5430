package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log"
)

// InTx is generic in what comes back.
func InTx[T any](ctx context.Context, db *sql.DB, do func(tx *sql.Tx) (T, error)) (out T, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return out, err
	}
	defer tx.Rollback()
	if out, err = do(tx); err != nil {
		return out, err
	}
	return out, tx.Commit()
}

func genericBad(ctx context.Context, db *sql.DB) (int, error) {
	return InTx(ctx, db, func(tx *sql.Tx) (n int, err error) {
		if err := tx.QueryRow(`SELECT count(*) FROM a`).Scan(&n); err != nil {
			return 0, err
		}
		return n, tx.Commit() // want "commits tx, which sqldb.InTx finishes: return nil and it is committed"
	})
}

func genericOK(ctx context.Context, db *sql.DB) (int, error) {
	return InTx(ctx, db, func(tx *sql.Tx) (n int, err error) {
		err = tx.QueryRow(`SELECT count(*) FROM a`).Scan(&n)
		return n, err
	})
}

// through runs its callback by way of another runner.
func through(db *sql.DB, do func(tx *sql.Tx) error) error {
	return inTx(db, func(tx *sql.Tx) error {
		if err := insert(tx); err != nil {
			return err
		}
		return do(tx)
	})
}

func throughBad(db *sql.DB) error {
	return through(db, func(tx *sql.Tx) error {
		if err := insert(tx); err != nil {
			return err
		}
		return tx.Commit() // want "commits tx, which sqldb.(through|inTx) finishes"
	})
}

func throughOK(db *sql.DB) error {
	return through(db, insert)
}

// A method of the closure's own type is lent the transaction and ends it.
func finishEarly(tx *sql.Tx, err error) error {
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func helperInClosureBad(db *sql.DB) error {
	return inTx(db, func(tx *sql.Tx) error {
		err := insert(tx)
		return finishEarly(tx, err) // want "(commits|rolls back) tx, which sqldb.inTx finishes"
	})
}

func deferInClosureBad(db *sql.DB) error {
	return inTx(db, func(tx *sql.Tx) (err error) {
		defer func() {
			if err != nil {
				tx.Rollback() // want "rolls back tx, which sqldb.inTx finishes"
			}
		}()
		return insert(tx)
	})
}

// namedBad is given to the runner by its name.
func named(tx *sql.Tx) error {
	return insert(tx)
}

func namedOK(db *sql.DB) error { return inTx(db, named) }

// A transaction of its own inside the closure of another.
func ownInsideOK(db, other *sql.DB) error {
	return inTx(db, func(outer *sql.Tx) error {
		tx, err := other.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := insert(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// FP_onFailure is a false positive of earlyreturn: all callbacks in view commit,
// which it leaves to them; it rolls back what they could not do.
func FP_onFailure(db *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.Rollback()
		return err
	}
	return nil // want earlyreturn:"returns without finishing tx begun at line"
}

func mustCommitItselfOK(db *sql.DB) error {
	return FP_onFailure(db, func(tx *sql.Tx) error {
		if err := insert(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// inContext lends it by the context.
func inContext(ctx context.Context, db *sql.DB, do func(ctx context.Context) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(context.WithValue(ctx, key{}, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func inContextOK(ctx context.Context, db *sql.DB) error {
	return inContext(ctx, db, func(ctx context.Context) error {
		_, err := fromContext(ctx).ExecContext(ctx, `INSERT INTO a VALUES (1)`)
		return err
	})
}

// ApplyEarlyBad takes what a runner further out has put into the context.
func ApplyEarlyBad(ctx context.Context, id int) error {
	tx := fromContext(ctx)
	if tx == nil {
		return errNone
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM a WHERE id = ?`, id); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit() // want "commits (tx|the transaction), which came with the context"
}

// JoinOrBeginOK ends what it began itself.
func JoinOrBeginOK(ctx context.Context, db *sql.DB, id int) (err error) {
	tx := fromContext(ctx)
	if tx == nil {
		if tx, err = db.BeginTx(ctx, nil); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				tx.Rollback()
			} else {
				err = tx.Commit()
			}
		}()
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM a WHERE id = ?`, id)
	return err
}

// EndOfContextOK only ends.
func EndOfContextOK(ctx context.Context, err error) error {
	tx := fromContext(ctx)
	if tx == nil {
		return err
	}
	if err != nil {
		log.Print(err)
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// SaveEachBad is generic in what it saves.
func SaveEachBad[T any](tx *sql.Tx, items []T) error {
	for _, it := range items {
		if _, err := tx.Exec(`INSERT INTO a VALUES (?)`, it); err != nil {
			return err
		}
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// EndEachOK is generic in the transaction.
func EndEachOK[T interface {
	Commit() error
	Rollback() error
}](tx T, err error) error {
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func genericEndOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return EndEachOK(tx, insert(tx))
}

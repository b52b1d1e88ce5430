package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// LateDeferBad registers the rollback after a return that comes first.
func (s *Shop) LateDeferBad(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "carts", id); err != nil {
		return fmt.Errorf("touch cart: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit()
}

// LateDeferOK does work before the defer, but nothing can return in between.
func (s *Shop) LateDeferOK(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	started := s.now()
	s.log.Info("cart", "id", id, "at", started)
	err = touch(ctx, tx, "carts", id)
	defer tx.Rollback()
	if err != nil {
		return fmt.Errorf("touch cart: %w", err)
	}
	return tx.Commit()
}

// ConditionalDeferBad registers the rollback in one arm only.
func ConditionalDeferBad(ctx context.Context, db *sql.DB, strict bool) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if strict {
		defer tx.Rollback()
	}
	if err := touch(ctx, tx, "orders", 9); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// ConditionalDeferOK finishes by hand in the arm without a defer.
func ConditionalDeferOK(ctx context.Context, db *sql.DB, strict bool) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if strict {
		defer tx.Rollback()
	}
	if err := touch(ctx, tx, "orders", 9); err != nil {
		if !strict {
			tx.Rollback()
		}
		return err
	}
	return tx.Commit()
}

// DeferredCloseBad defers something, only not the rollback.
func DeferredCloseBad(ctx context.Context, db *sql.DB) ([]string, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT sku FROM products`)
	if err != nil {
		return nil, err // want "returns without finishing tx begun at line \\d+"
	}
	defer rows.Close()
	var skus []string
	for rows.Next() {
		var sku string
		if err := rows.Scan(&sku); err != nil {
			return nil, err
		}
		skus = append(skus, sku)
	}
	return skus, rows.Err()
}

// DeferredCloseOK reads only, so it never commits.
func DeferredCloseOK(ctx context.Context, db *sql.DB) ([]string, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(ctx, `SELECT sku FROM products`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var skus []string
	for rows.Next() {
		var sku string
		if err := rows.Scan(&sku); err != nil {
			return nil, err
		}
		skus = append(skus, sku)
	}
	return skus, rows.Err()
}

// GuardedNamedOK tests the named result, which every return assigns.
func (s *Shop) GuardedNamedOK(ctx context.Context, id int64) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if rerr := tx.Rollback(); rerr != nil {
				s.log.Error("rollback", "err", rerr)
			}
		}
	}()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return fmt.Errorf("touch: %w", err) // assigns the result, whatever err is in scope
	}
	if id < 0 {
		return ErrBadInput
	}
	return tx.Commit()
}

// SwallowedBad tells its caller that all is well, so the guarded rollback
// believes it.
func (s *Shop) SwallowedBad(ctx context.Context, id int64) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if err = touch(ctx, tx, "orders", id); err != nil {
		s.log.Warn("touch", "err", err)
		return nil // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// CommitInDeferOK finishes one way or the other in a single place.
func CommitInDeferOK(ctx context.Context, db *sql.DB, ids []int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	for _, id := range ids {
		if err = touch(ctx, tx, "orders", id); err != nil {
			return
		}
	}
	return
}

// ShadowedCommitOK commits what it should have rolled back, as the closure
// tests an err that nobody assigned. That is wrong, but not a leak.
func ShadowedCommitOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		} else {
			tx.Commit()
		}
	}()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return nil
}

// PanicOnlyBad rolls back when somebody panics and at no other time.
func PanicOnlyBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		}
	}()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// RecoverOK is the full form: panic, error, success.
func RecoverOK(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		switch p := recover(); {
		case p != nil:
			tx.Rollback()
			panic(p)
		case err != nil:
			tx.Rollback()
		default:
			err = tx.Commit()
		}
	}()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return touch(ctx, tx, "carts", id)
}

// RecoverToErrorOK turns a panic into an error before the rollback looks.
// The defers run last in, first out: the one that recovers comes first.
func RecoverToErrorOK(ctx context.Context, db *sql.DB, id int64, work func(execer) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// ClearedBad looks right, but a defer that runs before the rollback takes the
// error away.
func ClearedBad(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	defer func() {
		if errors.Is(err, sql.ErrNoRows) {
			err = nil // nothing to do is fine
		}
	}()
	var owner string
	if err = tx.QueryRowContext(ctx, `SELECT owner FROM carts WHERE id = ?`, id).Scan(&owner); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// ClearedOK is the other order: the rollback looks first.
func ClearedOK(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, sql.ErrNoRows) {
			err = nil // nothing to do is fine
		}
	}()
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	var owner string
	if err = tx.QueryRowContext(ctx, `SELECT owner FROM carts WHERE id = ?`, id).Scan(&owner); err != nil {
		return err
	}
	return tx.Commit()
}

// FlagOK rolls back unless the flag says that the commit was reached.
func FlagOK(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			tx.Rollback()
		}
	}()
	for _, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	committed = true
	return tx.Commit()
}

// FlagBad sets the flag one statement too early.
func FlagBad(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback()
		}
	}()
	for _, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err
		}
	}
	done = true
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit (what) VALUES ('touch')`); err != nil {
		return fmt.Errorf("audit: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// NilAfterCommitOK uses the handle itself as the flag.
func NilAfterCommitOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	tx = nil
	return nil
}

// NilBeforeCommitBad lets go of the handle and may yet not reach the commit.
func NilBeforeCommitBad(ctx context.Context, db *sql.DB, id int64, notify func() error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	last := tx
	tx = nil
	if err := notify(); err != nil {
		return err // want "returns without finishing (tx|last) begun at line \\d+"
	}
	return last.Commit()
}

// OnceOK lets whoever comes first finish.
func OnceOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var once sync.Once
	rollback := func() { once.Do(func() { tx.Rollback() }) }
	defer rollback()
	if err := touch(ctx, tx, "orders", id); err != nil {
		rollback()
		return err
	}
	return tx.Commit()
}

// OnceBad spends the once on something else, so that the rollback never runs.
func (s *Shop) OnceBad(ctx context.Context, id int64) error {
	var once sync.Once
	once.Do(func() { s.log.Info("first touch") })
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer once.Do(func() { tx.Rollback() })
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// MethodValueOK keeps the rollback as a value.
func MethodValueOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	undo := tx.Rollback
	defer undo()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// MethodChoiceOK picks how to end and ends in one place.
func MethodChoiceOK(ctx context.Context, db *sql.DB, id int64, dry bool) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	end := tx.Commit
	if dry {
		end = tx.Rollback
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		end = tx.Rollback
	}
	return end()
}

// MethodValueBad takes the value and never calls it.
func MethodValueBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var cleanup []string
	undo := tx.Rollback
	if err := touch(ctx, tx, "orders", id); err != nil {
		cleanup = append(cleanup, "touch")
		return fmt.Errorf("%v: %w (undo %t)", cleanup, err, undo != nil) // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// quietly runs what it is given and forgets the error.
func quietly(f func() error) {
	_ = f()
}

func DeferredHelperMethodValueOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer quietly(tx.Rollback)
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// finish ends tx by what errp holds when it runs.
func finish(tx *sql.Tx, errp *error) {
	if *errp != nil {
		tx.Rollback()
		return
	}
	*errp = tx.Commit()
}

func HelperWithPointerOK(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer finish(tx, &err)
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return nil
}

// rollbackOn ends tx only when there was an error.
func rollbackOn(tx *sql.Tx, errp *error) {
	if *errp != nil {
		tx.Rollback()
	}
}

// HelperWithPointerBad points the helper at a local variable: the return in
// the loop has another one.
func HelperWithPointerBad(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollbackOn(tx, &err)
	for _, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	err = tx.Commit()
	return err
}

func HelperWithNamedPointerOK(ctx context.Context, db *sql.DB, ids []int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollbackOn(tx, &err)
	for _, id := range ids {
		if err := touch(ctx, tx, "orders", id); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func rollbackIf(tx *sql.Tx, err error) {
	if err != nil {
		tx.Rollback()
	}
}

// ArgumentTooEarlyBad hands over the value that err has at the defer: nil.
func ArgumentTooEarlyBad(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollbackIf(tx, err)
	if err = touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// ArgumentInClosureOK evaluates the argument when the closure runs.
func ArgumentInClosureOK(ctx context.Context, db *sql.DB, id int64) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { rollbackIf(tx, err) }()
	if err = touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

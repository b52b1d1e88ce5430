package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// begin hands its transaction to the caller.
func (s *Shop) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	return tx, nil
}

// beginSchemaOK hands over what it began, or ends it where it cannot.
func (s *Shop) beginSchemaOK(ctx context.Context, schema string) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL search_path = `+schema); err != nil {
		tx.Rollback()
		return nil, err
	}
	return tx, nil
}

// beginSchemaBad keeps the transaction where the caller gets nil.
func (s *Shop) beginSchemaBad(ctx context.Context, schema string) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL search_path = `+schema); err != nil {
		return nil, err // want "returns without finishing tx begun at line \\d+"
	}
	return tx, nil
}

// FromHelperBad owns what the helper began for it.
func (s *Shop) FromHelperBad(ctx context.Context, id int64) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func (s *Shop) FromHelperOK(ctx context.Context, id int64) error {
	tx, err := s.beginSchemaOK(ctx, "shop")
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// PassedOnOK returns the helper's results as they are.
func (s *Shop) PassedOnOK(ctx context.Context) (*sql.Tx, error) {
	return s.begin(ctx)
}

// NakedOK returns the handle by its name.
func (s *Shop) NakedOK(ctx context.Context, table string) (tx *sql.Tx, err error) {
	if tx, err = s.db.BeginTx(ctx, nil); err != nil {
		return
	}
	if err = touch(ctx, tx, table, 1); err != nil {
		tx.Rollback()
		tx = nil
	}
	return
}

// work is a unit of work: it holds the transaction between its methods.
type work struct {
	db *sql.DB
	tx *sql.Tx
}

func (w *work) beginOK(ctx context.Context) (err error) {
	w.tx, err = w.db.BeginTx(ctx, nil)
	return err
}

func (w *work) exec(ctx context.Context, query string, args ...any) error {
	_, err := w.tx.ExecContext(ctx, query, args...)
	return err
}

func (w *work) commit() error { return w.tx.Commit() }

func (w *work) rollback() {
	if w.tx != nil {
		w.tx.Rollback()
		w.tx = nil
	}
}

// UnitBad creates the unit, so it must end it.
func UnitBad(ctx context.Context, db *sql.DB, id int64) error {
	w := &work{db: db}
	if err := w.beginOK(ctx); err != nil {
		return err
	}
	if err := w.exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return err // want "without finishing"
	}
	return w.commit()
}

func UnitOK(ctx context.Context, db *sql.DB, id int64) error {
	w := &work{db: db}
	if err := w.beginOK(ctx); err != nil {
		return err
	}
	defer w.rollback()
	if err := w.exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return err
	}
	return w.commit()
}

// FieldStoreBad puts the handle into a struct of its own, which helps nobody.
func FieldStoreBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	w := work{db: db, tx: tx}
	if err := w.exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return fmt.Errorf("cart %d: %w", id, err) // want "without finishing"
	}
	return tx.Commit()
}

// FieldStoreOK finishes through the struct what it began outside of it.
func FieldStoreOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	w := work{db: db, tx: tx}
	defer w.rollback()
	if err := w.exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return fmt.Errorf("cart %d: %w", id, err)
	}
	return w.commit()
}

// newWorkOK moves the transaction into what it returns.
func newWorkOK(ctx context.Context, db *sql.DB) (*work, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &work{db: db, tx: tx}, nil
}

// ConstructedBad owns a unit of work that was begun in its constructor.
func ConstructedBad(ctx context.Context, db *sql.DB, ids []int64) error {
	w, err := newWorkOK(ctx, db)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			return err // want "without finishing"
		}
	}
	return w.commit()
}

func ConstructedOK(ctx context.Context, db *sql.DB, ids []int64) error {
	w, err := newWorkOK(ctx, db)
	if err != nil {
		return err
	}
	defer w.rollback()
	for _, id := range ids {
		if err := w.exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return w.commit()
}

// session outlives the calls of its methods: what open begins, close ends.
type session struct {
	db      *sql.DB
	current *sql.Tx
}

func (s *session) OpenOK(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	s.current = tx
	return nil
}

// OpenBad checks before it stores: there nobody has the handle any more.
func (s *session) OpenBad(ctx context.Context, table string) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, table, 0); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	s.current = tx
	return nil
}

func (s *session) Close() error {
	if s.current == nil {
		return nil
	}
	tx := s.current
	s.current = nil
	return tx.Rollback()
}

// SentOK gives the transaction to whoever reads the channel.
func SentOK(ctx context.Context, db *sql.DB, out chan<- *sql.Tx) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	out <- tx
	return nil
}

// SentBad sends on one arm only.
func SentBad(ctx context.Context, db *sql.DB, out chan<- *sql.Tx) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	select {
	case out <- tx:
		return nil
	case <-ctx.Done():
		return ctx.Err() // want "returns without finishing tx begun at line \\d+"
	}
}

// KeptOK stores the transaction under a key of its caller's map.
func KeptOK(ctx context.Context, db *sql.DB, open map[string]*sql.Tx, key string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	open[key] = tx
	return nil
}

// GoroutineOK lets a goroutine finish.
func (s *Shop) GoroutineOK(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	go func() {
		defer tx.Rollback()
		if err := touch(context.Background(), tx, "orders", id); err != nil {
			s.log.Error("touch", "err", err)
			return
		}
		if err := tx.Commit(); err != nil {
			s.log.Error("commit", "err", err)
		}
	}()
	return nil
}

// GoroutineBad may return before the goroutine that would finish is started.
func (s *Shop) GoroutineBad(ctx context.Context, id int64) error {
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	if id == 0 {
		return ErrBadInput // want "returns without finishing tx begun at line \\d+"
	}
	go s.touchAndEnd(tx, id)
	return nil
}

func (s *Shop) touchAndEnd(tx *sql.Tx, id int64) {
	if err := touch(context.Background(), tx, "orders", id); err != nil {
		tx.Rollback()
		return
	}
	tx.Commit()
}

// InGoroutineBad leaks inside the goroutine that it starts.
func (s *Shop) InGoroutineBad(ids []int64) {
	for _, id := range ids {
		go func() {
			ctx := context.Background()
			tx, err := s.db.BeginTx(ctx, nil)
			if err != nil {
				return
			}
			if err := touch(ctx, tx, "orders", id); err != nil {
				s.log.Error("touch", "order", id, "err", err)
				return // want "returns without finishing tx begun at line \\d+"
			}
			tx.Commit()
		}()
	}
}

// commitOrRollback is a finisher: whoever calls it has no transaction left.
func commitOrRollback(tx *sql.Tx, err error) error {
	if err != nil {
		if rerr := tx.Rollback(); rerr != nil {
			return errors.Join(err, rerr)
		}
		return err
	}
	return tx.Commit()
}

func FinisherHelperOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return commitOrRollback(tx, touch(ctx, tx, "orders", id))
}

// FinisherHelperBad does not reach the helper.
func FinisherHelperBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var open bool
	if err := tx.QueryRowContext(ctx, `SELECT open FROM orders WHERE id = ?`, id).Scan(&open); err != nil {
		return commitOrRollback(tx, err)
	}
	if !open {
		return nil // want "returns without finishing tx begun at line \\d+"
	}
	return commitOrRollback(tx, touch(ctx, tx, "orders", id))
}

// saveOrUndo rolls back on its own error and leaves the rest to its caller.
func saveOrUndo(ctx context.Context, tx *sql.Tx, id int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE orders SET saved = 1 WHERE id = ?`, id); err != nil {
		tx.Rollback()
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// CalleeUndoesOK relies on what the helper does when it fails.
func CalleeUndoesOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := saveOrUndo(ctx, tx, id); err != nil {
		return err
	}
	return tx.Commit()
}

// CalleeUndoesBad relies on it after a helper that does no such thing.
func CalleeUndoesBad(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := saveOrUndo(ctx, tx, id); err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// tryCommit tells by a bool whether it finished.
func tryCommit(ctx context.Context, tx *sql.Tx, id int64) bool {
	if touch(ctx, tx, "orders", id) != nil {
		return false
	}
	return tx.Commit() == nil
}

// FP_BoolOutcome is a false positive of txdone: where tryCommit returns false
// the commit has failed or was not reached, and the rollback is in its place.
func FP_BoolOutcome(ctx context.Context, db *sql.DB, id int64) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	if !tryCommit(ctx, tx, id) {
		return false, tx.Rollback() // want txdone:"returns the error of this rollback although tx was committed"
	}
	return true, nil
}

func BoolOutcomeBad(ctx context.Context, db *sql.DB, id int64) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	if !tryCommit(ctx, tx, id) {
		return false, errors.New("not saved") // want "returns without finishing tx begun at line \\d+"
	}
	return true, nil
}

// walk ends the transaction at the bottom of its recursion.
func walk(ctx context.Context, tx *sql.Tx, ids []int64) error {
	if len(ids) == 0 {
		return tx.Commit()
	}
	if err := touch(ctx, tx, "orders", ids[0]); err != nil {
		tx.Rollback()
		return err
	}
	return walk(ctx, tx, ids[1:])
}

func RecursiveFinisherOK(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return walk(ctx, tx, ids)
}

// visit borrows the transaction, however deep it goes.
func visit(ctx context.Context, tx *sql.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := touch(ctx, tx, "orders", ids[0]); err != nil {
		return err
	}
	return visit(ctx, tx, ids[1:])
}

func RecursiveBorrowerBad(ctx context.Context, db *sql.DB, ids []int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return visit(ctx, tx, ids) // want "returns without finishing tx begun at line \\d+"
}

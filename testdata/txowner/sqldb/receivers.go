package sqldb

import (
	"context"
	"database/sql"
)

// Orders is a repository that can be bound to a transaction.
type Orders struct {
	tx *sql.Tx
	by string
}

// WithTx returns the repository on tx.
func (o *Orders) WithTx(tx *sql.Tx) *Orders { return &Orders{tx: tx, by: o.by} }

func (o *Orders) AddOK(id int) error {
	_, err := o.tx.Exec(`INSERT INTO orders VALUES (?, ?)`, id, o.by)
	return err
}

func (o *Orders) ShipBad(id int) error {
	if _, err := o.tx.Exec(`UPDATE orders SET shipped = 1 WHERE id = ?`, id); err != nil {
		return err
	}
	return o.tx.Commit() // want "commits o.tx, which its receiver was given"
}

func (o Orders) DropBad(id int) (err error) {
	defer func() {
		if err != nil {
			err = nil
			o.tx.Rollback() // want "rolls back o.tx, which its receiver was given"
		}
	}()
	_, err = o.tx.Exec(`DELETE FROM orders WHERE id = ?`, id)
	return err
}

func boundOK(db *sql.DB, orders *Orders) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := orders.WithTx(tx).AddOK(1); err != nil {
		return err
	}
	return tx.Commit()
}

func boundBad(db *sql.DB, orders *Orders) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bound := orders.WithTx(tx)
	if err := bound.ShipBad(1); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx after sqldb.(\\(\\*?Orders\\)|Orders).ShipBad has committed it"
}

// DBTX is what statements can be sent through.
type DBTX interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Queries is what a generator of queries makes.
type Queries struct{ db DBTX }

// New returns the queries on db.
func New(db DBTX) *Queries { return &Queries{db: db} }

// WithTx returns the queries on tx.
func (q *Queries) WithTx(tx *sql.Tx) *Queries { return &Queries{db: tx} }

// DeleteOrder deletes.
func (q *Queries) DeleteOrder(ctx context.Context, id int) error {
	_, err := q.db.ExecContext(ctx, `DELETE FROM orders WHERE id = ?`, id)
	return err
}

func queriesOK(ctx context.Context, db *sql.DB, q *Queries) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := q.WithTx(tx).DeleteOrder(ctx, 1); err != nil {
		return err
	}
	return tx.Commit()
}

// PurgeBad works through the queries.
func PurgeBad(ctx context.Context, q *Queries, tx *sql.Tx) error {
	if err := q.WithTx(tx).DeleteOrder(ctx, 1); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

// Session owns the transaction that it begins.
type Session struct {
	db *sql.DB
	tx *sql.Tx
}

func OpenSession(db *sql.DB) (*Session, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return &Session{db: db, tx: tx}, nil
}

func (s *Session) AddOK(id int) error {
	_, err := s.tx.Exec(`INSERT INTO a VALUES (?)`, id)
	return err
}

// DoneOK writes a last row.
func (s *Session) DoneOK() error {
	if _, err := s.tx.Exec(`UPDATE a SET done = 1`); err != nil {
		s.tx.Rollback()
		return err
	}
	return s.tx.Commit()
}

func sessionOK(db *sql.DB) error {
	s, err := OpenSession(db)
	if err != nil {
		return err
	}
	if err := s.AddOK(1); err != nil {
		s.tx.Rollback()
		return err
	}
	return s.DoneOK()
}

// Flagged remembers whether it has ended.
type Flagged struct {
	*sql.Tx
	committed, rolledBack bool
}

func (f *Flagged) Commit() error {
	err := f.Tx.Commit()
	f.committed = err == nil
	return err
}

func (f *Flagged) Rollback() error {
	f.rolledBack = true
	return f.Tx.Rollback()
}

// flagged ends what its callback has not.
func flagged(db *sql.DB, do func(tx *Flagged) error) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	f := &Flagged{Tx: tx}
	defer func() {
		if !f.committed && !f.rolledBack {
			f.Rollback()
		}
	}()
	if err := do(f); err != nil {
		return err
	}
	if f.committed || f.rolledBack {
		return nil
	}
	return f.Commit()
}

func mayCommitOK(db *sql.DB, early bool) error {
	return flagged(db, func(tx *Flagged) error {
		if _, err := tx.Exec(`INSERT INTO a VALUES (1)`); err != nil {
			return err
		}
		if early {
			return tx.Commit()
		}
		return nil
	})
}

package trm

import (
	"context"
	"database/sql"
	"errors"

	"github.com/avito-tech/go-transaction-manager/trm/v2"
	trmcontext "github.com/avito-tech/go-transaction-manager/trm/v2/context"
)

// A driver of the project's own: what the manager begins and ends, and what
// repositories ask of the context.

type transaction struct {
	tx     *sql.Tx
	closed chan struct{}
}

func (t *transaction) Transaction() interface{} { return t.tx }

func (t *transaction) Commit(context.Context) error {
	close(t.closed)
	return t.tx.Commit()
}

func (t *transaction) Rollback(context.Context) error {
	close(t.closed)
	return t.tx.Rollback()
}

func (t *transaction) IsActive() bool {
	select {
	case <-t.closed:
		return false
	default:
		return true
	}
}

func (t *transaction) Closed() <-chan struct{} { return t.closed }

// beginOK is what the manager is made with: it hands the transaction over.
func beginOK(db *sql.DB) trm.TrFactory {
	return func(ctx context.Context, _ trm.Settings) (context.Context, trm.Transaction, error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return ctx, nil, err
		}
		return ctx, &transaction{tx: tx, closed: make(chan struct{})}, nil
	}
}

// beginBad leaves the transaction open where it is refused.
func beginBad(db *sql.DB, ready func(*sql.Tx) error) trm.TrFactory {
	return func(ctx context.Context, _ trm.Settings) (context.Context, trm.Transaction, error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return ctx, nil, err
		}
		if _, err := tx.Exec("SET search_path = shop"); err != nil {
			return ctx, nil, err // want earlyreturn:"returns without finishing tx begun at line \\d+"
		}
		return ctx, &transaction{tx: tx, closed: make(chan struct{})}, nil
	}
}

// A querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A Stock is a repository that works in the transaction of the context.
type Stock struct{ db *sql.DB }

func (s *Stock) in(ctx context.Context) querier {
	if t := trmcontext.DefaultManager.Default(ctx); t != nil {
		if tx, ok := t.Transaction().(*sql.Tx); ok {
			return tx
		}
	}
	return s.db
}

var errNone = errors.New("none left")

func (s *Stock) Take(ctx context.Context, id int) error {
	res, err := s.in(ctx).ExecContext(ctx, "UPDATE stock SET n = n - 1 WHERE id = $1 AND n > 0", id)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = errNone
	}
	return err
}

func (s *Stock) Left(ctx context.Context, id int) (n int, err error) {
	err = s.in(ctx).QueryRowContext(ctx, "SELECT n FROM stock WHERE id = $1", id).Scan(&n)
	return n, err
}

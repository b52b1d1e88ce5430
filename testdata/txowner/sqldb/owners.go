package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
)

// Middleware begins, puts it into the context, and ends it when the handler is
// done.
func MiddlewareOK(db *sql.DB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tx, err := db.BeginTx(r.Context(), nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer tx.Rollback()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, tx)))
		if err := insert(tx); err != nil {
			return
		}
		if err := tx.Commit(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

// FN_Handler is a false negative: it ends what the middleware ends. A context is
// looked for among the parameters, not in the request.
func FN_Handler(w http.ResponseWriter, r *http.Request) {
	tx := fromContext(r.Context())
	if _, err := tx.ExecContext(r.Context(), `INSERT INTO a VALUES (1)`); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	tx.Commit()
}

func HandlerOK(w http.ResponseWriter, r *http.Request) {
	tx := fromContext(r.Context())
	if _, err := tx.ExecContext(r.Context(), `INSERT INTO a VALUES (1)`); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// A begin that was passed in makes it the function's own.
func BeginsByOK(begin func() (*sql.Tx, error)) error {
	tx, err := begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := insert(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// An option says who ends it.
type options struct {
	tx   *sql.Tx
	owns bool
}

func within(db *sql.DB, given *sql.Tx) (o options, err error) {
	if given != nil {
		return options{tx: given}, nil
	}
	tx, err := db.Begin()
	return options{tx: tx, owns: true}, err
}

func WithinOK(db *sql.DB, given *sql.Tx) error {
	o, err := within(db, given)
	if err != nil {
		return err
	}
	if o.owns {
		defer o.tx.Rollback()
	}
	if err := insert(o.tx); err != nil {
		return err
	}
	if o.owns {
		return o.tx.Commit()
	}
	return nil
}

// Beginner and the type switch: a pool begins, a transaction is used as it is.
func EitherOK(ctx context.Context, on any) (err error) {
	switch on := on.(type) {
	case *sql.DB:
		tx, err := on.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := insert(tx); err != nil {
			return err
		}
		return tx.Commit()
	case *sql.Tx:
		return insert(on)
	}
	return errNone
}

func EitherBad(ctx context.Context, on any) (err error) {
	tx, ok := on.(*sql.Tx)
	if !ok {
		return errNone
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO a VALUES (1)`); err != nil {
		return err
	}
	return tx.Commit() // want "commits (on|tx), which the caller passed in"
}

// Batch is begun by its constructor and ended by its own methods, whatever
// else they do.
type Batch struct {
	db *sql.DB
	tx *sql.Tx
	n  int
}

func NewBatch(db *sql.DB) (*Batch, error) {
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	return &Batch{db: db, tx: tx}, nil
}

func (b *Batch) AddOK(id int) (err error) {
	if _, err := b.tx.Exec(`INSERT INTO a VALUES (?)`, id); err != nil {
		return err
	}
	if b.n++; b.n < 100 {
		return nil
	}
	b.n = 0
	if err := b.tx.Commit(); err != nil {
		return err
	}
	b.tx, err = b.db.Begin()
	return err
}

// Two are given, and each ends its own.
func TwoOK(db *sql.DB, given *sql.Tx) error {
	own, err := db.Begin()
	if err != nil {
		return err
	}
	defer own.Rollback()
	if err := insert(given); err != nil {
		return err
	}
	if err := insert(own); err != nil {
		return err
	}
	return own.Commit()
}

func TwoBad(db *sql.DB, given *sql.Tx) error {
	own, err := db.Begin()
	if err != nil {
		return err
	}
	defer own.Rollback()
	if err := insert(given); err != nil {
		return err
	}
	if err := insert(own); err != nil {
		return err
	}
	return errors.Join(own.Commit(), given.Commit()) // want "commits given, which the caller passed in"
}

// A callback is given what it was made for.
func eachOf(db *sql.DB, ids []int, do func(tx *sql.Tx, id int) error) error {
	for _, id := range ids {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if err := do(tx, id); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func eachOfBad(db *sql.DB, ids []int) error {
	return eachOf(db, ids, func(tx *sql.Tx, id int) error {
		if id == 0 {
			return tx.Rollback() // want "rolls back tx, which sqldb.eachOf finishes"
		}
		return insert(tx)
	})
}

func eachOfOK(db *sql.DB, ids []int) error {
	return eachOf(db, ids, func(tx *sql.Tx, id int) error { return insert(tx) })
}

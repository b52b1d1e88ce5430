// Package explain holds begins of which nothing is reported. With
// -earlyreturn.explain it is told why; what is wanted here are those reasons.
package explain

import (
	"context"
	"database/sql"
	"reflect"
)

type plugin interface {
	Apply(ctx context.Context, tx *sql.Tx) error
}

// sent goes over a channel.
func sent(db *sql.DB, out chan<- *sql.Tx) error {
	tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: it is sent over a channel"
	if err != nil {
		return err
	}
	out <- tx
	return nil
}

// offered goes over a channel or is rolled back.
func offered(ctx context.Context, db *sql.DB, out chan<- *sql.Tx) error {
	tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: it is sent over a channel"
	if err != nil {
		return err
	}
	select {
	case out <- tx:
		return nil
	case <-ctx.Done():
		return tx.Rollback()
	}
}

// mapped is kept in a map.
func mapped(db *sql.DB, open map[string]*sql.Tx, name string) error {
	tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: it is put into a map"
	if err != nil {
		return err
	}
	open[name] = tx
	return nil
}

// listed is kept in a slice.
func listed(db *sql.DB, n int) error {
	var open []*sql.Tx
	for range n {
		tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: it is put into a slice"
		if err != nil {
			return err
		}
		open = append(open, tx)
	}
	return nil
}

// spawned is finished by a goroutine.
func spawned(db *sql.DB) error {
	tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: a goroutine finishes it"
	if err != nil {
		return err
	}
	go func() {
		_, _ = tx.Exec(`VACUUM`)
		_ = tx.Commit()
	}()
	return nil
}

// applied is passed to code that is not in view, and never finished here.
func applied(ctx context.Context, db *sql.DB, p plugin) error {
	tx, err := db.BeginTx(ctx, nil) // want "nothing is reported about tx, begun here by sql.DB.BeginTx: it is passed to .*not in view"
	if err != nil {
		return err
	}
	return p.Apply(ctx, tx)
}

// reflected is finished in a way that nobody follows.
func reflected(db *sql.DB, method string) error {
	tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: it is passed to .*ValueOf, which is not in view"
	if err != nil {
		return err
	}
	reflect.ValueOf(tx).MethodByName(method).Call(nil)
	return nil
}

// Returned is the caller's.
func Returned(db *sql.DB) (*sql.Tx, error) {
	tx, err := db.Begin() // want "nothing is reported about tx, begun here by sql.DB.Begin: the caller gets it"
	if err != nil {
		return nil, err
	}
	return tx, nil
}

type unit struct{ tx *sql.Tx }

// Begin stores it in what the caller has.
func (u *unit) Begin(db *sql.DB) (err error) {
	u.tx, err = db.Begin() // want "nothing is reported about u.tx, begun here by sql.DB.Begin: the caller gets it"
	return err
}

var current *sql.Tx

// global is everybody's.
func global(db *sql.DB) (err error) {
	current, err = db.Begin() // want "nothing is reported about current, begun here by sql.DB.Begin: it is kept in a package variable"
	return err
}

// finished needs no explanation.
func finished(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.Commit()
}

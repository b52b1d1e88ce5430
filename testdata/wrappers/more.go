package wrappers

import (
	"context"
	"database/sql"

	"example.com/corpus/wrappers/uow"
)

// A generic runner.

func genericRunnerBad(ctx context.Context, db *sql.DB, n int) (int, error) {
	return uow.In(ctx, db, func(ctx context.Context, tx *sql.Tx) (int, error) {
		if _, err := tx.ExecContext(ctx, insert, n); err != nil {
			return 0, err
		}
		return n, tx.Commit() // want txowner:"commits tx, which uow.In finishes"
	})
}

func genericRunnerOK(ctx context.Context, db *sql.DB, n int) (int, error) {
	return uow.In(ctx, db, func(ctx context.Context, tx *sql.Tx) (int, error) {
		_, err := tx.ExecContext(ctx, insert, n)
		return n, err
	})
}

// A generic unit of work, with repositories of the caller's.

type numbers struct{ tx *sql.Tx }

func (r numbers) add(ctx context.Context, n int) error {
	_, err := r.tx.ExecContext(ctx, insert, n)
	return err
}

func bind(tx *sql.Tx) numbers { return numbers{tx} }

func genericUnitBad(ctx context.Context, db *sql.DB, n int) error {
	u, err := uow.New(ctx, db, bind)
	if err != nil {
		return err
	}
	if err := u.Repos.add(ctx, n); err != nil {
		return err // want earlyreturn:"returns without finishing u begun at line \\d+"
	}
	return u.Keep()
}

func genericUnitOK(ctx context.Context, db *sql.DB, n int) error {
	u, err := uow.New(ctx, db, bind)
	if err != nil {
		return err
	}
	defer u.Drop()
	if err := u.Repos.add(ctx, n); err != nil {
		return err
	}
	return u.Keep()
}

// Functions in fields end it.

func fieldsBad(ctx context.Context, db *sql.DB, n int) error {
	h, err := uow.Open(ctx, db)
	if err != nil {
		return err
	}
	if _, err := h.Tx.ExecContext(ctx, insert, n); err != nil {
		return err // want earlyreturn:"returns without finishing h begun at line \\d+"
	}
	return h.Keep()
}

func fieldsOK(ctx context.Context, db *sql.DB, n int) error {
	h, err := uow.Open(ctx, db)
	if err != nil {
		return err
	}
	defer h.Forget()
	if _, err := h.Tx.ExecContext(ctx, insert, n); err != nil {
		return err
	}
	return h.Keep()
}

// A unit that begins late.

func lazyUnitBad(ctx context.Context, db *sql.DB, n int) error {
	l := uow.NewLazy(db)
	tx, err := l.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insert, n); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return l.Keep()
}

func lazyUnitOK(ctx context.Context, db *sql.DB, n int) error {
	l := uow.NewLazy(db)
	defer l.Drop()
	tx, err := l.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insert, n); err != nil {
		return err
	}
	return l.Keep()
}

// The context is all that a caller gets.

func contextBad(ctx context.Context, m *uow.Manager, n int) error {
	ctx, err := m.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := m.Conn(ctx).ExecContext(ctx, insert, n); err != nil {
		return err // want earlyreturn:"returns without finishing the transaction begun at line \\d+"
	}
	return m.Keep(ctx)
}

func contextOK(ctx context.Context, m *uow.Manager, n int) error {
	ctx, err := m.Begin(ctx)
	if err != nil {
		return err
	}
	defer m.Drop(ctx)
	if _, err := m.Conn(ctx).ExecContext(ctx, insert, n); err != nil {
		return err
	}
	return m.Keep(ctx)
}

// Ended through an interface that nobody in view implements: it may be what
// ends it.
type ender interface {
	EndIn(ctx context.Context, err error) error
}

func contextUnseenOK(ctx context.Context, m *uow.Manager, e ender, n int) error {
	ctx, err := m.Begin(ctx)
	if err != nil {
		return err
	}
	_, err = m.Conn(ctx).ExecContext(ctx, insert, n)
	return e.EndIn(ctx, err)
}

func contextTwiceBad(ctx context.Context, m *uow.Manager, n int) error {
	ctx, err := m.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := m.Conn(ctx).ExecContext(ctx, insert, n); err != nil {
		_ = m.Drop(ctx)
	}
	return m.Keep(ctx) // want txdone:"commits the transaction, rolled back by uow.Manager.Drop at line \\d+"
}

func enterBad(ctx context.Context, m *uow.Manager, n int) (err error) {
	ctx, end, err := m.Enter(ctx)
	if err != nil {
		return err
	}
	if n < 0 {
		return errRefused // want earlyreturn:"returns without finishing the transaction begun at line \\d+"
	}
	defer end(&err)
	_, err = m.Conn(ctx).ExecContext(ctx, insert, n)
	return err
}

func enterOK(ctx context.Context, m *uow.Manager, n int) (err error) {
	ctx, end, err := m.Enter(ctx)
	if err != nil {
		return err
	}
	defer end(&err)
	if n < 0 {
		return errRefused
	}
	_, err = m.Conn(ctx).ExecContext(ctx, insert, n)
	return err
}

// A runner that lends the context.

func contextRunnerBad(ctx context.Context, m *uow.Manager, n int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		if _, err := m.Conn(ctx).ExecContext(ctx, insert, n); err != nil {
			return err
		}
		return uow.From(ctx).Commit() // want txowner:"commits the transaction, which uow.Manager.Do finishes"
	})
}

func contextRunnerOK(ctx context.Context, m *uow.Manager, n int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		_, err := m.Conn(ctx).ExecContext(ctx, insert, n)
		return err
	})
}

func contextRunnerKeepsBad(ctx context.Context, m *uow.Manager, n int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		if _, err := m.Conn(ctx).ExecContext(ctx, insert, n); err != nil {
			return err
		}
		return m.Keep(ctx) // want txowner:"commits the transaction, which uow.Manager.Do finishes"
	})
}

// The context carries more than the transaction.
func contextOtherOK(ctx context.Context, m *uow.Manager, n int) error {
	return m.Do(ctx, func(ctx context.Context) error {
		if _, err := m.Conn(ctx).ExecContext(ctx, insert, n); err != nil {
			return err
		}
		return uow.UserOf(ctx).Commit()
	})
}

// A runner behind an interface.

func interfaceRunnerBad(ctx context.Context, r uow.Runner, n int) error {
	return r.Run(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, insert, n); err != nil {
			return err
		}
		return tx.Commit() // want txowner:"commits tx, which uow.Runner.Run finishes"
	})
}

func interfaceRunnerOK(ctx context.Context, r uow.Runner, n int) error {
	return r.Run(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, insert, n)
		return err
	})
}

// One of the implementations wants its function to commit.
func interfaceLenderOK(ctx context.Context, l uow.Lender, n int) error {
	return l.Lend(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, insert, n); err != nil {
			return err
		}
		return tx.Commit()
	})
}

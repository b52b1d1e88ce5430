// Package wrappers uses transactions that a project has wrapped itself. Nothing
// is configured: what they do is seen in what they do.
package wrappers

import (
	"context"
	"database/sql"
	"errors"

	"example.com/corpus/wrappers/kit"
)

var errRefused = errors.New("refused")

const insert = "INSERT INTO t VALUES (?)"

// A type under other names, from a function two packages away.

func jobBad(ctx context.Context, db *sql.DB, n int) error {
	job, err := kit.Take(ctx, db)
	if err != nil {
		return err
	}
	if n < 0 {
		return errRefused // want earlyreturn:"returns without finishing job begun at line \\d+"
	}
	if err := job.Run(ctx, insert, n); err != nil {
		job.Drop()
		return err
	}
	return job.Keep()
}

func jobOK(ctx context.Context, db *sql.DB, n int) error {
	job, err := kit.Take(ctx, db)
	if err != nil {
		return err
	}
	defer job.Drop()
	if n < 0 {
		return errRefused
	}
	if err := job.Run(ctx, insert, n); err != nil {
		return err
	}
	return job.Keep()
}

func jobGoesOnBad(ctx context.Context, db *sql.DB, n int) error {
	job, err := kit.Take(ctx, db)
	if err != nil {
		return err
	}
	if err := job.Run(ctx, insert, n); err != nil {
		job.Drop()
	}
	return job.Keep() // want txdone:"commits job, rolled back by kit.Job.Drop at line \\d+"
}

func jobReturnsOK(ctx context.Context, db *sql.DB, n int) error {
	job, err := kit.Take(ctx, db)
	if err != nil {
		return err
	}
	if err := job.Run(ctx, insert, n); err != nil {
		job.Drop()
		return err
	}
	return job.Keep()
}

func LentJobBad(ctx context.Context, job *kit.Job, n int) error {
	if err := job.Run(ctx, insert, n); err != nil {
		return err
	}
	return job.Keep() // want txowner:"commits the transaction of job, which the caller passed in"
}

func LentJobOK(ctx context.Context, job *kit.Job, n int) error { return job.Run(ctx, insert, n) }

// A managed runner.

func runnerOK(ctx context.Context, db *sql.DB, n int) error {
	return kit.Do(ctx, db, func(j *kit.Job) error { return LentJobOK(ctx, j, n) })
}

func runnerBad(ctx context.Context, db *sql.DB, n int) error {
	return kit.Do(ctx, db, func(j *kit.Job) error {
		if err := j.Run(ctx, insert, n); err != nil {
			return err
		}
		return j.Keep() // want txowner:"commits the transaction, which kit.Do finishes"
	})
}

// A context and a committer.

func committerBad(ctx context.Context, db *sql.DB, n int) error {
	ctx, committer, err := kit.TxContext(ctx, db)
	if err != nil {
		return err
	}
	if err := kit.Exec(ctx, insert, n); err != nil {
		return err // want earlyreturn:"returns without finishing committer begun at line \\d+"
	}
	return committer.Commit()
}

func committerOK(ctx context.Context, db *sql.DB, n int) error {
	ctx, committer, err := kit.TxContext(ctx, db)
	if err != nil {
		return err
	}
	defer committer.Close()
	if err := kit.Exec(ctx, insert, n); err != nil {
		return err
	}
	return committer.Commit()
}

// A function that cleans up, beside the handle.

func scopedBad(db *sql.DB, n int) error {
	tx, done, err := kit.Scoped(db)
	if err != nil {
		return err
	}
	if n < 0 {
		return errRefused // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	defer done()
	if _, err := tx.Exec(insert, n); err != nil {
		return err
	}
	return tx.Commit()
}

func scopedOK(db *sql.DB, n int) error {
	tx, done, err := kit.Scoped(db)
	if err != nil {
		return err
	}
	defer done()
	if n < 0 {
		return errRefused
	}
	if _, err := tx.Exec(insert, n); err != nil {
		return err
	}
	return tx.Commit()
}

func pairBad(db *sql.DB, n int) error {
	tx, commit, rollback, err := kit.Pair(db)
	if err != nil {
		return err
	}
	if n < 0 {
		return errRefused // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Exec(insert, n); err != nil {
		return errors.Join(err, rollback())
	}
	return commit()
}

func pairOK(db *sql.DB, n int) error {
	tx, commit, rollback, err := kit.Pair(db)
	if err != nil {
		return err
	}
	defer rollback()
	if _, err := tx.Exec(insert, n); err != nil {
		return err
	}
	return commit()
}

// An object with one end.

func scopeBad(db *sql.DB, n int) error {
	scope, err := kit.NewScope(db)
	if err != nil {
		return err
	}
	if _, err := scope.Tx.Exec(insert, n); err != nil {
		return err // want earlyreturn:"returns without finishing scope begun at line \\d+"
	}
	scope.OK()
	return scope.End()
}

func scopeOK(db *sql.DB, n int) (err error) {
	scope, err := kit.NewScope(db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scope.End()) }()
	if _, err := scope.Tx.Exec(insert, n); err != nil {
		return err
	}
	scope.OK()
	return nil
}

// Interfaces whose implementations are not in view: begin and both ends match.

type Store interface {
	Begin(ctx context.Context) (Tx, error)
}

type Tx interface {
	Put(ctx context.Context, n int) error
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error
}

func storeBad(ctx context.Context, s Store, n int) error {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	if err := tx.Put(ctx, n); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

func storeOK(ctx context.Context, s Store, n int) error {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if err := tx.Put(ctx, n); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// Not all of it matches: there is nothing to roll back.

type Feed interface {
	Begin(ctx context.Context) (Cursor, error)
}

type Cursor interface {
	Next(ctx context.Context) (int, error)
	Commit(ctx context.Context) error
}

func feedOK(ctx context.Context, f Feed) error {
	cursor, err := f.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := cursor.Next(ctx); err != nil {
		return err
	}
	return cursor.Commit(ctx)
}

// Names that only look alike.

type message struct{ inputs []int }

func newTx(inputs ...int) *message { return &message{inputs} }

func (m *message) Commit() int { return len(m.inputs) }

func messageOK(n int) (int, error) {
	tx := newTx(n)
	if n < 0 {
		return 0, errRefused
	}
	return tx.Commit(), nil
}

type iterator struct{ at int }

func (i *iterator) Begin() *iterator { i.at = 0; return i }
func (i *iterator) Next() bool       { i.at++; return i.at < 3 }
func (i *iterator) Rollback()        { i.at-- }

func iteratorOK(i *iterator) error {
	for it := i.Begin(); it.Next(); {
		if it.at == 2 {
			return errRefused
		}
	}
	return nil
}

type login struct{ challenge string }

func BeginLogin(user string) (*login, error) {
	if user == "" {
		return nil, errRefused
	}
	return &login{user}, nil
}

func (l *login) Finish() error { return nil }

func loginOK(user string) error {
	l, err := BeginLogin(user)
	if err != nil {
		return err
	}
	if l.challenge == "x" {
		return errRefused
	}
	return l.Finish()
}

type poller struct{ done bool }

func (p *poller) PollUntilDone(ctx context.Context) error { p.done = true; return ctx.Err() }

type accounts struct{}

func (accounts) BeginCreateOrUpdate(ctx context.Context, name string) (*poller, error) {
	return &poller{}, ctx.Err()
}

func pollerOK(ctx context.Context, a accounts) error {
	p, err := a.BeginCreateOrUpdate(ctx, "x")
	if err != nil {
		return err
	}
	if p.done {
		return errRefused
	}
	return p.PollUntilDone(ctx)
}

type session struct{ region string }

func NewSession(region string) (*session, error) {
	if region == "" {
		return nil, errRefused
	}
	return &session{region}, nil
}

func (s *session) Close() error { return nil }

func sessionOK(region string) (string, error) {
	s, err := NewSession(region)
	if err != nil {
		return "", err
	}
	return s.region, nil
}

// Package xorm assigns tasks in sessions of xorm.
package xorm

import (
	"errors"

	"xorm.io/xorm"
)

type task struct {
	ID    int64
	Owner int64
	Done  bool
}

var errDone = errors.New("done already")

func assignBad(engine *xorm.Engine, id, owner int64) error {
	session := engine.NewSession()
	if err := session.Begin(); err != nil {
		return err
	}
	t := task{ID: id}
	if _, err := session.Get(&t); err != nil {
		_ = session.Rollback()
		return err
	}
	if t.Done {
		return errDone // want earlyreturn:"returns without finishing session begun at line \\d+"
	}
	t.Owner = owner
	if _, err := session.ID(id).Update(&t); err != nil {
		_ = session.Rollback()
		return err
	}
	return session.Commit()
}

func assignOK(engine *xorm.Engine, id, owner int64) error {
	session := engine.NewSession()
	defer session.Close() // rolls back what was not committed
	if err := session.Begin(); err != nil {
		return err
	}
	t := task{ID: id}
	if _, err := session.Get(&t); err != nil {
		return err
	}
	if t.Done {
		return errDone
	}
	t.Owner = owner
	if _, err := session.ID(id).Update(&t); err != nil {
		return err
	}
	return session.Commit()
}

// A session that was not begun holds nothing.
func readOK(engine *xorm.Engine, id int64) (*task, error) {
	t := &task{ID: id}
	_, err := engine.NewSession().Get(t)
	return t, err
}

// Nor does one that a literal uses, or one of each round.
func readInLiteralOK(engine *xorm.Engine, id int64) (*task, error) {
	t := &task{ID: id}
	err := func() error {
		_, err := engine.NewSession().Get(t)
		return err
	}()
	return t, err
}

func readAgainOK(engine *xorm.Engine) (int64, error) {
	for {
		n, err := engine.NewSession().Count(&task{})
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func literalBad(engine *xorm.Engine, t *task) error {
	return func() error {
		session := engine.NewSession()
		if err := session.Begin(); err != nil {
			return err
		}
		if _, err := session.Insert(t); err != nil {
			return err // want earlyreturn:"returns without finishing session begun at line \\d+"
		}
		return session.Commit()
	}()
}

// FN_startedElsewhere leaves the session open where the insert fails: that a
// function begins a session which it was given is not told its callers.
func FN_startedElsewhere(engine *xorm.Engine, t *task) error {
	session := engine.NewSession()
	if err := started(session); err != nil {
		return err
	}
	if _, err := session.Insert(t); err != nil {
		return err
	}
	return session.Commit()
}

func started(session *xorm.Session) error { return session.Begin() }

func byHandOK(engine *xorm.Engine, t *task) error {
	session := engine.NewSession()
	if err := session.Begin(); err != nil {
		return err
	}
	if _, err := session.Insert(t); err != nil {
		return errors.Join(err, session.Rollback())
	}
	return session.Commit()
}

func chainedBad(engine *xorm.Engine, t *task) error {
	session := engine.NewSession()
	if err := session.Begin(); err != nil {
		return err
	}
	if _, err := session.Where("id = ?", t.ID).Cols("done").Update(t); err != nil {
		return err // want earlyreturn:"returns without finishing session begun at line \\d+"
	}
	return session.Commit()
}

func managedOK(engine *xorm.Engine, t *task) error {
	_, err := engine.Transaction(func(session *xorm.Session) (any, error) {
		return session.Insert(t)
	})
	return err
}

func managedBad(engine *xorm.Engine, t *task) error {
	_, err := engine.Transaction(func(session *xorm.Session) (any, error) {
		if _, err := session.Insert(t); err != nil {
			return nil, err
		}
		return nil, session.Commit() // want txowner:"commits session"
	})
	return err
}

func noReturnBad(engine *xorm.Engine, t *task) error {
	session := engine.NewSession()
	defer session.Close()
	if err := session.Begin(); err != nil {
		return err
	}
	if _, err := session.Insert(t); err != nil {
		_ = session.Rollback()
	}
	return session.Commit() // want txdone:"commits session, rolled back at line \\d+: the commit does nothing and nothing is kept"
}

func returnsOK(engine *xorm.Engine, t *task) error {
	session := engine.NewSession()
	defer session.Close()
	if err := session.Begin(); err != nil {
		return err
	}
	if _, err := session.Insert(t); err != nil {
		return errors.Join(err, session.Rollback())
	}
	return session.Commit()
}

// After its end the session can be begun anew.
func againOK(engine *xorm.Engine, first, second *task) error {
	session := engine.NewSession()
	defer session.Close()
	for _, t := range []*task{first, second} {
		if err := session.Begin(); err != nil {
			return err
		}
		if _, err := session.Insert(t); err != nil {
			return err
		}
		if err := session.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func FileBad(session *xorm.Session, t *task) error {
	if _, err := session.ID(t.ID).Update(t); err != nil {
		return err
	}
	return session.Commit() // want txowner:"commits session, which the caller passed in"
}

func FileOK(session *xorm.Session, t *task) error {
	_, err := session.ID(t.ID).Update(t)
	return err
}

func fileBothOK(engine *xorm.Engine, a, b *task) error {
	session := engine.NewSession()
	defer session.Close()
	if err := session.Begin(); err != nil {
		return err
	}
	if err := FileOK(session, a); err != nil {
		return err
	}
	if err := FileOK(session, b); err != nil {
		return err
	}
	return session.Commit()
}

func ownersBad(session *xorm.Session, ids []int64) ([]int64, error) {
	var out []int64
	for _, id := range ids {
		t := task{}
		if _, err := session.ID(id).Get(&t); err != nil { // want nplusone:"runs a query for each element of ids"
			return nil, err
		}
		out = append(out, t.Owner)
	}
	return out, nil
}

func ownersOK(session *xorm.Session, ids []int64) (out []task, err error) {
	err = session.In("id", ids).Find(&out)
	return out, err
}

func insertBad(session *xorm.Session, all []*task) error {
	for _, t := range all {
		if _, err := session.Insert(t); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func insertOK(session *xorm.Session, all []*task) error {
	_, err := session.Insert(&all)
	return err
}

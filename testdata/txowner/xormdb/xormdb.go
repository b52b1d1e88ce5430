// Package xormdb holds xorm sessions and who finishes them.
package xormdb

import (
	"errors"

	"xorm.io/xorm"
)

type User struct {
	ID   int64
	Name string
}

// FN_Add is a false negative, and so is its caller: a session can be used after
// its end, so that going on with it is not looked at. That the caller takes itself
// to be in a transaction still is not known.
func FN_Add(s *xorm.Session, u *User) error {
	if _, err := s.Insert(u); err != nil {
		return err
	}
	return s.Commit()
}

// FN_adds writes the second user in no transaction.
func FN_adds(e *xorm.Engine) error {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return err
	}
	if err := FN_Add(s, &User{}); err != nil {
		return err
	}
	if _, err := s.Insert(&User{}); err != nil {
		return err
	}
	return s.Commit()
}

func AddOK(s *xorm.Session, u *User) error {
	_, err := s.Insert(u)
	return err
}

func addsOK(e *xorm.Engine) error {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return err
	}
	if err := AddOK(s, &User{}); err != nil {
		return err
	}
	return s.Commit()
}

// RegisterOK adds the user and commits s.
func RegisterOK(s *xorm.Session, u *User) error {
	if _, err := s.Insert(u); err != nil {
		return err
	}
	return s.Commit()
}

func registersOK(e *xorm.Engine) error {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return err
	}
	if err := RegisterOK(s, &User{}); err != nil {
		return errors.Join(err, s.Rollback())
	}
	return nil
}

// A session without a begin is no transaction; after its commit it is good for
// reading.
func readsAfterOK(e *xorm.Engine) (us []User, err error) {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return nil, err
	}
	if err := AddOK(s, &User{}); err != nil {
		return nil, err
	}
	if err := s.Commit(); err != nil {
		return nil, err
	}
	err = s.Find(&us)
	return us, err
}

func transactionBad(e *xorm.Engine) error {
	_, err := e.Transaction(func(s *xorm.Session) (any, error) {
		if _, err := s.Insert(&User{}); err != nil {
			return nil, err
		}
		return nil, s.Commit() // want "commits s, which xorm.Engine.Transaction finishes"
	})
	return err
}

func transactionOK(e *xorm.Engine) error {
	_, err := e.Transaction(func(s *xorm.Session) (any, error) {
		return s.Insert(&User{})
	})
	return err
}

func eachOK(e *xorm.Engine, us []User) error {
	s := e.NewSession()
	defer s.Close()
	for i := range us {
		if err := s.Begin(); err != nil {
			return err
		}
		if err := AddOK(s, &us[i]); err != nil {
			return err
		}
		if err := s.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// query hands out a session that was never begun: it holds nothing.
func query(engine *xorm.Engine) *xorm.Session {
	s := engine.NewSession()
	return s.Where("id > ?", 1)
}

func unbegunOK(engine *xorm.Engine) (int64, error) {
	return query(engine).Count(&User{})
}

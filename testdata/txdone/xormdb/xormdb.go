// Package xormdb holds what is done with xorm sessions after their end: they go
// on without a transaction.
package xormdb

import (
	"xorm.io/xorm"
)

type Item struct{ ID int64 }

func queryAfterOK(e *xorm.Engine) (items []Item, err error) {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return nil, err
	}
	if _, err := s.Insert(&Item{}); err != nil {
		return nil, err
	}
	if err := s.Commit(); err != nil {
		return nil, err
	}
	err = s.Find(&items)
	return items, err
}

func commitTwiceOK(e *xorm.Engine, early bool) error {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return err
	}
	if _, err := s.Insert(&Item{}); err != nil {
		s.Rollback()
		return err
	}
	if early {
		if err := s.Commit(); err != nil {
			return err
		}
	}
	return s.Commit()
}

func beginAnewOK(e *xorm.Engine, items []Item) error {
	s := e.NewSession()
	defer s.Close()
	for i := range items {
		if err := s.Begin(); err != nil {
			return err
		}
		if _, err := s.Insert(&items[i]); err != nil {
			return err
		}
		if err := s.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func rollsBackOK(e *xorm.Engine) error {
	s := e.NewSession()
	defer s.Close()
	if err := s.Begin(); err != nil {
		return err
	}
	if _, err := s.Insert(&Item{}); err != nil {
		return err
	}
	return s.Commit()
}

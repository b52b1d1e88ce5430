// Package xormdb has loops with statements of xorm.
package xormdb

import "xorm.io/xorm"

type User struct {
	ID   int64
	Name string
}

func GetBad(s *xorm.Session, ids []int64) {
	for _, id := range ids {
		var u User
		s.Where("id = ?", id).Get(&u) // want `runs a query for each element of ids \(xorm.Session.Get\): .*In\(…\)`
	}
}

func BeanBad(e *xorm.Engine, names []string) {
	for _, n := range names {
		u := &User{Name: n}
		e.Get(u) // want `runs a query for each element of names \(xorm.Engine.Get\)`
	}
}

func InsertBad(s *xorm.Session, users []*User) error {
	for _, u := range users {
		u.ID = 0
		if _, err := s.Insert(u); err != nil { // want `writes to the database for each element of users`
			return err
		}
	}
	return nil
}

func FoundBad(s *xorm.Session) error {
	users := []*User{}
	if err := s.Find(&users); err != nil {
		return err
	}
	for _, u := range users {
		s.ID(u.ID).Cols("name").Update(u) // want `writes to the database for each element of users`
	}
	return nil
}

func ExecBad(s *xorm.Session, ids []int64) {
	for _, id := range ids {
		s.Exec("DELETE FROM users WHERE id = ?", id) // want `writes to the database for each element of ids`
	}
}

func InOK(s *xorm.Session, ids []int64) (users []User, err error) {
	return users, s.In("id", ids).Find(&users)
}

func InsertSliceOK(s *xorm.Session, users []*User) error {
	_, err := s.Insert(users)
	return err
}

func TablesOK(e *xorm.Engine, tables []string) {
	for _, t := range tables {
		e.Exec("ALTER TABLE " + t + " ADD x int")
	}
}

func BatchesOK(e *xorm.Engine) error {
	for {
		var old []User
		if err := e.Limit(100).Find(&old); err != nil || len(old) == 0 {
			return err
		}
		var ids []int64
		for _, u := range old {
			ids = append(ids, u.ID)
		}
		if _, err := e.In("id", ids).Delete(&User{}); err != nil {
			return err
		}
	}
}

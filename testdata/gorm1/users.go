// Package gorm1 invites users with the first gorm.
package gorm1

import (
	"context"
	"errors"

	"github.com/jinzhu/gorm"
)

type user struct {
	ID    uint
	Email string
	Group uint
}

var errKnown = errors.New("known already")

func inviteBad(db *gorm.DB, u *user) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	if !tx.Where("email = ?", u.Email).First(&user{}).RecordNotFound() {
		return errKnown // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if err := tx.Create(u).Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func inviteOK(db *gorm.DB, u *user) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.RollbackUnlessCommitted()
	if !tx.Where("email = ?", u.Email).First(&user{}).RecordNotFound() {
		return errKnown
	}
	if err := tx.Create(u).Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

func inviteByHandOK(db *gorm.DB, u *user) error {
	tx := db.Begin()
	if err := tx.Error; err != nil {
		return err
	}
	if err := tx.Create(u).Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func managedOK(db *gorm.DB, u *user) error {
	return db.Transaction(func(tx *gorm.DB) error { return tx.Create(u).Error })
}

func managedBad(db *gorm.DB, u *user) error {
	return db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(u).Error; err != nil {
			tx.Rollback() // want txowner:"rolls back tx"
			return err
		}
		return nil
	})
}

func contextBad(ctx context.Context, db *gorm.DB, u *user) error {
	tx := db.BeginTx(ctx, nil)
	if tx.Error != nil {
		return tx.Error
	}
	if u.Email == "" {
		return errKnown // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	tx.Create(u)
	return tx.Commit().Error
}

func contextOK(ctx context.Context, db *gorm.DB, u *user) error {
	tx := db.BeginTx(ctx, nil)
	if tx.Error != nil {
		return tx.Error
	}
	if u.Email == "" {
		return tx.Rollback().Error
	}
	tx.Create(u)
	return tx.Commit().Error
}

func noReturnBad(db *gorm.DB, u *user) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Delete(u).Error; err != nil {
		tx.Rollback()
	}
	return tx.Commit().Error // want txdone:"commits tx, rolled back at line \\d+"
}

func lateBad(db *gorm.DB, u *user) (n int, err error) {
	tx := db.Begin()
	if tx.Error != nil {
		return 0, tx.Error
	}
	defer tx.RollbackUnlessCommitted()
	if err := tx.Delete(u).Error; err != nil {
		return 0, err
	}
	if err := tx.Commit().Error; err != nil {
		return 0, err
	}
	return n, tx.Model(&user{}).Count(&n).Error // want txdone:"uses tx, committed at line \\d+: gorm.DB.Count fails"
}

func earlyOK(db *gorm.DB, u *user) (n int, err error) {
	tx := db.Begin()
	if tx.Error != nil {
		return 0, tx.Error
	}
	defer tx.RollbackUnlessCommitted()
	if err := tx.Delete(u).Error; err != nil {
		return 0, err
	}
	if err := tx.Model(&user{}).Count(&n).Error; err != nil {
		return 0, err
	}
	return n, tx.Commit().Error
}

func MoveBad(tx *gorm.DB, u *user) error {
	if err := tx.Model(u).Update("group", u.Group).Error; err != nil {
		return err
	}
	return tx.Commit().Error // want txowner:"commits tx, which the caller passed in"
}

func MoveOK(tx *gorm.DB, u *user) error {
	return tx.Model(u).Update("group", u.Group).Error
}

func moveBothOK(db *gorm.DB, a, b *user) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	if err := MoveOK(tx, a); err != nil {
		tx.Rollback()
		return err
	}
	if err := MoveOK(tx, b); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func emailsBad(db *gorm.DB, ids []uint) ([]string, error) {
	var out []string
	for _, id := range ids {
		var u user
		if err := db.Where("id = ?", id).First(&u).Error; err != nil { // want nplusone:"runs a query for each element of ids"
			return nil, err
		}
		out = append(out, u.Email)
	}
	return out, nil
}

func emailsOK(db *gorm.DB, ids []uint) (out []string, err error) {
	err = db.Model(&user{}).Where("id IN (?)", ids).Pluck("email", &out).Error
	return out, err
}

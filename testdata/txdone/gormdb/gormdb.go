// Package gormdb holds what is done with gorm transactions after their end.
package gormdb

import (
	"gorm.io/gorm"
)

type Tag struct {
	ID   uint
	Name string
}

func missingReturnBad(db *gorm.DB, t *Tag) error {
	tx := db.Begin()
	if err := tx.Create(t).Error; err != nil {
		tx.Rollback()
	}
	return tx.Commit().Error // want "commits tx, rolled back at line"
}

func returnsOK(db *gorm.DB, t *Tag) error {
	tx := db.Begin()
	if err := tx.Create(t).Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func chainedAfterBad(db *gorm.DB, t *Tag) error {
	tx := db.Begin()
	defer tx.Rollback()
	if err := tx.Commit().Error; err != nil {
		return err
	}
	return tx.Model(t).Where("id = ?", 1).Update("name", "b").Error // want "uses tx, committed at line \\d+: gorm.DB.Update fails"
}

func chainedAfterOK(db *gorm.DB, t *Tag) error {
	tx := db.Begin()
	defer tx.Rollback()
	if err := tx.Model(t).Where("id = ?", 1).Update("name", "b").Error; err != nil {
		return err
	}
	if err := tx.Commit().Error; err != nil {
		return err
	}
	return db.Model(t).Where("id = ?", 1).First(t).Error
}

// A query that is built, and never sent.
func buildsAfterOK(db *gorm.DB) (string, error) {
	tx := db.Begin()
	defer tx.Rollback()
	if err := tx.Commit().Error; err != nil {
		return "", err
	}
	return tx.Where("id = ?", 1).Name(), nil
}

func derivedBeforeBad(db *gorm.DB, t *Tag) error {
	tx := db.Begin()
	tags := tx.Table("tags")
	if err := tags.Create(t).Error; err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit().Error; err != nil {
		return err
	}
	return tags.Delete(t).Error // want "uses (tx|tags), committed at line"
}

func recoversOK(db *gorm.DB, t *Tag) error {
	tx := db.Begin()
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
		}
	}()
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Create(t).Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func rowsBad(db *gorm.DB) (n int, err error) {
	tx := db.Begin()
	rows, err := tx.Model(&Tag{}).Rows()
	if err != nil {
		tx.Rollback()
		return 0, err
	}
	defer rows.Close()
	if err := tx.Commit().Error; err != nil {
		return 0, err
	}
	for rows.Next() { // want "uses tx, committed at line"
		n++
	}
	return n, rows.Err()
}

func keptBad(db *gorm.DB, t *Tag) error {
	var kept *gorm.DB
	if err := db.Transaction(func(tx *gorm.DB) error {
		kept = tx
		return nil
	}); err != nil {
		return err
	}
	return kept.Create(t).Error // want "uses (kept|tx), committed (at|by gorm.DB.Transaction at) line"
}

func managedOK(db *gorm.DB, t *Tag) error {
	if err := db.Transaction(func(tx *gorm.DB) error { return tx.Create(t).Error }); err != nil {
		return err
	}
	return db.First(t).Error
}

func batchesOK(db *gorm.DB, ts [][]Tag) error {
	tx := db.Begin()
	for _, t := range ts {
		if err := tx.Create(&t).Error; err != nil {
			tx.Rollback()
			return err
		}
		if err := tx.Commit().Error; err != nil {
			return err
		}
		tx = db.Begin()
	}
	return tx.Commit().Error
}

func batchesBad(db *gorm.DB, ts [][]Tag) error {
	tx := db.Begin()
	for _, t := range ts {
		if err := tx.Create(&t).Error; err != nil { // want "uses tx, committed at line"
			tx.Rollback()
			return err
		}
		if err := tx.Commit().Error; err != nil {
			return err
		}
	}
	return nil // want earlyreturn:"returns without finishing tx begun at line"
}

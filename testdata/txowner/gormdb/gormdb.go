// Package gormdb holds gorm transactions and who finishes them.
package gormdb

import (
	"errors"

	"gorm.io/gorm"
)

type Post struct {
	ID    uint
	Title string
}

func CreateBad(tx *gorm.DB, p *Post) error {
	if err := tx.Create(p).Error; err != nil {
		return err
	}
	return tx.Commit().Error // want "commits tx, which the caller passed in"
}

func createsBad(db *gorm.DB) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.Rollback()
	if err := CreateBad(tx, &Post{Title: "a"}); err != nil {
		return err
	}
	if err := tx.Create(&Post{Title: "b"}).Error; err != nil { // want "uses tx after gormdb.CreateBad has committed it"
		return err
	}
	return tx.Commit().Error
}

func CreateOK(tx *gorm.DB, p *Post) error { return tx.Create(p).Error }

func createsOK(db *gorm.DB) error {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.Rollback()
	if err := CreateOK(tx, &Post{Title: "a"}); err != nil {
		return err
	}
	return tx.Commit().Error
}

func transactionBad(db *gorm.DB, p *Post) error {
	return db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(p).Error; err != nil {
			tx.Rollback() // want "rolls back tx, which gorm.DB.Transaction finishes: return an error and it is rolled back"
			return err
		}
		return tx.Commit().Error // want "commits tx, which gorm.DB.Transaction finishes: return nil and it is committed"
	})
}

func transactionOK(db *gorm.DB, p *Post) error {
	return db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(p).Error; err != nil {
			return err
		}
		return tx.Transaction(func(inner *gorm.DB) error {
			return inner.Model(p).Update("title", "b").Error
		})
	})
}

func chainedInClosureBad(db *gorm.DB) error {
	return db.Transaction(func(tx *gorm.DB) error {
		scoped := tx.Session(&gorm.Session{NewDB: true}).Table("posts")
		if err := scoped.Where("id = ?", 1).Delete(&Post{}).Error; err != nil {
			return err
		}
		scoped.Commit() // want "commits (tx|scoped), which gorm.DB.Transaction finishes"
		return nil
	})
}

func SavePointOK(tx *gorm.DB, p *Post) error {
	if err := tx.SavePoint("before").Error; err != nil {
		return err
	}
	if err := tx.Create(p).Error; err != nil {
		return errors.Join(err, tx.RollbackTo("before").Error)
	}
	return nil
}

// BeginsOK is given a pool, or what it takes for one.
func BeginsOK(db *gorm.DB, p *Post) (err error) {
	tx := db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if err = tx.Create(p).Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

// DeleteBad says only what it found.
func DeleteBad(tx *gorm.DB, id uint) (found bool) {
	res := tx.Delete(&Post{}, id)
	if res.Error != nil {
		tx.Rollback() // want "rolls back tx, which the caller passed in"
		return false
	}
	return res.RowsAffected > 0
}

// Scope only builds.
func Scope(title string) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB { return db.Where("title = ?", title) }
}

func scopedOK(db *gorm.DB) error {
	tx := db.Begin()
	if err := tx.Scopes(Scope("a")).Delete(&Post{}).Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

// Posts is a repository.
type Posts struct{ db *gorm.DB }

func NewPosts(db *gorm.DB) *Posts { return &Posts{db: db} }

// WithTx returns the repository on tx.
func (p *Posts) WithTx(tx *gorm.DB) *Posts { return &Posts{db: tx} }

func (p *Posts) RemoveBad(id uint) error {
	if err := p.db.Delete(&Post{}, id).Error; err != nil {
		return err
	}
	return p.db.Commit().Error // want "commits p.db, which its receiver was given"
}

func (p *Posts) RemoveOK(id uint) error { return p.db.Delete(&Post{}, id).Error }

func (p *Posts) ReplaceOK(id uint) error {
	return p.db.Transaction(func(tx *gorm.DB) error {
		posts := p.WithTx(tx)
		if err := posts.RemoveOK(id); err != nil {
			return err
		}
		return CreateOK(tx, &Post{ID: id})
	})
}

// nilMeansOwnOK begins where it is given nothing.
func nilMeansOwnOK(db, tx *gorm.DB, p *Post) error {
	own := tx == nil
	if own {
		tx = db.Begin()
		if tx.Error != nil {
			return tx.Error
		}
	}
	if err := tx.Save(p).Error; err != nil {
		if own {
			tx.Rollback()
		}
		return err
	}
	if own {
		return tx.Commit().Error
	}
	return nil
}

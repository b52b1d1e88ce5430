package gormdb

import (
	"errors"

	"gorm.io/gorm"
)

// Tx runs do on a repository that is bound to a transaction.
func (p *Posts) Tx(do func(p *Posts) error) error {
	return p.db.Transaction(func(tx *gorm.DB) error { return do(&Posts{db: tx}) })
}

func renamesOK(p *Posts, id uint) error {
	return p.Tx(func(p *Posts) error {
		return p.db.Model(&Post{ID: id}).Update("title", "c").Error
	})
}

// ownIfPoolOK begins on what may be a pool, and ends only that.
func ownIfPoolOK(db *gorm.DB, own bool, post *Post) error {
	tx := db
	if own {
		tx = db.Begin()
		if tx.Error != nil {
			return tx.Error
		}
		defer tx.Rollback()
	}
	if err := tx.Create(post).Error; err != nil {
		return err
	}
	if own {
		return tx.Commit().Error
	}
	return nil
}

// A hook works in the transaction of the statement that it hangs on.
func (p *Post) AfterCreate(tx *gorm.DB) error {
	return tx.Exec(`UPDATE counts SET n = n + 1`).Error
}

func (p *Post) AfterDeleteBad(tx *gorm.DB) error {
	if err := tx.Exec(`UPDATE counts SET n = n - 1`).Error; err != nil {
		return err
	}
	return tx.Commit().Error // want "commits tx, which the caller passed in"
}

// chainsOK keeps the end of a chain in a variable, and ends the transaction by
// the first handle.
func chainsOK(db *gorm.DB, ids []uint) (err error) {
	tx := db.Begin()
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
			panic(r)
		}
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit().Error
	}()
	q := tx.Model(&Post{})
	for _, id := range ids {
		q = q.Or("id = ?", id)
	}
	if res := q.Update("title", ""); res.Error != nil {
		return res.Error
	} else if res.RowsAffected == 0 {
		return errors.New("none")
	}
	return nil
}

// manualInRunnerBad does by hand what the runner does.
func manualInRunnerBad(db *gorm.DB, posts []Post) error {
	return db.Transaction(func(tx *gorm.DB) (err error) {
		defer func() {
			if err != nil {
				tx.Rollback() // want "rolls back tx, which gorm.DB.Transaction finishes"
			}
		}()
		for i := range posts {
			if err = tx.Create(&posts[i]).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

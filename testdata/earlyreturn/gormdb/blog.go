// Package gormdb is a blog on gorm. gorm's begin has one result: the error is
// in it, and every call hands out another handle on the same transaction.
package gormdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

var ErrForbidden = errors.New("forbidden")

type Post struct {
	ID       uint
	AuthorID uint
	Title    string
	Draft    bool
	Tags     []Tag `gorm:"many2many:post_tags"`
}

type Tag struct {
	ID   uint
	Name string
}

type Blog struct {
	db  *gorm.DB
	log *slog.Logger
}

// PublishBad checks the author after it began.
func (b *Blog) PublishBad(ctx context.Context, id, author uint) error {
	tx := b.db.WithContext(ctx).Begin()
	if tx.Error != nil {
		return tx.Error
	}
	var post Post
	if err := tx.First(&post, id).Error; err != nil {
		tx.Rollback()
		return err
	}
	if post.AuthorID != author {
		return ErrForbidden // want "returns without finishing tx begun at line \\d+"
	}
	if err := tx.Model(&post).Update("draft", false).Error; err != nil {
		tx.Rollback()
		return fmt.Errorf("publish %d: %w", id, err)
	}
	return tx.Commit().Error
}

func (b *Blog) PublishOK(ctx context.Context, id, author uint) error {
	tx := b.db.WithContext(ctx).Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.Rollback()
	var post Post
	if err := tx.First(&post, id).Error; err != nil {
		return err
	}
	if post.AuthorID != author {
		return ErrForbidden
	}
	if err := tx.Model(&post).Update("draft", false).Error; err != nil {
		return fmt.Errorf("publish %d: %w", id, err)
	}
	return tx.Commit().Error
}

// CreateBad forgets the rollback in one of two branches.
func (b *Blog) CreateBad(p *Post) error {
	tx := b.db.Begin()
	if err := tx.Error; err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := tx.Create(p).Error; err != nil {
		return fmt.Errorf("create: %w", err) // want "returns without finishing tx begun at line \\d+"
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&p.Tags).Error; err != nil {
		tx.Rollback()
		return fmt.Errorf("tags: %w", err)
	}
	if err := tx.Commit().Error; err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (b *Blog) CreateOK(p *Post) error {
	tx := b.db.Begin()
	if err := tx.Error; err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := tx.Create(p).Error; err != nil {
		tx.Rollback()
		return fmt.Errorf("create: %w", err)
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&p.Tags).Error; err != nil {
		return errors.Join(err, tx.Rollback().Error)
	}
	if err := tx.Commit().Error; err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// UncheckedBad does not look whether it began; where it did, it may leave.
func (b *Blog) UncheckedBad(id uint) error {
	tx := b.db.Begin()
	if err := tx.Delete(&Post{}, id).Error; err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit().Error
}

// UncheckedOK does not look either, but always ends.
func (b *Blog) UncheckedOK(id uint) error {
	tx := b.db.Begin()
	defer tx.Rollback()
	if err := tx.Delete(&Post{}, id).Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

// FindOrCreateBad returns what it found with the transaction open.
func (b *Blog) FindOrCreateBad(name string) (*Tag, error) {
	tx := b.db.Begin(&sql.TxOptions{Isolation: sql.LevelSerializable})
	if tx.Error != nil {
		return nil, tx.Error
	}
	var tag Tag
	err := tx.Where("name = ?", name).Take(&tag).Error
	if err == nil {
		return &tag, nil // want "returns without finishing tx begun at line \\d+"
	}
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		tx.Rollback()
		return nil, err
	}
	tag.Name = name
	if err := tx.Create(&tag).Error; err != nil {
		tx.Rollback()
		return nil, err
	}
	return &tag, tx.Commit().Error
}

func (b *Blog) FindOrCreateOK(name string) (*Tag, error) {
	tx := b.db.Begin(&sql.TxOptions{Isolation: sql.LevelSerializable})
	if tx.Error != nil {
		return nil, tx.Error
	}
	var tag Tag
	err := tx.Where("name = ?", name).Take(&tag).Error
	switch {
	case err == nil:
		return &tag, tx.Rollback().Error
	case errors.Is(err, gorm.ErrRecordNotFound):
		tag.Name = name
		if err := tx.Create(&tag).Error; err != nil {
			tx.Rollback()
			return nil, err
		}
		return &tag, tx.Commit().Error
	default:
		tx.Rollback()
		return nil, err
	}
}

// PanicGuardBad copies a guard for panics and takes it for one for errors.
func (b *Blog) PanicGuardBad(posts []Post) error {
	tx := b.db.Begin()
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
		}
	}()
	if err := tx.Error; err != nil {
		return err
	}
	for i := range posts {
		if err := tx.Save(&posts[i]).Error; err != nil {
			return err // want "returns without finishing tx begun at line \\d+"
		}
	}
	return tx.Commit().Error
}

// PanicGuardOK has both.
func (b *Blog) PanicGuardOK(posts []Post) error {
	tx := b.db.Begin()
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
		}
	}()
	if err := tx.Error; err != nil {
		return err
	}
	for i := range posts {
		if err := tx.Save(&posts[i]).Error; err != nil {
			tx.Rollback()
			return err
		}
	}
	return tx.Commit().Error
}

// GuardBad tests an err that is never the one of the loop.
func (b *Blog) GuardBad(posts []Post) error {
	var err error
	tx := b.db.Begin()
	if err = tx.Error; err != nil {
		return err
	}
	defer func() {
		if err != nil {
			b.log.Warn("rolling back", "err", err)
			tx.Rollback()
		}
	}()
	for i := range posts {
		if err := tx.Save(&posts[i]).Error; err != nil {
			return fmt.Errorf("post %d: %w", posts[i].ID, err) // want "returns without finishing tx begun at line \\d+: .*deferred rollback at line \\d+ tests err"
		}
	}
	err = tx.Commit().Error
	return err
}

func (b *Blog) GuardOK(posts []Post) (err error) {
	tx := b.db.Begin()
	if err = tx.Error; err != nil {
		return err
	}
	defer func() {
		if err != nil {
			b.log.Warn("rolling back", "err", err)
			tx.Rollback()
		}
	}()
	for i := range posts {
		if err := tx.Save(&posts[i]).Error; err != nil {
			return fmt.Errorf("post %d: %w", posts[i].ID, err)
		}
	}
	return tx.Commit().Error
}

// TransactionOK is managed by the library.
func (b *Blog) TransactionOK(ctx context.Context, p *Post) error {
	return b.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(p).Error; err != nil {
			return err
		}
		if p.Draft {
			return nil
		}
		return tx.Model(p).Association("Tags").Append(p.Tags)
	})
}

// NestedTransactionOK: inside of one the library makes a savepoint.
func (b *Blog) NestedTransactionOK(p *Post, tags []Tag) error {
	return b.db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(p).Error; err != nil {
			return err
		}
		for i := range tags {
			err := tx.Transaction(func(inner *gorm.DB) error {
				return inner.Create(&tags[i]).Error
			})
			if err != nil {
				b.log.Warn("tag", "err", err)
			}
		}
		return nil
	})
}

// BegunInTransactionBad begins on the pool inside the closure.
func (b *Blog) BegunInTransactionBad(p *Post) error {
	return b.db.Transaction(func(tx *gorm.DB) error {
		own := b.db.Begin()
		if own.Error != nil {
			return own.Error
		}
		if err := own.Exec(`UPDATE counters SET n = n + 1`).Error; err != nil {
			return err // want "returns without finishing own begun at line \\d+"
		}
		if err := own.Commit().Error; err != nil {
			return err
		}
		return tx.Create(p).Error
	})
}

// SavePointBad rolls back to a savepoint, which ends nothing.
func (b *Blog) SavePointBad(p *Post) error {
	tx := b.db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Create(p).Error; err != nil {
		tx.Rollback()
		return err
	}
	tx.SavePoint("tags")
	if err := tx.Create(&p.Tags).Error; err != nil {
		tx.RollbackTo("tags")
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit().Error
}

func (b *Blog) SavePointOK(p *Post) error {
	tx := b.db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Create(p).Error; err != nil {
		tx.Rollback()
		return err
	}
	tx.SavePoint("tags")
	if err := tx.Create(&p.Tags).Error; err != nil {
		tx.RollbackTo("tags")
	}
	return tx.Commit().Error
}

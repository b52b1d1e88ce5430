package gormdb

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ChainedBad works through handles that are derived from its own.
func (b *Blog) ChainedBad(ctx context.Context, author uint) error {
	tx := b.db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	posts := tx.WithContext(ctx).Table("posts").Where("author_id = ?", author)
	if err := posts.Update("draft", true).Error; err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit().Error
}

// ChainedOK ends through such a handle: it is the same transaction.
func (b *Blog) ChainedOK(ctx context.Context, author uint) error {
	tx := b.db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	scoped := tx.WithContext(ctx).Session(&gorm.Session{SkipHooks: true})
	if err := scoped.Model(&Post{}).Where("author_id = ?", author).Update("draft", true).Error; err != nil {
		scoped.Rollback()
		return err
	}
	return scoped.Commit().Error
}

// ReboundOK puts a derived handle into the variable; the defer holds the
// first one.
func (b *Blog) ReboundOK(ctx context.Context, author uint) error {
	tx := b.db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	defer tx.Rollback()
	tx = tx.WithContext(ctx).Debug()
	if author == 0 {
		return ErrForbidden
	}
	if err := tx.Where("author_id = ?", author).Delete(&Post{}).Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

// FilterBad builds a query step by step in the variable of the transaction.
func (b *Blog) FilterBad(ctx context.Context, title string, tag uint) ([]Post, error) {
	tx := b.db.WithContext(ctx).Begin()
	if tx.Error != nil {
		return nil, tx.Error
	}
	q := tx.Model(&Post{}).Clauses(clause.Locking{Strength: "UPDATE"})
	if title != "" {
		q = q.Where("title LIKE ?", title+"%")
	}
	if tag != 0 {
		q = q.Joins("JOIN post_tags ON post_tags.post_id = posts.id").Where("tag_id = ?", tag)
	}
	var posts []Post
	if err := q.Find(&posts).Error; err != nil {
		q.Rollback()
		return nil, err
	}
	if len(posts) == 0 {
		return nil, nil // want "returns without finishing tx begun at line \\d+"
	}
	return posts, tx.Commit().Error
}

// CommitChainOK commits at the end of a chain.
func (b *Blog) CommitChainOK(p *Post) error {
	tx := b.db.Begin()
	if tx.Error != nil {
		return tx.Error
	}
	if p.Title == "" {
		tx.Rollback()
		return errors.New("no title")
	}
	return tx.Create(p).Commit().Error
}

// DroppedChainBad begins in the middle of a chain; nobody can end that.
func (b *Blog) DroppedChainBad(p *Post) error {
	return b.db.Begin().Create(p).Error // want "drops the transaction"
}

// CheckOnlyBad keeps the error of the begin and nothing else.
func (b *Blog) CheckOnlyBad() bool {
	return b.db.Begin().Error == nil // want "drops the transaction"
}

// WholeChainOK begins, works and commits in one expression.
func (b *Blog) WholeChainOK(p *Post) error {
	return b.db.Begin().Create(p).Commit().Error
}

// repository works on whatever handle it was given.
type repository struct{ db *gorm.DB }

// WithTx is the usual way to lend a transaction to a repository.
func (r *repository) WithTx(tx *gorm.DB) *repository { return &repository{db: tx} }

func (r *repository) save(p *Post) error { return r.db.Save(p).Error }

func (r *repository) begin() *gorm.DB { return r.db.Begin() }

// RepositoryBad lends its transaction to a repository, which does not end it.
func RepositoryBad(r *repository, posts []Post) error {
	tx := r.begin()
	if tx.Error != nil {
		return tx.Error
	}
	inner := r.WithTx(tx)
	for i := range posts {
		if err := inner.save(&posts[i]); err != nil {
			return fmt.Errorf("save %d: %w", posts[i].ID, err) // want "returns without finishing tx begun at line \\d+"
		}
	}
	return tx.Commit().Error
}

func RepositoryOK(r *repository, posts []Post) error {
	tx := r.begin()
	if tx.Error != nil {
		return tx.Error
	}
	inner := r.WithTx(tx)
	for i := range posts {
		if err := inner.save(&posts[i]); err != nil {
			tx.Rollback()
			return fmt.Errorf("save %d: %w", posts[i].ID, err)
		}
	}
	return tx.Commit().Error
}

// PerPostBad starts over for each post and forgets the one that failed.
func (b *Blog) PerPostBad(posts []Post) (failed int) {
	for i := range posts {
		tx := b.db.Begin() // want "begins tx again while the one of the previous round is still open"
		if tx.Error != nil {
			failed++
			continue
		}
		if err := tx.Save(&posts[i]).Error; err != nil {
			b.log.Error("save", "post", posts[i].ID, "err", err)
			failed++
			continue
		}
		tx.Commit()
	}
	return failed
}

func (b *Blog) PerPostOK(posts []Post) (failed int) {
	for i := range posts {
		tx := b.db.Begin()
		if tx.Error != nil {
			failed++
			continue
		}
		if err := tx.Save(&posts[i]).Error; err != nil {
			b.log.Error("save", "post", posts[i].ID, "err", err)
			tx.Rollback()
			failed++
			continue
		}
		tx.Commit()
	}
	return failed
}

// DeferPerPostBad keeps the connection of every post that is a draft.
func (b *Blog) DeferPerPostBad(posts []Post) error {
	for i := range posts {
		tx := b.db.Begin() // want "every round's transaction stays open until the function returns"
		if tx.Error != nil {
			return tx.Error
		}
		defer tx.Rollback()
		if posts[i].Draft {
			continue
		}
		if err := tx.Save(&posts[i]).Error; err != nil {
			return err
		}
		if err := tx.Commit().Error; err != nil {
			return err
		}
	}
	return nil
}

// unit is a unit of work around gorm.
type unit struct {
	base *gorm.DB
	tx   *gorm.DB
}

func (u *unit) Begin() error {
	u.tx = u.base.Begin()
	return u.tx.Error
}

func (u *unit) Commit() error { return u.tx.Commit().Error }
func (u *unit) Rollback()     { u.tx.Rollback() }

// UnitBad begins through its own unit and leaves it.
func (b *Blog) UnitBad(p *Post) error {
	u := unit{base: b.db}
	if err := u.Begin(); err != nil {
		return err
	}
	if err := u.tx.Create(p).Error; err != nil {
		return err // want "without finishing"
	}
	return u.Commit()
}

func (b *Blog) UnitOK(p *Post) error {
	u := unit{base: b.db}
	if err := u.Begin(); err != nil {
		return err
	}
	if err := u.tx.Create(p).Error; err != nil {
		u.Rollback()
		return err
	}
	return u.Commit()
}

// ScopeBad starts where its caller asks, and ends only what succeeds.
func (b *Blog) ScopeBad(outer *gorm.DB, p *Post) error {
	tx := outer
	if outer == nil {
		tx = b.db.Begin()
		if tx.Error != nil {
			return tx.Error
		}
	}
	if err := tx.Create(p).Error; err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	if outer == nil {
		return tx.Commit().Error
	}
	return nil
}

func (b *Blog) ScopeOK(outer *gorm.DB, p *Post) error {
	tx := outer
	if outer == nil {
		tx = b.db.Begin()
		if tx.Error != nil {
			return tx.Error
		}
		defer tx.Rollback()
	}
	if err := tx.Create(p).Error; err != nil {
		return err
	}
	if outer == nil {
		return tx.Commit().Error
	}
	return nil
}

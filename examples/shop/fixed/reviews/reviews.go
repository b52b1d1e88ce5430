// Package reviews keeps what customers say about products. It is the part of the shop that is written
// with gorm.
package reviews

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"example.com/shop/internal/domain"
	"example.com/shop/internal/sqlite"
)

// Reviews knows what customers say. A review is shown once it was approved.
type Reviews struct {
	db *gorm.DB
}

// New returns the reviews, on the shop's pool.
func New(db *sql.DB) *Reviews { return &Reviews{db: sqlite.Gorm(db)} }

// A review is a row of its table.
type review struct {
	ID         int64
	SKU        string
	CustomerID int64
	Stars      int
	Text       string
	Approved   bool
	Author     customer `gorm:"foreignKey:CustomerID"`
}

// A customer is what a review needs of one.
type customer struct {
	ID      int64
	Name    string
	Blocked bool
}

// Submit takes a review in and returns its id.
func (s *Reviews) Submit(wanted domain.Review) (id int64, err error) {
	if err := wanted.Check(); err != nil {
		return 0, err
	}
	err = s.db.Transaction(func(tx *gorm.DB) error {
		var author customer
		if err := tx.Take(&author, wanted.CustomerID).Error; err != nil {
			return found(err, "customer", wanted.CustomerID)
		}
		if author.Blocked {
			return domain.ErrBlocked
		}
		row := review{SKU: wanted.SKU, CustomerID: author.ID, Stars: wanted.Stars, Text: wanted.Text}
		if err := tx.Omit("Author").Create(&row).Error; err != nil {
			return fmt.Errorf("insert review: %w", err)
		}
		id = row.ID
		return nil
	})
	return id, err
}

// Approve lets a review be shown, once.
func (s *Reviews) Approve(id int64) error {
	tx := s.db.Begin()
	if tx.Error != nil {
		return fmt.Errorf("begin: %w", tx.Error)
	}
	defer tx.Rollback() // after the commit it does nothing
	approved := tx.Model(&review{}).Where("id = ? AND NOT approved", id).Update("approved", true)
	if approved.Error != nil {
		return fmt.Errorf("approve: %w", approved.Error)
	}
	if approved.RowsAffected == 0 {
		return fmt.Errorf("review %d to approve: %w", id, domain.ErrNotFound)
	}
	if err := tx.Commit().Error; err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// List loads what may be shown of a product, with the names of the authors.
func (s *Reviews) List(ctx context.Context, sku string) ([]domain.Review, error) {
	var rows []review
	if err := s.db.WithContext(ctx).Preload("Author").Where("sku = ? AND approved", sku).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reviews: %w", err)
	}
	shown := make([]domain.Review, len(rows))
	for i, row := range rows {
		shown[i] = domain.Review{SKU: row.SKU, CustomerID: row.CustomerID, Author: row.Author.Name, Stars: row.Stars, Text: row.Text}
	}
	return shown, nil
}

// found turns the error of a one-row query into the shop's own words.
func found(err error, what string, key any) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("%s %v: %w", what, key, domain.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", what, err)
}

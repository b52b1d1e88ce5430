// Package reviews keeps what customers say about products. It is the part of the shop that is written
// with gorm.
package reviews

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

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
}

// A customer is what a review needs of one.
type customer struct {
	ID      int64
	Name    string
	Blocked bool
}

// Submit takes a review in and returns its id.
func (s *Reviews) Submit(wanted domain.Review) (int64, error) {
	if err := wanted.Check(); err != nil {
		return 0, err
	}
	tx := s.db.Begin()
	if tx.Error != nil {
		return 0, fmt.Errorf("begin: %w", tx.Error)
	}
	var author customer
	if err := tx.Take(&author, wanted.CustomerID).Error; err != nil {
		tx.Rollback()
		return 0, found(err, "customer", wanted.CustomerID)
	}
	if author.Blocked {
		return 0, domain.ErrBlocked
	}
	row := review{SKU: wanted.SKU, CustomerID: author.ID, Stars: wanted.Stars, Text: wanted.Text}
	if err := tx.Create(&row).Error; err != nil {
		tx.Rollback()
		return 0, fmt.Errorf("insert review: %w", err)
	}
	if err := tx.Commit().Error; err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	return row.ID, nil
}

// Approve lets a review be shown, once.
func (s *Reviews) Approve(id int64) error {
	tx := s.db.Begin()
	if tx.Error != nil {
		return fmt.Errorf("begin: %w", tx.Error)
	}
	approved := tx.Model(&review{}).Where("id = ? AND NOT approved", id).Update("approved", true)
	if approved.Error != nil {
		tx.Rollback()
		return fmt.Errorf("approve: %w", approved.Error)
	}
	if approved.RowsAffected == 0 {
		slog.Warn("nothing to approve", "review", id)
		tx.Rollback()
	}
	if err := tx.Commit().Error; err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// List loads what may be shown of a product, with the names of the authors.
func (s *Reviews) List(ctx context.Context, sku string) ([]domain.Review, error) {
	var rows []review
	if err := s.db.WithContext(ctx).Where("sku = ? AND approved", sku).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("reviews: %w", err)
	}
	shown := make([]domain.Review, len(rows))
	for i, row := range rows {
		var author customer
		if err := s.db.WithContext(ctx).Take(&author, row.CustomerID).Error; err != nil {
			return nil, found(err, "customer", row.CustomerID)
		}
		shown[i] = domain.Review{SKU: row.SKU, CustomerID: row.CustomerID, Author: author.Name, Stars: row.Stars, Text: row.Text}
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

package service

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"

	"example.com/shop/fixed/store"
	"example.com/shop/internal/domain"
)

// batch is how many rows of a list go into one transaction: small enough that a writer never waits
// long, large enough that a list of thousands is not thousands of commits.
const batch = 50

// Catalogue knows what the shop sells, at which price, and how much of it there is.
type Catalogue struct {
	db *sql.DB
}

// Product loads one product.
func (s *Catalogue) Product(ctx context.Context, sku string) (domain.Product, error) {
	return store.ProductBySKU(ctx, s.db, sku)
}

// AddProduct adds a product with its first delivery.
func (s *Catalogue) AddProduct(ctx context.Context, product domain.Product) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := store.InsertProduct(ctx, tx, product); err != nil {
		return store.Abort(tx, err)
	}
	first := []domain.Line{{SKU: product.SKU, Quantity: product.Stock}}
	if err := store.PutStock(ctx, tx, first); err != nil {
		return store.Abort(tx, err)
	}
	return store.Commit(tx)
}

// Deliver puts a delivery onto the shelf and returns what is there now.
func (s *Catalogue) Deliver(ctx context.Context, line domain.Line) (domain.Product, error) {
	tx, err := s.db.Begin()
	if err != nil {
		return domain.Product{}, fmt.Errorf("begin: %w", err)
	}
	fail := func(err error) (domain.Product, error) {
		store.Rollback(tx)
		return domain.Product{}, fmt.Errorf("deliver %s: %w", line.SKU, err)
	}

	if line.Quantity < 1 {
		return fail(domain.ErrInvalid)
	}
	if err := store.PutStock(ctx, tx, []domain.Line{line}); err != nil {
		return fail(err)
	}
	product, err := store.ProductBySKU(ctx, tx, line.SKU)
	if err != nil {
		return fail(err)
	}
	return product, store.Commit(tx)
}

// SetPrice changes one price and returns the product as it is now.
func (s *Catalogue) SetPrice(ctx context.Context, price domain.Price) (product domain.Product, err error) {
	tx, err := s.db.Begin()
	if err != nil {
		return product, fmt.Errorf("begin: %w", err)
	}
	defer store.Rollback(tx)

	if err := store.SetPrices(ctx, tx, []domain.Price{price}); err != nil {
		return product, err
	}
	product, err = store.ProductBySKU(ctx, tx, price.SKU)
	if err != nil {
		return product, err
	}
	return product, store.Commit(tx)
}

// WriteOff takes what is spoilt off the shelf: all of it, or nothing.
func (s *Catalogue) WriteOff(ctx context.Context, spoilt []domain.Line) error {
	if err := domain.CheckLines(spoilt); err != nil {
		return err
	}
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := store.TakeStock(ctx, tx, spoilt); err != nil {
		slog.Warn("write off", "error", err)
		store.Rollback(tx)
		return err
	}
	return store.Commit(tx)
}

// ImportPrices takes over a price list, batch by batch, and returns how many prices it changed.
// A batch that changes nothing is left alone, so that the daily list does not lock out writers.
func (s *Catalogue) ImportPrices(ctx context.Context, listed []domain.Price) (changed int, err error) {
	for part := range slices.Chunk(listed, batch) {
		tx, err := s.db.Begin()
		if err != nil {
			return changed, fmt.Errorf("begin: %w", err)
		}
		count, err := store.PricesChanged(ctx, tx, part)
		if err != nil {
			return changed, store.Abort(tx, err)
		}
		if count == 0 {
			store.Rollback(tx)
			continue
		}
		if err := store.SetPrices(ctx, tx, part); err != nil {
			return changed, store.Abort(tx, err)
		}
		if err := store.Commit(tx); err != nil {
			return changed, err
		}
		changed += count
	}
	return changed, nil
}

// Recount makes the books agree with a count of the shelves, batch by batch.
func (s *Catalogue) Recount(ctx context.Context, counted []domain.Line) error {
	for part := range slices.Chunk(counted, batch) {
		if err := s.recountBatch(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// recountBatch is a function of its own, so that its deferred rollback runs once per batch.
func (s *Catalogue) recountBatch(ctx context.Context, counted []domain.Line) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer store.Rollback(tx)

	differs, err := store.StockDiffers(ctx, tx, counted)
	if err != nil || !differs {
		return err
	}
	if err := store.SetStock(ctx, tx, counted); err != nil {
		return err
	}
	return store.Commit(tx)
}

// Stocktake counts a whole warehouse: all of the count gets into the books, or nothing.
func (s *Catalogue) Stocktake(ctx context.Context, warehouse string, counted []domain.Line) error {
	count, err := store.OpenStocktake(ctx, s.db, warehouse)
	if err != nil {
		return err
	}
	defer count.Discard()

	if err := count.Record(ctx, counted); err != nil {
		return err
	}
	return count.Close()
}

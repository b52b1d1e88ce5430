package store

import (
	"context"
	"fmt"

	"example.com/shop/internal/domain"
)

// ProductBySKU loads one product.
func ProductBySKU(ctx context.Context, q Querier, sku string) (domain.Product, error) {
	product := domain.Product{SKU: sku}
	row := q.QueryRowContext(ctx, `SELECT name, price_cents, stock FROM products WHERE sku = ?`, sku)
	err := row.Scan(&product.Name, &product.Price, &product.Stock)
	return product, found(err, "product", sku)
}

// InsertProduct adds a product with nothing of it in stock.
func InsertProduct(ctx context.Context, q Querier, product domain.Product) error {
	_, err := q.ExecContext(ctx, `INSERT INTO products (sku, name, price_cents, stock) VALUES (?, ?, ?, 0)`,
		product.SKU, product.Name, product.Price)
	return wrap(err, "insert product")
}

// TakeStock takes all the wanted lines off the shelf, or refuses if one of them is short.
func TakeStock(ctx context.Context, q Querier, wanted []domain.Line) error {
	encoded, err := list(wanted)
	if err != nil {
		return err
	}
	result, err := q.ExecContext(ctx, `
		UPDATE products SET stock = stock - line.quantity FROM `+lines+` AS line
		WHERE products.sku = line.sku AND products.stock >= line.quantity`, encoded)
	if err != nil {
		return fmt.Errorf("take stock: %w", err)
	}
	taken, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("take stock: %w", err)
	}
	if int(taken) < len(wanted) {
		return domain.ErrOutOfStock
	}
	return nil
}

// PutStock puts the lines onto the shelf.
func PutStock(ctx context.Context, q Querier, added []domain.Line) error {
	encoded, err := list(added)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `
		UPDATE products SET stock = stock + line.quantity FROM `+lines+` AS line
		WHERE products.sku = line.sku`, encoded)
	return wrap(err, "put stock")
}

// RestockOrders puts the lines of all these orders back onto the shelf.
func RestockOrders(ctx context.Context, q Querier, ids []int64) error {
	encoded, err := list(ids)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `
		UPDATE products SET stock = stock + line.quantity
		FROM (SELECT sku, SUM(quantity) AS quantity FROM order_lines
		      WHERE order_id IN (SELECT value FROM json_each(?)) GROUP BY sku) AS line
		WHERE products.sku = line.sku`, encoded)
	return wrap(err, "restock orders")
}

// StockDiffers reports whether the books disagree with a count.
func StockDiffers(ctx context.Context, q Querier, counted []domain.Line) (differs bool, err error) {
	encoded, err := list(counted)
	if err != nil {
		return false, err
	}
	err = q.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM products JOIN `+lines+` AS line USING (sku)
		               WHERE products.stock <> line.quantity)`, encoded).Scan(&differs)
	return differs, wrap(err, "compare stock")
}

// SetStock makes the books agree with a count.
func SetStock(ctx context.Context, q Querier, counted []domain.Line) error {
	encoded, err := list(counted)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `
		UPDATE products SET stock = line.quantity FROM `+lines+` AS line
		WHERE products.sku = line.sku`, encoded)
	return wrap(err, "set stock")
}

// prices reads a list of domain.Price as a table.
const prices = `(SELECT value ->> 'sku' AS sku, value ->> 'price' AS price FROM json_each(?))`

// PricesChanged counts the products whose price the list changes.
func PricesChanged(ctx context.Context, q Querier, listed []domain.Price) (changed int, err error) {
	encoded, err := list(listed)
	if err != nil {
		return 0, err
	}
	err = q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM products JOIN `+prices+` AS listed USING (sku)
		WHERE products.price_cents <> listed.price`, encoded).Scan(&changed)
	return changed, wrap(err, "compare prices")
}

// SetPrices gives every listed product its price.
func SetPrices(ctx context.Context, q Querier, listed []domain.Price) error {
	encoded, err := list(listed)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `
		UPDATE products SET price_cents = listed.price FROM `+prices+` AS listed
		WHERE products.sku = listed.sku`, encoded)
	return wrap(err, "set prices")
}

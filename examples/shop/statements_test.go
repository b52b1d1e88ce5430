package shop_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	buggy "example.com/shop/buggy/httpapi"
	fixed "example.com/shop/fixed/httpapi"
	"example.com/shop/internal/domain"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStatementsPerRequest counts what a request sends to the database: one statement more for
// each element in the buggy twin, the same number for any list in the fixed one.
func TestStatementsPerRequest(t *testing.T) {
	t.Parallel()
	topics := []string{"glaze", "clay", "kilns", "tea", "fairs"}
	requests := []struct {
		name         string
		request      request
		n            int // elements
		buggy, fixed func(n int) int
	}{
		{
			name:    "list page",
			request: request{method: "GET", path: "/customers/1/orders"},
			n:       3, // orders in the seed
			buggy:   func(n int) int { return 1 + n },
			fixed:   func(int) int { return 2 },
		},
		{
			name:    "longer list page",
			request: request{method: "GET", path: "/customers/1/orders"},
			n:       12,
			buggy:   func(n int) int { return 1 + n },
			fixed:   func(int) int { return 2 },
		},
		{
			name:    "reviews, with gorm",
			request: request{method: "GET", path: "/products/mug/reviews"},
			n:       3, // reviews in the seed
			buggy:   func(n int) int { return 1 + n },
			fixed:   func(int) int { return 2 },
		},
		{
			name:    "sign-up",
			request: request{method: "POST", path: "/signups", body: map[string]any{"name": "Dora", "topics": topics}},
			n:       len(topics),
			buggy:   func(n int) int { return 1 + n },
			fixed:   func(int) int { return 2 },
		},
	}
	for _, r := range requests {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			answers := map[string]string{}
			for name, twin := range map[string]struct {
				handler newHandler
				want    int
			}{"buggy": {buggy.New, r.buggy(r.n)}, "fixed": {fixed.New, r.fixed(r.n)}} {
				sent := &counter{}
				shop := openThrough(t, twin.handler, sent)
				if r.request.method == "GET" {
					for range r.n - 3 {
						shop.requireAnswer(http.StatusOK, placeOrder)
					}
				}
				sent.reset()
				answers[name] = shop.requireAnswer(http.StatusOK, r.request)
				assert.Equal(t, twin.want, sent.count(), "%s sent %d statements for %d elements", name, sent.count(), r.n)
			}
			assert.Equal(t, answers["fixed"], answers["buggy"])
		})
	}
}

func TestListPageHasEverything(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]newHandler{"buggy": buggy.New, "fixed": fixed.New} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := open(t, handler)
			page := shop.requireAnswer(http.StatusOK, request{method: "GET", path: "/customers/1/orders"})
			assert.JSONEq(t, `[
				{"id": 1, "customer_id": 1, "status": "placed", "total": 1800, "lines": [{"sku": "mug", "quantity": 2}]},
				{"id": 2, "customer_id": 1, "status": "shipped", "total": 3900, "lines": [{"sku": "teapot", "quantity": 1}]},
				{"id": 3, "customer_id": 1, "status": "paid", "total": 900, "lines": [{"sku": "mug", "quantity": 1}]}]`, page)
			shop.requireAnswer(http.StatusUnprocessableEntity, request{method: "POST", path: "/signups", body: domain.Customer{}})
			shop.requireAnswer(http.StatusOK, request{method: "POST", path: "/signups", body: map[string]any{"name": "Eve", "topics": []string{"tea"}}})
			var topics int
			require.NoError(t, shop.db.QueryRowContext(t.Context(), `SELECT count(*) FROM subscriptions`).Scan(&topics))
			assert.Equal(t, 1, topics)
		})
	}
}

// A counter counts statements.
type counter struct{ n atomic.Int64 }

func (c *counter) count() int { return int(c.n.Load()) }
func (c *counter) reset()     { c.n.Store(0) }

// drivers is held while a driver gets its name, which nobody else may take.
var drivers sync.Mutex

// countingDriver registers a driver that counts what goes through it.
func countingDriver(t *testing.T, sent *counter) string {
	t.Helper()
	drivers.Lock()
	defer drivers.Unlock()
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	name := fmt.Sprintf("counting %d", len(sql.Drivers()))
	sql.Register(name, countingOf{db.Driver(), sent})
	return name
}

type countingOf struct {
	driver.Driver
	sent *counter
}

func (d countingOf) Open(name string) (driver.Conn, error) {
	conn, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return countedConn{conn, d.sent}, nil
}

// countedConn is a connection that counts the statements which are sent through it.
type countedConn struct {
	driver.Conn
	sent *counter
}

func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.sent.n.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.sent.n.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c countedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

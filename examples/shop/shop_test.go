package shop_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	buggy "example.com/shop/buggy/httpapi"
	fixed "example.com/shop/fixed/httpapi"
	"example.com/shop/internal/domain"
	"example.com/shop/internal/sqlite"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// poolSize is small, so that few leaks are enough. A larger pool only lasts longer.
	poolSize = 2
	// patience bounds what is expected to succeed: far more than any request here needs.
	patience = 20 * time.Second
	// starving bounds what is expected never to succeed, so that waiting longer would prove no more.
	starving = 300 * time.Millisecond
	// busyTimeout is longer than starving: a writer that starves is still waiting for the lock.
	busyTimeout = 2 * time.Second
)

// request is one call of the shop's API. A nil body sends none.
type request struct {
	method, path string
	body         any
}

// The innocent requests: they do nothing wrong and have nothing to do with the requests before them.
var (
	lookUp     = request{method: "GET", path: "/products/mug"}
	placeOrder = request{method: "POST", path: "/orders", body: order("mug", 1)}
)

// shape is one way of leaving a transaction open.
type shape struct {
	name     string
	trigger  request
	times    int // how often the trigger is sent
	answer   int // what the trigger is answered, by either twin: the caller cannot see the leak
	held     int // connections that the buggy twin does not give back
	innocent request
}

var shapes = []shape{
	{
		name:    "early return in a service",
		trigger: request{method: "POST", path: "/orders/2/cancel"},
		times:   2, answer: http.StatusConflict, held: 2, innocent: lookUp,
	},
	{
		name:    "early return in a handler",
		trigger: request{method: "POST", path: "/customers/2/credit", body: map[string]int{"amount": 100}},
		times:   2, answer: http.StatusConflict, held: 2, innocent: lookUp,
	},
	{
		// The order is written by then, so that the leaked transaction holds the write lock as
		// well: one order for something out of stock, and nobody can order anything.
		name:    "guarded defer with a shadowed error",
		trigger: request{method: "POST", path: "/orders", body: order("whisk", 1)},
		times:   1, answer: http.StatusConflict, held: 1, innocent: placeOrder,
	},
	{
		name:    "guarded defer with an error returned directly",
		trigger: request{method: "POST", path: "/orders/1/coupon", body: map[string]string{"code": "OLDIE"}},
		times:   2, answer: http.StatusConflict, held: 2, innocent: lookUp,
	},
	{
		name:    "defer after a return",
		trigger: request{method: "POST", path: "/orders/404/ship"},
		times:   2, answer: http.StatusNotFound, held: 2, innocent: lookUp,
	},
	{
		name:    "success with nothing to do",
		trigger: request{method: "POST", path: "/orders/expire"},
		times:   2, answer: http.StatusOK, held: 2, innocent: lookUp,
	},
	{
		name:    "next round of a loop",
		trigger: request{method: "POST", path: "/prices", body: []domain.Price{{SKU: "mug", Price: 900}}},
		times:   2, answer: http.StatusOK, held: 2, innocent: lookUp,
	},
	{
		name:    "transaction begun by another package",
		trigger: request{method: "POST", path: "/orders/2/refunds", body: map[string]int{"amount": 10_000}},
		times:   2, answer: http.StatusConflict, held: 2, innocent: lookUp,
	},
	{
		name:    "unit of work",
		trigger: request{method: "POST", path: "/orders/1/return", body: lines("mug", 1)},
		times:   2, answer: http.StatusConflict, held: 2, innocent: lookUp,
	},
	{
		name:    "constructor that fails halfway",
		trigger: request{method: "POST", path: "/warehouses/south/stocktakes", body: lines("mug", 40)},
		times:   2, answer: http.StatusNotFound, held: 2, innocent: lookUp,
	},
	{
		name:    "arm of a switch",
		trigger: request{method: "POST", path: "/orders/3/advance", body: map[string]string{"action": "pakc"}},
		times:   2, answer: http.StatusUnprocessableEntity, held: 2, innocent: lookUp,
	},
	{
		name:    "dropped handle",
		trigger: request{method: "GET", path: "/readyz"},
		times:   2, answer: http.StatusOK, held: 2, innocent: lookUp,
	},
}

func TestLeakStarvesInnocentRequests(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			t.Run("buggy", func(t *testing.T) {
				t.Parallel()
				shop := open(t, buggy.New)
				shop.trigger(shape)
				assert.Equal(t, shape.held, shop.db.Stats().InUse, "connections that nobody uses and nobody gave back")
				shop.requireStarves(shape.innocent)
			})
			t.Run("fixed", func(t *testing.T) {
				t.Parallel()
				shop := open(t, fixed.New)
				shop.trigger(shape)
				assert.Zero(t, shop.db.Stats().InUse)
				shop.requireAnswer(http.StatusOK, shape.innocent)
			})
		})
	}
}

// TestDeferInLoop shows the leak that ends with the function: the rollbacks are all registered, but
// the loop waits for a connection that they would give back, and so it never gets to them.
func TestDeferInLoop(t *testing.T) {
	t.Parallel()
	unchanged := make([]domain.Line, 120) // three batches, for a pool of two
	for i := range unchanged {
		unchanged[i] = domain.Line{SKU: fmt.Sprintf("unlisted-%d", i), Quantity: 1}
	}
	recount := request{method: "POST", path: "/recount", body: unchanged}

	t.Run("buggy", func(t *testing.T) {
		t.Parallel()
		shop := open(t, buggy.New)
		ctx, giveUp := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := shop.send(ctx, recount)
			ended <- err
		}()
		require.Eventually(t, func() bool { return shop.db.Stats().WaitCount > 0 }, patience, time.Millisecond,
			"the third batch waits for the first two")
		assert.Equal(t, poolSize, shop.db.Stats().InUse)
		shop.requireStarves(lookUp)

		giveUp()
		require.ErrorIs(t, <-ended, context.Canceled, "the count never ended by itself")
	})
	t.Run("fixed", func(t *testing.T) {
		t.Parallel()
		shop := open(t, fixed.New)
		shop.requireAnswer(http.StatusOK, recount)
		assert.Zero(t, shop.db.Stats().InUse)
		shop.requireAnswer(http.StatusOK, lookUp)
	})
}

// TestBusinessAsUsual takes an order all the way, and then every refusal of the functions that are
// right in both twins. Neither twin may hold on to a connection.
func TestBusinessAsUsual(t *testing.T) {
	t.Parallel()
	steps := []struct {
		request
		answer int
	}{
		{request{"POST", "/customers", map[string]string{"name": "Cleo"}}, http.StatusOK},
		{request{"POST", "/customers/1/credit", map[string]int{"amount": 100}}, http.StatusOK},
		{request{"POST", "/products", domain.Product{SKU: "tray", Name: "Tray", Price: 1200, Stock: 3}}, http.StatusOK},
		{request{"POST", "/deliveries", domain.Line{SKU: "whisk", Quantity: 10}}, http.StatusOK},
		{request{"POST", "/prices", []domain.Price{{SKU: "whisk", Price: 1600}}}, http.StatusOK},
		{request{"POST", "/recount", lines("teapot", 4)}, http.StatusOK},
		{request{"POST", "/warehouses/north/stocktakes", lines("mug", 39)}, http.StatusOK},
		{request{"POST", "/orders", order("whisk", 2)}, http.StatusOK},
		{request{"POST", "/orders/4/coupon", map[string]string{"code": "SPRING"}}, http.StatusOK},
		{request{"POST", "/orders/4/payment", nil}, http.StatusOK},
		{request{"POST", "/orders/4/advance", map[string]string{"action": "hold"}}, http.StatusOK},
		{request{"POST", "/orders/4/advance", map[string]string{"action": "release"}}, http.StatusOK},
		{request{"POST", "/orders/4/advance", map[string]string{"action": "pack"}}, http.StatusOK},
		{request{"POST", "/orders/4/ship", nil}, http.StatusOK},
		{request{"POST", "/orders/4/return", lines("whisk", 1)}, http.StatusOK},
		{request{"DELETE", "/orders/4/return", nil}, http.StatusOK},
		{request{"POST", "/orders/4/refunds", map[string]int{"amount": 1600}}, http.StatusOK},
		{request{"POST", "/orders/1/cancel", nil}, http.StatusOK},

		{request{"POST", "/customers", map[string]string{}}, http.StatusUnprocessableEntity},
		{request{"POST", "/products", domain.Product{SKU: "mug"}}, http.StatusInternalServerError},
		{request{"POST", "/deliveries", domain.Line{SKU: "mug"}}, http.StatusUnprocessableEntity},
		{request{"POST", "/deliveries", domain.Line{SKU: "none", Quantity: 1}}, http.StatusNotFound},
		{request{"POST", "/orders/4/payment", nil}, http.StatusConflict},
		{request{"POST", "/orders/404/payment", nil}, http.StatusNotFound},
		{request{"POST", "/orders/404/advance", map[string]string{"action": "pack"}}, http.StatusNotFound},
		{request{"POST", "/orders/404/refunds", map[string]int{"amount": 1}}, http.StatusNotFound},
		{request{"DELETE", "/orders/4/return", nil}, http.StatusNotFound},
		{request{"GET", "/orders/404", nil}, http.StatusNotFound},
	}
	for name, handler := range map[string]newHandler{"buggy": buggy.New, "fixed": fixed.New} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := open(t, handler)
			for _, step := range steps {
				shop.requireAnswer(step.answer, step.request)
				require.Zero(t, shop.db.Stats().InUse, "%s %s", step.method, step.path)
			}
			shipped := shop.requireAnswer(http.StatusOK, request{method: "GET", path: "/orders/4"})
			assert.JSONEq(t, `{"id": 4, "customer_id": 1, "status": "shipped", "total": 2880,
				"lines": [{"sku": "whisk", "quantity": 2}]}`, shipped)
			restocked := shop.requireAnswer(http.StatusOK, lookUp)
			assert.JSONEq(t, `{"sku": "mug", "name": "Mug", "price": 900, "stock": 41}`, restocked)
		})
	}
}

type newHandler func(db *sql.DB, now func() time.Time) http.Handler

// shop is one twin, served over HTTP from a database file of its own.
type shop struct {
	t      *testing.T
	db     *sql.DB
	server *httptest.Server
}

func open(t *testing.T, handler newHandler) *shop {
	t.Helper()
	return openThrough(t, handler, nil)
}

// openThrough opens the shop with a driver that counts, unless there is no counter.
func openThrough(t *testing.T, handler newHandler, sent *counter) *shop {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	options := sqlite.Options{MaxOpenConns: poolSize, BusyTimeout: busyTimeout}
	if sent != nil {
		options.Driver = countingDriver(t, sent)
	}
	db, err := sqlite.Open(t.Context(), path, options)
	require.NoError(t, err)
	require.NoError(t, sqlite.Seed(t.Context(), db))

	now := time.Date(2030, time.March, 1, 12, 0, 0, 0, time.UTC)
	server := httptest.NewServer(handler(db, func() time.Time { return now }))
	// Closed first, the database turns away whoever waits for a connection in vain; the server,
	// which waits for its handlers, can then end.
	t.Cleanup(func() {
		assert.NoError(t, db.Close())
		server.Close()
	})
	return &shop{t: t, db: db, server: server}
}

func (s *shop) trigger(shape shape) {
	s.t.Helper()
	for range shape.times {
		s.requireAnswer(shape.answer, shape.trigger)
	}
}

// requireAnswer sends the request, requires the status and returns the body of the answer.
func (s *shop) requireAnswer(status int, r request) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	answer, err := s.send(ctx, r)
	require.NoError(s.t, err, "%s %s", r.method, r.path)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, status, answer.StatusCode, "%s %s: %s", r.method, r.path, body)
	return string(body)
}

// requireStarves sends the request and requires that no answer comes.
func (s *shop) requireStarves(r request) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), starving)
	defer cancel()
	answer, err := s.send(ctx, r)
	if err == nil {
		_ = answer.Body.Close()
	}
	require.ErrorIs(s.t, err, context.DeadlineExceeded, "%s %s", r.method, r.path)
}

func (s *shop) send(ctx context.Context, r request) (*http.Response, error) {
	var body bytes.Buffer
	if r.body != nil {
		if err := json.NewEncoder(&body).Encode(r.body); err != nil {
			return nil, fmt.Errorf("encode the body: %w", err)
		}
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, s.server.URL+r.path, &body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	answer, err := s.server.Client().Do(sent)
	if err != nil {
		return nil, fmt.Errorf("send the request: %w", err)
	}
	return answer, nil
}

// order is a body for POST /orders, in the name of a customer in good standing.
func order(sku string, quantity int64) domain.Order {
	return domain.Order{CustomerID: 1, Lines: lines(sku, quantity)}
}

func lines(sku string, quantity int64) []domain.Line {
	return []domain.Line{{SKU: sku, Quantity: quantity}}
}

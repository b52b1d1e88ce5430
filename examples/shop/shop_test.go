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
	buggyservice "example.com/shop/buggy/service"
	fixed "example.com/shop/fixed/httpapi"
	fixedservice "example.com/shop/fixed/service"
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
		name:    "early return with gorm",
		trigger: request{method: "POST", path: "/reviews", body: domain.Review{SKU: "mug", CustomerID: 2, Stars: 1}},
		times:   2, answer: http.StatusConflict, held: 2, innocent: lookUp,
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

// over is a way of going on with a transaction that has ended.
type over struct {
	name    string
	trigger request
	answer  int // what the fixed twin answers; the buggy one fails
	// buggy and fixed make the same call without HTTP, which does not tell callers what went wrong.
	buggy func(ctx context.Context, services *buggyservice.Services) error
	fixed func(ctx context.Context, services *fixedservice.Services) error
	// state is a query for what is left of the call, and what it finds in either twin.
	state                  string
	buggyState, fixedState string
}

var spoilt = lines("teapot", 6) // there are five

var overs = []over{
	{
		// The refund is kept, the credit is not, and the caller, who is told that it failed, tries again.
		name:    "parent and child both commit",
		trigger: request{method: "POST", path: "/orders/2/compensation", body: map[string]int{"amount": 300}},
		answer:  http.StatusOK,
		buggy: func(ctx context.Context, services *buggyservice.Services) error {
			return services.Payments.Compensate(ctx, 2, 300)
		},
		fixed: func(ctx context.Context, services *fixedservice.Services) error {
			return services.Payments.Compensate(ctx, 2, 300)
		},
		state:      `SELECT refunded_cents || ' back, ' || credit_cents || ' credit' FROM payments, customers WHERE order_id = 2 AND id = 1`,
		buggyState: "600 back, 5000 credit", fixedState: "600 back, 5600 credit",
	},
	{
		// Nothing is lost, but the refusal is: the caller cannot tell it from a broken database.
		name:    "rollback without return",
		trigger: request{method: "POST", path: "/writeoffs", body: spoilt},
		answer:  http.StatusConflict,
		buggy: func(ctx context.Context, services *buggyservice.Services) error {
			return services.Catalogue.WriteOff(ctx, spoilt)
		},
		fixed: func(ctx context.Context, services *fixedservice.Services) error {
			return services.Catalogue.WriteOff(ctx, spoilt)
		},
		state:      `SELECT stock FROM products WHERE sku = 'teapot'`,
		buggyState: "5", fixedState: "5",
	},
	{
		// The price is changed although the caller is told that it was not.
		name:    "query after the commit",
		trigger: request{method: "PUT", path: "/products/mug/price", body: map[string]int{"price": 950}},
		answer:  http.StatusOK,
		buggy: func(ctx context.Context, services *buggyservice.Services) error {
			_, err := services.Catalogue.SetPrice(ctx, domain.Price{SKU: "mug", Price: 950})
			return err
		},
		fixed: func(ctx context.Context, services *fixedservice.Services) error {
			_, err := services.Catalogue.SetPrice(ctx, domain.Price{SKU: "mug", Price: 950})
			return err
		},
		state:      `SELECT price_cents FROM products WHERE sku = 'mug'`,
		buggyState: "950", fixedState: "950",
	},
	{
		// As with the write-off, the refusal is lost.
		name:    "rollback without return with gorm",
		trigger: request{method: "POST", path: "/reviews/1/approval"}, // it is approved already
		answer:  http.StatusNotFound,
		buggy:   func(_ context.Context, services *buggyservice.Services) error { return services.Reviews.Approve(1) },
		fixed:   func(_ context.Context, services *fixedservice.Services) error { return services.Reviews.Approve(1) },
		state:   `SELECT count(*) FROM reviews WHERE approved`, buggyState: "3", fixedState: "3",
	},
}

// TestAfterTheEnd shows what becomes of work in a transaction that is over: it fails, and what was
// committed before stays. Each call is made twice, over HTTP and without, as a caller would try again.
func TestAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, over := range overs {
		t.Run(over.name, func(t *testing.T) {
			t.Parallel()
			t.Run("buggy", func(t *testing.T) {
				t.Parallel()
				shop := open(t, buggy.New)
				shop.requireAnswer(http.StatusInternalServerError, over.trigger)
				err := over.buggy(t.Context(), buggyservice.New(shop.db, clock))
				require.ErrorIs(t, err, sql.ErrTxDone)
				require.ErrorContains(t, err, "sql: transaction has already been committed or rolled back")
				assert.Equal(t, over.buggyState, shop.query(over.state))
				assert.Zero(t, shop.db.Stats().InUse, "this is no leak")
			})
			t.Run("fixed", func(t *testing.T) {
				t.Parallel()
				shop := open(t, fixed.New)
				shop.requireAnswer(over.answer, over.trigger)
				err := over.fixed(t.Context(), fixedservice.New(shop.db, clock))
				require.NotErrorIs(t, err, sql.ErrTxDone)
				assert.Equal(t, over.answer == http.StatusOK, err == nil, "%v", err)
				assert.Equal(t, over.fixedState, shop.query(over.state))
				assert.Zero(t, shop.db.Stats().InUse)
			})
		})
	}
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
		{request{"POST", "/writeoffs", lines("teapot", 1)}, http.StatusOK},
		{request{"POST", "/reviews", domain.Review{SKU: "teapot", CustomerID: 1, Stars: 4, Text: "Drips."}}, http.StatusOK},
		{request{"POST", "/reviews/4/approval", nil}, http.StatusOK},
		{request{"POST", "/reviews/5/approval", nil}, http.StatusOK},

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
		{request{"POST", "/orders/404/compensation", map[string]int{"amount": 1}}, http.StatusNotFound},
		{request{"POST", "/orders/2/compensation", map[string]int{"amount": 10_000}}, http.StatusConflict},
		{request{"POST", "/writeoffs", nil}, http.StatusUnprocessableEntity},
		{request{"POST", "/reviews", domain.Review{SKU: "mug", CustomerID: 1, Stars: 6}}, http.StatusUnprocessableEntity},
		{request{"POST", "/reviews", domain.Review{SKU: "mug", CustomerID: 404, Stars: 5}}, http.StatusNotFound},
		{request{"POST", "/reviews", domain.Review{SKU: "none", CustomerID: 1, Stars: 5}}, http.StatusInternalServerError},
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
			reviewed := shop.requireAnswer(http.StatusOK, request{method: "GET", path: "/products/teapot/reviews"})
			assert.JSONEq(t, `[{"sku": "teapot", "customer_id": 1, "author": "Ada", "stars": 5, "text": "Pours."},
				{"sku": "teapot", "customer_id": 1, "author": "Ada", "stars": 4, "text": "Drips."}]`, reviewed)
			restocked := shop.requireAnswer(http.StatusOK, lookUp)
			assert.JSONEq(t, `{"sku": "mug", "name": "Mug", "price": 900, "stock": 41}`, restocked)
		})
	}
}

// clock stands still.
func clock() time.Time { return time.Date(2030, time.March, 1, 12, 0, 0, 0, time.UTC) }

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

	server := httptest.NewServer(handler(db, clock))
	// Closed first, the database turns away whoever waits for a connection in vain; the server,
	// which waits for its handlers, can then end.
	t.Cleanup(func() {
		assert.NoError(t, db.Close())
		server.Close()
	})
	return &shop{t: t, db: db, server: server}
}

// query returns the only value that a query finds.
func (s *shop) query(query string) string {
	s.t.Helper()
	var value string
	require.NoError(s.t, s.db.QueryRowContext(s.t.Context(), query).Scan(&value))
	return value
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

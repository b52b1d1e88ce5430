// Package httpapi is the shop over HTTP.
package httpapi

import (
	"database/sql"
	"net/http"
	"time"

	"example.com/shop/fixed/service"
	"example.com/shop/internal/web"
)

// expireAfter is how long a customer may take to pay.
const expireAfter = 72 * time.Hour

type api struct {
	*service.Services
}

// New returns the handler of the whole shop. now is the shop's clock.
func New(db *sql.DB, now func() time.Time) http.Handler {
	a := &api{Services: service.New(db, now)}
	mux := http.NewServeMux()

	mux.Handle("GET /readyz", web.Endpoint(a.ready))

	mux.Handle("POST /customers", web.Endpoint(a.register))
	mux.Handle("POST /customers/{id}/credit", web.Endpoint(a.addCredit))
	mux.Handle("GET /customers/{id}/orders", web.Endpoint(a.ordersOf))
	mux.Handle("POST /signups", web.Endpoint(a.signUp))

	mux.Handle("GET /products/{sku}", web.Endpoint(a.product))
	mux.Handle("POST /products", web.Endpoint(a.addProduct))
	mux.Handle("POST /deliveries", web.Endpoint(a.deliver))
	mux.Handle("PUT /products/{sku}/price", web.Endpoint(a.setPrice))
	mux.Handle("POST /writeoffs", web.Endpoint(a.writeOff))
	mux.Handle("POST /prices", web.Endpoint(a.importPrices))
	mux.Handle("POST /recount", web.Endpoint(a.recount))
	mux.Handle("POST /warehouses/{code}/stocktakes", web.Endpoint(a.stocktake))

	mux.Handle("POST /reviews", web.Endpoint(a.submitReview))
	mux.Handle("POST /reviews/{id}/approval", web.Endpoint(a.approveReview))
	mux.Handle("GET /products/{sku}/reviews", web.Endpoint(a.reviewsOf))

	mux.Handle("POST /orders", web.Endpoint(a.place))
	mux.Handle("POST /orders/expire", web.Endpoint(a.expire))
	mux.Handle("GET /orders/{id}", web.Endpoint(a.order))
	mux.Handle("POST /orders/{id}/coupon", web.Endpoint(a.applyCoupon))
	mux.Handle("POST /orders/{id}/cancel", web.Endpoint(a.cancel))
	mux.Handle("POST /orders/{id}/advance", web.Endpoint(a.advance))
	mux.Handle("POST /orders/{id}/ship", web.Endpoint(a.ship))
	mux.Handle("POST /orders/{id}/payment", web.Endpoint(a.pay))
	mux.Handle("POST /orders/{id}/refunds", web.Endpoint(a.refund))
	mux.Handle("POST /orders/{id}/compensation", web.Endpoint(a.compensate))
	mux.Handle("POST /orders/{id}/return", web.Endpoint(a.acceptReturn))
	mux.Handle("DELETE /orders/{id}/return", web.Endpoint(a.withdrawReturn))
	return mux
}

func (a *api) ready(r *http.Request) (any, error) {
	return "ready", a.Ready(r.Context())
}

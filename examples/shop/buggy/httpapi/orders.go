package httpapi

import (
	"net/http"

	"example.com/shop/internal/domain"
	"example.com/shop/internal/web"
)

func (a *api) order(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return a.Orders.Details(r.Context(), id)
}

func (a *api) place(r *http.Request) (any, error) {
	body, err := web.Decode[domain.Order](r)
	if err != nil {
		return nil, err
	}
	return a.Orders.Place(r.Context(), body.CustomerID, body.Lines)
}

func (a *api) expire(r *http.Request) (any, error) {
	expired, err := a.Orders.ExpireUnpaid(r.Context(), expireAfter)
	return map[string]int{"expired": expired}, err
}

func (a *api) applyCoupon(r *http.Request) (any, error) {
	id, body, err := idAnd[struct{ Code string }](r)
	if err != nil {
		return nil, err
	}
	total, err := a.Orders.ApplyCoupon(r.Context(), id, body.Code)
	return map[string]domain.Cents{"total": total}, err
}

func (a *api) cancel(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return "cancelled", a.Orders.Cancel(r.Context(), id)
}

func (a *api) advance(r *http.Request) (any, error) {
	id, body, err := idAnd[struct{ Action string }](r)
	if err != nil {
		return nil, err
	}
	return "advanced", a.Orders.Advance(r.Context(), id, body.Action)
}

func (a *api) ship(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return "shipped", a.Orders.Ship(r.Context(), id)
}

func (a *api) pay(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return a.Payments.Pay(r.Context(), id)
}

func (a *api) refund(r *http.Request) (any, error) {
	id, body, err := idAnd[struct{ Amount domain.Cents }](r)
	if err != nil {
		return nil, err
	}
	return a.Payments.Refund(r.Context(), id, body.Amount)
}

func (a *api) compensate(r *http.Request) (any, error) {
	id, body, err := idAnd[struct{ Amount domain.Cents }](r)
	if err != nil {
		return nil, err
	}
	return "compensated", a.Payments.Compensate(r.Context(), id, body.Amount)
}

func (a *api) acceptReturn(r *http.Request) (any, error) {
	id, returned, err := idAnd[[]domain.Line](r)
	if err != nil {
		return nil, err
	}
	return "accepted", a.Returns.Accept(r.Context(), id, returned)
}

func (a *api) withdrawReturn(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return "withdrawn", a.Returns.Withdraw(r.Context(), id)
}

// idAnd reads the path value "id" and the body.
func idAnd[T any](r *http.Request) (id int64, body T, err error) {
	if id, err = web.ID(r); err != nil {
		return id, body, err
	}
	body, err = web.Decode[T](r)
	return id, body, err
}

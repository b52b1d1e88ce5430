package httpapi

import (
	"net/http"

	"example.com/shop/internal/web"
)

func (a *api) ordersOf(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return a.Orders.List(r.Context(), id)
}

func (a *api) signUp(r *http.Request) (any, error) {
	body, err := web.Decode[struct {
		Name   string
		Topics []string
	}](r)
	if err != nil {
		return nil, err
	}
	id, err := a.Customers.SignUp(r.Context(), body.Name, body.Topics)
	return map[string]int64{"id": id}, err
}

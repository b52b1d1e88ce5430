package httpapi

import (
	"net/http"

	"example.com/shop/internal/domain"
	"example.com/shop/internal/web"
)

func (a *api) register(r *http.Request) (any, error) {
	body, err := web.Decode[struct{ Name string }](r)
	if err != nil {
		return nil, err
	}
	return a.Customers.Register(r.Context(), body.Name)
}

func (a *api) addCredit(r *http.Request) (any, error) {
	id, body, err := idAnd[struct{ Amount domain.Cents }](r)
	if err != nil {
		return nil, err
	}
	return a.Customers.AddCredit(r.Context(), id, body.Amount)
}

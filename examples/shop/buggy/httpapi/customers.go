package httpapi

import (
	"net/http"

	"example.com/shop/buggy/store"
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

// addCredit is small enough to do without a service: it looks the customer up and adds the amount.
func (a *api) addCredit(w http.ResponseWriter, r *http.Request) {
	id, err := web.ID(r)
	if err != nil {
		web.Error(w, err)
		return
	}
	body, err := web.Decode[struct{ Amount domain.Cents }](r)
	if err != nil {
		web.Error(w, err)
		return
	}

	tx, err := a.db.Begin()
	if err != nil {
		web.Error(w, err)
		return
	}
	customer, err := store.CustomerByID(r.Context(), tx, id)
	if err != nil {
		store.Rollback(tx)
		web.Error(w, err)
		return
	}
	if customer.Blocked {
		web.Error(w, domain.ErrBlocked)
		return
	}
	if err := store.AddCredit(r.Context(), tx, id, body.Amount); err != nil {
		store.Rollback(tx)
		web.Error(w, err)
		return
	}
	if err := store.Commit(tx); err != nil {
		web.Error(w, err)
		return
	}
	customer.Credit += body.Amount
	web.JSON(w, http.StatusOK, customer)
}

package httpapi

import (
	"net/http"

	"example.com/shop/internal/domain"
	"example.com/shop/internal/web"
)

func (a *api) submitReview(r *http.Request) (any, error) {
	wanted, err := web.Decode[domain.Review](r)
	if err != nil {
		return nil, err
	}
	id, err := a.Reviews.Submit(wanted)
	return map[string]int64{"id": id}, err
}

func (a *api) approveReview(r *http.Request) (any, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return nil, a.Reviews.Approve(id)
}

func (a *api) reviewsOf(r *http.Request) (any, error) {
	return a.Reviews.List(r.Context(), r.PathValue("sku"))
}

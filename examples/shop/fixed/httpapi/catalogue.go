package httpapi

import (
	"net/http"

	"example.com/shop/internal/domain"
	"example.com/shop/internal/web"
)

func (a *api) product(r *http.Request) (any, error) {
	return a.Catalogue.Product(r.Context(), r.PathValue("sku"))
}

func (a *api) addProduct(r *http.Request) (any, error) {
	product, err := web.Decode[domain.Product](r)
	if err != nil {
		return nil, err
	}
	return product, a.Catalogue.AddProduct(r.Context(), product)
}

func (a *api) deliver(r *http.Request) (any, error) {
	line, err := web.Decode[domain.Line](r)
	if err != nil {
		return nil, err
	}
	return a.Catalogue.Deliver(r.Context(), line)
}

func (a *api) setPrice(r *http.Request) (any, error) {
	body, err := web.Decode[struct{ Price domain.Cents }](r)
	if err != nil {
		return nil, err
	}
	return a.Catalogue.SetPrice(r.Context(), domain.Price{SKU: r.PathValue("sku"), Price: body.Price})
}

func (a *api) writeOff(r *http.Request) (any, error) {
	spoilt, err := web.Decode[[]domain.Line](r)
	if err != nil {
		return nil, err
	}
	return "written off", a.Catalogue.WriteOff(r.Context(), spoilt)
}

func (a *api) importPrices(r *http.Request) (any, error) {
	listed, err := web.Decode[[]domain.Price](r)
	if err != nil {
		return nil, err
	}
	changed, err := a.Catalogue.ImportPrices(r.Context(), listed)
	return map[string]int{"changed": changed}, err
}

func (a *api) recount(r *http.Request) (any, error) {
	counted, err := web.Decode[[]domain.Line](r)
	if err != nil {
		return nil, err
	}
	return "counted", a.Catalogue.Recount(r.Context(), counted)
}

func (a *api) stocktake(r *http.Request) (any, error) {
	counted, err := web.Decode[[]domain.Line](r)
	if err != nil {
		return nil, err
	}
	return "counted", a.Catalogue.Stocktake(r.Context(), r.PathValue("code"), counted)
}

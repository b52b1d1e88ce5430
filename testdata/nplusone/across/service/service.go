// Package service works with orders.
package service

import (
	"context"
	"database/sql"

	"example.com/corpus/nplusone/across/domain"
	"example.com/corpus/nplusone/across/store"
)

type Service struct {
	store    *store.Store
	orders   domain.Orders
	products domain.ProductRepository
	db       *sql.DB
}

func (s *Service) MethodBad(ctx context.Context, ids []int64) {
	for _, id := range ids {
		s.store.ByID(ctx, id) // want `runs a query for each element of ids \(Store.ByID → sql.DB.QueryRowContext\)`
	}
}

func (s *Service) InterfaceBad(ctx context.Context, ids []int64) {
	for _, id := range ids {
		s.orders.ByID(ctx, id) // want `runs a query for each element of ids \(Orders.ByID → .*sql.DB.QueryRowContext\)`
	}
}

func (s *Service) OneElementBad(ctx context.Context, ids []int64) {
	for _, id := range ids {
		s.orders.ByIDs(ctx, []int64{id}) // want `runs a query for each element of ids`
	}
}

func (s *Service) BatchOK(ctx context.Context, ids []int64) ([]*domain.Order, error) {
	return s.orders.ByIDs(ctx, ids)
}

func (s *Service) HelperBad(ctx context.Context, orders []*domain.Order) {
	for _, o := range orders {
		store.Customer(ctx, s.db, o) // want `runs a query for each element of orders \(store.Customer → sql.DB.QueryRowContext\)`
	}
}

func (s *Service) NamedBad(ctx context.Context, o *domain.Order) {
	for _, l := range o.Lines {
		s.products.FindProduct(ctx, l.Product) // want `probably runs a query for each element of o.Lines`
	}
}

func (s *Service) ResultBad(ctx context.Context, orders []*domain.Order) {
	for _, o := range orders {
		s.db.ExecContext(ctx, `DELETE FROM orders WHERE id = $1`, store.Key(o)) // want `writes to the database for each element of orders`
	}
}

// FP_Result: of functions in other packages that have nothing to do with
// statements it is not known which of their arguments their results derive from.
func (s *Service) FP_Result(ctx context.Context, orders []*domain.Order) {
	for _, o := range orders {
		s.db.ExecContext(ctx, `INSERT INTO log (what) VALUES ($1)`, store.Fixed(o)) // want `writes to the database for each element of orders`
	}
}

func fixed(*domain.Order) string { return "orders" }

func (s *Service) ResultOK(ctx context.Context, orders []*domain.Order) {
	for _, o := range orders {
		s.db.ExecContext(ctx, `INSERT INTO log (what) VALUES ($1)`, fixed(o))
	}
}

func (s *Service) CallbackBad(ctx context.Context) error {
	return store.Each(ctx, s.db, func(id int64) error {
		_, err := s.store.ByID(ctx, id) // want `runs a query for each element`
		return err
	})
}

func (s *Service) OtherCallbackBad(ctx context.Context, o *domain.Order) error {
	return domain.EachLine(o, func(l domain.Line) error {
		return s.orders.AddLine(ctx, l) // want `writes to the database for each element`
	})
}

func (s *Service) RetryOK(ctx context.Context, id int64) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		_, err := s.store.ByID(ctx, id)
		return err
	})
}

func (s *Service) RetryInLoopBad(ctx context.Context, ids []int64) {
	for _, id := range ids {
		store.Retry(ctx, func(ctx context.Context) error {
			_, err := s.store.ByID(ctx, id) // want `runs a query for each element of ids`
			return err
		})
	}
}

// deep has the statement three calls away.
func (s *Service) deep(ctx context.Context, o *domain.Order) error { return s.deeper(ctx, o.Customer) }

func (s *Service) deeper(ctx context.Context, id int64) error {
	_, err := s.orders.ByID(ctx, id)
	return err
}

func (s *Service) DeepBad(ctx context.Context, orders []*domain.Order) {
	for _, o := range orders {
		s.deep(ctx, o) // want `runs a query for each element of orders \(Service.deep → Service.deeper → Orders.ByID → `
	}
}

func (s *Service) PrimedOK(ctx context.Context, orders []*domain.Order) (map[int64]*domain.Order, error) {
	var ids []int64
	for _, o := range orders {
		ids = append(ids, o.Customer)
	}
	all, err := s.orders.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := map[int64]*domain.Order{}
	for _, o := range all {
		byID[o.ID] = o
	}
	return byID, nil
}

// orderResolver resolves fields as a GraphQL executor wants them resolved.
type orderResolver struct{ *Service }

func (r *orderResolver) CustomerBad(ctx context.Context, obj *domain.Order) (string, error) {
	return store.Customer(ctx, r.db, obj) // want `runs a query for each Order of a list, as this resolver is called for each of them`
}

func (r *orderResolver) LinesOK(ctx context.Context, obj *domain.Order) ([]domain.Line, error) {
	return obj.Lines, nil
}

type queryResolver struct{ *Service }

func (r *queryResolver) OrderOK(ctx context.Context, id int64) (*domain.Order, error) {
	return r.store.ByID(ctx, id)
}

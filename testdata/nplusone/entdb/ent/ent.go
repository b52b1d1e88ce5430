// Package ent is a client of the form that ent generates, for one type.
package ent

import (
	"context"
	"fmt"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
)

type User struct {
	ID   int
	Name string
}

type Predicate func(*sql.Selector)

func IDEQ(id int) Predicate { return Predicate(sql.FieldEQ("id", id)) }

func IDIn(ids ...int) Predicate { return Predicate(sql.FieldIn("id", ids...)) }

type config struct {
	driver dialect.Driver
	hooks  []ent.Hook
	inters []ent.Interceptor
}

type UserClient struct{ config }

func (c *UserClient) Query() *UserQuery { return &UserQuery{config: c.config} }

func (c *UserClient) Create() *UserCreate {
	return &UserCreate{config: c.config, mutation: &UserMutation{}}
}

func (c *UserClient) CreateBulk(builders ...*UserCreate) *UserCreateBulk {
	return &UserCreateBulk{config: c.config, builders: builders}
}

func (c *UserClient) Update() *UserUpdate {
	return &UserUpdate{config: c.config, mutation: &UserMutation{}}
}

func (c *UserClient) Get(ctx context.Context, id int) (*User, error) {
	return c.Query().Where(IDEQ(id)).Only(ctx)
}

type UserMutation struct {
	ent.Mutation
	name       *string
	predicates []Predicate
}

func (m *UserMutation) SetName(s string) { m.name = &s }

func (m *UserMutation) Where(ps ...Predicate) { m.predicates = append(m.predicates, ps...) }

type UserQuery struct {
	config
	predicates []Predicate
}

func (q *UserQuery) Where(ps ...Predicate) *UserQuery {
	q.predicates = append(q.predicates, ps...)
	return q
}

func (q *UserQuery) All(ctx context.Context) ([]*User, error) {
	qr := ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
		query, ok := q.(*UserQuery)
		if !ok {
			return nil, fmt.Errorf("unexpected query type %T", q)
		}
		return query.sqlAll(ctx)
	})
	return withInterceptors[[]*User](ctx, q, qr, q.inters)
}

func (q *UserQuery) Only(ctx context.Context) (*User, error) {
	nodes, err := q.All(ctx)
	if err != nil || len(nodes) != 1 {
		return nil, err
	}
	return nodes[0], nil
}

func (q *UserQuery) sqlAll(ctx context.Context) ([]*User, error) {
	var nodes []*User
	spec := sqlgraph.NewQuerySpec("users", []string{"id", "name"}, sqlgraph.NewFieldSpec("id", field.TypeInt))
	if ps := q.predicates; len(ps) > 0 {
		spec.Predicate = func(s *sql.Selector) {
			for i := range ps {
				ps[i](s)
			}
		}
	}
	return nodes, sqlgraph.QueryNodes(ctx, q.driver, spec)
}

type UserCreate struct {
	config
	mutation *UserMutation
}

func (c *UserCreate) SetName(s string) *UserCreate {
	c.mutation.SetName(s)
	return c
}

func (c *UserCreate) Save(ctx context.Context) (*User, error) {
	return withHooks(ctx, c.sqlSave, c.mutation, c.hooks)
}

func (c *UserCreate) sqlSave(ctx context.Context) (*User, error) {
	spec := sqlgraph.NewCreateSpec("users", sqlgraph.NewFieldSpec("id", field.TypeInt))
	if c.mutation.name != nil {
		spec.SetField("name", field.TypeString, *c.mutation.name)
	}
	return &User{}, sqlgraph.CreateNode(ctx, c.driver, spec)
}

type UserCreateBulk struct {
	config
	builders []*UserCreate
}

func (c *UserCreateBulk) Save(ctx context.Context) error {
	spec := &sqlgraph.BatchCreateSpec{}
	for _, b := range c.builders {
		s := sqlgraph.NewCreateSpec("users", sqlgraph.NewFieldSpec("id", field.TypeInt))
		s.SetField("name", field.TypeString, *b.mutation.name)
		spec.Nodes = append(spec.Nodes, s)
	}
	return sqlgraph.BatchCreate(ctx, c.driver, spec)
}

type UserUpdate struct {
	config
	mutation *UserMutation
}

func (u *UserUpdate) Where(ps ...Predicate) *UserUpdate {
	u.mutation.Where(ps...)
	return u
}

func (u *UserUpdate) SetName(s string) *UserUpdate {
	u.mutation.SetName(s)
	return u
}

func (u *UserUpdate) Save(ctx context.Context) (int, error) {
	return withHooks(ctx, u.sqlSave, u.mutation, u.hooks)
}

func (u *UserUpdate) sqlSave(ctx context.Context) (int, error) {
	spec := sqlgraph.NewUpdateSpec("users", []string{"id", "name"}, sqlgraph.NewFieldSpec("id", field.TypeInt))
	if ps := u.mutation.predicates; len(ps) > 0 {
		spec.Predicate = func(s *sql.Selector) {
			for i := range ps {
				ps[i](s)
			}
		}
	}
	return sqlgraph.UpdateNodes(ctx, u.driver, spec)
}

func withHooks[V ent.Value, M ent.Mutation](ctx context.Context, exec func(context.Context) (V, error), mutation M, hooks []ent.Hook) (value V, err error) {
	if len(hooks) == 0 {
		return exec(ctx)
	}
	var mut ent.Mutator = ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) { return exec(ctx) })
	for i := len(hooks) - 1; i >= 0; i-- {
		mut = hooks[i](mut)
	}
	v, err := mut.Mutate(ctx, mutation)
	if err != nil {
		return value, err
	}
	return v.(V), nil
}

func withInterceptors[V ent.Value](ctx context.Context, q ent.Query, qr ent.Querier, inters []ent.Interceptor) (v V, err error) {
	for i := len(inters) - 1; i >= 0; i-- {
		qr = inters[i].Intercept(qr)
	}
	rv, err := qr.Query(ctx, q)
	if err != nil {
		return v, err
	}
	return rv.(V), nil
}

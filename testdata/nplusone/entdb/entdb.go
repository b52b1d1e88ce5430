// Package entdb has loops with calls of a generated ent client.
package entdb

import (
	"context"

	"example.com/corpus/nplusone/entdb/ent"
)

func QueryBad(ctx context.Context, users *ent.UserClient, ids []int) {
	for _, id := range ids {
		users.Query().Where(ent.IDEQ(id)).All(ctx) // want `runs a query for each element of ids \(UserQuery.All → withInterceptors → ent.Querier.Query\): 1 \+ N statements where one would do; query them at once with a predicate …In\(…\), or load them with With…\(\) of the edge`
	}
}

func GetBad(ctx context.Context, users *ent.UserClient, ids []int) {
	for _, id := range ids {
		users.Get(ctx, id) // want `runs a query for each element of ids`
	}
}

func CreateBad(ctx context.Context, users *ent.UserClient, names []string) {
	for _, n := range names {
		users.Create().SetName(n).Save(ctx) // want `writes to the database for each element of names \(UserCreate.Save → .*CreateBulk`
	}
}

func AssembledBad(ctx context.Context, users *ent.UserClient, rows []ent.User) {
	for _, r := range rows {
		u := users.Update().SetName("x")
		if r.Name != "" {
			u = u.SetName(r.Name)
		}
		u = u.Where(ent.IDEQ(r.ID))
		u.Save(ctx) // want `writes to the database for each element of rows`
	}
}

func BulkOK(ctx context.Context, users *ent.UserClient, names []string) error {
	var builders []*ent.UserCreate
	for _, n := range names {
		builders = append(builders, users.Create().SetName(n))
	}
	return users.CreateBulk(builders...).Save(ctx)
}

func BulkChunksOK(ctx context.Context, users *ent.UserClient, chunks [][]*ent.UserCreate) {
	for _, c := range chunks {
		users.CreateBulk(c...).Save(ctx)
	}
}

func InOK(ctx context.Context, users *ent.UserClient, ids []int) ([]*ent.User, error) {
	return users.Query().Where(ent.IDIn(ids...)).All(ctx)
}

func BatchesOfIDsOK(ctx context.Context, users *ent.UserClient, ids []int) {
	for i := 0; i < len(ids); i += 100 {
		users.Update().Where(ent.IDIn(ids[i:min(i+100, len(ids))]...)).Save(ctx)
	}
}

func InvariantOK(ctx context.Context, users *ent.UserClient, names []string) {
	for range names {
		users.Query().All(ctx)
	}
}

// The conditions are of many rows each.
func GroupsOK(ctx context.Context, users *ent.UserClient, ids [][]int) {
	var groups []ent.Predicate
	for _, part := range ids {
		groups = append(groups, ent.IDIn(part...))
	}
	for _, g := range groups {
		users.Update().SetName("x").Where(g).Save(ctx)
	}
}

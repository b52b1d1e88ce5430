// Package nplusone has what only some flags of the rule of that name let it
// report, or forbid it to.
package nplusone

import (
	"context"
	"database/sql"
)

type user struct{ id, limit int }

// Audit says by nothing that it stands before a database.
type Audit interface {
	Note(ctx context.Context, id int) error
}

type UserRepo interface {
	GetUser(ctx context.Context, id int) (*user, error)
}

func InvariantBad(db *sql.DB, users []user) {
	for i := range users {
		db.QueryRow(`SELECT value FROM settings WHERE key = 'limit'`).Scan(&users[i].limit) // want "runs the same query in every round of the loop over users .sql.DB.QueryRow.: run it once, before the loop"
	}
}

func VariantOK(db *sql.DB, users []user) {
	last := 0
	for range users {
		db.QueryRow(`SELECT id FROM events WHERE id > $1`, last).Scan(&last)
	}
}

func SeedBad(db *sql.DB, users []user) {
	for _, u := range users {
		db.Exec(`INSERT INTO users (id) VALUES ($1)`, u.id) // want "writes to the database for each element of users"
	}
}

func OwnRepositoryBad(ctx context.Context, a Audit, users []user) {
	for _, u := range users {
		a.Note(ctx, u.id) // want "probably runs a query for each element of users .Audit.Note."
	}
}

func NameOfInterface(ctx context.Context, r UserRepo, users []user) {
	for _, u := range users {
		r.GetUser(ctx, u.id)
	}
}

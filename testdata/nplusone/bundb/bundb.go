// Package bundb has loops with statements of bun.
package bundb

import (
	"context"

	"github.com/uptrace/bun"
)

type User struct {
	ID   int64
	Name string
}

func SelectBad(ctx context.Context, db *bun.DB, ids []int64) {
	for _, id := range ids {
		var u User
		db.NewSelect().Model(&u).Where("id = ?", id).Scan(ctx) // want `runs a query for each element of ids \(bun.SelectQuery.Scan\): .*bun.In`
	}
}

func InsertBad(ctx context.Context, tx bun.Tx, users []*User) error {
	for _, u := range users {
		if _, err := tx.NewInsert().Model(u).Exec(ctx); err != nil { // want `writes to the database for each element of users \(bun.InsertQuery.Exec\)`
			return err
		}
	}
	return nil
}

// The builder is changed in place.
func StepsBad(ctx context.Context, db bun.IDB, users []*User) {
	for _, u := range users {
		q := db.NewUpdate().Table("users").Set("name = ''")
		q.Where("id = ?", u.ID)
		q.Exec(ctx) // want `writes to the database for each element of users`
	}
}

func InTransactionBad(ctx context.Context, db *bun.DB, ids []int64) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for _, id := range ids {
			if _, err := tx.NewDelete().Model((*User)(nil)).Where("id = ?", id).Exec(ctx); err != nil { // want `for each element of ids`
				return err
			}
		}
		return nil
	})
}

func RawBad(ctx context.Context, db *bun.DB, ids []int64) {
	for _, id := range ids {
		db.NewRaw("DELETE FROM users WHERE id = ?", id).Exec(ctx) // want `for each element of ids`
	}
}

func BulkOK(ctx context.Context, db *bun.DB, users []*User) error {
	_, err := db.NewInsert().Model(&users).Exec(ctx)
	return err
}

func InOK(ctx context.Context, db *bun.DB, ids []int64) (users []*User, err error) {
	return users, db.NewSelect().Model(&users).Where("id IN (?)", bun.In(ids)).Scan(ctx)
}

func BuiltOverRoundsOK(ctx context.Context, db *bun.DB, names []string) error {
	q := db.NewDelete().Model((*User)(nil))
	for _, n := range names {
		q = q.WhereOr("name = ?", n)
	}
	_, err := q.Exec(ctx)
	return err
}

func ScanRowOK(ctx context.Context, db *bun.DB) (users []User, err error) {
	rows, err := db.NewSelect().Model((*User)(nil)).Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u User
		if err := db.ScanRow(ctx, rows, &u); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

func PragmasOK(ctx context.Context, db *bun.DB, settings []string) {
	for _, s := range settings {
		db.ExecContext(ctx, "PRAGMA "+s)
	}
}

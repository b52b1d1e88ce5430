// Package sqlxdb has loops with statements of sqlx.
package sqlxdb

import (
	"context"

	"github.com/jmoiron/sqlx"
)

type user struct {
	ID   int64  `db:"id"`
	Name string `db:"name"`
}

func GetBad(db *sqlx.DB, ids []int64) (out []user) {
	for _, id := range ids {
		var u user
		if err := db.Get(&u, `SELECT * FROM users WHERE id = $1`, id); err == nil { // want `runs a query for each element of ids \(sqlx.DB.Get\): 1 \+ N statements where one would do; select them at once with WHERE … IN \(\?\) and sqlx.In`
			out = append(out, u)
		}
	}
	return out
}

func SelectBad(ctx context.Context, db sqlx.QueryerContext, ids []int64) {
	for _, id := range ids {
		var us []user
		sqlx.SelectContext(ctx, db, &us, `SELECT * FROM users WHERE boss = $1`, id) // want `runs a query for each element of ids`
	}
}

func NamedBad(tx *sqlx.Tx, users []user) {
	for _, u := range users {
		tx.NamedExec(`INSERT INTO users (id, name) VALUES (:id, :name)`, u) // want `writes to the database for each element of users`
	}
}

func NamedSliceOK(tx *sqlx.Tx, users []user) {
	tx.NamedExec(`INSERT INTO users (id, name) VALUES (:id, :name)`, users)
}

func PromotedBad(db *sqlx.DB, users []user) {
	for _, u := range users {
		db.Exec(`DELETE FROM users WHERE id = $1`, u.ID) // want `writes to the database for each element of users \(sql.DB.Exec\)`
	}
}

func StructScanBad(db *sqlx.DB) error {
	rows, err := db.Queryx(`SELECT * FROM users`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var u user
		if err := rows.StructScan(&u); err != nil {
			return err
		}
		db.MustExec(`DELETE FROM sessions WHERE user_id = $1`, u.ID) // want `for each element of rows`
	}
	return rows.Err()
}

func StructScanOK(db *sqlx.DB) (out []user, err error) {
	rows, err := db.Queryx(`SELECT * FROM users`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u user
		if err := rows.StructScan(&u); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

func InOK(db *sqlx.DB, ids []int64) (out []user, err error) {
	query, args, err := sqlx.In(`SELECT * FROM users WHERE id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	return out, db.Select(&out, db.Rebind(query), args...)
}

func InChunksOK(db *sqlx.DB, ids []int64) {
	for start := 0; start < len(ids); start += 500 {
		query, args, err := sqlx.In(`DELETE FROM users WHERE id IN (?)`, ids[start:min(start+500, len(ids))])
		if err != nil {
			return
		}
		db.Exec(query, args...)
	}
}

// The destination is an element, what is asked for is not.
func DestinationOK(db *sqlx.DB, users []user) {
	for i := range users {
		db.Get(&users[i].Name, `SELECT value FROM settings WHERE key = 'name'`)
	}
}

func KeysetOK(db *sqlx.DB) {
	last := int64(0)
	for {
		var page []user
		if err := db.Select(&page, `SELECT * FROM users WHERE id > $1 ORDER BY id LIMIT 100`, last); err != nil || len(page) == 0 {
			return
		}
		last = page[len(page)-1].ID
	}
}

// Package sqldb has loops with statements of database/sql.
package sqldb

import (
	"context"
	"database/sql"
	"fmt"
)

type user struct {
	ID   int64
	Name string
	Tags []string
}

func RangeBad(ctx context.Context, db *sql.DB, ids []int64) error {
	for _, id := range ids {
		var name string
		if err := db.QueryRowContext(ctx, `SELECT name FROM users WHERE id = $1`, id).Scan(&name); err != nil { // want `runs a query for each element of ids \(sql.DB.QueryRowContext\): 1 \+ N statements`
			return err
		}
	}
	return nil
}

func FieldBad(ctx context.Context, db *sql.DB, users []*user) error {
	for _, u := range users {
		if _, err := db.ExecContext(ctx, `UPDATE users SET name = $1 WHERE id = $2`, u.Name, u.ID); err != nil { // want `writes to the database for each element of users`
			return err
		}
	}
	return nil
}

func RowsBad(db *sql.DB) error {
	rows, err := db.Query(`SELECT id FROM users`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if _, err := db.Exec(`DELETE FROM sessions WHERE user_id = $1`, id); err != nil { // want `writes to the database for each element of rows`
			return err
		}
	}
	return rows.Err()
}

func CountedBad(db *sql.DB, users []user) {
	for i := 0; i < len(users); i++ {
		db.QueryRow(`SELECT count(*) FROM posts WHERE user_id = $1`, users[i].ID) // want `runs a query for each element of users`
	}
}

func MapBad(db *sql.DB, byID map[int64]string) {
	for id := range byID {
		db.QueryRow(`SELECT 1 FROM users WHERE id = $1`, id) // want `runs a query for each element of byID`
	}
}

func helper(db *sql.DB, id int64) string {
	var name string
	db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&name)
	return name
}

func HelperBad(db *sql.DB, ids []int64) (out []string) {
	for _, id := range ids {
		out = append(out, helper(db, id)) // want `runs a query for each element of ids \(helper → sql.DB.QueryRow\)`
	}
	return out
}

func RetryOK(db *sql.DB, id int64) error {
	for range 5 {
		if _, err := db.Exec(`UPDATE users SET seen = now() WHERE id = $1`, id); err == nil {
			return nil
		}
	}
	return fmt.Errorf("gave up")
}

func PagesOK(db *sql.DB) error {
	last := int64(0)
	for {
		rows, err := db.Query(`SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 100`, last)
		if err != nil {
			return err
		}
		n := 0
		for rows.Next() {
			if err := rows.Scan(&last); err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return nil
		}
	}
}

func OffsetOK(db *sql.DB) {
	for off := 0; off < 1000; off += 100 {
		db.Query(`SELECT id FROM users OFFSET $1 LIMIT 100`, off)
	}
}

func LiteralOK(db *sql.DB) {
	for _, k := range []string{"a", "b"} {
		db.Exec(`INSERT INTO kinds (name) VALUES ($1)`, k)
	}
}

func ClosureBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		func() {
			db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of ids`
		}()
	}
}

type key struct{ ID, Tenant int64 }

func MapKeysBad(db *sql.DB, users []user) {
	unique := map[key]struct{}{}
	for _, u := range users {
		unique[key{ID: u.ID}] = struct{}{}
	}
	found := map[key]string{}
	for k := range unique {
		var name string
		err := db.QueryRow(`SELECT name FROM users WHERE id = $1`, k.ID).Scan(&name) // want `runs a query for each element of unique`
		if err != nil {
			continue
		}
		found[k] = name
	}
}

package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

func VariableBad(db *sql.DB, users []user) {
	for _, u := range users {
		key := strings.ToLower(u.Name)
		key = "user:" + key
		db.Exec(`DELETE FROM cache WHERE key = $1`, key) // want `for each element of users`
	}
}

func FieldStoreBad(db *sql.DB, ids []int64) {
	u := &user{}
	for _, id := range ids {
		u.ID = id
		u.save(db) // want `writes to the database for each element of ids \(user.save → sql.DB.Exec\)`
	}
}

func (u *user) save(db *sql.DB) {
	db.Exec(`UPDATE users SET name = $1 WHERE id = $2`, u.Name, u.ID)
}

func ReceiverBad(db *sql.DB, users []*user) {
	for _, u := range users {
		u.save(db) // want `writes to the database for each element of users`
	}
}

func DecodedBad(db *sql.DB, lines [][]byte) {
	for _, line := range lines {
		var u user
		if err := json.Unmarshal(line, &u); err != nil {
			continue
		}
		db.Exec(`INSERT INTO users (id) VALUES ($1)`, u.ID) // want `for each element of lines`
	}
}

type params struct {
	ID   int64
	Name string
}

func insertUser(db *sql.DB, p params) error {
	_, err := db.Exec(`INSERT INTO users (id, name) VALUES ($1, $2)`, p.ID, p.Name)
	return err
}

func ParamsBad(db *sql.DB, users []user) {
	for _, u := range users {
		insertUser(db, params{ID: u.ID, Name: "new"}) // want `for each element of users \(insertUser → sql.DB.Exec\)`
	}
}

func ArgumentsBad(db *sql.DB, users []user) {
	for _, u := range users {
		args := []any{}
		args = append(args, u.ID, u.Name)
		db.Exec(`INSERT INTO users (id, name) VALUES ($1, $2)`, args...) // want `for each element of users`
	}
}

func LookedUpBad(db *sql.DB, users []user, emails map[int64]string) {
	for _, u := range users {
		db.Exec(`INSERT INTO outbox (mail) VALUES ($1)`, emails[u.ID]) // want `for each element of users`
	}
}

// The second asks for what the first has found.
func ThenBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		var team int64
		db.QueryRow(`SELECT team_id FROM users WHERE id = $1`, id).Scan(&team) // want `runs a query for each element of ids`
		db.Exec(`UPDATE teams SET n = n + 1 WHERE id = $1`, team)              // want `writes to the database for each element of ids`
	}
}

func TextBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Query(fmt.Sprintf(`SELECT name FROM users WHERE id = %d`, id)) // want `runs a query for each element of ids`
	}
}

func ScannedStructBad(db *sql.DB) error {
	rows, err := db.Query(`SELECT id, name FROM users`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return err
		}
		db.Exec(`DELETE FROM sessions WHERE user_id = $1`, u.ID) // want `for each element of rows`
	}
	return rows.Err()
}

func scanUser(rows *sql.Rows) (*user, error) {
	var u user
	err := rows.Scan(&u.ID, &u.Name)
	return &u, err
}

func ClosureWritesBad(db *sql.DB, users []user) {
	var id int64
	for _, u := range users {
		func() { id = u.ID }()
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of users`
	}
}

func ContextOK(ctx context.Context, db *sql.DB, users []user) {
	type key struct{}
	for _, u := range users {
		ctx := context.WithValue(ctx, key{}, u.ID)
		db.ExecContext(ctx, `UPDATE stats SET n = n + 1`)
	}
}

func ErrorsOK(db *sql.DB, users []user) {
	for _, u := range users {
		if u.Name == "" {
			err := errors.New("no name")
			db.Exec(`INSERT INTO errors (what) VALUES ($1)`, err)
		}
	}
}

// Which database it is depends on the element, the statement does not.
func PerDatabaseOK(shards []*store) {
	for _, s := range shards {
		s.db.Exec(`DELETE FROM sessions WHERE expired < now()`)
	}
}

func OtherFieldOK(db *sql.DB, ids []int64) {
	s := &store{db: db, table: "users"}
	for _, id := range ids {
		s.last = id
		db.Exec(`UPDATE stats SET n = n + 1 WHERE name = $1`, s.table)
	}
}

func GatheredOK(db *sql.DB, users []user) {
	var ids []int64
	for _, u := range users {
		ids = append(ids, u.ID)
		if len(ids) == 100 {
			db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids)
			ids = nil
		}
	}
	db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids)
}

func GatheredTextOK(db *sql.DB, users []user) {
	text, n := `INSERT INTO users (name) VALUES `, 0
	for _, u := range users {
		text += "('" + u.Name + "'),"
		if n++; n == 100 {
			db.Exec(text)
			text, n = `INSERT INTO users (name) VALUES `, 0
		}
	}
}

func GatheredMapOK(db *sql.DB, users []user) {
	byName := map[string]int64{}
	for _, u := range users {
		byName[u.Name] = u.ID
		if len(byName) > 100 {
			writeAll(db, byName)
			clear(byName)
		}
	}
}

func writeAll(db *sql.DB, byName map[string]int64) {
	b, _ := json.Marshal(byName)
	db.Exec(`INSERT INTO users SELECT * FROM json_each($1)`, b)
}

type buffer struct {
	db   *sql.DB
	rows []user
}

// add writes when it has enough.
func (b *buffer) add(u user) {
	b.rows = append(b.rows, u)
	if len(b.rows) == cap(b.rows) {
		b.db.Exec(`INSERT INTO users SELECT * FROM json_array_elements($1)`, b.rows)
		b.rows = b.rows[:0]
	}
}

func BufferOK(b *buffer, users []user) {
	for _, u := range users {
		b.add(u)
	}
}

func BuilderOK(db *sql.DB, users []user) {
	var b strings.Builder
	for _, u := range users {
		b.WriteString(u.Name)
		if b.Len() > 1000 {
			db.Exec(`INSERT INTO blobs (b) VALUES ($1)`, b.String())
			b.Reset()
		}
	}
}

func CounterOK(db *sql.DB, users []user) {
	done := 0
	for range users {
		done++
		db.Exec(`UPDATE progress SET done = $1`, done)
	}
}

func TimeOK(db *sql.DB, users []user) {
	for range users {
		db.Exec(`UPDATE progress SET at = $1`, time.Now())
	}
}

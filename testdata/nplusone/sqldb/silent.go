package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"
)

func AttemptsOK(ctx context.Context, db *sql.DB, id int64) error {
	for attempt := 1; attempt <= 3; attempt++ {
		if _, err := db.ExecContext(ctx, `UPDATE users SET n = n + 1 WHERE id = $1`, id); err == nil {
			return nil
		}
		time.Sleep(time.Duration(attempt) * time.Second)
	}
	return errors.New("gave up")
}

func BackoffOK(db *sql.DB, id int64, waits []time.Duration) {
	for _, wait := range waits {
		if _, err := db.Exec(`UPDATE users SET n = n + 1 WHERE id = $1`, id); err == nil {
			return
		}
		time.Sleep(wait)
	}
}

func UniqueOK(db *sql.DB, random func() string) string {
	for {
		name := random()
		var n int
		db.QueryRow(`SELECT count(*) FROM users WHERE name = $1`, name).Scan(&n)
		if n == 0 {
			return name
		}
	}
}

func WaitOK(db *sql.DB, id int64) {
	for range time.Tick(time.Second) {
		var done bool
		db.QueryRow(`SELECT done FROM jobs WHERE id = $1`, id).Scan(&done)
		if done {
			return
		}
	}
}

func PollerBad(db *sql.DB) {
	for {
		var ids []int64
		rows, err := db.Query(`SELECT id FROM jobs WHERE NOT done`)
		if err != nil {
			return
		}
		for rows.Next() {
			var id int64
			rows.Scan(&id)
			ids = append(ids, id)
		}
		rows.Close()
		for _, id := range ids {
			db.Exec(`UPDATE jobs SET done = true WHERE id = $1`, id) // want `for each element of ids`
		}
		time.Sleep(time.Second)
	}
}

func CursorPagesOK(db *sql.DB) {
	after := ""
	for {
		page, err := pageAfter(db, after)
		if err != nil || len(page) == 0 {
			return
		}
		after = page[len(page)-1].Name
	}
}

func pageAfter(db *sql.DB, after string) (page []user, err error) {
	rows, err := db.Query(`SELECT id, name FROM users WHERE name > $1 ORDER BY name LIMIT 100`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, *u)
	}
	return page, rows.Err()
}

func NumberedPagesOK(db *sql.DB, pages int) {
	for p := 0; p < pages; p++ {
		db.Query(`SELECT id FROM users ORDER BY id LIMIT 100 OFFSET $1`, p*100)
	}
}

func DeleteBatchesOK(db *sql.DB) {
	for {
		res, err := db.Exec(`DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE old LIMIT 1000)`)
		if err != nil {
			return
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return
		}
	}
}

func WindowsOK(db *sql.DB, ids []int64) {
	const size = 100
	for i := 0; i < len(ids); i += size {
		db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids[i:min(i+size, len(ids))])
	}
}

func WindowsOfArgumentsOK(db *sql.DB, ids []int64) {
	for i := 0; i < len(ids); i += 100 {
		args := make([]any, 0, 100)
		for j := i; j < min(i+100, len(ids)); j++ {
			args = append(args, ids[j])
		}
		db.Exec(`DELETE FROM users WHERE id IN (`+marks(len(args))+`)`, args...)
	}
}

func marks(n int) string { return fmt.Sprint(n) }

func ChunksOK(db *sql.DB, chunks [][]int64) {
	for _, chunk := range chunks {
		db.Exec(`DELETE FROM users WHERE id = ANY($1)`, chunk)
	}
}

type span struct{ from, to int64 }

func RangesOK(db *sql.DB, idRanges []span) {
	for _, r := range idRanges {
		db.Exec(`DELETE FROM users WHERE id BETWEEN $1 AND $2`, r.from, r.to)
	}
}

var kinds = []string{"admin", "guest"}

func PackageListOK(db *sql.DB) {
	for _, k := range kinds {
		db.Exec(`INSERT INTO kinds (name) VALUES ($1)`, k)
	}
}

var names []string

func Register(name string) { names = append(names, name) }

func ChangedListBad(db *sql.DB) {
	for _, n := range names {
		db.Exec(`INSERT INTO kinds (name) VALUES ($1)`, n) // want `for each element of names`
	}
}

func LiteralMapOK(db *sql.DB) {
	for k, v := range map[string]int{"a": 1, "b": 2} {
		db.Exec(`INSERT INTO settings (key, value) VALUES ($1, $2)`, k, v)
	}
}

func LiteralStructsOK(db *sql.DB, id int64) {
	steps := []struct{ table, column string }{{"posts", "author"}, {"likes", "user_id"}}
	for _, s := range steps {
		db.Exec(`DELETE FROM `+s.table+` WHERE `+s.column+` = $1`, id)
	}
}

func ConditionalLiteralOK(db *sql.DB, all bool) {
	tables := []string{"a", "b"}
	if all {
		tables = append(tables, "c")
	}
	for _, t := range tables {
		db.Exec(`INSERT INTO tables (name) VALUES ($1)`, t)
	}
}

func ArrayOK(db *sql.DB, pair [2]int64) {
	for _, id := range pair {
		db.Exec(`UPDATE accounts SET n = n + 1 WHERE id = $1`, id)
	}
}

func FixedBoundOK(db *sql.DB, ids []int64) {
	for i := 0; i < 3; i++ {
		db.Exec(`UPDATE accounts SET n = n + 1 WHERE id = $1`, ids[i])
	}
}

func SchemaOK(db *sql.DB, tables []string) {
	for _, t := range tables {
		db.Exec(`ALTER TABLE ` + t + ` ADD COLUMN tenant int`)
		db.Exec(fmt.Sprintf(`TRUNCATE %s`, t))
		db.Exec(`DELETE FROM ` + t)
	}
}

func StatementsOK(db *sql.DB, statements []string) {
	for _, s := range statements {
		db.Exec(s)
	}
}

func PragmasOK(db *sql.DB, settings map[string]string) {
	for k, v := range settings {
		db.Exec(fmt.Sprintf(`PRAGMA %s = %s`, k, v))
	}
}

func FirstOK(db *sql.DB, ids []int64) (string, error) {
	for _, id := range ids {
		if id == 0 {
			continue
		}
		var name string
		err := db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&name)
		return name, err
	}
	return "", sql.ErrNoRows
}

func FoundOK(db *sql.DB, users []user, name string) {
	for _, u := range users {
		if u.Name == name {
			db.Exec(`UPDATE users SET seen = now() WHERE id = $1`, u.ID)
			break
		}
	}
}

func InvariantOK(db *sql.DB, users []user) {
	for _, u := range users {
		var limit int
		db.QueryRow(`SELECT value FROM settings WHERE key = 'limit'`).Scan(&limit)
		if len(u.Tags) > limit {
			return
		}
	}
}

func ScanOnlyOK(db *sql.DB) (users []user, err error) {
	rows, err := db.Query(`SELECT id, name FROM users`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, err
		}
		users = append(users, *u)
	}
	return users, rows.Err()
}

func LaterOK(db *sql.DB, users []user) {
	longest := ""
	for _, u := range users {
		if len(u.Name) > len(longest) {
			longest = u.Name
		}
	}
	db.Exec(`UPDATE stats SET longest = $1`, longest)
}

func (s *store) nameCached(id int64) (string, error) { return s.name(id) }

func CachedOK(s *store, ids []int64) {
	for _, id := range ids {
		s.nameCached(id)
	}
}

func SeedUsersOK(db *sql.DB, users []user) {
	for _, u := range users {
		db.Exec(`INSERT INTO users (id) VALUES ($1)`, u.ID)
	}
}

func InitializeUsersOK(db *sql.DB, users []user) {
	for _, u := range users {
		db.Exec(`INSERT INTO users (id) VALUES ($1)`, u.ID)
	}
}

// What is given a test is one, in whatever file.
func StoresUsersOK(t *testing.T, db *sql.DB, users []user) {
	t.Run("stores", func(t *testing.T) {
		for _, u := range users {
			if _, err := db.Exec(`INSERT INTO users (id) VALUES ($1)`, u.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func MigrateNamesOK(db *sql.DB, users []user) {
	for _, u := range users {
		db.Exec(`UPDATE users SET name = lower(name) WHERE id = $1`, u.ID)
	}
}

// Failures are few.
func FailuresOK(db *sql.DB, users []user, mail func(user) error) {
	for _, u := range users {
		if err := mail(u); err != nil {
			db.Exec(`INSERT INTO failures (user_id, what) VALUES ($1, $2)`, u.ID, err.Error())
		}
	}
}

// remembered keeps what it has asked for as long as it lives.
type remembered struct {
	db    *sql.DB
	known map[int64]string
}

func (n *remembered) of(id int64) (string, error) {
	name, ok := n.known[id]
	if !ok {
		if err := n.db.QueryRow(`SELECT name FROM users WHERE id = ?`, id).Scan(&name); err != nil {
			return "", err
		}
		n.known[id] = name
	}
	return name, nil
}

func filledMapOK(n *remembered, ids []int64) (out []string, err error) {
	for _, id := range ids {
		name, err := n.of(id)
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}

func firstOnlyOK(db *sql.DB, ids []int64) (n int, err error) {
	var settings *user
	for _, id := range ids {
		if settings == nil {
			if settings, err = loadOne(db, id); err != nil {
				return 0, err
			}
		}
		n += len(settings.Name)
	}
	return n, nil
}

func loadOne(db *sql.DB, id int64) (*user, error) {
	u := &user{}
	return u, db.QueryRow(`SELECT name FROM users WHERE id = ?`, id).Scan(&u.Name)
}

// localMapBad asks for each of them once: a map that it made itself only saves
// asking twice for the same.
func localMapBad(db *sql.DB, ids []int64) (map[int64]string, error) {
	known := map[int64]string{}
	for _, id := range ids {
		if _, ok := known[id]; !ok {
			var name string
			if err := db.QueryRow(`SELECT name FROM users WHERE id = ?`, id).Scan(&name); err != nil { // want "runs a query for each element of ids"
				return nil, err
			}
			known[id] = name
		}
	}
	return known, nil
}

type poll struct{ ID, Owner int64 }

func loadPoll(db *sql.DB, name string) (*poll, error) {
	p := new(poll)
	err := db.QueryRow(`SELECT id, owner FROM polls WHERE name = $1`, name).Scan(&p.ID, &p.Owner)
	return p, err
}

// What is under the question runs once, as its answer is kept: also the second
// query.
func KeptBesideOK(db *sql.DB, names []string) (votes []int64) {
	var of *poll
	for _, name := range names {
		if of == nil {
			var err error
			if of, err = loadPoll(db, name); err != nil {
				return nil
			}
			var n int64
			db.QueryRow(`SELECT n FROM votes WHERE poll = $1 AND name = $2`, of.ID, name).Scan(&n)
			votes = append(votes, n)
		}
	}
	return votes
}

// It asks until it has found what it looks for.
func KeptIfGoodOK(db *sql.DB, names []string) (of *poll) {
	for _, name := range names {
		if of == nil {
			p, err := loadPoll(db, name)
			if err == nil && p.Owner > 7 {
				of = p
			}
		}
	}
	return of
}

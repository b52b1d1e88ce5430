package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The functions of this file were loops with a statement for each element; each
// is repaired in another way.

func ArrayParameterOK(ctx context.Context, db *sql.DB, users []user) error {
	ids := make([]int64, 0, len(users))
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	_, err := db.ExecContext(ctx, `UPDATE users SET seen = now() WHERE id = ANY($1)`, ids)
	return err
}

func IndexedOK(db *sql.DB, users []user) error {
	ids := make([]int64, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	_, err := db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids)
	return err
}

func PlaceholdersOK(db *sql.DB, users []user) error {
	marks, args := make([]string, len(users)), make([]any, len(users))
	for i, u := range users {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), u.ID
	}
	_, err := db.Exec(`DELETE FROM users WHERE id IN (`+strings.Join(marks, ", ")+`)`, args...)
	return err
}

func ManyRowsOK(db *sql.DB, users []user) error {
	var text strings.Builder
	var args []any
	text.WriteString(`INSERT INTO users (id, name) VALUES `)
	for i, u := range users {
		fmt.Fprintf(&text, "($%d, $%d),", 2*i+1, 2*i+2)
		args = append(args, u.ID, u.Name)
	}
	_, err := db.Exec(strings.TrimSuffix(text.String(), ","), args...)
	return err
}

func GroupedOK(db *sql.DB, users []user) error {
	byName := map[string][]int64{}
	for _, u := range users {
		byName[u.Name] = append(byName[u.Name], u.ID)
	}
	for _, ids := range byName {
		if _, err := db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids); err != nil {
			return err
		}
	}
	return nil
}

func LookupTableOK(s *store, users []user) ([]string, error) {
	ids := make([]int64, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	names, err := s.names(ids)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(users))
	for i := range users {
		out = append(out, names[i])
	}
	return out, nil
}

func JoinOK(db *sql.DB) (int, error) {
	rows, err := db.Query(`SELECT u.id, p.title FROM users u JOIN posts p ON p.author = u.id`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id int64
		var title string
		if err := rows.Scan(&id, &title); err != nil {
			return 0, err
		}
		n += len(title)
	}
	return n, rows.Err()
}

func SortedChunksOK(db *sql.DB, ids []int64) {
	slices.Sort(ids)
	for len(ids) > 0 {
		n := min(len(ids), 100)
		db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids[:n])
		ids = ids[n:]
	}
}

func FlushAtEndOK(db *sql.DB, users []user) {
	pending := make([]int64, 0, 100)
	flush := func() {
		if len(pending) > 0 {
			db.Exec(`DELETE FROM users WHERE id = ANY($1)`, pending)
			pending = pending[:0]
		}
	}
	for _, u := range users {
		pending = append(pending, u.ID)
		if len(pending) == cap(pending) {
			flush()
		}
	}
	flush()
}

func TickerOK(ctx context.Context, db *sql.DB, host string) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			db.ExecContext(ctx, `UPDATE hosts SET alive = now() WHERE name = $1`, host)
		}
	}
}

func QueueOK(db *sql.DB, next func() (int64, bool)) {
	for {
		id, ok := next()
		if !ok {
			return
		}
		db.Exec(`UPDATE jobs SET done = true WHERE id = $1`, id)
	}
}

func SerializableOK(db *sql.DB, id int64) error {
	var err error
	for range 5 {
		err = inTx(db, func(tx *sql.Tx) error {
			_, err := tx.Exec(`UPDATE accounts SET n = n - 1 WHERE id = $1`, id)
			return err
		})
		if err == nil || !errors.Is(err, sql.ErrTxDone) {
			return err
		}
	}
	return err
}

func DeadlineOK(db *sql.DB, id int64, until time.Time) bool {
	for time.Now().Before(until) {
		var ready bool
		if db.QueryRow(`SELECT ready FROM jobs WHERE id = $1`, id).Scan(&ready); ready {
			return true
		}
		time.Sleep(time.Second)
	}
	return false
}

func PageTokensOK(db *sql.DB, fetch func(token string) ([]int64, string)) {
	token := ""
	for {
		ids, next := fetch(token)
		db.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids)
		if next == "" {
			return
		}
		token = next
	}
}

func ParentsOK(db *sql.DB, id int64) (path []int64) {
	for id != 0 {
		path = append(path, id)
		var parent int64
		if err := db.QueryRow(`SELECT parent FROM nodes WHERE id = $1`, id).Scan(&parent); err != nil {
			return path
		}
		id = parent
	}
	return path
}

func LastOnlyOK(db *sql.DB, users []user) error {
	for i, u := range users {
		if i < len(users)-1 {
			continue
		}
		_, err := db.Exec(`UPDATE stats SET last = $1`, u.ID)
		return err
	}
	return nil
}

type resource struct{ name, ddl string }

var resources = []resource{{"users", `CREATE TABLE users (id int)`}, {"posts", `CREATE TABLE posts (id int)`}}

func CreateTablesOK(db *sql.DB) {
	for _, r := range resources {
		db.Exec(r.ddl)
		db.Exec(`INSERT INTO tables (name) VALUES ($1)`, r.name)
	}
}

func SetupKindsOK(db *sql.DB, kinds []string) {
	for _, k := range kinds {
		db.Exec(`INSERT INTO kinds (name) VALUES ($1)`, k)
	}
}

func LoggedOK(db *sql.DB, users []user, log func(string, ...any)) {
	for _, u := range users {
		log("user %d", u.ID)
		db.Exec(`UPDATE stats SET n = n + 1`)
	}
}

func ValuesInMemoryOK(users []user, limits map[int64]int) (n int) {
	for _, u := range users {
		n += limits[u.ID]
	}
	return n
}

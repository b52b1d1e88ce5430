// Package confidence holds loops that somebody may not mind. They are reported
// only with -nplusone.confidence=low, and told why.
package confidence

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"
)

type user struct {
	ID    int64
	Name  string
	Site  string
	Tags  []string
	Rare  bool
	Rarer bool
}

func remember(db *sql.DB, u user) error {
	if !u.Rare {
		return nil
	}
	_, err := db.Exec(`INSERT INTO rare (id) VALUES ($1)`, u.ID)
	return err
}

func ConditionInCalleeBad(db *sql.DB, users []user) {
	for _, u := range users {
		remember(db, u) // want "medium confidence: the statement is sent only under conditions"
	}
}

func ThreeConditionsBad(db *sql.DB, users []user) {
	for _, u := range users {
		if u.Rare && u.Rarer && u.ID > 7 {
			db.Exec(`INSERT INTO rare (id) VALUES ($1)`, u.ID) // want "medium confidence: a round may go by without it"
		}
	}
}

func allowed(id int64) error {
	if id == 0 {
		return errors.New("no user")
	}
	return nil
}

func first(db *sql.DB, id int64) error {
	if err := allowed(id); err != nil {
		return err
	}
	return second(db, id)
}

func second(db *sql.DB, id int64) error {
	if err := allowed(id); err != nil {
		return err
	}
	return third(db, id)
}

func third(db *sql.DB, id int64) error {
	if err := allowed(id); err != nil {
		return err
	}
	return fourth(db, id)
}

func fourth(db *sql.DB, id int64) error {
	_, err := db.Exec(`DELETE FROM users WHERE id = $1`, id)
	return err
}

func FarBad(db *sql.DB, users []user) {
	for _, u := range users {
		first(db, u.ID) // want "medium confidence: the statement is many calls away"
	}
}

type node struct {
	ID          int64
	Left, Right *node
}

func BinaryTreeBad(db *sql.DB, n *node) {
	if n == nil {
		return
	}
	db.Exec(`DELETE FROM nodes WHERE id = $1`, n.ID)
	BinaryTreeBad(db, n.Left) // want "medium confidence: each node of a tree is handled by itself"
	BinaryTreeBad(db, n.Right)
}

func HTTPBad(db *sql.DB, users []user) {
	for _, u := range users {
		resp, err := http.Get(u.Site)
		if err != nil {
			continue
		}
		resp.Body.Close()
		db.Exec(`UPDATE users SET status = $1 WHERE id = $2`, resp.StatusCode, u.ID) // want "medium confidence: each round also waits for another server"
	}
}

// It waits two calls away, behind an interface.
type storage interface {
	load(name string) ([]byte, error)
}

type disk struct{}

func (disk) load(name string) ([]byte, error) { return os.ReadFile(name) }

func content(s storage, name string) ([]byte, error) { return s.load(name) }

func FileBad(db *sql.DB, s storage, users []user) error {
	for _, u := range users {
		b, err := content(s, u.Name)
		if err != nil {
			return err
		}
		db.Exec(`UPDATE users SET picture = $1 WHERE id = $2`, b, u.ID) // want "medium confidence: each round also waits for another server, a program or a file"
	}
	return nil
}

func alone(ctx context.Context, db *sql.DB, u user) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`UPDATE users SET name = $1 WHERE id = $2`, u.Name, u.ID); err != nil {
		return err
	}
	return tx.Commit()
}

func ApartAndStartedBad(ctx context.Context, db *sql.DB, users []user) {
	for _, u := range users {
		go alone(ctx, db, u) // want "medium confidence: each round has a transaction or a deadline of its own; each round runs in a goroutine of its own"
	}
}

func DeadlineAndGoroutineBad(ctx context.Context, db *sql.DB, users []user) {
	for _, u := range users {
		go func() {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			db.ExecContext(ctx, `DELETE FROM users WHERE id = $1`, u.ID) // want "medium confidence: each round has a transaction or a deadline of its own; each round runs in a goroutine of its own"
		}()
	}
}

// It stops at the first that there is, but asks for all before it.
func TryEachBad(db *sql.DB, ids []int64) string {
	for _, id := range ids {
		var name string
		if err := db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&name); err == nil { // want "medium confidence: the loop ends with the first success"
			return name
		}
	}
	return ""
}

func TryNextBad(db *sql.DB, ids []int64) string {
	for _, id := range ids {
		var name string
		err := db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&name) // want "medium confidence: the loop ends with the first success"
		if err != nil {
			continue
		}
		return name
	}
	return ""
}

// It ends with either, and both lead to the same place.
func StopAtEitherBad(db *sql.DB, ids []int64) (n int, err error) {
	for _, id := range ids {
		if err = db.QueryRow(`SELECT count(*) FROM orders WHERE user_id = $1`, id).Scan(&n); err != nil { // want "medium confidence: the loop ends with the first success"
			break
		}
		if n > 0 {
			break
		}
	}
	return n, err
}

func CutBad(db *sql.DB, ids []int64) {
	if len(ids) > 5 {
		ids = ids[:5]
	}
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "medium confidence: there are few elements"
	}
}

func TooManyBad(db *sql.DB, ids []int64) error {
	if len(ids) > 10 {
		return errors.New("too many")
	}
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "medium confidence: there are few elements"
	}
	return nil
}

func between(n, least, most int) error {
	if n < least || n > most {
		return errors.New("out of range")
	}
	return nil
}

func CheckedBad(db *sql.DB, ids []int64) error {
	if err := between(len(ids), 0, 5); err != nil {
		return err
	}
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "medium confidence: there are few elements"
	}
	return nil
}

func SurplusBad(db *sql.DB, ids []int64) {
	if len(ids) > 10 {
		for _, id := range ids[10:] {
			db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "medium confidence: only what is too much is walked"
		}
	}
}

func SurplusFromTheEndBad(db *sql.DB, ids []int64) {
	for i := len(ids) - 1; i >= 5; i-- {
		db.Exec(`DELETE FROM users WHERE id = $1`, ids[i]) // want "medium confidence: only what is too much is walked"
	}
}

func child(db *sql.DB, parent int64, name string) (int64, error) {
	var id int64
	err := db.QueryRow(`SELECT id FROM nodes WHERE parent = $1 AND name = $2`, parent, name).Scan(&id)
	return id, err
}

func PathBad(db *sql.DB, names []string) (at int64, err error) {
	for _, name := range names {
		at, err = child(db, at, name) // want "medium confidence: a round needs what the round before has found"
		if err != nil {
			return 0, err
		}
	}
	return at, nil
}

func MembersBad(db *sql.DB, groups []user) {
	for _, g := range groups {
		db.Exec(`INSERT INTO tags SELECT unnest($1)`, g.Tags) // want "medium confidence: the statement is for many rows"
	}
}

func RemoveMixedBad(db *sql.DB, beans ...any) {
	for _, b := range beans {
		db.Exec(`DELETE FROM things WHERE id = $1`, b) // want "medium confidence: the elements can be of different types"
	}
}

type color string

const (
	red  color = "red"
	blue color = "blue"
)

// However long the list is, there are two colors.
func ConstantsBad(db *sql.DB, colors []color) {
	for _, c := range colors {
		db.Exec(`DELETE FROM users WHERE color = $1`, c) // want "medium confidence: there are few elements"
	}
}

func ConstantKeysBad(db *sql.DB, colors map[color]int) {
	for c, n := range colors {
		db.Exec(`UPDATE colors SET n = $1 WHERE color = $2`, n, c) // want "medium confidence: there are few elements"
	}
}

func AnyKnownBad(db *sql.DB, ids []int64) bool {
	return slices.ContainsFunc(ids, func(id int64) bool {
		var n int
		db.QueryRow(`SELECT count(*) FROM users WHERE id = $1`, id).Scan(&n) // want "medium confidence: the loop ends with the first success"
		return n > 0
	})
}

func PlaceOfKnownBad(db *sql.DB, ids []int64) int {
	return slices.IndexFunc(ids, func(id int64) bool {
		var n int
		db.QueryRow(`SELECT count(*) FROM users WHERE id = $1`, id).Scan(&n) // want "medium confidence: the loop ends with the first success"
		return n > 0
	})
}

func OfThatNameBad(db *sql.DB, users []user, name string) {
	for _, u := range users {
		if u.Name == name {
			db.Exec(`DELETE FROM users WHERE id = $1`, u.ID) // want "medium confidence: a round may go by without it; the loop looks for the one element that is equal to something"
		}
	}
}

func OfThatNameOnlyBad(db *sql.DB, users []user, name string) {
	for _, u := range users {
		if name != u.Name {
			continue
		}
		db.Exec(`DELETE FROM users WHERE id = $1`, u.ID) // want "medium confidence: a round may go by without it; the loop looks for the one element that is equal to something"
	}
}

// The inner loop only finds where a group of many belongs.
func GroupsBad(db *sql.DB, groups map[string][]int64, users []user) {
	for name, ids := range groups {
		for _, u := range users {
			if u.Name == name {
				db.Exec(`UPDATE items SET owner = $1 WHERE id = ANY($2)`, u.ID, ids) // want "medium confidence: a round may go by without it; the statement is for many rows"
			}
		}
	}
}

func tell(u user, loud bool) error {
	if loud {
		resp, err := http.Get(u.Site)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	return nil
}

func MayTellBad(db *sql.DB, users []user, loud bool) {
	for _, u := range users {
		if err := tell(u, loud); err != nil {
			continue
		}
		db.Exec(`UPDATE users SET told = true WHERE id = $1`, u.ID) // want "medium confidence: some rounds also wait for another server"
	}
}

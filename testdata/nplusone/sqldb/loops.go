package sqldb

import (
	"bufio"
	"container/list"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"
)

func GotoBad(db *sql.DB, ids []int64) {
	i := 0
again:
	if i < len(ids) {
		db.Exec(`DELETE FROM users WHERE id = $1`, ids[i]) // want `writes to the database for each element`
		i++
		goto again
	}
}

func BackwardsBad(db *sql.DB, ids []int64) {
	for i := len(ids) - 1; i >= 0; i-- {
		db.Exec(`DELETE FROM users WHERE id = $1`, ids[i]) // want `writes to the database`
	}
}

func IntegerRangeBad(db *sql.DB, ids []int64) {
	for i := range len(ids) {
		db.Exec(`DELETE FROM users WHERE id = $1`, ids[i]) // want `writes to the database for each element`
	}
}

func MapValuesBad(db *sql.DB, users map[string]user) {
	for _, u := range users {
		db.Exec(`DELETE FROM users WHERE id = $1`, u.ID) // want `for each element of users`
	}
}

func LabelsBad(db *sql.DB, users []user) {
outer:
	for _, u := range users {
		for _, tag := range u.Tags {
			if tag == "keep" {
				continue outer
			}
		}
		db.Exec(`DELETE FROM users WHERE id = $1`, u.ID) // want `for each element of users`
	}
}

func NestedBad(db *sql.DB, users []user) {
	for _, u := range users {
		for _, tag := range u.Tags {
			db.Exec(`INSERT INTO tags (user_id, tag) VALUES ($1, $2)`, u.ID, tag) // want `for each element of u.Tags`
		}
	}
}

// The literal exempts its own loop only.
func LiteralInsideBad(db *sql.DB, users []user) {
	for _, u := range users {
		for _, table := range []string{"posts", "likes"} {
			db.Exec(`DELETE FROM `+table+` WHERE user_id = $1`, u.ID) // want `for each element of users`
		}
	}
}

// The pair is a literal, what is in it is not.
func LiteralOfElementsBad(db *sql.DB, users []user, other int64) {
	for _, u := range users {
		for _, id := range []int64{u.ID, other} {
			db.Exec(`DELETE FROM posts WHERE user_id = $1`, id) // want `for each element of users`
		}
	}
}

func IteratorBad(db *sql.DB, ids iter.Seq[int64]) {
	for id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of ids`
	}
}

func KeysBad(db *sql.DB, users map[int64]user) {
	for id := range maps.Keys(users) {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of maps.Keys`
	}
}

func ChunkOK(db *sql.DB, ids []int64) {
	for part := range slices.Chunk(ids, 100) {
		db.Exec(`DELETE FROM users WHERE id = ANY($1)`, part)
	}
}

func ListBad(db *sql.DB, ids *list.List) {
	for e := ids.Front(); e != nil; e = e.Next() {
		db.Exec(`DELETE FROM users WHERE id = $1`, e.Value) // want `writes to the database for each element`
	}
}

type node struct {
	ID          int64
	Next        *node
	Left, Right *node
	Children    []*node
}

func ChainBad(db *sql.DB, n *node) {
	for ; n != nil; n = n.Next {
		db.Exec(`DELETE FROM nodes WHERE id = $1`, n.ID) // want `writes to the database for each element`
	}
}

func WorkListBad(db *sql.DB, root int64) {
	todo := []int64{root}
	for len(todo) > 0 {
		id := todo[0]
		todo = todo[1:]
		rows, err := db.Query(`SELECT id FROM nodes WHERE parent = $1`, id) // want `runs a query for each element of todo`
		if err != nil {
			return
		}
		for rows.Next() {
			var child int64
			rows.Scan(&child)
			todo = append(todo, child)
		}
		rows.Close()
	}
}

// One statement for each level of the tree.
func LevelsOK(db *sql.DB, root int64) {
	level := []int64{root}
	for len(level) > 0 {
		rows, err := db.Query(`SELECT id FROM nodes WHERE parent = ANY($1)`, level)
		if err != nil {
			return
		}
		level = nil
		for rows.Next() {
			var child int64
			rows.Scan(&child)
			level = append(level, child)
		}
		rows.Close()
	}
}

func TreeBad(db *sql.DB, n *node) {
	db.Exec(`DELETE FROM nodes WHERE id = $1`, n.ID)
	for _, c := range n.Children {
		TreeBad(db, c) // want `writes to the database for each element of n.Children \(TreeBad → sql.DB.Exec\)`
	}
}

// It calls itself to try again.
func AgainOK(db *sql.DB, n *node, left int) error {
	_, err := db.Exec(`DELETE FROM nodes WHERE id = $1`, n.ID)
	if err != nil && left > 0 {
		return AgainOK(db, n, left-1)
	}
	return err
}

func LinesBad(db *sql.DB, r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		db.Exec(`INSERT INTO names (name) VALUES ($1)`, lines.Text()) // want `writes to the database for each element of lines`
	}
	return lines.Err()
}

func RecordsBad(db *sql.DB, r io.Reader) error {
	file := csv.NewReader(r)
	records, err := file.ReadAll()
	if err != nil {
		return err
	}
	for _, rec := range records {
		db.Exec(`INSERT INTO names (id, name) VALUES ($1, $2)`, rec[0], rec[1]) // want `for each element of records`
	}
	return nil
}

func DocumentsBad(db *sql.DB, r io.Reader) error {
	dec := json.NewDecoder(r)
	for dec.More() {
		var u user
		if err := dec.Decode(&u); err != nil {
			return err
		}
		db.Exec(`INSERT INTO users (id) VALUES ($1)`, u.ID) // want `for each element of dec`
	}
	return nil
}

func WorkerOK(ctx context.Context, db *sql.DB, jobs <-chan int64) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-jobs:
			db.Exec(`UPDATE jobs SET done = true WHERE id = $1`, id)
		}
	}
}

func ConsumerOK(db *sql.DB, jobs <-chan int64) {
	for id := range jobs {
		db.Exec(`UPDATE jobs SET done = true WHERE id = $1`, id)
	}
}

// The channel is only a detour.
func ChannelBad(db *sql.DB, ids []int64) {
	c := make(chan int64, len(ids))
	for _, id := range ids {
		c <- id
	}
	close(c)
	for id := range c {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of c`
	}
}

// FN_WorkersOfOwnJobs: what a goroutine takes out of the channel is not
// connected with what its maker puts in.
func FN_WorkersOfOwnJobs(db *sql.DB, ids []int64) {
	jobs := make(chan int64)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for id := range jobs {
				db.Exec(`DELETE FROM users WHERE id = $1`, id)
			}
		}()
	}
	for _, id := range ids {
		jobs <- id
	}
	close(jobs)
	wg.Wait()
}

func SyncMapBad(db *sql.DB, online *sync.Map) {
	online.Range(func(id, _ any) bool {
		db.Exec(`UPDATE users SET seen = now() WHERE id = $1`, id) // want `for each element of online.Range`
		return true
	})
}

func DeleteFuncBad(db *sql.DB, ids []int64) []int64 {
	return slices.DeleteFunc(ids, func(id int64) bool {
		var n int
		db.QueryRow(`SELECT count(*) FROM users WHERE id = $1`, id).Scan(&n) // want `runs a query for each element of ids`
		return n == 0
	})
}

func Map[A, B any](xs []A, f func(A) (B, error)) ([]B, error) {
	out := make([]B, 0, len(xs))
	for _, x := range xs {
		y, err := f(x)
		if err != nil {
			return nil, err
		}
		out = append(out, y)
	}
	return out, nil
}

func OwnMapBad(db *sql.DB, ids []int64) ([]string, error) {
	return Map(ids, func(id int64) (name string, err error) {
		err = db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&name) // want `runs a query for each element of ids`
		return name, err
	})
}

func OwnMapOfHelperBad(s *store, ids []int64) ([]string, error) {
	return Map(ids, s.name) // want `runs a query for each element of ids \(store.name → sql.DB.QueryRow\)`
}

func OwnMapOK(db *sql.DB, ids []int64) ([]int64, error) {
	doubled, err := Map(ids, func(id int64) (int64, error) { return 2 * id, nil })
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(`DELETE FROM users WHERE id = ANY($1)`, doubled)
	return doubled, err
}

func eachOfTree(n *node, visit func(*node)) {
	visit(n)
	for _, c := range n.Children {
		eachOfTree(c, visit)
	}
}

func VisitorBad(db *sql.DB, root *node) {
	eachOfTree(root, func(n *node) {
		db.Exec(`DELETE FROM nodes WHERE id = $1`, n.ID) // want `writes to the database for each element`
	})
}

func once(f func(int64) error, id int64) error { return f(id) }

func CalledOnceOK(db *sql.DB, id int64) error {
	return once(func(id int64) error {
		_, err := db.Exec(`DELETE FROM users WHERE id = $1`, id)
		return err
	}, id)
}

func CalledOnceInLoopBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		once(func(id int64) error {
			_, err := db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of ids`
			return err
		}, id)
	}
}

// StopAtFailureBad ends its loop with the first failure, by an edge that has no block of its own.
func StopAtFailureBad(db *sql.DB, ids []int64) error {
	var err error
	for _, id := range ids {
		if _, err = db.Exec(`UPDATE users SET seen = true WHERE id = $1`, id); err != nil { // want "writes to the database for each element of ids \\(sql.DB.Exec\\): .* WHERE … IN \\(…\\)$"
			break
		}
	}
	return err
}

// FP_AlwaysFails ends its loop in the first round: the error of the literal is
// never nil. What literals return is not looked at.
func FP_AlwaysFails(db *sql.DB, ids []int64) error {
	for _, id := range ids {
		do := func() error {
			_, err := db.Exec(`UPDATE users SET seen = true WHERE id = $1`, id) // want "writes to the database for each element of ids"
			return fmt.Errorf("seen: %w", err)
		}
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// The first late user is told, nobody else.
func FlaggedOK(db *sql.DB, users []*user, late func(*user) bool) {
	told := false
	for _, u := range users {
		if late(u) && !told {
			db.Exec(`INSERT INTO told (user_id) VALUES ($1)`, u.ID)
			told = true
		}
	}
}

// Here the flag only tells of the round before.
func FlaggedInRoundBad(db *sql.DB, users []*user, late func(*user) bool) {
	skip := false
	for _, u := range users {
		if !skip {
			db.Exec(`INSERT INTO told (user_id) VALUES ($1)`, u.ID) // want `writes to the database for each element of users \(sql.DB.Exec\)`
		}
		skip = late(u)
	}
}

// The flag stays as it is unless somebody is late.
func FlaggedSeldomBad(db *sql.DB, users []*user, late func(*user) bool) {
	told := false
	for _, u := range users {
		if told {
			continue
		}
		db.Exec(`INSERT INTO told (user_id) VALUES ($1)`, u.ID) // want `writes to the database for each element of users \(sql.DB.Exec\)`
		if late(u) {
			told = true
		}
	}
}

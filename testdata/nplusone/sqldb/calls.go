package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

type store struct {
	db     *sql.DB
	insert *sql.Stmt
	last   int64
	table  string
}

func (s *store) name(id int64) (name string, err error) {
	err = s.db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&name)
	return name, err
}

func (s *store) names(ids []int64) (names []string, err error) {
	rows, err := s.db.Query(`SELECT name FROM users WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// second is two calls away from the statement.
func (s *store) second(u *user) (string, error) {
	n, err := s.name(u.ID)
	return strings.ToUpper(n), err
}

func MethodBad(s *store, ids []int64) {
	for _, id := range ids {
		s.name(id) // want `runs a query for each element of ids \(store.name → sql.DB.QueryRow\)`
	}
}

func TwoAwayBad(s *store, users []*user) {
	for _, u := range users {
		s.second(u) // want `runs a query for each element of users \(store.second → store.name → sql.DB.QueryRow\)`
	}
}

// A method that takes many is asked for one at a time.
func OneElementSliceBad(s *store, ids []int64) {
	for _, id := range ids {
		s.names([]int64{id}) // want `runs a query for each element of ids`
	}
}

func ManyOK(s *store, ids []int64) ([]string, error) { return s.names(ids) }

// A plural method that loops over the singular one.
func (s *store) EachNameBad(ids []int64) (out []string) {
	for _, id := range ids {
		n, err := s.name(id) // want `runs a query for each element of ids`
		if err != nil {
			continue
		}
		out = append(out, n)
	}
	return out
}

func PreparedBad(s *store, users []user) error {
	for _, u := range users {
		if _, err := s.insert.Exec(u.ID, u.Name); err != nil { // want `writes to the database for each element of users \(sql.Stmt.Exec\)`
			return err
		}
	}
	return nil
}

func PreparedHereBad(ctx context.Context, tx *sql.Tx, users []user) error {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO users (id) VALUES ($1)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, u := range users {
		if _, err := stmt.ExecContext(ctx, u.ID); err != nil { // want `writes to the database for each element of users`
			return err
		}
	}
	return nil
}

// CopyIn stands for the function of that name of the PostgreSQL driver.
func CopyIn(table string, columns ...string) string { return "COPY " + table }

func CopyInOK(tx *sql.Tx, users []user) error {
	stmt, err := tx.Prepare(CopyIn("users", "id"))
	if err != nil {
		return err
	}
	for _, u := range users {
		if _, err := stmt.Exec(u.ID); err != nil {
			return err
		}
	}
	_, err = stmt.Exec()
	return err
}

func ErrgroupBad(ctx context.Context, db *sql.DB, ids []int64) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, id := range ids {
		g.Go(func() error {
			_, err := db.ExecContext(ctx, `DELETE FROM users WHERE id = $1`, id) // want `writes to the database for each element of ids`
			return err
		})
	}
	return g.Wait()
}

func GoroutineBad(db *sql.DB, ids []int64) {
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `writes to the database for each element of ids`
		}()
	}
	wg.Wait()
}

func GoroutineArgumentBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		go func(id int64) {
			db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `writes to the database for each element of ids`
		}(id)
	}
}

func IndexCapturedBad(db *sql.DB, ids []int64) {
	var g errgroup.Group
	for i := range ids {
		g.Go(func() error {
			_, err := db.Exec(`DELETE FROM users WHERE id = $1`, ids[i]) // want `writes to the database for each element`
			return err
		})
	}
	g.Wait()
}

func DeferBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		defer db.Exec(`DELETE FROM users WHERE id = $1`, id) // want `writes to the database for each element of ids`
	}
}

func LocalFunctionBad(db *sql.DB, ids []int64) {
	remove := func(id int64) { db.Exec(`DELETE FROM users WHERE id = $1`, id) }
	for _, id := range ids {
		remove(id) // want `writes to the database for each element of ids`
	}
}

func LocalRecursionBad(db *sql.DB, root *node) {
	var walk func(*node)
	walk = func(n *node) {
		db.Exec(`DELETE FROM nodes WHERE id = $1`, n.ID)
		for _, c := range n.Children {
			walk(c) // want `writes to the database for each element of n.Children`
		}
	}
	walk(root)
}

func inTx(db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func LoopInTransactionBad(db *sql.DB, ids []int64) error {
	return inTx(db, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec(`DELETE FROM users WHERE id = $1`, id); err != nil { // want `for each element of ids`
				return err
			}
		}
		return nil
	})
}

func TransactionInLoopBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		inTx(db, func(tx *sql.Tx) error {
			_, err := tx.Exec(`DELETE FROM users WHERE id = $1`, id) // want `for each element of ids`
			return err
		})
	}
}

func TransactionOK(db *sql.DB, ids []int64) error {
	return inTx(db, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM users WHERE id = ANY($1)`, ids)
		return err
	})
}

// What is registered runs later, and not for all.
func HandlersOK(db *sql.DB, names []string, handle func(string, func())) {
	for _, name := range names {
		handle(name, func() { db.Exec(`UPDATE hits SET n = n + 1 WHERE name = $1`, name) })
	}
}

type watcher struct{ s *store }

// start begins something that goes on for itself.
func (w *watcher) start(id int64) {
	go func() {
		for {
			w.s.name(id)
			time.Sleep(time.Minute)
		}
	}()
}

func StartersOK(w *watcher, ids []int64) {
	for _, id := range ids {
		w.start(id)
	}
}

type namer interface {
	Name(id int64) (string, error)
}

type sqlNamer struct{ s *store }

func (n sqlNamer) Name(id int64) (string, error) { return n.s.name(id) }

func InterfaceBad(n namer, ids []int64) {
	for _, id := range ids {
		n.Name(id) // want `runs a query for each element of ids \(namer.Name → store.name → sql.DB.QueryRow\)`
	}
}

type labeler interface{ Label(id int64) string }

type sqlLabeler struct{ s *store }

func (l sqlLabeler) Label(id int64) string { n, _ := l.s.name(id); return n }

type fixedLabeler struct{}

func (fixedLabeler) Label(id int64) string { return "x" }

// Which of the two it is, nobody knows.
func EitherOK(l labeler, ids []int64) {
	for _, id := range ids {
		l.Label(id)
	}
}

// UserRepo stands before a database, as its name says; nobody in view
// implements it.
type UserRepo interface {
	GetUser(ctx context.Context, id int64) (*user, error)
	SaveUser(ctx context.Context, u *user) error
	Count(ctx context.Context) (int, error)
	Decode(ctx context.Context, id int64) (*user, error)
	GetString(ctx context.Context, name string) (string, error)
	GetStringByID(ctx context.Context, id int64) (string, error)
}

func RepositoryReadBad(ctx context.Context, r UserRepo, ids []int64) {
	for _, id := range ids {
		r.GetUser(ctx, id) // want `probably runs a query for each element of ids \(UserRepo.GetUser\)`
	}
}

func RepositoryOK(ctx context.Context, r UserRepo, ids []int64) {
	for range ids {
		r.Count(ctx)
	}
	for _, id := range ids {
		r.Decode(ctx, id)
	}
}

// ConfigRepo hands out what is read at the start.
type ConfigRepo interface {
	GetByKey(ctx context.Context, key string) (*user, error)
}

func SettingsOK(ctx context.Context, r UserRepo, c ConfigRepo, names []string) {
	for _, name := range names {
		r.GetString(ctx, name)
		c.GetByKey(ctx, name)
	}
}

func StringsBad(ctx context.Context, r UserRepo, ids []int64) {
	for _, id := range ids {
		r.GetStringByID(ctx, id) // want "probably runs a query for each element of ids"
	}
}

// Store keeps values by key, anywhere.
type Store interface {
	Get(key string) (string, error)
	Set(key, value string) error
}

func KeyValueOK(s Store, keys []string) {
	for _, k := range keys {
		v, _ := s.Get(k)
		s.Set(k, v)
	}
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func ExecutorBad(ctx context.Context, e execer, ids []int64) {
	for _, id := range ids {
		e.ExecContext(ctx, `DELETE FROM users WHERE id = $1`, id)                     // want `writes to the database for each element of ids \(execer.ExecContext\)`
		e.QueryRowContext(ctx, `SELECT name FROM users WHERE id = $1`, id)            // want `runs a query for each element of ids`
		e.QueryRowContext(ctx, `INSERT INTO users (id) VALUES ($1) RETURNING id`, id) // want `writes to the database for each element of ids`
	}
}

func load[T any](db *sql.DB, query string, id int64) (out T, err error) {
	err = db.QueryRow(query, id).Scan(&out)
	return out, err
}

func GenericBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		load[string](db, `SELECT name FROM users WHERE id = $1`, id) // want `runs a query for each element of ids \(load → sql.DB.QueryRow\)`
	}
}

// Peers is kept in a database, and in memory as far as it was asked for.
type Peers struct {
	db    *sql.DB
	cache sync.Map
}

type peer struct {
	ID    int64
	Owner string
	Gone  bool
}

func (s *Peers) expire(p *peer) error {
	_, err := s.db.Exec(`UPDATE peers SET gone = true WHERE id = $1`, p.ID)
	return err
}

// Of two questions, one is whether there is an owner at all.
func (s *Peers) ExpireBad(peers []*peer) error {
	for _, p := range peers {
		if p.Owner == "" {
			continue
		}
		if p.Gone {
			continue
		}
		if err := s.expire(p); err != nil { // want `writes to the database for each element of peers`
			return err
		}
	}
	return nil
}

type find struct {
	ID   *int64
	Name string
}

var robot = &peer{}

func (s *Peers) find(f *find) (*peer, error) {
	if f.ID != nil {
		if *f.ID == 0 {
			return robot, nil
		}
		if v, ok := s.cache.Load(*f.ID); ok {
			if p, ok := v.(*peer); ok {
				return p, nil
			}
		}
	}
	p := new(peer)
	err := s.db.QueryRow(`SELECT id, owner FROM peers WHERE id = $1 OR name = $2`, f.ID, f.Name).Scan(&p.ID, &p.Owner)
	return p, err
}

// What the cache lacks is asked for one by one.
func (s *Peers) FindEachBad(ids []int64) {
	for _, id := range ids {
		s.find(&find{ID: &id}) // want `runs a query for each element of ids`
	}
}

// The inner loop finds the one peer that there is for each name.
func (s *Peers) MatchBad(names []string, peers []peer) {
	for _, name := range names {
		for _, p := range peers {
			if p.Owner == name {
				s.expire(&p) // want `writes to the database for each element of names`
			}
		}
	}
}

// Whatever the method is called, INSERT writes.
func ReturningBad(ctx context.Context, db *sql.DB, names []string) (ids []int64) {
	for _, name := range names {
		var id int64
		db.QueryRowContext(ctx, `INSERT INTO users (name) VALUES ($1) RETURNING id`, name).Scan(&id) // want `writes to the database for each element of names .sql.DB.QueryRowContext.: N statements`
		ids = append(ids, id)
		rows, err := db.Query("-- name: Rename :many\nUPDATE users SET name = $1 WHERE id = $2 RETURNING id", name, id) // want `writes to the database for each element of names`
		if err == nil {
			rows.Close()
		}
		row := db.QueryRow("WITH gone AS (DELETE FROM users WHERE name = $1 RETURNING id) SELECT id FROM gone", name) // want `writes to the database for each element of names`
		row.Scan(&id)
	}
	return ids
}

// A prepared statement has its text where it is prepared.
func PreparedReturningBad(ctx context.Context, db *sql.DB, names []string) error {
	insert, err := db.Prepare(`INSERT INTO users (name) VALUES ($1) RETURNING id`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, name := range names {
		var id int64
		if err := insert.QueryRow(name).Scan(&id); err != nil { // want `writes to the database for each element of names`
			return err
		}
	}
	return nil
}

// Four functions only pass the statement on: it is no further away for that.
func ForwardedBad(db *sql.DB, ids []int64) error {
	for _, id := range ids {
		if err := forward(db, id); err != nil { // want `writes to the database for each element of ids \(forward → forwarded → run → runArgs → sql.DB.Exec\)`
			return err
		}
	}
	return nil
}

func forward(db *sql.DB, id int64) error   { return forwarded(db, id) }
func forwarded(db *sql.DB, id int64) error { return run(db, `DELETE FROM parts WHERE id = $1`, id) }

func run(db *sql.DB, text string, args ...any) error { return runArgs(db, text, args) }

func runArgs(db *sql.DB, text string, args []any) error {
	_, err := db.Exec(text, args...)
	return err
}

// Some of the users are late, and were not told yet.
func TellLateBad(db *sql.DB, users []*user, late func(*user) bool, told map[string]bool) error {
	for _, u := range users {
		if !late(u) {
			continue
		}
		if told[u.Name] {
			continue
		}
		if _, err := db.Exec(`INSERT INTO told (user_id) VALUES ($1)`, u.ID); err != nil { // want `writes to the database for each element of users \(sql.DB.Exec\)`
			return err
		}
	}
	return nil
}

type userRepo interface {
	SaveUser(ctx context.Context, u *user) error
}

func SaveAllBad(ctx context.Context, r userRepo, users []*user) error {
	for _, u := range users {
		if err := r.SaveUser(ctx, u); err != nil { // want `probably writes to the database for each element of users \(userRepo.SaveUser\)`
			return err
		}
	}
	return nil
}

var errForbidden = errors.New("forbidden")

func reply(w http.ResponseWriter, err error) { http.Error(w, err.Error(), http.StatusForbidden) }

// A handler has no error to return: it hands it to somebody who answers, and the
// loop does not end with a success.
func CheckEachBad(w http.ResponseWriter, r *http.Request, db *sql.DB, ids []int64) {
	for _, id := range ids {
		var owner int64
		if err := db.QueryRowContext(r.Context(), `SELECT owner FROM boards WHERE id = $1`, id).Scan(&owner); err != nil { // want `runs a query for each element of ids \(sql.DB.QueryRowContext\)`
			reply(w, err)
			return
		}
		if owner != 1 {
			reply(w, errForbidden)
			return
		}
	}
}

// The first that belongs to nobody is what is looked for.
func FindFreeOK(w http.ResponseWriter, r *http.Request, db *sql.DB, ids []int64) {
	for _, id := range ids {
		var owner int64
		if err := db.QueryRowContext(r.Context(), `SELECT owner FROM boards WHERE id = $1`, id).Scan(&owner); err != nil {
			reply(w, err)
			return
		}
		if owner == 0 {
			w.WriteHeader(http.StatusOK)
			return
		}
	}
}

var errNone = errors.New("none")

// The first name that nobody has is what is looked for.
func FindUnusedOK(s *store, ids []int64) (int64, error) {
	found := int64(0)
	for _, id := range ids {
		if _, err := s.name(id); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				found = id
				break
			}
			return 0, err
		}
	}
	if found == 0 {
		return 0, errNone
	}
	return found, nil
}

// A failure ends the loop, not a success.
func FirstFailureBad(s *store, ids []int64) (names []string, failed error) {
	for _, id := range ids {
		name, err := s.name(id) // want `runs a query for each element of ids \(store.name → sql.DB.QueryRow\)`
		if err != nil {
			failed = err
			break
		}
		names = append(names, name)
	}
	return names, failed
}

// InsertReturningBad has the text nowhere in view, but what it is called tells that it
// writes.
func InsertReturningBad(stmt *sql.Stmt, names []string) (ids []int64, err error) {
	for _, name := range names {
		var id int64
		if err := stmt.QueryRow(name).Scan(&id); err != nil { // want `writes to the database for each element of names \(sql.Stmt.QueryRow\)`
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func LookUpBad(stmt *sql.Stmt, names []string) (ids []int64, err error) {
	for _, name := range names {
		var id int64
		if err := stmt.QueryRow(name).Scan(&id); err != nil { // want `runs a query for each element of names \(sql.Stmt.QueryRow\)`
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

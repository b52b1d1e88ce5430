package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
)

// Each function of the package that is given a list, and all that give it one.

func dropAlways1(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // silent: OneElementOK and TwoElementsOK are all that call it
	}
}

func OneElementOK(db *sql.DB, id int64)         { dropAlways1(db, []int64{id}) }
func TwoElementsOK(db *sql.DB, one, two int64)  { dropAlways1(db, []int64{one, two}) }
func NoElementOK(db *sql.DB)                    { dropAlways1(db, nil) }
func AtMostThreeOK(db *sql.DB, ids []int64)     { dropAlways1(db, ids[:3]) }
func OneOfTwoOK(db *sql.DB, id int64, all bool) { dropAlways1(db, either(id, all)) }

func either(id int64, all bool) []int64 {
	if all {
		return []int64{id, id + 1}
	}
	return []int64{id}
}

func dropManyBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "writes to the database for each element of ids"
	}
}

func OneElementOfManyOK(db *sql.DB, id int64)   { dropManyBad(db, []int64{id}) }
func AnyNumberOK(db *sql.DB, ids []int64)       { dropManyBad(db, ids) }
func ofTwo(db *sql.DB, one, two int64)          { dropRest(db, []int64{one, two}) }
func dropRest(db *sql.DB, ids []int64)          { dropDeep(db, ids[1:]) }
func OfTwoOK(db *sql.DB, one, two int64)        { ofTwo(db, one, two) }
func dropNamed(db *sql.DB, names ...string)     { dropAll(db, names) }
func NamedOK(db *sql.DB, name string)           { dropNamed(db, name, "root") }
func dropEvery(db *sql.DB, ids []int64)         { each(db, ids) }
func EveryOK(db *sql.DB, id int64)              { dropEvery(db, append([]int64{id}, id+1)) }
func PassedOnOK(f func(func(*sql.DB, []int64))) { f(dropPassedBad) }

func dropDeep(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // silent: what it is given is cut from two
	}
}

func dropAll(db *sql.DB, names []string) {
	for _, name := range names {
		db.Exec(`DELETE FROM users WHERE name = $1`, name) // silent: two names
	}
}

func each(db *sql.DB, ids []int64) {
	for i := 0; i < len(ids); i++ {
		db.Exec(`DELETE FROM users WHERE id = $1`, ids[i]) // silent: two numbers
	}
}

// Somebody else may call what is passed on.
func dropPassedBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "writes to the database for each element of ids"
	}
}

func PassedToo(db *sql.DB, id int64) { dropPassedBad(db, []int64{id}) }

// It calls itself with ever more.
func dropGrowingBad(db *sql.DB, ids []int64, left int) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "writes to the database for each element of ids"
	}
	if left > 0 {
		dropGrowingBad(db, append(ids, int64(left)), left-1)
	}
}

func GrowingOK(db *sql.DB, id int64) { dropGrowingBad(db, []int64{id}, int(id)) }

// It calls itself with the same.
func dropAgain(db *sql.DB, ids []int64, left int) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // silent: two, each time
	}
	if left > 0 {
		dropAgain(db, ids, left-1)
	}
}

func AgainWithTheSameOK(db *sql.DB, id int64) { dropAgain(db, []int64{id, id + 1}, 3) }

// Anybody can call an exported function.
func ExportedBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "writes to the database for each element of ids"
	}
}

func OneExportedOK(db *sql.DB, id int64) { ExportedBad(db, []int64{id}) }

// A method that may stand behind an interface has callers that are not seen.
type dropper interface{ dropBad(db *sql.DB, ids []int64) }

type byID struct{}

func (byID) dropBad(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "writes to the database for each element of ids"
	}
}

func BehindInterfaceOK(db *sql.DB, d dropper, ids []int64) {
	d.dropBad(db, ids)
	byID{}.dropBad(db, ids[:1])
}

// What is made of few is few.

var actions = []string{"up", "down"}

func OnePerActionOK(db *sql.DB, id int64) {
	var list []user
	for _, a := range actions {
		u := user{ID: id, Name: a}
		if a != "" {
			list = append(list, u)
		}
	}
	for _, u := range list {
		db.Exec(`INSERT INTO actions (user_id, name) VALUES ($1, $2)`, u.ID, u.Name)
	}
}

func OnePerActionInMapOK(db *sql.DB, id int64) {
	list := map[string]int64{}
	for i, a := range actions {
		list[a] = id + int64(i)
	}
	for a, n := range list {
		db.Exec(`INSERT INTO actions (user_id, name) VALUES ($1, $2)`, n, a)
	}
}

func GatheredInClosureOK(db *sql.DB, id int64, run func(func() error) error) {
	list := make([]int64, 0, 2)
	for i := range 2 {
		list = append(list, id+int64(i))
	}
	run(func() error {
		for _, n := range list {
			if _, err := db.Exec(`DELETE FROM users WHERE id = $1`, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func OnePerUserBad(db *sql.DB, users []user) {
	var list []int64
	for _, u := range users {
		if u.Name != "" {
			list = append(list, u.ID)
		}
	}
	for _, id := range list {
		db.Exec(`DELETE FROM users WHERE id = $1`, id) // want "writes to the database for each element of list"
	}
}

func GatheredOverManyBad(db *sql.DB, users []user) {
	var list []string
	for _, u := range users {
		for _, a := range actions {
			list = append(list, u.Name+a)
		}
	}
	for _, name := range list {
		db.Exec(`DELETE FROM actions WHERE name = $1`, name) // want "writes to the database for each element of list"
	}
}

func OverwrittenPerUserBad(db *sql.DB, users []user) {
	list := map[string]int64{}
	for _, u := range users {
		list[u.Name] = u.ID
	}
	for name, id := range list {
		db.Exec(`UPDATE users SET name = $1 WHERE id = $2`, name, id) // want "writes to the database for each element of list"
	}
}

// A row of a table in the source.

var followUps = map[string][]string{
	"question": {"vote", "voted"},
	"answer":   {"accept"},
}

func vote(db *sql.DB, id int64, names []string) {
	for _, name := range names {
		db.Exec(`INSERT INTO actions (user_id, name) VALUES ($1, $2)`, id, name) // silent: at most two are in a row of followUps
	}
}

func RowOfTableOK(db *sql.DB, id int64, kind string) { vote(db, id, followUps[kind]) }

var learned = map[string][]string{"question": {"vote"}}

func learn(kind string, names []string) { learned[kind] = names }

func LearnedBad(db *sql.DB, id int64, kind string, names []string) {
	learn(kind, names)
	for _, name := range learned[kind] {
		db.Exec(`INSERT INTO actions (user_id, name) VALUES ($1, $2)`, id, name) // want "writes to the database for each element of"
	}
}

// As many as a structure has fields.
func PerFieldOK(db *sql.DB, u user) {
	v := reflect.ValueOf(u)
	for i := 0; i < v.NumField(); i++ {
		db.Exec(`INSERT INTO options (name, value) VALUES ($1, $2)`, v.Type().Field(i).Name, v.Field(i).String())
	}
}

// Few for each of many are many: the outer loop counts.
func FewForEachOfManyBad(db *sql.DB, users []user) {
	for _, u := range users {
		both := []string{u.Name}
		if u.ID > 0 {
			both = append(both, u.Name+"!")
		}
		for _, name := range both {
			db.Exec(`INSERT INTO actions (user_id, name) VALUES ($1, $2)`, u.ID, name) // want "writes to the database for each element of users"
		}
	}
}

func latest(db *sql.DB, page, pageSize int) ([]user, error) {
	return scanUsers(db, `SELECT id, name FROM users ORDER BY id DESC LIMIT $1 OFFSET $2`, pageSize, page*pageSize)
}

func scanUsers(db *sql.DB, query string, args ...any) ([]user, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var users []user
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.ID, &u.Name); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

func PageOfOneOK(db *sql.DB, page int) error {
	users, err := latest(db, page, 1)
	if err != nil {
		return err
	}
	for _, u := range users {
		if _, err := db.Exec(`UPDATE users SET seen = true WHERE id = $1`, u.ID); err != nil {
			return err
		}
	}
	return nil
}

func PageOfManyBad(db *sql.DB, page int) error {
	users, err := latest(db, page, 100)
	if err != nil {
		return err
	}
	for _, u := range users {
		if _, err := db.Exec(`UPDATE users SET seen = true WHERE id = $1`, u.ID); err != nil { // want "writes to the database for each element of users"
			return err
		}
	}
	return nil
}

// Only the first part of a path has no parent.
func PathOK(db *sql.DB, parts []string) (int64, error) {
	var parent int64
	for _, part := range parts {
		var err error
		var found user
		if parent == 0 {
			err = db.QueryRow(`SELECT id FROM dirs WHERE name = $1 AND parent IS NULL`, part).Scan(&found.ID)
		} else {
			err = db.QueryRow(`SELECT id FROM dirs WHERE name = $1 AND parent = $2`, part, parent).Scan(&found.ID)
		}
		if err != nil {
			return 0, err
		}
		parent = found.ID
	}
	return parent, nil
}

// Something that may stay as it is says nothing of the round.
func MaybeFirstBad(db *sql.DB, users []user) {
	last := ""
	for _, u := range users {
		if last == "" {
			db.Exec(`UPDATE users SET seen = true WHERE id = $1`, u.ID) // want "writes to the database for each element of users"
		}
		if len(u.Tags) > 3 {
			last = u.Name
		}
	}
}

// Change is how one migration among many is kept.
type Change struct {
	ID      string
	Migrate func(ctx context.Context, tx *sql.Tx) error
}

var Changes = []Change{{
	ID: "lower",
	Migrate: func(ctx context.Context, tx *sql.Tx) error {
		users, err := all(ctx, tx)
		if err != nil {
			return err
		}
		for _, u := range users {
			if _, err := tx.ExecContext(ctx, `UPDATE users SET name = lower(name) WHERE id = $1`, u.ID); err != nil {
				return err
			}
		}
		return nil
	},
}}

// Command is something else.
type Command struct {
	Run func(ctx context.Context, tx *sql.Tx) error
}

func LowerBad() Command {
	return Command{Run: func(ctx context.Context, tx *sql.Tx) error {
		users, err := all(ctx, tx)
		if err != nil {
			return err
		}
		for _, u := range users {
			if _, err := tx.ExecContext(ctx, `UPDATE users SET name = lower(name) WHERE id = $1`, u.ID); err != nil { // want "writes to the database for each element of users"
				return err
			}
		}
		return nil
	}}
}

func all(ctx context.Context, tx *sql.Tx) ([]user, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name FROM users`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var users []user
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.ID, &u.Name); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

// Locks are taken one by one, in an order.
func LocksOK(db *sql.DB, users []user) error {
	for _, u := range users {
		if _, err := db.Exec(`SELECT pg_advisory_xact_lock($1)`, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// A tenant has tables of its own, which go with it.
func dropTenant(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`DROP SCHEMA tenant_%d CASCADE`, id)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM tenants WHERE id = $1`, id); err != nil {
		return err
	}
	return tx.Commit()
}

func DropTenantsOK(ctx context.Context, db *sql.DB, ids []int64) error {
	for _, id := range ids {
		if err := dropTenant(ctx, db, id); err != nil {
			return err
		}
	}
	return nil
}

func TableOfLocksBad(db *sql.DB, users []user) error {
	for _, u := range users {
		if _, err := db.Exec(`INSERT INTO lock (id) VALUES ($1)`, u.ID); err != nil { // want "writes to the database for each element of users"
			return err
		}
	}
	return nil
}

// A map of groups: each has one write already.
func PerGroupOK(db *sql.DB, users []user, array func([]int64) any) {
	byName := map[string][]int64{}
	for _, u := range users {
		byName[u.Name] = append(byName[u.Name], u.ID)
	}
	for name, ids := range byName {
		db.Exec(`UPDATE users SET name = $1 WHERE id = ANY($2)`, name, array(ids))
	}
}

// What is read for each group could be read for all.
func ReadPerGroupBad(db *sql.DB, groups map[int64][]int64, array func([]int64) any) {
	for owner, ids := range groups {
		db.Query(`SELECT id FROM users WHERE owner = $1 AND id = ANY($2)`, owner, array(ids)) // want "runs a query for each element of groups"
	}
}

// A field that is filled in where whoever made the elements has not.

type order struct {
	BuyerID int64
	Buyer   *user
	Seller  *user
}

func buyer(db *sql.DB, id int64) (*user, error) {
	u := &user{ID: id}
	return u, db.QueryRow(`SELECT name FROM users WHERE id = $1`, id).Scan(&u.Name)
}

func FillInOK(db *sql.DB, orders []*order) error {
	for _, o := range orders {
		if o.Buyer == nil {
			var err error
			if o.Buyer, err = buyer(db, o.BuyerID); err != nil {
				return err
			}
		}
	}
	return nil
}

func FillAllBad(db *sql.DB, orders []*order) error {
	for _, o := range orders {
		var err error
		if o.Buyer, err = buyer(db, o.BuyerID); err != nil { // want "runs a query for each element of orders"
			return err
		}
	}
	return nil
}

func FillOtherBad(db *sql.DB, orders []*order) error {
	for _, o := range orders {
		if o.Seller == nil {
			var err error
			if o.Buyer, err = buyer(db, o.BuyerID); err != nil { // want "runs a query for each element of orders"
				return err
			}
		}
	}
	return nil
}

// Columns and tables that the text names are no rows.
func TablesOK(db *sql.DB, columns []string) {
	for _, column := range columns {
		db.Exec(fmt.Sprintf(`UPDATE users SET %s = lower(%s::text) WHERE %s IS NOT NULL`, column, column, column))
	}
}

var tables = map[string]map[string]string{"users": {"name": "name_enc"}}

func ColumnsOK(db *sql.DB) {
	for table, columns := range tables {
		for plain, enc := range columns {
			db.Exec(`SELECT encrypt($1, $2, $3)`, table, plain, enc)
		}
	}
}

// What stands behind the interface is known to the caller, and sends nothing.

type UserStore interface {
	GetUser(ctx context.Context, id int64) (*user, error)
}

type memory map[int64]*user

func (m memory) GetUser(_ context.Context, id int64) (*user, error) { return m[id], nil }

func greet(ctx context.Context, s UserStore, id int64) { s.GetUser(ctx, id) }

func InMemoryOK(ctx context.Context, m memory, ids []int64) {
	for _, id := range ids {
		greet(ctx, m, id)
	}
}

// Columns of many rows, one statement for each group of them.
type columns struct {
	IDs   []int64
	Names []string
}

func insertColumns(db *sql.DB, c columns, array func(any) any) error {
	_, err := db.Exec(`INSERT INTO users SELECT unnest($1::bigint[]), unnest($2::text[])`, array(c.IDs), array(c.Names))
	return err
}

func ColumnsPerGroupOK(db *sql.DB, groups map[string]columns, array func(any) any) error {
	for _, c := range groups {
		if err := insertColumns(db, c, array); err != nil {
			return err
		}
	}
	return nil
}

// DropTwoOK is called twice in this package, with one and with two.
func DropTwoOK(db *sql.DB, ids []int64) {
	for _, id := range ids {
		db.Exec(`DELETE FROM users WHERE id = $1`, id)
	}
}

func CallsDropTwoOK(db *sql.DB, id int64) {
	DropTwoOK(db, []int64{id})
	DropTwoOK(db, []int64{id, id + 1})
}

// A record that is an operation of several statements by itself.
func rename(db *sql.DB, u *user) error {
	if _, err := db.Exec(`INSERT INTO names (user_id, name) VALUES ($1, $2)`, u.ID, u.Name); err != nil {
		return err
	}
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM names WHERE user_id = $1`, u.ID).Scan(&n); err != nil {
		return err
	}
	_, err := db.Exec(`UPDATE users SET name = $1 WHERE id = $2 AND $3 > 0`, u.Name, u.ID, n)
	return err
}

func OperationsBad(db *sql.DB, users []*user) error {
	for _, u := range users {
		if err := rename(db, u); err != nil { // want `writes to the database for each element of users \(rename → sql.DB.Exec\)`
			return err
		}
	}
	return nil
}

// What a constant says of how many there can be is checked elsewhere.
const (
	MaxLinesPerParcel = 8
	maxParcelTags     = 5
	maxNotes          = 5
	maxStopsPerTour   = 500
)

type parcelLine struct{ ID, Parcel int64 }

type parcel struct {
	ID    int64
	Lines []parcelLine
	Tags  []string
	Notes []string
	Stops []int64
}

func LinesOfParcelOK(db *sql.DB, p parcel) {
	for _, l := range p.Lines {
		db.Exec(`INSERT INTO lines (id, parcel) VALUES ($1, $2)`, l.ID, p.ID)
	}
	for _, t := range p.Tags {
		db.Exec(`INSERT INTO tags (name, parcel) VALUES ($1, $2)`, t, p.ID)
	}
}

type parcelAt *parcel

func LinesOfNamedPointerOK(db *sql.DB, p parcelAt) {
	for _, l := range p.Lines {
		db.Exec(`INSERT INTO lines (id, parcel) VALUES ($1, $2)`, l.ID, p.ID)
	}
}

// Of which notes there are only so many is not said.
func NotesBad(db *sql.DB, p parcel) {
	for _, n := range p.Notes {
		db.Exec(`INSERT INTO notes (text, parcel) VALUES ($1, $2)`, n, p.ID) // want "writes to the database for each element of p.Notes"
	}
}

func StopsBad(db *sql.DB, p parcel) {
	for _, s := range p.Stops {
		db.Exec(`INSERT INTO stops (id, parcel) VALUES ($1, $2)`, s, p.ID) // want "writes to the database for each element of p.Stops"
	}
}

// The lines of all parcels are not those of one.
func LinesOfAllBad(db *sql.DB, lines []parcelLine) {
	for _, l := range lines {
		db.Exec(`INSERT INTO lines (id, parcel) VALUES ($1, $2)`, l.ID, l.Parcel) // want "writes to the database for each element of lines"
	}
}

type depot struct{ Lines []parcelLine }

func LinesOfDepotBad(db *sql.DB, d depot) {
	for _, l := range d.Lines {
		db.Exec(`INSERT INTO lines (id, parcel) VALUES ($1, $2)`, l.ID, l.Parcel) // want "writes to the database for each element of d.Lines"
	}
}

// A key of a record is one, whatever lists there are beside it.
type shipment struct {
	ID         int64
	From, To   string
	Tags, Legs []string
}

func KeyOfRecordBad(db *sql.DB, sent []*shipment) error {
	for _, s := range sent {
		r := shipment{ID: s.ID, Tags: s.Tags, Legs: s.Legs}
		if _, err := db.Exec(`UPDATE shipments SET n = 1 WHERE id = $1`, r.ID); err != nil { // want "writes to the database for each element of sent"
			return err
		}
	}
	return nil
}

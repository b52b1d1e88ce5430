package idioms

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// orgTx is a transaction with an organisation. Every copy holds the same one.
type orgTx struct {
	*sql.Tx
	org int64
}

// withOrg derives a handle; it begins nothing.
func (t *orgTx) withOrg(org int64) *orgTx {
	return &orgTx{Tx: t.Tx, org: org}
}

func beginOrg(ctx context.Context, db *sql.DB) (*orgTx, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &orgTx{Tx: tx}, nil
}

// DerivedOK puts the derived handle into the variable; the defer has the
// first one, which is as good.
func DerivedOK(ctx context.Context, db *sql.DB, org int64, it Item) error {
	tx, err := beginOrg(ctx, db)
	if err != nil {
		return err
	}
	defer logged(tx.Rollback)
	tx = tx.withOrg(org)
	if org == 0 {
		return errors.New("no organisation")
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO items (org, name) VALUES (?, ?)`, tx.org, it.Name); err != nil {
		return err
	}
	return tx.Commit()
}

// DerivedBad ends the derived handle on one branch and nothing on the other.
func DerivedBad(ctx context.Context, db *sql.DB, org int64, it Item) error {
	tx, err := beginOrg(ctx, db)
	if err != nil {
		return err
	}
	scoped := tx.withOrg(org)
	if org == 0 {
		return errors.New("no organisation") // want "returns without finishing (tx|scoped) begun at line \\d+"
	}
	if _, err := scoped.ExecContext(ctx, `INSERT INTO items (org, name) VALUES (?, ?)`, scoped.org, it.Name); err != nil {
		scoped.Rollback()
		return err
	}
	return scoped.Commit()
}

// snapshots is a store in memory: its read transactions are snapshots and
// need no end, and neither does its builder of conditional writes.
type snapshots struct {
	mu    sync.RWMutex
	items map[int64]Item
}

type snapshot struct{ items map[int64]Item }

func (s *snapshots) Txn(write bool) *snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &snapshot{s.items}
}

func (t *snapshot) Abort()               {}
func (t *snapshot) Commit()              {}
func (t *snapshot) First(id int64) *Item { it := t.items[id]; return &it }

// SnapshotOK ends no read transaction of a store that needs no end.
func SnapshotOK(s *snapshots, id int64) (*Item, error) {
	tx := s.Txn(false)
	it := tx.First(id)
	if it.Name == "" {
		return nil, errors.New("no such item")
	}
	return it, nil
}

// builder builds one atomic request.
type builder struct{ ops []string }

func (s *snapshots) Begin() *builder               { return &builder{} }
func (b *builder) If(cond string) *builder         { b.ops = append(b.ops, "if "+cond); return b }
func (b *builder) Then(op string) *builder         { b.ops = append(b.ops, op); return b }
func (b *builder) Commit() (applied bool, _ error) { return len(b.ops) > 0, nil }

// BuilderOK throws a half-built request away: nothing was begun anywhere.
func BuilderOK(s *snapshots, dry bool) (bool, error) {
	tx := s.Begin().If("version = 3").Then("put")
	if dry {
		return false, nil
	}
	return tx.Commit()
}

// cursor is an iterator; its Begin positions it.
type cursor struct {
	items []Item
	at    int
}

func (c *cursor) Begin() (*Item, error) {
	if len(c.items) == 0 {
		return nil, errors.New("empty")
	}
	c.at = 0
	return &c.items[0], nil
}

// CursorOK begins at the first item.
func CursorOK(c *cursor) (string, error) {
	first, err := c.Begin()
	if err != nil {
		return "", err
	}
	if first.Kind == "" {
		return "", errors.New("no kind")
	}
	return first.Name, nil
}

// coinTx is a payment, NewTx its constructor, BeginLogin a step of a login.
type coinTx struct{ outputs []int64 }

func NewTx(outputs ...int64) (*coinTx, error) {
	if len(outputs) == 0 {
		return nil, errors.New("no outputs")
	}
	return &coinTx{outputs}, nil
}

type login struct{ challenge []byte }

func (l *login) BeginLogin(user string) ([]byte, error) {
	if user == "" {
		return nil, errors.New("no user")
	}
	return l.challenge, nil
}

func (l *login) BeginCreateOrUpdate(ctx context.Context, it Item) (chan error, error) {
	return make(chan error), ctx.Err()
}

// NamesOK uses names that only look alike.
func NamesOK(ctx context.Context, l *login, user string) (int, error) {
	tx, err := NewTx(1, 2)
	if err != nil {
		return 0, err
	}
	challenge, err := l.BeginLogin(user)
	if err != nil {
		return 0, err
	}
	if _, err := l.BeginCreateOrUpdate(ctx, Item{}); err != nil {
		return 0, err
	}
	return len(tx.outputs) + len(challenge), nil
}

// selfEnding discards itself when its commit fails.
type selfEnding struct {
	tx *sql.Tx
}

func (s *selfEnding) Commit() error {
	defer s.tx.Rollback()
	if _, err := s.tx.Exec(`SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return err
	}
	return s.tx.Commit()
}

// CommitDiscardsOK needs no rollback after a commit that failed.
func CommitDiscardsOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	own := &selfEnding{tx}
	if err := store(ctx, tx, it); err != nil {
		tx.Rollback()
		return err
	}
	if err := own.Commit(); err != nil {
		return errors.Join(errors.New("not stored"), err)
	}
	return nil
}

// halfCommit leaves the transaction open when its check fails.
type halfCommit struct {
	tx *sql.Tx
}

func (h *halfCommit) Commit() error {
	if _, err := h.tx.Exec(`SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return err
	}
	return h.tx.Commit()
}

// CommitMayKeepBad takes that commit for one that always ends.
func CommitMayKeepBad(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	own := &halfCommit{tx}
	if err := store(ctx, tx, it); err != nil {
		tx.Rollback()
		return err
	}
	if err := own.Commit(); err != nil {
		return errors.Join(errors.New("not stored"), err) // want "returns without finishing tx begun at line \\d+"
	}
	return nil
}

// CommitMayKeepOK knows better.
func CommitMayKeepOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	own := &halfCommit{tx}
	if err := store(ctx, tx, it); err != nil {
		tx.Rollback()
		return err
	}
	if err := own.Commit(); err != nil {
		tx.Rollback()
		return errors.Join(errors.New("not stored"), err)
	}
	return nil
}

// PanicFixOK releases on every path already; the defer is for panics only.
func PanicFixOK(ctx context.Context, db *sql.DB, it Item) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		}
	}()
	if err := store(ctx, tx, it); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

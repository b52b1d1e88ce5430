package proofs

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/hashicorp/go-memdb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/txlint/txlint/internal/catalog"
)

// A kvTx is a transaction of an embedded store, in the words of the claims.
type kvTx struct {
	put              func(key string) error
	has              func(key string) bool
	commit, rollback func() error
}

// A kvStore is an embedded store. Its managed transactions have the names of
// their rows; those in reads may not write.
type kvStore struct {
	begin   map[string]func(write bool) kvTx
	managed map[string]func(func(kvTx) error) error
	reads   map[string]bool
	// one reports whether there is no more than one writer at a time.
	one bool
}

// embedded are the stores that run in a test, by the path of their package.
var embedded = map[string]func(t *testing.T) kvStore{
	"go.etcd.io/bbolt": bboltStore, "github.com/dgraph-io/badger/v4": badgerStore, "github.com/hashicorp/go-memdb": memdbStore,
}

func openBolt(t *testing.T) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "test.db"), 0o600, &bbolt.Options{NoSync: true})
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("b"))
		return err
	}))
	return db
}

func boltTx(h *bbolt.Tx) kvTx {
	return kvTx{
		put:    func(key string) error { return h.Bucket([]byte("b")).Put([]byte(key), []byte("v")) },
		has:    func(key string) bool { return h.Bucket([]byte("b")).Get([]byte(key)) != nil },
		commit: h.Commit, rollback: h.Rollback,
	}
}

func bboltStore(t *testing.T) kvStore {
	db := openBolt(t)
	in := func(run func(func(*bbolt.Tx) error) error) func(func(kvTx) error) error {
		return func(fn func(kvTx) error) error { return run(func(h *bbolt.Tx) error { return fn(boltTx(h)) }) }
	}
	return kvStore{
		one: true,
		begin: map[string]func(bool) kvTx{"DB.Begin": func(write bool) kvTx {
			h, err := db.Begin(write)
			require.NoError(t, err)
			return boltTx(h)
		}},
		managed: map[string]func(func(kvTx) error) error{"DB.Update": in(db.Update), "DB.Batch": in(db.Batch), "DB.View": in(db.View)},
		reads:   map[string]bool{"DB.View": true},
	}
}

func openBadger(t *testing.T, open func(badger.Options) (*badger.DB, error)) *badger.DB {
	t.Helper()
	db, err := open(badger.DefaultOptions("").WithInMemory(true).WithLogger(nil))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func badgerTx(h *badger.Txn, commit func() error) kvTx {
	return kvTx{
		put:      func(key string) error { return h.Set([]byte(key), []byte("v")) },
		has:      func(key string) bool { _, err := h.Get([]byte(key)); return err == nil },
		commit:   commit,
		rollback: func() error { h.Discard(); return nil },
	}
}

func badgerStore(t *testing.T) kvStore {
	db, timed := openBadger(t, badger.Open), openBadger(t, badger.OpenManaged)
	in := func(run func(func(*badger.Txn) error) error) func(func(kvTx) error) error {
		return func(fn func(kvTx) error) error {
			return run(func(h *badger.Txn) error { return fn(badgerTx(h, h.Commit)) })
		}
	}
	now := uint64(1)
	return kvStore{
		begin: map[string]func(bool) kvTx{
			"DB.NewTransaction": func(write bool) kvTx { h := db.NewTransaction(write); return badgerTx(h, h.Commit) },
			"DB.NewTransactionAt": func(write bool) kvTx {
				now++
				h, at := timed.NewTransactionAt(now, write), now
				return badgerTx(h, func() error { return h.CommitAt(at, nil) })
			},
		},
		managed: map[string]func(func(kvTx) error) error{"DB.Update": in(db.Update), "DB.View": in(db.View)},
		reads:   map[string]bool{"DB.View": true},
	}
}

type entry struct{ ID string }

func memdbStore(t *testing.T) kvStore {
	db := openMemdb(t)
	return kvStore{one: true, begin: map[string]func(bool) kvTx{"MemDB.Txn": func(write bool) kvTx {
		h := db.Txn(write)
		return kvTx{
			put: func(key string) (err error) {
				defer func() {
					if p := recover(); p != nil {
						err = errors.New("it panics")
					}
				}()
				return h.Insert("b", &entry{key})
			},
			has:      func(key string) bool { found, err := h.First("b", "id", key); return err == nil && found != nil },
			commit:   func() error { h.Commit(); return nil },
			rollback: func() error { h.Abort(); return nil },
		}
	}}}
}

func openMemdb(t *testing.T) *memdb.MemDB {
	t.Helper()
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{"b": {
		Name: "b", Indexes: map[string]*memdb.IndexSchema{"id": {Name: "id", Unique: true, Indexer: &memdb.StringFieldIndex{Field: "ID"}}},
	}}})
	require.NoError(t, err)
	return db
}

// eachEmbedded runs a subtest for each begin of each embedded store, and wants
// one for each row.
func eachEmbedded(t *testing.T, test func(t *testing.T, lib catalog.Library, s kvStore, row catalog.Call, begin func(write bool) kvTx)) {
	t.Helper()
	for path, open := range embedded {
		lib := library(t, path)
		for _, row := range lib.Calls {
			if row.Does != catalog.Begin {
				continue
			}
			t.Run(path+"."+row.Func, func(t *testing.T) {
				t.Parallel()
				s := open(t)
				require.Contains(t, s.begin, row.Func, "the row is not run")
				test(t, lib, s, row, s.begin[row.Func])
			})
		}
	}
}

// A commit keeps, a rollback drops, a rollback after either is harmless, and
// what comes after the end is not kept.
func TestEmbeddedEnds(t *testing.T) {
	t.Parallel()
	eachEmbedded(t, func(t *testing.T, lib catalog.Library, _ kvStore, _ catalog.Call, begin func(bool) kvTx) {
		kept := begin(true)
		require.NoError(t, kept.put("kept"))
		require.NoError(t, kept.commit())
		_ = kept.rollback()
		assert.True(t, lib.RollbackAfterCommit)
		assert.Equal(t, lib.IdleCommit, kept.commit() == nil, "a second commit")

		dropped := begin(true)
		require.NoError(t, dropped.put("dropped"))
		require.NoError(t, dropped.rollback())
		assert.Equal(t, lib.IdleCommit, dropped.commit() == nil, "a commit after the rollback")
		assert.Error(t, afterEnd(dropped))

		reader := begin(false)
		assert.True(t, reader.has("kept"))
		assert.False(t, reader.has("dropped"))
		require.NoError(t, reader.rollback())
	})
}

// afterEnd writes through a transaction that is over.
func afterEnd(tx kvTx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("it panics")
		}
	}()
	return tx.put("late")
}

// A transaction that may write and is forgotten keeps the next writer waiting
// where there is one writer at a time; it does so no longer once it ends.
func TestEmbeddedForgottenWriterBlocks(t *testing.T) {
	t.Parallel()
	eachEmbedded(t, func(t *testing.T, _ catalog.Library, s kvStore, _ catalog.Call, begin func(bool) kvTx) {
		forgotten := begin(true)
		next := make(chan kvTx, 1)
		go func() { next <- begin(true) }()
		select {
		case tx := <-next:
			assert.False(t, s.one, "the next writer did not wait")
			next <- tx
		case <-time.After(50 * time.Millisecond):
			assert.True(t, s.one)
		}
		require.NoError(t, forgotten.rollback())
		require.NoError(t, (<-next).rollback())
	})
}

// A transaction that may not write needs no end exactly where the row says so:
// bbolt counts it as open, badger keeps what it can see, and go-memdb has no
// notion of it.
func TestEmbeddedReadersNeedAnEnd(t *testing.T) {
	t.Parallel()
	for path, open := range map[string]func(t *testing.T) (begin func(), open func() bool){
		"go.etcd.io/bbolt": func(t *testing.T) (func(), func() bool) {
			db := openBolt(t)
			return func() {
				tx, err := db.Begin(false)
				require.NoError(t, err)
				assert.ErrorIs(t, tx.Commit(), berrors.ErrTxNotWritable)
			}, func() bool { return db.Stats().OpenTxN > 0 }
		},
		"github.com/dgraph-io/badger/v4": func(t *testing.T) (func(), func() bool) {
			db := openBadger(t, badger.Open)
			var reader *badger.Txn
			write := func(value string) {
				require.NoError(t, db.Update(func(tx *badger.Txn) error { return tx.Set([]byte("k"), []byte(value)) }))
			}
			return func() {
				write("old")
				reader = db.NewTransaction(false)
				write("new")
				require.NoError(t, db.Flatten(1))
			}, func() bool { _, err := reader.Get([]byte("k")); return err == nil }
		},
		"github.com/hashicorp/go-memdb": func(t *testing.T) (func(), func() bool) {
			db := openMemdb(t)
			return func() { db.Txn(false) }, func() bool {
				writer := make(chan *memdb.Txn)
				go func() { writer <- db.Txn(true) }()
				select {
				case tx := <-writer:
					tx.Abort()
					return false
				case <-time.After(wait):
					return true
				}
			}
		},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			begin, isOpen := open(t)
			begin()
			for _, row := range library(t, path).Calls {
				if row.Does == catalog.Begin {
					assert.Equal(t, row.Write == catalog.None, isOpen(), row.Func)
				}
			}
		})
	}
}

// A managed transaction commits where its callback does not fail, and rolls
// back where it fails or panics.
func TestEmbeddedManaged(t *testing.T) {
	t.Parallel()
	for path, open := range embedded {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			for _, row := range library(t, path).Calls {
				if row.Does != catalog.Managed {
					continue
				}
				run := s.managed[row.Func]
				require.NotNil(t, run, "%s is not run", row.Func)
				no := errors.New("no")
				insert := func(key string, result error) func(kvTx) error {
					return func(tx kvTx) error {
						err := tx.put(key)
						assert.Equal(t, s.reads[row.Func], err != nil)
						return result
					}
				}
				assert.ErrorIs(t, run(insert(row.Func+"failed", no)), no)
				require.NoError(t, run(insert(row.Func, nil)))
				assert.Panics(t, func() { _ = run(func(kvTx) error { panic(no) }) })
				require.NoError(t, run(func(tx kvTx) error {
					assert.Equal(t, !s.reads[row.Func], tx.has(row.Func))
					assert.False(t, tx.has(row.Func+"failed"))
					return nil
				}))
			}
		})
	}
}

// What is read through belongs to its transaction: after the end it fails or
// panics, or, in badger, panics where it is asked for an item.
func TestEmbeddedResultsEnd(t *testing.T) {
	t.Parallel()
	bolt, err := openBolt(t).Begin(true)
	require.NoError(t, err)
	bucket := bolt.Bucket([]byte("b"))
	cursor := bucket.Cursor()
	require.NoError(t, bucket.Put([]byte("k"), nil))
	require.NoError(t, bolt.Rollback())
	assert.Error(t, bucket.Put([]byte("late"), nil))
	assert.Error(t, bucket.Delete([]byte("k")))
	assert.Panics(t, func() { cursor.First() })

	db := openBadger(t, badger.Open)
	require.NoError(t, db.Update(func(tx *badger.Txn) error { return tx.Set([]byte("k"), nil) }))
	tx := db.NewTransaction(false)
	tx.Discard()
	assert.Panics(t, func() { tx.NewIterator(badger.DefaultIteratorOptions) })
	open := db.NewTransaction(false)
	open.NewIterator(badger.DefaultIteratorOptions)
	assert.Panics(t, open.Discard, "an iterator that was not closed before the end")
}

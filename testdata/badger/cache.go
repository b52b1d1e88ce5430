// Package badger keeps sessions in badger.
package badger

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
)

var errEmpty = errors.New("empty")

func putBad(db *badger.DB, key, value []byte) error {
	txn := db.NewTransaction(true)
	if len(value) == 0 {
		return errEmpty // want earlyreturn:"returns without finishing txn begun at line \\d+"
	}
	if err := txn.Set(key, value); err != nil {
		txn.Discard()
		return err
	}
	return txn.Commit()
}

func putOK(db *badger.DB, key, value []byte) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	if len(value) == 0 {
		return errEmpty
	}
	if err := txn.Set(key, value); err != nil {
		return err
	}
	return txn.Commit()
}

// A transaction that only reads must be discarded too.
func getBad(db *badger.DB, key []byte) ([]byte, error) {
	txn := db.NewTransaction(false)
	item, err := txn.Get(key)
	if err != nil {
		return nil, err // want earlyreturn:"returns without finishing txn begun at line \\d+"
	}
	value, err := item.ValueCopy(nil)
	txn.Discard()
	return value, err
}

func getOK(db *badger.DB, key []byte) ([]byte, error) {
	txn := db.NewTransaction(false)
	defer txn.Discard()
	item, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

func viewOK(db *badger.DB, key []byte) (value []byte, err error) {
	err = db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err != nil {
			return err
		}
		value, err = item.ValueCopy(nil)
		return err
	})
	return value, err
}

func touchBad(db *badger.DB, key []byte) error {
	return db.Update(func(txn *badger.Txn) error {
		if err := txn.Set(key, nil); err != nil {
			return err
		}
		return txn.Commit() // want txowner:"commits txn"
	})
}

func touchOK(db *badger.DB, key []byte) error {
	return db.Update(func(txn *badger.Txn) error { return txn.Set(key, nil) })
}

func DropBad(txn *badger.Txn, key []byte) error {
	if err := txn.Delete(key); err != nil {
		return err
	}
	return txn.Commit() // want txowner:"commits txn, which the caller passed in"
}

func dropOK(txn *badger.Txn, keys ...[]byte) error {
	for _, key := range keys {
		if err := txn.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

func dropAllOK(db *badger.DB, keys [][]byte) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	if err := dropOK(txn, keys...); err != nil {
		return err
	}
	return txn.Commit()
}

// A full transaction is committed and followed by the next one.
func fillOK(db *badger.DB, entries []*badger.Entry) error {
	txn := db.NewTransaction(true)
	defer func() { txn.Discard() }()
	for _, e := range entries {
		err := txn.SetEntry(e)
		if errors.Is(err, badger.ErrTxnTooBig) {
			if err := txn.Commit(); err != nil {
				return err
			}
			txn = db.NewTransaction(true)
			err = txn.SetEntry(e)
		}
		if err != nil {
			return err
		}
	}
	return txn.Commit()
}

func forgetsReturnBad(db *badger.DB, key []byte) error {
	txn := db.NewTransaction(true)
	if err := txn.Delete(key); err != nil {
		txn.Discard()
	}
	return txn.Commit() // want txdone:"commits txn, rolled back at line \\d+"
}

func lateBad(db *badger.DB, key []byte) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	if err := txn.Set(key, nil); err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		return err
	}
	_, err := txn.Get(key) // want txdone:"uses txn, committed at line \\d+: badger.Txn.Get fails"
	return err
}

func earlyOK(db *badger.DB, key []byte) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	if err := txn.Set(key, nil); err != nil {
		return err
	}
	if _, err := txn.Get(key); err != nil {
		return err
	}
	return txn.Commit()
}

// CommitWith takes what is called when the commit is over.
func laterOK(db *badger.DB, key []byte, done func(error)) {
	txn := db.NewTransaction(true)
	if err := txn.Set(key, nil); err != nil {
		txn.Discard()
		done(err)
		return
	}
	txn.CommitWith(done)
}

func keysOK(db *badger.DB) (keys [][]byte) {
	txn := db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.DefaultIteratorOptions)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		keys = append(keys, it.Item().KeyCopy(nil))
	}
	return keys
}

func batchOK(db *badger.DB, keys [][]byte) error {
	wb := db.NewWriteBatch()
	defer wb.Cancel()
	for _, key := range keys {
		if err := wb.Delete(key); err != nil {
			return err
		}
	}
	return wb.Flush()
}

// Package bbolt keeps notes in a file of bbolt.
package bbolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

var (
	notes     = []byte("notes")
	errNoRoom = errors.New("no room")
)

func addBad(db *bbolt.DB, key, text []byte) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	if len(text) > 1<<20 {
		return errNoRoom // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if err := tx.Bucket(notes).Put(key, text); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func addOK(db *bbolt.DB, key, text []byte) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after the commit it returns ErrTxClosed
	if len(text) > 1<<20 {
		return errNoRoom
	}
	if err := tx.Bucket(notes).Put(key, text); err != nil {
		return err
	}
	return tx.Commit()
}

// A transaction that only reads keeps old pages from being used again.
func readBad(db *bbolt.DB, key []byte) ([]byte, error) {
	tx, err := db.Begin(false)
	if err != nil {
		return nil, err
	}
	value := append([]byte(nil), tx.Bucket(notes).Get(key)...)
	return value, nil // want earlyreturn:"returns without finishing tx begun at line \\d+"
}

func readOK(db *bbolt.DB, key []byte) ([]byte, error) {
	tx, err := db.Begin(false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	return append([]byte(nil), tx.Bucket(notes).Get(key)...), nil
}

// FN_commitOfReader: the commit of a transaction that only reads is refused and
// leaves it open. Which of both was begun is not known where it is committed.
func FN_commitOfReader(db *bbolt.DB) error {
	tx, err := db.Begin(false)
	if err != nil {
		return err
	}
	return tx.Commit()
}

func viewOK(db *bbolt.DB, key []byte) (value []byte, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		value = append(value, tx.Bucket(notes).Get(key)...)
		return nil
	})
	return value, err
}

// Update ends the transaction that it lends; a callback that does so panics.
func updateBad(db *bbolt.DB, key []byte) error {
	return db.Update(func(tx *bbolt.Tx) error {
		if err := tx.Bucket(notes).Delete(key); err != nil {
			return tx.Rollback() // want txowner:"rolls back tx"
		}
		return nil
	})
}

func updateOK(db *bbolt.DB, key []byte) error {
	return db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(notes).Delete(key)
	})
}

func batchOK(db *bbolt.DB, all map[string][]byte) error {
	return db.Batch(func(tx *bbolt.Tx) error {
		for key, text := range all {
			if err := tx.Bucket(notes).Put([]byte(key), text); err != nil {
				return err
			}
		}
		return nil
	})
}

func ClearBad(tx *bbolt.Tx) error {
	if err := tx.DeleteBucket(notes); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func clearOK(tx *bbolt.Tx) error {
	if err := tx.DeleteBucket(notes); err != nil {
		return err
	}
	_, err := tx.CreateBucket(notes)
	return err
}

func resetOK(db *bbolt.DB) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	if err := clearOK(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func goesOnBad(db *bbolt.DB, key []byte) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	if err := tx.Bucket(notes).Put(key, nil); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func countsLateBad(db *bbolt.DB) (int, error) {
	tx, err := db.Begin(true)
	if err != nil {
		return 0, err
	}
	b := tx.Bucket(notes)
	seq, err := b.NextSequence()
	if err != nil {
		_ = tx.Rollback()
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return int(seq), b.Put(binary.BigEndian.AppendUint64(nil, seq), nil) // want txdone:"uses tx, committed at line \\d+"
}

func countsOK(db *bbolt.DB) (int, error) {
	tx, err := db.Begin(true)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	b := tx.Bucket(notes)
	seq, err := b.NextSequence()
	if err != nil {
		return 0, err
	}
	if err := b.Put(binary.BigEndian.AppendUint64(nil, seq), nil); err != nil {
		return 0, err
	}
	return int(seq), tx.Commit()
}

func backupOK(db *bbolt.DB, w io.Writer) error {
	return db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
}

// What is begun and finished in batches has one deferred end for all of them.
func importOK(db *bbolt.DB, texts [][]byte) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for i, text := range texts {
		if i > 0 && i%1000 == 0 {
			if err := tx.Commit(); err != nil {
				return err
			}
			if tx, err = db.Begin(true); err != nil {
				return err
			}
		}
		if err := tx.Bucket(notes).Put(fmt.Append(nil, i), text); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// A snapshot is a transaction that its holder ends.
type snapshot struct{ tx *bbolt.Tx }

func newSnapshotOK(db *bbolt.DB) (*snapshot, error) {
	tx, err := db.Begin(false)
	if err != nil {
		return nil, err
	}
	return &snapshot{tx}, nil
}

func (s *snapshot) Close() error { return s.tx.Rollback() }

func sizeBad(db *bbolt.DB) (int64, error) {
	s, err := newSnapshotOK(db)
	if err != nil {
		return 0, err
	}
	if s.tx.Bucket(notes) == nil {
		return 0, errNoRoom // want earlyreturn:"returns without finishing s begun at line \\d+"
	}
	size := s.tx.Size()
	return size, s.Close()
}

func sizeOK(db *bbolt.DB) (int64, error) {
	s, err := newSnapshotOK(db)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	return s.tx.Size(), nil
}

// Package memdb registers services in go-memdb.
package memdb

import (
	"errors"

	"github.com/hashicorp/go-memdb"
)

type service struct {
	ID, Node string
}

var errNoID = errors.New("no id")

// A transaction that may write holds the lock of the only writer.
func registerBad(db *memdb.MemDB, s *service) error {
	txn := db.Txn(true)
	if s.ID == "" {
		return errNoID // want earlyreturn:"returns without finishing txn begun at line \\d+"
	}
	if err := txn.Insert("services", s); err != nil {
		txn.Abort()
		return err
	}
	txn.Commit()
	return nil
}

func registerOK(db *memdb.MemDB, s *service) error {
	txn := db.Txn(true)
	defer txn.Abort() // does nothing after the commit
	if s.ID == "" {
		return errNoID
	}
	if err := txn.Insert("services", s); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

// One that may not needs no end.
func findOK(db *memdb.MemDB, id string) (*service, error) {
	txn := db.Txn(false)
	found, err := txn.First("services", "id", id)
	if err != nil || found == nil {
		return nil, err
	}
	return found.(*service), nil
}

func findTidyOK(db *memdb.MemDB, id string) (*service, error) {
	txn := db.Txn(false)
	defer txn.Abort()
	found, err := txn.First("services", "id", id)
	if err != nil || found == nil {
		return nil, err
	}
	return found.(*service), nil
}

func snapshotOK(db *memdb.MemDB) *memdb.Txn { return db.Txn(false) }

func forgottenBad(db *memdb.MemDB, all []*service) error {
	txn := db.Txn(true)
	for _, s := range all {
		if err := txn.Insert("services", s); err != nil {
			return err // want earlyreturn:"returns without finishing txn begun at line \\d+"
		}
	}
	txn.Commit()
	return nil
}

func loadOK(db *memdb.MemDB, all []*service) error {
	txn := db.Txn(true)
	for _, s := range all {
		if err := txn.Insert("services", s); err != nil {
			txn.Abort()
			return err
		}
	}
	txn.Commit()
	return nil
}

func goesOnBad(db *memdb.MemDB, s *service) error {
	txn := db.Txn(true)
	err := txn.Insert("services", s)
	if err != nil {
		txn.Abort()
	}
	txn.Commit() // want txdone:"commits txn, rolled back at line \\d+: the commit does nothing and nothing is kept"
	return err
}

func returnsOK(db *memdb.MemDB, s *service) error {
	txn := db.Txn(true)
	if err := txn.Insert("services", s); err != nil {
		txn.Abort()
		return err
	}
	txn.Commit()
	return nil
}

func lateBad(db *memdb.MemDB, a, b *service) error {
	txn := db.Txn(true)
	defer txn.Abort()
	if err := txn.Insert("services", a); err != nil {
		return err
	}
	txn.Commit()
	return txn.Insert("services", b) // want txdone:"uses txn, committed at line \\d+: memdb.Txn.Insert fails"
}

// A second commit does nothing and says nothing.
func twiceOK(db *memdb.MemDB, s *service) error {
	txn := db.Txn(true)
	defer txn.Commit()
	if err := txn.Insert("services", s); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

func RemoveBad(txn *memdb.Txn, s *service) error {
	if err := txn.Delete("services", s); err != nil {
		return err
	}
	txn.Commit() // want txowner:"commits txn, which the caller passed in"
	return nil
}

func removeOK(txn *memdb.Txn, s *service) error { return txn.Delete("services", s) }

func moveOK(db *memdb.MemDB, from, to *service) error {
	txn := db.Txn(true)
	defer txn.Abort()
	if err := removeOK(txn, from); err != nil {
		return err
	}
	if err := txn.Insert("services", to); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

// Whether it writes is known at the call only: its caller ends it either way.
func txnOK(db *memdb.MemDB, write bool) *memdb.Txn { return db.Txn(write) }

func viaHelperOK(db *memdb.MemDB, id string) bool {
	txn := txnOK(db, true)
	defer txn.Abort()
	found, err := txn.First("services", "id", id)
	return err == nil && found != nil
}

func withOK(db *memdb.MemDB, fn func(txn *memdb.Txn) error) error {
	txn := db.Txn(true)
	defer txn.Abort()
	if err := fn(txn); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

func registerAllOK(db *memdb.MemDB, all []*service) error {
	return withOK(db, func(txn *memdb.Txn) error {
		for _, s := range all {
			if err := txn.Insert("services", s); err != nil {
				return err
			}
		}
		return nil
	})
}

func registerEndsBad(db *memdb.MemDB, s *service) error {
	return withOK(db, func(txn *memdb.Txn) error {
		defer txn.Commit() // want txowner:"commits txn"
		return txn.Insert("services", s)
	})
}

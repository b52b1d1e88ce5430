package catalog

// badgerLibrary describes badger. Each transaction must be discarded, also one
// that only reads: what it can see is kept from the compaction. A commit
// discards, where it fails too.
func badgerLibrary() Library {
	return Library{
		Path: "github.com/dgraph-io/badger/v4", Module: "github.com/dgraph-io/badger/v4", Version: "v4.5.0",
		Doc: "https://pkg.go.dev/github.com/dgraph-io/badger/v4#DB.NewTransaction",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Txn", Role: Tx},
		},
		Results:             []string{"Iterator"},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.NewTransaction", None, None, None),
				begin("DB.NewTransactionAt", None, None, None),
				finish(Commit, "Txn.Commit", 0),
				finish(Commit, "Txn.CommitAt", 0),
				finish(Commit, "Txn.CommitWith", None),
				finish(Rollback, "Txn.Discard", None),
				managed("DB.Update", 0, None, 0),
				managed("DB.View", 0, None, 0),
			},
			statements(true, methods("Txn", "Set", "SetEntry", "Delete")...),
			statements(false, methods("Txn", "Get", "NewIterator", "NewKeyIterator")...),
			fetches(methods("Iterator", "Next", "Rewind", "Seek", "Item")...),
		),
	}
}

package catalog

// memdbLibrary describes go-memdb. A transaction that may write holds the lock
// of the only writer; one that may not holds nothing, and its Commit and Abort
// do nothing. After the end both do nothing either, and a write panics.
func memdbLibrary() Library {
	txn := begin("MemDB.Txn", None, None, None)
	txn.Write = 0
	return Library{
		Path: "github.com/hashicorp/go-memdb", Module: "github.com/hashicorp/go-memdb", Version: "v1.3.5",
		Doc: "https://pkg.go.dev/github.com/hashicorp/go-memdb#MemDB.Txn",
		Types: []Type{
			{Name: "MemDB", Role: Pool}, {Name: "Txn", Role: Tx},
		},
		RollbackAfterCommit: true,
		IdleCommit:          true,
		Calls: rows(
			[]Call{
				txn,
				finish(Commit, "Txn.Commit", None),
				finish(Rollback, "Txn.Abort", None),
			},
			statements(true, methods("Txn", "Insert", "Delete", "DeleteAll", "DeletePrefix")...),
			statements(false, methods("Txn", "First", "FirstWatch", "Last", "LastWatch", "Get", "GetReverse", "LongestPrefix", "LowerBound", "ReverseLowerBound")...),
		),
	}
}

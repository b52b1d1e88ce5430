package catalog

// bboltLibrary describes bbolt. A transaction that only reads must be rolled
// back too: it keeps the pages that it sees from being used again, and its
// commit is refused and leaves it open. A commit that fails for another reason
// has rolled back. Update, View and Batch end the transaction themselves, a
// callback that does so panics.
func bboltLibrary() Library {
	return Library{
		Path: "go.etcd.io/bbolt", Module: "go.etcd.io/bbolt", Version: "v1.4.3",
		Doc: "https://pkg.go.dev/go.etcd.io/bbolt#DB.Begin",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Tx", Role: Tx},
		},
		Results:             []string{"Bucket", "Cursor"},
		DoneError:           "go.etcd.io/bbolt.ErrTxClosed",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Begin", 1, None, None),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				managed("DB.Update", 0, None, 0),
				managed("DB.View", 0, None, 0),
				managed("DB.Batch", 0, None, 0),
			},
			statements(true, methods("Tx", "CreateBucket", "CreateBucketIfNotExists", "DeleteBucket", "MoveBucket")...),
			statements(false, methods("Tx", "Bucket", "Cursor", "ForEach", "Check", "Copy", "CopyFile", "WriteTo", "Inspect", "Page")...),
			fetches(methods("Bucket", "Get", "Put", "Delete", "Bucket", "CreateBucket", "CreateBucketIfNotExists", "DeleteBucket", "Cursor", "ForEach", "ForEachBucket", "NextSequence", "SetSequence", "Sequence")...),
			fetches(methods("Cursor", "First", "Last", "Next", "Prev", "Seek", "Delete")...),
		),
	}
}

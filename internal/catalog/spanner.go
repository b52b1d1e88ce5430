package catalog

// spannerLibrary describes Cloud Spanner. A read-only transaction holds what
// it holds until Close; Single hands out one that needs no end and therefore
// has no row. A statement-based read-write transaction ends with its Commit
// even where that fails: the library rolls back and gives the session back; an
// aborted one is begun anew by ResetForRetry, on the same handle in the eyes
// of its user. Batch transactions are shared between processes by their ID,
// so that no one process owns their end: no rows. Reads belong to an
// unexported type that all transactions embed.
func spannerLibrary() Library {
	readOnly := begin("Client.ReadOnlyTransaction", None, None, None)
	readOnly.Lazy = true // the first read takes the session
	again := finish(Start, "ReadWriteStmtBasedTransaction.ResetForRetry", 1)
	return Library{
		Path: "cloud.google.com/go/spanner", Module: "cloud.google.com/go/spanner", Version: "v1.96.1",
		Doc: "https://pkg.go.dev/cloud.google.com/go/spanner#ReadWriteStmtBasedTransaction",
		Types: []Type{
			{Name: "Client", Role: Pool},
			{Name: "ReadOnlyTransaction", Role: Tx, Chains: true},
			{Name: "ReadWriteTransaction", Role: Tx},
			{Name: "ReadWriteStmtBasedTransaction", Role: Tx},
		},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				readOnly,
				finish(Rollback, "ReadOnlyTransaction.Close", None),
				begin("NewReadWriteStmtBasedTransaction", 1, None, None),
				begin("NewReadWriteStmtBasedTransactionWithOptions", 1, None, None),
				begin("NewReadWriteStmtBasedTransactionWithCallbackForOptions", 1, None, None),
				again,
				finish(Commit, "ReadWriteStmtBasedTransaction.Commit", 1),
				finish(Commit, "ReadWriteStmtBasedTransaction.CommitWithReturnResp", 1),
				finish(Rollback, "ReadWriteStmtBasedTransaction.Rollback", None),
				managed("Client.ReadWriteTransaction", 1, None, 1),
				managed("Client.ReadWriteTransactionWithOptions", 1, None, 1),
			},
			statements(true, methods("Client", "Apply", "BatchWrite", "BatchWriteWithOptions", "PartitionedUpdate", "PartitionedUpdateWithOptions")...),
			statements(true, methods("ReadWriteTransaction", "Update", "UpdateWithOptions", "BatchUpdate", "BatchUpdateWithOptions")...),
			statements(false, methods("txReadOnly", "Read", "ReadUsingIndex", "ReadWithOptions", "ReadRow", "ReadRowWithOptions", "ReadRowUsingIndex", "Query", "QueryWithOptions", "QueryWithStats", "AnalyzeQuery")...),
		),
	}
}

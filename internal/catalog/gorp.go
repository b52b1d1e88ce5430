package catalog

// gorpLibrary describes gorp. A transaction knows that it is over and then asks
// its database nothing; what the transaction was rolled back to by name, a
// savepoint, does not end it.
func gorpLibrary() Library {
	reads := []string{"Get", "Select", "SelectInt", "SelectNullInt", "SelectFloat", "SelectNullFloat", "SelectStr", "SelectNullStr", "SelectOne", "Query", "QueryRow", "Prepare"}
	return Library{
		Path: "github.com/go-gorp/gorp/v3", Module: "github.com/go-gorp/gorp/v3", Version: "v3.1.0",
		Doc: "https://pkg.go.dev/github.com/go-gorp/gorp/v3#Transaction",
		Types: []Type{
			{Name: "DbMap", Role: Pool}, {Name: "Transaction", Role: Tx}, {Name: "SqlExecutor", Role: Either},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DbMap.Begin", 1, None, None),
				finish(Commit, "Transaction.Commit", 0),
				finish(Rollback, "Transaction.Rollback", 0),
			},
			derive(None, "DbMap.WithContext", "Transaction.WithContext", "SqlExecutor.WithContext"),
			statements(true, methods("DbMap", "Insert", "Update", "UpdateColumns", "Delete", "Exec")...),
			statements(true, methods("Transaction", "Insert", "Update", "UpdateColumns", "Delete", "Exec", "Savepoint", "RollbackToSavepoint", "ReleaseSavepoint")...),
			statements(true, methods("SqlExecutor", "Insert", "Update", "Delete", "Exec")...),
			statements(false, methods("DbMap", reads...)...),
			statements(false, methods("Transaction", reads...)...),
			statements(false, methods("SqlExecutor", reads[:len(reads)-1]...)...),
		),
	}
}

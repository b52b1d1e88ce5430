package catalog

// popLibrary describes pop. A connection is a pool or, once begun, a
// transaction: a copy whose field TX is ended. Begun once more it hands out
// itself, so that a Transaction or Rollback on it ends it.
func popLibrary() Library {
	return Library{
		Path: "github.com/gobuffalo/pop/v6", Module: "github.com/gobuffalo/pop/v6", Version: "v6.1.1",
		Doc: "https://pkg.go.dev/github.com/gobuffalo/pop/v6#Connection.NewTransaction",
		Types: []Type{
			{Name: "Connection", Role: Either, Chains: true}, {Name: "Tx", Role: Tx},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		NestedEnds:          true,
		Calls: rows(
			[]Call{
				begin("Connection.NewTransaction", 1, None, None),
				begin("Connection.NewTransactionContext", 1, 0, None),
				begin("Connection.NewTransactionContextOptions", 1, 0, 1),
				managed("Connection.Transaction", 0, None, 0),
				managed("Connection.Rollback", 0, None, 0),
			},
			statements(true, methods("Connection", "Create", "Save", "Update", "UpdateColumns", "Destroy", "TruncateAll", "ValidateAndCreate", "ValidateAndSave", "ValidateAndUpdate")...),
			statements(false, methods("Connection", "All", "Count", "Find", "First", "Last", "Load", "Reload")...),
		),
	}
}

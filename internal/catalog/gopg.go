package catalog

// goPGLibrary describes go-pg. Close rolls back what is open and does nothing
// after the end; Begin on a transaction hands out the same one, and
// RunInTransaction on it ends it. Pool and connection have their calls from an
// unexported type that both embed.
func goPGLibrary() Library {
	return Library{
		Path: "github.com/go-pg/pg/v10", Module: "github.com/go-pg/pg/v10", Version: "v10.11.0",
		Doc: "https://pkg.go.dev/github.com/go-pg/pg/v10#Tx",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}, {Name: "DBI", Role: Either},
		},
		Results:             []string{"Stmt"},
		DoneError:           "github.com/go-pg/pg/v10.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("baseDB.Begin", 1, None, None),
				begin("baseDB.BeginContext", 1, None, None),
				begin("DBI.Begin", 1, None, None),
				finish(Commit, "Tx.Commit", 0),
				finish(Commit, "Tx.CommitContext", 0),
				finish(Rollback, "Tx.Rollback", 0),
				finish(Rollback, "Tx.RollbackContext", 0),
				finish(Rollback, "Tx.Close", 0),
				finish(Rollback, "Tx.CloseContext", 0),
				finish(Commit, "Tx.RunInTransaction", 0),
				managed("baseDB.RunInTransaction", 1, None, 0),
				managed("DBI.RunInTransaction", 1, None, 0),
			},
			statements(true, methods("baseDB", "Exec", "ExecContext", "ExecOne", "ExecOneContext", "CopyFrom")...),
			statements(false, methods("baseDB", "Query", "QueryContext", "QueryOne", "QueryOneContext", "CopyTo", "Prepare", "Ping")...),
			statements(true, methods("DBI", "Exec", "ExecContext", "ExecOne", "ExecOneContext", "CopyFrom")...),
			statements(false, methods("DBI", "Query", "QueryContext", "QueryOne", "QueryOneContext", "CopyTo")...),
			statements(true, methods("Tx", "Exec", "ExecContext", "ExecOne", "ExecOneContext", "CopyFrom")...),
			statements(false, methods("Tx", "Query", "QueryContext", "QueryOne", "QueryOneContext", "CopyTo", "Prepare", "Stmt")...),
		),
	}
}

package catalog

// goquLibrary describes goqu: builders on a handle, sent by the Executor that
// a data set hands out, and a transaction around that of database/sql. Wrap
// calls its argument and then ends the transaction, either way.
func goquLibrary() Library {
	reads := []string{"Query", "QueryContext", "QueryRow", "QueryRowContext", "Prepare", "PrepareContext", "ScanStruct", "ScanStructContext", "ScanStructs", "ScanStructsContext", "ScanVal", "ScanValContext", "ScanVals", "ScanValsContext"}
	return Library{
		Path: "github.com/doug-martin/goqu/v9", Module: "github.com/doug-martin/goqu/v9", Version: "v9.18.0",
		Doc: "https://pkg.go.dev/github.com/doug-martin/goqu/v9#TxDatabase",
		Types: []Type{
			{Name: "Database", Role: Pool}, {Name: "SQLDatabase", Role: Pool}, {Name: "TxDatabase", Role: Tx}, {Name: "SQLTx", Role: Tx},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Database.Begin", 1, None, None),
				begin("Database.BeginTx", 1, 0, 1),
				begin("SQLDatabase.Begin", 1, None, None),
				begin("SQLDatabase.BeginTx", 1, 0, 1),
				finish(Commit, "TxDatabase.Commit", 0),
				finish(Rollback, "TxDatabase.Rollback", 0),
				finish(Commit, "TxDatabase.Wrap", 0),
				finish(Commit, "SQLTx.Commit", 0),
				finish(Rollback, "SQLTx.Rollback", 0),
				managed("Database.WithTx", 0, None, 0),
			},
			derive(1, "NewTx"),
			statements(true, methods("Database", "Exec", "ExecContext")...),
			statements(false, methods("Database", reads...)...),
			statements(true, methods("TxDatabase", "Exec", "ExecContext")...),
			statements(false, methods("TxDatabase", reads...)...),
			statements(true, methods("SQLDatabase", "ExecContext")...),
			statements(false, methods("SQLDatabase", "PrepareContext", "QueryContext", "QueryRowContext")...),
			statements(true, methods("SQLTx", "ExecContext")...),
			statements(false, methods("SQLTx", "PrepareContext", "QueryContext", "QueryRowContext")...),
		),
	}
}

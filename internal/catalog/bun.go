package catalog

// bunLibrary describes bun, whose handles embed those of database/sql; its
// transaction is a struct that is passed by value. A begin on a transaction
// sets a savepoint and ignores the options. The query builders (NewSelect and
// its like) send nothing before their own Exec or Scan and have no rows.
func bunLibrary() Library {
	return Library{
		Path: "github.com/uptrace/bun", Module: "github.com/uptrace/bun", Version: "v1.3.0",
		Doc: "https://bun.uptrace.dev/guide/transactions.html",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}, {Name: "IDB", Role: Either},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Begin", 1, None, None),
				begin("DB.BeginTx", 1, 0, 1),
				begin("Conn.BeginTx", 1, 0, 1),
				begin("IDB.BeginTx", 1, 0, 1),
				begin("Tx.Begin", 1, None, None),
				begin("Tx.BeginTx", 1, None, None),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				managed("DB.RunInTx", 2, 1, 0),
				managed("Conn.RunInTx", 2, 1, 0),
				managed("IDB.RunInTx", 2, 1, 0),
				managed("Tx.RunInTx", 2, None, 0),
			},
			statements(true, methods("DB", "Exec", "ExecContext")...),
			statements(false, methods("DB", "Query", "QueryContext", "QueryRow", "QueryRowContext", "Prepare", "PrepareContext")...),
			statements(true, methods("Conn", "ExecContext")...),
			statements(false, methods("Conn", "QueryContext", "QueryRowContext")...),
			statements(true, methods("IConn", "ExecContext")...),
			statements(false, methods("IConn", "QueryContext", "QueryRowContext")...),
			statements(true, methods("Tx", "Exec", "ExecContext")...),
			statements(false, methods("Tx", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
		),
	}
}

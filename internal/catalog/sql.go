package catalog

// databaseSQL describes database/sql. A transaction ends with its Commit even
// where that returns an error, Rollback after it returns ErrTxDone, and the
// end of the context given to BeginTx rolls it back.
func databaseSQL() Library {
	return Library{
		Path: "database/sql",
		Doc:  "https://pkg.go.dev/database/sql#Tx",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx},
		},
		Results:             []string{"Rows", "Row", "Stmt"},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Begin", 1, None, None),
				begin("DB.BeginTx", 1, 0, 1),
				begin("Conn.BeginTx", 1, 0, 1),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
			},
			statements(true, methods("DB", "Exec", "ExecContext")...),
			statements(false, methods("DB", "Query", "QueryContext", "QueryRow", "QueryRowContext", "Prepare", "PrepareContext", "Ping", "PingContext")...),
			statements(true, methods("Conn", "ExecContext")...),
			statements(false, methods("Conn", "QueryContext", "QueryRowContext", "PrepareContext", "PingContext")...),
			statements(true, methods("Tx", "Exec", "ExecContext")...),
			statements(false, methods("Tx", "Query", "QueryContext", "QueryRow", "QueryRowContext", "Prepare", "PrepareContext", "Stmt", "StmtContext")...),
			statements(true, methods("Stmt", "Exec", "ExecContext")...),
			statements(false, methods("Stmt", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
			fetches("Rows.Next", "Rows.NextResultSet", "Rows.Scan", "Row.Scan"),
		),
	}
}

// sqlDriver describes the transaction of database/sql/driver, which other
// libraries embed into handles of their own.
func sqlDriver() Library {
	return Library{
		Path:                "database/sql/driver",
		Doc:                 "https://pkg.go.dev/database/sql/driver#Tx",
		Types:               []Type{{Name: "Tx", Role: Tx}},
		RollbackAfterCommit: true,
		Calls: []Call{
			begin("Conn.Begin", 1, None, None),
			begin("ConnBeginTx.BeginTx", 1, None, 1),
			finish(Commit, "Tx.Commit", 0),
			finish(Rollback, "Tx.Rollback", 0),
		},
	}
}

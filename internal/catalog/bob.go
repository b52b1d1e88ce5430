package catalog

// bobLibrary describes bob, whose handles embed those of database/sql; its
// commit and rollback take a context and do not look at it. RunInTx has no row:
// its callback gets no more than an executor, which nobody can end.
func bobLibrary() Library {
	return Library{
		Path: "github.com/stephenafamo/bob", Module: "github.com/stephenafamo/bob", Version: "v0.41.1",
		Doc: "https://pkg.go.dev/github.com/stephenafamo/bob#Tx",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}, {Name: "Transaction", Role: Tx},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Begin", 1, 0, None),
				begin("DB.BeginTx", 1, 0, 1),
				begin("Conn.Begin", 1, 0, None),
				begin("Conn.BeginTx", 1, 0, 1),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				finish(Commit, "Transaction.Commit", 0),
				finish(Rollback, "Transaction.Rollback", 0),
			},
			derive(0, "NewTx"),
			statements(true, "Executor.ExecContext"),
			statements(false, methods("DB", "PrepareContext", "QueryContext")...),
			statements(false, methods("Conn", "PrepareContext", "QueryContext")...),
			statements(false, methods("Tx", "PrepareContext", "QueryContext", "StmtContext")...),
		),
	}
}

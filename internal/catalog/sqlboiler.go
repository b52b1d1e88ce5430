package catalog

// boilLibrary describes the begins of sqlboiler on its global database. What
// its generated code is given it only lends.
func boilLibrary() Library {
	return Library{
		Path: "github.com/volatiletech/sqlboiler/v4/boil", Module: "github.com/volatiletech/sqlboiler/v4", Version: "v4.16.2",
		Doc: "https://pkg.go.dev/github.com/volatiletech/sqlboiler/v4/boil#BeginTx",
		Types: []Type{
			{Name: "Transactor", Role: Tx}, {Name: "ContextTransactor", Role: Tx},
			{Name: "Executor", Role: Either}, {Name: "ContextExecutor", Role: Either},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Begin", 1, None, None),
				begin("BeginTx", 1, 0, 1),
				begin("Beginner.Begin", 1, None, None),
				begin("ContextBeginner.BeginTx", 1, 0, 1),
				finish(Commit, "Transactor.Commit", 0),
				finish(Rollback, "Transactor.Rollback", 0),
				finish(Commit, "ContextTransactor.Commit", 0),
				finish(Rollback, "ContextTransactor.Rollback", 0),
			},
			statements(true, methods("Executor", "Exec")...),
			statements(false, methods("Executor", "Query", "QueryRow")...),
			statements(true, methods("ContextExecutor", "ExecContext")...),
			statements(false, methods("ContextExecutor", "QueryContext", "QueryRowContext")...),
		),
	}
}

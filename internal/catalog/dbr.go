package catalog

// dbrLibrary describes dbr, whose transaction embeds that of database/sql.
// Statements are built on the handle and sent by what the handle returns.
func dbrLibrary() Library {
	return Library{
		Path: "github.com/gocraft/dbr/v2", Module: "github.com/gocraft/dbr/v2", Version: "v2.7.6",
		Doc: "https://pkg.go.dev/github.com/gocraft/dbr/v2#Tx",
		Types: []Type{
			{Name: "Connection", Role: Pool}, {Name: "Session", Role: Pool}, {Name: "Tx", Role: Tx}, {Name: "SessionRunner", Role: Either},
		},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Session.Begin", 1, None, None),
				begin("Session.BeginTx", 1, 0, 1),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				finish(Rollback, "Tx.RollbackUnlessCommitted", None),
			},
			derive(None, "Connection.NewSession"),
		),
	}
}

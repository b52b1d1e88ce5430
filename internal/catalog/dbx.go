package catalog

// dbxLibrary describes dbx. Statements are built on what a handle embeds and
// sent by the query that the builder returns. A transaction that its callback
// ended itself is no failure of Transactional.
func dbxLibrary() Library {
	return Library{
		Path: "github.com/pocketbase/dbx", Module: "github.com/pocketbase/dbx", Version: "v1.12.0",
		Doc: "https://pkg.go.dev/github.com/pocketbase/dbx#DB.Begin",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Tx", Role: Tx},
		},
		Results:             []string{"Rows"},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Begin", 1, None, None),
				begin("DB.BeginTx", 1, 0, 1),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				managed("DB.Transactional", 0, None, 0),
				managed("DB.TransactionalContext", 2, 1, 0),
			},
			derive(0, "DB.Wrap"),
			derive(None, "DB.WithContext", "DB.Clone"),
			fetches("Rows.ScanMap", "Rows.ScanStruct"),
		),
	}
}

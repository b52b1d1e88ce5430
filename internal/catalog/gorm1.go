package catalog

// gorm1Library describes gorm v1. Like its successor it has one type for pool,
// session and transaction, and errors travel in the Error field; unlike it,
// Transaction calls its callback even where the begin failed, and a begin on a
// transaction opens nothing, not even a savepoint.
func gorm1Library() Library {
	return Library{
		Path: "github.com/jinzhu/gorm", Module: "github.com/jinzhu/gorm", Version: "v1.9.16",
		Doc:                 "https://pkg.go.dev/github.com/jinzhu/gorm#DB.BeginTx",
		Types:               []Type{{Name: "DB", Role: Either, ErrField: "Error", Chains: true}},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Begin", None, None, None),
				begin("DB.BeginTx", None, 0, 1),
				finish(Commit, "DB.Commit", None),
				finish(Rollback, "DB.Rollback", None),
				finish(Rollback, "DB.RollbackUnlessCommitted", None),
				managed("DB.Transaction", 0, None, 0),
			},
			statements(true, methods("DB", "Create", "Save", "Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete", "Exec", "FirstOrCreate")...),
			statements(true, methods("DB", "AutoMigrate", "CreateTable", "DropTable", "DropTableIfExists", "DropColumn", "ModifyColumn", "AddIndex", "AddUniqueIndex", "RemoveIndex", "AddForeignKey", "RemoveForeignKey")...),
			statements(false, methods("DB", "First", "Take", "Last", "Find", "FirstOrInit", "Count", "Pluck", "Scan", "Row", "Rows", "Related", "Preloads", "HasTable")...),
		),
	}
}

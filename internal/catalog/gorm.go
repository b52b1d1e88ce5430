package catalog

// gormLibrary describes gorm v2. One type is pool, session and transaction;
// errors travel in its Error field; every method that returns it hands out a
// handle on the same transaction.
func gormLibrary() Library {
	begins := begin("DB.Begin", None, None, 0)
	return Library{
		Path: "gorm.io/gorm", Module: "gorm.io/gorm", Version: "v1.31.2",
		Doc:                 "https://gorm.io/docs/transactions.html",
		Types:               []Type{{Name: "DB", Role: Either, ErrField: "Error", Chains: true}},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begins,
				finish(Commit, "DB.Commit", None),
				finish(Rollback, "DB.Rollback", None),
				managed("DB.Transaction", 0, 1, 0),
			},
			statements(true, methods("DB", "Create", "CreateInBatches", "Save", "Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete", "Exec", "FirstOrCreate", "AutoMigrate", "SavePoint", "RollbackTo")...),
			statements(false, methods("DB", "First", "Take", "Last", "Find", "FindInBatches", "FirstOrInit", "Count", "Pluck", "Scan", "Row", "Rows")...),
		),
	}
}

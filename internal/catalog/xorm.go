package catalog

// xormLibrary describes xorm. A session takes a connection with its Begin, not
// when it is made; Commit and Rollback give it back, Close rolls back first.
// After its end a session sends its statements outside of any transaction, and
// a further Commit or Rollback does nothing; Begin starts it anew.
func xormLibrary() Library {
	return xormAt("xorm.io/xorm", "v1.3.11", finish(Rollback, "Session.Close", 0),
		statements(true, methods("Session", "Import", "ImportFile", "Sync", "SyncWithOptions", "Truncate")...))
}

// goXormLibrary describes xorm under its older import path.
func goXormLibrary() Library {
	return xormAt("github.com/go-xorm/xorm", "v0.7.9", finish(Rollback, "Session.Close", None), nil)
}

// xormAt describes what both have in common. The Close of the older one returns
// nothing, and not all statements are there yet.
func xormAt(path, version string, closes Call, more []Call) Library {
	session := begin("Engine.NewSession", None, None, None)
	session.Lazy, session.Waits = true, true
	ofInterface := session
	ofInterface.Func = "EngineInterface.NewSession"
	start := row(Start, "Session.Begin")
	start.Err = 0
	return Library{
		Path: path, Module: path, Version: version,
		Doc: "https://pkg.go.dev/xorm.io/xorm#Session.Begin",
		Types: []Type{
			{Name: "Engine", Role: Pool}, {Name: "EngineGroup", Role: Pool}, {Name: "EngineInterface", Role: Pool},
			{Name: "Session", Role: Tx, Chains: true},
		},
		Results:             []string{"Rows"},
		RollbackAfterCommit: true,
		AutoCommit:          true,
		Calls: rows(
			[]Call{
				session, ofInterface, start,
				finish(Commit, "Session.Commit", 0),
				finish(Rollback, "Session.Rollback", 0),
				closes,
				managed("Engine.Transaction", 0, None, 1),
			},
			statements(true, methods("Session", "Insert", "InsertOne", "InsertMulti", "Update", "Delete", "Exec", "CreateTable", "CreateIndexes", "CreateUniques", "DropIndexes", "DropTable", "Sync2")...),
			statements(false, methods("Session", "Count", "Exist", "Find", "FindAndCount", "Get", "Iterate", "Rows", "Query", "QueryInterface", "QueryString", "QuerySliceString", "Sum", "SumInt", "Sums", "SumsInt", "IsTableEmpty", "IsTableExist")...),
			more,
			fetches("Rows.Next", "Rows.Scan"),
		),
	}
}

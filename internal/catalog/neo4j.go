package catalog

// neo4jLibrary describes the driver of neo4j. Close rolls back what is open and
// does nothing after a commit; the close of the session ends its transaction
// too. What ExecuteRead and ExecuteWrite hand to their callback cannot be ended.
func neo4jLibrary() Library {
	return Library{
		Path: "github.com/neo4j/neo4j-go-driver/v5/neo4j", Module: "github.com/neo4j/neo4j-go-driver/v5", Version: "v5.28.4",
		Doc: "https://pkg.go.dev/github.com/neo4j/neo4j-go-driver/v5/neo4j#ExplicitTransaction",
		Types: []Type{
			{Name: "DriverWithContext", Role: Pool}, {Name: "SessionWithContext", Role: Conn}, {Name: "ExplicitTransaction", Role: Tx},
			{Name: "Driver", Role: Pool}, {Name: "Session", Role: Conn}, {Name: "Transaction", Role: Tx},
		},
		Results:             []string{"ResultWithContext", "Result"},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("SessionWithContext.BeginTransaction", 1, None, None),
				finish(Commit, "ExplicitTransaction.Commit", 0),
				finish(Rollback, "ExplicitTransaction.Rollback", 0),
				finish(Rollback, "ExplicitTransaction.Close", 0),
				finish(Release, "SessionWithContext.Close", 0),
				begin("Session.BeginTransaction", 1, None, None),
				finish(Commit, "Transaction.Commit", 0),
				finish(Rollback, "Transaction.Rollback", 0),
				finish(Rollback, "Transaction.Close", 0),
				finish(Release, "Session.Close", 0),
			},
			statements(true, "SessionWithContext.Run", "ExplicitTransaction.Run", "Session.Run", "Transaction.Run"),
			fetches("ResultWithContext.Next", "ResultWithContext.NextRecord", "ResultWithContext.Collect", "ResultWithContext.Single", "ResultWithContext.Consume", "ResultWithContext.Peek", "ResultWithContext.PeekRecord"),
			fetches("Result.Next", "Result.NextRecord", "Result.Collect", "Result.Single", "Result.Consume"),
		),
	}
}

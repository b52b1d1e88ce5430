package catalog

// mongoLibrary describes the MongoDB driver v1. What must be ended is the
// session: EndSession aborts the transaction that is in progress on it and
// gives its server session back, CommitTransaction and AbortTransaction leave
// the session open for the next transaction and are therefore no finishers.
// EndSession is harmless after a commit and under a context that has ended:
// the abort then fails, the session goes back all the same.
func mongoLibrary() Library {
	return Library{
		Path: "go.mongodb.org/mongo-driver/mongo", Module: "go.mongodb.org/mongo-driver", Version: "v1.17.10",
		Doc:                 "https://pkg.go.dev/go.mongodb.org/mongo-driver/mongo#Session",
		Types:               []Type{{Name: "Client", Role: Pool}, {Name: "Session", Role: Tx}, {Name: "SessionContext", Role: Tx}},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Client.StartSession", 1, None, None),
				finish(Rollback, "Session.EndSession", None),
				managed("Client.UseSession", 1, None, 0),
				managed("Client.UseSessionWithOptions", 2, None, 0),
				managed("Session.WithTransaction", 1, None, 1),
			},
			derive(1, "NewSessionContext"),
			statements(true, methods("Session", "CommitTransaction", "AbortTransaction")...),
		),
	}
}

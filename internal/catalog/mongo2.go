package catalog

// mongo2Library describes the MongoDB driver v2, where the session travels in a
// context: what WithTransaction and UseSession hand to their callback cannot be
// told from any other context, so that these have no rows. The rest is as in v1.
func mongo2Library() Library {
	return Library{
		Path: "go.mongodb.org/mongo-driver/v2/mongo", Module: "go.mongodb.org/mongo-driver/v2", Version: "v2.5.0",
		Doc:                 "https://pkg.go.dev/go.mongodb.org/mongo-driver/v2/mongo#Session",
		Types:               []Type{{Name: "Client", Role: Pool}, {Name: "Session", Role: Tx}},
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Client.StartSession", 1, None, None),
				finish(Rollback, "Session.EndSession", None),
			},
			statements(true, methods("Session", "CommitTransaction", "AbortTransaction")...),
		),
	}
}

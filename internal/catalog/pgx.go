package catalog

// pgxLibrary describes pgx v5. A transaction ends with its Commit even where
// that fails (the connection is closed or the server rolled back), Rollback
// after it returns ErrTxClosed. The context of Begin bounds only the begin
// statement: its later end does not end the transaction. A transaction that a
// batch begins (Batch.BeginTx, BatchResults.Tx) has no row: whether the results
// hold one depends on the batch that they answer.
func pgxLibrary() Library {
	return Library{
		Path: "github.com/jackc/pgx/v5", Module: "github.com/jackc/pgx/v5", Version: "v5.12.0",
		Doc:                 "https://pkg.go.dev/github.com/jackc/pgx/v5#Tx",
		Types:               []Type{{Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}},
		Results:             []string{"Rows", "Row"},
		DoneError:           "github.com/jackc/pgx/v5.ErrTxClosed",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Conn.Begin", 1, None, None),
				begin("Conn.BeginTx", 1, None, 1),
				begin("Tx.Begin", 1, None, None),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				finish(Release, "Conn.Close", 0),
				managed("BeginFunc", 2, None, 0),
				managed("BeginTxFunc", 3, 2, 0),
			},
			statements(true, methods("Conn", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Conn", "Query", "QueryRow", "Prepare", "Ping")...),
			statements(true, methods("Tx", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Tx", "Query", "QueryRow", "Prepare")...),
			fetches("Rows.Next", "Rows.Scan", "Rows.Values", "Row.Scan", "CollectRows", "CollectOneRow", "CollectExactlyOneRow", "AppendRows", "ForEachRow"),
		),
	}
}

// pgxpoolLibrary describes the pool of pgx v5. Conn.Conn is another handle on
// the same connection: what is begun on it ends with the Release of the one it
// came from, which destroys a connection that is still in a transaction.
func pgxpoolLibrary() Library {
	return Library{
		Path: "github.com/jackc/pgx/v5/pgxpool", Module: "github.com/jackc/pgx/v5", Version: "v5.12.0",
		Doc:                 "https://pkg.go.dev/github.com/jackc/pgx/v5/pgxpool#Pool.BeginTx",
		Types:               []Type{{Name: "Pool", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}},
		DoneError:           "github.com/jackc/pgx/v5.ErrTxClosed",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Pool.Begin", 1, None, None),
				begin("Pool.BeginTx", 1, None, 1),
				begin("Conn.Begin", 1, None, None),
				begin("Conn.BeginTx", 1, None, 1),
				begin("Tx.Begin", 1, None, None),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				row(Release, "Conn.Release"),
			},
			derive(None, "Conn.Conn"),
			statements(true, methods("Pool", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Pool", "Query", "QueryRow", "Ping")...),
			statements(true, methods("Conn", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Conn", "Query", "QueryRow", "Ping")...),
			statements(true, methods("Tx", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Tx", "Query", "QueryRow", "Prepare")...),
		),
	}
}

package catalog

// pgx4Library describes pgx v4. It is like v5, but its managed transactions are
// methods, and those of a transaction set savepoints.
func pgx4Library() Library {
	return Library{
		Path: "github.com/jackc/pgx/v4", Module: "github.com/jackc/pgx/v4", Version: "v4.18.3",
		Doc:                 "https://pkg.go.dev/github.com/jackc/pgx/v4#Tx",
		Types:               []Type{{Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}},
		Results:             []string{"Rows", "Row"},
		DoneError:           "github.com/jackc/pgx/v4.ErrTxClosed",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("Conn.Begin", 1, None, None),
				begin("Conn.BeginTx", 1, None, 1),
				begin("Tx.Begin", 1, None, None),
				finish(Commit, "Tx.Commit", 0),
				finish(Rollback, "Tx.Rollback", 0),
				finish(Release, "Conn.Close", 0),
				managed("Conn.BeginFunc", 1, None, 0),
				managed("Conn.BeginTxFunc", 2, 1, 0),
				managed("Tx.BeginFunc", 1, None, 0),
			},
			statements(true, methods("Conn", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Conn", "Query", "QueryRow", "QueryFunc", "Prepare", "Ping")...),
			statements(true, methods("Tx", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Tx", "Query", "QueryRow", "QueryFunc", "Prepare")...),
			fetches("Rows.Next", "Rows.Scan", "Rows.Values", "Row.Scan"),
		),
	}
}

// pgxpool4Library describes the pool of pgx v4.
func pgxpool4Library() Library {
	return Library{
		Path: "github.com/jackc/pgx/v4/pgxpool", Module: "github.com/jackc/pgx/v4", Version: "v4.18.3",
		Doc:                 "https://pkg.go.dev/github.com/jackc/pgx/v4/pgxpool#Pool.BeginTx",
		Types:               []Type{{Name: "Pool", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx}},
		DoneError:           "github.com/jackc/pgx/v4.ErrTxClosed",
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
				managed("Pool.BeginFunc", 1, None, 0),
				managed("Pool.BeginTxFunc", 2, 1, 0),
				managed("Conn.BeginFunc", 1, None, 0),
				managed("Conn.BeginTxFunc", 2, 1, 0),
				managed("Tx.BeginFunc", 1, None, 0),
			},
			derive(None, "Conn.Conn"),
			statements(true, methods("Pool", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Pool", "Query", "QueryRow", "QueryFunc", "Ping")...),
			statements(true, methods("Conn", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Conn", "Query", "QueryRow", "QueryFunc", "Ping")...),
			statements(true, methods("Tx", "Exec", "CopyFrom", "SendBatch")...),
			statements(false, methods("Tx", "Query", "QueryRow", "QueryFunc", "Prepare")...),
		),
	}
}

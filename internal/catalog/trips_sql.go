package catalog

const (
	anyInSQL   = "select them at once with WHERE … IN (…)"
	rowsInSQL  = "write them at once, with one INSERT of many rows or one UPDATE or DELETE with WHERE … IN (…)"
	anyInPgx   = "select them at once with WHERE … = ANY($1)"
	rowsInPgx  = "write them at once with CopyFrom or a Batch, or with one statement over unnest($1)"
	anyInGorm  = "find them at once with Where(\"… IN ?\", …), or load them with Preload"
	rowsInGorm = "write them at once with Create of a slice, CreateInBatches, or one Updates or Delete with Where(\"… IN ?\", …)"
)

// sqlTrips describes database/sql. A prepared statement still makes a round
// trip each time that it runs.
func sqlTrips() TripLibrary {
	return TripLibrary{
		Path: "database/sql", Doc: "https://pkg.go.dev/database/sql",
		Handles: []string{"DB", "Conn", "Tx", "Stmt"}, Cursors: []string{"Rows"},
		Read: anyInSQL, Write: rowsInSQL,
		Calls: tripRows(
			trips(ExecTrip, methods("DB", "Exec", "ExecContext")...),
			trips(TextTrip, methods("DB", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
			trips(ExecTrip, methods("Conn", "ExecContext")...),
			trips(TextTrip, methods("Conn", "QueryContext", "QueryRowContext")...),
			trips(ExecTrip, methods("Tx", "Exec", "ExecContext")...),
			trips(TextTrip, methods("Tx", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
			trips(WriteTrip, methods("Stmt", "Exec", "ExecContext")...),
			trips(ReadTrip, methods("Stmt", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
		),
	}
}

// sqlxTrips describes sqlx; what its handles have from database/sql is known
// from there.
func sqlxTrips() TripLibrary {
	const in = "select them at once with WHERE … IN (?) and sqlx.In"
	return TripLibrary{
		Path: "github.com/jmoiron/sqlx", Module: "github.com/jmoiron/sqlx", Version: "v1.4.0", Doc: "https://pkg.go.dev/github.com/jmoiron/sqlx",
		Handles: []string{"DB", "Conn", "Tx", "Stmt", "NamedStmt"}, Cursors: []string{"Rows"},
		Read: in, Write: "write them at once with NamedExec of a slice, or with sqlx.In",
		Calls: tripRows(
			trips(ExecTrip, methods("DB", "MustExec", "MustExecContext", "NamedExec", "NamedExecContext")...),
			trips(TextTrip, methods("DB", "Get", "GetContext", "Select", "SelectContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext", "NamedQuery", "NamedQueryContext")...),
			trips(TextTrip, methods("Conn", "GetContext", "SelectContext", "QueryxContext", "QueryRowxContext")...),
			trips(ExecTrip, methods("Tx", "MustExec", "MustExecContext", "NamedExec", "NamedExecContext")...),
			trips(TextTrip, methods("Tx", "Get", "GetContext", "Select", "SelectContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext", "NamedQuery")...),
			trips(WriteTrip, methods("Stmt", "MustExec", "MustExecContext")...),
			trips(ReadTrip, methods("Stmt", "Get", "GetContext", "Select", "SelectContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext")...),
			trips(WriteTrip, methods("NamedStmt", "Exec", "ExecContext", "MustExec", "MustExecContext")...),
			trips(ReadTrip, methods("NamedStmt", "Get", "GetContext", "Select", "SelectContext", "Query", "QueryContext", "QueryRow", "QueryRowContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext")...),
			trips(ExecTrip, "MustExec", "MustExecContext", "NamedExec", "NamedExecContext"),
			trips(TextTrip, "Get", "GetContext", "Select", "SelectContext", "NamedQuery", "NamedQueryContext"),
			trips(ExecTrip, methods("Execer", "Exec")...),
			trips(ExecTrip, methods("ExecerContext", "ExecContext")...),
			trips(TextTrip, methods("Queryer", "Query", "Queryx", "QueryRowx")...),
			trips(TextTrip, methods("QueryerContext", "QueryContext", "QueryxContext", "QueryRowxContext")...),
		),
	}
}

// pgxTrips describes pgx. Queue and the methods of BatchResults make no round
// trip: SendBatch has sent everything.
func pgxTrips(major, version string) TripLibrary {
	return TripLibrary{
		Path: "github.com/jackc/pgx/" + major, Module: "github.com/jackc/pgx/" + major, Version: version,
		Doc:     "https://pkg.go.dev/github.com/jackc/pgx/" + major + "#Conn.SendBatch",
		Handles: []string{"Conn", "Tx"}, Cursors: []string{"Rows"},
		Read: anyInPgx, Write: rowsInPgx,
		Calls: tripRows(
			trips(ExecTrip, "Conn.Exec", "Tx.Exec"),
			trips(TextTrip, "Conn.Query", "Conn.QueryRow", "Tx.Query", "Tx.QueryRow"),
			trips(BulkTrip, "Conn.SendBatch", "Conn.CopyFrom", "Tx.SendBatch", "Tx.CopyFrom"),
			trips(NoTrip, "Batch.Queue", "BatchResults.Exec", "BatchResults.Query", "BatchResults.QueryRow"),
		),
	}
}

func pgxpoolTrips(major, version string) TripLibrary {
	return TripLibrary{
		Path: "github.com/jackc/pgx/" + major + "/pgxpool", Module: "github.com/jackc/pgx/" + major, Version: version,
		Doc:     "https://pkg.go.dev/github.com/jackc/pgx/" + major + "/pgxpool",
		Handles: []string{"Pool", "Conn", "Tx"},
		Read:    anyInPgx, Write: rowsInPgx,
		Calls: tripRows(
			trips(ExecTrip, "Pool.Exec", "Conn.Exec", "Tx.Exec"),
			trips(TextTrip, "Pool.Query", "Pool.QueryRow", "Conn.Query", "Conn.QueryRow", "Tx.Query", "Tx.QueryRow"),
			trips(BulkTrip, "Pool.SendBatch", "Pool.CopyFrom", "Conn.SendBatch", "Conn.CopyFrom", "Tx.SendBatch", "Tx.CopyFrom"),
		),
	}
}

// pgx4Trips describes pgx v4, which has QueryFunc beside what v5 has.
func pgx4Trips() TripLibrary {
	l := pgxTrips("v4", "v4.18.3")
	l.Calls = append(l.Calls, trips(TextTrip, "Conn.QueryFunc", "Tx.QueryFunc")...)
	return l
}

func pgxpool4Trips() TripLibrary {
	l := pgxpoolTrips("v4", "v4.18.3")
	l.Calls = append(l.Calls, trips(TextTrip, "Pool.QueryFunc", "Conn.QueryFunc", "Tx.QueryFunc")...)
	return l
}

// spannerTrips describes Cloud Spanner. BufferWrite sends nothing before the
// commit; Apply and BatchUpdate send many at once.
func spannerTrips() TripLibrary {
	return TripLibrary{
		Path: "cloud.google.com/go/spanner", Module: "cloud.google.com/go/spanner", Version: "v1.96.1",
		Doc:     "https://pkg.go.dev/cloud.google.com/go/spanner",
		Handles: []string{"Client", "ReadOnlyTransaction", "ReadWriteTransaction", "ReadWriteStmtBasedTransaction"},
		Cursors: []string{"RowIterator"},
		Read:    "read them at once with a KeySet of all keys or WHERE … IN UNNEST(@…)", Write: "write them at once with BatchUpdate or buffered mutations",
		Calls: tripRows(
			trips(WriteTrip, "ReadWriteTransaction.Update", "ReadWriteTransaction.UpdateWithOptions"),
			trips(WriteTrip, "Client.Apply", "Client.PartitionedUpdate", "Client.PartitionedUpdateWithOptions"),
			trips(BulkTrip, "Client.BatchWrite", "Client.BatchWriteWithOptions", "ReadWriteTransaction.BatchUpdate", "ReadWriteTransaction.BatchUpdateWithOptions"),
			trips(NoTrip, "ReadWriteTransaction.BufferWrite"),
			trips(ReadTrip, methods("txReadOnly", "Read", "ReadUsingIndex", "ReadWithOptions", "ReadRow", "ReadRowWithOptions", "ReadRowUsingIndex", "Query", "QueryWithOptions", "QueryWithStats")...),
		),
	}
}

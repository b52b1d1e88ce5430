package catalog

// twice lists the names and the same with Context behind them.
func twice(names ...string) []string {
	out := names[:len(names):len(names)]
	for _, n := range names {
		out = append(out, n+"Context")
	}
	return out
}

// goPGTrips describes the handles of go-pg, goPGQueryTrips the queries of its
// models, which gather a statement until one of these sends it.
func goPGTrips() TripLibrary {
	execs, queries := twice("Exec", "ExecOne"), twice("Query", "QueryOne")
	return TripLibrary{
		Path: "github.com/go-pg/pg/v10", Module: "github.com/go-pg/pg/v10", Version: "v10.11.0", Doc: "https://pkg.go.dev/github.com/go-pg/pg/v10",
		Handles: []string{"DB", "Conn", "Tx", "DBI"},
		Read:    goPGReads, Write: goPGWrites,
		Calls: tripRows(
			trips(WriteTrip, methods("baseDB", execs...)...), trips(ReadTrip, methods("baseDB", queries...)...),
			trips(WriteTrip, methods("Tx", execs...)...), trips(ReadTrip, methods("Tx", queries...)...),
			trips(WriteTrip, methods("DBI", execs...)...), trips(ReadTrip, methods("DBI", queries...)...),
			trips(BulkTrip, "baseDB.CopyFrom", "Tx.CopyFrom", "DBI.CopyFrom"),
		),
	}
}

const (
	goPGReads  = "select them at once with WhereIn, or load them with Relation"
	goPGWrites = "write them at once: Insert, Update or Delete of a slice"
)

func goPGQueryTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/go-pg/pg/v10/orm", Module: "github.com/go-pg/pg/v10", Version: "v10.11.0", Doc: "https://pkg.go.dev/github.com/go-pg/pg/v10/orm#Query",
		Handles: []string{"DB"}, Fluent: []string{"Query"},
		Read: goPGReads, Write: goPGWrites,
		Calls: tripRows(
			trips(ReadTrip, methods("Query", "Select", "SelectAndCount", "SelectAndCountEstimate", "First", "Last", "Exists", "Count", "CountEstimate", "ForEach", "Query", "QueryOne")...),
			trips(WriteTrip, methods("Query", "Insert", "SelectOrInsert", "Update", "UpdateNotZero", "Delete", "ForceDelete", "Exec", "ExecOne")...),
		),
	}
}

// dbxTrips describes dbx: a handle builds, the query that it returns sends.
func dbxTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/pocketbase/dbx", Module: "github.com/pocketbase/dbx", Version: "v1.12.0", Doc: "https://pkg.go.dev/github.com/pocketbase/dbx#Query",
		Handles: []string{"DB", "Tx", "Builder"}, Fluent: []string{"Query", "SelectQuery", "ModelQuery"}, Cursors: []string{"Rows"},
		Read: "select them at once with dbx.In", Write: "write them at once: one query of many rows, or one Update or Delete with dbx.In",
		Calls: tripRows(
			trips(WriteTrip, "Query.Execute"),
			trips(ReadTrip, methods("Query", "All", "One", "Row", "Column", "Rows")...),
			trips(ReadTrip, methods("SelectQuery", "All", "One", "Row", "Column", "Rows", "Model")...),
			trips(WriteTrip, methods("ModelQuery", "Insert", "Update", "Delete")...),
		),
	}
}

// dbrTrips describes dbr: a session builds, the statement that it returns sends
// itself.
func dbrTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/gocraft/dbr/v2", Module: "github.com/gocraft/dbr/v2", Version: "v2.7.6", Doc: "https://pkg.go.dev/github.com/gocraft/dbr/v2#SelectStmt",
		Handles: []string{"Connection", "Session", "Tx", "SessionRunner"}, Fluent: []string{"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"},
		Read: "select them at once: a slice in Where(\"… IN ?\", …)", Write: "write them at once: one InsertInto with Values or Record for each, or one statement with Where(\"… IN ?\", …)",
		Calls: tripRows(
			trips(ReadTrip, methods("SelectStmt", twice("Load", "LoadOne", "Rows", "Iterate", "ReturnInt64", "ReturnInt64s", "ReturnUint64", "ReturnUint64s", "ReturnString", "ReturnStrings")...)...),
			trips(WriteTrip, methods("InsertStmt", twice("Exec", "Load")...)...),
			trips(WriteTrip, methods("UpdateStmt", twice("Exec", "Load")...)...),
			trips(WriteTrip, methods("DeleteStmt", twice("Exec")...)...),
		),
	}
}

const (
	goquReads  = "select them at once with goqu.C(…).In(…)"
	goquWrites = "write them at once: Rows of a slice, or one Update or Delete with In(…)"
)

// goquTrips describes goqu: its data sets gather, what they scan into or hand
// to their executor is sent.
func goquTrips() TripLibrary {
	scans := twice("ScanStruct", "ScanStructs", "ScanVal", "ScanVals")
	return TripLibrary{
		Path: "github.com/doug-martin/goqu/v9", Module: "github.com/doug-martin/goqu/v9", Version: "v9.18.0", Doc: "https://pkg.go.dev/github.com/doug-martin/goqu/v9#SelectDataset",
		Handles: []string{"Database", "TxDatabase", "SQLDatabase", "SQLTx"}, Fluent: []string{"SelectDataset", "InsertDataset", "UpdateDataset", "DeleteDataset"},
		Read: goquReads, Write: goquWrites,
		Calls: tripRows(
			trips(ExecTrip, methods("Database", twice("Exec")...)...), trips(TextTrip, methods("Database", twice("Query", "QueryRow")...)...),
			trips(TextTrip, methods("Database", scans...)...),
			trips(ExecTrip, methods("TxDatabase", twice("Exec")...)...), trips(TextTrip, methods("TxDatabase", twice("Query", "QueryRow")...)...),
			trips(TextTrip, methods("TxDatabase", scans...)...),
			trips(ReadTrip, methods("SelectDataset", scans...)...), trips(ReadTrip, methods("SelectDataset", twice("Count", "Pluck")...)...),
		),
	}
}

func goquExecTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/doug-martin/goqu/v9/exec", Module: "github.com/doug-martin/goqu/v9", Version: "v9.18.0", Doc: "https://pkg.go.dev/github.com/doug-martin/goqu/v9/exec#QueryExecutor",
		Fluent: []string{"QueryExecutor"}, Cursors: []string{"Scanner"},
		Read: goquReads, Write: goquWrites,
		Calls: tripRows(
			trips(WriteTrip, methods("QueryExecutor", twice("Exec")...)...),
			trips(ReadTrip, methods("QueryExecutor", twice("Query", "ScanStruct", "ScanStructs", "ScanVal", "ScanVals", "Scanner")...)...),
		),
	}
}

const (
	bobReads  = "select them at once with psql.Quote(…).In(…), or load them with Preload or ThenLoad"
	bobWrites = "write them at once: Insert of many setters, or one Update or Delete with psql.Quote(…).In(…)"
)

// bobTrips describe bob: queries gather, functions and the queries of generated
// models send them through any executor. Query.One, All and Cursor of a model
// send what it was made by, an INSERT as well as a SELECT, which is told by no
// more than an argument of its type.
func bobTrips() []TripLibrary {
	const bob = "github.com/stephenafamo/bob"
	at := func(path string, l TripLibrary) TripLibrary {
		l.Path, l.Module, l.Version, l.Doc = bob+path, bob, "v0.41.1", "https://pkg.go.dev/"+bob+path
		l.Read, l.Write = bobReads, bobWrites
		return l
	}
	out := []TripLibrary{
		at("", TripLibrary{
			Handles: []string{"DB", "Conn", "Tx", "Transaction", "Executor"}, Fluent: []string{"BaseQuery"},
			Calls: tripRows(
				trips(ExecTrip, "Executor.ExecContext"), trips(WriteTrip, "Exec", "Stmt.Exec"),
				trips(TextTrip, "DB.QueryContext", "Conn.QueryContext", "Tx.QueryContext"),
				trips(ReadTrip, "One", "All", "Allx", "Cursor", "QueryStmt.One", "QueryStmt.All", "QueryStmt.Cursor"),
			),
		}),
		at("/orm", TripLibrary{
			Fluent: []string{"ExecQuery", "Query"},
			Calls:  tripRows(trips(WriteTrip, "ExecQuery.Exec"), trips(ReadTrip, methods("Query", "One", "All", "Cursor")...)),
		}),
	}
	for _, dialect := range []string{"/dialect/psql", "/dialect/mysql", "/dialect/sqlite"} {
		out = append(out, at(dialect, TripLibrary{Fluent: []string{"ViewQuery"}, Calls: trips(ReadTrip, methods("ViewQuery", "Count", "Exists")...)}))
	}
	return out
}

// scanTrips describe what bob reads with, which also works on its own: on the
// handles of database/sql, and on those of pgx.
func scanTrips() []TripLibrary {
	const scan = "github.com/stephenafamo/scan"
	at := func(path string) TripLibrary {
		return TripLibrary{
			Path: scan + path, Module: scan, Version: "v0.7.0", Doc: "https://pkg.go.dev/" + scan + path,
			Handles: []string{"Queryer"}, Read: anyInSQL, Write: rowsInSQL,
			Calls: trips(TextTrip, "One", "All", "Cursor", "Each"),
		}
	}
	on, std, pgx := at(""), at("/stdscan"), at("/pgxscan")
	on.Cursors = []string{"ICursor"}
	on.Calls = append(on.Calls, trips(TextTrip, "Queryer.QueryContext")...)
	return []TripLibrary{on, std, pgx}
}

// squirrelTrips describes squirrel, whose builders send themselves where they
// were told to run with a handle.
func squirrelTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/Masterminds/squirrel", Module: "github.com/Masterminds/squirrel", Version: "v1.5.4", Doc: "https://pkg.go.dev/github.com/Masterminds/squirrel",
		Fluent: []string{"StatementBuilderType", "SelectBuilder", "InsertBuilder", "UpdateBuilder", "DeleteBuilder"},
		Read:   "select them at once with sq.Eq of a slice", Write: "write them at once: Values for each row, or one Update or Delete with sq.Eq of a slice",
		Calls: tripRows(
			trips(ReadTrip, methods("SelectBuilder", twice("Query", "QueryRow", "Scan", "Exec")...)...),
			trips(WriteTrip, methods("InsertBuilder", twice("Exec", "Query", "QueryRow", "Scan")...)...),
			trips(WriteTrip, methods("UpdateBuilder", twice("Exec", "Query", "QueryRow", "Scan")...)...),
			trips(WriteTrip, methods("DeleteBuilder", append(twice("Exec", "Query"), "QueryRowContext", "ScanContext")...)...),
		),
	}
}

// neo4jTrips describes the driver of neo4j.
func neo4jTrips() TripLibrary {
	const path = "github.com/neo4j/neo4j-go-driver/v5/neo4j"
	return TripLibrary{
		Path: path, Module: "github.com/neo4j/neo4j-go-driver/v5", Version: "v5.28.4", Doc: "https://pkg.go.dev/" + path,
		Handles: []string{"SessionWithContext", "ExplicitTransaction", "ManagedTransaction"}, Cursors: []string{"ResultWithContext"},
		Read: "ask for them at once with UNWIND $ids AS id", Write: "write them at once with UNWIND $rows AS row",
		Calls: trips(ReadTrip, "SessionWithContext.Run", "ExplicitTransaction.Run", "ManagedTransaction.Run"),
	}
}

package catalog

// gormTrips describes gorm v2: what chains only gathers, what is named here
// sends. ScanRows decodes the row that is at hand.
func gormTrips() TripLibrary {
	return TripLibrary{
		Path: "gorm.io/gorm", Module: "gorm.io/gorm", Version: "v1.31.2", Doc: "https://gorm.io/docs/method_chaining.html",
		Handles: []string{"DB"}, Fluent: []string{"DB", "Association"},
		Read: anyInGorm, Write: rowsInGorm,
		Calls: tripRows(
			trips(WriteTrip, methods("DB", "Create", "Save", "Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete", "FirstOrCreate")...),
			trips(ExecTrip, "DB.Exec"),
			trips(BulkTrip, "DB.CreateInBatches", "DB.FindInBatches"),
			trips(ReadTrip, methods("DB", "First", "Take", "Last", "Find", "FirstOrInit", "Count", "Pluck", "Scan", "Row", "Rows")...),
			trips(NoTrip, "DB.ScanRows"),
			trips(ReadTrip, methods("Association", "Find", "Count")...),
			trips(WriteTrip, methods("Association", "Append", "Replace", "Delete", "Clear")...),
		),
	}
}

// gorm1Trips describes gorm v1, which cannot insert a slice.
func gorm1Trips() TripLibrary {
	return TripLibrary{
		Path: "github.com/jinzhu/gorm", Module: "github.com/jinzhu/gorm", Version: "v1.9.16", Doc: "https://pkg.go.dev/github.com/jinzhu/gorm",
		Handles: []string{"DB"}, Fluent: []string{"DB", "Association"},
		Read:  "find them at once with Where(\"… IN (?)\", …), or load them with Preload",
		Write: "write them at once with one Exec of many rows, or one Updates or Delete with Where(\"… IN (?)\", …)",
		Calls: tripRows(
			trips(WriteTrip, methods("DB", "Create", "Save", "Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete", "FirstOrCreate")...),
			trips(ExecTrip, "DB.Exec"),
			trips(ReadTrip, methods("DB", "First", "Take", "Last", "Find", "FirstOrInit", "Count", "Pluck", "Scan", "Row", "Rows", "Related", "Preloads")...),
			trips(NoTrip, "DB.ScanRows"),
			trips(ReadTrip, methods("Association", "Find", "Count")...),
			trips(WriteTrip, methods("Association", "Append", "Replace", "Delete", "Clear")...),
		),
	}
}

// bunTrips describes bun: a query is gathered in a value of its own and sent
// by Exec, Scan and their like.
func bunTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/uptrace/bun", Module: "github.com/uptrace/bun", Version: "v1.3.0", Doc: "https://bun.uptrace.dev/guide/query-select.html",
		Handles: []string{"DB", "Conn", "Tx", "IDB", "IConn"},
		Fluent:  []string{"SelectQuery", "InsertQuery", "UpdateQuery", "DeleteQuery", "MergeQuery", "RawQuery"},
		Read:    "select them at once with Where(\"… IN (?)\", bun.In(…)), or load them with Relation", Write: "write them at once: NewInsert().Model(&slice), Bulk(), or Where(\"… IN (?)\", bun.In(…))",
		Calls: tripRows(
			trips(ExecTrip, methods("DB", "Exec", "ExecContext")...),
			trips(TextTrip, methods("DB", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
			trips(ExecTrip, "Conn.ExecContext", "IConn.ExecContext"),
			trips(TextTrip, "Conn.QueryContext", "Conn.QueryRowContext", "IConn.QueryContext", "IConn.QueryRowContext"),
			trips(ExecTrip, methods("Tx", "Exec", "ExecContext")...),
			trips(TextTrip, methods("Tx", "Query", "QueryContext", "QueryRow", "QueryRowContext")...),
			trips(ReadTrip, methods("SelectQuery", "Scan", "Exec", "Rows", "Count", "ScanAndCount", "Exists")...),
			trips(ReadTrip, "RawQuery.Scan"),
			trips(WriteTrip, "RawQuery.Exec", "InsertQuery.Exec", "InsertQuery.Scan", "UpdateQuery.Exec", "UpdateQuery.Scan", "DeleteQuery.Exec", "DeleteQuery.Scan", "MergeQuery.Exec", "MergeQuery.Scan"),
			trips(NoTrip, "DB.ScanRow", "DB.ScanRows"),
		),
	}
}

const (
	edgesInEnt = "query them at once with a predicate …In(…), or load them with With…() of the edge"
	rowsInEnt  = "write them at once with CreateBulk, or one Update or Delete with a predicate …In(…)"
)

// entTrips describes the ends of generated ent clients: an interceptor or hook
// chain whose last link, made by the client, sends the statement.
func entTrips() TripLibrary {
	return TripLibrary{
		Path: "entgo.io/ent", Module: "entgo.io/ent", Version: "v0.14.6", Doc: "https://entgo.io/docs/eager-load",
		Read: edgesInEnt, Write: rowsInEnt,
		Calls: tripRows(trips(ReadTrip, "Querier.Query"), trips(WriteTrip, "Mutator.Mutate")),
	}
}

// entGraphTrips describes what the clients send statements with.
func entGraphTrips() TripLibrary {
	return TripLibrary{
		Path: "entgo.io/ent/dialect/sql/sqlgraph", Module: "entgo.io/ent", Version: "v0.14.6", Doc: "https://entgo.io/docs/eager-load",
		Read: edgesInEnt, Write: rowsInEnt,
		Calls: tripRows(
			trips(WriteTrip, "CreateNode", "UpdateNode", "UpdateNodes", "DeleteNodes"),
			trips(BulkTrip, "BatchCreate"),
			trips(ReadTrip, "QueryNodes", "CountNodes", "QueryEdges"),
		),
	}
}

// entDialectTrips describes the driver below ent.
func entDialectTrips() TripLibrary {
	return TripLibrary{
		Path: "entgo.io/ent/dialect", Module: "entgo.io/ent", Version: "v0.14.6", Doc: "https://pkg.go.dev/entgo.io/ent/dialect#ExecQuerier",
		Handles: []string{"Driver", "Tx", "ExecQuerier"},
		Read:    edgesInEnt, Write: rowsInEnt,
		Calls: tripRows(trips(ExecTrip, "ExecQuerier.Exec"), trips(TextTrip, "ExecQuerier.Query")),
	}
}

var xormReads = []string{
	"Get", "Find", "FindAndCount", "Count", "Exist", "Iterate", "Rows", "Sum", "SumInt", "Sums", "SumsInt",
	"Query", "QueryString", "QueryInterface",
}

// xorm lists the rows of the given package, all of whose forks have the same
// calls.
func xorm(path, version string) TripLibrary {
	return TripLibrary{
		Path: path, Module: path, Version: version, Doc: "https://pkg.go.dev/" + path + "#Session",
		Handles: []string{"Engine", "EngineGroup", "Session", "Interface", "EngineInterface"}, Fluent: []string{"Session"}, Cursors: []string{"Rows"},
		Read: "find them at once with In(…)", Write: "write them at once: Insert of a slice, or one Update or Delete with In(…)",
		Calls: tripRows(
			trips(ReadTrip, methods("Session", xormReads...)...),
			trips(ReadTrip, methods("Engine", xormReads...)...),
			trips(ReadTrip, methods("Interface", xormReads...)...),
			trips(WriteTrip, methods("Session", "Insert", "InsertOne", "Update", "Delete")...),
			trips(WriteTrip, methods("Engine", "Insert", "InsertOne", "Update", "Delete")...),
			trips(WriteTrip, methods("Interface", "Insert", "InsertOne", "Update", "Delete")...),
			trips(ExecTrip, "Session.Exec", "Engine.Exec", "Interface.Exec"),
			trips(BulkTrip, "Session.InsertMulti"),
		),
	}
}

// xormTrips describes xorm: a session gathers conditions until one of these
// sends them.
func xormTrips() TripLibrary { return xorm("xorm.io/xorm", "v1.3.11") }

func xormForkTrips() TripLibrary { return xorm("github.com/xorm-io/xorm", "v1.1.6") }

// gorpTrips describes gorp, whose Insert, Update and Delete send one statement
// for each of their arguments.
func gorpTrips() TripLibrary {
	reads := []string{"Get", "Select", "SelectInt", "SelectNullInt", "SelectFloat", "SelectNullFloat", "SelectStr", "SelectNullStr", "SelectOne", "Query", "QueryRow"}
	shared := []string{"Get", "Select", "SelectInt", "SelectNullInt", "SelectFloat", "SelectNullFloat", "SelectStr", "SelectNullStr", "SelectOne", "Query", "QueryRow"}
	return TripLibrary{
		Path: "github.com/go-gorp/gorp/v3", Module: "github.com/go-gorp/gorp/v3", Version: "v3.1.0", Doc: "https://pkg.go.dev/github.com/go-gorp/gorp/v3",
		Handles: []string{"DbMap", "Transaction", "SqlExecutor"},
		Read:    anyInSQL, Write: rowsInSQL,
		Calls: tripRows(
			trips(ReadTrip, methods("DbMap", reads...)...),
			trips(ReadTrip, methods("Transaction", reads...)...),
			trips(ReadTrip, methods("SqlExecutor", shared...)...),
			trips(WriteTrip, methods("DbMap", "Insert", "Update", "UpdateColumns", "Delete")...),
			trips(WriteTrip, methods("Transaction", "Insert", "Update", "UpdateColumns", "Delete")...),
			trips(WriteTrip, methods("SqlExecutor", "Insert", "Update", "Delete")...),
			trips(ExecTrip, "DbMap.Exec", "Transaction.Exec", "SqlExecutor.Exec"),
		),
	}
}

// popTrips describes pop. Create takes a slice as well, and then sends one
// statement for each of its elements.
func popTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/gobuffalo/pop/v6", Module: "github.com/gobuffalo/pop/v6", Version: "v6.1.1", Doc: "https://gobuffalo.io/documentation/database/querying/",
		Handles: []string{"Connection"}, Fluent: []string{"Query", "Connection"},
		Read: "select them at once with Where(\"… IN (?)\", …), or load them with EagerPreload", Write: "write them at once with one RawQuery of many rows",
		Calls: tripRows(
			trips(ReadTrip, methods("Connection", "Find", "First", "Last", "All", "Load", "Count", "Reload")...),
			trips(ReadTrip, methods("Query", "Find", "First", "Last", "All", "Exists", "Count", "CountByField")...),
			trips(WriteTrip, methods("Connection", "Create", "Save", "Update", "UpdateColumns", "Destroy", "ValidateAndCreate", "ValidateAndSave", "ValidateAndUpdate")...),
			trips(WriteTrip, methods("Query", "Exec", "ExecWithCount", "Delete", "UpdateQuery")...),
		),
	}
}

// sqlboilerTrips describes what the code that sqlboiler generates ends in.
func sqlboilerTrips() TripLibrary {
	return TripLibrary{
		Path: "github.com/volatiletech/sqlboiler/v4/queries", Module: "github.com/volatiletech/sqlboiler/v4", Version: "v4.16.2",
		Doc:    "https://pkg.go.dev/github.com/volatiletech/sqlboiler/v4/queries#Query",
		Fluent: []string{"Query"},
		Read:   "query them at once with qm.WhereIn, or load them with qm.Load", Write: "write them at once: UpdateAll or DeleteAll of a query with qm.WhereIn, or one INSERT of many rows",
		Calls: tripRows(
			trips(ReadTrip, methods("Query", "Bind", "BindP", "BindG", "Query", "QueryContext", "QueryRow", "QueryRowContext", "QueryP")...),
			trips(WriteTrip, methods("Query", "Exec", "ExecContext", "ExecP")...),
		),
	}
}

func mongo(path, module, version string) TripLibrary {
	return TripLibrary{
		Path: path, Module: module, Version: version, Doc: "https://pkg.go.dev/" + path + "#Collection",
		Handles: []string{"Client", "Database", "Collection", "Session"}, Cursors: []string{"Cursor", "ChangeStream"},
		Read: "find them at once with $in, or join them with $lookup", Write: "write them at once with InsertMany, BulkWrite, or one UpdateMany or DeleteMany with $in",
		Calls: tripRows(
			trips(WriteTrip, methods("Collection", "InsertOne", "DeleteOne", "DeleteMany", "UpdateByID", "UpdateOne", "UpdateMany", "ReplaceOne", "FindOneAndDelete", "FindOneAndReplace", "FindOneAndUpdate")...),
			trips(ReadTrip, methods("Collection", "Aggregate", "CountDocuments", "Distinct", "Find", "FindOne")...),
			trips(ReadTrip, methods("Database", "Aggregate")...),
			trips(BulkTrip, methods("Collection", "BulkWrite", "InsertMany")...),
			trips(NoTrip, methods("Cursor", "Decode")...),
		),
	}
}

// mongoTrips describes the MongoDB driver v1.
func mongoTrips() TripLibrary {
	return mongo("go.mongodb.org/mongo-driver/mongo", "go.mongodb.org/mongo-driver", "v1.17.10")
}

// mongo2Trips describes its successor, which has the same calls.
func mongo2Trips() TripLibrary {
	return mongo("go.mongodb.org/mongo-driver/v2/mongo", "go.mongodb.org/mongo-driver/v2", "v2.5.0")
}

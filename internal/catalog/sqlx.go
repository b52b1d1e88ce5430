package catalog

// sqlxLibrary describes sqlx, whose handles embed those of database/sql: what
// is not listed here is promoted from there.
func sqlxLibrary() Library {
	return Library{
		Path: "github.com/jmoiron/sqlx", Module: "github.com/jmoiron/sqlx", Version: "v1.4.0",
		Doc: "https://pkg.go.dev/github.com/jmoiron/sqlx#Tx",
		Types: []Type{
			{Name: "DB", Role: Pool}, {Name: "Conn", Role: Conn}, {Name: "Tx", Role: Tx},
		},
		Results:             []string{"Rows", "Row", "Stmt", "NamedStmt"},
		DoneError:           "database/sql.ErrTxDone",
		RollbackAfterCommit: true,
		Calls: rows(
			[]Call{
				begin("DB.Beginx", 1, None, None),
				begin("DB.BeginTxx", 1, 0, 1),
				begin("DB.MustBegin", None, None, None),
				begin("DB.MustBeginTx", None, 0, 1),
				begin("Conn.BeginTxx", 1, 0, 1),
			},
			derive(None, methods("Tx", "Unsafe")...),
			statements(true, methods("DB", "MustExec", "MustExecContext", "NamedExec", "NamedExecContext")...),
			statements(false, methods("DB", "Get", "GetContext", "Select", "SelectContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext", "NamedQuery", "NamedQueryContext", "Preparex", "PreparexContext", "PrepareNamed", "PrepareNamedContext")...),
			statements(false, methods("Conn", "GetContext", "SelectContext", "QueryxContext", "QueryRowxContext", "PreparexContext")...),
			statements(true, methods("Tx", "MustExec", "MustExecContext", "NamedExec", "NamedExecContext")...),
			statements(false, methods("Tx", "Get", "GetContext", "Select", "SelectContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext", "NamedQuery", "Preparex", "PreparexContext", "PrepareNamed", "PrepareNamedContext", "Stmtx", "StmtxContext", "NamedStmt", "NamedStmtContext")...),
			statements(true, methods("Stmt", "MustExec", "MustExecContext")...),
			statements(false, methods("Stmt", "Get", "GetContext", "Select", "SelectContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext")...),
			statements(true, methods("NamedStmt", "Exec", "ExecContext", "MustExec", "MustExecContext")...),
			statements(false, methods("NamedStmt", "Get", "GetContext", "Select", "SelectContext", "Query", "QueryContext", "QueryRow", "QueryRowContext", "Queryx", "QueryxContext", "QueryRowx", "QueryRowxContext")...),
			fetches("Rows.StructScan", "Rows.SliceScan", "Rows.MapScan", "Row.Scan", "Row.StructScan", "Row.SliceScan", "Row.MapScan"),
			statements(true, "MustExec", "MustExecContext", "NamedExec", "NamedExecContext"),
			statements(false, "Get", "GetContext", "Select", "SelectContext", "NamedQuery", "NamedQueryContext", "Preparex", "PreparexContext"),
		),
	}
}

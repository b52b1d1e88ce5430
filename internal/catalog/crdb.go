package catalog

// crdbLibraries describes the retry loops of CockroachDB's client, one package
// for each library of handles: they begin, call back, maybe several times in one
// transaction, and finish.
func crdbLibraries() []Library {
	at := func(path string) Library {
		return Library{
			Path: "github.com/cockroachdb/cockroach-go/v2/crdb" + path, Module: "github.com/cockroachdb/cockroach-go/v2", Version: "v2.4.2",
			Doc:   "https://pkg.go.dev/github.com/cockroachdb/cockroach-go/v2/crdb#ExecuteTx",
			Calls: []Call{managed("ExecuteTx", 3, 2, 0)},
		}
	}
	return []Library{at(""), at("/crdbsqlx"), at("/crdbgorm"), at("/crdbpgx"), at("/crdbpgxv5")}
}

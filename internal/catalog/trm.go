package catalog

// trmLibraries describe go-transaction-manager, whose managers begin, call back
// with a context that carries the transaction, and finish. Drivers hand out of
// that context what sends statements and has no end; the transaction itself
// comes out of it by a manager of contexts, and its comment leaves its end to
// the manager. Init has no row: what it returns is no handle but a function
// that ends what it began or joined.
func trmLibraries() []Library {
	const module, version = "github.com/avito-tech/go-transaction-manager/trm/v2", "v2.0.2"
	at := func(path string, l Library) Library {
		l.Path, l.Module, l.Version = module+path, module, version
		l.Doc = "https://pkg.go.dev/" + module + path + "#Manager"
		return l
	}
	runs := []Call{managed("Manager.Do", 1, None, 0), managed("Manager.DoWithSettings", 2, None, 0)}
	return []Library{
		at("", Library{
			Types: []Type{{Name: "Transaction", Role: Tx}},
			Calls: rows(
				runs,
				[]Call{finish(Commit, "Transaction.Commit", 0), finish(Rollback, "Transaction.Rollback", 0)},
				derive(None, "Transaction.Transaction"), derive(0, methods("CtxManager", "Default", "ByKey")...),
			),
		}),
		at("/manager", Library{Calls: runs}),
		at("/context", Library{Calls: derive(0, methods("Manager", "Default", "ByKey")...)}),
	}
}

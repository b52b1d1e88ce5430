package catalog

import (
	"slices"
	"strings"
)

// An Edition is a library as another module has it: an earlier major version, or
// the same version under another path. Its calls are those of the library but
// for what stands here.
type Edition struct {
	// Of is the module whose rows hold here too.
	Of string
	// Module and Version are what this was checked against.
	Module, Version string
	// Lacks names the calls and types with rows that the edition has not, and the
	// method Next of what is no cursor here.
	Lacks []string
	// Instead are the calls that are other ones here, or that are only here, and
	// Sends what these send.
	Instead []Call
	Sends   []TripCall
}

// Editions lists the editions of libraries that are still in use, in a fixed
// order.
func Editions() []Edition {
	const badger, gorp = "github.com/dgraph-io/badger/v4", "github.com/go-gorp/gorp/v3"
	return []Edition{
		// Up to v3, a commit of a transaction that has written nothing does not even
		// discard: who relies on that alone goes unseen.
		{Of: badger, Module: "github.com/dgraph-io/badger/v3", Version: "v3.2103.5"},
		{Of: badger, Module: "github.com/dgraph-io/badger/v2", Version: "v2.2007.4"},
		{Of: badger, Module: "github.com/dgraph-io/badger", Version: "v1.6.2"},
		{Of: gorp, Module: "github.com/go-gorp/gorp", Version: "v2.2.0+incompatible"},
		{Of: gorp, Module: "gopkg.in/gorp.v2", Version: "v2.2.0"},
		{
			Of: gorp, Module: "gopkg.in/gorp.v1", Version: "v1.7.2",
			Lacks: slices.Concat(
				methods("DbMap", "WithContext", "UpdateColumns", "Query", "QueryRow"),
				methods("Transaction", "WithContext", "UpdateColumns", "Query", "QueryRow"),
				methods("SqlExecutor", "WithContext", "Query", "QueryRow"),
			),
		},
		{
			Of: "github.com/gobuffalo/pop/v6", Module: "github.com/gobuffalo/pop/v5", Version: "v5.3.4",
			Lacks: []string{"Connection.NewTransactionContext", "Connection.NewTransactionContextOptions", "Query.Delete", "Query.UpdateQuery"},
		},
		{
			Of: "github.com/gocraft/dbr/v2", Module: "github.com/gocraft/dbr", Version: "v0.0.0-20190714181702-8114670a83bd",
			Lacks: methods("SelectStmt", "Iterate", "IterateContext", "ReturnInt64Context", "ReturnInt64sContext", "ReturnUint64Context",
				"ReturnUint64sContext", "ReturnStringContext", "ReturnStringsContext"),
		},
		{
			Of: "github.com/doug-martin/goqu/v9", Module: "github.com/doug-martin/goqu/v8", Version: "v8.6.0",
			Lacks: []string{"QueryExecutor.Scanner", "QueryExecutor.ScannerContext", "Scanner.Next"},
		},
		goPG9(),
	}
}

// goPG9 is go-pg before its managed transactions took a context. Its handles
// also write and read models by themselves.
func goPG9() Edition {
	return Edition{
		Of: "github.com/go-pg/pg/v10", Module: "github.com/go-pg/pg/v9", Version: "v9.2.1",
		Lacks: append([]string{"DBI", "baseDB.BeginContext", "baseDB.Ping"}, methods("Tx", "CommitContext", "RollbackContext", "CloseContext")...),
		Instead: rows(
			[]Call{managed("baseDB.RunInTransaction", 0, None, 0)},
			statements(true, methods("Tx", "Insert", "Update", "Delete", "ForceDelete", "CreateTable", "DropTable")...),
			statements(false, "Tx.Select"),
		),
		Sends: tripRows(
			trips(WriteTrip, methods("baseDB", "Insert", "Update", "Delete", "ForceDelete")...), trips(ReadTrip, "baseDB.Select"),
			trips(WriteTrip, methods("Tx", "Insert", "Update", "Delete", "ForceDelete")...), trips(ReadTrip, "Tx.Select"),
		),
	}
}

// moved writes what begins with the path of the one module with that of the
// other.
func (e Edition) moved(text string) string { return strings.ReplaceAll(text, e.Of, e.Module) }

// has reports whether the edition has what a row names: a type, a function, or
// a method of a type.
func (e Edition) has(name string) bool {
	typ, _, _ := strings.Cut(name, ".")
	return !slices.Contains(e.Lacks, name) && !slices.Contains(e.Lacks, typ)
}

// only returns those that the edition has of the rows, by their names.
func only[T any](e Edition, all []T, name func(T) string) []T {
	var out []T
	for _, v := range all {
		if e.has(name(v)) {
			out = append(out, v)
		}
	}
	return out
}

func itself(name string) string { return name }

// library returns the rows of the edition.
func (e Edition) library(l Library) Library {
	l.Rows = l.Path
	l.Path, l.Doc, l.DoneError = e.moved(l.Path), e.moved(l.Doc), e.moved(l.DoneError)
	l.Module, l.Version = e.Module, e.Version
	l.Types = only(e, l.Types, func(t Type) string { return t.Name })
	l.Results = only(e, l.Results, itself)
	l.Calls = only(e, l.Calls, func(c Call) string { return c.Func })
	if l.Path == e.Module {
		l.Calls = replaced(l.Calls, e.Instead, func(c Call) string { return c.Func })
	}
	return l
}

// trips returns what the calls of the edition send.
func (e Edition) trips(l TripLibrary) TripLibrary {
	l.Path, l.Doc = e.moved(l.Path), e.moved(l.Doc)
	l.Module, l.Version = e.Module, e.Version
	l.Handles, l.Fluent = only(e, l.Handles, itself), only(e, l.Fluent, itself)
	l.Cursors = only(e, l.Cursors, func(cursor string) string { return cursor + ".Next" })
	l.Calls = only(e, l.Calls, func(c TripCall) string { return c.Func })
	if l.Path == e.Module {
		l.Calls = replaced(l.Calls, e.Sends, func(c TripCall) string { return c.Func })
	}
	return l
}

// replaced returns the rows with others in the place of those of their names,
// and those of new names behind them.
func replaced[T any](all, instead []T, name func(T) string) []T {
	out := slices.Clone(all)
	for _, r := range instead {
		if i := slices.IndexFunc(out, func(v T) bool { return name(v) == name(r) }); i >= 0 {
			out[i] = r
		} else {
			out = append(out, r)
		}
	}
	return out
}

// withEditions returns the libraries and behind them their editions.
func withEditions[L any](all []L, module func(L) string, as func(Edition, L) L) []L {
	out := slices.Clone(all)
	for _, e := range Editions() {
		for _, l := range all {
			if module(l) == e.Of {
				out = append(out, as(e, l))
			}
		}
	}
	return out
}

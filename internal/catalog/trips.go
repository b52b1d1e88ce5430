package catalog

import (
	"go/types"
	"slices"
	"sync"
)

// A Trip says what a call means for the number of statements that are sent.
type Trip uint8

const (
	// NoTrip sends nothing by itself: it builds, buffers, or reads an answer.
	NoTrip Trip = iota
	// ReadTrip sends a statement that reads.
	ReadTrip
	// WriteTrip sends a statement that changes rows.
	WriteTrip
	// TextTrip sends the statement that its text says; it reads where that is
	// not known.
	TextTrip
	// ExecTrip sends the statement that its text says; it writes where that is
	// not known.
	ExecTrip
	// BulkTrip sends many rows or statements at once.
	BulkTrip
)

// A TripCall is one row: what a function or method sends.
type TripCall struct {
	Func string
	Does Trip
	// Instead is what to do instead of such a call for each element, "" where
	// what the library says counts.
	Instead string
}

// A TripLibrary says which calls of a package send statements.
type TripLibrary struct {
	Path, Module, Version string
	// Doc is the address of the documentation that the rows rest on.
	Doc string
	// Handles are the types through which statements are sent. Which handle
	// is used says nothing about what a statement asks for.
	Handles []string
	// Fluent are the types that gather a statement call by call: what a method
	// was given is in the value that it returns.
	Fluent []string
	// Cursors are the types that step through an answer; they have a method
	// Next.
	Cursors []string
	// Read and Write name the library's ways to ask for, or change, many rows
	// at once.
	Read, Write string
	Calls       []TripCall
}

// TripLibraries lists every package whose statements are known, in a fixed
// order.
func TripLibraries() []TripLibrary {
	return withEditions(slices.Concat([]TripLibrary{
		sqlTrips(), sqlxTrips(), pgxTrips("v5", "v5.12.0"), pgxpoolTrips("v5", "v5.12.0"), pgx4Trips(), pgxpool4Trips(),
		gormTrips(), gorm1Trips(), bunTrips(), entTrips(), entGraphTrips(), entDialectTrips(), mongoTrips(), mongo2Trips(), spannerTrips(),
		xormTrips(), xormForkTrips(), gorpTrips(), popTrips(), sqlboilerTrips(),
		goPGTrips(), goPGQueryTrips(), dbxTrips(), dbrTrips(), goquTrips(), goquExecTrips(), squirrelTrips(), neo4jTrips(),
	}, bobTrips(), scanTrips()), func(l TripLibrary) string { return l.Module }, Edition.trips)
}

// A TripRow is a [TripCall] together with the library it belongs to.
type TripRow struct {
	*TripLibrary
	*TripCall
}

type tripIndex struct {
	libs    map[string]*TripLibrary
	calls   map[string]TripRow
	handles map[string]bool
	fluent  map[string]bool
	cursors map[string]bool
}

var tripLookup = sync.OnceValue(func() tripIndex { return indexedTrips(TripLibraries()) })

// indexedTrips puts the rows in order.
func indexedTrips(libs []TripLibrary) tripIndex {
	ix := tripIndex{map[string]*TripLibrary{}, map[string]TripRow{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for i := range libs {
		l := &libs[i]
		ix.libs[l.Path] = l
		for j := range l.Calls {
			ix.calls[l.Path+"."+l.Calls[j].Func] = TripRow{l, &l.Calls[j]}
		}
		for _, kind := range []struct {
			names []string
			set   map[string]bool
		}{{l.Handles, ix.handles}, {l.Fluent, ix.fluent}, {l.Cursors, ix.cursors}} {
			for _, name := range kind.names {
				kind.set[l.Path+"."+name] = true
			}
		}
	}
	return ix
}

// FindTrip returns what the catalog knows of the statements that fn sends.
func FindTrip(fn *types.Func) (TripRow, bool) {
	if fn == nil || fn.Pkg() == nil {
		return TripRow{}, false
	}
	path := unvendored(fn.Pkg().Path())
	if tripLookup().libs[path] == nil {
		return TripRow{}, false
	}
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		tn := typeName(recv.Type())
		if tn == nil {
			return TripRow{}, false
		}
		name = tn.Name() + "." + name
	}
	row, ok := tripLookup().calls[path+"."+name]
	return row, ok
}

// TripLibraryOf returns what is known of the statements of the package with
// the given path, nil if nothing is.
func TripLibraryOf(path string) *TripLibrary { return tripLookup().libs[unvendored(path)] }

// IsHandle reports whether statements are sent through values of type t.
func IsHandle(t types.Type) bool {
	if _, _, ok := Handle(t); ok {
		return true
	}
	return isOne(t, tripLookup().handles)
}

// IsFluent reports whether values of type t gather a statement.
func IsFluent(t types.Type) bool { return isOne(t, tripLookup().fluent) }

// IsCursor reports whether a value of type t steps through an answer.
func IsCursor(t types.Type) bool { return isOne(t, tripLookup().cursors) }

func isOne(t types.Type, set map[string]bool) bool {
	tn := typeName(t)
	return tn != nil && tn.Pkg() != nil && set[unvendored(tn.Pkg().Path())+"."+tn.Name()]
}

func trips(does Trip, fns ...string) []TripCall {
	out := make([]TripCall, len(fns))
	for i, fn := range fns {
		out[i] = TripCall{Func: fn, Does: does}
	}
	return out
}

func tripRows(groups ...[]TripCall) []TripCall {
	var out []TripCall
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

package catalog

import (
	"go/types"
	"testing"
)

// BenchmarkLookups measures what one call costs that is looked up in all that is
// known: one that has a row, and one of a package without any.
func BenchmarkLookups(b *testing.B) {
	known, none := types.NewPackage("database/sql", "sql"), types.NewPackage("example.com/app/store", "store")
	call := func(pkg *types.Package, typ, name string) *types.Func {
		named := types.NewNamed(types.NewTypeName(0, pkg, typ, nil), types.NewStruct(nil, nil), nil)
		recv := types.NewVar(0, pkg, "", types.NewPointer(named))
		return types.NewFunc(0, pkg, name, types.NewSignatureType(recv, nil, nil, nil, nil, false))
	}
	for _, c := range []struct {
		name string
		fn   *types.Func
	}{{"known", call(known, "DB", "BeginTx")}, {"unknown", call(none, "Orders", "Begin")}} {
		b.Run(c.name, func(b *testing.B) {
			var rows *Catalog
			for b.Loop() {
				rows.Find(c.fn)
				rows.FindTrip(c.fn)
				rows.Handle(c.fn.Signature().Recv().Type())
			}
		})
	}
}

// BenchmarkIndex measures what it costs once to put all rows in order.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		indexed(Libraries())
		indexedTrips(TripLibraries())
	}
}

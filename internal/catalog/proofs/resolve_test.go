package proofs

import (
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog"
)

// The version that a row states is the version that it was proved against.
func TestVersionsAreThoseRequired(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l loaded) {
		if l.Module == "" {
			assert.Empty(t, l.Version, "the standard library has no version of its own")
			assert.Empty(t, l.version)
			return
		}
		assert.Equal(t, l.version, l.Module+"@"+l.Version)
	})
}

// A package with rows is a database library also to those who only ask that.
func TestLibrariesAreRecognised(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l loaded) {
		assert.True(t, catalog.IsLibrary(l.Path), "not among the libraries that IsLibrary knows")
		assert.True(t, catalog.Reaches(l.pkg, nil))
		assert.NotEmpty(t, l.Doc)
	})
}

func TestTypesExist(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l loaded) {
		for _, typ := range l.Types {
			tn, ok := l.pkg.Scope().Lookup(typ.Name).(*types.TypeName)
			if !assert.True(t, ok, "no type %s", typ.Name) {
				continue
			}
			lib, found, ok := catalog.Handle(types.NewPointer(tn.Type()))
			if assert.True(t, ok, "Handle does not know %s", typ.Name) {
				assert.Equal(t, typ, *found)
				assert.Equal(t, l.Path, lib.Path)
			}
			if typ.ErrField != "" {
				assert.True(t, hasErrorField(tn.Type(), typ.ErrField), "%s has no field %s of type error", typ.Name, typ.ErrField)
			}
			if typ.Chains {
				assert.NotEmpty(t, chained(tn), "no method of %s returns it", typ.Name)
			}
		}
	})
}

func hasErrorField(t types.Type, name string) bool {
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range st.Fields() {
		if f.Name() == name {
			return isError(f.Type())
		}
	}
	return false
}

// chained returns the methods of a type that hand the type out again.
func chained(tn *types.TypeName) []string {
	var out []string
	for fn := range methodsOf(tn) {
		if catalog.Hands(fn) {
			out = append(out, fn.Name())
		}
	}
	return out
}

// Find gets the function as the type checker has it and must answer with the
// row that was written for it.
func TestFindReturnsTheRow(t *testing.T) {
	t.Parallel()
	eachCall(t, func(t *testing.T, l loaded, c catalog.Call, fn *types.Func) {
		row, ok := catalog.Find(fn)
		require.True(t, ok)
		assert.Equal(t, c, *row.Call)
		assert.Equal(t, l.Path, row.Path)
	})
}

// No name has two rows: the later would hide the earlier.
func TestRowsAreDistinct(t *testing.T) {
	t.Parallel()
	for _, l := range catalog.Libraries() {
		seen := map[string]bool{}
		for _, c := range l.Calls {
			assert.False(t, seen[c.Func], "%s.%s has two rows", l.Path, c.Func)
			seen[c.Func] = true
		}
	}
}

// Methods that a handle has by embedding another are found by the row of the
// type that declares them.
func TestFindReturnsTheRowOfPromotedMethods(t *testing.T) {
	t.Parallel()
	libs, err := libraries()
	require.NoError(t, err)
	for _, p := range []struct{ path, typ, method, owner, row string }{
		{"github.com/jmoiron/sqlx", "Tx", "Commit", "database/sql", "Tx.Commit"},
		{"github.com/jmoiron/sqlx", "Tx", "Rollback", "database/sql", "Tx.Rollback"},
		{"github.com/jmoiron/sqlx", "DB", "BeginTx", "database/sql", "DB.BeginTx"},
		{"github.com/jmoiron/sqlx", "Conn", "BeginTx", "database/sql", "Conn.BeginTx"},
		{"github.com/uptrace/bun", "Tx", "Prepare", "database/sql", "Tx.Prepare"},
		{"github.com/uptrace/bun", "IDB", "ExecContext", "github.com/uptrace/bun", "IConn.ExecContext"},
		{"go.mongodb.org/mongo-driver/mongo", "SessionContext", "EndSession", "go.mongodb.org/mongo-driver/mongo", "Session.EndSession"},
		{"cloud.google.com/go/spanner", "BatchReadOnlyTransaction", "ReadRow", "cloud.google.com/go/spanner", "txReadOnly.ReadRow"},
		{"cloud.google.com/go/spanner", "ReadWriteStmtBasedTransaction", "Update", "cloud.google.com/go/spanner", "ReadWriteTransaction.Update"},
	} {
		t.Run(p.path+"."+p.typ+"."+p.method, func(t *testing.T) {
			t.Parallel()
			var fn *types.Func
			for _, l := range libs {
				if l.Path == p.path {
					obj, _, _ := types.LookupFieldOrMethod(l.pkg.Scope().Lookup(p.typ).Type(), true, l.pkg, p.method)
					fn, _ = obj.(*types.Func)
				}
			}
			require.NotNil(t, fn)
			row, ok := catalog.Find(fn)
			require.True(t, ok)
			assert.Equal(t, p.owner, row.Path)
			assert.Equal(t, p.row, row.Func)
		})
	}
}

// A method of a chaining handle that has no row of its own derives.
func TestFindDerivesFromChains(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l loaded) {
		for _, typ := range l.Types {
			if !typ.Chains {
				continue
			}
			tn := l.pkg.Scope().Lookup(typ.Name).(*types.TypeName)
			for fn := range methodsOf(tn) {
				if row, ok := catalog.Find(fn); ok && catalog.Hands(fn) && !isRow(row) {
					assert.Equal(t, catalog.Derive, row.Does, fn.Name())
					assert.Equal(t, l.Path, row.Path)
				}
			}
		}
	})
}

// Every index of a row points at a parameter or a result of the right kind,
// and a kind that is there is not left out of the row.
func TestIndicesFit(t *testing.T) {
	t.Parallel()
	eachCall(t, func(t *testing.T, l loaded, c catalog.Call, fn *types.Func) {
		sig := fn.Signature()
		checkHandles(t, c, sig)
		if c.Does != catalog.Statement && c.Does != catalog.Fetch {
			checkError(t, c, sig)
		}
		if c.Ctx != catalog.None {
			assert.True(t, isContext(at(sig.Params(), c.Ctx)), "Ctx")
		}
		checkOptions(t, c, fn)
		if c.Write != catalog.None {
			assert.Equal(t, catalog.Begin, c.Does, "Write")
			assert.Equal(t, types.Typ[types.Bool], at(sig.Params(), c.Write), "Write")
		}
		if c.Does == catalog.Managed {
			checkCallback(t, c, sig)
		} else {
			assert.Equal(t, catalog.None, c.Callback, "Callback")
		}
		assert.False(t, c.Writes && c.Does != catalog.Statement, "only a statement writes")
	})
}

// checkHandles looks at the handle that is handed out and the one it comes from.
func checkHandles(t *testing.T, c catalog.Call, sig *types.Signature) {
	t.Helper()
	switch c.Does {
	case catalog.Begin:
		assert.True(t, isTx(at(sig.Results(), c.Result)), "Result of a begin is no transaction")
	case catalog.Derive:
		result := orAny(at(sig.Results(), c.Result))
		_, _, ok := catalog.Handle(result)
		empty, isInterface := result.Underlying().(*types.Interface)
		assert.True(t, ok || isInterface && empty.Empty(), "Result of a derivation is no handle, nor whatever one is inside")
	case catalog.Commit, catalog.Rollback:
		require.NotNil(t, sig.Recv())
		assert.True(t, isTx(sig.Recv().Type()), "a finisher belongs to no transaction")
	case catalog.Release:
		require.NotNil(t, sig.Recv())
		_, typ, ok := catalog.Handle(sig.Recv().Type())
		assert.True(t, ok && typ.Role == catalog.Conn, "Release gives back no connection")
	}
	if c.From != catalog.None {
		assert.Equal(t, catalog.Derive, c.Does)
		_, _, ok := catalog.Handle(orAny(at(sig.Params(), c.From)))
		assert.True(t, ok || isContext(at(sig.Params(), c.From)), "From is no handle, nor a context that carries one")
	} else if c.Does == catalog.Derive {
		assert.NotNil(t, sig.Recv(), "derives from nothing")
	}
}

func checkError(t *testing.T, c catalog.Call, sig *types.Signature) {
	t.Helper()
	want := catalog.None
	for i := range sig.Results().Len() {
		if isError(sig.Results().At(i).Type()) {
			want = i
		}
	}
	assert.Equal(t, want, c.Err, "Err")
}

// checkOptions wants the options where there are any. A begin on a transaction
// only sets a savepoint, which no options make read-only.
func checkOptions(t *testing.T, c catalog.Call, fn *types.Func) {
	t.Helper()
	want := catalog.None
	sig := fn.Signature()
	for i := range sig.Params().Len() {
		if named(sig.Params().At(i).Type()) == "TxOptions" {
			want = i
		}
	}
	if recv := sig.Recv(); recv != nil {
		if _, typ, ok := catalog.Handle(recv.Type()); ok && typ.Role == catalog.Tx {
			want = catalog.None
		}
	}
	assert.Equal(t, want, c.Options, "Options")
}

func checkCallback(t *testing.T, c catalog.Call, sig *types.Signature) {
	t.Helper()
	v := at(sig.Params(), c.Callback)
	require.NotNil(t, v, "Callback")
	callback, ok := v.Underlying().(*types.Signature)
	require.True(t, ok, "Callback is no function")
	handles, contexts := 0, 0
	for p := range callback.Params().Variables() {
		switch {
		case isTx(p.Type()):
			handles++
		case isContext(p.Type()):
			contexts++
		}
	}
	assert.True(t, handles == 1 || handles == 0 && contexts == 1, "the callback gets one transaction, or a context that carries it")
}

// at returns the type at the index, nil if there is none.
func at(tuple *types.Tuple, i int) types.Type {
	if i < 0 || i >= tuple.Len() {
		return nil
	}
	return tuple.At(i).Type()
}

func orAny(t types.Type) types.Type {
	if t == nil {
		return types.Universe.Lookup("any").Type()
	}
	return t
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isContext(t types.Type) bool { return t != nil && t.String() == "context.Context" }

// isTx reports whether t is a handle that can be a transaction.
func isTx(t types.Type) bool {
	_, typ, ok := catalog.Handle(orAny(t))
	return ok && (typ.Role == catalog.Tx || typ.Role == catalog.Either)
}

// named returns the name of a type, of what it points to or holds.
func named(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Pointer:
		return named(t.Elem())
	case *types.Slice:
		return named(t.Elem())
	case *types.Named:
		return t.Obj().Name()
	}
	return ""
}

// isRow reports whether what Find returned for a method is written down, not
// concluded from the shape of its type.
func isRow(row catalog.Row) bool { return strings.Contains(row.Func, ".") }

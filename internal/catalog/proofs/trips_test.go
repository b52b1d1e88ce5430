package proofs

import (
	"fmt"
	"go/types"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/catalog"
)

// A sender is what the catalog says of the statements of a package, beside the
// package.
type sender struct {
	catalog.TripLibrary
	loaded
}

// senders loads the packages whose statements are known, from export data,
// once.
var senders = sync.OnceValues(func() ([]sender, error) {
	libs := catalog.TripLibraries()
	paths := make([]string, len(libs))
	for i, l := range libs {
		paths[i] = l.Path
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedModule}, paths...)
	if err != nil {
		return nil, err
	}
	byPath := map[string]*packages.Package{}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("%s: %v", p.PkgPath, p.Errors)
		}
		byPath[p.PkgPath] = p
	}
	out := make([]sender, len(libs))
	for i, l := range libs {
		p := byPath[l.Path]
		if p == nil {
			return nil, fmt.Errorf("%s was not loaded", l.Path)
		}
		out[i] = sender{l, loaded{Library: catalog.Library{Path: l.Path}, pkg: p.Types}}
		if p.Module != nil {
			out[i].version = p.Module.Path + "@" + p.Module.Version
		}
	}
	return out, nil
})

func eachSender(t *testing.T, test func(t *testing.T, l sender)) {
	t.Helper()
	all, err := senders()
	require.NoError(t, err)
	for _, l := range all {
		t.Run(l.TripLibrary.Path, func(t *testing.T) {
			t.Parallel()
			test(t, l)
		})
	}
}

func TestStatementsAreThoseOfTheVersion(t *testing.T) {
	t.Parallel()
	eachSender(t, func(t *testing.T, l sender) {
		if l.TripLibrary.Module == "" {
			assert.Empty(t, l.version)
		} else {
			assert.Equal(t, l.version, l.TripLibrary.Module+"@"+l.TripLibrary.Version)
		}
		assert.NotEmpty(t, l.TripLibrary.Doc)
		assert.NotEmpty(t, l.Read, "a finding must name a way out")
		assert.NotEmpty(t, l.Write, "a finding must name a way out")
		assert.True(t, catalog.IsLibrary(l.TripLibrary.Path), "not among the libraries that IsLibrary knows")
	})
}

// Every row is a function or method that the library has, FindTrip answers for
// it with this row, and it is one that can send: it takes or returns something.
func TestStatementsResolve(t *testing.T) {
	t.Parallel()
	eachSender(t, func(t *testing.T, l sender) {
		seen := map[string]bool{}
		for _, c := range l.TripLibrary.Calls {
			assert.False(t, seen[c.Func], "%s has two rows", c.Func)
			seen[c.Func] = true
			fn, err := l.lookup(c.Func)
			if !assert.NoError(t, err) {
				continue
			}
			row, ok := catalog.FindTrip(fn)
			if assert.True(t, ok, c.Func) {
				assert.Equal(t, c, *row.TripCall)
				assert.Equal(t, l.TripLibrary.Path, row.Path)
			}
			sig := fn.Signature()
			assert.NotZero(t, sig.Params().Len()+sig.Results().Len(), "%s neither takes nor returns anything", c.Func)
		}
	})
}

// What is said to run the text that it is given takes a text.
func TestTextsAreTaken(t *testing.T) {
	t.Parallel()
	eachSender(t, func(t *testing.T, l sender) {
		for _, c := range l.TripLibrary.Calls {
			if c.Does != catalog.TextTrip && c.Does != catalog.ExecTrip {
				continue
			}
			fn, err := l.lookup(c.Func)
			require.NoError(t, err)
			assert.True(t, takesText(fn.Signature()), "%s takes no text", c.Func)
		}
	})
}

func takesText(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		if b, ok := v.Type().Underlying().(*types.Basic); ok && b.Kind() == types.String {
			return true
		}
		if v.Name() == "sqlOrArgs" {
			return true
		}
	}
	return false
}

// Handles, what gathers a statement and what steps through an answer are types
// of the package, and a cursor has a method Next.
func TestTypesOfStatementsExist(t *testing.T) {
	t.Parallel()
	eachSender(t, func(t *testing.T, l sender) {
		find := func(name string) types.Type {
			tn, ok := l.pkg.Scope().Lookup(name).(*types.TypeName)
			if !assert.True(t, ok, "no type %s", name) {
				return types.Typ[types.Invalid]
			}
			return types.NewPointer(tn.Type())
		}
		for _, name := range l.Handles {
			assert.True(t, catalog.IsHandle(find(name)), name)
		}
		for _, name := range l.Fluent {
			assert.True(t, catalog.IsFluent(find(name)), name)
		}
		for _, name := range l.Cursors {
			typ := find(name)
			assert.True(t, catalog.IsCursor(typ), name)
			next, _, _ := types.LookupFieldOrMethod(typ.(*types.Pointer).Elem(), true, l.pkg, "Next")
			assert.IsType(t, &types.Func{}, next, name)
		}
	})
}

// sendsNothing are the methods of handles and of what gathers statements that
// have no row although their name says that they do something, with the reason.
var sendsNothing = map[string]string{
	"database/sql.Stmt.Close": "the statement itself, once",
}

// Whatever runs, reads or writes in the name of its method has a row, on every
// handle of database/sql, sqlx, pgx, gorm and bun, which are used most.
func TestNothingThatSendsIsForgotten(t *testing.T) {
	t.Parallel()
	verbs := []string{"Exec", "Query", "NamedExec", "NamedQuery", "MustExec", "Get", "Select"}
	eachSender(t, func(t *testing.T, l sender) {
		switch l.TripLibrary.Path {
		case "database/sql", "github.com/jmoiron/sqlx", "github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/pgxpool":
		default:
			t.Skip("its builders have names of the same kind")
		}
		for _, typ := range l.Handles {
			for fn := range methodsOf(l.pkg.Scope().Lookup(typ).(*types.TypeName)) {
				if receiver(fn) != typ || !starts(fn.Name(), verbs) || sendsNothing[l.TripLibrary.Path+"."+typ+"."+fn.Name()] != "" {
					continue
				}
				_, ok := catalog.FindTrip(fn)
				assert.True(t, ok, "%s.%s has no row", typ, fn.Name())
			}
		}
	})
}

func starts(name string, verbs []string) bool {
	for _, v := range verbs {
		if strings.HasPrefix(name, v) {
			return true
		}
	}
	return false
}

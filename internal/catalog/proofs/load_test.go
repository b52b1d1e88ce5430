package proofs

import (
	"fmt"
	"go/types"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/catalog"
)

// A loaded library is a row of the catalog beside the package that it speaks of.
type loaded struct {
	catalog.Library
	pkg     *types.Package
	version string
}

// libraries loads the packages of all libraries, from export data, once.
var libraries = sync.OnceValues(func() ([]loaded, error) {
	libs := catalog.Libraries()
	paths := make([]string, len(libs))
	for i, l := range libs {
		paths[i] = l.Path
	}
	cfg := &packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedModule}
	pkgs, err := packages.Load(cfg, paths...)
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
	out := make([]loaded, len(libs))
	for i, l := range libs {
		p := byPath[l.Path]
		if p == nil {
			return nil, fmt.Errorf("%s was not loaded", l.Path)
		}
		out[i] = loaded{Library: l, pkg: p.Types}
		if p.Module != nil {
			out[i].version = p.Module.Path + "@" + p.Module.Version
		}
	}
	return out, nil
})

// original returns the path of the package for which the rows of the library were
// written: its own, or that of another edition.
func original(l catalog.Library) string {
	if l.Rows != "" {
		return l.Rows
	}
	return l.Path
}

// eachLibrary runs a subtest for every library of the catalog.
func eachLibrary(t *testing.T, test func(t *testing.T, l loaded)) {
	t.Helper()
	libs, err := libraries()
	require.NoError(t, err)
	for _, l := range libs {
		t.Run(l.Path, func(t *testing.T) {
			t.Parallel()
			test(t, l)
		})
	}
}

// eachCall runs a subtest for every row of every library.
func eachCall(t *testing.T, test func(t *testing.T, l loaded, c catalog.Call, fn *types.Func)) {
	t.Helper()
	eachLibrary(t, func(t *testing.T, l loaded) {
		for _, c := range l.Calls {
			t.Run(c.Func, func(t *testing.T) {
				fn, err := l.lookup(c.Func)
				require.NoError(t, err)
				test(t, l, c, fn)
			})
		}
	})
}

// lookup resolves the name of a row, "Open" or "DB.Begin".
func (l loaded) lookup(name string) (*types.Func, error) {
	typ, method, ok := strings.Cut(name, ".")
	if !ok {
		fn, ok := l.pkg.Scope().Lookup(name).(*types.Func)
		if !ok {
			return nil, fmt.Errorf("%s has no function %s", l.Path, name)
		}
		return fn, nil
	}
	if fn := l.method(typ, method); fn != nil {
		return fn, nil
	}
	return nil, fmt.Errorf("no type of %s has a method %s of %s", l.Path, method, typ)
}

// method finds a method that the named type declares itself. A type that is
// not exported is no object of a package that was loaded from export data: it
// is found through the types that embed it.
func (l loaded) method(typ, name string) *types.Func {
	if fn := declared(l.pkg.Scope().Lookup(typ), typ, name); fn != nil {
		return fn
	}
	for _, other := range l.pkg.Scope().Names() {
		if fn := declared(l.pkg.Scope().Lookup(other), typ, name); fn != nil {
			return fn
		}
	}
	return nil
}

// declared looks up a method on the type obj, and returns it if its receiver
// is the type of the given name.
func declared(obj types.Object, typ, name string) *types.Func {
	tn, ok := obj.(*types.TypeName)
	if !ok {
		return nil
	}
	found, _, _ := types.LookupFieldOrMethod(tn.Type(), true, tn.Pkg(), name)
	fn, ok := found.(*types.Func)
	if !ok || receiver(fn) != typ {
		return nil
	}
	return fn
}

// receiver returns the name of the type that declares fn, "" for a function.
func receiver(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

package trips

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/catalog"
)

// Outside is the fact of a function that waits for something which is no
// database: another server, a program, a file.
type Outside struct {
	// Calls is how many calls away the wait is.
	Calls int
	// Perhaps says that it waits on some ways only, not whenever it succeeds.
	Perhaps bool
}

// AFact makes Outside a fact.
func (*Outside) AFact() {}

func (*Outside) String() string { return "waits for something outside" }

// maxOutside bounds the calls through which a wait is followed. What is further
// away is rarely what a function is about, unless its name says that it hands
// something to somebody else, for which maxFar calls are followed.
const (
	maxOutside = 3
	maxFar     = 6
)

// outsiders finds the functions of a package that wait for something outside:
// those that always do, unless they fail before, and those that do on some ways
// only. It reads the syntax only, as most of these are in packages that have
// nothing to do with databases.
func outsiders(pass *analysis.Pass, rows *catalog.Catalog) (surely, perhaps map[*types.Func]int) {
	if first, _, _ := strings.Cut(pass.Pkg.Path(), "/"); !strings.Contains(first, ".") && !mayWait(pass.Pkg) || catalog.IsLibrary(pass.Pkg.Path()) {
		return map[*types.Func]int{}, map[*types.Func]int{}
	}
	surely = waiting(pass, always, isClient(pass.Pkg, rows), func(callee *types.Func) int { return waits(pass, rows, callee) })
	perhaps = waiting(pass, sometimes, false, func(callee *types.Func) int {
		var fact Outside
		if callee.FullName() == "time.Sleep" {
			return -1 // before another attempt, most of the time
		} else if n := waits(pass, rows, callee); n >= 0 {
			return n
		} else if n, ok := surely[callee]; ok {
			return n
		} else if callee.Pkg() != nil && callee.Pkg() != pass.Pkg && pass.ImportObjectFact(callee, &fact) {
			return fact.Calls
		}
		return -1
	})
	ofInterfaces(pass.Pkg, surely)
	ofInterfaces(pass.Pkg, perhaps)
	for fn := range surely {
		delete(perhaps, fn)
	}
	return surely, perhaps
}

// isClient reports whether a package is there to talk to another server: it
// reaches one by itself, and no database. The layers in it take nothing away from
// what its functions are about.
func isClient(pkg *types.Package, rows *catalog.Catalog) bool {
	return slices.ContainsFunc(pkg.Imports(), func(p *types.Package) bool { return catalog.WaitsIn(p.Path()) }) && !rows.Reaches(pkg, nil)
}

// waiting returns how many calls away the functions of the package wait, as far
// as that is no more than [maxOutside]. One that goes out by its name is one call
// away, and so are all of a client. The names of what a body calls are found by
// called, and known tells how many calls behind one of them the wait is, or -1.
func waiting(pass *analysis.Pass, called func(ast.Node, func(*ast.Ident)), client bool, known func(*types.Func) int) map[*types.Func]int {
	out := map[*types.Func]int{}
	note := func(fn *types.Func, n int) {
		if client {
			n = 1
		}
		nearer(out, fn, n)
	}
	calls := map[*types.Func][]*types.Func{}
	for _, file := range pass.Files {
		for _, d := range file.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || fd.Body == nil {
				continue
			}
			fn, ok := pass.TypesInfo.Defs[fd.Name].(*types.Func)
			if !ok {
				continue
			}
			called(fd.Body, func(id *ast.Ident) {
				callee, ok := pass.TypesInfo.Uses[id].(*types.Func)
				if !ok {
					return
				}
				callee = callee.Origin()
				if n := known(callee); n >= 0 {
					note(fn, n+1)
				} else if callee.Pkg() == pass.Pkg {
					calls[fn] = append(calls[fn], callee)
				}
			})
		}
	}
	for range maxFar {
		for fn, callees := range calls {
			for _, callee := range callees {
				if n := waitsHere(out, callee); n >= 0 {
					note(fn, n+1)
				}
			}
		}
	}
	for fn, n := range out {
		if n > maxOutside {
			delete(out, fn)
		}
	}
	return out
}

// mayWait reports whether a package without a dot in its path is one of a
// program, not of the standard library: it imports one that has.
func mayWait(pkg *types.Package) bool {
	if pkg.Name() == "main" {
		return true
	}
	for _, p := range pkg.Imports() {
		if first, _, _ := strings.Cut(p.Path(), "/"); strings.Contains(first, ".") {
			return true
		}
	}
	return false
}

// waits returns how many calls behind fn, of another package or of an
// interface, something outside is waited for, or -1. What the user says of fn
// counts first.
func waits(pass *analysis.Pass, rows *catalog.Catalog, fn *types.Func) int {
	if rows.Waits(fn) || catalog.Outside(fn, pass.Pkg.Path()) {
		return 0
	}
	if fn.Pkg() != nil && catalog.IsLibrary(fn.Pkg().Path()) {
		return -1
	}
	var fact Outside
	if fn.Pkg() != nil && fn.Pkg() != pass.Pkg && pass.ImportObjectFact(fn, &fact) && !fact.Perhaps {
		return fact.Calls
	}
	return -1
}

// always calls f with the names of the functions that the body calls unless it
// fails before: not those in branches, loops and function literals.
func always(body ast.Node, f func(*ast.Ident)) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			visit(n.Init, f)
			visit(n.Cond, f)
			return false
		case *ast.ForStmt:
			visit(n.Init, f)
			return false
		case *ast.RangeStmt:
			visit(n.X, f)
			return false
		case *ast.SwitchStmt:
			visit(n.Init, f)
			visit(n.Tag, f)
			return false
		case *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			fun := ast.Unparen(n.Fun)
			switch generic := fun.(type) {
			case *ast.IndexExpr:
				fun = generic.X
			case *ast.IndexListExpr:
				fun = generic.X
			}
			switch fun := fun.(type) {
			case *ast.Ident:
				f(fun)
			case *ast.SelectorExpr:
				f(fun.Sel)
			}
			for _, arg := range n.Args { // a callback runs, most of the time
				if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok {
					always(lit.Body, f)
				}
			}
		}
		return true
	})
}

// sometimes calls f with all names in a body, but for what it starts or defers.
func sometimes(body ast.Node, f func(*ast.Ident)) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.Ident:
			f(n)
		}
		return true
	})
}

// ofInterfaces adds the methods of the interfaces that the package exports, as far
// as one of its types that implements them waits: that type may be one that
// nobody else can name.
func ofInterfaces(pkg *types.Package, out map[*types.Func]int) {
	for _, name := range pkg.Scope().Names() {
		tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || !tn.Exported() || tn.IsAlias() {
			continue
		}
		iface, ok := tn.Type().Underlying().(*types.Interface)
		if !ok {
			continue
		}
		for m := range iface.ExplicitMethods() {
			if n := waitsHere(out, m); n >= 0 && m.Pkg() == pkg {
				out[m] = n
			}
		}
	}
}

// visit is always for a part that may be missing.
func visit(n ast.Node, f func(*ast.Ident)) {
	if n != nil {
		always(n, f)
	}
}

// nearer notes that fn waits n calls away, unless that is known to be nearer. It
// is not far from a function that is there to wait.
func nearer(out map[*types.Func]int, fn *types.Func, n int) {
	if n <= maxFar && catalog.GoesOut(fn.Name()) {
		n = 1
	}
	if old, ok := out[fn]; !ok || n < old {
		out[fn] = n
	}
}

// waitsHere returns how many calls behind fn something outside is waited for,
// fn being a function of the package or a method of an interface of it, or -1.
func waitsHere(out map[*types.Func]int, fn *types.Func) int {
	if n, ok := out[fn]; ok {
		return n
	}
	if !isInterfaceMethod(fn) {
		return -1
	}
	iface, ok := fn.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return -1
	}
	best := -1
	for m, n := range out {
		if m.Name() == fn.Name() && (best < 0 || n < best) && m.Signature().Recv() != nil && implements(m.Signature().Recv().Type(), iface) {
			best = n
		}
	}
	return best
}

// someWait reports whether a method that stands behind the interface method m
// waits for something outside.
func (a *solver) someWait(m *types.Func) bool {
	iface, ok := m.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok || m.Pkg() == nil || !strings.Contains(m.Pkg().Path(), ".") && !mayWait(m.Pkg()) {
		return false
	}
	a.indexFacts()
	for _, fn := range a.waiting[m.Name()] {
		if implements(fn.Signature().Recv().Type(), iface) {
			return true
		}
	}
	return waitsHere(a.outside, m) >= 0
}

// mayWaitIn reports whether fn waits for something outside on some ways.
func (a *solver) mayWaitIn(fn *types.Func) bool {
	if _, ok := a.perhaps[fn]; ok {
		return true
	}
	var fact Outside
	return fn.Pkg() != nil && fn.Pkg() != a.pass.Pkg && a.pass.ImportObjectFact(fn, &fact) && fact.Perhaps
}

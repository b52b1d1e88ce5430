// Package lazyssa builds the SSA form of a package at most once, and only when
// somebody asks for it.
//
// x/tools' buildssa builds it for every package and requires ctrlflow, whose
// facts make every driver load the source of every dependency. Nearly every
// package has nothing to do with a database and needs neither.
package lazyssa

import (
	"reflect"
	"sync"

	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// Analyzer provides a [*Builder] for the package in hand. It does no work of
// its own.
var Analyzer = &analysis.Analyzer{
	Name:             "lazyssa",
	Doc:              "build the SSA form of a package when it is asked for",
	Run:              func(pass *analysis.Pass) (any, error) { return &Builder{pass: pass}, nil },
	ResultType:       reflect.TypeFor[*Builder](),
	RunDespiteErrors: false,
}

// A Builder builds the SSA form of one package on the first call of Package.
type Builder struct {
	pass *analysis.Pass
	once sync.Once
	pkg  *ssa.Package
}

// Package returns the SSA form of the package. The predicate tells which
// functions never return; only that of the first call counts.
func (b *Builder) Package(noReturn func(*types.Func) bool) *ssa.Package {
	b.once.Do(func() {
		prog := ssa.NewProgram(b.pass.Fset, ssa.BuilderMode(0))
		prog.SetNoReturn(noReturn)
		for _, p := range b.pass.Pkg.Imports() {
			prog.CreatePackage(p, nil, nil, true)
		}
		b.pkg = prog.CreatePackage(b.pass.Pkg, b.pass.Files, b.pass.TypesInfo, false)
		b.pkg.Build()
	})
	return b.pkg
}

// Functions returns every function of pkg that has a body in its source:
// functions, methods and the literals in package-level variables, in source
// order, each followed by the literals inside it.
func (b *Builder) Functions(pkg *ssa.Package) []*ssa.Function {
	return sourceFunctions(b.pass, pkg)
}

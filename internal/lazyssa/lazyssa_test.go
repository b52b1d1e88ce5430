package lazyssa

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

const source = `package p

type T struct{}

var literal = func() int { return func() int { return 1 }() }

func exit()

func (T) value() {}

func (t *T) pointer() { defer func() { t.value() }() }

func generic[E any](e E) E { return e }

func init() { generic(1) }

func stops() {
	exit()
	panic("not reached")
}
`

// newPass returns a pass over source with two files: the order of functions
// must be that of the files.
func newPass(t *testing.T) *analysis.Pass {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, f := range []struct{ name, src string }{{"a.go", source}, {"b.go", "package p\n\nfunc last() {}\n"}} {
		file, err := parser.ParseFile(fset, f.name, f.src, 0)
		require.NoError(t, err)
		files = append(files, file)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
	pkg, err := new(types.Config).Check("example.com/p", fset, files, info)
	require.NoError(t, err)
	return &analysis.Pass{Analyzer: Analyzer, Fset: fset, Files: files, Pkg: pkg, TypesInfo: info}
}

func newBuilder(t *testing.T) *Builder {
	t.Helper()
	b, err := Analyzer.Run(newPass(t))
	require.NoError(t, err)
	return b.(*Builder)
}

func TestTheAnalyzerItselfBuildsNothing(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	assert.Nil(t, b.pkg)
	assert.Empty(t, Analyzer.Requires)
	assert.Empty(t, Analyzer.FactTypes, "facts would make every driver load the dependencies")
	assert.NoError(t, analysis.Validate([]*analysis.Analyzer{Analyzer}))
}

func TestThePackageIsBuiltOnce(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	got := make([]*ssa.Package, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i] = b.Package(func(*types.Func) bool { return false }) })
	}
	wg.Wait()
	for _, p := range got {
		require.NotNil(t, p)
		assert.Same(t, got[0], p)
	}
}

func TestFunctionsAreThoseOfTheSourceInOrder(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	pkg := b.Package(nil)
	var names []string
	for _, fn := range b.Functions(pkg) {
		names = append(names, fn.RelString(pkg.Pkg))
		assert.Empty(t, fn.TypeArgs(), "%s is an instance", fn)
	}
	assert.Equal(t, []string{
		"exit", "(T).value", "(*T).pointer", "(*T).pointer$1", "generic", "init#1", "stops", "last",
		"init$1", "init$1$1",
	}, names)
}

func TestCallsThatDoNotReturnEndTheirBlock(t *testing.T) {
	t.Parallel()
	for _, returns := range []bool{true, false} {
		b := newBuilder(t)
		pkg := b.Package(func(fn *types.Func) bool { return fn.Name() == "exit" && !returns })
		reached := false
		for _, block := range pkg.Func("stops").Blocks {
			for _, instr := range block.Instrs {
				if p, ok := instr.(*ssa.Panic); ok {
					x := p.X.(*ssa.MakeInterface).X.(*ssa.Const)
					reached = reached || constant.StringVal(x.Value) == "not reached"
				}
			}
		}
		assert.Equal(t, returns, reached, "the panic after exit() is there exactly if exit returns")
	}
}

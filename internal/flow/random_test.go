package flow

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// build returns the functions of a source without imports, by name.
func build(t testing.TB, src string) map[string]*ssa.Function {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	conf := &types.Config{Importer: importer.Default()}
	pkg, _, err := ssautil.BuildPackage(conf, fset, types.NewPackage("p", "p"), []*ast.File{file}, ssa.BuilderMode(0))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	fns := map[string]*ssa.Function{}
	for name, m := range pkg.Members {
		if fn, ok := m.(*ssa.Function); ok {
			fns[name] = fn
		}
	}
	return fns
}

// randomSource writes a function R of n labelled pieces that jump to each
// other at random: any control flow graph can come out, irreducible ones too.
// Its variables become phis.
func randomSource(r *rand.Rand, n int) string {
	const vars = 5
	v := func() string { return fmt.Sprintf("v%d", r.IntN(vars)) }
	used := make([]bool, n)
	jump := func() string {
		to := r.IntN(n)
		used[to] = true
		return fmt.Sprintf("goto L%d", to)
	}
	pieces := make([]string, n)
	for i := range pieces {
		var b strings.Builder
		for range r.IntN(3) {
			fmt.Fprintf(&b, "\t%s = %s + %s\n", v(), v(), v())
		}
		switch r.IntN(8) {
		case 0:
			fmt.Fprintf(&b, "\tuse(%s)\n", v())
		case 1:
			fmt.Fprintf(&b, "\tfor %s < c(%d) {\n\t\t%s++\n\t}\n", v(), i, v())
		case 2:
			fmt.Fprintf(&b, "\tif c(%d) > %s {\n\t\treturn %s\n\t}\n", i, v(), v())
		case 3:
			fmt.Fprintf(&b, "\t%s\n", jump())
		case 4:
			fmt.Fprintf(&b, "\tswitch %s {\n\tcase 1:\n\t\t%s\n\tcase 2:\n\t\t%s = p\n\tdefault:\n\t\t%s = c(%d)\n\t}\n", v(), jump(), v(), v(), i)
		default:
			fmt.Fprintf(&b, "\tif c(%d) > %s {\n\t\t%s\n\t}\n", i, v(), jump())
		}
		pieces[i] = b.String()
	}
	var b strings.Builder
	b.WriteString("package p\n\nfunc c(i int) int\nfunc use(i int)\n\nfunc R(p, q int) int {\n\tvar v0, v1, v2, v3, v4 = p, q, 0, 1, 2\n")
	for i, piece := range pieces {
		if used[i] {
			fmt.Fprintf(&b, "L%d:\n", i)
		}
		b.WriteString(piece)
	}
	b.WriteString("\treturn v0 + v1 + v2 + v3 + v4\n}\n")
	return b.String()
}

// randomFunctions calls do with random functions of 1 to 60 pieces.
func randomFunctions(t *testing.T, count int, do func(t *testing.T, r *rand.Rand, fn *ssa.Function)) {
	t.Helper()
	for seed := range count {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		src := randomSource(r, 1+r.IntN(60))
		do(t, r, build(t, src)["R"])
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, src)
		}
	}
}

// reaches computes by Warshall's algorithm which blocks a path of one edge or
// more leads to.
func reaches(fn *ssa.Function) [][]bool {
	n := len(fn.Blocks)
	reach := make([][]bool, n)
	for i, b := range fn.Blocks {
		reach[i] = make([]bool, n)
		for _, s := range b.Succs {
			reach[i][s.Index] = true
		}
	}
	for k := range n {
		for i := range n {
			if reach[i][k] {
				for j := range n {
					reach[i][j] = reach[i][j] || reach[k][j]
				}
			}
		}
	}
	return reach
}

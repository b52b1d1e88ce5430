package txflow

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
)

// noEffect lists the instructions that frame.exec and frame.value do not name,
// each with the reason why its value is simply not known and nothing else
// happens.
var noEffect = map[string]string{
	"Convert":             "changes the representation: numbers, strings and unsafe pointers are no handles, and a converted number is another one",
	"MultiConvert":        "is a Convert whose kind depends on a type argument",
	"SliceToArrayPointer": "hands out the address of a slice's elements, which are not followed",
	"Index":               "reads an element of an array, a string or a type parameter: elements of values are not followed",
	"Lookup":              "reads a map or a string: what is put into a map is given up",
	"Range":               "makes the iterator of a map or a string, which only Next reads",
	"Next":                "hands out a key and an element of a map or a string, neither followed",
}

// TestEveryInstructionIsHandledOrListed enumerates the types of x/tools that
// are instructions, and finds each in a case of Step, exec or value, or in the
// list above with its reason. A new one in a later version fails the test.
func TestEveryInstructionIsHandledOrListed(t *testing.T) {
	t.Parallel()
	all := instructionTypes(t)
	require.Greater(t, len(all), 30, "%v", all)
	named := caseTypes(t, "frame.go", "Step", "exec", "value")
	for _, name := range all {
		_, listed := noEffect[name]
		assert.False(t, named[name] && listed, "*ssa.%s is handled: take it off the list of those without effect", name)
		assert.True(t, named[name] || listed, "*ssa.%s is neither handled by Step, exec or value nor listed as without effect", name)
	}
	for name := range noEffect {
		assert.Contains(t, all, name, "the list names what is no instruction")
	}
	for name := range named {
		if name != "Value" {
			assert.Contains(t, all, name, "a case names what is no instruction")
		}
	}
}

// TestListedInstructionsLeaveTheStateAlone runs them.
func TestListedInstructionsLeaveTheStateAlone(t *testing.T) {
	t.Parallel()
	a := solverFor(t, `package p

import "database/sql"

func F[T ~[]byte | ~string](db *sql.DB, n int, s string, xs []int, m map[string]*sql.Tx, arr [4]int, g T) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	x := float64(n)
	p := (*[2]int)(xs)
	y := arr[n]
	b := s[n]
	held := m[s]
	for k, v := range m {
		print(k, v)
	}
	for _, r := range s {
		print(r)
	}
	print(x, p, y, b, held, len([]byte(g)), len(string(g)))
	return tx.Commit()
}
`)
	fn := a.function(t, "F")
	seen := map[string]bool{}
	for _, v := range a.record(fn).at {
		f := a.frame(fn, nil)
		s := v.state
		for _, instr := range v.block.Instrs {
			name := typeName(instr)
			if _, listed := noEffect[name]; !listed {
				continue
			}
			seen[name] = true
			out := f.exec(s, instr)
			require.Len(t, out, 1, "%s splits the path", instr)
			got := out[0]
			assert.Equal(t, s.obs, got.obs, "%s", instr)
			assert.Equal(t, s.defers, got.defers, "%s", instr)
			assert.Equal(t, s.done, got.done, "%s", instr)
			assert.Empty(t, got.guess, "%s", instr)
			assert.Same(t, s.trail, got.trail, "%s", instr)
		}
	}
	for name, why := range noEffect {
		assert.True(t, seen[name], "%s was not run (%s)", name, why)
	}
}

// typeName returns the name of an instruction's type without package.
func typeName(instr ssa.Instruction) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", instr), "*ssa.")
}

// instructionTypes returns the names of the types T of package ssa for which
// *T is an instruction.
func instructionTypes(t *testing.T) []string {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports, Env: append(os.Environ(), "GOWORK=off")}, "golang.org/x/tools/go/ssa")
	require.NoError(t, err)
	require.Len(t, pkgs, 1)
	require.Empty(t, pkgs[0].Errors)
	scope := pkgs[0].Types.Scope()
	iface := scope.Lookup("Instruction").Type().Underlying().(*types.Interface)
	var out []string
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !tn.Exported() || types.IsInterface(tn.Type()) {
			continue
		}
		if types.Implements(types.NewPointer(tn.Type()), iface) {
			out = append(out, name)
		}
	}
	return out
}

// caseTypes returns the names of the types *ssa.T and ssa.T that the type
// switches of the named methods have cases for.
func caseTypes(t *testing.T, file string, methods ...string) map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	out := map[string]bool{}
	found := map[string]bool{}
	for _, decl := range f.Decls {
		fd, ok := decl.(*ast.FuncDecl)
		if !ok || !slices.Contains(methods, fd.Name.Name) {
			continue
		}
		found[fd.Name.Name] = true
		ast.Inspect(fd.Body, func(n ast.Node) bool {
			sw, ok := n.(*ast.TypeSwitchStmt)
			if !ok {
				return true
			}
			for _, c := range sw.Body.List {
				for _, x := range c.(*ast.CaseClause).List {
					if star, ok := x.(*ast.StarExpr); ok {
						x = star.X
					}
					if sel, ok := x.(*ast.SelectorExpr); ok && types.ExprString(sel.X) == "ssa" {
						out[sel.Sel.Name] = true
					}
				}
			}
			return true
		})
	}
	require.Equal(t, len(methods), len(found), "methods of %s: found only %v", file, slices.Collect(maps.Keys(found)))
	return out
}

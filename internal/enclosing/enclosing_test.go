package enclosing_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/ast/astutil"

	"github.com/txlint/txlint/internal/enclosing"
)

const text = `// Package p has a comment.
package p

import "fmt"

// F prints.
func F(n int) {
	for i := range n {
		fmt.Println(i, func() int { return i + 1 }())
	}
}

var (
	x = 1
	y = []int{x, 2}
)

type t struct{ a, b int }

func (t) m() { go F(1); defer F(2) }
`

// TestPath compares with the path from the file as a whole, at each position
// inside a declaration.
func TestPath(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", text, parser.ParseComments)
	require.NoError(t, err)
	files := []*ast.File{f}
	inside := 0
	for pos := f.FileStart; pos < f.FileEnd; pos++ {
		got := enclosing.Path(files, pos)
		want, _ := astutil.PathEnclosingInterval(f, pos, pos)
		declared := false
		for _, d := range f.Decls {
			declared = declared || d.Pos() <= pos && pos < d.End()
		}
		if !declared {
			assert.Equal(t, []ast.Node{f}, got, "%s", fset.Position(pos))
			continue
		}
		inside++
		require.Len(t, got, len(want)-1, "%s", fset.Position(pos))
		for i := range got {
			assert.Same(t, want[i], got[i], "%s", fset.Position(pos))
		}
	}
	assert.Greater(t, inside, 150)
	assert.Nil(t, enclosing.Path(files, f.FileEnd+1))
}

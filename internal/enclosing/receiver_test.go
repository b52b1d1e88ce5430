package enclosing_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/enclosing"
)

func TestReceiver(t *testing.T) {
	t.Parallel()
	for decl, want := range map[string]string{
		"func f() {}":            "",
		"func (T) f() {}":        "T",
		"func (t *T) f() {}":     "T",
		"func (t *(T)) f() {}":   "T",
		"func (t *T[A]) f() {}":  "T",
		"func (T[A, B]) f() {}":  "T",
		"func (struct{}) f() {}": "",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\n"+decl, 0)
		require.NoError(t, err)
		assert.Equal(t, want, enclosing.Receiver(file.Decls[0].(*ast.FuncDecl)), decl)
	}
}

package oracle

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// A File is one source file of a program. Dir is the name of its package and
// of the directory that it is in.
type File struct{ Dir, Name, Src string }

// Path names the file as positions do.
func (f File) Path() string { return path.Join(f.Dir, f.Name) }

// A Case is what is judged as one: the functions of a few files which no other
// case refers to. Its files come after those of the packages they import, and
// all have the name of the case.
type Case struct {
	Name  string
	Files []File
	// Given is set where the case is there for others: its functions are not run
	// by themselves, and nothing is said of them.
	Given bool
}

// String returns the source of the case.
func (c *Case) String() string {
	var b strings.Builder
	for _, f := range c.Files {
		fmt.Fprintf(&b, "-- %s --\n%s", f.Path(), f.Src)
	}
	return b.String()
}

// Where the packages of programs and of their world are.
const (
	root        = "github.com/txlint/txlint/internal/oracle/"
	genRoot     = root + "gen/"
	worldPath   = root + "world"
	extPath     = root + "world/ext"
	sqlPath     = root + "world/sql"
	harnessPath = root + "world/harness"
)

// imports are the packages that generated code uses, by the name it uses.
var imports = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "sql": "database/sql", "ext": extPath, "q": genRoot + "q",
}

// complete puts the package clause and the imports in front of declarations.
func complete(dir, name, decls string) (File, error) {
	used, err := packagesUsed(decls)
	if err != nil {
		return File{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n", dir)
	for _, u := range used {
		fmt.Fprintf(&b, "import %q\n", imports[u])
	}
	if len(used) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(strings.TrimLeft(decls, "\n"))
	return File{dir, name, b.String()}, nil
}

// packagesUsed returns the names of packages that declarations use, sorted.
func packagesUsed(decls string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+decls, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var used []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && imports[id.Name] != "" && !slices.Contains(used, id.Name) {
			used = append(used, id.Name)
		}
		return true
	})
	slices.Sort(used)
	return used, nil
}

// A checked package is one with its syntax and types.
type checked struct {
	dir   string
	files []*ast.File
	types *types.Package
	info  *types.Info
	errs  []types.Error
}

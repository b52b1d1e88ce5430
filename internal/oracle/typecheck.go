package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// exports finds the compiler's export data of everything that programs import
// from outside themselves.
var exports = sync.OnceValues(func() (map[string]string, error) {
	args := []string{"list", "-deps", "-export", "-json=ImportPath,Export"}
	args = append(args, standard...)
	args = append(args, extPath)
	out, err := goCommand("", args...)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return files, nil
		} else if err != nil {
			return nil, err
		}
		files[p.ImportPath] = p.Export
	}
})

// standard are the packages of the standard library that programs may import.
var standard = []string{"cmp", "context", "database/sql", "database/sql/driver", "encoding/json", "errors", "fmt", "io", "iter", "log", "log/slog", "maps", "net/http", "os", "reflect", "runtime", "slices", "sort", "strconv", "strings", "sync", "testing", "time"}

// goCommand runs the go command where the module is.
func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return string(out), nil
}

// A loader type-checks programs.
type loader struct {
	fset *token.FileSet
	std  types.Importer
	own  map[string]*checked
}

func newLoader() (*loader, error) {
	files, err := exports()
	if err != nil {
		return nil, err
	}
	l := &loader{fset: token.NewFileSet(), own: map[string]*checked{}}
	l.std = importer.ForCompiler(l.fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("programs must not import %s", path)
		}
		return os.Open(files[path])
	})
	return l, nil
}

// Import finds the packages of the program among those checked before.
func (l *loader) Import(path string) (*types.Package, error) {
	if p := l.own[path]; p != nil {
		return p.types, nil
	}
	return l.std.Import(path)
}

// check type-checks the files of the cases, package by package. A file that
// does not parse is an error of its case.
func (l *loader) check(cases []*Case) ([]*checked, map[*Case]error) {
	failed := map[*Case]error{}
	owner := map[string]*Case{}
	var order []string
	byDir := map[string][]*ast.File{}
	for _, c := range cases {
		for _, f := range c.Files {
			owner[f.Path()] = c
			if !slices.Contains(order, f.Dir) {
				order = append(order, f.Dir)
			}
			file, err := parser.ParseFile(l.fset, f.Path(), f.Src, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				failed[c] = err
				continue
			}
			byDir[f.Dir] = append(byDir[f.Dir], file)
		}
	}
	order = sorted(order, byDir)
	var out []*checked
	for _, dir := range order {
		p := &checked{dir: dir, files: byDir[dir], info: newInfo()}
		conf := types.Config{Importer: l, Sizes: types.SizesFor("gc", "amd64"), Error: func(err error) {
			var te types.Error
			if errors.As(err, &te) {
				p.errs = append(p.errs, te)
			}
		}}
		p.types, _ = conf.Check(genRoot+dir, l.fset, p.files, p.info)
		for _, e := range p.errs {
			c := owner[l.fset.Position(e.Pos).Filename]
			if c != nil && failed[c] == nil {
				failed[c] = e
			}
		}
		l.own[genRoot+dir] = p
		out = append(out, p)
	}
	return out, failed
}

// sorted puts packages after those that they import.
func sorted(dirs []string, files map[string][]*ast.File) []string {
	var out []string
	var visit func(dir string)
	visit = func(dir string) {
		if slices.Contains(out, dir) || !slices.Contains(dirs, dir) {
			return
		}
		for _, f := range files[dir] {
			for _, imp := range f.Imports {
				path, _ := strconv.Unquote(imp.Path.Value)
				if other, ok := strings.CutPrefix(path, genRoot); ok && other != dir {
					visit(other)
				}
			}
		}
		out = append(out, dir)
	}
	for _, dir := range dirs {
		visit(dir)
	}
	return out
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
}

// Compiling returns those of the cases that compile, with what the compiler
// calls unused taken out of them, and the errors of the others.
func Compiling(cases []*Case) (good []*Case, bad map[*Case]error, err error) {
	bad = map[*Case]error{}
	rest := slices.Clone(cases)
	const maxRounds = 6
	for range maxRounds {
		l, err := newLoader()
		if err != nil {
			return nil, nil, err
		}
		pkgs, failed := l.check(rest)
		if len(failed) == 0 {
			return rest, bad, nil
		}
		repaired := l.repair(rest, pkgs, failed)
		rest = slices.DeleteFunc(rest, func(c *Case) bool {
			if failed[c] != nil && !repaired[c] {
				bad[c] = failed[c]
				return true
			}
			return false
		})
	}
	l, err := newLoader()
	if err != nil {
		return nil, nil, err
	}
	_, failed := l.check(rest)
	maps.Copy(bad, failed)
	return slices.DeleteFunc(rest, func(c *Case) bool { return failed[c] != nil }), bad, nil
}

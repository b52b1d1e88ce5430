package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/enclosing"
	"github.com/txlint/txlint/internal/spelling"
)

// checkRows returns an error about the rows of the configuration that resolve to
// nothing. A package that the program imports is looked at. One that it does not
// import, because only a part of the program is checked, say, must be one that
// the go command knows.
func checkRows(ctx context.Context, opts *options, env Env, g *graph) error {
	_, err := resolveRows(ctx, opts, env, g)
	return err
}

// A resolved row is a row and what it comes to.
type resolved struct {
	config.Row
	what string // "" if its package was not looked at
}

// resolveRows resolves the rows of the configuration. The error is of type
// [config.Errors].
func resolveRows(ctx context.Context, opts *options, env Env, g *graph) ([]resolved, error) {
	c := opts.config
	if c == nil || len(c.Rows)+len(c.Repositories) == 0 {
		return nil, nil
	}
	rows, err := catalog.NewCatalog(c.UserRows())
	if err != nil {
		return nil, err
	}
	byPath := make(map[string][]*packages.Package)
	var known []string
	for _, pkg := range g.all {
		if byPath[pkg.PkgPath] == nil {
			known = append(known, pkg.PkgPath)
		}
		byPath[pkg.PkgPath] = append(byPath[pkg.PkgPath], pkg)
	}
	var out []resolved
	var wrong config.Errors
	var missing []config.Row
	for _, row := range slices.Concat(c.Rows, c.Repositories) {
		pkgs := byPath[row.Package]
		if len(pkgs) == 0 {
			missing = append(missing, row)
			out = append(out, resolved{row, ""})
			continue
		}
		what, err := resolveIn(rows, row.UserRow, pkgs)
		if err != nil {
			wrong = append(wrong, c.RowError(row, inPackage(err, row.Package)))
			continue
		}
		out = append(out, resolved{row, what})
	}
	unknown, err := unknownPackages(ctx, opts, env, missing)
	if err != nil {
		return nil, err
	}
	for _, row := range missing {
		if unknown[row.Package] {
			wrong = append(wrong, c.RowError(row, &catalog.UserError{Field: "package", Message: noPackage(row.Package, known)}))
		}
	}
	if len(wrong) > 0 {
		slices.SortStableFunc(wrong, func(a, b *config.Error) int { return a.Line - b.Line })
		return nil, wrong
	}
	return out, nil
}

// noPackage says that there is no package of a path.
func noPackage(path string, known []string) string {
	message := fmt.Sprintf("there is no package %q", path)
	if guess := spelling.Nearest(path, known); guess != "" {
		return message + fmt.Sprintf("; did you mean %q?", guess)
	}
	// What is wrong in the beginning of a path is usually right in its end.
	last := path[strings.LastIndexByte(path, '/')+1:]
	for _, k := range known {
		if strings.HasSuffix(k, "/"+last) && strings.Contains(k, ".") {
			return message + fmt.Sprintf("; did you mean %q?", k)
		}
	}
	return message
}

// inPackage says in which package something was not found.
func inPackage(err error, path string) error {
	wrong, ok := errors.AsType[*catalog.UserError](err)
	if !ok || wrong.Word == "" {
		return err
	}
	in := *wrong
	in.Message += " in " + path
	return &in
}

// unknownPackages returns which packages of the rows the go command does not
// know.
func unknownPackages(ctx context.Context, opts *options, env Env, rows []config.Row) (map[string]bool, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	path, err := findGo(env)
	if err != nil {
		return nil, err
	}
	args := []string{"list", "-e", "-f", "{{if and .Name (not .Error)}}{{.ImportPath}}{{end}}", "-tags=" + opts.tags, "--"}
	unknown := make(map[string]bool)
	for _, r := range rows {
		if !unknown[r.Package] {
			args = append(args, r.Package)
		}
		unknown[r.Package] = true
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = env.Dir, append(slices.Clip(env.Environ), "PWD="+env.Dir)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot look up the packages of the configuration: %w", err)
	}
	for _, found := range strings.Fields(string(out)) {
		delete(unknown, found)
	}
	return unknown, nil
}

// resolveIn resolves a row in a package, which there may be several times: as
// such, and with its tests.
func resolveIn(rows *catalog.Catalog, row catalog.UserRow, pkgs []*packages.Package) (string, error) {
	var failed error
	for _, pkg := range pkgs {
		types, err := readExportFile(token.NewFileSet(), pkg, make(map[string]*types.Package))
		if err != nil {
			return "", nil // it does not build, which is said elsewhere
		}
		what, err := rows.Resolve(row, types)
		if err == nil {
			return what, nil
		}
		if declares(pkg, row) {
			return cmp.Or(row.Does+row.Is, "a type"), nil
		}
		if failed == nil {
			failed = err
		}
	}
	return "", failed
}

// declares reports whether the source of a package declares what the row is
// about and the export data need not have: a name that is not exported.
func declares(pkg *packages.Package, row catalog.UserRow) bool {
	if exported(row.Function) && exported(row.Type) && exported(row.Method) {
		return false
	}
	typ, call := row.Type == "" || row.Method != "", row.Method == "" && row.Function == ""
	for _, name := range pkg.CompiledGoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				call = call || decl.Name.Name == row.Function+row.Method && enclosing.Receiver(decl) == row.Type
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok {
						typ = typ || ts.Name.Name == row.Type
						if iface, ok := ts.Type.(*ast.InterfaceType); ok && ts.Name.Name == row.Type {
							call = call || hasMethod(iface, row.Method)
						}
					}
				}
			}
		}
	}
	return typ && call
}

// exported reports whether a name is exported, or there is none.
func exported(name string) bool { return name == "" || ast.IsExported(name) }

func hasMethod(iface *ast.InterfaceType, name string) bool {
	return slices.ContainsFunc(iface.Methods.List, func(f *ast.Field) bool {
		return slices.ContainsFunc(f.Names, func(id *ast.Ident) bool { return id.Name == name })
	})
}

package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/txlint/txlint/internal/oracle/world"
)

// Runs are what the runs of cases showed, by the name of the case.
type Runs map[string][]world.Outcome

// Execute compiles the cases and runs each of their functions, at most limit
// times in order and as often at random. Its working directory must be in the
// module. dir is for temporary files.
func Execute(ctx context.Context, dir string, cases []*Case, limit int) (Runs, error) {
	return execute(ctx, dir, cases, limit, true)
}

// execute is Execute; nils says whether handles that functions are given may be
// nil.
func execute(ctx context.Context, dir string, cases []*Case, limit int, nils bool) (Runs, error) {
	dir, err := os.MkdirTemp(dir, "run")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary, err := build(dir, cases, limit, nils)
	if err != nil {
		return nil, err
	}
	const most = 5 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("running the program: %w\n%s", err, tail(stderr.String()))
	}
	runs := Runs{}
	for dec := json.NewDecoder(&stdout); ; {
		var o world.Outcome
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			return runs, nil
		} else if err != nil {
			return nil, err
		}
		name, _, _ := strings.Cut(o.Name, " ")
		runs[name] = append(runs[name], o)
	}
}

// tail returns the end of a long text.
func tail(s string) string {
	const most = 4000
	return s[max(0, len(s)-most):]
}

// build writes the program, instrumented and with a main function, into
// files that overlay the module's, and compiles it.
func build(dir string, cases []*Case, limit int, nils bool) (string, error) {
	module, err := moduleRoot()
	if err != nil {
		return "", err
	}
	overlay := map[string]string{}
	put := func(name, src string) error {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		overlay[filepath.Join(module, "internal", "oracle", "gen", filepath.FromSlash(name))] = file
		return os.WriteFile(file, []byte(src), 0o600)
	}
	tables := map[string][]string{}
	var dirs []string
	for _, c := range cases {
		for _, f := range c.Files {
			src, err := instrument(f)
			if err != nil {
				return "", err
			}
			if err := put(f.Path(), src); err != nil {
				return "", err
			}
			if !slices.Contains(dirs, f.Dir) {
				dirs = append(dirs, f.Dir)
			}
			if !c.Given {
				tables[f.Dir] = append(tables[f.Dir], entries(c, f)...)
			}
		}
	}
	for _, d := range dirs {
		src := fmt.Sprintf("package %s\n\nimport %q\n\nvar Table = []harness.Entry{\n%s\n}\n", d, harnessPath, strings.Join(tables[d], "\n"))
		if err := put(d+"/table.go", src); err != nil {
			return "", err
		}
	}
	if err := put("main/main.go", mainSource(dirs, limit, nils)); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	config := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(config, replace, 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "program")
	// Without optimisation it compiles faster, and frames are what they seem.
	_, err = goCommand(module, "build", "-overlay", config, "-trimpath", "-gcflags="+genRoot+"...=-N -l", "-ldflags=-s -w", "-o", binary, genRoot+"main")
	return binary, err
}

func mainSource(dirs []string, limit int, nils bool) string {
	var imports, tables strings.Builder
	for _, d := range dirs {
		fmt.Fprintf(&imports, "import %q\n", genRoot+d)
		fmt.Fprintf(&tables, ", %s.Table", d)
	}
	return fmt.Sprintf(`package main

import "os"
import "slices"
import %q
%s
func main() {
	if err := harness.Run(os.Stdout, %d, %t, slices.Concat([]harness.Entry(nil)%s)); err != nil {
		println(err.Error())
		os.Exit(1)
	}
}
`, harnessPath, imports.String(), limit, nils, tables.String())
}

// entries returns table entries for the functions of a file. Generic ones have
// none: they run where others call them.
func entries(c *Case, f File) []string {
	special := strings.Contains(c.String(), "ErrSpecial")
	file, err := parser.ParseFile(token.NewFileSet(), "", f.Src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var out []string
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil || fn.Type.TypeParams != nil || fn.Name.Name == "_" {
			continue
		}
		expr := fn.Name.Name
		if fn.Recv != nil {
			recv, ok := receiver(fn.Recv.List[0].Type)
			if !ok {
				continue
			}
			expr = recv + "." + expr
		}
		out = append(out, fmt.Sprintf("{%q, %s, %t},", c.Name+" "+f.Dir+"."+expr, expr, special))
	}
	return out
}

// receiver returns the receiver's type as a method expression has it.
func receiver(t ast.Expr) (string, bool) {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name, true
	case *ast.StarExpr:
		id, ok := t.X.(*ast.Ident)
		if !ok {
			return "", false
		}
		return "(*" + id.Name + ")", true
	}
	return "", false
}

// moduleRoot returns the directory of this module's go.mod.
func moduleRoot() (string, error) {
	out, err := goCommand("", "env", "GOMOD")
	return filepath.Dir(strings.TrimSpace(out)), err
}

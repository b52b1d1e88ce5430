package oracle

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// A Clone is a copy of one function of a case, under another name, as a case of
// its own in the same package: many versions of a function fit beside the
// others, are compiled once and analysed once.
type Clone struct {
	*Mutant
	// Of names the function.
	Of string
}

// unchanged is the kind of the clone that is as its function is.
const unchanged = "change nothing"

// Clones returns copies of those functions of a case that are wanted, the
// first of each as it is, the others with one thing taken out or moved. Those
// that start goroutines, wait or end the process, by themselves or through what
// they call in the case, are left out: the first hide what a run does, the
// others would end it.
func Clones(c *Case, want func(name string) bool) []*Clone {
	unfit := unfitFunctions(c)
	in, ends := calleesOf(c), finishers(c)
	var out []*Clone
	for _, f := range c.Files {
		heads := map[string]bool{}
		ms := mutations(f.Src, ends)
		for _, fn := range functions(f.Src) {
			if !want(fn) || unfit[fn] || heads[fn] {
				continue
			}
			heads[fn] = true
			all := append([]mutation{{fn: fn, kind: unchanged}}, ms...)
			for _, m := range all {
				if m.fn != fn {
					continue
				}
				name := fmt.Sprintf("k%d", len(out)) + f.Dir[:strings.IndexByte(f.Dir+"_", '_')]
				src, ok := clone(apply(f.Src, m.edits), fn, fn+"_"+name)
				if !ok {
					continue
				}
				file := File{f.Dir, name + ".go", formatted(src)}
				change := Change{Kind: m.kind, Dir: f.Dir, Func: fn + "_" + name, Holder: m.holder, Calls: in.calls(f, m.text)}
				out = append(out, &Clone{&Mutant{&Case{Name: name, Files: []File{file}}, change, true}, fn})
			}
		}
	}
	return out
}

// clone returns a file with nothing but the imports and the function of that
// name, under another name.
func clone(src, name, fresh string) (string, bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return "", false
	}
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", file.Name.Name)
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				for _, s := range d.Specs {
					fmt.Fprintf(&b, "\nimport %s", src[at(s.Pos()):at(s.End())])
				}
			}
		case *ast.FuncDecl:
			if d.Name.Name == name {
				fmt.Fprintf(&b, "\n\n%s%s%s\n", src[at(d.Type.Func):at(d.Name.Pos())], fresh, src[at(d.Name.End()):at(d.End())])
				return b.String(), true
			}
		}
	}
	return "", false
}

// functions returns the names of the functions and methods of a file.
func functions(src string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var out []string
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			out = append(out, fn.Name.Name)
		}
	}
	return out
}

// unfitFunctions returns the names of functions that start goroutines, wait or
// end the process, and of those that call them.
func unfitFunctions(c *Case) map[string]bool {
	unfit := map[string]bool{}
	callers := map[string][]string{}
	var work []string
	for _, f := range c.Files {
		file, err := parser.ParseFile(token.NewFileSet(), "", f.Src, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			name := fn.Name.Name
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					callers[n.Name] = append(callers[n.Name], name)
				}
				if waitsOrEnds(n) {
					work = append(work, name)
				}
				return true
			})
		}
	}
	for len(work) > 0 {
		name := work[len(work)-1]
		work = work[:len(work)-1]
		if !unfit[name] {
			unfit[name] = true
			work = append(work, callers[name]...)
		}
	}
	return unfit
}

// waitsOrEnds reports whether n starts a goroutine, has to do with channels,
// sleeps, or ends the process or the goroutine.
func waitsOrEnds(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt, *ast.SendStmt, *ast.ChanType, *ast.SelectStmt:
		return true
	case *ast.UnaryExpr:
		return n.Op == token.ARROW
	case *ast.SelectorExpr:
		switch n.Sel.Name {
		case "Exit", "Goexit", "Fatal", "Fatalf", "Fatalln", "FailNow", "SkipNow", "Skip", "Skipf", "Sleep", "Wait", "Lock":
			return true
		}
	}
	return false
}

// Package enclosing finds the syntax around a position.
package enclosing

import (
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ast/astutil"
)

// Path returns the nodes around pos in one of the files, the innermost first and
// the declaration last; the file itself if pos is in none, nil if it is in no
// file. It takes time for the declaration, not for the whole file:
// [astutil.PathEnclosingInterval] sorts all declarations of a file at each call.
func Path(files []*ast.File, pos token.Pos) []ast.Node {
	for _, f := range files {
		if f.FileStart <= pos && pos < f.FileEnd {
			return within(f, pos)
		}
	}
	return nil
}

func within(f *ast.File, pos token.Pos) []ast.Node {
	i, found := slices.BinarySearchFunc(f.Decls, pos, func(d ast.Decl, pos token.Pos) int {
		switch {
		case d.End() <= pos:
			return -1
		case pos < d.Pos():
			return 1
		}
		return 0
	})
	if !found {
		return []ast.Node{f}
	}
	alone := &ast.File{Package: f.Package, Name: f.Name, Decls: f.Decls[i : i+1], FileStart: f.FileStart, FileEnd: f.FileEnd}
	path, _ := astutil.PathEnclosingInterval(alone, pos, pos)
	return path[:len(path)-1]
}

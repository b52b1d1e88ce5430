package oracle

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// An edit replaces the bytes [from, to) of a source text.
type edit struct {
	from, to int
	text     string
}

// apply makes the edits, which must not overlap. Insertions at one place keep
// their order.
func apply(src string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(src[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(src[at:])
	return b.String()
}

// formatted returns the source in the usual form, as it is if it does not parse.
func formatted(src string) string {
	out, err := format.Source([]byte(src))
	if err != nil {
		return src
	}
	return string(out)
}

var unused = regexp.MustCompile(`^declared and not used: (\w+)$`)

// repair makes uses of the variables that the checked packages declare
// without one, and removes labels and imports that are not used. It reports
// the cases that it changed.
func (l *loader) repair(cases []*Case, pkgs []*checked, failed map[*Case]error) map[*Case]bool {
	byPath := map[string]*ast.File{}
	edits := map[string][]edit{}
	hopeless := map[string]bool{}
	for _, p := range pkgs {
		for _, f := range p.files {
			byPath[l.fset.Position(f.Package).Filename] = f
		}
		for _, e := range p.errs {
			path := l.fset.Position(e.Pos).Filename
			ed, ok := l.repairOne(byPath[path], e)
			if !ok {
				hopeless[path] = true
			} else {
				edits[path] = append(edits[path], ed)
			}
		}
	}
	done := map[*Case]bool{}
	for _, c := range cases {
		if failed[c] == nil {
			continue
		}
		ok := !slices.ContainsFunc(c.Files, func(f File) bool { return hopeless[f.Path()] || byPath[f.Path()] == nil })
		if !ok {
			continue
		}
		for i, f := range c.Files {
			if es := edits[f.Path()]; len(es) > 0 {
				c.Files[i].Src = formatted(apply(f.Src, es))
				done[c] = true
			}
		}
	}
	return done
}

func (l *loader) repairOne(file *ast.File, e types.Error) (edit, bool) {
	if file == nil {
		return edit{}, false
	}
	at := func(pos token.Pos) int { return l.fset.Position(pos).Offset }
	if m := unused.FindStringSubmatch(e.Msg); m != nil {
		pos := useAfter(file, e.Pos)
		if !pos.IsValid() {
			return edit{}, false
		}
		return edit{at(pos), at(pos), fmt.Sprintf("\n_ = %s\n", m[1])}, true
	}
	var out edit
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.LabeledStmt:
			if n.Pos() == e.Pos && strings.Contains(e.Msg, "declared and not used") {
				out, found = edit{at(n.Pos()), at(n.Colon) + 1, ""}, true
			}
		case *ast.ImportSpec:
			if n.Pos() == e.Pos && strings.Contains(e.Msg, "imported and not used") {
				out, found = edit{at(n.Pos()), at(n.End()), ""}, true
				for _, d := range file.Decls {
					if g, ok := d.(*ast.GenDecl); ok && len(g.Specs) == 1 && g.Specs[0] == ast.Spec(n) {
						out = edit{at(g.Pos()), at(g.End()), ""}
					}
				}
			}
		}
		return !found
	})
	return out, found
}

// useAfter returns where a use of the variable declared at pos can stand: after
// the statement that declares it, or at the start of the block whose header
// does.
func useAfter(file *ast.File, pos token.Pos) token.Pos {
	var found token.Pos
	within := func(n ast.Node) bool { return n != nil && n.Pos() <= pos && pos < n.End() }
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || !within(n) {
			return false
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			if n.Init != nil && within(n.Init) {
				found = n.Body.Lbrace + 1
			}
		case *ast.ForStmt:
			if n.Init != nil && within(n.Init) {
				found = n.Body.Lbrace + 1
			}
		case *ast.RangeStmt:
			if !within(n.Body) && !within(n.X) {
				found = n.Body.Lbrace + 1
			}
		case *ast.BlockStmt:
			found = after(n.List, pos, found)
		case *ast.CaseClause:
			found = after(n.Body, pos, found)
		case *ast.CommClause:
			found = after(n.Body, pos, found)
		}
		return true
	})
	return found
}

// after returns the end of the statement of the list that declares at pos.
func after(list []ast.Stmt, pos, old token.Pos) token.Pos {
	for _, s := range list {
		if s.Pos() <= pos && pos < s.End() {
			if l, ok := s.(*ast.LabeledStmt); ok {
				s = l.Stmt
			}
			switch s.(type) {
			case *ast.AssignStmt, *ast.DeclStmt:
				return s.End()
			}
		}
	}
	return old
}

package oracle

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// A Source is a package that is there already: its import path and the
// directory that it is in.
type Source struct{ Path, Dir string }

// Load makes a case of packages that are there already, without their tests and
// the files that import anything but these packages and the standard library.
func Load(name string, sources []Source) (*Case, error) {
	dirs := map[string]string{}
	for _, s := range sources {
		dirs[s.Path] = name + "_" + path.Base(path.Dir(s.Path)) + "_" + path.Base(s.Path)
	}
	c := &Case{Name: name}
	for _, s := range sources {
		entries, err := os.ReadDir(s.Dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			src, err := os.ReadFile(filepath.Join(s.Dir, e.Name()))
			if err != nil {
				return nil, err
			}
			moved, ok, err := moveInto(string(src), dirs[s.Path], dirs)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name(), err)
			}
			if !ok {
				continue
			}
			c.Files = append(c.Files, File{dirs[s.Path], e.Name(), moved})
		}
	}
	return c, nil
}

// moveInto returns a source as a file of the package dir, which imports other
// packages from where they have been moved to; ok is false where it imports
// some that have not been moved.
func moveInto(src, dir string, dirs map[string]string) (moved string, ok bool, err error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ImportsOnly)
	if err != nil {
		return "", false, err
	}
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	edits := []edit{{at(file.Name.Pos()), at(file.Name.End()), dir}}
	for _, imp := range file.Imports {
		old, _ := strconv.Unquote(imp.Path.Value)
		first, _, _ := strings.Cut(old, "/")
		if to := dirs[old]; to == "" {
			if strings.Contains(first, ".") {
				return "", false, nil
			}
		} else {
			alias := ""
			if imp.Name == nil {
				alias = path.Base(old) + " "
			}
			edits = append(edits, edit{at(imp.Path.Pos()), at(imp.Path.End()), alias + strconv.Quote(genRoot+to)})
		}
	}
	return apply(src, edits), true, nil
}

// Moved returns a mutant of a case that Load made under another name, in
// packages of its own.
func (m *Mutant) Moved(name string) *Mutant {
	out := *m
	out.Case = &Case{Name: name}
	out.Dir = strings.Replace(m.Dir, m.Name+"_", name+"_", 1)
	for _, f := range m.Files {
		f.Dir = strings.Replace(f.Dir, m.Name+"_", name+"_", 1)
		f.Src = strings.ReplaceAll(f.Src, m.Name+"_", name+"_")
		out.Files = append(out.Files, f)
	}
	return &out
}

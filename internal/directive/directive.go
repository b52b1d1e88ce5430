// Package directive reads the comments by which people hold findings back,
// and holds them back.
//
//	//txlint:ignore RULE[,RULE] reason
//	//txlint:file-ignore RULE[,RULE] reason
//	//nolint  //nolint:txlint  //nolint:RULE
//
// A directive behind code holds for its line. One that stands alone holds for
// the statement, declaration or field that begins on the first line below its
// comment, up to its end. That is how golangci-lint reads //nolint.
//
// A finding is held back at the place that is reported, or at its first step,
// where as a rule the transaction begins: that is where people look for it.
package directive

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// A Form is a kind of directive.
type Form int

// The forms of directives.
const (
	Ignore     Form = iota // //txlint:ignore
	FileIgnore             // //txlint:file-ignore
	NoLint                 // //nolint
	Unknown                // //txlint: and something else
)

// prefix begins the directives of this program.
const prefix = "//txlint:"

// All stands for every rule.
const All = "all"

// Tool is the name by which golangci-lint knows all rules.
const Tool = "txlint"

// A Directive is one comment.
type Directive struct {
	Pos, End token.Pos
	Form     Form
	Text     string   // the comment as it is written, up to the names
	Rules    []string // as they are written; empty means all in a NoLint
	Reason   string

	first, last int // the lines that it holds for
	file        *token.File
}

// parse returns the directive that a comment is, if it is one.
func parse(c *ast.Comment) (*Directive, bool) {
	text, _, _ := strings.Cut(c.Text, " // ") // what follows is for people
	d := &Directive{Pos: c.Pos(), End: c.End()}
	if rest, ok := strings.CutPrefix(text, prefix); ok {
		verb, rest, _ := strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
		switch verb {
		case "ignore":
			d.Form = Ignore
		case "file-ignore":
			d.Form = FileIgnore
		default:
			d.Form = Unknown
		}
		d.Text = prefix + verb
		names, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
		d.Rules, d.Reason = splitNames(names), strings.TrimSpace(reason)
		return d, true
	}
	return d, d.parseNoLint(strings.TrimLeft(text, "/ "))
}

// parseNoLint reads what stands behind the slashes, and reports whether it is
// a NoLint, in the words that golangci-lint takes for one.
func (d *Directive) parseNoLint(text string) bool {
	rest, ok := strings.CutPrefix(text, "nolint")
	if !ok || rest != "" && rest[0] != ':' && rest[0] != ' ' {
		return false
	}
	d.Form, d.Text = NoLint, "//nolint"
	if names, ok := strings.CutPrefix(rest, ":"); ok {
		names, _, _ = strings.Cut(names, "//")
		for _, name := range splitNames(names) {
			d.Rules = append(d.Rules, strings.Fields(name)[0])
		}
		return len(d.Rules) > 0
	}
	return true
}

// splitNames returns the names of a list separated by commas.
func splitNames(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Holds reports whether the directive is about findings of a rule, of the
// given category, wherever they are.
func (d *Directive) Holds(rule, category string) bool {
	switch {
	case d.Form == Unknown:
		return false
	case d.Form == NoLint && len(d.Rules) == 0:
		return true
	}
	return slices.ContainsFunc(d.Rules, func(name string) bool {
		return name == rule || name == category || name == All || name == Tool
	})
}

// A Set is the directives of a package.
type Set struct {
	fset *token.FileSet
	All  []*Directive
}

// Read returns the directives of files.
func Read(fset *token.FileSet, files []*ast.File) *Set {
	s := &Set{fset: fset}
	for _, file := range files {
		s.All = append(s.All, read(fset, file)...)
	}
	return s
}

// read returns the directives of one file.
func read(fset *token.FileSet, file *ast.File) []*Directive {
	var all, alone []*Directive
	handle := fset.File(file.FileStart)
	for _, group := range file.Comments {
		for _, c := range group.List {
			d, ok := parse(c)
			if !ok {
				continue
			}
			d.file = handle
			d.first = handle.PositionFor(c.Pos(), false).Line
			d.last = d.first
			all = append(all, d)
			if d.Form != FileIgnore {
				alone = append(alone, d)
				d.last = handle.PositionFor(group.End(), false).Line + 1
			}
		}
	}
	if len(alone) > 0 {
		spread(handle, file, alone)
	}
	return all
}

// spread sets the lines that directives hold for. Coming in, last is the line
// below the comment.
func spread(handle *token.File, file *ast.File, directives []*Directive) {
	code := make(map[int]int) // line on which something begins → line on which the longest such ends
	line := func(p token.Pos) int { return handle.PositionFor(p, false).Line }
	occupied := make(map[int]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		case *ast.File:
			return true
		}
		first, last := line(n.Pos()), line(n.End())
		code[first] = max(code[first], last)
		occupied[first], occupied[last] = true, true
		return true
	})
	for _, d := range directives {
		below := d.last
		if occupied[d.first] { // behind code
			d.last = d.first
			continue
		}
		d.last = max(below, code[below])
	}
}

// covers reports whether the directive holds for a position.
func (d *Directive) covers(fset *token.FileSet, pos token.Pos) bool {
	if !pos.IsValid() || fset.File(pos) != d.file {
		return false
	}
	line := d.file.PositionFor(pos, false).Line
	return d.Form == FileIgnore || d.first <= line && line <= d.last
}

// About returns the directives that hold back a finding of a rule, of the
// given category, at one of the positions.
func (s *Set) About(rule, category string, at ...token.Pos) []*Directive {
	var out []*Directive
	for _, d := range s.All {
		if d.Holds(rule, category) && slices.ContainsFunc(at, func(p token.Pos) bool { return d.covers(s.fset, p) }) {
			out = append(out, d)
		}
	}
	return out
}

package driver

import (
	"cmp"
	"go/token"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A Finding is a diagnostic without references into syntax and types, so that
// these can be freed.
type Finding struct {
	Rule     string // the analyzer's name
	Category string // the diagnostic's category, or ""
	Message  string
	URL      string
	Span     Span
	Related  []Related // the steps that lead to it, in order
	Fixes    []Fix     // alternatives, the best first
}

// A Span is a piece of a source file. Lines and columns count from 1, columns
// in bytes. The end is exclusive, and equal to the start if it is unknown.
type Span struct {
	File               string // absolute
	Line, Column       int
	EndLine, EndColumn int
}

// A Related is one step of a finding's witness.
type Related struct {
	Span    Span
	Message string
}

// A Fix is a change that repairs a finding, to be made wholly or not at all.
type Fix struct {
	Message string
	Edits   []Edit
	// Blocked says why the fix must not be applied, or is "".
	Blocked string
}

// An Edit replaces the bytes from Start to End (exclusive) of a file.
type Edit struct {
	File       string // absolute
	Start, End int
	New        string
}

// silentSuffix ends the category of diagnostics that say why nothing was
// reported. They are shown, but they are no findings.
const silentSuffix = "/silent"

// Silent reports whether f explains why nothing was reported.
func (f Finding) Silent() bool { return strings.HasSuffix(f.Category, silentSuffix) }

// label is what stands behind a finding's message.
func (f Finding) label(tool string) string {
	if f.Silent() {
		return tool + "/" + f.Rule + silentSuffix
	}
	return tool + "/" + f.Rule
}

// newFinding resolves the positions of d, which a reported on u.
func newFinding(fset *token.FileSet, a *analysis.Analyzer, u *unit, d analysis.Diagnostic) Finding {
	f := Finding{
		Rule:     a.Name,
		Category: d.Category,
		Message:  d.Message,
		URL:      resolveURL(a.URL, d.URL),
		Span:     newSpan(fset, d.Pos, d.End),
	}
	for _, rel := range d.Related {
		f.Related = append(f.Related, Related{newSpan(fset, rel.Pos, rel.End), rel.Message})
	}
	for _, fix := range d.SuggestedFixes {
		f.Fixes = append(f.Fixes, newFix(fset, u, fix))
	}
	return f
}

// newSpan returns the span from pos to end, which need not be known. Positions
// are as the user wrote the file: //line directives count.
func newSpan(fset *token.FileSet, pos, end token.Pos) Span {
	start := fset.Position(pos)
	stop := start
	if end.IsValid() && end >= pos {
		if p := fset.Position(end); p.Filename == start.Filename {
			stop = p
		}
	}
	return Span{start.Filename, start.Line, start.Column, stop.Line, stop.Column}
}

// newFix returns the fix with offsets into the files as they are on disk.
func newFix(fset *token.FileSet, u *unit, fix analysis.SuggestedFix) Fix {
	out := Fix{Message: fix.Message}
	block := func(reason string) { out.Blocked = cmp.Or(out.Blocked, reason) }
	if m := u.pkg.Module; m != nil && !m.Main {
		block("the package belongs to another module")
	}
	for _, edit := range fix.TextEdits {
		file := fset.File(edit.Pos)
		end := edit.End
		if !end.IsValid() {
			end = edit.Pos
		}
		if file == nil || end < edit.Pos || fset.File(end) != file {
			block("the fix is malformed")
			continue
		}
		if !slices.Contains(u.pkg.GoFiles, file.Name()) || u.sources[file.Name()].generated {
			block("the file is generated")
		}
		out.Edits = append(out.Edits, Edit{file.Name(), file.Offset(edit.Pos), file.Offset(end), string(edit.NewText)})
	}
	return out
}

// resolveURL returns a diagnostic's address, which may be relative to that of
// its analyzer.
func resolveURL(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil || ref == "" {
		return base
	}
	r, err := url.Parse(ref)
	if err != nil {
		return base
	}
	return b.ResolveReference(r).String()
}

// mergeFindings sorts the findings of all units and keeps one of each. The
// same finding is made twice when a file belongs to several units: to a
// package and to its variants for tests.
func mergeFindings(units []*unit) []Finding {
	var all []Finding
	for _, u := range units {
		all = append(all, u.findings...)
	}
	slices.SortStableFunc(all, compareFindings)
	return slices.CompactFunc(all, func(a, b Finding) bool { return compareFindings(a, b) == 0 })
}

// compareFindings orders findings as they are printed.
func compareFindings(a, b Finding) int {
	return cmp.Or(
		strings.Compare(a.Span.File, b.Span.File),
		cmp.Compare(a.Span.Line, b.Span.Line),
		cmp.Compare(a.Span.Column, b.Span.Column),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Category, b.Category),
		strings.Compare(a.Message, b.Message),
	)
}

// countFindings returns the number of findings that are not explanations.
func countFindings(all []Finding) int {
	n := 0
	for _, f := range all {
		if !f.Silent() {
			n++
		}
	}
	return n
}

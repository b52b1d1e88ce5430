package driver

import (
	"cmp"
	"go/token"
	"net/url"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/finding"
)

// newFinding resolves the positions of d, which a reported on u.
func newFinding(fset *token.FileSet, a *analysis.Analyzer, u *unit, d analysis.Diagnostic) finding.Finding {
	f := finding.Finding{
		Rule:     a.Name,
		Category: d.Category,
		Message:  d.Message,
		Package:  u.pkg.PkgPath,
		URL:      resolveURL(a.URL, d.URL),
		Span:     newSpan(fset, d.Pos, d.End),
	}
	for _, rel := range d.Related {
		f.Related = append(f.Related, finding.Related{Span: newSpan(fset, rel.Pos, rel.End), Message: rel.Message})
	}
	for _, fix := range d.SuggestedFixes {
		f.Fixes = append(f.Fixes, newFix(fset, u, fix))
	}
	return f
}

// newSpan returns the span from pos to end, which need not be known. Positions
// are as the user wrote the file: //line directives count.
func newSpan(fset *token.FileSet, pos, end token.Pos) finding.Span {
	start := fset.Position(pos)
	stop := start
	if end.IsValid() && end >= pos {
		if p := fset.Position(end); p.Filename == start.Filename {
			stop = p
		}
	}
	return finding.Span{File: start.Filename, Line: start.Line, Column: start.Column, EndLine: stop.Line, EndColumn: stop.Column}
}

// newFix returns the fix with offsets into the files as they are on disk.
func newFix(fset *token.FileSet, u *unit, fix analysis.SuggestedFix) finding.Fix {
	out := finding.Fix{Message: fix.Message}
	block := func(reason string) { out.Blocked = cmp.Or(out.Blocked, reason) }
	if u.foreign() {
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
		out.Edits = append(out.Edits, finding.Edit{File: file.Name(), Start: file.Offset(edit.Pos), End: file.Offset(end), New: string(edit.NewText)})
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
func mergeFindings(units []*unit) []finding.Finding {
	var all []finding.Finding
	for _, u := range units {
		all = append(all, u.findings...)
	}
	slices.SortStableFunc(all, finding.Compare)
	return slices.CompactFunc(all, func(a, b finding.Finding) bool { return finding.Compare(a, b) == 0 })
}

// countFindings returns the number of findings that are not explanations.
func countFindings(all []finding.Finding) int {
	n := 0
	for _, f := range all {
		if !f.Silent() {
			n++
		}
	}
	return n
}

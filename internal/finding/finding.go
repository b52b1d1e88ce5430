// Package finding says what a finding is to those who print, keep or compare
// findings: plain data, without references into syntax and types.
package finding

import (
	"cmp"
	"strings"
)

// A Finding is a diagnostic without references into syntax and types, so that
// these can be freed.
type Finding struct {
	Rule     string // the analyzer's name
	Category string // the diagnostic's category, or ""
	Message  string
	Package  string // import path
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

// Label is what stands behind a finding's message.
func (f Finding) Label(tool string) string {
	if f.Silent() {
		return tool + "/" + f.Rule + silentSuffix
	}
	return tool + "/" + f.Rule
}

// Compare orders findings as they are printed.
func Compare(a, b Finding) int {
	return cmp.Or(
		strings.Compare(a.Span.File, b.Span.File),
		cmp.Compare(a.Span.Line, b.Span.Line),
		cmp.Compare(a.Span.Column, b.Span.Column),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Category, b.Category),
		strings.Compare(a.Message, b.Message),
	)
}

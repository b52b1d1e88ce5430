// Package report holds what a run has to say, for the packages below it that
// write it in one format each.
package report

import (
	"path/filepath"
	"strings"

	"github.com/txlint/txlint/internal/finding"
)

// A Report is what a run has to say.
type Report struct {
	Tool     Tool
	Rules    []Rule            // those that ran
	Findings []finding.Finding // sorted
	Silent   []finding.Finding // why nothing was reported, sorted
	Errors   []Error           // why packages do not build, or were not analysed
	Dir      string            // working directory
	Root     string            // the repository's top directory; Dir if there is none
	Sources  *Sources          // the files that findings lie in
}

// A Tool is the program that made a report.
type Tool struct{ Name, Version, URL string }

// A Rule is what users can read about a rule.
type Rule struct {
	Name     string
	Summary  string // a sentence without its full stop
	Help     string // plain text
	Markdown string // the same as a page
	URL      string
}

// An Error says why a package does not build.
type Error struct {
	Package  string
	Position string // file:line:col, file:line, or ""
	Message  string
}

// Rule returns the index of the rule of that name, or -1.
func (r *Report) Rule(name string) int {
	for i, rule := range r.Rules {
		if rule.Name == name {
			return i
		}
	}
	return -1
}

// RootPath returns the path of a file relative to the repository's root, with
// slashes. A file outside keeps its absolute path.
func (r *Report) RootPath(file string) string { return relative(r.Root, file) }

// DirPath returns the path of a file relative to the working directory, with
// slashes. A file outside keeps its absolute path.
func (r *Report) DirPath(file string) string { return relative(r.Dir, file) }

func relative(dir, file string) string {
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		file = rel
	}
	return filepath.ToSlash(file)
}

// OneLine returns text with every run of white space as one space.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Steps returns a finding's message and, line by line, the steps that lead to
// it, for formats that have one text for a finding. Path shortens file names.
func Steps(f finding.Finding, path func(string) string) string {
	lines := []string{OneLine(f.Message)}
	for _, rel := range f.Related {
		lines = append(lines, "  "+Place(rel.Span, path)+": "+OneLine(rel.Message))
	}
	return strings.Join(lines, "\n")
}

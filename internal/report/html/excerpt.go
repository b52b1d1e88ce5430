package html

import (
	"cmp"
	"slices"
	"strings"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

const (
	around = 2 // lines shown above and below a step
	bridge = 4 // this many lines between two steps are shown, more are left out
)

// An excerpt is the part of a file that a path leads through.
type excerpt struct {
	File string
	Rows []row
}

// A row is a line of an excerpt, or the lines that were left out.
type row struct {
	Number  int // 0 if lines were left out
	Skipped int // how many
	Pieces  []piece
	OnPath  bool // between the first and the last step of the file
	Kind    string
	Steps   []step // those that are on this line
}

// A piece is a part of a line.
type piece struct {
	Text string
	Kind string // of the step that it belongs to, or ""
}

// A step is one of the places that a path leads through.
type step struct {
	Number  int
	Kind    string // begin, branch or exit
	Message string
	span    finding.Span
}

// steps returns the steps of a finding in order; the last is the finding's own
// place.
func steps(f finding.Finding) []step {
	var all []step
	for i, rel := range f.Related {
		kind := "branch"
		if i == 0 {
			kind = "begin"
		}
		all = append(all, step{Number: i + 1, Kind: kind, Message: report.OneLine(rel.Message), span: rel.Span})
	}
	return append(all, step{Number: len(all) + 1, Kind: "exit", Message: "reported here", span: f.Span})
}

// excerpts returns one excerpt for each file that the path of a finding leads
// through, in the order in which it comes there.
func excerpts(r *report.Report, f finding.Finding) []excerpt {
	byFile := make(map[string][]step)
	var files []string
	for _, s := range steps(f) {
		if byFile[s.span.File] == nil {
			files = append(files, s.span.File)
		}
		byFile[s.span.File] = append(byFile[s.span.File], s)
	}
	var all []excerpt
	for _, file := range files {
		if rows := rowsOf(r.Sources, file, byFile[file]); len(rows) > 0 {
			all = append(all, excerpt{File: r.DirPath(file), Rows: rows})
		}
	}
	return all
}

// rowsOf returns the lines of a file that steps stand on, and those around
// them.
func rowsOf(sources *report.Sources, file string, all []step) []row {
	lines := sources.Lines(file)
	byLine := make(map[int][]step)
	shown := make(map[int]bool)
	first, last := len(lines), 0
	for _, s := range all {
		at := s.span.Line
		if at < 1 || at > len(lines) {
			continue
		}
		byLine[at] = append(byLine[at], s)
		first, last = min(first, at), max(last, at)
		for i := max(1, at-around); i <= min(len(lines), at+around); i++ {
			shown[i] = true
		}
	}
	if line := sources.FunctionLine(all[0].span); line > 0 {
		shown[line] = true // its name says where one is
	}
	var rows []row
	before := 0
	add := func(i int) {
		rows = append(rows, row{
			Number: i,
			Pieces: pieces(lines[i-1], byLine[i]),
			OnPath: first <= i && i <= last,
			Kind:   kindOf(byLine[i]),
			Steps:  byLine[i],
		})
	}
	for i := 1; i <= len(lines); i++ {
		if !shown[i] {
			continue
		}
		if gap := i - before - 1; before > 0 && gap > bridge {
			rows = append(rows, row{Skipped: gap, OnPath: first <= before && i <= last})
		} else if before > 0 {
			for k := before + 1; k < i; k++ {
				add(k)
			}
		}
		add(i)
		before = i
	}
	return rows
}

// kindOf returns the kind of a line with steps: the one that matters most.
func kindOf(all []step) string {
	for _, kind := range []string{"exit", "begin", "branch"} {
		if slices.ContainsFunc(all, func(s step) bool { return s.Kind == kind }) {
			return kind
		}
	}
	return ""
}

// pieces cuts a line at the places of its steps.
func pieces(line string, all []step) []piece {
	all = slices.SortedStableFunc(slices.Values(all), func(a, b step) int { return cmp.Compare(a.span.Column, b.span.Column) })
	var out []piece
	at := 0
	for _, s := range all {
		from := s.span.Column - 1
		to := s.span.EndColumn - 1
		if s.span.EndLine > s.span.Line {
			to = len(line)
		}
		if from < at || to <= from || to > len(line) {
			continue // it has no extent, or lies in the one before
		}
		out = append(out, piece{Text: expand(line[at:from])}, piece{expand(line[from:to]), s.Kind})
		at = to
	}
	return append(out, piece{Text: expand(line[at:])})
}

// expand replaces tabs, which browsers draw eight columns wide.
func expand(text string) string { return strings.ReplaceAll(report.Valid(text), "\t", "    ") }

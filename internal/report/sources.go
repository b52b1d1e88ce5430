package report

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/txlint/txlint/internal/finding"
)

// Sources reads source files, each once. It serves one goroutine.
type Sources struct {
	files map[string]*sourceFile
}

type sourceFile struct {
	content string
	lines   []string // without line ends; nil if the file cannot be read

	parsed    bool
	functions []function
}

// file returns a file, which is empty if it cannot be read.
func (s *Sources) file(name string) *sourceFile {
	if f := s.files[name]; f != nil {
		return f
	}
	f := new(sourceFile)
	if content, err := os.ReadFile(name); err == nil {
		f.content = string(content)
		f.lines = strings.Split(strings.TrimSuffix(f.content, "\n"), "\n")
		for i := range f.lines {
			f.lines[i] = strings.TrimSuffix(f.lines[i], "\r")
		}
	}
	if s.files == nil {
		s.files = make(map[string]*sourceFile)
	}
	s.files[name] = f
	return f
}

// Lines returns the lines of a file, or none if it cannot be read.
func (s *Sources) Lines(name string) []string { return s.file(name).lines }

// Line returns a line of a file, counted from 1, or "".
func (s *Sources) Line(name string, line int) string {
	lines := s.Lines(name)
	if line < 1 || line > len(lines) {
		return ""
	}
	return lines[line-1]
}

// UTF16Column turns a column in bytes into one in UTF-16 code units, both
// counted from 1.
func (s *Sources) UTF16Column(name string, line, column int) int {
	text := s.Line(name, line)
	if column < 1 || column-1 > len(text) {
		return max(1, column)
	}
	units := 0
	for _, r := range text[:column-1] {
		units += max(1, utf16.RuneLen(r))
	}
	return units + 1
}

// SpanOf returns the lines and columns of the bytes from start to end of a
// file. It reports false if the file has no such bytes.
func (s *Sources) SpanOf(name string, start, end int) (finding.Span, bool) {
	content := s.file(name).content
	if start < 0 || end < start || end > len(content) {
		return finding.Span{}, false
	}
	span := finding.Span{File: name}
	span.Line, span.Column = lineAndColumn(content[:start])
	span.EndLine, span.EndColumn = lineAndColumn(content[:end])
	return span, true
}

// lineAndColumn returns the position behind text, both counted from 1, the
// column in bytes.
func lineAndColumn(text string) (line, column int) {
	line = 1 + strings.Count(text, "\n")
	return line, len(text) - strings.LastIndexByte(text, '\n')
}

// Place returns the start of a span as file:line:col.
func Place(s finding.Span, path func(string) string) string {
	if s.File == "" {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", path(s.File), s.Line, s.Column)
}

// Valid returns text with what is not UTF-8 replaced: most formats cannot hold
// it, and file names and source lines may have it.
func Valid(text string) string { return strings.ToValidUTF8(text, string(utf8.RuneError)) }

// Package reporttest makes a report with everything in it that makes trouble
// for a format: several files, steps, fixes, columns behind letters that take
// more than one byte, names with spaces and separators, equal findings.
//
// Only tests import this package.
package reporttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

// File is the first file of the report, relative to its root, and Second the
// second. Outside lies outside the root.
const (
	File    = "app/Größe, 100%: ö.go"
	Second  = "app/two words/z.go"
	Outside = "elsewhere.go"
)

// Source is the content of the first file.
const Source = `package app

func (s *Store[T]) Ship() error {
	/* 😀ß */ tx, err := begin()
	if err != nil {
		return err
	}
	return err
}

func again() error {
	tx, err := begin()
	return err
	return err
}
`

// New returns a report whose root is a new directory, and whose working
// directory is its folder app.
func New(t testing.TB) *report.Report {
	t.Helper()
	base := t.TempDir()
	root := filepath.Join(base, "root")
	for name, content := range map[string]string{
		filepath.Join(root, File):    Source,
		filepath.Join(root, Second):  "package z\n",
		filepath.Join(base, Outside): "package elsewhere\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	first, second, outside := filepath.Join(root, File), filepath.Join(root, Second), filepath.Join(base, Outside)
	begin := finding.Related{Span: span(first, 4, "begin()"), Message: "begins here"}
	beginAgain := finding.Related{Span: span(first, 12, "begin()"), Message: "begins here"}
	f := func(at finding.Span, message string, related ...finding.Related) finding.Finding {
		return finding.Finding{Rule: "earlyreturn", Category: "earlyreturn", Message: message, URL: "https://example.com/earlyreturn", Span: at, Related: related}
	}
	fixed := f(span(first, 8, "return err"), "returns, 100% open:\nfinish tx <now> & \"here\"", begin, finding.Related{Span: span(first, 5, "err != nil"), Message: "err != nil is false"})
	after := strings.Index(Source, "\n\treturn err\n}\n")
	fixed.Fixes = []finding.Fix{
		{Message: "Defer the rollback", Edits: []finding.Edit{{File: first, Start: after, End: after, New: "\n\tdefer tx.Rollback()"}}},
		{Message: "Blocked", Blocked: "generated", Edits: []finding.Edit{{File: first, Start: 0, End: 1, New: "x"}}},
	}
	loop := f(finding.Span{File: second, Line: 1, Column: 1, EndLine: 2, EndColumn: 1}, "one statement per element")
	loop.Rule, loop.Category = "nplusone", "nplusone/read"
	return &report.Report{
		Tool: report.Tool{Name: "txlint", Version: "v1.2.3", URL: "https://example.com"},
		Rules: []report.Rule{
			{Name: "earlyreturn", Summary: "report what is left open", Help: "long", Markdown: "# long", URL: "https://example.com/earlyreturn"},
			{Name: "nplusone", Summary: "report one statement per element", Help: "long", Markdown: "# long"},
		},
		Findings: []finding.Finding{
			fixed,
			f(span(first, 13, "return err"), "returns", beginAgain),
			f(span(first, 14, "return err"), "returns", beginAgain),
			loop,
			f(finding.Span{File: outside, Line: 1, Column: 1, EndLine: 1, EndColumn: 1}, "outside"),
		},
		Silent:  []finding.Finding{{Rule: "earlyreturn", Category: "earlyreturn/silent", Message: "handed over", Span: span(first, 4, "begin()")}},
		Errors:  []report.Error{{Package: "example.com/broken", Position: "b.go:1:2", Message: "undefined: x"}, {Package: "example.com/other", Message: "no Go files"}},
		Dir:     filepath.Join(root, "app"),
		Root:    root,
		Sources: new(report.Sources),
	}
}

// span returns where text stands on a line of Source.
func span(file string, line int, text string) finding.Span {
	column := 1 + strings.Index(strings.Split(Source, "\n")[line-1], text)
	return finding.Span{File: file, Line: line, Column: column, EndLine: line, EndColumn: column + len(text)}
}

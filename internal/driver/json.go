package driver

import (
	"encoding/json"
	"io"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

// jsonShape describes the output of -json, for the help.
const jsonShape = `With -json the tool prints one JSON document on standard output:

  {
    "tool":     {"name": "…", "version": "…"},
    "findings": [FINDING, …],
    "silent":   [FINDING, …],      with -explain: why nothing was reported
    "errors":   [{"package": "…", "position": "file:line:col", "message": "…"}, …]
  }

  FINDING is
  {
    "rule":     "earlyreturn",
    "category": "earlyreturn",
    "message":  "…",
    "url":      "…",               the rule's page
    "position": SPAN,
    "related":  [{"message": "…", "position": SPAN}, …],   the steps, in order
    "fixes":    [{"message": "…", "edits": [EDIT, …]}, …]  alternatives
  }

  SPAN is {"file": "…", "line": 1, "column": 1, "endLine": 1, "endColumn": 1}
  EDIT is {"file": "…", "start": 0, "end": 0, "new": "…"}

Files are relative to the working directory where that is shorter. Lines and
columns count from 1, columns in bytes; ends are exclusive. Start and end of an
edit are byte offsets. Findings are sorted by file, line, column, rule. The
lists are never null. The exit code is the same as without -json. Fields may be
added; none changes its meaning.
`

type jsonDocument struct {
	Tool     jsonTool      `json:"tool"`
	Findings []jsonFinding `json:"findings"`
	Silent   []jsonFinding `json:"silent"`
	Errors   []jsonError   `json:"errors"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type jsonError struct {
	Package  string `json:"package"`
	Position string `json:"position"`
	Message  string `json:"message"`
}

type jsonFinding struct {
	Rule     string        `json:"rule"`
	Category string        `json:"category"`
	Message  string        `json:"message"`
	URL      string        `json:"url"`
	Position jsonSpan      `json:"position"`
	Related  []jsonRelated `json:"related"`
	Fixes    []jsonFix     `json:"fixes"`
}

type jsonSpan struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
}

type jsonRelated struct {
	Message  string   `json:"message"`
	Position jsonSpan `json:"position"`
}

type jsonFix struct {
	Message string     `json:"message"`
	Edits   []jsonEdit `json:"edits"`
}

type jsonEdit struct {
	File  string `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

// printJSON writes the report as one JSON document.
func printJSON(w io.Writer, r *report.Report) error {
	doc := jsonDocument{
		Tool:     jsonTool{Name: r.Tool.Name, Version: r.Tool.Version},
		Findings: []jsonFinding{},
		Silent:   []jsonFinding{},
		Errors:   []jsonError{},
	}
	for _, f := range r.Findings {
		doc.Findings = append(doc.Findings, toJSON(r.Dir, f))
	}
	for _, f := range r.Silent {
		doc.Silent = append(doc.Silent, toJSON(r.Dir, f))
	}
	for _, e := range r.Errors {
		doc.Errors = append(doc.Errors, jsonError{e.Package, e.Position, e.Message})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func toJSON(dir string, f finding.Finding) jsonFinding {
	out := jsonFinding{
		Rule: f.Rule, Category: f.Category, Message: f.Message, URL: f.URL,
		Position: spanToJSON(dir, f.Span),
		Related:  []jsonRelated{},
		Fixes:    []jsonFix{},
	}
	for _, rel := range f.Related {
		out.Related = append(out.Related, jsonRelated{rel.Message, spanToJSON(dir, rel.Span)})
	}
	for _, fix := range f.Fixes {
		j := jsonFix{Message: fix.Message, Edits: []jsonEdit{}}
		for _, e := range fix.Edits {
			j.Edits = append(j.Edits, jsonEdit{shortPath(dir, e.File), e.Start, e.End, e.New})
		}
		out.Fixes = append(out.Fixes, j)
	}
	return out
}

func spanToJSON(dir string, s finding.Span) jsonSpan {
	return jsonSpan{shortPath(dir, s.File), s.Line, s.Column, s.EndLine, s.EndColumn}
}

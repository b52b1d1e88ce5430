// Package gitlab writes findings as a GitLab code quality report.
//
// See https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
package gitlab

import (
	"encoding/json"
	"io"

	"github.com/txlint/txlint/internal/report"
)

type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

// Write writes a list of issues, which is empty rather than null. GitLab shows
// one line of text for an issue, so the steps are left out.
func Write(w io.Writer, r *report.Report) error {
	issues := make([]issue, 0, len(r.Findings))
	prints := r.Fingerprints()
	for i, f := range r.Findings {
		issues = append(issues, issue{
			Description: report.OneLine(f.Message),
			CheckName:   report.Category(f),
			Fingerprint: prints[i],
			Severity:    "major",
			Location:    location{Path: r.RootPath(f.Span.File), Lines: lines{f.Span.Line, max(f.Span.Line, f.Span.EndLine)}},
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(issues)
}

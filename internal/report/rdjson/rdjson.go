// Package rdjson writes findings in reviewdog's diagnostic format, one JSON
// object a line.
//
// See https://github.com/reviewdog/reviewdog/tree/master/proto/rdf.
package rdjson

import (
	"encoding/json"
	"io"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

type diagnostic struct {
	Message     string       `json:"message"`
	Location    location     `json:"location"`
	Severity    string       `json:"severity"`
	Source      source       `json:"source"`
	Code        code         `json:"code"`
	Suggestions []suggestion `json:"suggestions,omitempty"`
	Related     []related    `json:"relatedLocations,omitempty"`
}

type location struct {
	Path  string `json:"path"`
	Range span   `json:"range"`
}

type span struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

// A position counts lines and bytes of a line from 1, as Go does.
type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type source struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type code struct {
	Value string `json:"value"`
	URL   string `json:"url,omitempty"`
}

type suggestion struct {
	Range span   `json:"range"`
	Text  string `json:"text"`
}

type related struct {
	Message  string   `json:"message"`
	Location location `json:"location"`
}

// Write writes one line for each finding.
func Write(w io.Writer, r *report.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range r.Findings {
		d := diagnostic{
			Message:     report.Steps(f, r.DirPath),
			Location:    locate(r, f.Span),
			Severity:    "ERROR",
			Source:      source{r.Tool.Name, r.Tool.URL},
			Code:        code{report.Category(f), f.URL},
			Suggestions: suggestions(r, f),
		}
		for _, rel := range f.Related {
			d.Related = append(d.Related, related{report.OneLine(rel.Message), locate(r, rel.Span)})
		}
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

func locate(r *report.Report, s finding.Span) location {
	return location{r.DirPath(s.File), spanOf(s)}
}

func spanOf(s finding.Span) span {
	return span{position{s.Line, s.Column}, position{s.EndLine, s.EndColumn}}
}

// suggestions returns the first fix. The format knows changes of one place of
// the diagnostic's file only; a fix that needs more is left out, since a part of
// it could break the build.
func suggestions(r *report.Report, f finding.Finding) []suggestion {
	if len(f.Fixes) == 0 || f.Fixes[0].Blocked != "" || len(f.Fixes[0].Edits) != 1 {
		return nil
	}
	edit := f.Fixes[0].Edits[0]
	s, ok := r.Sources.SpanOf(edit.File, edit.Start, edit.End)
	if !ok || edit.File != f.Span.File {
		return nil
	}
	return []suggestion{{spanOf(s), edit.New}}
}

// Package checkstyle writes findings as a Checkstyle XML report.
package checkstyle

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/txlint/txlint/internal/report"
)

type document struct {
	XMLName xml.Name `xml:"checkstyle"`
	Version string   `xml:"version,attr"`
	Files   []*file  `xml:"file"`
}

type file struct {
	Name   string  `xml:"name,attr"`
	Errors []entry `xml:"error"`
}

type entry struct {
	Line     int    `xml:"line,attr"`
	Column   int    `xml:"column,attr"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

// Write writes one element for each file, in the order of the findings.
func Write(w io.Writer, r *report.Report) error {
	doc := document{Version: "5.0"}
	for _, f := range r.Findings {
		name := r.DirPath(f.Span.File)
		if n := len(doc.Files); n == 0 || doc.Files[n-1].Name != name {
			doc.Files = append(doc.Files, &file{Name: name})
		}
		last := doc.Files[len(doc.Files)-1]
		last.Errors = append(last.Errors, entry{
			Line: f.Span.Line, Column: f.Span.Column,
			Severity: "error",
			Message:  report.OneLine(f.Message),
			Source:   strings.ReplaceAll(r.Tool.Name+"."+report.Category(f), "/", "."),
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

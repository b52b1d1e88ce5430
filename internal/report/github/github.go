// Package github writes findings as workflow commands, which GitHub Actions
// shows as annotations on the changed lines.
//
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
package github

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

// Write writes one line for each finding. The steps that lead to it are part
// of its text.
func Write(w io.Writer, r *report.Report) error {
	out := bufio.NewWriter(w)
	for _, f := range r.Findings {
		fmt.Fprintf(out, "::error %s::%s\n", properties(r, f), data.Replace(report.Valid(report.Steps(f, r.RootPath))))
	}
	return out.Flush()
}

// properties returns what stands between the command and its text. GitHub
// allows columns only where the annotation begins and ends on one line.
func properties(r *report.Report, f finding.Finding) string {
	s := f.Span
	all := []string{"file=" + property.Replace(report.Valid(r.RootPath(s.File))), fmt.Sprintf("line=%d", s.Line)}
	if s.EndLine > s.Line {
		all = append(all, fmt.Sprintf("endLine=%d", s.EndLine))
	} else {
		all = append(all, fmt.Sprintf("col=%d", s.Column))
		if s.EndColumn > s.Column {
			all = append(all, fmt.Sprintf("endColumn=%d", s.EndColumn))
		}
	}
	return strings.Join(append(all, "title="+property.Replace(f.Label(r.Tool.Name))), ",")
}

// data and property escape what would end a text or a property.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

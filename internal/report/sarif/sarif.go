// Package sarif writes findings as a SARIF 2.1.0 log, as code scanning wants
// it: paths relative to the repository's root, rules with their help, the path
// to a finding as a code flow, fingerprints that survive moved lines.
//
// See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
package sarif

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

const (
	version = "2.1.0"
	schema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

// fingerprint is the key of the fingerprints. It is a name of our own: code
// scanning computes primaryLocationLineHash by itself where it is missing.
const fingerprint = "txlintFinding/v1"

// Write writes a log with one run.
func Write(w io.Writer, r *report.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(log{Schema: schema, Version: version, Runs: []run{runOf(r)}})
}

func runOf(r *report.Report) run {
	out := run{
		Tool:        tool{component{Name: r.Tool.Name, Version: r.Tool.Version, InformationURI: r.Tool.URL, Rules: []rule{}}},
		Invocations: []invocation{{ExecutionSuccessful: len(r.Errors) == 0, Notifications: []notification{}}},
		ColumnKind:  "utf16CodeUnits",
		Results:     []result{},
	}
	for _, ru := range r.Rules {
		out.Tool.Driver.Rules = append(out.Tool.Driver.Rules, ruleOf(ru))
	}
	for _, e := range r.Errors {
		text := e.Message
		if e.Position != "" {
			text = e.Position + ": " + text
		} else if e.Package != "" && !strings.Contains(text, e.Package) {
			text = e.Package + ": " + text
		}
		out.Invocations[0].Notifications = append(out.Invocations[0].Notifications, notification{"error", message{Text: report.Valid(text)}})
	}
	prints := r.Fingerprints()
	for i, f := range r.Findings {
		out.Results = append(out.Results, resultOf(r, f, prints[i]))
	}
	return out
}

func ruleOf(ru report.Rule) rule {
	return rule{
		ID:                   ru.Name,
		ShortDescription:     message{Text: ru.Summary},
		FullDescription:      message{Text: ru.Summary},
		Help:                 message{Text: ru.Help, Markdown: ru.Markdown},
		HelpURI:              ru.URL,
		DefaultConfiguration: configuration{"error"},
		Properties:           ruleProperties{Precision: "high", Tags: []string{"correctness", "database"}},
	}
}

func resultOf(r *report.Report, f finding.Finding, print string) result {
	out := result{
		RuleID:       f.Rule,
		RuleIndex:    r.Rule(f.Rule),
		Level:        "error",
		Message:      text(f.Message),
		Locations:    []location{{Physical: physicalOf(r, f.Span)}},
		Fingerprints: map[string]string{fingerprint: print},
	}
	if f.Category != "" && f.Category != f.Rule {
		out.Properties = &resultProperties{f.Category}
	}
	var flow []step
	for i, rel := range f.Related {
		m := text(rel.Message)
		at := location{Physical: physicalOf(r, rel.Span), Message: &m}
		flow = append(flow, step{Location: at})
		at.ID = i + 1
		out.Related = append(out.Related, at)
	}
	if len(flow) > 0 {
		// The steps lead to the finding's own place, which is the last.
		m := text(f.Message)
		end := location{Physical: physicalOf(r, f.Span), Message: &m}
		flow = append(flow, step{Location: end, Importance: "essential"})
		out.CodeFlows = []codeFlow{{[]threadFlow{{flow}}}}
	}
	for _, fx := range f.Fixes {
		if fx.Blocked == "" {
			if x, ok := fixOf(r, fx); ok {
				out.Fixes = append(out.Fixes, x)
			}
		}
	}
	return out
}

func text(s string) message { return message{Text: report.Valid(report.OneLine(s))} }

// fixOf returns a fix with one change for each file. It reports false if the
// fix does not go with the files as they are, or changes nothing.
func fixOf(r *report.Report, fx finding.Fix) (fix, bool) {
	out := fix{Description: text(fx.Message)}
	index := make(map[string]int)
	for _, e := range fx.Edits {
		span, ok := r.Sources.SpanOf(e.File, e.Start, e.End)
		if !ok {
			return fix{}, false
		}
		i, ok := index[e.File]
		if !ok {
			i = len(out.Changes)
			index[e.File] = i
			out.Changes = append(out.Changes, change{Artifact: artifactOf(r, e.File)})
		}
		out.Changes[i].Replacements = append(out.Changes[i].Replacements, replacement{regionOf(r, span), content{e.New}})
	}
	return out, len(out.Changes) > 0
}

func physicalOf(r *report.Report, s finding.Span) physical {
	return physical{artifactOf(r, s.File), regionOf(r, s)}
}

// artifactOf names a file. A relative name is relative to the repository's root;
// a base is not given, since consumers disagree about what one means.
func artifactOf(r *report.Report, file string) artifact {
	u := url.URL{Path: r.RootPath(file)}
	if filepath.IsAbs(filepath.FromSlash(u.Path)) {
		u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(u.Path, "/")
	}
	return artifact{u.String()}
}

// regionOf returns the region of a span. Columns of a SARIF log count UTF-16
// code units, those of Go count bytes.
func regionOf(r *report.Report, s finding.Span) region {
	out := region{
		StartLine:   max(1, s.Line),
		StartColumn: r.Sources.UTF16Column(s.File, s.Line, s.Column),
		EndLine:     max(1, s.EndLine),
	}
	out.EndColumn = r.Sources.UTF16Column(s.File, s.EndLine, s.EndColumn)
	return out
}

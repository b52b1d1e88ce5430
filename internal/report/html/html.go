// Package html writes findings as one page that needs nothing else: each
// finding in its source, with the path that leads to it.
package html

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

//go:embed page.html
var pageText string

//go:embed page.css
var style string

//go:embed page.js
var script string

// A page is what the template shows.
type page struct {
	Tool   report.Tool
	Where  string // the directory that was checked
	Count  int
	Files  int
	Rules  []ruleGroup
	Errors []report.Error
	Style  template.CSS
	Script template.JS
}

// A ruleGroup is the findings of a rule.
type ruleGroup struct {
	Rule     report.Rule
	Count    int
	Packages []packageGroup
}

// A packageGroup is the findings of a rule in a package.
type packageGroup struct {
	Package string
	ID      string
	Items   []item
}

// An item is a finding.
type item struct {
	ID       string
	Message  string
	Category string // if it says more than the rule
	Place    string // file:line:column
	Excerpts []excerpt
	Fixes    []fix
}

type fix struct {
	Message string
	Lines   []string // what it writes
}

// Write writes the page.
func Write(w io.Writer, r *report.Report) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if err := t.Execute(out, newPage(r)); err != nil {
		return err
	}
	return out.Flush()
}

func newPage(r *report.Report) page {
	p := page{Tool: r.Tool, Where: path.Base(r.RootPath(r.Dir)), Count: len(r.Findings), Errors: r.Errors, Style: template.CSS(style), Script: template.JS(script)}
	if p.Where == "." {
		p.Where = path.Base(strings.ReplaceAll(r.Root, `\`, "/"))
	}
	files := make(map[string]bool)
	prints := r.Fingerprints()
	groups := make([]ruleGroup, len(r.Rules))
	for i, f := range r.Findings {
		files[f.Span.File] = true
		at := r.Rule(f.Rule)
		if at < 0 {
			continue // every finding is of a rule that ran
		}
		g := &groups[at]
		g.Count++
		k := slices.IndexFunc(g.Packages, func(p packageGroup) bool { return p.Package == f.Package })
		if k < 0 {
			k = len(g.Packages)
			g.Packages = append(g.Packages, packageGroup{Package: f.Package})
		}
		g.Packages[k].Items = append(g.Packages[k].Items, newItem(r, f, prints[i]))
	}
	for i, g := range groups {
		if g.Rule = r.Rules[i]; g.Count > 0 {
			p.Rules = append(p.Rules, g)
		}
	}
	p.Files = len(files)
	return p
}

func newItem(r *report.Report, f finding.Finding, print string) item {
	it := item{
		ID:       "f-" + print,
		Message:  report.OneLine(f.Message),
		Place:    report.Place(f.Span, r.DirPath),
		Excerpts: excerpts(r, f),
	}
	if c := report.Category(f); c != f.Rule {
		it.Category = c
	}
	for _, fx := range f.Fixes {
		if fx.Blocked != "" {
			continue
		}
		shown := fix{Message: report.OneLine(fx.Message)}
		for _, e := range fx.Edits {
			for line := range strings.Lines(e.New) {
				if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
					shown.Lines = append(shown.Lines, expand(line))
				}
			}
		}
		it.Fixes = append(it.Fixes, shown)
	}
	return it
}

package driver

import (
	"bufio"
	"fmt"
	"io"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
)

// A printer writes findings as text: one line each, and below it, if asked
// for, the steps that lead to it and the source around them.
//
//	orders/store.go:41:3: returns without finishing tx … (txlint/earlyreturn)
//		orders/store.go:33:13: tx is begun here
//		orders/store.go:40:5: err is not nil
//
// Editors and scripts rely on the first line's form.
type printer struct {
	tool    string
	dir     string // paths are shown relative to it; "" if in full
	style   style
	witness bool
	source  bool // show source lines
	lines   int  // lines of source before and after

	sources *report.Sources
}

// print writes all findings.
func (p *printer) print(w io.Writer, all []finding.Finding) error {
	out := bufio.NewWriter(w)
	for _, f := range all {
		p.finding(out, f)
	}
	return out.Flush()
}

func (p *printer) finding(w io.Writer, f finding.Finding) {
	message := p.style.bold(report.OneLine(f.Message))
	if f.Silent() {
		message = p.style.dim(report.OneLine(f.Message))
	}
	fmt.Fprintf(w, "%s: %s %s\n", p.position(f.Span), message, p.style.dim("("+f.Label(p.tool)+")"))
	if p.source {
		p.excerpt(w, "", f.Span)
	}
	if !p.witness {
		return
	}
	for _, rel := range f.Related {
		fmt.Fprintf(w, "\t%s: %s\n", p.position(rel.Span), report.OneLine(rel.Message))
		if p.source {
			p.excerpt(w, "\t", rel.Span)
		}
	}
}

// position returns the start of s as file:line:col.
func (p *printer) position(s finding.Span) string {
	if s.File == "" {
		return "-"
	}
	return p.style.accent(fmt.Sprintf("%s:%d:%d", shortPath(p.dir, s.File), s.Line, s.Column))
}

// excerpt writes the lines of s with p.lines lines around, numbered, the first
// line of s marked on a terminal.
func (p *printer) excerpt(w io.Writer, indent string, s finding.Span) {
	lines := p.sources.Lines(s.File)
	first, last := max(1, s.Line-p.lines), min(len(lines), s.EndLine+p.lines)
	for i := first; i <= last; i++ {
		text := fmt.Sprintf("%d\t%s", i, lines[i-1])
		if i < s.Line || i > s.EndLine {
			text = p.style.dim(text)
		}
		fmt.Fprintf(w, "%s%s\n", indent, text)
	}
}

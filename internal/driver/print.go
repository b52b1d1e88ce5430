package driver

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
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
	dir     string // paths are shown relative to it
	style   style
	witness bool
	source  bool // show source lines
	lines   int  // lines of source before and after

	files map[string][]string // lines of the files that were shown
}

// print writes all findings.
func (p *printer) print(w io.Writer, all []Finding) error {
	out := bufio.NewWriter(w)
	p.files = make(map[string][]string)
	for _, f := range all {
		p.finding(out, f)
	}
	return out.Flush()
}

func (p *printer) finding(w io.Writer, f Finding) {
	message := p.style.bold(p.message(f.Message))
	if f.Silent() {
		message = p.style.dim(p.message(f.Message))
	}
	fmt.Fprintf(w, "%s: %s %s\n", p.position(f.Span), message, p.style.dim("("+f.label(p.tool)+")"))
	if p.source {
		p.excerpt(w, "", f.Span)
	}
	if !p.witness {
		return
	}
	for _, rel := range f.Related {
		fmt.Fprintf(w, "\t%s: %s\n", p.position(rel.Span), p.message(rel.Message))
		if p.source {
			p.excerpt(w, "\t", rel.Span)
		}
	}
}

// message returns a message on one line.
func (p *printer) message(s string) string { return strings.Join(strings.Fields(s), " ") }

// position returns the start of s as file:line:col.
func (p *printer) position(s Span) string {
	if s.File == "" {
		return "-"
	}
	return p.style.accent(fmt.Sprintf("%s:%d:%d", shortPath(p.dir, s.File), s.Line, s.Column))
}

// excerpt writes the lines of s with p.lines lines around, numbered, the first
// line of s marked on a terminal.
func (p *printer) excerpt(w io.Writer, indent string, s Span) {
	lines := p.linesOf(s.File)
	first, last := max(1, s.Line-p.lines), min(len(lines), s.EndLine+p.lines)
	for i := first; i <= last; i++ {
		text := fmt.Sprintf("%d\t%s", i, lines[i-1])
		if i < s.Line || i > s.EndLine {
			text = p.style.dim(text)
		}
		fmt.Fprintf(w, "%s%s\n", indent, text)
	}
}

// linesOf returns the lines of a file, or none if it cannot be read.
func (p *printer) linesOf(name string) []string {
	if lines, ok := p.files[name]; ok {
		return lines
	}
	var lines []string
	if content, err := os.ReadFile(name); err == nil {
		lines = strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	}
	p.files[name] = lines
	return lines
}

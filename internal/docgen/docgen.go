// Package docgen writes the web pages of the rules from their documentation,
// so that the page, the help text and the package comment never disagree.
package docgen

import (
	"flag"
	"fmt"
	"go/doc/comment"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Page returns the page of a rule as Markdown, with a note that it is
// generated.
func Page(rule *analysis.Analyzer) string {
	return fmt.Sprintf("<!-- Generated from analyzers/%s/doc.go: change it there. -->\n\n%s", rule.Name, Markdown(rule))
}

// Markdown returns what the documentation of a rule says as Markdown, with
// code blocks marked as Go, and its flags.
func Markdown(rule *analysis.Analyzer) string {
	var b strings.Builder
	title, doc := parse(rule)
	fmt.Fprintf(&b, "# %s\n\n%s\n", rule.Name, sentence(title))
	printer := &comment.Printer{
		HeadingLevel: 2,
		HeadingID:    func(*comment.Heading) string { return "" },
	}
	for _, block := range doc.Content {
		b.WriteByte('\n')
		if code, ok := block.(*comment.Code); ok {
			fmt.Fprintf(&b, "```go\n%s```\n", code.Text)
			continue
		}
		b.Write(printer.Markdown(&comment.Doc{Content: []comment.Block{block}}))
	}
	b.WriteString(flags(rule))
	return b.String()
}

// Examples returns the code blocks of a rule's documentation, in order.
func Examples(rule *analysis.Analyzer) []string {
	_, doc := parse(rule)
	var out []string
	for _, block := range doc.Content {
		if code, ok := block.(*comment.Code); ok {
			out = append(out, code.Text)
		}
	}
	return out
}

// parse returns the first line of a rule's documentation and the rest of it.
func parse(rule *analysis.Analyzer) (title string, doc *comment.Doc) {
	title, body, _ := strings.Cut(strings.TrimSpace(rule.Doc), "\n")
	return strings.TrimPrefix(title, rule.Name+": "), new(comment.Parser).Parse(body)
}

// sentence turns a title into a sentence: they begin small, as Go's do.
func sentence(title string) string {
	if title == "" {
		return ""
	}
	return strings.ToUpper(title[:1]) + title[1:] + "."
}

// flags returns the section about the rule's flags, or nothing if it has none.
func flags(rule *analysis.Analyzer) string {
	var b strings.Builder
	rule.Flags.VisitAll(func(f *flag.Flag) {
		if b.Len() == 0 {
			b.WriteString("\n## Flags\n\n| flag | default | |\n| --- | --- | --- |\n")
		}
		fmt.Fprintf(&b, "| `-%s.%s` | `%s` | %s |\n", rule.Name, f.Name, f.DefValue, f.Usage)
	})
	return b.String()
}

package docgen

import (
	"go/doc/comment"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A Style decorates parts of a page for a terminal.
type Style struct {
	Heading func(string) string
	Code    func(string) string // a line of an example, without what stands behind it
	Comment func(string) string // the comment behind a line of an example
}

// Terminal returns the body of a rule's documentation for a terminal of the
// given width: the paragraphs wrapped, headings and examples told apart by
// their style.
func Terminal(rule *analysis.Analyzer, width int, s Style) string {
	_, doc := parse(rule)
	printer := &comment.Printer{TextWidth: width}
	var blocks []string
	for _, block := range doc.Content {
		switch block := block.(type) {
		case *comment.Heading:
			text := string(printer.Text(&comment.Doc{Content: []comment.Block{&comment.Paragraph{Text: block.Text}}}))
			blocks = append(blocks, s.Heading(strings.TrimSpace(text))+"\n")
		case *comment.Code:
			blocks = append(blocks, example(block.Text, s))
		default:
			blocks = append(blocks, string(printer.Text(&comment.Doc{Content: []comment.Block{block}})))
		}
	}
	return strings.Join(blocks, "\n")
}

// example returns a code block, indented.
func example(text string, s Style) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		code, behind, found := strings.Cut(line, " // ")
		switch {
		case line == "":
		case found && strings.TrimSpace(code) != "":
			b.WriteString("    " + s.Code(untab(code)) + " " + s.Comment("// "+behind))
		default:
			b.WriteString("    " + s.Code(untab(line)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// untab makes indentation narrow: half a terminal of it helps nobody.
func untab(line string) string { return strings.ReplaceAll(line, "\t", "    ") }

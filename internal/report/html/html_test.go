package html

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
	"github.com/txlint/txlint/internal/report/reporttest"
)

func render(t *testing.T, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, Write(&b, r))
	return b.String()
}

// texts returns the texts of the elements of a page that have a class, and
// fails if elements are not closed in the order in which they were opened.
func texts(t *testing.T, page, class string) []string {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(page))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	type element struct {
		name string
		at   int // of its text, or -1
	}
	var open []element
	var out []string
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := element{token.Name.Local, -1}
			for _, attr := range token.Attr {
				if attr.Name.Local == "class" && strings.Contains(" "+attr.Value+" ", " "+class+" ") {
					e.at = len(out)
					out = append(out, "")
				}
			}
			open = append(open, e)
		case xml.EndElement:
			require.Equal(t, open[len(open)-1].name, token.Name.Local)
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				if e.at >= 0 {
					out[e.at] += string(token)
				}
			}
		}
	}
	assert.Empty(t, open)
	return out
}

func TestPage(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	for i := range r.Findings {
		r.Findings[i].Package = "example.com/app"
	}
	page := render(t, r)
	messages := texts(t, page, "message")
	require.Len(t, messages, len(r.Findings))
	assert.Equal(t, report.OneLine(r.Findings[0].Message), messages[0])
	assert.Equal(t, []string{"nplusone/read"}, texts(t, page, "category"))
	assert.Len(t, texts(t, page, "rule"), 2)
	assert.Len(t, texts(t, page, "package"), 2)

	// The path of the first finding, in order and below its lines.
	code := texts(t, page, "code")[0]
	at := 0
	for _, want := range []string{
		"func (s *Store[T]) Ship() error {", "tx, err := begin()", "1begins here", "if err != nil {", "2err != nil is false", "return err\n", "3reported here",
	} {
		i := strings.Index(code[at:]+"\n", want)
		require.GreaterOrEqual(t, i, 0, "%q is missing in\n%s", want, code[at:])
		at += i
	}
	assert.Contains(t, texts(t, page, "fix")[0], "Defer the rollback+     defer tx.Rollback()")
	assert.Len(t, texts(t, page, "fix"), 1, "a fix that cannot be applied is not offered")
	assert.Contains(t, texts(t, page, "errors")[0], "b.go:1:2: undefined: x")

	// It needs nothing else.
	for _, from := range []string{"src=", "@import", "url(", "<link", "fetch("} {
		assert.NotContains(t, page, from)
	}
}

func TestEmptyPage(t *testing.T) {
	t.Parallel()
	page := render(t, &report.Report{Tool: report.Tool{Name: "txlint"}, Dir: "/a/b", Root: "/a/b", Sources: new(report.Sources)})
	assert.Equal(t, []string{"Nothing was found."}, texts(t, page, "nothing"))
	assert.Contains(t, page, "in b</title>")
}

// describe writes rows as text: numbers, a bar on the path, steps.
func describe(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		switch {
		case r.Skipped > 0:
			fmt.Fprintf(&b, "-%d", r.Skipped)
		default:
			fmt.Fprintf(&b, "%d", r.Number)
		}
		if r.OnPath {
			b.WriteByte('|')
		}
		for _, s := range r.Steps {
			fmt.Fprintf(&b, "%s%d", s.Kind[:1], s.Number)
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestRows(t *testing.T) {
	t.Parallel()
	name := t.TempDir() + "/a.go"
	text := "package a\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 40) + "}\n"
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	on := func(lines ...int) []step {
		var f finding.Finding
		for _, line := range lines {
			if f.Span.Line > 0 {
				f.Related = append(f.Related, finding.Related{Span: f.Span})
			}
			f.Span = finding.Span{File: name, Line: line, Column: 2, EndLine: line, EndColumn: 5}
		}
		return steps(f)
	}
	for _, test := range []struct {
		lines []int
		want  string
	}{
		{[]int{20}, "3 -14 18 19 20|e1 21 22"},
		{[]int{6, 8}, "3 4 5 6|b1 7| 8|e2 9 10"},
		{[]int{10, 19}, "3 4 5 6 7 8 9 10|b1 11| 12| 13| 14| 15| 16| 17| 18| 19|e2 20 21"},
		{[]int{10, 20, 36}, "3 4 5 6 7 8 9 10|b1 11| 12| -5| 18| 19| 20|b2 21| 22| -11| 34| 35| 36|e3 37 38"},
		{[]int{20, 10}, "3 4 5 6 7 8 9 10|e2 11| 12| -5| 18| 19| 20|b1 21 22"},
		{[]int{1, 44}, "1|b1 2| 3| -38| 42| 43| 44|e2"},
		{[]int{99}, ""}, // there is no such line
	} {
		got := describe(rowsOf(new(report.Sources), name, on(test.lines...)))
		assert.Equal(t, test.want, got, "%v", test.lines)
	}
	assert.Empty(t, rowsOf(new(report.Sources), name+".missing", on(1)))
}

func TestPieces(t *testing.T) {
	t.Parallel()
	at := func(from, to, endLine int, kind string) step {
		return step{Kind: kind, span: finding.Span{Line: 1, Column: from, EndLine: endLine, EndColumn: to}}
	}
	assert.Equal(t, []piece{{"    ab", ""}, {"cd", "exit"}, {"ef", ""}}, pieces("\tabcdef", []step{at(4, 6, 1, "exit")}))
	assert.Equal(t, []piece{{"a", ""}, {"bc", "exit"}, {"", ""}}, pieces("abc", []step{at(2, 1, 2, "exit")}), "it goes on below")
	assert.Equal(t, []piece{{"abc", ""}}, pieces("abc", []step{at(2, 2, 1, "begin"), at(9, 12, 1, "exit")}), "nothing, and behind the end")
	assert.Equal(t, []piece{{"", ""}, {"abc", "exit"}, {"d", ""}}, pieces("abcd", []step{at(1, 4, 1, "exit"), at(2, 3, 1, "branch")}), "one in the other")
}

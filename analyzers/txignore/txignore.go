package txignore

import (
	_ "embed"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/ruledoc"
	"github.com/txlint/txlint/internal/spelling"
)

//go:embed doc.go
var doc string

// URL is the page of this rule.
const URL = "https://github.com/txlint/txlint/blob/main/docs/rules/txignore.md"

// New returns the rule for directives about the given rules, which must honor
// them.
func New(rules ...*analysis.Analyzer) *analysis.Analyzer {
	c := checker{rules: rules}
	for _, rule := range rules {
		c.names = append(c.names, rule.Name)
	}
	return &analysis.Analyzer{
		Name:     "txignore",
		Doc:      ruledoc.Summary(doc),
		URL:      URL,
		Requires: append([]*analysis.Analyzer{directive.Analyzer}, rules...),
		Run:      func(pass *analysis.Pass) (any, error) { return nil, c.run(pass) },
	}
}

// A checker knows the rules that directives can name.
type checker struct {
	rules []*analysis.Analyzer
	names []string
}

func (c checker) run(pass *analysis.Pass) error {
	set := pass.ResultOf[directive.Analyzer].(*directive.Set)
	for _, d := range set.All {
		c.check(pass, d)
	}
	for _, file := range pass.Files {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				c.checkSpace(pass, comment)
			}
		}
	}
	return nil
}

// check reports what is wrong with a directive, one thing at a time.
func (c checker) check(pass *analysis.Pass, d *directive.Directive) {
	say := func(message string, fixes ...analysis.SuggestedFix) {
		pass.Report(analysis.Diagnostic{Pos: d.Pos, End: d.End, Category: "txignore", URL: URL, Message: message, SuggestedFixes: fixes})
	}
	if d.Form != directive.NoLint {
		switch bad := c.unknown(d.Rules); {
		case d.Form == directive.Unknown:
			say(unknownVerb(d.Text, spelling.Nearest(d.Text, []string{"//txlint:ignore", "//txlint:file-ignore"})))
			return
		case len(d.Rules) == 0:
			say(noRule(d.Text))
			return
		case bad != "":
			say(unknownRule(d.Text, bad, spelling.Nearest(bad, c.names), c.names))
			return
		case d.Reason == "":
			say(noReason(d.Text, d.Rules))
			return
		}
	}
	names := c.unused(pass, d)
	for _, name := range names {
		var fixes []analysis.SuggestedFix
		if len(names) == len(d.Rules) && name == names[0] {
			fixes = removal(pass, d)
		}
		say(unused(d.Text, name), fixes...)
	}
}

// unknown returns the first name that is no rule's, or "".
func (c checker) unknown(names []string) string {
	for _, name := range names {
		rule, _, _ := strings.Cut(name, "/")
		if name != directive.All && !slices.Contains(c.names, rule) {
			return name
		}
	}
	return ""
}

// unused returns the names of a directive that hold back nothing. Where one of
// their rules has failed, nobody knows.
func (c checker) unused(pass *analysis.Pass, d *directive.Directive) []string {
	var names []string
	for _, name := range d.Rules {
		if c.own(d.Form, name) && !c.used(pass, d, name) {
			names = append(names, name)
		}
	}
	return names
}

// own reports whether a name is about the rules here and nothing else.
func (c checker) own(form directive.Form, name string) bool {
	if form == directive.NoLint {
		return name == directive.Tool || name != directive.All && c.unknown([]string{name}) == ""
	}
	return true // it is known
}

// used reports whether a name of a directive held something back, or may have.
func (c checker) used(pass *analysis.Pass, d *directive.Directive, name string) bool {
	base, _, _ := strings.Cut(name, "/")
	for _, rule := range c.rules {
		if base != rule.Name && base != directive.All && base != directive.Tool {
			continue
		}
		result := pass.ResultOf[rule].(*directive.Result)
		if !result.Done || result.Used(d) {
			return true
		}
	}
	return false
}

// removal returns the fix that takes a directive away: with its line if it
// stands alone, else with the space before it.
func removal(pass *analysis.Pass, d *directive.Directive) []analysis.SuggestedFix {
	file := pass.Fset.File(d.Pos)
	content, err := pass.ReadFile(file.Name())
	if err != nil || len(content) != file.Size() {
		return nil
	}
	start, end := file.Offset(d.Pos), file.Offset(d.End)
	for start > 0 && (content[start-1] == ' ' || content[start-1] == '\t') {
		start--
	}
	alone := start == 0 || content[start-1] == '\n'
	if alone && end < len(content) && content[end] == '\n' {
		end++
	}
	return []analysis.SuggestedFix{{
		Message:   "Remove the directive",
		TextEdits: []analysis.TextEdit{{Pos: file.Pos(start), End: file.Pos(end)}},
	}}
}

// checkSpace reports a directive that was meant as one: it has a space where
// directives have none, and a rule's name.
func (c checker) checkSpace(pass *analysis.Pass, comment *ast.Comment) {
	rest, ok := strings.CutPrefix(comment.Text, "// txlint:")
	if !ok {
		return
	}
	words := strings.Fields(rest)
	if len(words) < 2 || words[0] != "ignore" && words[0] != "file-ignore" || c.unknown(strings.Split(words[1], ",")) != "" {
		return
	}
	pass.Report(analysis.Diagnostic{
		Pos: comment.Pos(), End: comment.End(), Category: "txignore", URL: URL,
		Message: notADirective("txlint:" + words[0]),
		SuggestedFixes: []analysis.SuggestedFix{{
			Message:   "Remove the space",
			TextEdits: []analysis.TextEdit{{Pos: comment.Pos() + token.Pos(len("//")), End: comment.Pos() + token.Pos(len("// "))}},
		}},
	})
}

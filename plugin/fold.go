package plugin

import (
	"flag"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/directive"
)

// flagNames returns the names of a rule's flags.
func flagNames(rule *analysis.Analyzer) []string {
	var names []string
	rule.Flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// forGolangci returns copies of rules, and of what they require, whose
// diagnostics golangci-lint shows whole. It makes an issue of its own of every
// step of a path, which stays when the finding is held back or fixed, and it
// applies every alternative of a fix.
//
// Rules that are off do not run for txignore either, which then leaves open
// whether a comment about them is of use.
//
// An analyzer asks for results by the address of the analyzer that it
// requires, so its pass is given the originals' addresses.
func forGolangci(rules []*analysis.Analyzer, off ...string) []*analysis.Analyzer {
	copies := make(map[*analysis.Analyzer]*analysis.Analyzer)
	var copyOf func(a *analysis.Analyzer) *analysis.Analyzer
	copyOf = func(a *analysis.Analyzer) *analysis.Analyzer {
		if c, ok := copies[a]; ok {
			return c
		}
		c := new(analysis.Analyzer)
		*c = *a
		copies[a] = c
		c.Requires = nil
		if slices.Contains(off, a.Name) {
			c.FactTypes = nil
			c.Run = func(*analysis.Pass) (any, error) { return new(directive.Result), nil }
			return c
		}
		for _, req := range a.Requires {
			c.Requires = append(c.Requires, copyOf(req))
		}
		c.Run = func(pass *analysis.Pass) (any, error) {
			p := *pass
			p.Analyzer = a
			p.ResultOf = make(map[*analysis.Analyzer]any)
			for _, req := range a.Requires {
				p.ResultOf[req] = pass.ResultOf[copies[req]]
			}
			p.Report = func(d analysis.Diagnostic) { pass.Report(fold(pass.Fset, d)) }
			result, err := a.Run(&p)
			if set, ok := result.(*directive.Set); ok {
				leaveToGolangci(set)
			}
			return result, err
		}
		return c
	}
	var out []*analysis.Analyzer
	for _, rule := range rules {
		out = append(out, copyOf(rule))
	}
	return out
}

// leaveToGolangci takes the comments out of a set by which golangci-lint itself
// holds issues back: its linter for such comments reports those that it had
// no use for. It knows no names of rules, so comments with one stay.
func leaveToGolangci(set *directive.Set) {
	set.All = slices.DeleteFunc(set.All, func(d *directive.Directive) bool {
		return d.Form == directive.NoLint &&
			(len(d.Rules) == 0 || slices.Contains(d.Rules, directive.Tool) || slices.Contains(d.Rules, directive.All))
	})
}

// fold returns a diagnostic whose path is part of its message, with one fix at
// most.
func fold(fset *token.FileSet, d analysis.Diagnostic) analysis.Diagnostic {
	var steps []string
	at := fset.Position(d.Pos).Filename
	for _, rel := range d.Related {
		pos := fset.Position(rel.Pos)
		place := fmt.Sprintf("line %d", pos.Line)
		if pos.Filename != at {
			place = fmt.Sprintf("%s:%d", filepath.Base(pos.Filename), pos.Line)
		}
		steps = append(steps, place+" "+rel.Message)
	}
	if len(steps) > 0 {
		d.Message += " [path: " + strings.Join(steps, ", ") + "]"
	}
	d.Related = nil
	if len(d.SuggestedFixes) > 1 {
		d.SuggestedFixes = d.SuggestedFixes[:1]
	}
	return d
}

package directive

import (
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reads the directives of a package.
var Analyzer = &analysis.Analyzer{
	Name:       "txdirectives",
	Doc:        "txdirectives: read the comments that hold findings back",
	ResultType: reflect.TypeFor[*Set](),
	Run: func(pass *analysis.Pass) (any, error) {
		return Read(pass.Fset, pass.Files), nil
	},
}

// A Result says which directives held back a finding of a rule. The zero value
// is the result of a rule that failed: it says nothing.
type Result struct {
	Done bool // the rule has looked at the whole package
	used map[*Directive]bool
}

// Used reports whether the directive held something back.
func (r *Result) Used(d *Directive) bool { return r.used[d] }

// Honor makes a rule honor directives, whoever drives it: what they hold back is
// not reported. The rule must not have a result of its own.
func Honor(rule *analysis.Analyzer) *analysis.Analyzer {
	run := rule.Run
	rule.Requires = append(rule.Requires, Analyzer)
	rule.ResultType = reflect.TypeFor[*Result]()
	rule.Run = func(pass *analysis.Pass) (any, error) {
		set := pass.ResultOf[Analyzer].(*Set)
		result := &Result{used: make(map[*Directive]bool)}
		filtered := *pass
		filtered.Report = func(d analysis.Diagnostic) {
			held := set.held(rule.Name, d)
			for _, directive := range held {
				result.used[directive] = true
			}
			if len(held) == 0 {
				pass.Report(d)
			}
		}
		if _, err := run(&filtered); err != nil {
			return result, err
		}
		result.Done = true
		return result, nil
	}
	return rule
}

// held returns the directives that hold a diagnostic back. What says why
// nothing was reported is always shown.
func (s *Set) held(rule string, d analysis.Diagnostic) []*Directive {
	if strings.HasSuffix(d.Category, "/silent") {
		return nil
	}
	if len(d.Related) == 0 {
		return s.About(rule, d.Category, d.Pos)
	}
	return s.About(rule, d.Category, d.Pos, d.Related[0].Pos)
}

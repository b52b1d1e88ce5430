package txowner

import (
	"cmp"
	_ "embed"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/ruledoc"
	"github.com/txlint/txlint/internal/txflow"
)

//go:embed doc.go
var doc string

// URL is the page of this rule.
const URL = "https://github.com/txlint/txlint/blob/main/docs/rules/txowner.md"

// Config holds the options of the rule.
type Config struct {
	// Flow is the analyzer that follows the transactions, nil for the one that all
	// rules share.
	Flow *analysis.Analyzer
	// Possible also reports what rests on an assumption.
	Possible bool
}

// Analyzer is the rule with its default options.
var Analyzer = New(Config{})

// New returns the rule with the given options as the defaults of its flags.
func New(c Config) *analysis.Analyzer {
	c.Flow = cmp.Or(c.Flow, txflow.Analyzer)
	a := &analysis.Analyzer{
		Name:     "txowner",
		Doc:      ruledoc.Summary(doc),
		URL:      URL,
		Requires: []*analysis.Analyzer{c.Flow},
	}
	cfg := &c
	a.Flags.BoolVar(&cfg.Possible, "possible", c.Possible, "also report what rests on an assumption")
	txflow.ShareFlags(a, c.Flow)
	a.Run = func(pass *analysis.Pass) (any, error) { return run(pass, *cfg) }
	return directive.Honor(a)
}

func run(pass *analysis.Pass, cfg Config) (any, error) {
	res := pass.ResultOf[cfg.Flow].(*txflow.Result)
	wanted := func(e *txflow.Event) bool { return e.Possible == "" || cfg.Possible }
	for _, group := range res.AfterEnd(func(e *txflow.Event) bool { return wanted(e) && e.Prior.Works }) {
		report(pass, group, callerMessage(pass, group[0]), nil)
	}
	for _, e := range res.Events {
		if e.Kind == txflow.FinishesManaged && wanted(e) {
			report(pass, []*txflow.Event{e}, managedMessage(e), nil)
		}
	}
	goneOn := callersGoingOn(res.Events)
	for _, group := range borrowed(res, wanted) {
		obj, _ := group[0].Func.Object().(*types.Func)
		if callers := goneOn[group[0].Where]; violates(pass, group[0], obj, callers) {
			report(pass, group, borrowedMessage(pass, group[0], callers), callers)
		}
	}
	return nil, nil
}

// borrowed groups the places where a function finishes what it was given by
// the transaction. The first of a group, which is the one to report, is a
// commit or a rollback that callers do not learn of, if there is one.
func borrowed(res *txflow.Result, wanted func(*txflow.Event) bool) [][]*txflow.Event {
	groups := res.ByTx(func(e *txflow.Event) bool { return e.Kind == txflow.FinishesBorrowed && wanted(e) })
	for _, g := range groups {
		slices.SortStableFunc(g, func(x, y *txflow.Event) int { return told(x) - told(y) })
	}
	return groups
}

func told(e *txflow.Event) int {
	if e.Told {
		return 1
	}
	return 0
}

// callersGoingOn lists, by the place that finishes what was lent, what callers
// go on to do.
func callersGoingOn(events []*txflow.Event) map[string][]*txflow.Event {
	out := map[string][]*txflow.Event{}
	for _, e := range events {
		if (e.Kind == txflow.SecondFinish || e.Kind == txflow.UseAfterEnd) && e.Prior != nil && e.Prior.Where != "" && e.Possible == "" {
			out[e.Prior.Where] = append(out[e.Prior.Where], e)
		}
	}
	return out
}

// violates reports whether a function breaks the rule that finishes what it was
// given. Where callers are in view they decide. Where none is, it must be one
// that callers elsewhere can reach, and they must have no way to know.
func violates(pass *analysis.Pass, e *txflow.Event, obj *types.Func, goneOn []*txflow.Event) bool {
	switch {
	case len(goneOn) > 0:
		return true
	case obj == nil, len(e.Owners) > 0, e.Told, documented(pass, obj):
		return false
	}
	return e.Unseen
}

// finishing matches comments that speak of the end of a transaction.
var finishing = regexp.MustCompile(`(?i)\b(commit|roll(s|ed|ing)?[ -]?back|(ends?|finish(es)?|clos(es?|ing)) (the|its|a) (tx|transaction|session))`)

// documented reports whether the comment of the function speaks of the end of
// the transaction: then its callers know.
func documented(pass *analysis.Pass, obj *types.Func) bool {
	for _, f := range pass.Files {
		if f.FileStart > obj.Pos() || obj.Pos() >= f.FileEnd {
			continue
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Pos() == obj.Pos() {
				return fn.Doc != nil && finishing.MatchString(fn.Doc.Text())
			}
		}
	}
	return false
}

// report reports the first event of a group of the same kind, and names the
// others.
func report(pass *analysis.Pass, group []*txflow.Event, message string, goneOn []*txflow.Event) {
	e := group[0]
	d := analysis.Diagnostic{Pos: e.AtPos, End: e.AtEnd, Category: "txowner", URL: URL, Message: message}
	for _, s := range e.Path {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: s.Pos, Message: s.What})
	}
	relate := func(pos token.Pos, what string) {
		if r := (analysis.RelatedInformation{Pos: pos, Message: what}); !slices.Contains(d.Related, r) {
			d.Related = append(d.Related, r)
		}
	}
	for _, other := range group[1:] {
		relate(other.AtPos, "here too")
	}
	for _, c := range goneOn {
		relate(c.Prior.Pos, "called here")
		relate(c.AtPos, "this caller goes on")
	}
	// Of a callee in another package the message names the place: drivers show
	// no source of packages that are not in hand.
	if e.Prior != nil && e.Prior.Callee != nil && e.Prior.Callee.Pkg() == pass.Pkg {
		relate(e.Prior.Callee.Pos(), "finishes what it is lent")
	}
	pass.Report(d)
}

package txowner

import (
	_ "embed"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/ruledoc"
	"github.com/txlint/txlint/internal/txflow"
)

//go:embed doc.go
var doc string

// URL is the page of this rule.
const URL = "https://github.com/txlint/txlint/blob/main/docs/rules/txowner.md"

// Config holds the options of the rule.
type Config struct {
	// Possible also reports what rests on an assumption.
	Possible bool
}

// Analyzer is the rule with its default options.
var Analyzer = New(Config{})

// New returns the rule with the given options as the defaults of its flags.
func New(c Config) *analysis.Analyzer {
	a := &analysis.Analyzer{
		Name:     "txowner",
		Doc:      ruledoc.Summary(doc),
		URL:      URL,
		Requires: []*analysis.Analyzer{txflow.Analyzer},
	}
	cfg := &c
	a.Flags.BoolVar(&cfg.Possible, "possible", c.Possible, "also report what rests on an assumption")
	a.Run = func(pass *analysis.Pass) (any, error) { return run(pass, *cfg) }
	return a
}

func run(pass *analysis.Pass, cfg Config) (any, error) {
	res := pass.ResultOf[txflow.Analyzer].(*txflow.Result)
	wanted := func(e *txflow.Event) bool { return e.Possible == "" || cfg.Possible }
	for _, group := range res.AfterEnd(func(e *txflow.Event) bool { return wanted(e) && e.Prior.Works }) {
		report(pass, group[0], callerMessage(pass, group[0]), nil)
	}
	goneOn := callersGoingOn(res.Events)
	for _, e := range res.Events {
		if !wanted(e) {
			continue
		}
		switch e.Kind {
		case txflow.FinishesManaged:
			report(pass, e, managedMessage(e), nil)
		case txflow.FinishesBorrowed:
			obj, _ := e.Func.Object().(*types.Func)
			if callers := goneOn[obj]; violates(pass, e, obj, callers) {
				report(pass, e, borrowedMessage(pass, e, callers), callers)
			}
		}
	}
	return nil, nil
}

// callersGoingOn lists, by the function that finished what was lent to it, what
// its callers go on to do.
func callersGoingOn(events []*txflow.Event) map[*types.Func][]*txflow.Event {
	out := map[*types.Func][]*txflow.Event{}
	for _, e := range events {
		if (e.Kind == txflow.SecondFinish || e.Kind == txflow.UseAfterEnd) && e.Prior != nil && e.Prior.Callee != nil && e.Possible == "" {
			out[e.Prior.Callee.Origin()] = append(out[e.Prior.Callee.Origin()], e)
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

func report(pass *analysis.Pass, e *txflow.Event, message string, goneOn []*txflow.Event) {
	d := analysis.Diagnostic{Pos: e.AtPos, End: e.AtEnd, Category: "txowner", URL: URL, Message: message}
	for _, s := range e.Path {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: s.Pos, Message: s.What})
	}
	relate := func(pos token.Pos, what string) {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: pos, Message: what})
	}
	for _, c := range goneOn {
		relate(c.Prior.Pos, "called here")
		relate(c.AtPos, "this caller goes on")
	}
	if e.Prior != nil && e.Prior.Callee != nil && e.Prior.Callee.Pos().IsValid() {
		relate(e.Prior.Callee.Pos(), "finishes what it is lent")
	}
	pass.Report(d)
}

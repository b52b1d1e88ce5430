package txdone

import (
	"cmp"
	_ "embed"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/ruledoc"
	"github.com/txlint/txlint/internal/txflow"
)

//go:embed doc.go
var doc string

// URL is the page of this rule.
const URL = "https://github.com/txlint/txlint/blob/main/docs/rules/txdone.md"

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
		Name:     "txdone",
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
	// What goes on after a function has finished what it was lent is a matter of
	// ownership, and txowner's to report.
	for _, group := range res.AfterEnd(func(e *txflow.Event) bool { return wanted(e) && !e.Prior.Works }) {
		pass.Report(diagnostic(pass, group[0], group[1:]))
	}
	for _, kind := range []txflow.EventKind{txflow.ReturnsEnded, txflow.LateError} {
		for _, group := range res.ByTx(func(e *txflow.Event) bool { return e.Kind == kind && e.Prior != nil && wanted(e) }) {
			pass.Report(diagnostic(pass, group[0], group[1:]))
		}
	}
	return nil, nil
}

func diagnostic(pass *analysis.Pass, e *txflow.Event, more []*txflow.Event) analysis.Diagnostic {
	d := analysis.Diagnostic{Pos: e.AtPos, End: e.AtEnd, Category: "txdone", URL: URL, Message: message(pass, e)}
	for _, s := range e.Path {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: s.Pos, Message: s.What})
	}
	for _, m := range more {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: m.AtPos, End: m.AtEnd, Message: "used after its end here too"})
	}
	return d
}

package earlyreturn

import (
	"cmp"
	_ "embed"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/ruledoc"
	"github.com/txlint/txlint/internal/txflow"
)

//go:embed doc.go
var doc string

// URL is the page of this rule.
const URL = "https://github.com/txlint/txlint/blob/main/docs/rules/earlyreturn.md"

// Config holds the options of the rule.
type Config struct {
	// Flow is the analyzer that follows the transactions, nil for the one that all
	// rules share.
	Flow *analysis.Analyzer
	// Possible also reports what rests on an assumption.
	Possible bool
	// Panics also reports transactions that only a panic leaves open.
	Panics bool
	// Explain reports why nothing was said about a begin.
	Explain bool
}

// Analyzer is the rule with its default options.
var Analyzer = New(Config{})

// New returns the rule with the given options as the defaults of its flags.
func New(c Config) *analysis.Analyzer {
	c.Flow = cmp.Or(c.Flow, txflow.Analyzer)
	a := &analysis.Analyzer{
		Name:     "earlyreturn",
		Doc:      ruledoc.Summary(doc),
		URL:      URL,
		Requires: []*analysis.Analyzer{c.Flow},
	}
	cfg := &c
	a.Flags.BoolVar(&cfg.Possible, "possible", c.Possible, "also report what rests on an assumption")
	a.Flags.BoolVar(&cfg.Panics, "panics", c.Panics, "also report transactions that only a panic leaves open")
	a.Flags.BoolVar(&cfg.Explain, "explain", c.Explain, "tell why nothing was reported about a begin")
	txflow.ShareFlags(a, c.Flow)
	a.Run = func(pass *analysis.Pass) (any, error) { return run(pass, *cfg) }
	return directive.Honor(a)
}

func run(pass *analysis.Pass, cfg Config) (any, error) {
	res := pass.ResultOf[cfg.Flow].(*txflow.Result)
	for _, group := range leaks(res.Events, cfg) {
		pass.Report(diagnostic(source{pass, res.Rows}, group))
	}
	if cfg.Explain {
		for _, f := range res.Failures {
			pass.Report(analysis.Diagnostic{Pos: f.Pos, Category: "earlyreturn/silent", URL: URL, Message: "nothing is reported about this function, its analysis failed: " + f.Why})
		}
		for _, e := range res.Events {
			if e.Kind == txflow.Silent {
				pass.Report(analysis.Diagnostic{Pos: e.AtPos, End: e.AtEnd, Category: "earlyreturn/silent", URL: URL, Message: silentMessage(e)})
			}
		}
	}
	return nil, nil
}

// leaks selects the events that are leaks, one group for each begin, in order
// of position. The first of a group is the one to report.
func leaks(events []*txflow.Event, cfg Config) [][]*txflow.Event {
	groups := map[*ssa.Call][]*txflow.Event{}
	var order []*ssa.Call
	for _, e := range events {
		switch e.Kind {
		case txflow.Exit, txflow.NextRound, txflow.DeferInLoop, txflow.Overwritten:
		case txflow.PanicExit:
			if !cfg.Panics {
				continue
			}
		default:
			continue
		}
		if e.Possible != "" && !cfg.Possible {
			continue
		}
		if groups[e.Begin] == nil {
			order = append(order, e.Begin)
		}
		groups[e.Begin] = append(groups[e.Begin], e)
	}
	var out [][]*txflow.Event
	for _, b := range order {
		g := groups[b]
		slices.SortStableFunc(g, func(x, y *txflow.Event) int { return rank(x) - rank(y) })
		out = append(out, g)
	}
	return out
}

// rank puts what is definite first, and panics last.
func rank(e *txflow.Event) int {
	r := 0
	if e.Possible != "" {
		r = 2
	}
	if e.Kind == txflow.PanicExit {
		r++
	}
	return r
}

func diagnostic(src source, group []*txflow.Event) analysis.Diagnostic {
	e := group[0]
	d := analysis.Diagnostic{Pos: e.AtPos, End: e.AtEnd, Category: "earlyreturn", URL: URL, Message: message(src, group)}
	at := e.AtPos // of a panic this is the parenthesis
	if e.Dropped {
		at = e.Begin.Pos()
	}
	if call := src.call(at); call != nil {
		d.Pos, d.End = call.Pos(), call.End()
	}
	for _, s := range e.Path {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: s.Pos, Message: s.What})
	}
	for _, other := range group[1:] {
		if other.Kind == txflow.Exit && other.AtPos != e.AtPos {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: other.AtPos, End: other.AtEnd, Message: "also left open here"})
		}
	}
	if e.ContextEnds.IsValid() && !e.Dropped {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: e.ContextEnds, Message: "the end of this context rolls it back; until then its connection is taken"})
	}
	if fix, ok := deferredRollback(src, group); ok {
		d.SuggestedFixes = []analysis.SuggestedFix{fix}
	}
	return d
}

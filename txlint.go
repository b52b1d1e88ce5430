// Package txlint finds transaction misuse in Go programs: transactions left
// open on an early return, and their relatives.
//
// The analyzers are ordinary go/analysis passes. [Suite] returns all of them;
// each that finds bugs is also exported by its own package under analyzers/.
package txlint

import (
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/earlyreturn"
	"github.com/txlint/txlint/analyzers/nplusone"
	"github.com/txlint/txlint/analyzers/txdone"
	"github.com/txlint/txlint/analyzers/txignore"
	"github.com/txlint/txlint/analyzers/txowner"
	"github.com/txlint/txlint/internal/txflow"
)

// Suite returns every rule of txlint, in the order in which they are listed
// to users. The slice is fresh, the analyzers are shared.
func Suite() []*analysis.Analyzer {
	return append(slices.Clone(rules), directives)
}

// New returns the rules of [Suite] anew: what is set on their flags has no effect
// on any others.
func New() []*analysis.Analyzer {
	flow := txflow.New()
	rules := []*analysis.Analyzer{
		earlyreturn.New(earlyreturn.Config{Flow: flow}),
		txowner.New(txowner.Config{Flow: flow}),
		txdone.New(txdone.Config{Flow: flow}),
		nplusone.New(nplusone.Config{}),
	}
	return append(rules, txignore.New(rules...))
}

// rules are those that find bugs.
var rules = []*analysis.Analyzer{
	earlyreturn.Analyzer,
	txowner.Analyzer,
	txdone.Analyzer,
	nplusone.Analyzer,
}

// directives is the rule about what holds back their findings. It knows them
// all, so it is put together here.
var directives = txignore.New(rules...)

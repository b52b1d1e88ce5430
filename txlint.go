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
)

// Suite returns every rule of txlint, in the order in which they are listed
// to users. The slice is fresh, the analyzers are shared.
func Suite() []*analysis.Analyzer {
	return append(slices.Clone(rules), directives)
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

// The buildssa command is an analyzer by hand as most are built: x/tools'
// multichecker, and one analyzer that requires buildssa and does nothing with
// it. What txlint costs is compared with what it costs.
package main

import (
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/multichecker"
	"golang.org/x/tools/go/analysis/passes/buildssa"
)

func main() {
	multichecker.Main(&analysis.Analyzer{
		Name:     "nothing",
		Doc:      "build SSA and do nothing with it",
		Requires: []*analysis.Analyzer{buildssa.Analyzer},
		Run:      func(*analysis.Pass) (any, error) { return nil, nil },
	})
}

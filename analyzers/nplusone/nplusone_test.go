package nplusone_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/nplusone"
	"github.com/txlint/txlint/internal/corpustest"
)

func TestCorpus(t *testing.T) {
	t.Parallel()
	corpustest.Check(t, []*analysis.Analyzer{nplusone.Analyzer}, "nplusone")
}

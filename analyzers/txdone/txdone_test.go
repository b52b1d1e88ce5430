package txdone_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/analyzers/txdone"
	"github.com/txlint/txlint/internal/corpustest"
)

// TestCorpus proves that the rule says what the corpus wants, and nothing else.
func TestCorpus(t *testing.T) {
	t.Parallel()
	corpustest.Check(t, []*analysis.Analyzer{txdone.Analyzer}, "txdone")
}

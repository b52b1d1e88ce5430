package oracle_test

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/oracle"
)

// caseOf makes a case of the source of a file.
func caseOf(t *testing.T, name, src string) *oracle.Case {
	t.Helper()
	_, err := parser.ParseFile(token.NewFileSet(), "", src, 0)
	require.NoError(t, err)
	return &oracle.Case{Name: name, Files: []oracle.File{{Dir: "p", Name: name + ".go", Src: src}}}
}

// leaks leaves its transaction open where a statement fails.
const leaks = `package p

import "database/sql"

func F1(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}
`

// secretly lends its transaction to a helper that ends it or not, which nobody
// can tell: see the first restriction in docs/contract.md.
const secretly = `package p

import "database/sql"

func F2(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	H2_2(tx)
	_, err = tx.Exec("UPDATE t SET a = 1")
	return err
}

func H2_2(tx *sql.Tx) {
	if _, err := tx.Exec("UPDATE t SET a = 1"); err != nil {
		tx.Rollback()
	}
}
`

// many has more paths than are kept apart: see the last restriction there.
const many = `package p

import "database/sql"
import "github.com/txlint/txlint/internal/oracle/world/ext"

func F4(db *sql.DB) error {
	var a, b, c, d, e, f, g bool
	if ext.Flag() {
		a = true
	}
	if ext.Flag() {
		b = true
	}
	if ext.Flag() {
		c = true
	}
	if ext.Flag() {
		d = true
	}
	if ext.Flag() {
		e = true
	}
	if ext.Flag() {
		f = true
	}
	if ext.Flag() {
		g = true
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if a && !b && c && !d && e && !f && g {
		return nil
	}
	return tx.Rollback()
}
`

// generic does wrong if anybody calls it.
const generic = `package p

func H3[T interface { Commit() error; Rollback() error }](tx T) error {
	tx.Rollback()
	return tx.Commit()
}
`

// TestJudge wants runs and findings to be told apart, and what the contract
// leaves open to be no disagreement.
func TestJudge(t *testing.T) {
	t.Parallel()
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		j := judge(t)
		j.Analyzers = []*analysis.Analyzer{reporting("earlyreturn", 0)}
		v, err := j.Judge(t.Context(), []*oracle.Case{caseOf(t, "c1", leaks)})
		require.NoError(t, err)
		require.Len(t, v.Disagreements, 1)
		assert.True(t, v.Disagreements[0].Missing())
	})
	t.Run("wrong", func(t *testing.T) {
		t.Parallel()
		j := judge(t)
		j.Analyzers = []*analysis.Analyzer{reporting("earlyreturn", 5)}
		v, err := j.Judge(t.Context(), []*oracle.Case{caseOf(t, "c1", leaks)})
		require.NoError(t, err)
		require.Len(t, v.Disagreements, 2, "what is reported at a wrong place, and what is missing")
	})
	t.Run("right", func(t *testing.T) {
		t.Parallel()
		v, err := judge(t).Judge(t.Context(), []*oracle.Case{caseOf(t, "c1", leaks), caseOf(t, "c2", secretly), caseOf(t, "c3", generic), caseOf(t, "c4", many)})
		require.NoError(t, err)
		assert.Empty(t, v.Disagreements)
		assert.Equal(t, 1, v.Trusted, "the caller of a helper that tells nobody what it did")
		assert.Equal(t, 1, v.Limited, "what is only possible because there are too many paths")
		assert.Equal(t, 1, v.Unreached, "a generic function that nobody calls")
	})
}

// reporting returns a rule that reports at a line of each file, 0 for none.
func reporting(name string, line int) *analysis.Analyzer {
	return &analysis.Analyzer{Name: name, Doc: "reports a line", Run: func(pass *analysis.Pass) (any, error) {
		for _, f := range pass.Files {
			if line > 0 {
				pass.Reportf(pass.Fset.File(f.Pos()).LineStart(line), "it is wrong")
			}
		}
		return nil, nil
	}}
}

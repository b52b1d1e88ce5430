package oracle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/oracle"
)

func TestGenSmoke(t *testing.T) {
	start := time.Now()
	lap := func(s string) { fmt.Println(s, time.Since(start)); start = time.Now() }
	cases, err := oracle.Generate(1, 1000, 10)
	require.NoError(t, err)
	lap("gen")
	good, bad, err := oracle.Compiling(cases)
	require.NoError(t, err)
	lap("check")
	fmt.Println(len(good), len(bad))
	for c, err := range bad {
		fmt.Println(err)
		fmt.Println(c)
		break
	}
	f, err := oracle.Analyze(good, txlint.Suite())
	require.NoError(t, err)
	lap("analyze")
	r, err := oracle.Execute(t.Context(), t.TempDir(), good, 300)
	require.NoError(t, err)
	lap("execute")
	v := oracle.Compare(good, f, r, oracle.Rules)
	fmt.Println(v.Functions, v.Runs, v.Findings, v.Open, v.Damaged, len(v.Disagreements))
	for i, d := range v.Disagreements {
		fmt.Println("#", d)
		if i < 12 {
			fmt.Println(d.Case)
		}
	}
}

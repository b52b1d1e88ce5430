package oracle_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/oracle"
)

func TestGenSmoke(t *testing.T) {
	seed, n, limit := uint64(1), 1000, 300
	if s := os.Getenv("SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("N"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	start := time.Now()
	lap := func(s string) { fmt.Println(s, time.Since(start)); start = time.Now() }
	cases, err := oracle.Generate(seed, n, 10)
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
	r, err := oracle.Execute(t.Context(), t.TempDir(), good, limit)
	require.NoError(t, err)
	lap("execute")
	v := oracle.Compare(good, f, r, oracle.Rules)
	fmt.Println(v.Functions, v.Runs, v.Findings, v.Open, v.Unreached, v.Damaged, len(v.Disagreements))
	j := &oracle.Judge{Analyzers: txlint.Suite(), Rules: oracle.Rules, Limit: 150, Dir: t.TempDir()}
	small, err := j.Shrink(t.Context(), v.Disagreements)
	require.NoError(t, err)
	lap("shrink")
	for _, d := range small {
		fmt.Println("#", d)
		fmt.Println(d.Case)
	}
}

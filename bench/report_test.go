//go:build unix

package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	of := func(seconds ...int) float64 {
		var all []usage
		for _, s := range seconds {
			all = append(all, usage{cpu: time.Duration(s) * time.Second})
		}
		return median(all, func(u usage) float64 { return u.cpu.Seconds() })
	}
	assert.Equal(t, 0.0, of())
	assert.Equal(t, 4.0, of(4))
	assert.Equal(t, 3.0, of(9, 1, 3))
	assert.Equal(t, 2.5, of(9, 1, 3, 2))
}

// demo returns results in which every subject has used one second and 1 MiB,
// and txlint what is given.
func demo(cpu time.Duration, peak int64) results {
	r := make(results)
	for _, s := range byHand {
		r.add(key{s.name, ""}, usage{time.Second, 1 << 20})
	}
	for _, s := range byVet {
		r.add(key{s.name, "cold"}, usage{time.Second, 1 << 20})
		r.add(key{s.name, "warm"}, usage{time.Second, 1 << 20})
	}
	r[key{txlint.name, ""}] = []usage{{cpu, peak}}
	return r
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	cheap := demo(200*time.Millisecond, 1<<17)
	for _, b := range budgets {
		assert.True(t, b.met(cheap), b.what)
	}
	assert.InDelta(t, 0.2, budgets[0].ratio(cheap), 1e-9)
	assert.InDelta(t, 0.125, budgets[1].ratio(cheap), 1e-9)

	dear := demo(1600*time.Millisecond, 1<<20)
	var exceeded []float64
	for _, b := range budgets {
		if !b.met(dear) {
			exceeded = append(exceeded, b.ratio(dear))
		}
	}
	assert.InDeltaSlice(t, []float64{1.6, 1.6, 1}, exceeded, 1e-9)
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report(&out, demo(1600*time.Millisecond, 3<<20))
	assert.Contains(t, out.String(), "1.60   1.60  1.60  3        txlint\n")
	assert.Contains(t, out.String(), "1.00   1.00  1.00  1        go vet, cold\n")
	assert.Contains(t, out.String(), "3.00   1.50    exceeded  memory by hand, of types and SSA alone\n")
}

func TestReplaceBin(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "-vettool=/tmp/x/bin/idle", replaceBin("-vettool=bin/idle", "/tmp/x/bin"))
	assert.Equal(t, "vet", replaceBin("vet", "/tmp/x/bin"))
}

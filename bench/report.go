//go:build unix

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// A usage is what one command has used.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes
}

// A key names what was measured: a subject, and for go vet whether it had to do
// the work.
type key struct{ name, state string }

// results are all measurements.
type results map[key][]usage

func (r results) add(k key, u usage) { r[k] = append(r[k], u) }

// cpu returns the median processor time in seconds.
func (r results) cpu(k key) float64 {
	return median(r[k], func(u usage) float64 { return u.cpu.Seconds() })
}

// peak returns the median peak memory in MiB.
func (r results) peak(k key) float64 {
	return median(r[k], func(u usage) float64 { return float64(u.peak) / (1 << 20) })
}

// median returns the median of a value of all usages: the middle one, or the
// mean of the two in the middle.
func median(all []usage, value func(usage) float64) float64 {
	if len(all) == 0 {
		return 0
	}
	values := make([]float64, len(all))
	for i, u := range all {
		values[i] = value(u)
	}
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 1 {
		return values[half]
	}
	return (values[half-1] + values[half]) / 2
}

// A budget says how much of what another needs a command may use.
type budget struct {
	what      string
	value     func(results, key) float64
	of, other key
	limit     float64
}

// budgets are what txlint promises.
var budgets = []budget{
	{"CPU by hand, of types and SSA alone", results.cpu, key{txlint.name, ""}, key{reference.name, ""}, 1.5},
	{"memory by hand, of types and SSA alone", results.peak, key{txlint.name, ""}, key{reference.name, ""}, 1.5},
	{"CPU by hand where nothing has changed, of go list", results.cpu, key{again.name, ""}, key{goList.name, ""}, 1.5},
	{"CPU by hand, of a cold go vet", results.cpu, key{txlint.name, ""}, key{goVet.name, "cold"}, 0.2},
	{"memory by hand, of multichecker over buildssa", results.peak, key{txlint.name, ""}, key{buildssa.name, ""}, 0.2},
	{"CPU as a vet tool, cold, of one that does nothing", results.cpu, key{vetTool.name, "cold"}, key{vetIdle.name, "cold"}, 1.15},
	{"CPU as a vet tool, warm, of one that does nothing", results.cpu, key{vetTool.name, "warm"}, key{vetIdle.name, "warm"}, 1.1},
	{"CPU as a vet tool, warm, of go vet", results.cpu, key{vetTool.name, "warm"}, key{goVet.name, "warm"}, 1.1},
}

// ratio returns how much of the other's use the command has used.
func (b budget) ratio(r results) float64 {
	other := b.value(r, b.other)
	if other == 0 {
		return 0
	}
	return b.value(r, b.of) / other
}

// met reports whether the command kept to its budget.
func (b budget) met(r results) bool { return b.ratio(r) <= b.limit }

// report writes the tables.
func report(out io.Writer, r results) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nCPU s\tfrom\tto\tpeak MB\t")
	for _, s := range byHand {
		row(w, r, key{s.name, ""})
	}
	for _, state := range []string{"cold", "warm"} {
		for _, s := range byVet {
			row(w, r, key{s.name, state})
		}
	}
	fmt.Fprintln(w, "\nratio\tbudget\t\t")
	for _, b := range budgets {
		verdict := "met"
		if !b.met(r) {
			verdict = "exceeded"
		}
		fmt.Fprintf(w, "%.2f\t%.2f\t%s\t%s\n", b.ratio(r), b.limit, verdict, b.what)
	}
	w.Flush()
}

func row(w io.Writer, r results, k key) {
	name := k.name
	if k.state != "" {
		name += ", " + k.state
	}
	least := slices.MinFunc(r[k], func(a, b usage) int { return int(a.cpu - b.cpu) })
	most := slices.MaxFunc(r[k], func(a, b usage) int { return int(a.cpu - b.cpu) })
	fmt.Fprintf(w, "%.2f\t%.2f\t%.2f\t%.0f\t%s\n", r.cpu(k), least.cpu.Seconds(), most.cpu.Seconds(), r.peak(k), name)
}

// replaceBin puts the folder of the programs in the place of "bin/".
func replaceBin(arg, bin string) string {
	before, name, ok := strings.Cut(arg, "bin/")
	if !ok {
		return arg
	}
	return before + bin + "/" + name
}

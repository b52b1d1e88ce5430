//go:build unix

// The reference command does the least that an analysis by hand could do: it
// type-checks the named packages against export data, builds their SSA, and
// analyses nothing. What txlint costs is compared with what it costs.
//
//	go build -o /tmp/reference ./bench/reference
//	cd MODULE && /tmp/reference ./... && /tmp/reference -tests=false ./...
//
// It prints the processor time of itself and of the go command that it runs,
// and its own peak memory.
package main

import (
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

func main() {
	tests := flag.Bool("tests", true, "also load tests")
	flag.Parse()
	start := time.Now()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax | packages.NeedModule, Tests: *tests}, flag.Args()...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	program, roots := ssautil.Packages(pkgs, ssa.BuilderMode(0))
	program.Build()
	report(len(roots), time.Since(start))
}

// report prints what the process has used.
func report(roots int, elapsed time.Duration) {
	var self, children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Printf("%d packages, %.2f s elapsed, %.2f CPU s of its own, %.2f in go list, peak %d MB\n",
		roots, elapsed.Seconds(), cpu(self), cpu(children), self.Maxrss>>10)
}

func cpu(r syscall.Rusage) float64 {
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()).Seconds()
}

//go:build unix

// The sparse command measures txlint's driver without txlint's rules: it loads
// what a run by hand loads, builds the SSA of every package that reaches a
// library (of every package with -all), exports a fact about every function,
// and reports nothing. Compare with bench/reference.
package main

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/driver"
	"github.com/txlint/txlint/internal/lazyssa"
)

type seen struct{ Blocks int }

func (*seen) AFact() {}

func main() {
	libraries := driver.DefaultLibraries()
	probe := &analysis.Analyzer{
		Name:      "probe",
		Doc:       "build SSA",
		Requires:  []*analysis.Analyzer{lazyssa.Analyzer},
		FactTypes: []analysis.Fact{new(seen)},
	}
	all := probe.Flags.Bool("all", false, "build the SSA of every package")
	probe.Run = func(pass *analysis.Pass) (any, error) {
		if *all || reaches(pass.Pkg, libraries.IsLibrary, make(map[*types.Package]bool)) {
			build(pass)
		}
		return nil, nil
	}
	env, err := driver.ProcessEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	start := time.Now()
	tool := driver.Tool{Name: "sparse", Rules: []*analysis.Analyzer{probe}, Libraries: libraries}
	code := driver.Main(context.Background(), tool, env, os.Args[1:])
	report(time.Since(start))
	os.Exit(code)
}

// build builds the SSA of a package and exports a fact about every function.
func build(pass *analysis.Pass) {
	builder := pass.ResultOf[lazyssa.Analyzer].(*lazyssa.Builder)
	pkg := builder.Package(func(*types.Func) bool { return false })
	for _, fn := range builder.Functions(pkg) {
		if obj, ok := fn.Object().(*types.Func); ok {
			pass.ExportObjectFact(obj, &seen{len(fn.Blocks)})
		}
	}
}

// reaches reports whether pkg imports a library, directly or not.
func reaches(pkg *types.Package, isLibrary func(string) bool, visited map[*types.Package]bool) bool {
	if visited[pkg] {
		return false
	}
	visited[pkg] = true
	return isLibrary(pkg.Path()) || slices.ContainsFunc(pkg.Imports(), func(imp *types.Package) bool {
		return reaches(imp, isLibrary, visited)
	})
}

// report prints what the process has used.
func report(elapsed time.Duration) {
	var self, children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Printf("%.2f s elapsed, %.2f CPU s of its own, %.2f in the go command, peak %d MB\n",
		elapsed.Seconds(), cpu(self), cpu(children), self.Maxrss>>10)
}

func cpu(r syscall.Rusage) float64 {
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()).Seconds()
}

package driver

import (
	"fmt"
	"reflect"
	"runtime/debug"

	"golang.org/x/tools/go/analysis"
)

// A failure says that an analyzer could not do its work on a package.
type failure struct {
	analyzer string
	pkg      string
	reason   string
	stack    string // set if it panicked
}

func (f failure) String() string {
	return fmt.Sprintf("%s failed on package %s: %s", f.analyzer, f.pkg, f.reason)
}

// runProtected runs a on pass. If a panics, returns an error, or returns what
// it did not announce, there is a failure and the result is a's empty result,
// so that analyzers that need the result still run, and so do the importers of
// the package.
func runProtected(a *analysis.Analyzer, pass *analysis.Pass) (result any, failed *failure) {
	fail := func(reason, stack string) {
		result = emptyResult(a)
		failed = &failure{analyzer: a.Name, pkg: pass.Pkg.Path(), reason: reason, stack: stack}
	}
	defer func() {
		if r := recover(); r != nil {
			fail(fmt.Sprintf("panic: %v", r), string(debug.Stack()))
		}
	}()
	result, err := a.Run(pass)
	if err != nil {
		fail(err.Error(), "")
	} else if got := reflect.TypeOf(result); got != a.ResultType {
		fail(fmt.Sprintf("it returned a %v instead of a %v", got, a.ResultType), "")
	}
	return result, failed
}

// emptyResult returns a result of a that says nothing: a pointer to a zero
// value, or a zero value, of the announced type.
func emptyResult(a *analysis.Analyzer) any {
	switch t := a.ResultType; {
	case t == nil:
		return nil
	case t.Kind() == reflect.Pointer:
		return reflect.New(t.Elem()).Interface()
	default:
		return reflect.Zero(t).Interface()
	}
}

// protect returns copies of analyzers that never panic and never return an
// error, for drivers that would give up then; onFailure is told instead. What
// they require is copied too. A diagnostic that was reported before a failure
// stays. Diagnostics in files of which leftOut holds are not handed on, and what
// is off when the first copy runs has empty results.
//
// An analyzer asks for results by the address of the analyzer that it
// requires, so its pass is given the originals' addresses.
func protect(analyzers []*analysis.Analyzer, off func() map[*analysis.Analyzer]bool, leftOut func(file string) bool, onFailure func(failure)) []*analysis.Analyzer {
	copies := make(map[*analysis.Analyzer]*analysis.Analyzer)
	var copyOf func(a *analysis.Analyzer) *analysis.Analyzer
	copyOf = func(a *analysis.Analyzer) *analysis.Analyzer {
		if c, ok := copies[a]; ok {
			return c
		}
		c := new(analysis.Analyzer)
		*c = *a
		c.Requires = make([]*analysis.Analyzer, len(a.Requires))
		for i, req := range a.Requires {
			c.Requires[i] = copyOf(req)
		}
		c.Run = func(pass *analysis.Pass) (any, error) {
			if off()[a] {
				return emptyResult(a), nil
			}
			original := asOriginal(pass, a, c)
			original.Report = func(d analysis.Diagnostic) {
				if !leftOut(pass.Fset.Position(d.Pos).Filename) {
					pass.Report(d)
				}
			}
			result, failed := runProtected(a, original)
			if failed != nil {
				onFailure(*failed)
			}
			return result, nil
		}
		copies[a] = c
		return c
	}
	out := make([]*analysis.Analyzer, len(analyzers))
	for i, a := range analyzers {
		out[i] = copyOf(a)
	}
	return out
}

// asOriginal returns the pass of analyzer c, a copy of a, as a expects it.
func asOriginal(pass *analysis.Pass, a, c *analysis.Analyzer) *analysis.Pass {
	p := *pass
	p.Analyzer = a
	p.ResultOf = make(map[*analysis.Analyzer]any, len(a.Requires))
	for i, req := range a.Requires {
		p.ResultOf[req] = pass.ResultOf[c.Requires[i]]
	}
	return &p
}

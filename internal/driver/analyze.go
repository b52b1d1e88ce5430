package driver

import (
	"context"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"
)

// A plan says which analyzers run on a package, each after what it requires.
type plan struct {
	off   map[*analysis.Analyzer]bool // what others require and the user has switched off
	roots []*analysis.Analyzer        // on the packages that the user named
	deps  []*analysis.Analyzer        // on the packages that these import: those with facts
}

// makePlan returns the plan that runs rules, but none that is off.
func makePlan(rules []*analysis.Analyzer, off map[*analysis.Analyzer]bool) (plan, error) {
	if err := analysis.Validate(rules); err != nil {
		return plan{}, err
	}
	p := plan{off: off}
	p.roots = requiredFirst(rules, off)
	withFacts := slices.DeleteFunc(slices.Clone(p.roots), func(a *analysis.Analyzer) bool { return len(a.FactTypes) == 0 })
	p.deps = requiredFirst(withFacts, off)
	return p, nil
}

// requiredFirst returns the analyzers and what they require, in an order in
// which every analyzer follows what it requires.
//
// Those that are off, and what only these require, are left out.
func requiredFirst(analyzers []*analysis.Analyzer, off map[*analysis.Analyzer]bool) []*analysis.Analyzer {
	var order []*analysis.Analyzer
	seen := make(map[*analysis.Analyzer]bool)
	var visit func(a *analysis.Analyzer)
	visit = func(a *analysis.Analyzer) {
		if seen[a] || off[a] {
			return
		}
		seen[a] = true
		for _, req := range a.Requires {
			visit(req)
		}
		order = append(order, a)
	}
	for _, a := range analyzers {
		visit(a)
	}
	return order
}

// A runner checks and analyses the units of one run.
type runner struct {
	checker
	plan  plan
	rules map[*analysis.Analyzer]bool // whose diagnostics are shown
	facts factBase
	log   *logger
	bar   *progress
}

// run checks and analyses all units, each after those that it imports, as many
// at a time as there are processors.
//
// When ctx ends, a unit that is being looked at, which can take long, is left to
// itself. Nothing of it is kept.
func (r *runner) run(ctx context.Context, units []*unit) error {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	done := make(map[*unit]chan struct{}, len(units))
	for _, u := range units {
		done[u] = make(chan struct{})
	}
	var wg sync.WaitGroup
	for _, u := range units {
		wg.Go(func() {
			defer close(done[u])
			for _, dep := range u.deps {
				<-done[dep]
				u.changed = u.changed || dep.changed
			}
			if u.known {
				r.share(u)
				return
			}
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				r.runUnit(u)
				r.results.keep(u)
				r.bar.step()
			}
		})
	}
	all := make(chan struct{})
	go func() { wg.Wait(); close(all) }()
	err := await(ctx, all)
	if err != nil {
		r.results.close()
	}
	return err
}

// runUnit checks and analyses one unit, and frees what its importers do not
// need.
func (r *runner) runUnit(u *unit) {
	defer u.release()
	u.facts = newFactStore()
	r.check(u)
	if !u.illTyped && len(u.files) > 0 {
		r.analyse(u)
	}
	r.export(u)
}

// analyse runs the analyzers on a unit that was checked.
func (r *runner) analyse(u *unit) {
	analyzers := r.plan.deps
	if u.root {
		analyzers = r.plan.roots
	}
	results := make(map[*analysis.Analyzer]any, len(analyzers))
	for _, a := range analyzers {
		pass, finish := r.pass(a, u, results)
		result, failed := runProtected(a, pass)
		results[a] = result
		if failed != nil {
			u.failures = append(u.failures, *failed)
			r.log.failure(*failed)
		}
		finish()
	}
}

// export puts the facts of a unit into the form in which importers get them.
func (r *runner) export(u *unit) {
	encoded, err := u.facts.encode()
	if err != nil {
		failed := failure{analyzer: "the driver", pkg: u.pkg.ID, reason: err.Error()}
		u.failures = append(u.failures, failed)
		r.log.failure(failed)
	}
	u.exported = &exportedFacts{encoded: encoded}
	r.share(u)
}

// share lets importers of a unit see its facts.
func (r *runner) share(u *unit) {
	u.exported.types = r.checker.export.types[u.pkg]
	if u.pkg.ExportFile == "" {
		u.exported.types = u.types
	}
	r.facts.add(u.exported)
}

// pass returns the pass of a over u. When a is done, finish must be called.
func (r *runner) pass(a *analysis.Analyzer, u *unit, results map[*analysis.Analyzer]any) (pass *analysis.Pass, finish func()) {
	inputs := make(map[*analysis.Analyzer]any, len(a.Requires))
	for _, req := range a.Requires {
		if inputs[req] = results[req]; r.plan.off[req] {
			inputs[req] = emptyResult(req)
		}
	}
	finished := false
	mustRun := func(what string) {
		if finished {
			panic(fmt.Sprintf("%s: %s after its run on %s", a.Name, what, u.pkg.ID))
		}
	}
	pass = &analysis.Pass{
		Analyzer:     a,
		Fset:         r.fset,
		Files:        u.files,
		OtherFiles:   u.pkg.OtherFiles,
		IgnoredFiles: u.pkg.IgnoredFiles,
		Pkg:          u.types,
		TypesInfo:    u.info,
		TypesSizes:   u.pkg.TypesSizes,
		Module:       moduleOf(u.pkg.Module),
		ResultOf:     inputs,
		ReadFile:     readFileOf(u),
		Report: func(d analysis.Diagnostic) {
			mustRun("Report")
			if u.root && r.rules[a] {
				u.findings = append(u.findings, newFinding(r.fset, a, u, d))
			}
		},
		AllObjectFacts:  func() []analysis.ObjectFact { return allObjectFacts(a, u) },
		AllPackageFacts: func() []analysis.PackageFact { return allPackageFacts(a, u) },
	}
	pass.ImportObjectFact, pass.ImportPackageFact = r.facts.importers(u)
	pass.ExportObjectFact, pass.ExportPackageFact = exporters(u, mustRun)
	return pass, func() { finished = true }
}

// readFileOf returns the function by which analyzers read files of u, which
// must be files that the package mentions.
func readFileOf(u *unit) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		for _, files := range [][]string{u.pkg.CompiledGoFiles, u.pkg.OtherFiles, u.pkg.IgnoredFiles} {
			if slices.Contains(files, name) {
				return os.ReadFile(name)
			}
		}
		return nil, fmt.Errorf("%s is not a file of package %s", name, u.pkg.PkgPath)
	}
}

// moduleOf converts the description of a module.
func moduleOf(m *packages.Module) *analysis.Module {
	if m == nil {
		return &analysis.Module{} // analyzers may rely on its presence
	}
	out := &analysis.Module{
		Path: m.Path, Version: m.Version, Time: m.Time, Main: m.Main, Indirect: m.Indirect,
		Dir: m.Dir, GoMod: m.GoMod, GoVersion: m.GoVersion,
	}
	if m.Replace != nil {
		out.Replace = moduleOf(m.Replace)
	}
	if m.Error != nil {
		out.Error = &analysis.ModuleError{Err: m.Error.Err}
	}
	return out
}

// makeUnits returns the units for the chosen packages of g, each after those
// that it imports.
func makeUnits(g *graph, chosen map[*packages.Package]bool) []*unit {
	isRoot := make(map[*packages.Package]bool, len(g.roots))
	for _, root := range g.roots {
		isRoot[root] = true
	}
	byPackage := make(map[*packages.Package]*unit, len(chosen))
	var units []*unit
	for _, pkg := range g.all {
		if !chosen[pkg] {
			continue
		}
		u := &unit{pkg: pkg, root: isRoot[pkg]}
		for _, imp := range importsOf(pkg) {
			if dep := byPackage[imp]; dep != nil {
				u.deps = append(u.deps, dep)
			}
		}
		byPackage[pkg] = u
		units = append(units, u)
	}
	return units
}

// unitsByPackage indexes units.
func unitsByPackage(units []*unit) map[*packages.Package]*unit {
	index := make(map[*packages.Package]*unit, len(units))
	for _, u := range units {
		index[u.pkg] = u
	}
	return index
}

// newRunner returns a runner for units.
func newRunner(ctx context.Context, opts *options, g *graph, units []*unit, kept *results, log *logger, bar *progress) (*runner, error) {
	p, err := makePlan(opts.rules, opts.off)
	if err != nil {
		return nil, err
	}
	registerFacts(p.deps)
	fset := token.NewFileSet()
	r := &runner{
		plan:  p,
		rules: make(map[*analysis.Analyzer]bool, len(opts.rules)),
		log:   log,
		bar:   bar,
	}
	export, err := readExportData(ctx, fset, g, units)
	if err != nil {
		return nil, err
	}
	r.checker = checker{fset: fset, units: unitsByPackage(units), export: export, results: kept}
	r.facts.exported = make(map[*types.Package]*exportedFacts)
	for _, rule := range opts.rules {
		r.rules[rule] = true
	}
	return r, nil
}

package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/version"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/finding"
)

// check is what the tool does when no subcommand is named.
func check(ctx context.Context, tool Tool, env Env, args []string) error {
	opts, err := parseOptions(tool, env, args)
	if err != nil {
		return err
	}
	if err := enterDir(opts, &env); err != nil {
		return err
	}
	started := time.Now()
	keep, err := newKeeper(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	out, err := analyse(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	keep.apply(tool, env, opts, out)
	if opts.diff {
		return out.finish(env, tool, opts, showDiff(tool, env, out))
	}
	if opts.fix {
		changed, fixErr := applyFixes(tool, env, out)
		if changed {
			// The positions of what remains have moved, and a change can
			// break the build: only a second look tells.
			if out, err = analyse(ctx, tool, opts, env); err != nil {
				return err
			}
			keep.apply(tool, env, opts, out)
		}
		out.fixError = fixErr
	}
	shown := show(tool, env, opts, out)
	if opts.statistics {
		printStatistics(env.Stderr, tool, out, time.Since(started))
	}
	return out.finish(env, tool, opts, shown)
}

// enterDir makes the directory that opts names the working directory of env.
func enterDir(opts *options, env *Env) error {
	if info, err := os.Stat(opts.dir); err != nil || !info.IsDir() {
		return usagef("-C: no such directory: %s", opts.dir)
	}
	env.Dir = opts.dir
	return nil
}

// An outcome is what a run found.
type outcome struct {
	findings []finding.Finding
	sources  map[string]source // the files that fixes may change
	files    map[string]bool   // the files of the packages that were analysed
	looked   looked            // how much that was
	gone     int               // findings of the baseline that are no longer there

	errors []packageError // why packages do not build
	// failures are those of rules on packages that the user named. One on
	// another package costs only what would have been known of it, and is
	// logged under -debug.
	failures []failure
	hint     string // what may explain the errors, or ""
	fixError error  // why fixes were not applied
}

// looked says how many packages a run looked at.
type looked struct {
	roots  int // named by the user
	all    int // with what they import
	source int // read from source
}

// A packageError is a build error and the package that it is in.
type packageError struct {
	pkg string
	buildError
}

// finish reports what went wrong and returns what the outcome means for the
// exit code. shown is the error of printing the findings.
func (o *outcome) finish(env Env, tool Tool, opts *options, shown error) error {
	o.report(env, tool)
	switch {
	case shown != nil:
		return shown
	case len(o.errors) > 0 || len(o.failures) > 0 || o.fixError != nil:
		return errReported
	case countFindings(o.findings) > 0 && !opts.exitZero:
		return errFindings
	}
	return nil
}

// report prints what went wrong to standard error.
func (o *outcome) report(env Env, tool Tool) {
	for _, e := range o.errors {
		where := shortPath(env.Dir, e.pos)
		switch {
		case where == "" && (strings.Contains(e.message, e.pkg) || e.pkg == filesAsPackage):
			where = tool.Name
		case where == "":
			where = tool.Name + ": " + e.pkg
		}
		fmt.Fprintf(env.Stderr, "%s: %s\n", where, e.message)
	}
	for _, f := range o.failures {
		fmt.Fprintf(env.Stderr, "%s: internal error: %v (-debug shows more)\n", tool.Name, f)
	}
	if o.fixError != nil {
		fmt.Fprintf(env.Stderr, "%s: %v\n", tool.Name, o.fixError)
	}
	if o.gone > 0 {
		fmt.Fprintf(env.Stderr, "%s: no longer found: %s of the baseline; '%s baseline prune' takes out what is gone\n", tool.Name, count(o.gone, "finding"), tool.Name)
	}
	if o.hint != "" {
		fmt.Fprintf(env.Stderr, "%s: %s\n", tool.Name, o.hint)
	}
}

// analyse loads and analyses what opts names. Failures of single packages are
// part of the outcome.
func analyse(ctx context.Context, tool Tool, opts *options, env Env) (*outcome, error) {
	bar := startProgress(tool.Name, env)
	defer bar.stop()
	log := newLogger(opts.debug, tool.Name, env.Stderr)

	g, info, err := loadAndAsk(ctx, tool, opts, env)
	if err != nil {
		return nil, err
	}
	if err := checkRows(ctx, opts, env, g); err != nil {
		return nil, err
	}
	units := makeUnits(g, chooseSource(g, inGoroot(info.GOROOT), tool.Libraries.withConfig(opts.config)))
	log.units(g, units)

	kept := newResults(opts, units, flagDigest(opts.rules, opts.off)+" "+opts.config.Digest(), log)
	todo := kept.recall(units)
	unknown := 0
	for _, u := range todo {
		if !u.known {
			unknown++
		}
	}
	log.printf("%d packages to analyse, with the facts of %d more; the results of the others are known", unknown, len(todo)-unknown)

	r, err := newRunner(ctx, opts, g, todo, kept, log, bar)
	if err != nil {
		return nil, err
	}
	log.printf("the types of the other packages are read")
	bar.expect(unknown)
	if err := r.run(ctx, todo); err != nil {
		return nil, err
	}
	kept.finish()
	log.printf("analysed")

	if opts.keepSources {
		for _, u := range units {
			if u.root && u.known {
				u.sources = kept.sourcesOf(u)
			}
		}
	}
	out := newOutcome(g, unitsByPackage(units), units, opts.config)
	if len(out.errors) > 0 || olderThan(info.GOVERSION) {
		out.hint = cmp.Or(hintFor(tool, opts, info), missingDot(opts, out.errors))
	}
	return out, nil
}

// loadAndAsk loads the graph of packages and asks the go command about itself,
// both at a time, since each takes a process.
func loadAndAsk(ctx context.Context, tool Tool, opts *options, env Env) (*graph, goInfo, error) {
	var (
		g           *graph
		info        goInfo
		err, askErr error
		wg          sync.WaitGroup
	)
	wg.Go(func() { info, askErr = askGo(ctx, opts.dir, env) })
	wg.Go(func() { g, err = loadGraph(ctx, opts, env) })
	if opts.cache != "" {
		go programHash() // it is asked for when the graph is there
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	// The go command, which has been interrupted as well, first compiles what it
	// has begun to compile. That goes to its cache and harms nobody.
	if err := await(ctx, done); err != nil {
		return nil, goInfo{}, err
	}
	switch {
	case askErr != nil:
		return nil, info, askErr
	case err != nil:
		hint := hintFor(tool, opts, info)
		if errors.Is(err, errNoMatch) && info.inWorkspace() {
			hint = fmt.Sprintf("packages are looked for in the modules of the workspace %s (GOWORK=off leaves it out)", info.GOWORK)
		}
		if hint != "" {
			err = fmt.Errorf("%w\n%s: %s", err, tool.Name, hint)
		}
		return nil, info, err
	}
	return g, info, nil
}

// newOutcome collects what the analysis of units left behind.
func newOutcome(g *graph, byPackage map[*packages.Package]*unit, units []*unit, c *config.Config) *outcome {
	out := &outcome{
		findings: slices.DeleteFunc(mergeFindings(units), func(f finding.Finding) bool { return c.Excludes(f.Span.File) }),
		errors:   collectErrors(g, byPackage),
		sources:  make(map[string]source),
		files:    make(map[string]bool),
		looked:   looked{roots: len(g.roots), all: len(g.all), source: len(units)},
	}
	for _, u := range units {
		if !u.root {
			continue
		}
		maps.Copy(out.sources, u.sources)
		out.failures = append(out.failures, u.failures...)
		if !u.illTyped && len(u.failures) == 0 {
			for _, name := range slices.Concat(u.pkg.GoFiles, u.pkg.CompiledGoFiles) {
				out.files[name] = true
			}
		}
	}
	return out
}

// hintFor returns what may explain that something does not work, or "".
func hintFor(tool Tool, opts *options, info goInfo) string {
	switch {
	case olderThan(info.GOVERSION):
		return tooOld(tool, info.GOVERSION)
	case info.outsideModules():
		return fmt.Sprintf("there is no go.mod in %s or above it", opts.dir)
	}
	return ""
}

// filesAsPackage is the name of the package of the files that a command line names.
const filesAsPackage = "command-line-arguments"

// missingDot returns a hint if what could not be loaded is a directory, named as if
// it were the path of a package, or "".
func missingDot(opts *options, errs []packageError) string {
	for _, e := range errs {
		if !slices.Contains(opts.patterns, e.pkg) {
			continue
		}
		if info, err := os.Stat(filepath.Join(opts.dir, e.pkg)); err == nil && info.IsDir() {
			return fmt.Sprintf("there is a directory of this name; did you mean ./%s?", e.pkg)
		}
	}
	return ""
}

// collectErrors returns why packages do not build, each reason once: a file
// can belong to several packages.
func collectErrors(g *graph, units map[*packages.Package]*unit) []packageError {
	var errs []packageError
	seen := make(map[buildError]bool)
	for _, pkg := range g.all {
		for _, e := range buildErrors(pkg, units[pkg]) {
			if !seen[e] && !consequence(e) {
				seen[e] = true
				errs = append(errs, packageError{pkg.ID, e})
			}
		}
	}
	if len(errs) > 0 {
		return errs
	}
	// Every error is a consequence of one that is not shown. That must not
	// happen, but silence would be worse.
	for _, pkg := range g.all {
		for _, e := range buildErrors(pkg, units[pkg]) {
			errs = append(errs, packageError{pkg.ID, e})
		}
	}
	return errs
}

// shortPath returns path, which may have a position behind it, relative to
// dir if that is shorter.
func shortPath(dir, path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil || len(rel) >= len(path) {
		return path
	}
	return rel
}

// olderThan reports whether this program was built with an older Go than the
// user's, which then may write what this program cannot read. Patch releases
// do not matter.
func olderThan(user string) bool {
	return version.Compare(language(runtime.Version()), language(user)) < 0
}

// language returns the language version of a Go version: go1.26 of go1.26.8,
// also of "devel go1.27-…" and of versions with experiments behind them.
func language(v string) string {
	for _, field := range strings.Fields(v) {
		if name, _, _ := strings.Cut(field, "-"); version.IsValid(name) {
			return version.Lang(name)
		}
	}
	return ""
}

// tooOld says that the program must be built anew.
func tooOld(tool Tool, user string) string {
	return fmt.Sprintf("%s was built with %s, but the go command is %s: build it again with 'go install %s'",
		tool.Name, runtime.Version(), user, tool.Install)
}

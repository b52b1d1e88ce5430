package driver

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/tools/go/packages"
)

// check is what the tool does when no subcommand is named.
func check(ctx context.Context, tool Tool, env Env, args []string) error {
	opts, err := parseOptions(tool, env, args)
	if err != nil {
		return err
	}
	if info, err := os.Stat(opts.dir); err != nil || !info.IsDir() {
		return usagef("-C: no such directory: %s", opts.dir)
	}
	env.Dir = opts.dir

	out, err := analyse(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	if opts.diff {
		return out.finish(env, tool, opts, showDiff(tool, env, out))
	}
	if opts.fix {
		changed, fixErr := applyFixes(tool, env, out)
		if fixErr != nil {
			report(env, tool, fixErr)
		}
		if changed {
			// The positions of what remains have moved, and a change can
			// break the build: only a second look tells.
			if out, err = analyse(ctx, tool, opts, env); err != nil {
				return err
			}
		}
		if fixErr != nil {
			out.failed = true
		}
	}
	return out.finish(env, tool, opts, show(tool, env, opts, out))
}

// An outcome is what a run found.
type outcome struct {
	findings []Finding
	errors   []packageError    // why packages do not build
	sources  map[string]source // the files that fixes may change
	failed   bool              // something went wrong and was reported
}

// A packageError is a build error and the package that it is in.
type packageError struct {
	pkg string
	buildError
}

// finish returns what the outcome means for the exit code. shown is the error
// of printing it.
func (o *outcome) finish(env Env, tool Tool, opts *options, shown error) error {
	switch {
	case shown != nil:
		return shown
	case o.failed || len(o.errors) > 0:
		return errReported
	case countFindings(o.findings) > 0 && !opts.exitZero:
		return errFindings
	}
	return nil
}

// analyse loads and analyses what opts names. Failures of single packages are
// part of the outcome, and already reported on standard error.
func analyse(ctx context.Context, tool Tool, opts *options, env Env) (*outcome, error) {
	bar := startProgress(tool.Name, env)
	defer bar.stop()
	log := newLogger(opts.debug, tool.Name, env.Stderr)

	// Ask two things at a time; both answers take a process of the go command.
	type answer struct {
		info goInfo
		err  error
	}
	asked := make(chan answer, 1)
	go func() {
		info, err := askGo(ctx, opts.dir, env)
		asked <- answer{info, err}
	}()
	g, loadErr := loadGraph(ctx, opts, env)
	user := <-asked
	if user.err != nil {
		return nil, user.err
	}
	if olderThan(user.info.GOVERSION) {
		// It may work all the same, but if it does not this is why.
		fmt.Fprintf(env.Stderr, "%s: %s\n", tool.Name, tooOld(tool, user.info.GOVERSION))
	}
	if loadErr != nil {
		return nil, withHint(loadErr, opts, user.info)
	}
	log.printf("%d packages to report on, %d in all, %s", len(g.roots), len(g.all), user.info.GOVERSION)

	chosen := chooseSource(g, inGoroot(user.info.GOROOT), tool.Libraries)
	units := makeUnits(g, chosen)
	log.printf("%d packages are read from source", len(units))
	if opts.debug {
		for _, u := range units {
			if !u.root {
				log.printf("also reading %s", u.pkg.ID)
			}
		}
	}

	r, err := newRunner(opts, units, log, bar)
	if err != nil {
		return nil, err
	}
	bar.expect(len(units))
	if err := r.run(ctx, units); err != nil {
		return nil, err
	}
	bar.stop()
	log.printf("analysed")

	out := &outcome{findings: mergeFindings(units), errors: collectErrors(g, r.units), sources: make(map[string]source)}
	for _, u := range units {
		for name, src := range u.sources {
			out.sources[name] = src
		}
	}
	reportErrors(env, tool, out.errors)
	if len(out.errors) > 0 && user.info.outsideModules() {
		fmt.Fprintf(env.Stderr, "%s: %s\n", tool.Name, noModule(opts.dir))
	}
	out.failed = reportFailures(env, tool, units)
	return out, nil
}

// withHint adds to an error of loading what may explain it.
func withHint(err error, opts *options, info goInfo) error {
	if info.outsideModules() {
		return fmt.Errorf("%w: %s", err, noModule(opts.dir))
	}
	return err
}

func noModule(dir string) string {
	return fmt.Sprintf("there is no go.mod in %s or above it", dir)
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

// consequence reports whether e only says that an imported package is broken,
// which is reported there.
func consequence(e buildError) bool {
	return strings.HasPrefix(e.message, "could not import ") && strings.Contains(e.message, notBuilt)
}

// reportErrors prints the reasons why packages do not build.
func reportErrors(env Env, tool Tool, errs []packageError) {
	for _, e := range errs {
		where := shortPath(env.Dir, e.pos)
		switch {
		case where == "" && strings.Contains(e.message, e.pkg):
			where = tool.Name
		case where == "":
			where = tool.Name + ": " + e.pkg
		}
		fmt.Fprintf(env.Stderr, "%s: %s\n", where, e.message)
	}
}

// reportFailures says in one line per rule that it failed on packages that the
// user named, and reports whether any did. A failure on another package costs
// only what would have been known of it, and is logged under -debug.
func reportFailures(env Env, tool Tool, units []*unit) bool {
	failed := false
	for _, u := range units {
		for _, f := range u.failures {
			if u.root {
				failed = true
				fmt.Fprintf(env.Stderr, "%s: internal error: %v (-debug shows more)\n", tool.Name, f)
			}
		}
	}
	return failed
}

func report(env Env, tool Tool, err error) {
	fmt.Fprintf(env.Stderr, "%s: %v\n", tool.Name, err)
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

// show prints the findings in the form that the user chose.
func show(tool Tool, env Env, opts *options, out *outcome) error {
	if opts.json {
		return printJSON(env.Stdout, tool, env, out)
	}
	p := &printer{
		tool:    tool.Name,
		dir:     env.Dir,
		style:   env.stdoutStyle(),
		witness: (env.StdoutTerminal || opts.context.set) && !opts.context.off,
		source:  opts.context.source,
		lines:   opts.context.lines,
	}
	return p.print(env.Stdout, out.findings)
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

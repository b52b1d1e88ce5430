package driver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/txlint/txlint/internal/baseline"
	"github.com/txlint/txlint/internal/changes"
	"github.com/txlint/txlint/internal/finding"
)

// A keeper chooses which findings of a run are shown: those that are not in
// the baseline, and that changes may have brought.
type keeper struct {
	base    *baseline.Baseline // or nil
	changed *changes.Set       // or nil
}

// newKeeper reads what opts names. It comes before the analysis, so that
// mistakes are told at once.
func newKeeper(ctx context.Context, tool Tool, opts *options, env Env) (*keeper, error) {
	k := new(keeper)
	if opts.baseline != "" {
		base, err := baseline.Read(opts.baseline)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("there is no baseline %s; '%s baseline write' makes one", shortPath(env.Dir, opts.baseline), tool.Name)
		} else if err != nil {
			return nil, err
		}
		k.base = base
	}
	if opts.newFromRev == "" && opts.newFromBase == "" {
		return k, nil
	}
	git, err := findProgram(env, "git")
	if err != nil {
		return nil, fmt.Errorf("changes are asked of git: %w", err)
	}
	repository := changes.Repository{Git: git, Dir: env.Dir, Environ: env.Environ}
	since := opts.newFromRev
	if opts.newFromBase != "" {
		if since, err = repository.MergeBase(ctx, opts.newFromBase); err != nil {
			return nil, fmt.Errorf("-new-from-merge-base: %w", err)
		}
	}
	if k.changed, err = repository.Since(ctx, since); err != nil {
		return nil, fmt.Errorf("cannot tell what has changed: %w", err)
	}
	return k, nil
}

// apply takes out of an outcome what is not to be shown.
func (k *keeper) apply(tool Tool, env Env, opts *options, out *outcome) {
	if k.base != nil {
		found, indexes := baselineFindings(tool, env, opts, out)
		known, gone := k.base.Known(found, runOf(opts, out))
		out.gone = gone
		held := make(map[int]bool)
		for i, index := range indexes {
			held[index] = known[i]
		}
		var kept []finding.Finding
		for i, f := range out.findings {
			if !held[i] {
				kept = append(kept, f)
			}
		}
		out.findings = kept
	}
	if k.changed != nil {
		out.findings = slices.DeleteFunc(out.findings, func(f finding.Finding) bool { return !k.changed.Touches(f) })
	}
}

// baselineFindings returns what a baseline is to know of an outcome, and where
// in the outcome each is.
func baselineFindings(tool Tool, env Env, opts *options, out *outcome) (found []baseline.Finding, indexes []int) {
	prints := newReport(tool, env, opts, out).Fingerprints()
	for i, f := range out.findings {
		if !f.Silent() {
			found = append(found, baseline.Finding{File: f.Span.File, Rule: f.Rule, Fingerprint: prints[len(found)]})
			indexes = append(indexes, i)
		}
	}
	return found, indexes
}

// runOf says what a run looked at.
func runOf(opts *options, out *outcome) baseline.Run {
	run := baseline.Run{Files: out.files, Rules: make(map[string]bool)}
	for _, rule := range opts.rules {
		run.Rules[rule.Name] = true
	}
	return run
}

// defaultBaseline is the name of the baseline that is written if none is named.
const defaultBaseline = ".txlint-baseline.json"

const baselineHelp = `A baseline is a file that holds what was found at one time:

  PROGRAM baseline write ./...                            write .txlint-baseline.json
  PROGRAM -baseline .txlint-baseline.json ./...           report only what is not in it
  PROGRAM baseline prune ./...                            take out what has been repaired

It says how many findings of a rule a file has, so it outlives moved and edited
code. Names in it are relative to its directory. When a file has more findings
than that, those that have not changed are held back, and the rest is reported.
A run with -baseline says how many findings of it are gone. Both commands take
the flags of a check, and -baseline FILE for another file. What a run does not
look at, because other packages or rules were named or a package does not build,
stays as it is.
`

// baselineCommand writes or prunes a baseline.
func baselineCommand(ctx context.Context, tool Tool, env Env, args []string) error {
	if len(args) == 0 || args[0] != "write" && args[0] != "prune" {
		return usagef("baseline wants write or prune; see '%s help baseline'", tool.Name)
	}
	opts, err := parseOptions(tool, env, args[1:])
	if err != nil {
		return err
	}
	if err := opts.plain("baseline " + args[0]); err != nil {
		return err
	}
	if err := enterDir(opts, &env); err != nil {
		return err
	}
	if opts.baseline == "" {
		opts.baseline = filepath.Join(opts.dir, defaultBaseline)
	}
	base, err := baseline.Read(opts.baseline)
	switch {
	case errors.Is(err, fs.ErrNotExist) && args[0] == "write":
		base = baseline.New(opts.baseline)
	case err != nil:
		return err
	}
	out, err := analyse(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	if err := out.finish(env, tool, &options{exitZero: true}, nil); err != nil {
		fmt.Fprintf(env.Stderr, "%s: the baseline was left alone\n", tool.Name)
		return err
	}
	found, _ := baselineFindings(tool, env, opts, out)
	name := shortPath(env.Dir, opts.baseline)
	said := ""
	if args[0] == "write" {
		base.Update(found, runOf(opts, out))
		said = fmt.Sprintf("%s now has %s", name, count(base.Len(), "finding"))
	} else {
		removed := base.Prune(found, runOf(opts, out))
		said = fmt.Sprintf("took %s out of %s, which now has %d", count(removed, "finding"), name, base.Len())
	}
	if err := base.Write(opts.baseline); err != nil {
		return fmt.Errorf("cannot write the baseline: %w", err)
	}
	fmt.Fprintf(env.Stderr, "%s: %s\n", tool.Name, said)
	return nil
}

// plain checks that opts has nothing in it that is about showing findings, for
// commands that show none.
func (o *options) plain(command string) error {
	if o.fix || o.diff || o.json || len(o.formats) > 0 || o.outFile != "" || o.newFromRev != "" || o.newFromBase != "" {
		return usagef("%s does not go with -fix, -diff, -json, -format, -o, -new-from-rev or -new-from-merge-base", command)
	}
	return nil
}

// findProgram returns the path of a program. It looks where child processes
// will look: in the PATH of env.
func findProgram(env Env, name string) (string, error) {
	for _, dir := range filepath.SplitList(env.getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("the %s command is not in PATH", name)
}

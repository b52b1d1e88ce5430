// Package driver is what happens around the analysis: it turns a command line
// into packages, packages into findings, and findings into output.
//
// The same program is run in two ways.
//
// Under go vet (see [VetTool]) the go command decides which packages are
// analysed, one process per package, and caches the answers.
//
// Run by hand, the program loads and analyses everything in one process. It
// does so sparsely: only packages that the user named, and packages whose
// effects can matter to them, are read from source; the types of all others
// come from the compiler's export data. The steps of such a run, each in a
// file of its own:
//
//	flags.go      command line → options
//	load.go       package patterns → the graph of packages (one call of go list)
//	relevant.go   graph → the packages that are read from source
//	keys.go       a package → the name under which its results are kept
//	results.go    units → those that earlier runs know, and those to look at
//	exports.go    export data → the types of what packages import
//	typecheck.go  a package → syntax and types
//	analyze.go    a package → findings and facts; what it needed is then freed
//	finding.go    findings of all packages → one sorted list without repetitions
//	fix.go        findings → changed files, or a diff
//	formats.go    findings → the formats that were asked for
//	print.go      findings → text; json.go: findings → JSON
package driver

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/tools/go/analysis"
)

// Exit codes of a run by hand.
const (
	ExitClean    = 0 // nothing was found
	ExitFindings = 1 // at least one finding
	ExitFailure  = 2 // wrong usage, an internal error, or packages that do not build

	// The run was ended from outside. Programs that a signal can end add the
	// number of the signal to 128, and this is what they do on ^C.
	ExitInterrupted = 130
)

// A Tool says what program the driver drives.
type Tool struct {
	Name      string               // the program's name, as it stands in messages
	URL       string               // where people read about it
	Install   string               // the argument of "go install" that builds the program anew
	Rules     []*analysis.Analyzer // the rules, in the order in which they are listed
	Libraries Libraries            // what the rules know without looking
}

// An Env is what a run takes from the process in which it happens, so that
// tests can run many of them side by side.
type Env struct {
	Dir            string    // working directory
	Environ        []string  // "KEY=value", the last one wins
	Stdout         io.Writer // findings
	Stderr         io.Writer // everything else
	StdoutTerminal bool      // Stdout is read by a person
	StderrTerminal bool      // Stderr is read by a person
}

// ProcessEnv returns the environment of the current process.
func ProcessEnv() (Env, error) {
	dir, err := os.Getwd()
	if err != nil {
		return Env{}, err
	}
	return Env{
		Dir:            dir,
		Environ:        os.Environ(),
		Stdout:         os.Stdout,
		Stderr:         os.Stderr,
		StdoutTerminal: isTerminal(os.Stdout),
		StderrTerminal: isTerminal(os.Stderr),
	}, nil
}

// A usageError is a mistake in the command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// errFindings is returned by a command that worked and found something.
var errFindings = errors.New("findings")

// Main runs the tool by hand on a command line without the program's name,
// and returns the exit code. It does not serve go vet: see [VetTool].
func Main(ctx context.Context, tool Tool, env Env, args []string) int {
	err := dispatch(ctx, tool, env, args)
	if ctx.Err() != nil && err != nil && !errors.Is(err, errFindings) {
		err = errInterrupted // whatever went wrong, that is why
	}
	return exitCode(tool, env, err)
}

// dispatch runs the subcommand that args names, or the check.
func dispatch(ctx context.Context, tool Tool, env Env, args []string) error {
	if len(args) > 0 {
		if run, ok := subcommands()[args[0]]; ok {
			return run(ctx, tool, env, args[1:])
		}
		if err := misspelledSubcommand(tool, env, args[0]); err != nil {
			return err
		}
	}
	return check(ctx, tool, env, args)
}

// exitCode tells the user about err, if that is still to be done, and returns
// the exit code for it.
func exitCode(tool Tool, env Env, err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return ExitClean
	case errors.Is(err, errFindings):
		return ExitFindings
	case errors.Is(err, flag.ErrHelp):
		printUsage(env, tool)
		return ExitClean
	case errors.Is(err, errReported):
		return ExitFailure
	case errors.Is(err, errInterrupted):
		fmt.Fprintf(env.Stderr, "%s: %v\n", tool.Name, err)
		return ExitInterrupted
	case len(configLines(env.Dir, err)) > 0:
		fmt.Fprintln(env.Stderr, strings.Join(configLines(env.Dir, err), "\n"))
		return ExitFailure
	case errors.As(err, &usage):
		fmt.Fprintf(env.Stderr, "%s: %s\nRun '%s help' for usage.\n", tool.Name, usage.message, tool.Name)
		return ExitFailure
	}
	fmt.Fprintf(env.Stderr, "%s: %v\n", tool.Name, err)
	return ExitFailure
}

// errReported is returned when something failed and the user has been told.
var errReported = errors.New("failed")

// errInterrupted is returned when the context of a run has ended.
var errInterrupted = errors.New("interrupted")

// patience is how long a run that was interrupted waits for what it has going.
const patience = 200 * time.Millisecond

// await waits until done is closed. Once ctx has ended it does not wait much
// longer: what is still going then must be such that it can be left alone.
func await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return ctx.Err()
	case <-ctx.Done():
	}
	select {
	case <-done:
	case <-time.After(patience):
	}
	return ctx.Err()
}

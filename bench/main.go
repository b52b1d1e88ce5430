//go:build unix

// The bench command measures what txlint costs on a module, side by side with
// programs that do the same without txlint's rules:
//
//	go run ./bench [-C DIR] [-runs N] [PATTERNS]
//
// It is started in txlint's own module. It builds what it compares, and
// compiles the module in DIR into a build cache of its own, which can take
// minutes; both are removed at the end. The export data is in that cache
// before anything is measured. What go vet keeps there is removed before each
// cold run, so that "cold" means: compiled, but never vetted.
//
// Processor time is user and system time of a process and all its children;
// memory is the peak of the largest of these processes. The programs take turns
// in every run, so that other work on the machine hits all of them alike; what
// counts is the median of all runs.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

const module = "github.com/txlint/txlint"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir := flag.String("C", ".", "measure on the module in `DIR`")
	runs := flag.Int("runs", 5, "measure everything `N` times")
	flag.Parse()
	patterns := flag.Args()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	if *runs < 1 {
		return fmt.Errorf("-runs: want at least 1")
	}
	tmp, err := os.MkdirTemp("", "txlint-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	b := &bench{dir: *dir, bin: filepath.Join(tmp, "bin"), cache: filepath.Join(tmp, "cache"), patterns: patterns}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	results, err := b.measureAll(ctx, *runs)
	if err != nil {
		return err
	}
	packages, err := b.count(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d processors, %s, medians of %d\n", runtime.Version(), runtime.NumCPU(), packages, *runs)
	report(os.Stdout, results)
	return nil
}

// A bench measures on one module.
type bench struct {
	dir      string // the module's directory
	bin      string // where the programs are that are compared
	cache    string // the build cache
	patterns []string
	compiled map[string]bool // the files of the cache before go vet has run
}

// prepare builds the programs and compiles the module.
func (b *bench) prepare(ctx context.Context) error {
	progress("building the programs")
	build := exec.CommandContext(ctx, "go", "build", "-o", b.bin+string(filepath.Separator),
		module+"/cmd/txlint", module+"/bench/reference", module+"/bench/buildssa", module+"/bench/idle")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	progress("compiling the module in %s", b.dir)
	list := b.command(ctx, "go", append([]string{"list", "-export", "-deps", "-test"}, b.patterns...)...)
	list.Stderr = os.Stderr
	if err := list.Run(); err != nil {
		return fmt.Errorf("the packages do not build: %w", err)
	}
	// Loading from source wants the output of cgo too, say. Once all that is
	// there, the cache is as it stays.
	for _, s := range byHand {
		if _, err := b.measure(ctx, s); err != nil {
			return err
		}
	}
	b.compiled = make(map[string]bool)
	return b.files(func(path string) error {
		b.compiled[path] = true
		return nil
	})
}

// files calls f for each file of the build cache.
func (b *bench) files(f func(path string) error) error {
	return filepath.WalkDir(b.cache, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return f(path)
	})
}

// cool removes from the build cache what has come in since the module was
// compiled.
func (b *bench) cool() error {
	return b.files(func(path string) error {
		if b.compiled[path] {
			return nil
		}
		return os.Remove(path)
	})
}

// A subject is a command that is measured.
type subject struct {
	name    string
	command []string // bin/ stands for the folder of the programs
}

var (
	txlint    = subject{"txlint", []string{"bin/txlint"}}
	again     = subject{"txlint, nothing changed", []string{"bin/txlint", "-cache=bin/results"}}
	goList    = subject{"go list -deps -export", []string{"go", "list", "-deps", "-export"}}
	reference = subject{"types and SSA of the named packages, nothing else", []string{"bin/reference"}}
	buildssa  = subject{"multichecker over buildssa, nothing else", []string{"bin/buildssa"}}

	goVet   = subject{"go vet", []string{"go", "vet"}}
	vetIdle = subject{"go vet -vettool, a tool that does nothing", []string{"go", "vet", "-vettool=bin/idle"}}
	vetTool = subject{"go vet -vettool, txlint", []string{"go", "vet", "-vettool=bin/txlint"}}

	byHand = []subject{txlint, again, goList, reference, buildssa}
	byVet  = []subject{goVet, vetIdle, vetTool}
)

// measureAll measures every subject as often as asked for.
func (b *bench) measureAll(ctx context.Context, runs int) (results, error) {
	all := make(results)
	if _, err := b.measure(ctx, again); err != nil { // so that there is something that has not changed
		return nil, err
	}
	for n := range runs {
		progress("run %d of %d", n+1, runs)
		if err := b.cool(); err != nil {
			return nil, err
		}
		round := []struct {
			state    string
			subjects []subject
		}{{"", byHand}, {"cold", byVet}, {"warm", byVet}}
		for _, part := range round {
			for _, s := range part.subjects {
				u, err := b.measure(ctx, s)
				if err != nil {
					return nil, err
				}
				all.add(key{s.name, part.state}, u)
			}
		}
	}
	return all, nil
}

// measure runs a subject once and returns what it has used.
func (b *bench) measure(ctx context.Context, s subject) (usage, error) {
	args := make([]string, len(s.command))
	for i, arg := range s.command {
		args[i] = replaceBin(arg, b.bin)
	}
	cmd := b.command(ctx, args[0], append(args[1:], b.patterns...)...)
	err := cmd.Run()
	// 1 stands for findings; that the module builds has been seen before.
	if err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1) {
		return usage{}, fmt.Errorf("%s: %w", s.name, err)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return usage{}, fmt.Errorf("the system does not tell what a process has used")
	}
	peak := int64(used.Maxrss)
	if runtime.GOOS != "darwin" {
		peak <<= 10 // other systems count in KiB
	}
	return usage{time.Duration(used.Utime.Nano() + used.Stime.Nano()), peak}, nil
}

// count says how many packages there are.
func (b *bench) count(ctx context.Context) (string, error) {
	var counts [2]int
	for i, args := range [][]string{{"list"}, {"list", "-deps"}} {
		out, err := b.command(ctx, "go", append(args, b.patterns...)...).Output()
		if err != nil {
			return "", fmt.Errorf("go list: %w", err)
		}
		counts[i] = bytes.Count(out, []byte("\n"))
	}
	return fmt.Sprintf("%d packages, %d with what they import", counts[0], counts[1]), nil
}

// command returns a command that runs in the module, with the build cache of
// this bench, and without results of earlier runs. What it prints goes nowhere.
func (b *bench) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.dir
	cmd.Env = append(slices.Clip(cmd.Environ()), "GOCACHE="+b.cache, "TXLINT_CACHE=off")
	return cmd
}

// progress says on standard error what is being done: it takes a while.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+" …\n", args...)
}

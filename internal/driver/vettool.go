package driver

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/txlint/txlint/internal/config"
)

// IsVetTool reports whether the go command is calling: it asks for -V=full and
// -flags, and then hands over packages as files named *.cfg.
func IsVetTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	switch args[0] {
	case "-V=full", "--V=full", "-flags", "--flags":
		return len(args) == 1
	}
	return strings.HasSuffix(args[len(args)-1], ".cfg")
}

// VetTool serves one call of the go command. It uses the process's own
// streams, arguments and exit code, and does not return where unitchecker
// does not.
func VetTool(ctx context.Context, tool Tool, env Env, args []string) int {
	if strings.HasSuffix(args[0], "V=full") {
		return exitCode(tool, env, answerVersion(ctx, tool, env))
	}
	var leftOut *config.Config
	if path := args[len(args)-1]; strings.HasSuffix(path, ".cfg") {
		unit := readUnit(path)
		if olderThan(unit.GoVersion) {
			fmt.Fprintln(env.Stderr, tooOld(tool, unit.GoVersion))
			return 1
		}
		c, flags, err := vetConfig(tool, env, unit)
		if err != nil {
			return exitCode(tool, env, err)
		}
		leftOut = c
		// unitchecker reads its arguments from here; later ones win.
		os.Args = slices.Concat(os.Args[:1], flags, args)
		tuneForOneUnit()
	}
	addSharedFlags(flag.CommandLine, tool.Rules)
	off := sync.OnceValue(func() map[*analysis.Analyzer]bool { return idle(tool.Rules, offByName(flag.CommandLine, tool.Rules)) })
	unitchecker.Main(protect(tool.Rules, off, leftOut.Excludes, func(f failure) {
		if env.getenv("TXLINT_DEBUG") != "" {
			fmt.Fprintf(env.Stderr, "%s: %v\n%s", tool.Name, f, f.stack)
		}
	})...)
	return ExitClean
}

// offByName returns the rules that flags, which must be parsed, switch off by
// name.
func offByName(fs *flag.FlagSet, rules []*analysis.Analyzer) map[*analysis.Analyzer]bool {
	off := make(map[*analysis.Analyzer]bool)
	fs.Visit(func(f *flag.Flag) {
		for _, rule := range rules {
			if rule.Name == f.Name && f.Value.String() == "false" {
				off[rule] = true
			}
		}
	})
	return off
}

// idle returns the rules that are off, and the analyzers that only these
// require.
func idle(rules []*analysis.Analyzer, off map[*analysis.Analyzer]bool) map[*analysis.Analyzer]bool {
	needed := requiredFirst(rules, off)
	idle := make(map[*analysis.Analyzer]bool)
	for _, a := range requiredFirst(rules, nil) {
		idle[a] = !slices.Contains(needed, a)
	}
	return idle
}

// answerVersion answers -V=full. The go command keeps what the tool said about
// a package until the answer changes, so the answer covers all that the
// tool's work depends on and the go command does not know: the program itself
// and its configuration.
//
// It is also the one call whose complaints the go command shows, so it is the
// place to say that the program is too old for the user's Go. Such a program
// fails on the standard library, which go vet would pass over in silence.
func answerVersion(ctx context.Context, tool Tool, env Env) error {
	info, err := askGo(ctx, env.Dir, env)
	if err == nil && olderThan(info.GOVERSION) {
		return fmt.Errorf("%s", tooOld(tool, info.GOVERSION))
	}
	id, err := buildID(ctx, tool, env, info.GOWORK != "")
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "%s version devel %s buildID=%s\n", tool.Name, runtime.Version(), id)
	return nil
}

// buildID returns a hash of the program and its configuration.
func buildID(ctx context.Context, tool Tool, env Env, workspace bool) (string, error) {
	program, err := programHash()
	if err != nil {
		return "", err
	}
	configured, err := configHash(ctx, tool, env, workspace)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(append([]byte(program), configured...))), nil
}

// readUnit reads the *.cfg file of a package. The GoVersion of the standard
// library is that of the go command. What cannot be read is left to unitchecker,
// which says it better.
func readUnit(path string) vetUnit {
	content, err := os.ReadFile(path)
	if err != nil {
		return vetUnit{}
	}
	var unit vetUnit
	if json.Unmarshal(content, &unit) != nil {
		return vetUnit{}
	}
	return unit
}

// tuneForOneUnit trades memory for time in a process that looks at one package
// and ends. The limit keeps a huge package from taking the machine.
func tuneForOneUnit() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

package driver

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
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
	if path := args[len(args)-1]; strings.HasSuffix(path, ".cfg") {
		if v := languageOfUnit(path); olderThan(v) {
			fmt.Fprintln(env.Stderr, tooOld(tool, v))
			return 1
		}
		tuneForOneUnit()
	}
	addSharedFlags(flag.CommandLine, tool.Rules)
	unitchecker.Main(protect(tool.Rules, func(f failure) {
		if env.getenv("TXLINT_DEBUG") != "" {
			fmt.Fprintf(env.Stderr, "%s: %v\n%s", tool.Name, f, f.stack)
		}
	})...)
	return ExitClean
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
	if info, err := askGo(ctx, env.Dir, env); err == nil && olderThan(info.GOVERSION) {
		return fmt.Errorf("%s", tooOld(tool, info.GOVERSION))
	}
	id, err := buildID(env.Dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "%s version devel %s buildID=%s\n", tool.Name, runtime.Version(), id)
	return nil
}

// buildID returns a hash of the program and its configuration.
func buildID(dir string) (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	config, err := configHash(dir)
	if err != nil {
		return "", err
	}
	h.Write(config)
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// configHash returns a hash of the configuration that holds for a run started
// in dir.
//
// There is no configuration file yet, so there is nothing to hash. When there
// is one, this is the place that must read it: the go command asks for -V=full
// in the user's working directory, whereas it runs the tool on a package in
// that package's directory. The path of the file must then also be passed to
// the tool as a flag, for it cannot be found from there.
func configHash(dir string) ([]byte, error) {
	_ = dir
	return nil, nil
}

// languageOfUnit returns the Go version that the package of a *.cfg file asks
// for, or "". For the standard library that is the version of the go command.
func languageOfUnit(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "" // unitchecker says it better
	}
	var unit struct{ GoVersion string }
	if json.Unmarshal(content, &unit) != nil {
		return ""
	}
	return unit.GoVersion
}

// tuneForOneUnit trades memory for time in a process that looks at one package
// and ends. The limit keeps a huge package from taking the machine.
func tuneForOneUnit() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

package corpustest

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// golangciVariable is the environment variable that names a golangci-lint with
// the plugin in it. It is not built by the tests that need one, because that
// compiles all of golangci-lint; .ci/run builds it, so none is skipped there.
const golangciVariable = "TXLINT_GOLANGCI_LINT"

// A Golangci is a golangci-lint with the plugin in it.
type Golangci struct {
	Program  string
	Settings string // .golangci.yml as docs/running.md shows it, with no other linters
}

// NewGolangci returns the golangci-lint that the environment names, or skips
// the test.
func NewGolangci(t testing.TB) Golangci {
	t.Helper()
	g := Golangci{Program: os.Getenv(golangciVariable)}
	if g.Program == "" {
		t.Skip(golangciVariable + " is not set; CONTRIBUTING.md says how to build one")
	}
	text, err := os.ReadFile(filepath.Join(Dir(t), "..", "docs", "running.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)In `.golangci.yml`:\n\n```yaml\n(.*?)```").FindSubmatch(text)
	const linters = "  enable: [txlint]"
	if shown == nil || !strings.Contains(string(shown[1]), linters) {
		t.Fatal("docs/running.md shows no settings for golangci-lint")
	}
	g.Settings = strings.Replace(string(shown[1]), linters, "  default: none\n"+linters, 1)
	return g
}

// A GolangciRun is what a run left behind.
type GolangciRun struct {
	Code   int
	Issues []GolangciIssue
	Stderr string
}

// A GolangciIssue is what golangci-lint reports.
type GolangciIssue struct {
	Linter string
	Finding
	Path string // the steps that are folded into the message
}

// Run runs it in dir, with what it keeps for later runs in the directory cache.
func (g Golangci) Run(t testing.TB, dir, cache string, args ...string) GolangciRun {
	t.Helper()
	temp := t.TempDir()
	config, out := filepath.Join(temp, "golangci.yml"), filepath.Join(temp, "out.json")
	if err := os.WriteFile(config, []byte(g.Settings), 0o644); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"run", "-c", config, "--path-mode=abs", "--show-stats=false", "--allow-parallel-runners", "--output.json.path=" + out}, args...)
	cmd := exec.Command(g.Program, args...)
	cmd.Dir, cmd.Env = dir, append(environ(), "GOLANGCI_LINT_CACHE="+cache, "PWD="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	run := GolangciRun{Code: cmd.ProcessState.ExitCode(), Stderr: stderr.String()}
	report, err := os.ReadFile(out)
	if errors.Is(err, os.ErrNotExist) {
		return run // it did not come to that
	} else if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct {
				Filename string
				Line     int
			}
		}
	}
	if err := json.Unmarshal(report, &doc); err != nil {
		t.Fatalf("%v\n%s", err, run.Stderr)
	}
	for _, issue := range doc.Issues {
		rule, message, _ := strings.Cut(issue.Text, ": ")
		message, path, _ := strings.Cut(message, " [path: ")
		run.Issues = append(run.Issues, GolangciIssue{
			Linter:  issue.FromLinter,
			Finding: Finding{File: relative(dir, issue.Pos.Filename), Line: issue.Pos.Line, Rule: rule, Message: message},
			Path:    strings.TrimSuffix(path, "]"),
		})
	}
	return run
}

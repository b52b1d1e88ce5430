package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/corpustest"
)

var update = flag.Bool("update", false, "write docs/parity.md anew")

// TestParity proves that it does not matter how txlint is run: in process as a
// list of analyzers, under go vet, in golangci-lint, as Bazel's nogo does, and by
// hand. On the whole corpus all say the same, line by line, and what the rules
// say about their own parts of it is what is wanted there.
func TestParity(t *testing.T) {
	t.Parallel()
	inProcess := corpustest.Findings(t, txlint.Suite())
	require.NotEmpty(t, inProcess)
	transactions := []string{"earlyreturn", "txowner", "txdone"}
	// These say things about each other's parts as well, which are wanted there.
	ofTransactions := slices.DeleteFunc(slices.Clone(inProcess), func(f corpustest.Finding) bool {
		return !slices.Contains(transactions, f.Rule)
	})
	corpustest.CheckFindings(t, ofTransactions, transactions, transactions...)
	corpustest.CheckFindings(t, of("nplusone", inProcess), []string{"nplusone"}, "nplusone")
	corpustest.CheckFindings(t, inProcess, corpustest.Rules(txlint.Suite()), corpustest.Libraries(t)...)

	drivers := []driven{
		{name: "in process", run: func(*testing.T) []corpustest.Finding { return inProcess }},
		{name: "go vet", run: func(t *testing.T) []corpustest.Finding { return corpustest.VetFindings(t, built(t)) }},
		{name: "nogo", run: func(t *testing.T) []corpustest.Finding { return corpustest.NogoFindings(t, txlint.Suite()) }},
		{name: "by hand", run: handFindings},
		{name: golangci, run: func(t *testing.T) []corpustest.Finding { return golangciFindings(t, corpustest.NewGolangci(t)) }},
	}
	t.Run("drivers", func(t *testing.T) { // returns when all are done
		for i := range drivers {
			t.Run(drivers[i].name, func(t *testing.T) {
				t.Parallel()
				want := inProcess
				if drivers[i].name == golangci {
					want = withoutNoLint(t, want)
				}
				drivers[i].findings = want // stays if the driver is not on this machine
				drivers[i].findings = drivers[i].run(t)
				assert.Equal(t, lines(want), lines(drivers[i].findings))
			})
		}
	})

	name := filepath.Join("..", "..", "docs", "parity.md")
	page := parityPage(drivers)
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(page), 0o644))
	}
	was, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(was), page, "this repairs it: go test ./cmd/txlint -run TestParity -update")
}

// golangci is the driver that keeps a part of what it is told to itself, and may
// be missing on the machine. CI has it: see .ci/run.
const golangci = "golangci-lint"

// A driven is a way of running txlint, and what was found in it.
type driven struct {
	name     string
	run      func(t *testing.T) []corpustest.Finding
	findings []corpustest.Finding
}

// parityPage returns the page that says how much each driver has found.
func parityPage(drivers []driven) string {
	columns := make(map[string]map[string]int) // driver → file → findings
	files := make(map[string]bool)
	head, rule := "| file of the corpus |", "| --- |"
	for _, d := range drivers {
		head, rule = head+" "+d.name+" |", rule+" --- |"
		columns[d.name] = make(map[string]int)
		for _, f := range d.findings {
			columns[d.name][f.File]++
			files[f.File] = true
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- Generated: go test ./cmd/txlint -run TestParity -update -->\n\n# The same findings everywhere\n\n"+
		"How many findings each way of running txlint has in each file of the corpus, which is the module in `testdata`. That they are\n"+
		"the same findings, line by line, is what `cmd/txlint/parity_test.go` checks; this table is what it saw.\n\n"+
		"Without a name of a rule `//nolint` is golangci-lint's own comment in golangci-lint, [see there](running.md#golangci-lint).\n"+
		"What stands on a line with one, or begins there, is left out of its column.\n\n%s\n%s\n", head, rule)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "| `%s` |", file)
		for _, d := range drivers {
			fmt.Fprintf(&b, " %d |", columns[d.name][file])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// golangciFindings runs golangci-lint over the corpus.
func golangciFindings(t *testing.T, golangci corpustest.Golangci) []corpustest.Finding {
	t.Helper()
	run := golangci.Run(t, corpustest.Dir(t), t.TempDir(), "./...")
	require.Equal(t, 1, run.Code, run.Stderr)
	var all []corpustest.Finding
	for _, issue := range run.Issues {
		// The first step is as a rule where the transaction begins.
		step := regexp.MustCompile(`^line (\d+) `).FindStringSubmatch(issue.Path)
		begin := 0
		if step != nil {
			var err error
			begin, err = strconv.Atoi(step[1])
			require.NoError(t, err)
		}
		if !ofGolangci(t, issue.File, issue.Line) && !ofGolangci(t, issue.File, begin) {
			all = append(all, issue.Finding)
		}
	}
	return all
}

// withoutNoLint returns the findings that are on no line with a comment that is
// golangci-lint's own.
func withoutNoLint(t *testing.T, all []corpustest.Finding) []corpustest.Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f corpustest.Finding) bool { return ofGolangci(t, f.File, f.Line) })
}

var noLint = regexp.MustCompile(`//\s*nolint(:(\w+,)*(txlint|all)\b|[^:\w]|$)`)

// ofGolangci reports whether a line of the corpus has a //nolint that golangci-lint
// does not leave to the rules.
func ofGolangci(t *testing.T, file string, line int) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpustest.Dir(t), filepath.FromSlash(file)))
	require.NoError(t, err)
	all := strings.Split(string(text), "\n")
	return line > 0 && line <= len(all) && noLint.MatchString(all[line-1])
}

// of returns the findings of a rule in its part of the corpus.
func of(rule string, all []corpustest.Finding) []corpustest.Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f corpustest.Finding) bool {
		return f.Rule != rule || !strings.HasPrefix(f.File, rule+"/")
	})
}

// handFindings runs the program by hand over the corpus.
func handFindings(t *testing.T) []corpustest.Finding {
	t.Helper()
	code, stdout, stderr := execute(t, t.TempDir(), []string{"GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off", "CGO_ENABLED=0"},
		built(t), "-json", "-C", corpustest.Dir(t), "./...")
	require.Equal(t, 1, code, stderr)
	var doc struct {
		Findings []struct {
			Rule, Message string
			Position      struct {
				File string
				Line int
			}
		}
		Errors []any
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	assert.Empty(t, doc.Errors)
	var all []corpustest.Finding
	for _, f := range doc.Findings {
		all = append(all, corpustest.Finding{File: filepath.ToSlash(f.Position.File), Line: f.Position.Line, Rule: f.Rule, Message: f.Message})
	}
	return all
}

// lines returns findings as sorted lines.
func lines(findings []corpustest.Finding) []string {
	findings = slices.SortedFunc(slices.Values(findings), func(a, b corpustest.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	var out []string
	for _, f := range findings {
		out = append(out, f.String())
	}
	return out
}

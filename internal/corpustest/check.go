package corpustest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// A Finding is one diagnostic, in a form that can be compared across drivers.
type Finding struct {
	File    string // relative to testdata, with slashes
	Line    int
	Rule    string // the analyzer's name
	Message string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Rule, f.Message)
}

// Check runs the analyzers over the corpus and compares what they say below
// the prefixes with what is expected there.
func Check(t testing.TB, analyzers []*analysis.Analyzer, prefixes ...string) {
	t.Helper()
	CheckFindings(t, Findings(t, analyzers, prefixes...), Rules(analyzers), prefixes...)
}

// CheckFindings compares findings, from whichever driver, with what is
// expected below the prefixes of the given rules.
func CheckFindings(t testing.TB, findings []Finding, rules []string, prefixes ...string) {
	t.Helper()
	wants := slices.DeleteFunc(Wants(t, prefixes...), func(w Want) bool {
		return w.Rule != "" && !slices.Contains(rules, w.Rule)
	})
	findings = slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return !matches(f.File, prefixes)
	})
	unexpected, missing := compare(wants, findings)
	for _, f := range unexpected {
		t.Errorf("%s:%d: unexpected %s: %s", f.File, f.Line, f.Rule, f.Message)
	}
	for _, w := range missing {
		t.Errorf("%s:%d: missing %s: %q", w.File, w.Line, cmp.Or(w.Rule, strings.Join(rules, "|")), w.Pattern)
	}
	if len(unexpected)+len(missing) > 0 {
		t.Errorf("%d expected, %d found: %d unexpected, %d missing", len(wants), len(findings), len(unexpected), len(missing))
	}
}

// compare pairs wants with findings one to one and returns what is left over
// on either side. A want that fits fewer findings is served first, so that a
// loose pattern does not take the finding which a strict one needs.
func compare(wants []Want, findings []Finding) (unexpected []Finding, missing []Want) {
	taken := make([]bool, len(findings))
	fitting := func(w Want) (first, count int) {
		first = -1
		for i, f := range findings {
			if !taken[i] && w.accepts(f) {
				if first < 0 {
					first = i
				}
				count++
			}
		}
		return first, count
	}
	open := slices.Clone(wants)
	for len(open) > 0 {
		best, bestFirst, bestCount := 0, -1, 0
		for i, w := range open {
			first, count := fitting(w)
			if i == 0 || count < bestCount {
				best, bestFirst, bestCount = i, first, count
			}
			if count <= 1 {
				break
			}
		}
		if bestFirst < 0 {
			missing = append(missing, open[best])
		} else {
			taken[bestFirst] = true
		}
		open = slices.Delete(open, best, best+1)
	}
	for i, f := range findings {
		if !taken[i] {
			unexpected = append(unexpected, f)
		}
	}
	sortFindings(unexpected)
	slices.SortStableFunc(missing, func(a, b Want) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return unexpected, missing
}

// Rules returns the names of the analyzers.
func Rules(analyzers []*analysis.Analyzer) []string {
	var names []string
	for _, a := range analyzers {
		names = append(names, a.Name)
	}
	return names
}

// Findings runs the analyzers over the corpus and returns what they report
// below the prefixes, sorted.
func Findings(t testing.TB, analyzers []*analysis.Analyzer, prefixes ...string) []Finding {
	t.Helper()
	var findings []Finding
	for _, d := range Diagnostics(t, analyzers, prefixes...) {
		findings = append(findings, d.Finding)
	}
	return findings
}

// A Diagnostic is a finding with everything that the analyzer said.
type Diagnostic struct {
	Finding
	analysis.Diagnostic
	Package *packages.Package
}

// String is that of the finding: both embedded types have a Message.
func (d Diagnostic) String() string { return d.Finding.String() }

// Diagnostics runs the analyzers over the corpus and returns what they report
// below the prefixes, sorted as findings are. Facts go through their encoding
// on the way, as they do under every real driver.
func Diagnostics(t testing.TB, analyzers []*analysis.Analyzer, prefixes ...string) []Diagnostic {
	t.Helper()
	folders := patterns(prefixes)
	corpus, err := load(folders)
	if err != nil {
		t.Fatal(err)
	}
	pkgs := corpus.healthy(t, prefixes)

	run := sync.OnceValues(func() ([]Diagnostic, error) {
		graph, err := checker.Analyze(analyzers, pkgs, &checker.Options{SanityCheck: true})
		if err != nil {
			return nil, err
		}
		return collect(graph)
	})
	memo, _ := runs.LoadOrStore(runKey(analyzers, folders), run)
	all, err := memo.(func() ([]Diagnostic, error))()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(all), func(d Diagnostic) bool { return !matches(d.File, prefixes) })
}

// runs remembers the outcome per list of analyzers and folders, so that tests
// which look at different parts of these share one analysis.
var runs sync.Map

// runKey identifies analyzers by address, not by name: two configurations of
// one rule are two analyzers with one name.
func runKey(analyzers []*analysis.Analyzer, folders []string) string {
	var key strings.Builder
	key.WriteString(strings.Join(folders, " "))
	for _, a := range analyzers {
		fmt.Fprintf(&key, "%p ", a)
	}
	return key.String()
}

// collect returns the diagnostics of the packages that were asked for; those
// of their dependencies are of no interest.
func collect(graph *checker.Graph) ([]Diagnostic, error) {
	dir, err := findDir()
	if err != nil {
		return nil, err
	}
	var all []Diagnostic
	for _, act := range graph.Roots {
		if act.Err != nil {
			return nil, fmt.Errorf("%s: %w", act, act.Err)
		}
		for _, d := range act.Diagnostics {
			pos := act.Package.Fset.Position(d.Pos)
			all = append(all, Diagnostic{
				Finding:    Finding{relative(dir, pos.Filename), pos.Line, act.Analyzer.Name, d.Message},
				Diagnostic: d,
				Package:    act.Package,
			})
		}
	}
	slices.SortFunc(all, func(a, b Diagnostic) int { return compareFindings(a.Finding, b.Finding) })
	return all, nil
}

func sortFindings(fs []Finding) { slices.SortFunc(fs, compareFindings) }

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Message, b.Message),
	)
}

package oracle

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/txlint/txlint/internal/oracle/world"
)

// A Cell is a kind of damage: on which path it shows, what holds the
// transaction where the code was changed, and how far that is from where the
// transaction began.
type Cell struct{ Path, Holder, Reach string }

func (c Cell) String() string { return c.Path + ", " + c.Holder + ", " + c.Reach }

// A Rate counts the mutants that do damage, and those of them that the rules
// report.
type Rate struct{ Damaged, Killed int }

// Kills is the outcome of a run of mutants.
type Kills struct {
	Mutants int // those that compile
	// Trusted do damage that no finding names where the contract says so: some
	// path lends the transaction to a function that ends it.
	Trusted int
	ByCell  map[Cell]*Rate
	// Where is the cell of each that does damage.
	Where map[*Mutant]Cell
	// Survivors do damage that no finding names.
	Survivors []*Disagreement
}

// String is a table, one line for each cell.
func (k *Kills) String() string {
	var b strings.Builder
	cells := make([]Cell, 0, len(k.ByCell))
	total := Rate{}
	for c, r := range k.ByCell {
		cells = append(cells, c)
		total.Damaged += r.Damaged
		total.Killed += r.Killed
	}
	slices.SortFunc(cells, func(x, y Cell) int { return cmp.Compare(x.String(), y.String()) })
	fmt.Fprintf(&b, "%d mutants, %d do damage, %d of these are reported; %d are trusted\n", k.Mutants, total.Damaged, total.Killed, k.Trusted)
	for _, c := range cells {
		r := k.ByCell[c]
		fmt.Fprintf(&b, "%-60s %4d of %4d  %5.1f%%\n", c, r.Killed, r.Damaged, 100*float64(r.Killed)/float64(r.Damaged))
	}
	return b.String()
}

// Sound returns the cases of which no run shows damage.
func (j *Judge) Sound(ctx context.Context, cases []*Case) ([]*Case, error) {
	good, _, err := Compiling(cases)
	if err != nil {
		return nil, err
	}
	runs, err := Execute(ctx, j.Dir, good, j.Limit)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(good, func(c *Case) bool {
		for _, o := range runs[c.Name] {
			for _, s := range o.Seen {
				if _, ok := j.damage(s.Observation); ok {
					return true
				}
			}
		}
		return false
	}), nil
}

// SoundClones returns those of the clones whose function, as it is, runs to its
// end under some vector, begins a transaction, and shows no damage to what it
// began, and why the other functions are left out.
func (j *Judge) SoundClones(ctx context.Context, clones []*Clone, given *Case) (sound []*Clone, left map[string]string, err error) {
	cases := []*Case{given}
	for _, k := range clones {
		if k.Kind == unchanged {
			cases = append(cases, k.Case)
		}
	}
	good, _, err := Compiling(cases)
	if err != nil {
		return nil, nil, err
	}
	if !slices.Contains(good, given) {
		return nil, nil, fmt.Errorf("%s does not compile", given.Name)
	}
	runs, err := Execute(ctx, j.Dir, good, j.Limit)
	if err != nil {
		return nil, nil, err
	}
	left = map[string]string{}
	for _, k := range clones {
		if k.Kind == unchanged {
			if why := j.unsound(k, runs[k.Name]); why != "" {
				left[k.Dir+"."+k.Of] = why
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(clones), func(k *Clone) bool { return k.Kind == unchanged || left[k.Dir+"."+k.Of] != "" }), left, nil
}

// unsound says why the runs of a function that is right are of no use.
func (j *Judge) unsound(k *Clone, runs []world.Outcome) string {
	begun := false
	for _, run := range runs {
		for _, s := range run.Seen {
			if k.around(s.Begin) != k.Func {
				continue
			}
			begun = begun || s.Kind == world.Begun
			if _, ok := j.damage(s.Observation); ok {
				return fmt.Sprintf("%s at %s under %v", s.Kind, s.At, s.Decisions)
			}
		}
	}
	if len(runs) == 0 {
		return "its arguments cannot be made"
	}
	if !begun {
		return "it begins nothing"
	}
	return ""
}

// Without returns the cases of which no run shows anything of these kinds, if
// their functions are given no handles that are nil.
func (j *Judge) Without(ctx context.Context, cases []*Case, kinds ...world.Kind) ([]*Case, error) {
	good, _, err := Compiling(cases)
	if err != nil {
		return nil, err
	}
	runs, err := execute(ctx, j.Dir, good, j.Limit, false)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(good, func(c *Case) bool {
		return slices.ContainsFunc(kinds, func(k world.Kind) bool {
			shown, _ := confirms([]pattern{{kind: k}}, runs[c.Name])
			return shown
		})
	}), nil
}

// damage returns the rule that promises to report an observation.
func (j *Judge) damage(o world.Observation) (rule Rule, ok bool) {
	for _, r := range j.Rules {
		if _, ok := r.damage(o); ok {
			return r, true
		}
	}
	return Rule{}, false
}

// Kill runs mutants of sound cases, whose names must differ, beside what is
// given, and counts what the rules report of the damage.
func (j *Judge) Kill(ctx context.Context, mutants []*Mutant, given ...*Case) (*Kills, error) {
	k := &Kills{ByCell: map[Cell]*Rate{}, Where: map[*Mutant]Cell{}}
	byCase := map[*Case]*Mutant{}
	cases := slices.Clone(given)
	for _, m := range mutants {
		byCase[m.Case] = m
		cases = append(cases, m.Case)
	}
	good, _, err := Compiling(cases)
	if err != nil || len(good) == 0 {
		return k, err
	}
	findings, err := Analyze(good, j.Analyzers)
	if err != nil {
		return nil, err
	}
	runs, err := Execute(ctx, j.Dir, good, j.Limit)
	if err != nil {
		return nil, err
	}
	for _, c := range good {
		if m := byCase[c]; m != nil {
			k.Mutants++
			j.kill(k, m, findings[c.Name], runs[c.Name])
		}
	}
	return k, nil
}

func (j *Judge) kill(k *Kills, m *Mutant, findings []Finding, runs []world.Outcome) {
	covered := map[string]map[string]bool{}
	for _, r := range j.Rules {
		covered[r.Name] = r.covered(findings)
	}
	counts := func(s world.Sighting) (Rule, string, bool) {
		for _, r := range j.Rules {
			if key, ok := r.damage(s.Observation); ok && (!m.Own || m.around(s.Begin) == m.Func) {
				return r, key, true
			}
		}
		return Rule{}, "", false
	}
	// The first damage stands for the mutant: it is one change.
	for _, run := range runs {
		for _, s := range run.Seen {
			r, key, ok := counts(s)
			if !ok {
				continue
			}
			killed := slices.ContainsFunc(runs, func(o world.Outcome) bool {
				return slices.ContainsFunc(o.Seen, func(s world.Sighting) bool {
					r, key, ok := counts(s)
					return ok && covered[r.Name][key]
				})
			})
			if !killed && ended(key, runs) {
				k.Trusted++
				return
			}
			k.Where[m] = m.cell(s.Observation)
			rate := k.rate(k.Where[m])
			rate.Damaged++
			if killed {
				rate.Killed++
			} else {
				k.Survivors = append(k.Survivors, &Disagreement{Case: m.Case, Rule: r.Name, Sighting: &s, Func: run.Name})
			}
			return
		}
	}
}

// rate returns the rate of a cell.
func (k *Kills) rate(c Cell) *Rate {
	if k.ByCell[c] == nil {
		k.ByCell[c] = &Rate{}
	}
	return k.ByCell[c]
}

// cell says where the damage o of the mutant belongs.
func (m *Mutant) cell(o world.Observation) Cell {
	c := Cell{Path: "normal path", Holder: cmp.Or(m.Holder, "no handle"), Reach: "inside a function"}
	if o.Failed {
		c.Path = "error path"
	}
	file, line, _ := strings.Cut(o.Begin, ":")
	n := atoi(line)
	if m.Calls == "package" {
		c.Reach = "across packages"
		return c
	}
	if m.Calls == "function" {
		c.Reach = "across functions"
	}
	for _, f := range m.Files {
		if f.Path() != file {
			continue
		}
		switch {
		case f.Dir != m.Dir:
			c.Reach = "across packages"
		case functionAt(f.Src, n) != m.Func:
			c.Reach = "across functions"
		}
	}
	return c
}

// around names the function around the line that an observation has.
func (m *Mutant) around(at string) string {
	file, line, _ := strings.Cut(at, ":")
	for _, f := range m.Files {
		if f.Path() == file {
			return functionAt(f.Src, atoi(line))
		}
	}
	return ""
}

// functionAt names the declared function around a line.
func functionAt(src string, line int) string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return ""
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fset.Position(fn.Pos()).Line <= line && line <= fset.Position(fn.End()).Line {
			return fn.Name.Name
		}
	}
	return ""
}

// atoi reads the number of a line.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// Add counts the other outcome in.
func (k *Kills) Add(other *Kills) {
	k.Mutants += other.Mutants
	k.Trusted += other.Trusted
	k.Survivors = append(k.Survivors, other.Survivors...)
	if k.Where == nil {
		k.Where = map[*Mutant]Cell{}
	}
	maps.Copy(k.Where, other.Where)
	for c, r := range other.ByCell {
		k.rate(c).Damaged += r.Damaged
		k.rate(c).Killed += r.Killed
	}
}

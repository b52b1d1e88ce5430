package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/txlint/txlint/internal/oracle/world"
)

// A Rule says how the claims of one rule show in runs.
type Rule struct {
	// Name is the rule's name.
	Name string
	// claims returns what a finding says of the program: the observations any
	// of which shows that it is right. Without one it is not judged.
	claims func(f Finding) []pattern
	// damage reports whether an observation is one that the rule promises to
	// report, and under which key: one finding for each key is enough.
	damage func(o world.Observation) (key string, ok bool)
	// covers returns the keys of the damage that a finding reports.
	covers func(f Finding) []string
	// reached is what runs show where they come to what a finding speaks of; nil
	// if there is no such thing.
	reached func(f Finding) pattern
	// minds reports whether damage to a case is the rule's to report, as far as
	// its text tells; nil if all is.
	minds func(c *Case, o world.Observation) bool
}

// A pattern matches observations. An empty field matches everything.
type pattern struct {
	kind  world.Kind
	begin string
	at    string
	how   string
}

func (p pattern) matches(o world.Observation) bool {
	return p.kind == o.Kind && (p.begin == "" || p.begin == o.Begin) && (p.at == "" || p.at == o.At) && (p.how == "" || p.how == o.How)
}

// Rules are the rules that the oracle can judge.
var Rules = []Rule{
	{
		Name: "earlyreturn",
		// At the line of an exit, the transaction is open at that exit. At that of
		// a begin, it is open at some exit, or when the begin runs again.
		claims: func(f Finding) []pattern {
			begin := f.begin()
			if f.At == begin || strings.Contains(f.Message, " again while ") || strings.Contains(f.Message, "overwrit") {
				return []pattern{{kind: world.Again, begin: begin}, {kind: world.Open, begin: begin}, {kind: world.OpenToCallback, begin: begin}}
			}
			return []pattern{{kind: world.Open, begin: begin, at: f.At}, {kind: world.OpenToCallback, begin: begin, at: f.At}, {kind: world.OpenPast, begin: begin, at: f.At}}
		},
		damage: func(o world.Observation) (string, bool) {
			return o.Begin, o.Kind == world.Open || o.Kind == world.Again
		},
		covers: func(f Finding) []string { return []string{f.begin()} },
	},
	{
		Name: "txdone",
		claims: func(f Finding) []pattern {
			if strings.HasPrefix(f.Message, "returns ") {
				// A path that leads past a use counts, although the use fails.
				return []pattern{{kind: world.Returned, at: f.At}, {kind: world.Use, begin: f.begin()}, {kind: world.Second, begin: f.begin()}}
			}
			return f.after()
		},
		// What a function does to its own transaction is this rule's; what others do
		// to it may be another's to report. A rollback after the end is harmless.
		damage: func(o world.Observation) (string, bool) {
			again := o.Kind == world.Use || o.Kind == world.Second && strings.HasSuffix(o.How, ", commit")
			return o.Begin, again && o.Direct
		},
		covers: func(f Finding) []string { return []string{f.begin()} },
	},
	{
		// What callers may rely on is a matter of judgement: only the findings are
		// checked, not what is missing.
		Name: "txowner",
		claims: func(f Finding) []pattern {
			if after := f.after(); after != nil {
				return append(after, pattern{kind: world.Borrowed, at: f.At})
			}
			return nil
		},
		damage: func(world.Observation) (string, bool) { return "", false },
		covers: func(Finding) []string { return nil },
	},
}

// NPlusOne judges statements in loops: a run shows one if its arguments differ
// from round to round of a loop over a collection. It is not part of the
// contract, as the rule weighs more than that.
var NPlusOne = Rule{
	Name: "nplusone",
	claims: func(f Finding) []pattern {
		return []pattern{{kind: world.Statements, at: f.At, how: world.PerElement}}
	},
	damage: func(o world.Observation) (string, bool) {
		return o.At, o.Kind == world.Statements && o.How == world.PerElement
	},
	covers: func(f Finding) []string { return []string{f.At} },
	// What is never sent, because the transaction is over or nothing leads there,
	// is no statement; whether that is so is not this rule's to say.
	reached: func(f Finding) pattern { return pattern{kind: world.Sent, at: f.At} },
	// What is written down of failures grows with them, not with the collection.
	minds: func(c *Case, o world.Observation) bool { return !onFailure(c, o.At) },
}

// after returns what shows that a transaction is used or finished after its
// end, where the finding says so. A deferred call runs at some other line.
func (f Finding) after() []pattern {
	if strings.HasPrefix(f.Message, "passes ") {
		return nil // that it is handed on is the claim, not what becomes of it
	}
	if f.Deferred {
		return []pattern{{kind: world.Use, begin: f.begin()}, {kind: world.Second, begin: f.begin()}}
	}
	return []pattern{{kind: world.Use, at: f.At}, {kind: world.Second, at: f.At}}
}

// begin returns the line at which the transaction of a finding began; where it
// names none, its own line.
func (f Finding) begin() string {
	if i := f.beginning(); i >= 0 {
		return f.Related[i].At
	}
	return f.At
}

func (f Finding) beginning() int {
	return slices.IndexFunc(f.Related, func(r Related) bool { return r.Message == "begins here" })
}

// A Disagreement is a finding that no run shows, or a run that no finding
// names.
type Disagreement struct {
	Case *Case
	Rule string
	// Finding is the one that is wrong, nil where one is missing.
	Finding *Finding
	// Sighting is what no finding names, and Func the function that was run.
	Sighting *world.Sighting
	Func     string
}

// Missing reports whether it is a false negative.
func (d *Disagreement) Missing() bool { return d.Finding == nil }

func (d *Disagreement) String() string {
	if d.Missing() {
		return fmt.Sprintf("%s does not report: %s %s at %s (%s under decisions %v)", d.Rule, d.Sighting.Kind, d.Sighting.Begin, d.Sighting.At, d.Func, d.Sighting.Decisions)
	}
	return fmt.Sprintf("%s reports what no run shows: %s: %s", d.Rule, d.Finding.At, d.Finding.Message)
}

// A Verdict is the outcome of a comparison.
type Verdict struct {
	Cases, Functions, Runs int
	// Findings counts the findings that runs confirmed, Open those that neither
	// were confirmed nor can be called wrong, because not all vectors were run.
	// Unreached counts those in code that no run reached, or that none would in
	// all ways: generic functions run only as others call them.
	Findings, Open, Unreached int
	// Damaged counts the keys of damage. Trusted are those without a finding
	// where some path lends the transaction to a function that ends it: if its
	// caller cannot tell whether it did, the engine takes it that it did.
	// Left are those without a finding that are not the rule's to report.
	Damaged, Trusted, Left int
	// Limited are those which a finding names that is only possible, because of
	// how many paths there are.
	Limited       int
	Disagreements []*Disagreement
}

func (v Verdict) String() string {
	return fmt.Sprintf("%d cases with %d functions, %d runs; %d damaged (%d trusted, %d limited, %d left), %d findings shown, %d open, %d unreached; %d disagreements",
		v.Cases, v.Functions, v.Runs, v.Damaged, v.Trusted, v.Limited, v.Left, v.Findings, v.Open, v.Unreached, len(v.Disagreements))
}

// Add counts the other verdict in.
func (v *Verdict) Add(w Verdict) {
	v.Cases += w.Cases
	v.Functions += w.Functions
	v.Runs += w.Runs
	v.Findings += w.Findings
	v.Open += w.Open
	v.Unreached += w.Unreached
	v.Damaged += w.Damaged
	v.Trusted += w.Trusted
	v.Limited += w.Limited
	v.Left += w.Left
	v.Disagreements = append(v.Disagreements, w.Disagreements...)
}

// Compare puts the findings and the runs of the cases side by side.
func Compare(cases []*Case, findings map[string][]Finding, runs Runs, rules []Rule) Verdict {
	v := Verdict{Cases: len(cases)}
	for _, c := range cases {
		for _, o := range runs[c.Name] {
			v.Functions++
			v.Runs += o.Runs
		}
		for _, r := range rules {
			r.compare(&v, c, findings[c.Name], runs[c.Name])
		}
	}
	return v
}

// covered returns the keys of the damage that findings report which is this
// rule's to report. What is done after the end is txowner's to say where another
// function made that end.
func (r Rule) covered(findings []Finding) map[string]bool {
	out := map[string]bool{}
	for _, f := range findings {
		if f.Rule == r.Name || r.Name == "txdone" && f.Rule == "txowner" && f.after() != nil {
			for _, key := range r.covers(f) {
				out[key] = true
			}
		}
	}
	return out
}

func (r Rule) compare(v *Verdict, c *Case, findings []Finding, runs []world.Outcome) {
	for _, f := range findings {
		if f.Rule == r.Name {
			r.compareFinding(v, c, f, runs)
		}
	}
	r.compareDamage(v, c, r.covered(findings), runs)
	slices.SortStableFunc(v.Disagreements, func(a, b *Disagreement) int { return cmp.Compare(a.Case.Name, b.Case.Name) })
}

// compareFinding looks for a run that shows what a finding says.
func (r Rule) compareFinding(v *Verdict, c *Case, f Finding, runs []world.Outcome) {
	claims := r.claims(f)
	if len(claims) == 0 {
		return
	}
	shown, complete := confirms(claims, runs)
	switch {
	case shown:
		v.Findings++
	case !r.reaches(f, runs):
		v.Unreached++
	case crashes(runs), !complete:
		v.Open++
	default:
		v.Disagreements = append(v.Disagreements, &Disagreement{Case: c, Rule: r.Name, Finding: &f})
	}
}

// reaches reports whether runs come to what a finding speaks of, in all the ways
// that there are.
func (r Rule) reaches(f Finding, runs []world.Outcome) bool {
	comes := func(p pattern) bool {
		shown, _ := confirms([]pattern{p}, runs)
		return shown
	}
	switch {
	case f.Generic:
		return false
	case f.Literal != "" && !comes(pattern{kind: world.Entered, at: f.Literal}):
		return false
	// Of a transaction that never began runs say nothing.
	case f.beginning() >= 0 && !comes(pattern{kind: world.Begun, begin: f.begin()}):
		return false
	}
	return r.reached == nil || comes(r.reached(f))
}

// compareDamage looks for findings, whose keys are covered, of what runs show.
func (r Rule) compareDamage(v *Verdict, c *Case, covered map[string]bool, runs []world.Outcome) {
	seen := map[string]bool{}
	for _, run := range runs {
		for _, s := range run.Seen {
			key, ok := r.damage(s.Observation)
			if !ok || seen[key] {
				continue
			}
			seen[key] = true
			v.Damaged++
			switch {
			case covered[key]:
			case ended(key, runs):
				v.Trusted++
			case r.minds != nil && !r.minds(c, s.Observation):
				v.Left++
			default:
				v.Disagreements = append(v.Disagreements, &Disagreement{Case: c, Rule: r.Name, Sighting: &s, Func: run.Name})
			}
		}
	}
}

// ended reports whether some run has the transaction that began at a line
// finished by a function that it was lent to.
func ended(begin string, runs []world.Outcome) bool {
	shown, _ := confirms([]pattern{{kind: world.Borrowed, begin: begin}}, runs)
	return shown
}

// crashes reports whether a run ended because of a nil pointer: what would have
// come after that is not seen.
func crashes(runs []world.Outcome) bool {
	shown, _ := confirms([]pattern{{kind: world.Crash}}, runs)
	return shown
}

// confirms reports whether a run shows what one of the patterns says, and
// whether all runs that there can be were made.
func confirms(any []pattern, runs []world.Outcome) (shown, complete bool) {
	complete = true
	for _, run := range runs {
		complete = complete && run.Complete
		for _, s := range run.Seen {
			for _, p := range any {
				if p.matches(s.Observation) {
					return true, true
				}
			}
		}
	}
	return false, complete
}

// Package config reads the configuration of a project, the file .txlint.yml.
//
// What stands in it comes to values of flags (see [Config.Flags]), because flags
// are all that every driver has: the same configuration reaches a run by hand,
// a tool of go vet, golangci-lint and nogo. Only programs read the file; the
// analyzers know nothing of it.
//
// The decoder is strict. Every mistake has a place in the file, and where a word
// is unknown the nearest known one is named.
package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/catalog"
)

// A Config is what a configuration says.
type Config struct {
	// File is the path of the file.
	File string
	// Rows are those of libraries, finishers, borrowers and slow, in the order of
	// the file.
	Rows []Row
	// Repositories are types whose methods send statements.
	Repositories []Row
	// Rules are sorted by name.
	Rules []Rule
	// Exclude are the patterns of paths to leave out.
	Exclude []Pattern
}

// A Position is a place in the file, counted from 1.
type Position struct{ Line, Column int }

// A Row is a row of the catalog and where it stands.
type Row struct {
	catalog.UserRow
	// At is where the row begins, Fields where the values of its fields do.
	At     Position
	Fields map[string]Position
}

// A Rule is what is said of a rule.
type Rule struct {
	Name    string
	Off     bool
	Options []Option // sorted by name
}

// An Option is a flag of a rule.
type Option struct {
	Name, Value string
	At          Position
}

// A Spec says which rules there are, and which options they have.
type Spec struct{ Rules []RuleSpec }

// A RuleSpec is a rule that can be configured.
type RuleSpec struct {
	Name    string
	Options []OptionSpec
}

// An OptionSpec is a flag of a rule.
type OptionSpec struct {
	Name, Usage string
	Bool        bool     // its values are true and false
	Words       []string // its values, if they are words; nil if it has any
}

// The flags by which the rows and the repositories reach the rules. They stand at
// the top of the file, not among the options of a rule.
const (
	RowsFlag         = "libraries"
	RepositoriesFlag = "repositories"
)

// SpecOf returns what can be configured of the rules.
func SpecOf(rules []*analysis.Analyzer) Spec {
	var s Spec
	for _, rule := range rules {
		r := RuleSpec{Name: rule.Name}
		rule.Flags.VisitAll(func(f *flag.Flag) {
			if f.Name == RowsFlag || f.Name == RepositoriesFlag {
				return
			}
			b, ok := f.Value.(interface{ IsBoolFlag() bool })
			option := OptionSpec{Name: f.Name, Usage: f.Usage, Bool: ok && b.IsBoolFlag()}
			if w, ok := f.Value.(interface{ Words() []string }); ok {
				option.Words = w.Words()
			}
			r.Options = append(r.Options, option)
		})
		s.Rules = append(s.Rules, r)
	}
	return s
}

// An Error is a mistake in the file.
type Error struct {
	File string
	Position
	Message string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, max(e.Column, 1), e.Message)
}

// Errors are the mistakes of a file, in the order of their places.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// sorted returns the mistakes as an error, nil if there are none.
func (e Errors) sorted() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return e
}

// A Flag is a flag with its value, in the words of the command line.
type Flag struct{ Name, Value string }

func (f Flag) String() string { return "-" + f.Name + "=" + f.Value }

// Flags returns what the configuration comes to: -RULE=false for every rule that
// is off, -RULE.OPTION=VALUE for every option, -libraries and -repositories. What
// is left out is not among them, for it concerns what is shown, not what the
// rules do.
func (c *Config) Flags() ([]Flag, error) {
	if c == nil {
		return nil, nil
	}
	var out []Flag
	for _, r := range c.Rules {
		if r.Off {
			out = append(out, Flag{r.Name, "false"})
		}
		for _, o := range r.Options {
			out = append(out, Flag{r.Name + "." + o.Name, o.Value})
		}
	}
	text, err := catalog.FormatRows(c.UserRows())
	if err != nil {
		return nil, err
	}
	if text != "" {
		out = append(out, Flag{RowsFlag, text})
	}
	if types := c.RepositoryNames(); len(types) > 0 {
		out = append(out, Flag{RepositoriesFlag, strings.Join(types, ",")})
	}
	return out, nil
}

// RepositoryNames returns the repositories as they stand in the file.
func (c *Config) RepositoryNames() []string {
	var types []string
	for _, r := range c.Repositories {
		types = append(types, r.Name())
	}
	return types
}

// UserRows returns the rows without their places.
func (c *Config) UserRows() []catalog.UserRow {
	if c == nil {
		return nil
	}
	rows := make([]catalog.UserRow, len(c.Rows))
	for i, r := range c.Rows {
		rows[i] = r.UserRow
	}
	return rows
}

// Digest returns a hash of all that the configuration says, "" where there is
// none. Comments, the order of things and the file's place do not count.
func (c *Config) Digest() string {
	if c == nil {
		return ""
	}
	rows := c.UserRows()
	byName := func(a, b catalog.UserRow) int { return cmp.Compare(a.Name(), b.Name()) }
	slices.SortStableFunc(rows, byName)
	types := c.RepositoryNames()
	var patterns []string
	for _, p := range c.Exclude {
		patterns = append(patterns, p.Text)
	}
	slices.Sort(types)
	slices.Sort(patterns)
	var rules []string
	for _, r := range c.Rules {
		rules = append(rules, fmt.Sprintf("%q %t", r.Name, r.Off))
		for _, o := range r.Options {
			rules = append(rules, fmt.Sprintf("%q %q %q", r.Name, o.Name, o.Value))
		}
	}
	// Nothing in it fails to be encoded: texts, numbers and truth values.
	text, err := json.Marshal([]any{rows, types, rules, patterns})
	if err != nil {
		return err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Package plugin is the module plugin by which golangci-lint runs txlint.
//
// A golangci-lint with it is built by "golangci-lint custom" from a file
// .custom-gcl.yml; see docs/running.md.
package plugin

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/spelling"
)

// Name is the name of the linter in golangci-lint.
const Name = "txlint"

// golangci-lint finds plugins by what they register when they are loaded.
func init() { register.Plugin(Name, New) }

// Settings is what stands in .golangci.yml below
// linters.settings.custom.txlint.settings. An unknown key is an error.
type Settings struct {
	// Rules are the rules that run; none means all.
	Rules []string `json:"rules"`
	// Disable are the rules that do not run.
	Disable []string `json:"disable"`
	// Options are the flags of rules: "possible" is that of every rule which
	// has it, "panics" below "earlyreturn" that of one. golangci-lint takes
	// keys apart at dots, so "earlyreturn.panics" comes to the same.
	Options map[string]any `json:"options"`
	// Libraries, Repositories, Finishers, Borrowers and Slow are what they are in
	// .txlint.yml. Paths are left out by golangci-lint itself.
	Libraries    []catalog.UserRow `json:"libraries"`
	Repositories []string          `json:"repositories"`
	Finishers    []string          `json:"finishers"`
	Borrowers    []string          `json:"borrowers"`
	Slow         []string          `json:"slow"`
}

// New returns the linter with the given settings.
func New(settings any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[Settings](settings)
	if err != nil {
		return nil, fmt.Errorf("txlint: settings: %w", err)
	}
	l, err := configured(s)
	if err != nil {
		return nil, fmt.Errorf("txlint: settings: %w", err)
	}
	return l, nil
}

// configured returns the linter of the rules that the settings switch on, with
// all that they say.
func configured(s Settings) (linter, error) {
	all := txlint.New()
	rules, err := choose(slices.Clone(all), s)
	if err != nil {
		return linter{}, err
	}
	options, err := flatten(s.Options)
	if err != nil {
		return linter{}, err
	}
	if err := setOptions(all, options); err != nil {
		return linter{}, err
	}
	c, err := config.FromSettings(s.Libraries, s.Repositories, s.Finishers, s.Borrowers, s.Slow)
	if err != nil {
		return linter{}, err
	}
	return linter{rules, s.Disable}, setRows(all, c)
}

// setRows sets the flags by which rows of the catalog reach the rules.
func setRows(rules []*analysis.Analyzer, c *config.Config) error {
	flags, err := c.Flags()
	if err != nil {
		return err
	}
	for _, f := range flags {
		for _, rule := range rules {
			if rule.Flags.Lookup(f.Name) == nil {
				continue
			}
			if err := rule.Flags.Set(f.Name, f.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// A linter is what golangci-lint asks for analyzers.
type linter struct {
	rules []*analysis.Analyzer
	off   []string // those that are switched off by name
}

// BuildAnalyzers returns the rules in the form that golangci-lint can show.
func (l linter) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return forGolangci(l.rules, l.off...), nil
}

// GetLoadMode says that the rules need types.
func (linter) GetLoadMode() string { return register.LoadModeTypesInfo }

// choose returns the rules that the settings switch on.
func choose(all []*analysis.Analyzer, s Settings) ([]*analysis.Analyzer, error) {
	var names []string
	for _, rule := range all {
		names = append(names, rule.Name)
	}
	for _, name := range slices.Concat(s.Rules, s.Disable) {
		if !slices.Contains(names, name) {
			return nil, unknown("rule", name, names)
		}
	}
	chosen := slices.DeleteFunc(all, func(a *analysis.Analyzer) bool {
		return len(s.Rules) > 0 && !slices.Contains(s.Rules, a.Name) || slices.Contains(s.Disable, a.Name)
	})
	if len(chosen) == 0 {
		return nil, errors.New("every rule is switched off")
	}
	return chosen, nil
}

// flatten returns options by their whole name.
func flatten(options map[string]any) (map[string]any, error) {
	flat := make(map[string]any)
	for name, value := range options {
		switch value := value.(type) {
		case bool, string:
			flat[name] = value
		case map[string]any:
			below, err := flatten(value)
			if err != nil {
				return nil, err
			}
			for key, b := range below {
				flat[name+"."+key] = b
			}
		default:
			return nil, fmt.Errorf("option %q: want a word, true or false, not %v", name, value)
		}
	}
	return flat, nil
}

// setFlag sets a flag of a rule, which must be given a truth value where it is
// one.
func setFlag(rule *analysis.Analyzer, name string, value any) error {
	flag := rule.Flags.Lookup(name)
	b, ok := flag.Value.(interface{ IsBoolFlag() bool })
	if _, truth := value.(bool); truth != (ok && b.IsBoolFlag()) {
		if truth {
			return fmt.Errorf("want a word, not %v", value)
		}
		return fmt.Errorf("want true or false, not %v", value)
	}
	return flag.Value.Set(fmt.Sprint(value))
}

// setOptions sets flags of rules.
func setOptions(rules []*analysis.Analyzer, options map[string]any) error {
	var names []string
	setters := make(map[string][]func(any) error)
	for _, rule := range rules {
		for _, name := range flagNames(rule) {
			for _, key := range []string{name, rule.Name + "." + name} {
				names = append(names, key)
				setters[key] = append(setters[key], func(value any) error { return setFlag(rule, name, value) })
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(options)) {
		if setters[key] == nil {
			return unknown("option", key, names)
		}
		for _, set := range setters[key] {
			if err := set(options[key]); err != nil {
				return fmt.Errorf("option %q: %w", key, err)
			}
		}
	}
	return nil
}

func unknown(what, name string, known []string) error {
	if guess := spelling.Nearest(name, known); guess != "" {
		return fmt.Errorf("unknown %s %q; did you mean %q?", what, name, guess)
	}
	slices.Sort(known)
	return fmt.Errorf("unknown %s %q; there are %s", what, name, strings.Join(slices.Compact(known), ", "))
}

package driver

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/spelling"
)

// options is what the command line of a check says.
type options struct {
	dir      string // working directory, after -C
	patterns []string
	rules    []*analysis.Analyzer        // the rules that are switched on
	off      map[*analysis.Analyzer]bool // those that are switched off by name
	tags     string
	tests    bool
	fix      bool // write fixed files
	diff     bool // show what -fix would write
	json     bool
	formats  formatFlag
	outFile  string
	outputs  []output // what formats, json and outFile come to

	config      *config.Config // nil if there is none
	baseline    string         // file, or ""
	newFromRev  string
	newFromBase string
	cache       string // where results are kept, or ""
	keepSources bool   // remember what is needed to change files
	debug       bool
	exitZero    bool
	fullPath    bool
	statistics  bool
	context     contextFlag
	configFlag  configFlag
}

// newFlagSet returns the flags of a check, the options that they set, and the
// selection of rules that they make.
func newFlagSet(tool Tool) (*flag.FlagSet, *options, selection) {
	opts := new(options)
	fs := flag.NewFlagSet(tool.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are worded by flagError
	fs.StringVar(&opts.dir, "C", "", "work in `dir`, as if started there")
	fs.BoolVar(&opts.tests, "tests", true, "also analyse test files")
	fs.StringVar(&opts.tags, "tags", "", "comma-separated `list` of build tags")
	fs.BoolVar(&opts.fix, "fix", false, "apply the suggested fixes, print what remains")
	fs.BoolVar(&opts.diff, "diff", false, "print what -fix would change as a unified diff, change nothing")
	fs.Var(&opts.formats, "format", "print in these `formats`, separated by commas (see 'help formats'); FORMAT:FILE writes to a file")
	fs.StringVar(&opts.outFile, "o", "", "write what -format says to `file`")
	fs.BoolVar(&opts.json, "json", false, "print one JSON document (see 'help json'), like -format json")
	fs.StringVar(&opts.baseline, "baseline", "", "do not report what `file` has (see 'help baseline')")
	fs.StringVar(&opts.newFromRev, "new-from-rev", "", "report only what changes since this git `revision` may have brought")
	fs.StringVar(&opts.newFromBase, "new-from-merge-base", "", "the same since the commit where the work left this git `branch`")
	fs.StringVar(&opts.cache, "cache", "", "keep results in `dir`, or off (see 'help cache')")
	fs.BoolVar(&opts.debug, "debug", false, "log what the tool does to standard error")
	fs.BoolVar(&opts.statistics, "statistics", false, "say on standard error what was found and looked at, in numbers")
	fs.BoolVar(&opts.exitZero, "exit-zero", false, "exit with 0 also when there are findings")
	fs.BoolVar(&opts.fullPath, "fullpath", false, "print the names of files in full, as text")
	fs.Var(&opts.context, "c", "show the path that leads to a finding; with -c=`N` also N lines of source around each step")
	opts.configFlag.add(fs)
	addSharedFlags(fs, tool.Rules)
	return fs, opts, addRuleFlags(fs, tool.Rules)
}

// parseOptions parses the command line of a check. Flags may stand before,
// between and after package patterns. The flags of the rules are set on the
// rules themselves, as go vet does.
//
// A subcommand can add flags of its own.
//
// The command line is read twice: it may say where the configuration is, and
// what it says comes before what stands there.
func parseOptions(tool Tool, env Env, args []string, more ...func(*flag.FlagSet)) (*options, error) {
	opts, err := parseWith(tool, env, nil, args, more)
	if err != nil {
		return nil, err
	}
	c, err := opts.configFlag.load(tool, env, opts.dir)
	if err != nil || c == nil {
		return opts, err
	}
	return parseWith(tool, env, c, args, more)
}

// parseWith parses a command line whose flags change what the configuration says.
func parseWith(tool Tool, env Env, c *config.Config, args []string, more []func(*flag.FlagSet)) (*options, error) {
	fs, opts, chosen := newFlagSet(tool)
	for _, add := range more {
		add(fs)
	}
	if opts.config = c; c != nil {
		if err := setFlags(fs, c); err != nil {
			return nil, err
		}
	}
	for rest := splitContextFlag(args); ; {
		if err := fs.Parse(rest); err != nil {
			return nil, flagError(fs, err)
		}
		if rest = fs.Args(); len(rest) == 0 {
			break
		}
		opts.patterns = append(opts.patterns, rest[0])
		rest = rest[1:]
	}
	if len(opts.patterns) == 0 {
		opts.patterns = []string{"."}
	}
	if !filepath.IsAbs(opts.dir) {
		opts.dir = filepath.Join(env.Dir, opts.dir)
	}
	if opts.baseline != "" && !filepath.IsAbs(opts.baseline) {
		opts.baseline = filepath.Join(opts.dir, opts.baseline)
	}
	if strings.Contains(opts.tags, "/") {
		return nil, usagef("-tags wants a list of build tags, not %q", opts.tags)
	}
	if opts.newFromRev != "" && opts.newFromBase != "" {
		return nil, usagef("-new-from-rev and -new-from-merge-base cannot be used together")
	}
	var err error
	if opts.cache, err = cacheDir(opts.cache, env); err != nil {
		return nil, err
	}
	if err := opts.chooseOutputs(); err != nil {
		return nil, err
	}
	opts.keepSources = opts.fix || opts.diff
	opts.off = chosen.off()
	if opts.rules = chosen.apply(tool.Rules); len(opts.rules) == 0 {
		return nil, usagef("every rule is switched off")
	}
	return opts, nil
}

// sharedFlags are the flags that many rules have and that are also offered
// without a rule's name, for all of them at once.
//
// By some of them a configuration reaches the rules.
var sharedFlags = []struct {
	name, usage string
	truth       bool // true or false
}{
	{"possible", "also report findings that rest on an assumption", true},
	{"explain", "also say why nothing was reported about a transaction", true},
	{config.RowsFlag, "further rows of the catalog, as `JSON` (see 'help config')", false},
	{config.RepositoriesFlag, "further types whose methods send statements, as a comma-separated `list` of path.Type", false},
}

// addSharedFlags adds the flags that are set on every rule that knows them.
func addSharedFlags(fs *flag.FlagSet, rules []*analysis.Analyzer) {
	for _, shared := range sharedFlags {
		f := fanOut{truth: shared.truth}
		for _, rule := range rules {
			if of := rule.Flags.Lookup(shared.name); of != nil {
				f.values = append(f.values, of.Value)
			}
		}
		fs.Var(f, shared.name, shared.usage)
	}
}

// addRuleFlags adds -RULE and -RULE.FLAG for every rule and every flag of it.
func addRuleFlags(fs *flag.FlagSet, rules []*analysis.Analyzer) selection {
	chosen := make(selection)
	for _, rule := range rules {
		choice := new(triState)
		chosen[rule] = choice
		fs.Var(choice, rule.Name, fmt.Sprintf("run only %s and other rules named so; -%s=false runs all but it", rule.Name, rule.Name))
		rule.Flags.VisitAll(func(f *flag.Flag) {
			fs.Var(f.Value, rule.Name+"."+f.Name, f.Usage)
		})
	}
	return chosen
}

// flagError words an error of the flag package, which names an unknown flag
// in its text only.
func flagError(fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		text, truth := strings.CutPrefix(err.Error(), "invalid boolean value ")
		if !truth {
			return usagef("%v", err)
		}
		return usagef("invalid value %s", strings.Replace(text, ": parse error", ": want true or false", 1))
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if guess := spelling.Nearest(name, names); guess != "" {
		return usagef("unknown flag -%s; did you mean -%s?", name, guess)
	}
	return usagef("unknown flag -%s", name)
}

// splitContextFlag turns "-c 3" into "-c=3", which go vet accepts too. The
// flag package cannot do it, since -c alone is a flag as well.
func splitContextFlag(args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if (args[i] == "-c" || args[i] == "--c") && i+1 < len(args) {
			if _, err := strconv.Atoi(args[i+1]); err == nil {
				out = append(out, "-c="+args[i+1])
				i++
				continue
			}
		}
		out = append(out, args[i])
	}
	return out
}

// A contextFlag is the value of -c.
type contextFlag struct {
	set   bool // the flag was given
	off   bool // -c=-1: no witness, even on a terminal
	lines int  // lines of source around each position, if source is set
	// source says that source lines are shown: -c=0 shows the line itself,
	// -c shows none.
	source bool
}

// IsBoolFlag lets -c stand alone.
func (c *contextFlag) IsBoolFlag() bool { return true }

func (c *contextFlag) String() string { return "" }

// Set accepts "true" (for -c alone) and numbers.
func (c *contextFlag) Set(value string) error {
	if value == "true" {
		*c = contextFlag{set: true}
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return errors.New("want a number of lines")
	}
	*c = contextFlag{set: true, off: n < 0, source: n >= 0, lines: n}
	return nil
}

// A fanOut is a flag whose value goes to several flags.
type fanOut struct {
	values []flag.Value
	truth  bool
}

// IsBoolFlag lets a flag that is true or false stand alone.
func (f fanOut) IsBoolFlag() bool { return f.truth }

func (f fanOut) String() string { return "" }

// Set sets all flags.
func (f fanOut) Set(value string) error {
	if _, err := strconv.ParseBool(value); f.truth && err != nil {
		return errors.New("want true or false")
	}
	for _, v := range f.values {
		if err := v.Set(value); err != nil {
			return err
		}
	}
	return nil
}

// A triState is a boolean flag that knows whether it was given.
type triState struct{ given, value bool }

// IsBoolFlag lets the flag stand alone.
func (t *triState) IsBoolFlag() bool { return true }

func (t *triState) String() string { return "true" }

// Set accepts what boolean flags accept.
func (t *triState) Set(value string) error {
	b, err := strconv.ParseBool(value)
	if err != nil {
		return errors.New("want true or false")
	}
	*t = triState{given: true, value: b}
	return nil
}

// A selection says which rules the user switched on or off.
type selection map[*analysis.Analyzer]*triState

// off returns the rules that the user switched off by name. They do not run even
// where another rule would look at what they find.
func (s selection) off() map[*analysis.Analyzer]bool {
	off := make(map[*analysis.Analyzer]bool)
	for a, choice := range s {
		if choice.given && !choice.value {
			off[a] = true
		}
	}
	return off
}

// apply returns the rules that are to run: those that were switched on, if any
// was; else all that were not switched off.
func (s selection) apply(rules []*analysis.Analyzer) []*analysis.Analyzer {
	on := func(a *analysis.Analyzer) bool { return s[a].given && s[a].value }
	off := func(a *analysis.Analyzer) bool { return s[a].given && !s[a].value }
	if slices.ContainsFunc(rules, on) {
		return slices.DeleteFunc(slices.Clone(rules), func(a *analysis.Analyzer) bool { return !on(a) })
	}
	return slices.DeleteFunc(slices.Clone(rules), off)
}

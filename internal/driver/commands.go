package driver

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/docgen"
	"github.com/txlint/txlint/internal/spelling"
)

// A command is what a subcommand does with the arguments behind its name.
type command func(ctx context.Context, tool Tool, env Env, args []string) error

// subcommands returns the subcommands by name.
func subcommands() map[string]command {
	return map[string]command{
		"baseline": baselineCommand,
		"cache":    cacheCommand,
		"catalog":  catalogCommand,
		"config":   configCommand,
		"explain":  explain,
		"help":     help,
		"ignore":   ignore,
		"rules":    listRules,
		"version":  printVersion,
	}
}

// elsewhere are the commands by which other programs of this kind do what this
// one does without one.
var elsewhere = []string{"analyze", "check", "lint", "run"}

// misspelledSubcommand returns an error if word was probably meant as a
// subcommand. It is taken for a package otherwise.
func misspelledSubcommand(tool Tool, env Env, word string) error {
	if _, err := os.Stat(filepath.Join(env.Dir, word)); err == nil {
		return nil
	}
	if slices.Contains(elsewhere, word) {
		return usagef("unknown command %q; '%s ./...' checks packages", word, tool.Name)
	}
	if strings.ContainsAny(word, "./\\-") || len(word) < 4 {
		return nil
	}
	if guess := spelling.Nearest(word, slices.Sorted(maps.Keys(subcommands()))); guess != "" {
		return usagef("unknown command %q; did you mean %q?", word, guess)
	}
	return nil
}

// explain prints the documentation of rules.
func explain(_ context.Context, tool Tool, env Env, args []string) error {
	if len(args) == 0 {
		return usagef("explain wants a rule; the rules are %s", strings.Join(ruleNames(tool), ", "))
	}
	for i, name := range args {
		rule, err := findRule(tool, name)
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprintln(env.Stdout)
		}
		printRule(env.Stdout, env.stdoutStyle(), rule)
	}
	return nil
}

// findRule returns the rule of that name, which may be written as findings
// are labelled: txlint/earlyreturn.
func findRule(tool Tool, name string) (*analysis.Analyzer, error) {
	short := strings.TrimPrefix(name, tool.Name+"/")
	for _, rule := range tool.Rules {
		if rule.Name == short {
			return rule, nil
		}
	}
	if guess := spelling.Nearest(short, ruleNames(tool)); guess != "" {
		return nil, usagef("unknown rule %q; did you mean %q?", name, guess)
	}
	return nil, usagef("unknown rule %q; the rules are %s", name, strings.Join(ruleNames(tool), ", "))
}

func ruleNames(tool Tool) []string {
	var names []string
	for _, rule := range tool.Rules {
		names = append(names, rule.Name)
	}
	return names
}

// printRule prints the documentation of one rule. On a terminal it is wrapped,
// and headings and examples stand out; elsewhere it is as it is written.
func printRule(w io.Writer, s style, rule *analysis.Analyzer) {
	title, body, _ := strings.Cut(strings.TrimSpace(rule.Doc), "\n")
	title = strings.TrimPrefix(title, rule.Name+": ")
	fmt.Fprintf(w, "%s: %s\n", s.bold(rule.Name), title)
	if body = strings.TrimSpace(body); body != "" {
		if s.on {
			body = strings.TrimRight(docgen.Terminal(rule, s.width, docgen.Style{Heading: s.bold, Code: s.accent, Comment: s.warn}), "\n")
		}
		fmt.Fprintf(w, "\n%s\n", body)
	}
	if flags := ruleFlags(rule); flags != "" {
		fmt.Fprintf(w, "\n%s\n\n%s", s.bold("Flags:"), flags)
	}
	if rule.URL != "" {
		fmt.Fprintf(w, "\n%s %s\n", s.bold("See"), rule.URL)
	}
}

// ruleFlags describes the flags of a rule.
func ruleFlags(rule *analysis.Analyzer) string {
	var b strings.Builder
	rule.Flags.VisitAll(func(f *flag.Flag) {
		fmt.Fprintf(&b, "  -%s.%s\n    \t%s\n", rule.Name, f.Name, f.Usage)
	})
	return b.String()
}

// listRules prints one line per rule.
func listRules(_ context.Context, tool Tool, env Env, args []string) error {
	if len(args) > 0 {
		return usagef("rules takes no arguments")
	}
	printRuleList(env.Stdout, env.stdoutStyle(), tool)
	return nil
}

func printRuleList(w io.Writer, s style, tool Tool) {
	width := 0
	for _, rule := range tool.Rules {
		width = max(width, len(rule.Name))
	}
	for _, rule := range tool.Rules {
		title, _, _ := strings.Cut(strings.TrimSpace(rule.Doc), "\n")
		title = strings.TrimPrefix(title, rule.Name+": ")
		fmt.Fprintf(w, "%s%s  %s\n", s.bold(rule.Name), strings.Repeat(" ", width-len(rule.Name)), title)
	}
}

// printVersion prints what the program was built from and with.
func printVersion(ctx context.Context, tool Tool, env Env, args []string) error {
	if len(args) > 0 {
		return usagef("version takes no arguments")
	}
	fmt.Fprintf(env.Stdout, "%s %s %s %s/%s\n", tool.Name, buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, err := askGo(ctx, env.Dir, env); err == nil && olderThan(info.GOVERSION) {
		fmt.Fprintf(env.Stderr, "%s: %s\n", tool.Name, tooOld(tool, info.GOVERSION))
	}
	return nil
}

// buildVersion returns the version of the program: that of its module if it
// was installed as one, else the commit it was built from.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+dirty"
			}
		}
	}
	if revision == "" {
		return "(devel)"
	}
	return "devel-" + revision[:min(12, len(revision))] + modified
}

// help prints the usage, or what is known about a topic.
func help(_ context.Context, tool Tool, env Env, args []string) error {
	if len(args) == 0 {
		printUsage(env, tool)
		return nil
	}
	topics := helpTopics(tool)
	for _, topic := range args {
		if text, ok := topics[topic]; ok {
			fmt.Fprint(env.Stdout, text)
			continue
		}
		if rule, err := findRule(tool, topic); err == nil {
			printRule(env.Stdout, env.stdoutStyle(), rule)
			continue
		}
		names := ruleNames(tool)
		for name := range topics {
			names = append(names, name)
		}
		slices.Sort(names)
		if guess := spelling.Nearest(topic, names); guess != "" {
			return usagef("unknown help topic %q; did you mean %q?", topic, guess)
		}
		return usagef("unknown help topic %q; topics are %s", topic, strings.Join(names, ", "))
	}
	return nil
}

// helpTopics returns the texts of the help by topic. Rules are topics too.
func helpTopics(tool Tool) map[string]string {
	fill := func(text string) string { return strings.ReplaceAll(text, "PROGRAM", tool.Name) }
	return map[string]string{
		"baseline": fill(baselineHelp),
		"cache":    fill(cacheHelp),
		"catalog":  fill(catalogHelp),
		"config":   fill(configHelp),
		"exit":     fill(exitHelp),
		"flags":    flagHelp(tool),
		"formats":  fill(formatsHelp()),
		"ignore":   fill(ignoreHelp),
		"json":     jsonShape,
		"vet":      fill(vetHelp),
	}
}

const usageHead = `PROGRAM finds misuse of database transactions in Go programs.

Usage:

  PROGRAM [flags] [packages]     check packages; no packages means the one here
  PROGRAM rules                  list the rules
  PROGRAM explain RULE           what a rule reports, why, and how to repair it
  PROGRAM baseline write|prune   keep what is there now, so that only what is new is reported
  PROGRAM ignore -add            write comments that hold back what is there now
  PROGRAM cache [clean]          where results are kept, or remove them
  PROGRAM catalog [LIBRARY]      what is known of libraries; catalog check resolves your own rows
  PROGRAM config [golangci|nogo] what the configuration comes to, as flags or for another driver
  PROGRAM version                the version of PROGRAM
  PROGRAM help [TOPIC]           this text, or one about a rule, or about
                                 baseline, cache, catalog, config, exit, flags,
                                 formats, ignore, json, vet

  go vet -vettool=$(which PROGRAM) [flags] [packages]

Packages are named as for the go command: ./... is all below this directory.

Flags:

`

const exitHelp = `The exit code is

  0  nothing was found
  1  there are findings (0 with -exit-zero)
  2  wrong usage, packages that do not build, or an internal error;
     what was found in the other packages is printed all the same
  130, 143
     the run was interrupted, or terminated: no report is written

Findings go to standard output, everything else to standard error.
With -fix the code is about the findings that remain, with -diff about all.
Lines of -explain, which say why nothing was reported, are no findings.
`

const vetHelp = `PROGRAM is also a tool for go vet:

  go vet -vettool=$(which PROGRAM) ./...
  go vet -vettool=$(which PROGRAM) -earlyreturn.possible ./...

go vet caches: a package that has not changed is not analysed again. It takes
the flags -json, -fix, -diff, -c and those of the rules; it prints to standard
error, without the names of rules, and counts lines of -explain as findings.
The configuration is that of the package's module; TXLINT_CONFIG=FILE in the
environment names another one, TXLINT_CONFIG=off none. After a change of it all
is analysed again. A row that resolves to nothing is told by a run by hand and
by 'PROGRAM catalog check', not here, where only one package is in view.
TXLINT_DEBUG=1 in the environment makes the tool say on which packages a rule
failed; go vet does not repeat that for packages in its cache.
`

// printUsage prints how to use the tool.
func printUsage(env Env, tool Tool) {
	fmt.Fprint(env.Stdout, strings.ReplaceAll(usageHead, "PROGRAM", tool.Name), flagHelp(tool))
}

// flagHelp describes all flags of a check.
func flagHelp(tool Tool) string {
	var b strings.Builder
	fs, _, _ := newFlagSet(tool)
	fs.SetOutput(&b)
	fs.PrintDefaults()
	return b.String()
}

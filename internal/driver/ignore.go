package driver

import (
	"context"
	"flag"
	"fmt"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/finding"
)

const ignoreHelp = `A comment holds findings back:

  tx, err := db.Begin() //txlint:ignore RULE reason        on this line
  //txlint:ignore RULE reason                              in what begins on the line below
  //txlint:file-ignore RULE reason                         in this file

RULE can be several, separated by commas, or all. Such a comment works on the line
that is reported, and on the line where the path to it begins. //nolint,
//nolint:PROGRAM and //nolint:RULE work as well. The rule txignore reports
comments without a reason, with an unknown rule, or without any effect; -fix
takes the last away. See 'PROGRAM explain txignore'.

  PROGRAM ignore -add -reason "known, see #12" ./...

writes such a comment above every finding that there is now. It takes the flags
of a check.
`

// ignore writes directives that hold back what is found.
func ignore(ctx context.Context, tool Tool, env Env, args []string) error {
	add, reason := false, ""
	opts, err := parseOptions(tool, env, args, func(fs *flag.FlagSet) {
		fs.BoolVar(&add, "add", false, "write the comments")
		fs.StringVar(&reason, "reason", "", "the `text` that stands in them")
	})
	if err != nil {
		return err
	}
	if err := opts.plain("ignore"); err != nil {
		return err
	}
	reason = strings.Join(strings.Fields(reason), " ")
	switch {
	case !add:
		return usagef("ignore wants -add; see '%s help ignore'", tool.Name)
	case reason == "":
		return usagef("ignore -add wants -reason: say why what is found is wrong or accepted")
	}
	if err := enterDir(opts, &env); err != nil {
		return err
	}
	opts.keepSources = true
	keep, err := newKeeper(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	out, err := analyse(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	keep.apply(tool, env, opts, out)
	if err := out.finish(env, tool, &options{exitZero: true}, nil); err != nil {
		fmt.Fprintf(env.Stderr, "%s: nothing was changed\n", tool.Name)
		return err
	}
	plan, err := planFixes(&outcome{findings: directives(honoring(opts.rules), out, reason), sources: out.sources})
	if err != nil {
		return err
	}
	reportSkipped(tool, env, plan)
	changed, err := plan.write()
	if err != nil {
		return err
	}
	if changed {
		fmt.Fprintf(env.Stderr, "%s: wrote %s into %s\n", tool.Name, count(plan.fixed, "directive"), count(len(plan.files), "file"))
		// Only a second look tells whether they hold back what they should.
		if out, err = analyse(ctx, tool, opts, env); err != nil {
			return err
		}
		keep.apply(tool, env, opts, out)
	}
	return out.finish(env, tool, opts, show(tool, env, opts, out))
}

// honoring returns the names of the rules that honor directives. A rule about
// directives does not.
func honoring(rules []*analysis.Analyzer) map[string]bool {
	names := make(map[string]bool)
	for _, rule := range rules {
		if rule.ResultType == reflect.TypeFor[*directive.Result]() {
			names[rule.Name] = true
		}
	}
	return names
}

// directives returns one pseudo finding for each line that has findings of
// the given rules, whose fix writes the directive above it.
func directives(honors map[string]bool, out *outcome, reason string) []finding.Finding {
	type place struct {
		file string
		line int
	}
	rules := make(map[place]map[string]bool)
	var order []place
	for _, f := range out.findings {
		if f.Silent() || !honors[f.Rule] {
			continue
		}
		at := place{f.Span.File, f.Span.Line}
		if rules[at] == nil {
			rules[at] = make(map[string]bool)
			order = append(order, at)
		}
		rules[at][f.Rule] = true
	}
	var all []finding.Finding
	for _, at := range order {
		text := "//txlint:ignore " + strings.Join(slices.Sorted(maps.Keys(rules[at])), ",") + " " + reason + "\n"
		fix := above(at.file, at.line, text)
		src, ok := out.sources[at.file]
		switch {
		case fix.Blocked != "":
		case !ok || src.generated:
			fix.Blocked = "the file is generated"
		case src.foreign:
			fix.Blocked = "the package belongs to another module"
		}
		all = append(all, finding.Finding{Span: finding.Span{File: at.file, Line: at.line}, Fixes: []finding.Fix{fix}})
	}
	return all
}

// above returns the fix that writes a comment above a line of a file, indented
// as the line is.
func above(name string, line int, text string) finding.Fix {
	content, err := os.ReadFile(name)
	if err != nil {
		return finding.Fix{Blocked: err.Error()}
	}
	fset := token.NewFileSet()
	file := fset.AddFile(name, -1, len(content))
	file.SetLinesForContent(content)
	if line > file.LineCount() {
		return finding.Fix{Blocked: "the file has changed since it was analysed"}
	}
	start := file.Offset(file.LineStart(line))
	if insideToken(content, start) {
		return finding.Fix{Blocked: "the line begins inside a string or a comment"}
	}
	rest := content[start:]
	indent := rest[:len(rest)-len(strings.TrimLeft(string(rest), " \t"))]
	return finding.Fix{Edits: []finding.Edit{{File: name, Start: start, End: start, New: string(indent) + text}}}
}

// insideToken reports whether a token of a file goes on over an offset.
func insideToken(content []byte, offset int) bool {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(content))
	s.Init(file, content, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, literal := s.Scan()
		start := file.Offset(pos)
		if tok == token.EOF || start >= offset {
			return false
		}
		// A semicolon that was put in stands for the end of the line.
		if tok != token.SEMICOLON && start+len(literal) > offset {
			return true
		}
	}
}

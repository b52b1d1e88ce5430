package driver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/atomicfile"
	"github.com/txlint/txlint/internal/docgen"
	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
	"github.com/txlint/txlint/internal/report/checkstyle"
	"github.com/txlint/txlint/internal/report/github"
	"github.com/txlint/txlint/internal/report/gitlab"
	"github.com/txlint/txlint/internal/report/html"
	"github.com/txlint/txlint/internal/report/rdjson"
	"github.com/txlint/txlint/internal/report/sarif"
	"github.com/txlint/txlint/internal/spelling"
)

// An outputFormat is a form in which findings can be written.
type outputFormat struct {
	name, usage string
	write       func(w io.Writer, r *report.Report) error // nil for text, which depends on flags
}

// formats are listed to users in this order.
var formats = []outputFormat{
	{"text", "one line for each finding, the steps below it with -c", nil},
	{"json", "one JSON document (see 'help json')", printJSON},
	{"sarif", "SARIF 2.1.0, for code scanning", sarif.Write},
	{"github", "annotations of GitHub Actions", github.Write},
	{"gitlab", "a GitLab code quality report", gitlab.Write},
	{"rdjsonl", "one JSON object a line, for reviewdog", rdjson.Write},
	{"html", "one page that shows each finding in its source", html.Write},
	{"checkstyle", "Checkstyle XML", checkstyle.Write},
}

func findFormat(name string) (outputFormat, bool) {
	i := slices.IndexFunc(formats, func(f outputFormat) bool { return f.name == name })
	if i < 0 {
		return outputFormat{}, false
	}
	return formats[i], true
}

func formatNames() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// An output is a format and the file that it goes to.
type output struct {
	format outputFormat
	file   string // "" is standard output
}

// A formatFlag is the value of -format, which can be given several times.
type formatFlag []output

func (f *formatFlag) String() string { return "" }

// Set adds formats separated by commas.
func (f *formatFlag) Set(value string) error {
	for part := range strings.SplitSeq(value, ",") {
		name, file, hasFile := strings.Cut(part, ":")
		chosen, ok := findFormat(name)
		switch {
		case !ok && spelling.Nearest(name, formatNames()) != "":
			return fmt.Errorf("unknown format %q; did you mean %q?", name, spelling.Nearest(name, formatNames()))
		case !ok:
			return fmt.Errorf("unknown format %q; the formats are %s", name, strings.Join(formatNames(), ", "))
		case hasFile && file == "":
			return fmt.Errorf("no file behind %q", part)
		}
		*f = append(*f, output{chosen, file})
	}
	return nil
}

// chooseOutputs makes the outputs of what -format, -json and -o say, and
// checks that each has a place of its own.
func (o *options) chooseOutputs() error {
	o.outputs = slices.Clone(o.formats)
	if o.json {
		json, _ := findFormat("json")
		o.outputs = append(o.outputs, output{format: json})
	}
	if len(o.outputs) == 0 {
		if o.outFile != "" && o.diff {
			return usagef("-o goes with -format, not with -diff")
		}
		text, _ := findFormat("text")
		o.outputs = []output{{format: text}}
	} else if o.diff {
		return usagef("-diff cannot be used together with -format or -json: a patch is all that it prints")
	}
	if o.outFile != "" {
		i := slices.IndexFunc(o.outputs, func(out output) bool { return out.file == "" })
		if i < 0 {
			return usagef("-o: every format has a file already")
		}
		o.outputs[i].file = o.outFile
	}
	taken := make(map[string]string)
	for i := range o.outputs {
		out := &o.outputs[i]
		place := "standard output"
		if out.file != "" {
			if !filepath.IsAbs(out.file) {
				out.file = filepath.Join(o.dir, out.file)
			}
			place = out.file
		}
		if first, ok := taken[place]; ok {
			return usagef("%s and %s cannot both go to %s; FORMAT:FILE sends one elsewhere", first, out.format.name, place)
		}
		taken[place] = out.format.name
	}
	return nil
}

// show writes the findings in the formats that the user chose. If one file
// cannot be written the other formats are written all the same.
func show(tool Tool, env Env, opts *options, out *outcome) error {
	r := newReport(tool, env, opts, out)
	var errs []error
	// Standard output comes last: who reads it may have gone, which ends the process.
	onStdout := slices.IndexFunc(opts.outputs, func(o output) bool { return o.file == "" })
	for i, o := range opts.outputs {
		if i == onStdout {
			continue
		}
		var b bytes.Buffer
		err := writeFormat(&b, tool, env, opts, o, r)
		if err == nil {
			err = atomicfile.Write(o.file, b.Bytes())
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot write the %s report: %w", o.format.name, err))
		}
	}
	if onStdout >= 0 {
		errs = append(errs, writeFormat(env.Stdout, tool, env, opts, opts.outputs[onStdout], r))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if n := len(r.Findings); n > 0 && onStdout < 0 {
		// An exit code of 1 without a word would be a riddle.
		fmt.Fprintf(env.Stderr, "%s: %s, see %s\n", tool.Name, count(n, "finding"), shortPath(env.Dir, opts.outputs[0].file))
	}
	return nil
}

// writeFormat writes the report in one format.
func writeFormat(w io.Writer, tool Tool, env Env, opts *options, o output, r *report.Report) error {
	if o.format.write != nil {
		return o.format.write(w, r)
	}
	p := &printer{
		tool:    tool.Name,
		dir:     env.Dir,
		witness: opts.context.set && !opts.context.off,
		source:  opts.context.source,
		lines:   opts.context.lines,
		sources: r.Sources,
	}
	if opts.fullPath {
		p.dir = ""
	}
	if o.file == "" {
		p.style = env.stdoutStyle()
		p.witness = p.witness || env.StdoutTerminal && !opts.context.off
	}
	all := slices.SortedFunc(slices.Values(slices.Concat(r.Findings, r.Silent)), finding.Compare)
	return p.print(w, all)
}

// newReport returns what a run has to say.
func newReport(tool Tool, env Env, opts *options, out *outcome) *report.Report {
	r := &report.Report{
		Tool:    report.Tool{Name: tool.Name, Version: buildVersion(), URL: tool.URL},
		Dir:     env.Dir,
		Root:    repositoryRoot(env.Dir),
		Sources: new(report.Sources),
	}
	for _, rule := range opts.rules {
		r.Rules = append(r.Rules, newRule(rule))
	}
	for _, f := range out.findings {
		if f.Silent() {
			r.Silent = append(r.Silent, f)
		} else {
			r.Findings = append(r.Findings, f)
		}
	}
	for _, e := range out.errors {
		r.Errors = append(r.Errors, report.Error{Package: e.pkg, Position: shortPath(env.Dir, e.pos), Message: e.message})
	}
	return r
}

func newRule(rule *analysis.Analyzer) report.Rule {
	summary, _, _ := strings.Cut(strings.TrimSpace(rule.Doc), "\n")
	return report.Rule{
		Name:     rule.Name,
		Summary:  strings.TrimPrefix(summary, rule.Name+": "),
		Help:     strings.TrimSpace(rule.Doc),
		Markdown: docgen.Markdown(rule),
		URL:      rule.URL,
	}
}

// repositoryRoot returns the top directory of the git repository that dir lies
// in, or dir.
func repositoryRoot(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		// In a worktree and in a submodule it is a file.
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// formatsHelp describes the formats.
func formatsHelp() string {
	var b strings.Builder
	b.WriteString(`-format prints the findings in one form, or in several:

  PROGRAM -format sarif ./...
  PROGRAM -format text,sarif:out.sarif,gitlab:quality.json ./...

Behind a colon stands the file to write; -o FILE names it for the format that
has none. Only one format can go to standard output, and what is not asked for
is not printed. Files are replaced as a whole: a reader never sees half of one.
The exit code is the same for all formats.

`)
	for _, f := range formats {
		fmt.Fprintf(&b, "  %-11s %s\n", f.name, f.usage)
	}
	b.WriteString(`
sarif, github and gitlab name files relative to the top of the git repository,
the others relative to the working directory.
`)
	return b.String()
}

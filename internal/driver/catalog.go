package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/spelling"
)

const catalogHelp = `  PROGRAM catalog                     what is known of libraries, and the rows of the configuration
  PROGRAM catalog LIBRARY...          the same of these: database/sql, pgx, gorm.io/gorm
  PROGRAM catalog -json [LIBRARY...]  the same as JSON
  PROGRAM catalog check [packages]    what the rows of the configuration come to in these packages

A library is named by the path of its package, or by a part of that. Columns are
the package, what is known of in it, what a call does or a type is, and which
statements a call sends. See 'PROGRAM help config' for rows of your own.
`

// catalogCommand lists what is known, or resolves the rows of the configuration.
func catalogCommand(ctx context.Context, tool Tool, env Env, args []string) error {
	if len(args) > 0 && args[0] == "check" {
		return checkCatalog(ctx, tool, env, args[1:])
	}
	opts, err := parseOptions(tool, env, args)
	if err != nil {
		return err
	}
	entries := append(catalog.Entries(), userEntries(opts.config)...)
	if names := opts.patterns; len(names) != 1 || names[0] != "." {
		if entries, err = ofLibraries(entries, names); err != nil {
			return err
		}
	}
	if opts.json {
		return printCatalogJSON(env.Stdout, entries)
	}
	return printCatalog(env.Stdout, entries)
}

// userEntries returns the rows of the configuration as entries.
func userEntries(c *config.Config) []catalog.Entry {
	if c == nil {
		return nil
	}
	var out []catalog.Entry
	for _, r := range c.Rows {
		e := catalog.Entry{Package: r.Package, Type: r.Type, Method: r.Method, Function: r.Function, Does: r.Does, Is: r.Is}
		if r.Does == "statement" {
			e.Sends = map[bool]string{true: "writes", false: "reads"}[r.Writes]
		}
		out = append(out, e)
	}
	for _, r := range c.Repositories {
		out = append(out, catalog.Entry{Package: r.Package, Type: r.Type, Is: "repository"})
	}
	return out
}

// ofLibraries returns the entries of the libraries that are named by their path,
// or by a part of it.
func ofLibraries(entries []catalog.Entry, names []string) ([]catalog.Entry, error) {
	var out []catalog.Entry
	for _, name := range names {
		n := len(out)
		for _, e := range entries {
			if isPart(e.Package, name) && !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
		if len(out) > n {
			continue
		}
		words := make(map[string]bool)
		for _, e := range entries {
			words[e.Package] = true
			for _, part := range strings.Split(e.Package, "/") {
				words[part] = true
			}
		}
		if guess := spelling.Nearest(name, slices.Sorted(maps.Keys(words))); guess != "" && !words[name] {
			return nil, usagef("nothing is known of a library %q; did you mean %q?", name, guess)
		}
		if !words[name] {
			return nil, usagef("nothing is known of a library %q", name)
		}
	}
	return out, nil
}

// isPart reports whether name is one or several whole elements of a path.
func isPart(path, name string) bool {
	return strings.Contains("/"+path+"/", "/"+strings.Trim(name, "/")+"/")
}

func printCatalog(w io.Writer, entries []catalog.Entry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		name := e.Function
		if e.Type != "" {
			name = e.Type
		}
		if e.Method != "" {
			name += "." + e.Method
		}
		does := e.Does + e.Is
		if e.Sends != "" && e.Sends != "nothing" {
			does = strings.TrimPrefix(does+", sends: "+e.Sends, ", ")
		}
		if does == "" {
			does = "sends nothing"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.Package, name, does)
	}
	return table.Flush()
}

func printCatalogJSON(w io.Writer, entries []catalog.Entry) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(entries)
}

// checkCatalog says what each row of the configuration comes to.
func checkCatalog(ctx context.Context, tool Tool, env Env, args []string) error {
	opts, err := parseOptions(tool, env, args)
	if err != nil {
		return err
	}
	if err := enterDir(opts, &env); err != nil {
		return err
	}
	if opts.config == nil {
		return fmt.Errorf("there is no configuration: no %s beside the go.mod of %s or above it", config.Name, env.Dir)
	}
	g, _, err := loadAndAsk(ctx, tool, opts, env)
	if err != nil {
		return err
	}
	if g, err = withRows(ctx, opts, env, g); err != nil {
		return err
	}
	rows, err := resolveRows(ctx, opts, env, g)
	if err != nil {
		return err
	}
	file := shortPath(env.Dir, opts.config.File)
	table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		what := r.what
		if what == "" {
			what = "its package does not build"
		}
		fmt.Fprintf(table, "%s:%d:%d:\t%s\t%s\n", file, r.At.Line, r.At.Column, r.Name(), what)
	}
	return table.Flush()
}

// withRows returns the graph with the packages of all rows, also those that the
// named packages do not import.
func withRows(ctx context.Context, opts *options, env Env, g *graph) (*graph, error) {
	have := make(map[string]bool)
	for _, pkg := range g.all {
		have[pkg.PkgPath] = true
	}
	var missing []config.Row
	for _, r := range slices.Concat(opts.config.Rows, opts.config.Repositories) {
		if !have[r.Package] {
			missing = append(missing, r)
		}
	}
	unknown, err := unknownPackages(ctx, opts, env, missing)
	if err != nil {
		return nil, err
	}
	more := *opts
	more.patterns = nil
	for _, r := range missing {
		if !unknown[r.Package] && !slices.Contains(more.patterns, r.Package) {
			more.patterns = append(more.patterns, r.Package)
		}
	}
	if len(more.patterns) == 0 {
		return g, nil
	}
	extra, err := loadGraph(ctx, &more, env)
	if err != nil {
		return nil, err
	}
	return &graph{roots: g.roots, all: append(slices.Clip(g.all), extra.all...)}, nil
}

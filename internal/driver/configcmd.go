package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/txlint/txlint/internal/config"
)

// configCommand prints what the configuration comes to, in the form that a
// driver takes.
func configCommand(_ context.Context, tool Tool, env Env, args []string) error {
	printers := map[string]func(io.Writer, Tool, *config.Config) error{
		"flags": printConfigFlags, "golangci": printConfigGolangci, "nogo": printConfigNogo,
	}
	form := "flags"
	if len(args) > 0 && printers[args[0]] != nil {
		form, args = args[0], args[1:]
	}
	opts, err := parseOptions(tool, env, args)
	if err != nil {
		return err
	}
	if p := opts.patterns; len(p) != 1 || p[0] != "." {
		return usagef("config wants nothing, golangci or nogo, not %q", p[0])
	}
	if opts.config == nil {
		return fmt.Errorf("there is no configuration: no %s beside the go.mod of %s or above it", config.Name, opts.dir)
	}
	return printers[form](env.Stdout, tool, opts.config)
}

// printConfigFlags prints flags as a shell takes them.
func printConfigFlags(w io.Writer, _ Tool, c *config.Config) error {
	flags, err := c.Flags()
	if err != nil {
		return err
	}
	for _, f := range flags {
		value := f.Value
		if strings.ContainsFunc(value, func(r rune) bool { return !strings.ContainsRune("./,-_", r) && !isWordRune(r) }) {
			value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		}
		if _, err := fmt.Fprintf(w, "-%s=%s\n", f.Name, value); err != nil {
			return err
		}
	}
	return nil
}

func isWordRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// printConfigGolangci prints settings of golangci-lint. JSON is YAML.
func printConfigGolangci(w io.Writer, tool Tool, c *config.Config) error {
	var b strings.Builder
	fmt.Fprintf(&b, "linters:\n  settings:\n    custom:\n      %s:\n        type: module\n        settings:\n", tool.Name)
	var err error
	value := func(v any) string {
		text, e := json.Marshal(v)
		if err == nil {
			err = e
		}
		return string(text)
	}
	var off []string
	options := make(map[string]map[string]any)
	for _, r := range c.Rules {
		if r.Off {
			off = append(off, r.Name)
		}
		for _, o := range r.Options {
			if options[r.Name] == nil {
				options[r.Name] = make(map[string]any)
			}
			if options[r.Name][o.Name] = o.Value; o.Value == "true" || o.Value == "false" {
				options[r.Name][o.Name] = o.Value == "true"
			}
		}
	}
	if len(off) > 0 {
		fmt.Fprintf(&b, "          disable: %s\n", value(off))
	}
	if len(options) > 0 {
		fmt.Fprintf(&b, "          options: %s\n", value(options))
	}
	if len(c.Rows) > 0 {
		fmt.Fprintf(&b, "          libraries:\n")
		for _, row := range c.UserRows() {
			fmt.Fprintf(&b, "            - %s\n", value(row))
		}
	}
	if len(c.Repositories) > 0 {
		fmt.Fprintf(&b, "          repositories: %s\n", value(c.RepositoryNames()))
	}
	if len(c.Exclude) > 0 {
		fmt.Fprintf(&b, "  exclusions:\n    paths:\n")
		for _, p := range c.Exclude {
			fmt.Fprintf(&b, "      - %s\n", value(p.Regexp()))
		}
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// printConfigNogo prints a configuration of Bazel's nogo, which has no other way
// to switch a rule off than to leave out all files.
func printConfigNogo(w io.Writer, tool Tool, c *config.Config) error {
	flags, err := c.Flags()
	if err != nil {
		return err
	}
	type rule struct {
		Flags   map[string]string `json:"analyzer_flags,omitempty"`
		Exclude map[string]string `json:"exclude_files,omitempty"`
	}
	all := make(map[string]*rule)
	checks := honoring(tool.Rules) // the others are not for nogo
	for _, a := range tool.Rules {
		if !checks[a.Name] {
			continue
		}
		r := &rule{Flags: make(map[string]string), Exclude: make(map[string]string)}
		for _, f := range flags {
			switch name, own := strings.CutPrefix(f.Name, a.Name+"."); {
			case own:
				r.Flags[name] = f.Value
			case f.Name == a.Name && f.Value == "false":
				r.Exclude[".*"] = "switched off in " + config.Name
			case a.Flags.Lookup(f.Name) != nil:
				r.Flags[f.Name] = f.Value
			}
		}
		for _, p := range c.Exclude {
			r.Exclude[p.Regexp()] = "left out in " + config.Name
		}
		if len(r.Flags)+len(r.Exclude) > 0 {
			all[a.Name] = r
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

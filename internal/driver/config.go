package driver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/txlint/txlint/internal/config"
)

// configVariable is the environment variable that names the configuration, or
// is "off". It reaches a tool of go vet as well, in whichever directory that is
// started.
const configVariable = "TXLINT_CONFIG"

// configOff is the value of configVariable that means that there is none.
const configOff = "off"

const configHelp = `The configuration of a project is the file .txlint.yml beside its go.mod, or
above that up to the root of the repository. -config FILE reads another one,
-no-config none; so does TXLINT_CONFIG=FILE (an absolute path) or
TXLINT_CONFIG=off in the environment, which go vet hands on to the tool.

  libraries:                  what calls and types do that txlint does not know
    - {package: example.com/app/uow, function: Open, does: begin}
    - {package: example.com/app/uow, type: Unit, method: Done, does: finish}
  repositories:               types whose methods send statements
    - example.com/app/store.Users
  finishers:                  functions that end the transaction that they are given
    - example.com/app/db.Finish
  borrowers:                  functions that neither end nor keep what they are given
    - example.com/app/audit.Log
  slow:                       functions that wait for something that is no database
    - example.com/app/mail.Send
  rules:
    txowner: false            switches a rule off
    earlyreturn: {panics: true}
  exclude:                    paths to leave out
    - gen/**

A mistake in it is told with its place, and the exit code is 2. Flags on the
command line come before it.

  PROGRAM config              the flags that the configuration comes to
  PROGRAM config golangci     the same as settings of golangci-lint
  PROGRAM config nogo         the same as a configuration of Bazel's nogo
  PROGRAM catalog             what is known of libraries
  PROGRAM catalog check       what the rows of the configuration come to
`

// A configFlag says which configuration the command line asks for.
type configFlag struct {
	file string
	none bool
}

// add adds the flags.
func (c *configFlag) add(fs *flag.FlagSet) {
	fs.StringVar(&c.file, "config", "", "read the configuration in `file` (see 'help config')")
	fs.BoolVar(&c.none, "no-config", false, "read no configuration")
}

// load reads the configuration that holds for a run in dir, nil if there is none.
func (c configFlag) load(tool Tool, env Env, dir string) (*config.Config, error) {
	switch {
	case c.none && c.file != "":
		return nil, usagef("-config and -no-config cannot be used together")
	case c.none:
		return nil, nil
	case c.file != "":
		return loadConfig(tool, absolute(dir, c.file))
	}
	return configOf(tool, env, dir)
}

// configOf reads the configuration that the environment names, or the one that
// is found from dir; nil if there is none.
func configOf(tool Tool, env Env, dir string) (*config.Config, error) {
	switch file := env.getenv(configVariable); {
	case file == configOff:
		return nil, nil
	case file != "" && !filepath.IsAbs(file):
		// A tool of go vet runs in the directory of the package in hand.
		return nil, usagef("%s=%s: want an absolute path", configVariable, file)
	case file != "":
		return loadConfig(tool, file)
	}
	file, err := config.Find(dir)
	if err != nil || file == "" {
		return nil, err
	}
	return loadConfig(tool, file)
}

func absolute(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

func loadConfig(tool Tool, file string) (*config.Config, error) {
	return config.Load(file, config.SpecOf(tool.Rules))
}

// setFlags sets the flags that a configuration comes to.
func setFlags(fs *flag.FlagSet, c *config.Config) error {
	flags, err := c.Flags()
	if err != nil {
		return err
	}
	for _, f := range flags {
		if err := fs.Set(f.Name, f.Value); err != nil {
			at := config.Position{}
			for _, r := range c.Rules {
				for _, o := range r.Options {
					if r.Name+"."+o.Name == f.Name {
						at = o.At
					}
				}
			}
			return &config.Error{File: c.File, Position: at, Message: fmt.Sprintf("%s: %v", f.Name, err)}
		}
	}
	return nil
}

// configLines returns an error about the configuration as lines that name places
// relative to dir, nothing if it is another error.
func configLines(dir string, err error) []string {
	all, many := errors.AsType[config.Errors](err)
	if one, ok := errors.AsType[*config.Error](err); ok && !many {
		all = config.Errors{one}
	}
	var lines []string
	for _, e := range all {
		short := *e
		short.File = shortPath(dir, e.File)
		lines = append(lines, short.Error())
	}
	return lines
}

// withConfig returns the libraries and the packages that the configuration names.
func (l Libraries) withConfig(c *config.Config) Libraries {
	if c == nil || len(c.Rows)+len(c.Repositories) == 0 {
		return l
	}
	named := make(map[string]bool)
	for _, r := range slices.Concat(c.Rows, c.Repositories) {
		named[r.Package] = true
	}
	l.IsNamed = func(path string) bool { return named[path] }
	return l
}

// vetConfig reads the configuration that holds for the unit of go vet, and
// returns it as arguments that stand before those of the go command.
//
// The unit is found from its own directory. A package of the module cache is
// not the user's: what lies there says nothing of this run.
func vetConfig(tool Tool, env Env, unit vetUnit) (*config.Config, []string, error) {
	if env.getenv(configVariable) == "" && !unit.own() {
		return nil, nil, nil
	}
	c, err := configOf(tool, env, cmp.Or(unit.Dir, env.Dir))
	if err != nil {
		return nil, nil, err
	}
	flags, err := c.Flags()
	if err != nil {
		return nil, nil, err
	}
	var args []string
	for _, f := range flags {
		args = append(args, f.String())
	}
	return c, args, nil
}

// A vetUnit is what the driver reads of a *.cfg file of the go command.
type vetUnit struct{ Dir, GoVersion, ModulePath, ModuleVersion string }

// own reports whether the unit can belong to the user: to a main module, or to
// none, or to the copies of modules that lie beside it.
func (u vetUnit) own() bool {
	return u.ModuleVersion == "" || strings.Contains(filepath.ToSlash(u.Dir), "/vendor/")
}

// configHash returns a hash of the configurations that hold for a run of go vet
// started in dir: one for each module that is worked on.
//
// The go command asks for -V=full in the user's working directory, whereas it
// runs the tool on a package in that package's directory, and it knows nothing
// of files that the tool reads. So what stands in them must be in the answer.
// Environment variables reach both, so the one that names a file is safe, where
// a flag would not be: -V=full is not told of flags.
func configHash(ctx context.Context, tool Tool, env Env, workspace bool) ([]byte, error) {
	dirs := []string{env.Dir}
	if workspace && env.getenv(configVariable) == "" {
		more, err := mainModules(ctx, env)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, more...)
	}
	var digests []string
	for _, dir := range dirs {
		c, err := configOf(tool, env, dir)
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		// What is left out is relative to the file, and the cache may be shared
		// between checkouts.
		where, err := filepath.Rel(dir, c.File)
		if err != nil {
			where = c.File
		}
		digests = append(digests, c.Digest()+" "+filepath.ToSlash(where))
	}
	if len(digests) == 0 {
		return nil, nil
	}
	sum := sha256.Sum256([]byte(strings.Join(digests, "\n")))
	return sum[:], nil
}

// mainModules returns the directories of the modules of a workspace.
func mainModules(ctx context.Context, env Env) ([]string, error) {
	path, err := findGo(env)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, "list", "-m", "-f", "{{.Dir}}")
	cmd.Dir, cmd.Env = env.Dir, append(slices.Clip(env.Environ), "PWD="+env.Dir)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot list the modules of the workspace: %w", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}

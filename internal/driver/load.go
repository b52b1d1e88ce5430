package driver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A graph is what the go command says about the packages that the user named
// and all that they import.
type graph struct {
	// roots are the packages whose findings are reported, sorted by ID.
	// They are what go vet would report on: a package that has tests inside
	// is represented by its test variant, which has all its files.
	roots []*packages.Package
	// all are the roots and their imports, each after what it imports.
	all []*packages.Package
}

// graphMode asks for everything about packages that costs no parsing.
const graphMode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles |
	packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedForTest |
	packages.NeedExportFile | packages.NeedTypesSizes

// loadGraph asks the go command for the graph of packages. Errors that belong
// to a package are found on the package.
func loadGraph(ctx context.Context, opts *options, env Env) (*graph, error) {
	cfg := &packages.Config{
		Mode:    graphMode,
		Context: ctx,
		Dir:     opts.dir,
		Env:     env.Environ,
		Tests:   opts.tests,
	}
	if opts.tags != "" {
		cfg.BuildFlags = []string{"-tags=" + opts.tags}
	}
	named, err := packages.Load(cfg, opts.patterns...)
	if err != nil {
		return nil, loadError(err)
	}
	g := &graph{roots: reported(named)}
	if len(g.roots) == 0 {
		return nil, fmt.Errorf("%w %s", errNoMatch, strings.Join(opts.patterns, " "))
	}
	g.all = dependenciesFirst(g.roots)
	return g, nil
}

var errNoMatch = errors.New("no packages match")

// loadError takes the wrapping off an error of go list.
func loadError(err error) error {
	if _, stderr, ok := strings.Cut(err.Error(), "stderr: "); ok {
		return errors.New(strings.TrimSpace(stderr))
	}
	if text, ok := strings.CutPrefix(err.Error(), "-: "); ok { // it has no position
		return errors.New(text)
	}
	return err
}

// reported chooses from the packages that go list matched those to report on.
func reported(named []*packages.Package) []*packages.Package {
	variants := make(map[string]bool) // paths that have a test variant
	tested := make(map[string]bool)   // paths that have tests at all
	for _, pkg := range named {
		if pkg.ForTest != "" {
			tested[pkg.ForTest] = true
			if pkg.PkgPath == pkg.ForTest {
				variants[pkg.PkgPath] = true
			}
		}
	}
	var roots []*packages.Package
	for _, pkg := range named {
		testMain := strings.HasSuffix(pkg.ID, ".test") && tested[strings.TrimSuffix(pkg.ID, ".test")]
		covered := pkg.ForTest == "" && variants[pkg.PkgPath]
		testsOnly := pkg.ForTest == "" && tested[pkg.PkgPath] && len(pkg.CompiledGoFiles) == 0
		if !testMain && !covered && !testsOnly {
			roots = append(roots, pkg)
		}
	}
	slices.SortFunc(roots, func(a, b *packages.Package) int { return cmp.Compare(a.ID, b.ID) })
	return roots
}

// dependenciesFirst returns the roots and all packages that they import, in
// an order in which every package follows its imports.
func dependenciesFirst(roots []*packages.Package) []*packages.Package {
	var order []*packages.Package
	seen := make(map[*packages.Package]bool)
	var visit func(pkg *packages.Package)
	visit = func(pkg *packages.Package) {
		if seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, imp := range importsOf(pkg) {
			visit(imp)
		}
		order = append(order, pkg)
	}
	for _, root := range roots {
		visit(root)
	}
	return order
}

// importsOf returns the packages that pkg imports, sorted by ID and each once.
func importsOf(pkg *packages.Package) []*packages.Package {
	imports := make([]*packages.Package, 0, len(pkg.Imports))
	for _, imp := range pkg.Imports {
		imports = append(imports, imp)
	}
	slices.SortFunc(imports, func(a, b *packages.Package) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Compact(imports)
}

// A goInfo is what the user's go command says about itself.
type goInfo struct {
	GOVERSION string
	GOROOT    string
	GOMOD     string
	GOWORK    string
}

// outsideModules reports whether there is neither a module nor a workspace.
func (g goInfo) outsideModules() bool { return g.GOMOD == os.DevNull && !g.inWorkspace() }

// inWorkspace reports whether there is a workspace, and nobody has switched it off.
func (g goInfo) inWorkspace() bool { return g.GOWORK != "" && g.GOWORK != "off" }

// askGo asks the user's go command about itself.
func askGo(ctx context.Context, dir string, env Env) (goInfo, error) {
	path, err := findGo(env)
	if err != nil {
		return goInfo{}, err
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOVERSION", "GOROOT", "GOMOD", "GOWORK")
	cmd.Dir, cmd.Env = dir, append(slices.Clip(env.Environ), "PWD="+dir)
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
			return goInfo{}, errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return goInfo{}, fmt.Errorf("cannot run the go command: %w", err)
	}
	var info goInfo
	if err := json.Unmarshal(out, &info); err != nil {
		return goInfo{}, fmt.Errorf("cannot read the answer of 'go env': %w", err)
	}
	return info, nil
}

// findGo returns the path of the go command.
func findGo(env Env) (string, error) {
	path, err := findProgram(env, "go")
	if err != nil {
		return "", fmt.Errorf("%w: packages are loaded with it, so Go must be installed", err)
	}
	return path, nil
}

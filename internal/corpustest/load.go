package corpustest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"
)

// module is the first line of the go.mod next to which testdata lies.
const module = "module github.com/txlint/txlint"

// Dir returns the absolute path of testdata.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := findDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Libraries returns the folders of testdata that show one library each, where
// all rules are checked at once: those that belong to no rule and no flag.
func Libraries(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(ofRules, e.Name()) {
			folders = append(folders, e.Name())
		}
	}
	return folders
}

// ofRules are the folders of testdata that are about a rule or flags.
var ofRules = []string{"earlyreturn", "flags", "nplusone", "txdone", "txignore", "txowner"}

// findDir goes up from the working directory, which is the package's directory
// in a test. Asking the runtime for this file's path would break under
// -trimpath.
var findDir = sync.OnceValues(func() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if first, _, _ := strings.Cut(string(mod), "\n"); err == nil && strings.TrimSpace(first) == module {
			// go vet and go list print paths without symbolic links.
			return filepath.EvalSymlinks(filepath.Join(dir, "testdata"))
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("corpustest: no %q above %s", module, start)
		}
	}
})

// A loaded corpus: its packages, and the type errors of those that have any.
type loaded struct {
	pkgs   []*packages.Package
	broken map[*packages.Package][]string
}

// load loads the packages that the patterns of the go command stand for, once.
func load(patterns []string) (*loaded, error) {
	once := sync.OnceValues(func() (*loaded, error) { return loadNow(patterns) })
	memo, _ := loads.LoadOrStore(strings.Join(patterns, " "), once)
	return memo.(func() (*loaded, error))()
}

// loads remembers what was loaded per list of patterns.
var loads sync.Map

// patterns are those of the packages below the prefixes, by the folder at the
// top that each is in: all libraries of the corpus, from source, take long, and
// tests that look at several parts of one folder share what is loaded.
func patterns(prefixes []string) []string {
	if len(prefixes) == 0 {
		return []string{"./..."}
	}
	var out []string
	for _, p := range prefixes {
		top, _, _ := strings.Cut(strings.TrimPrefix(filepath.ToSlash(p), "./"), "/")
		if top == "" || top == "." {
			return []string{"./..."}
		}
		out = append(out, "./"+top+"/...")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func loadNow(patterns []string) (*loaded, error) {
	dir, err := findDir()
	if err != nil {
		return nil, err
	}
	// A machine with an empty module cache needs the libraries first. Where
	// this fails, the cache may still hold all that is needed, so the failure
	// is only told when the loading fails as well.
	_, downloadErr := run(dir, "go", "mod", "download")

	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.LoadAllSyntax | packages.NeedModule,
		Dir:  dir,
		Env:  environ(),
	}, patterns...)
	if err == nil && len(pkgs) == 0 {
		err = fmt.Errorf("no packages in %s", dir)
	}
	if err != nil {
		if downloadErr != nil {
			err = fmt.Errorf("%w (%v)", err, downloadErr)
		}
		return nil, fmt.Errorf("loading the corpus: %w", err)
	}

	l := &loaded{pkgs: pkgs, broken: make(map[*packages.Package][]string)}
	for _, root := range pkgs {
		packages.Visit([]*packages.Package{root}, nil, func(p *packages.Package) {
			for _, e := range p.Errors {
				l.broken[root] = append(l.broken[root], e.Error())
			}
		})
		if len(l.broken[root]) > 0 && downloadErr != nil {
			l.broken[root] = append(l.broken[root], downloadErr.Error())
		}
	}
	return l, nil
}

// healthy returns the packages without type errors. It fails the test if one
// of those below the prefixes has some: their findings would be worth nothing.
func (l *loaded) healthy(t testing.TB, prefixes []string) []*packages.Package {
	t.Helper()
	var good []*packages.Package
	var errs []string
	for _, p := range l.pkgs {
		switch bad := l.broken[p]; {
		case len(bad) == 0:
			good = append(good, p)
		case touches(t, p, prefixes):
			errs = append(errs, fmt.Sprintf("%s:\n\t%s", p.PkgPath, strings.Join(bad, "\n\t")))
		}
	}
	if len(errs) > 0 {
		t.Fatalf("the corpus does not compile:\n%s", strings.Join(errs, "\n"))
	}
	return good
}

// touches reports whether a file of the package lies below the prefixes. A
// package so broken that it has no files counts.
func touches(t testing.TB, p *packages.Package, prefixes []string) bool {
	t.Helper()
	files := append(p.GoFiles, p.OtherFiles...)
	for _, f := range files {
		if matches(relative(Dir(t), f), prefixes) {
			return true
		}
	}
	return len(files) == 0
}

// environ is the environment for the go command: the same packages whatever
// workspace, flags and C compiler the user has.
func environ() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false", "CGO_ENABLED=0")
}

// run returns the standard output of a command run in dir.
func run(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(environ(), "PWD="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return out, nil
}

// relative turns a path of the go command into one of the corpus.
func relative(root, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	if rel, err := filepath.Rel(root, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// matches reports whether a file of the corpus lies below one of the prefixes.
func matches(file string, prefixes []string) bool {
	for _, p := range prefixes {
		p = strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(p), "./"), "/")
		if p == "" || p == "." || file == p || strings.HasPrefix(file, p+"/") {
			return true
		}
	}
	return len(prefixes) == 0
}

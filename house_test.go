package txlint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/directive"
)

// The tests of this file keep the house in order: who imports whom, what a
// rule consists of, and that one command runs all tests.

const module = "github.com/txlint/txlint"

// kinds says what kind of package each package of the module is, by the
// longest prefix of its path below the module.
var kinds = map[string]string{
	"":                    "suite",
	"analyzers":           "rule",
	"bench":               "program",
	"cmd":                 "program",
	"plugin":              "program",
	"internal/atomicfile": "base",
	"internal/cache":      "base",
	"internal/catalog":    "base",
	"internal/config":     "config",
	"internal/docgen":     "base",
	"internal/finding":    "base",
	"internal/flow":       "base",
	"internal/lazyssa":    "base",
	"internal/ruledoc":    "base",
	"internal/enclosing":  "base",
	"internal/exportdata": "base",
	"internal/spelling":   "base",
	"internal/loops":      "base",
	"internal/directive":  "engine",
	"internal/trips":      "engine",
	"internal/txflow":     "engine",
	"internal/driver":     "driver",
	"internal/baseline":   "output",
	"internal/changes":    "output",
	"internal/report":     "output",
	"internal/corpustest": "support",
	"internal/oracle":     "support",
}

// mayImport says which kinds of packages of this module each kind may import.
// What is missing is forbidden: rules do not know each other, the catalog does
// not know the fixpoint, and nothing below the suite knows the suite.
var mayImport = map[string][]string{
	"base":    {},
	"engine":  {"base", "engine"},
	"rule":    {"base", "engine"},
	"suite":   {"engine", "rule"},
	"config":  {"base"},
	"driver":  {"base", "config", "engine", "output"},
	"output":  {"base", "output"},
	"support": {"base", "support"},
	"program": {"base", "config", "engine", "rule", "suite", "driver", "output"},
}

// A goPackage is what go list says about a package.
type goPackage struct {
	ImportPath   string
	Doc          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// goList lists the packages of the module in dir.
func goList(dir string) ([]goPackage, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,GoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	var all []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg goPackage
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, pkg)
	}
}

var listOnce = sync.OnceValues(func() ([]goPackage, error) { return goList(".") })

// packagesOf returns the packages of this module.
func packagesOf(t *testing.T) []goPackage {
	t.Helper()
	all, err := listOnce()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// below returns path relative to the module, and whether it lies in it.
func below(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// kindOf returns the kind of a package of this module.
func kindOf(path string) (string, bool) {
	rel, _ := below(path)
	for {
		if kind, ok := kinds[rel]; ok {
			return kind, true
		}
		i := strings.LastIndexByte(rel, '/')
		if i < 0 {
			return "", false
		}
		rel = rel[:i]
	}
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for _, pkg := range packagesOf(t) {
		kind, ok := kindOf(pkg.ImportPath)
		if !assert.True(t, ok, "%s: of which kind is it? Add it to the table in this file", pkg.ImportPath) {
			continue
		}
		for _, imp := range pkg.Imports {
			if _, own := below(imp); !own {
				continue
			}
			other, _ := kindOf(imp)
			assert.Contains(t, mayImport[kind], other, "%s (%s) must not import %s (%s)", pkg.ImportPath, kind, imp, other)
		}
	}
}

// libraries are the modules that packages may import, and who may.
var libraries = []struct {
	path string
	may  func(rel string, test bool) bool
}{
	{"golang.org/x/tools", func(string, bool) bool { return true }},
	{"github.com/stretchr/testify", func(_ string, test bool) bool { return test }},
	{"go.yaml.in/yaml/v3", func(rel string, test bool) bool {
		return test || rel == "internal/config" // programs read files, analyzers do not
	}},
}

// Everything that txlint needs, its users must download and trust.
func TestDependenciesAreFew(t *testing.T) {
	t.Parallel()
	check := func(pkg goPackage, imports []string, test bool) {
		rel, _ := below(pkg.ImportPath)
		for _, imp := range imports {
			_, own := below(strings.TrimSuffix(imp, "_test"))
			if first, _, _ := strings.Cut(imp, "/"); own || !strings.Contains(first, ".") {
				continue
			}
			fine := false
			for _, l := range libraries {
				fine = fine || (imp == l.path || strings.HasPrefix(imp, l.path+"/")) && l.may(rel, test)
			}
			assert.True(t, fine, "%s must not import %s", pkg.ImportPath, imp)
		}
	}
	for _, pkg := range packagesOf(t) {
		check(pkg, pkg.Imports, false)
		check(pkg, pkg.TestImports, true)
		check(pkg, pkg.XTestImports, true)
	}

	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	require.NoError(t, err)
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace []any
	}
	require.NoError(t, json.Unmarshal(out, &mod))
	for _, r := range mod.Require {
		known := slices.ContainsFunc(libraries, func(l struct {
			path string
			may  func(string, bool) bool
		}) bool {
			return l.path == r.Path
		})
		assert.True(t, r.Indirect || known, "go.mod must not require %s", r.Path)
	}
	assert.Empty(t, mod.Replace, "go install refuses a module that replaces others")
}

// A linter that ends the process or panics takes all others down with it that
// run in the same process; golangci-lint refuses such linters.
func TestAnalyzersNeverStopTheProcess(t *testing.T) {
	t.Parallel()
	for _, name := range repository(t) {
		in := func(dir string) bool { return strings.HasPrefix(name, dir+"/") }
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") ||
			!in("analyzers") && !in("internal") || in("internal/driver") || in("internal/catalog/proofs") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if !assert.NoError(t, err) {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if what := stops(n); what != "" {
				t.Errorf("%s: %s", fset.Position(n.Pos()), what)
			}
			return true
		})
	}
}

// stops says how a node can stop the process, or nothing.
func stops(n ast.Node) string {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			return "declares an init function"
		}
	case *ast.CallExpr:
		switch fun := ast.Unparen(n.Fun).(type) {
		case *ast.Ident:
			if fun.Name == "panic" {
				return "calls panic"
			}
		case *ast.SelectorExpr:
			pkg, ok := fun.X.(*ast.Ident)
			if ok && (pkg.Name == "os" && fun.Sel.Name == "Exit" || pkg.Name == "log" && strings.HasPrefix(fun.Sel.Name, "Fatal")) {
				return "calls " + pkg.Name + "." + fun.Sel.Name
			}
		}
	}
	return ""
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	shop, err := goList(filepath.FromSlash("examples/shop"))
	require.NoError(t, err)
	for _, pkg := range append(slices.Clone(packagesOf(t)), shop...) {
		assert.True(t, pkg.Doc != "" || len(pkg.GoFiles) == 0, "%s has no package comment", pkg.ImportPath)
	}
}

// A rule is not done before its user can read about it.
func TestRulesAreComplete(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, rule := range txlint.Suite() {
		assert.False(t, seen[rule.Name], "Suite has two rules named %s", rule.Name)
		seen[rule.Name] = true
		page := "docs/rules/" + rule.Name + ".md"
		dir := "analyzers/" + rule.Name + "/"
		for _, name := range []string{page, dir + "doc.go", dir + "message.go", dir + rule.Name + ".go", dir + rule.Name + "_test.go"} {
			assert.FileExists(t, filepath.FromSlash(name))
		}
		assert.Contains(t, string(readme), fmt.Sprintf("| [%s](%s) |", rule.Name, page), "the table of rules in README.md lacks %s", rule.Name)
		assert.Equal(t, "https://"+module+"/blob/main/"+page, rule.URL)
	}
	for _, rule := range txlint.Suite() {
		if rule.Name != "txignore" { // it is about directives, and cannot be held back itself
			assert.Equal(t, reflect.TypeFor[*directive.Result](), rule.ResultType, "%s: New must return directive.Honor(a)", rule.Name)
		}
	}
	dirs, err := os.ReadDir("analyzers")
	require.NoError(t, err)
	for _, dir := range dirs {
		assert.True(t, seen[dir.Name()], "analyzers/%s is not part of Suite", dir.Name())
	}
}

// notForOthers matches what means something on one machine only. It is put
// together from pieces, for this file is looked at too.
var notForOthers = regexp.MustCompile(`(^|[^\w./~-])/(` + "work" + `|` + "root" + `)/|` + "proxy" + `\.golang\.org`)

func TestNothingOfOneMachine(t *testing.T) {
	t.Parallel()
	for _, name := range repository(t) {
		content, err := os.ReadFile(filepath.FromSlash(name))
		if !assert.NoError(t, err) || bytes.IndexByte(content, 0) >= 0 {
			continue // a binary: built here, and ignored by git
		}
		for i, line := range strings.Split(string(content), "\n") {
			assert.False(t, notForOthers.MatchString(line), "%s:%d: %s", name, i+1, line)
		}
	}
}

// TestNestedModules runs the tests of the modules inside this one, which
// "go test ./..." passes over. They are modules of their own because they
// require real libraries, which users of txlint should not have to download.
//
// The go command knows nothing of these files, and would repeat the outcome of
// an earlier run although one has changed. It does know which files a test
// has opened: that is why all are read here.
func TestNestedModules(t *testing.T) {
	t.Parallel()
	var dirs []string
	for _, name := range repository(t) {
		_, err := os.ReadFile(filepath.FromSlash(name))
		require.NoError(t, err)
		if dir, ok := strings.CutSuffix(name, "/go.mod"); ok {
			dirs = append(dirs, dir)
		}
	}
	// That which only builds a program for tests has none, and "go test" would
	// compile it all the same.
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return dir == "plugin/golangci-lint" })
	require.Contains(t, dirs, "examples/shop")
	require.Contains(t, dirs, "testdata")
	for _, dir := range dirs {
		t.Run(dir, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "go", "test", "./...")
			cmd.Dir = filepath.FromSlash(dir)
			cmd.Env = append(cmd.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("in %s: go test ./...: %v\n%s", dir, err, out)
			} else {
				t.Logf("go test ./...\n%s", out)
			}
		})
	}
}

// repository returns the names of all files of the repository, with slashes.
func repository(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || path == "bin") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && d.Name() != ".git" { // which is a file in a worktree
			names = append(names, filepath.ToSlash(path))
		}
		return nil
	})
	require.NoError(t, err)
	return names
}

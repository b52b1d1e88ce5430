package txlint_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/docgen"
	"github.com/txlint/txlint/internal/driver"
)

// The tests of this file prove that what is written for users is true.

var update = flag.Bool("update", false, "write anew what is generated below docs")

func TestRulePages(t *testing.T) {
	t.Parallel()
	for _, rule := range txlint.Suite() {
		name := filepath.Join("docs", "rules", rule.Name+".md")
		want := docgen.Page(rule)
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(want), 0o644))
			continue
		}
		got, err := os.ReadFile(name)
		if assert.NoError(t, err) && string(got) != want {
			t.Errorf("%s is not what analyzers/%s/doc.go says; this repairs it: go test -run TestRulePages . -update", name, rule.Name)
		}
	}
	pages, err := filepath.Glob(filepath.Join("docs", "rules", "*.md"))
	require.NoError(t, err)
	assert.Len(t, pages, len(txlint.Suite()), "a page below docs/rules belongs to no rule")
}

// generated compares a file with what it must be, or writes it.
func generated(t *testing.T, name, want string) {
	t.Helper()
	name = filepath.FromSlash(name)
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(want), 0o644))
		return
	}
	got, err := os.ReadFile(name)
	if assert.NoError(t, err) && string(got) != want {
		t.Errorf("%s is out of date; this repairs it: go test -run %s . -update", name, t.Name())
	}
}

func TestConfigurationSchema(t *testing.T) {
	t.Parallel()
	schema, err := config.Schema(config.SpecOf(txlint.Suite()))
	require.NoError(t, err)
	generated(t, "docs/txlint.schema.json", string(schema))
}

// std is where the examples' packages come from: they are shown without
// imports.
var std = map[string]string{"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "log": "log", "sql": "database/sql"}

// TestExamples proves that the examples of every rule compile, and that the
// tool says about each line that has a comment behind it what the comment
// says, and nothing about any other line.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, rule := range txlint.Suite() {
		examples := docgen.Examples(rule)
		silent := 0
		dir := newModule(t)
		for i, example := range examples {
			name := fmt.Sprintf("example%d", i+1)
			source := withImports(t, name, example)
			writeFile(t, filepath.Join(dir, name, "example.go"), source)
			wants := commentsBehind(source)
			if len(wants) == 0 {
				silent++
			}
			got := findings(t, filepath.Join(dir, name), "-"+rule.Name)
			assert.ElementsMatch(t, slices.Collect(maps.Keys(wants)), slices.Collect(maps.Keys(got)), "%s: findings in example %d:\n%s\n%v", rule.Name, i+1, source, got)
			for line, want := range wants {
				assert.Contains(t, got[line], want, "%s: example %d", rule.Name, i+1)
			}
		}
		assert.NotZero(t, silent, "%s shows no repair", rule.Name)
		assert.Less(t, silent, len(examples), "%s shows no bug", rule.Name)
	}
}

// withImports makes a file of an example.
func withImports(t *testing.T, pkg, example string) string {
	t.Helper()
	bare := "package " + pkg + "\n\n" + example
	file, err := parser.ParseFile(token.NewFileSet(), "", bare, 0)
	require.NoError(t, err, bare)
	imports := make(map[string]bool)
	for _, id := range file.Unresolved {
		if path, ok := std[id.Name]; ok {
			imports[fmt.Sprintf("import %q\n", path)] = true
		}
	}
	return "package " + pkg + "\n\n" + strings.Join(slices.Sorted(maps.Keys(imports)), "") + "\n" + example
}

// commentsBehind returns the comments that stand behind code, by line.
func commentsBehind(source string) map[int]string {
	out := make(map[int]string)
	for i, line := range strings.Split(source, "\n") {
		if code, comment, ok := strings.Cut(line, " // "); ok && strings.TrimSpace(code) != "" {
			out[i+1] = comment
		}
	}
	return out
}

// findings runs the tool in dir and returns its messages by line.
func findings(t *testing.T, dir string, flags ...string) map[int]string {
	t.Helper()
	_, stdout := tool(t, dir, append(flags, "-json")...)
	var doc struct {
		Findings []struct {
			Message  string
			Position struct{ Line int }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc), stdout)
	out := make(map[int]string)
	for _, f := range doc.Findings {
		out[f.Position.Line] += f.Message + "\n"
	}
	return out
}

// tool runs txlint by hand in dir. The packages there must build.
func tool(t *testing.T, dir string, args ...string) (code int, stdout string) {
	t.Helper()
	dir, err := filepath.Abs(dir)
	require.NoError(t, err)
	var out, errs bytes.Buffer
	env := driver.Env{
		Dir:     dir,
		Environ: append(os.Environ(), "GOFLAGS=", "GOWORK=off", "TXLINT_CACHE=off"),
		Stdout:  &out,
		Stderr:  &errs,
	}
	code = driver.Main(t.Context(), driver.Tool{Name: "txlint", Rules: txlint.Suite(), Libraries: driver.DefaultLibraries()}, env, args)
	require.NotEqual(t, driver.ExitFailure, code, errs.String())
	return code, out.String()
}

// newModule returns the directory of a new module.
func newModule(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.26\n")
	return dir
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
}

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestReadme proves that the README's first example prints what the README
// says, and that its second is clean.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var programs, outputs []string
	for _, block := range fence.FindAllStringSubmatch(string(readme), -1) {
		switch block[1] {
		case "go":
			programs = append(programs, block[2])
		case "console":
			outputs = append(outputs, block[2])
		}
	}
	require.Len(t, programs, 2)
	require.NotEmpty(t, outputs)
	command, want, _ := strings.Cut(outputs[0], "\n")
	require.Equal(t, "$ txlint -c", command)

	dir := newModule(t)
	writeFile(t, filepath.Join(dir, "orders.go"), programs[0])
	code, stdout := tool(t, dir, "-c")
	assert.Equal(t, driver.ExitFindings, code)
	assert.Equal(t, want, stdout)

	writeFile(t, filepath.Join(dir, "orders.go"), programs[1])
	code, stdout = tool(t, dir, "-c")
	assert.Equal(t, driver.ExitClean, code)
	assert.Empty(t, stdout)
}

// named matches links, and files and folders below those of the root (in an
// example, of its own). What has capitals in it is a place for the reader's own.
var named = regexp.MustCompile("`((?:analyzers|bench|cmd|docs|examples|internal|testdata)(?:/[a-z0-9_.]+)*)`|\\]\\(([\\w./-]*)(?:#([^)\\s]+))?\\)")

// TestPathsExist proves that what a document names is there: files, folders,
// and headings.
func TestPathsExist(t *testing.T) {
	t.Parallel()
	var documents []string
	for _, name := range repository(t) {
		if strings.HasSuffix(name, ".md") && !strings.HasPrefix(name, "testdata/") {
			documents = append(documents, name)
		}
	}
	require.Contains(t, documents, "docs/running.md")
	anchors := 0
	for _, name := range documents {
		text, err := os.ReadFile(filepath.FromSlash(name))
		require.NoError(t, err)
		for _, match := range named.FindAllStringSubmatch(string(text), -1) {
			target := path.Join(path.Dir(name), match[1]+match[2])
			switch {
			case match[1]+match[2] == "":
				target = name // a link to a heading of the same document
			case match[1] != "" && !strings.HasPrefix(name, "examples/"):
				target = match[1]
			}
			_, err := os.Stat(filepath.FromSlash(target))
			assert.NoError(t, err, "named in %s", name)
			if anchor := match[3]; anchor != "" && err == nil {
				anchors++
				linked, err := os.ReadFile(filepath.FromSlash(target))
				require.NoError(t, err)
				assert.Contains(t, headings(string(linked)), anchor, "%s has no such heading, which %s links to", target, name)
			}
		}
	}
	assert.NotZero(t, anchors)
}

// headings returns the names by which the headings of a document are linked to.
func headings(document string) (anchors []string) {
	count := make(map[string]int)
	for _, line := range regexp.MustCompile("(?m)^#+ +(.*?) *$").FindAllStringSubmatch(fence.ReplaceAllString(document, ""), -1) {
		name := strings.ReplaceAll(strings.ToLower(line[1]), " ", "-")
		name = regexp.MustCompile(`[^\pL\pN_-]`).ReplaceAllString(name, "")
		count[name]++
		if n := count[name]; n > 1 {
			name += fmt.Sprintf("-%d", n-1)
		}
		anchors = append(anchors, name)
	}
	return anchors
}

var word = regexp.MustCompile(`"[^"]*"|\S+`)

// TestCommands proves that the commands that the documents show do what they
// are shown for: each runs in a new repository, in the order in which they
// stand there. What is in capitals stands for something of the reader's.
func TestCommands(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("docs", "running.md"))
	require.NoError(t, err)
	dir := newModule(t)
	writeFile(t, filepath.Join(dir, "m.go"), "package m\n\nimport \"database/sql\"\n\nfunc F(db *sql.DB) { db.Begin() }\n")
	for _, args := range []string{"init --quiet -b main", "add .", "-c user.name=n -c user.email=e@example.com commit --quiet -m all", "update-ref refs/remotes/origin/main HEAD"} {
		cmd := exec.CommandContext(t.Context(), "git", strings.Fields(args)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	n := 0
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		if block[1] != "sh" {
			continue
		}
		for line := range strings.Lines(block[2]) {
			command, _, _ := strings.Cut(line, "|")
			words := word.FindAllString(command, -1)
			if len(words) == 0 || words[0] != "txlint" {
				continue
			}
			args := words[1:]
			for i := range args {
				args[i] = strings.Trim(args[i], `"`)
			}
			tool(t, dir, args...) // fails on exit code 2
			n++
		}
	}
	assert.Greater(t, n, 5)
}

func TestReadmeNamesLibraries(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, l := range catalog.Libraries() {
		assert.Contains(t, string(readme), "`"+l.Path+"`", "the table of libraries in README.md lacks %s", l.Path)
	}
}

// The example application has every bug in one half, and none in the other.
func TestShop(t *testing.T) {
	t.Parallel()
	code, stdout := tool(t, filepath.Join("examples", "shop"), "./...")
	assert.Equal(t, driver.ExitFindings, code)
	for line := range strings.Lines(stdout) {
		assert.True(t, strings.HasPrefix(filepath.ToSlash(line), "buggy/"), line)
	}
	readme, err := os.ReadFile(filepath.Join("examples", "shop", "README.md"))
	require.NoError(t, err)
	_, bugs, ok := strings.Cut(string(readme), "## The bugs\n")
	require.True(t, ok)
	bugs, _, _ = strings.Cut(bugs, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+\\.go)`").FindAllStringSubmatch(bugs, -1) {
		assert.Contains(t, filepath.ToSlash(stdout), "buggy/"+row[1]+":")
	}
	assert.Equal(t, len(regexp.MustCompile("(?m)^\\| `").FindAllString(bugs, -1)), strings.Count(stdout, "\n"), "findings:\n%s", stdout)
}

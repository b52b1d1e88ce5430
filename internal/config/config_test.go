package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog"
)

// spec has two rules.
var spec = Spec{Rules: []RuleSpec{
	{Name: "earlyreturn", Options: []OptionSpec{{Name: "panics", Bool: true}, {Name: "possible", Bool: true}}},
	{Name: "nplusone", Options: []OptionSpec{{Name: "confidence", Words: []string{"high", "low"}}, {Name: "limit"}, {Name: "tests", Bool: true}}},
}}

const whole = `# what the project's own wrappers do
libraries:
  - {package: example.com/app/uow, function: Open, does: begin, result: 0, error: 1}
  - package: example.com/app/uow
    type: Unit
    method: Done
    does: finish
  - {package: example.com/app/uow, type: Unit, is: tx, error-field: Err, chains: true}
repositories: [example.com/app/store.Users]
finishers:
  - example.com/app/db.Finish
borrowers:
  - example.com/app/db.Helper.Audit
rules:
  earlyreturn: {panics: true, possible: false}
  nplusone: false
exclude:
  - gen/**
  - "*/mocks"
`

func decode(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Decode(Name, []byte(text), spec)
	require.NoError(t, err)
	return c
}

func TestDecode(t *testing.T) {
	t.Parallel()
	c := decode(t, whole)
	flags, err := c.Flags()
	require.NoError(t, err)
	var lines []string
	for _, f := range flags {
		lines = append(lines, f.String())
	}
	assert.Equal(t, []string{
		"-earlyreturn.panics=true",
		"-earlyreturn.possible=false",
		"-nplusone=false",
		`-libraries=[{"package":"example.com/app/uow","function":"Open","does":"begin","result":0,"error":1},` +
			`{"package":"example.com/app/uow","type":"Unit","method":"Done","does":"finish"},` +
			`{"package":"example.com/app/uow","type":"Unit","is":"tx","error-field":"Err","chains":true},` +
			`{"package":"example.com/app/db","function":"Finish","does":"finish"},` +
			`{"package":"example.com/app/db","type":"Helper","method":"Audit","does":"borrow"}]`,
		"-repositories=example.com/app/store.Users",
	}, lines)
	assert.Equal(t, Position{3, 5}, c.Rows[0].At)
	assert.Equal(t, Position{3, 15}, c.Rows[0].Fields["package"])
}

func TestNothingIsFine(t *testing.T) {
	t.Parallel()
	empty := decode(t, "")
	for _, text := range []string{"\n", "# nothing\n", "---\n", "{}", "null\n", "\ufeff", "libraries:\nrules:\nexclude:\n", "---\n...\n", "\r\n\r\n", "libraries: []\n"} {
		c := decode(t, text)
		assert.Equal(t, empty.Digest(), c.Digest(), "%q", text)
		flags, err := c.Flags()
		assert.NoError(t, err)
		assert.Empty(t, flags)
	}
	var none *Config
	assert.Empty(t, none.Digest())
	assert.False(t, none.Excludes("/x"))
}

// What differs only in form has one digest; what means something else has
// another.
func TestDigest(t *testing.T) {
	t.Parallel()
	digest := decode(t, whole).Digest()
	assert.Regexp(t, "^[0-9a-f]{64}$", digest)
	for name, text := range map[string]string{
		"carriage returns":  strings.ReplaceAll(whole, "\n", "\r\n"),
		"a byte order mark": "\ufeff" + whole,
		"comments":          strings.ReplaceAll(whole, "\n", " # x\n"),
		"order":             strings.Replace(strings.Replace(whole, "exclude:\n  - gen/**\n", "exclude:\n", 1), `"*/mocks"`, "'*/mocks'\n  - gen/**", 1),
	} {
		assert.Equal(t, digest, decode(t, text).Digest(), name)
	}
	seen := map[string]string{digest: "the whole"}
	for _, change := range [][2]string{
		{"result: 0", "result: 1"}, {"error: 1", "error: 0"}, {"does: finish", "does: commit"}, {"Unit\n", "Unite\n"},
		{"store.Users", "store.Orders"}, {"db.Finish", "db.Done"}, {"Helper.Audit", "Helper.Log"}, {"panics: true", "panics: false"},
		{"nplusone: false", "nplusone: true"}, {"gen/**", "gen/*"}, {"chains: true", "chains: false"}, {"rules:", "rules: {}\n#"},
	} {
		text := strings.Replace(whole, change[0], change[1], 1)
		require.NotEqual(t, whole, text, change)
		if change[0] == "rules:" {
			text = strings.NewReplacer("  earlyreturn: {panics: true, possible: false}\n", "", "  nplusone: false\n", "").Replace(text)
		}
		d := decode(t, text).Digest()
		assert.Empty(t, seen[d], "%s has the digest of %s", change, seen[d])
		seen[d] = change[1]
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	row := "libraries:\n  - "
	for _, test := range []struct{ text, want string }{
		{"librarys: []", `:1:1: unknown key "librarys"; did you mean "libraries"?`},
		{"fast: []", `:1:1: unknown key "fast"; there are borrowers, exclude, `},
		{"slow: [F]", `:1:8: "F" is no function: want `},
		{"rules: {}\nrules: {}", `:2:1: "rules" stands here again; it is in line 1 already`},
		{"- a", `:1:1: want the configuration as a mapping, not a list`},
		{"text", `:1:1: want the configuration as a mapping, not "text"`},
		{"libraries: 3", `:1:12: want libraries as a list, not 3`},
		{"libraries: {}", `:1:12: want libraries as a list, not a mapping`},
		{"? [a, b]\n: 1", `want a key, not a list`},
		{row + "3", `:2:5: want a row as a mapping, not 3`},
		{row + "{}", `:2:5: a row needs the package that it is about`},
		{row + "{package: a.b/c, functoin: F, does: begin}", `:2:22: unknown key "functoin"; did you mean "function"?`},
		{row + "{package: a.b/c, function: F, does: beginn}", `:2:41: unknown effect "beginn"; did you mean "begin"?`},
		{row + "{package: a.b/c, function: F, does: explode}", `unknown effect "explode"; there are begin, commit, `},
		{row + "{package: a.b/c, function: F}", `:2:5: a row about a call needs does: begin, `},
		{row + "{package: a.b/c, type: T, is: txn}", `:2:35: unknown kind of type "txn"; did you mean "tx"?`},
		{row + "{package: a.b/c, type: T}", `a row about a type needs is: `},
		{row + "{package: a.b/c, method: M, does: begin}", `:2:30: a method needs its type`},
		{row + "{package: a.b/c}", `a row needs a function, a type with a method, or a type`},
		{row + "{package: a.b/c, function: F, type: T, does: begin}", `not about both`},
		{row + "{package: a.b/c, function: F, does: begin, is: tx}", `a type is something; a call has does`},
		{row + "{package: a.b/c, type: F, does: begin, is: tx}", `a call does something; a type has is`},
		{row + "{package: a.b/c, function: F, does: begin, result: one}", `:2:56: want an index like 0, not "one"`},
		{row + "{package: a.b/c, function: F, does: begin, result: -1}", `:2:56: result is an index that counts from 0, not -1`},
		{row + "{package: a.b/c, function: F, does: begin, result: 99999999999999999999}", `want an index like 0`},
		{row + "{package: a.b/c, function: F, does: begin, lazy: yes}", `want true or false, not "yes"`},
		{row + "{package: a.b/c, function: F, does: begin, writes: true}", `:2:56: writes says nothing about what is "begin"`},
		{row + "{package: 3, function: F, does: begin}", `:2:15: want a text, not 3`},
		{row + "{package: '', function: F, does: begin}", `want a text, not ""`},
		{row + "{package: a b, function: F, does: begin}", `"a b" is no import path`},
		{row + "{package: a, function: F-G, does: begin}", `"F-G" is no name of Go`},
		{row + "{package: a, function: F, does: begin}\n  - {package: a, function: F, does: commit}", `:3:5: there is a row about a.F in line 2 already`},
		{row + "{package: a, function: F, does: begin}\nfinishers: [a.F]", `:3:13: there is a row about a.F in line 2 already`},
		{"finishers: [F]", `:1:13: "F" is no function: want `},
		{"finishers: [[a.F]]", `want a function like example.com/db.Finish, not a list`},
		{"borrowers: ['a b.F']", `"a b" is no import path`},
		{"repositories: [Store]", `:1:16: "Store" is no type: want `},
		{"repositories: ['a.S,b.S']", `is no type`},
		{"repositories: [a.S, a.S]", `:1:21: a.S stands here in line 1 already`},
		{"rules: [earlyreturn]", `:1:8: want rules as a mapping, not a list`},
		{"rules: {earlyretrun: false}", `:1:9: unknown key "earlyretrun"; did you mean "earlyreturn"?`},
		{"rules: {earlyreturn: off}", `:1:22: want true, false or the options of earlyreturn, not "off"`},
		{"rules: {earlyreturn: }", `not nothing`},
		{"rules: {earlyreturn: {panic: true}}", `:1:23: unknown key "panic"; did you mean "panics"?`},
		{"rules: {earlyreturn: {panics: 1}}", `:1:31: want true or false, not 1`},
		{"rules: {nplusone: {confidence: lwo}}", `:1:32: unknown value "lwo"; did you mean "low"?`},
		{"rules: {nplusone: {confidence: true}}", `:1:32: unknown value "true"; there are high, low`},
		{"rules: {nplusone: {limit: [1]}}", `want a value, not a list`},
		{"rules: {nplusone: {repositories: a.B}}", `:1:20: repositories stand at the top of the file`},
		{"rules: {earlyreturn: false, nplusone: false}", `:1:8: every rule is switched off`},
		{"exclude: [/x]", `:1:11: "/x" is absolute`},
		{"exclude: ['../x']", `leaves the directory`},
		{"exclude: ['a//b']", `it has an empty name in it`},
		{"exclude: ['a/b**']", `** stands for directories`},
		{"exclude: ['[a']", `is no pattern for names`},
		{"exclude: [a, a]", `:1:14: "a" stands here again`},
		{"exclude: [.]", `leaves out nothing`},
		{"a: [", `:1:1: this is no YAML: `},
		{"rules:\n\tearlyreturn: true", `:2:1: this is no YAML: found character that cannot start any token`},
		{"a: \x01", `this is no YAML: control characters are not allowed`},
		{"{}\n---\n{}", `:2:1: a second document: there must be one`},
		{"exclude: &x [a]\nfinishers: *x", `:2:12: aliases are not understood here: write out what *x stands for`},
		{"x: &x {package: a}\nlibraries:\n  - <<: *x\n    does: begin", `unknown key "<<"`},
		{"exclude: !mine [a]", `not something tagged !mine`},
		{"exclude: [!!binary YQ==]", `want a path like gen/**, not YQ==`},
	} {
		_, err := Decode("x/"+Name, []byte(test.text), spec)
		if assert.Error(t, err, test.text) {
			assert.Contains(t, err.Error(), test.want, test.text)
			assert.True(t, strings.HasPrefix(err.Error(), "x/.txlint.yml:"), err)
		}
	}
}

// All mistakes are told at once, in the order of the file.
func TestAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := Decode(Name, []byte("rules: {a: true}\nexclude: [/]\nlibraries: 1\n"), spec)
	var all Errors
	require.True(t, errors.As(err, &all))
	require.Len(t, all, 3)
	for i, e := range all {
		assert.Equal(t, i+1, e.Line)
	}
}

// A small file must not keep the decoder busy for long, whatever is in it.
func TestBombs(t *testing.T) {
	t.Parallel()
	aliases := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		aliases += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 8) + "*" + string(c-1) + "]\n"
	}
	started := time.Now()
	for name, text := range map[string]string{
		"aliases":    aliases + "exclude: *j\n",
		"depth":      "exclude: " + strings.Repeat("[", 20000),
		"closed":     "exclude: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"keys":       strings.Repeat("? ", 5000) + "a",
		"stars":      "exclude: ['" + strings.Repeat("**/", 5000) + "x**']",
		"duplicates": strings.Repeat("exclude: []\n", 20000),
	} {
		_, err := Decode(Name, []byte(text), spec)
		assert.Error(t, err, name)
	}
	assert.Less(t, time.Since(started), 20*time.Second)
	p, err := ParsePattern(strings.Repeat("**/a*/", 2000) + "x")
	require.NoError(t, err)
	assert.False(t, p.Matches(strings.Repeat("ab/", 2000)+"y"))
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern string
		matches []string
		not     []string
	}{
		{"gen", []string{"gen/x.go", "gen"}, []string{"a/gen/x.go", "general/x.go"}},
		{"gen/", []string{"gen/a/x.go"}, []string{"x/gen"}},
		{"./gen", []string{"gen/a/x.go"}, nil},
		{"gen/**", []string{"gen/x.go", "gen/a/b/x.go"}, []string{"x.go", "generic/x.go"}},
		{"**/mocks", []string{"mocks/x.go", "a/b/mocks/x.go"}, []string{"a/mocksy/x.go"}},
		{"**/*_gen.go", []string{"a_gen.go", "a/b/c_gen.go"}, []string{"a/gen.go"}},
		{"*/mocks", []string{"a/mocks/x.go"}, []string{"mocks/x.go", "a/b/mocks/x.go"}},
		{"*.go", []string{"x.go"}, []string{"a/x.go"}},
		{"a/**/b", []string{"a/b/x.go", "a/c/d/b/x.go"}, []string{"a/x.go", "b/a/x.go"}},
		{"[ab].go", []string{"a.go"}, []string{"c.go"}},
		{"[^a-c]?.go", []string{"dx.go"}, []string{"ax.go", "d.go"}},
		{`a\*b`, []string{"a*b/x"}, []string{"axb/x"}},
	} {
		p, err := ParsePattern(test.pattern)
		require.NoError(t, err)
		expr := regexp.MustCompile(p.Regexp())
		for _, name := range test.matches {
			assert.True(t, p.Matches(name), "%s %s", test.pattern, name)
			assert.True(t, expr.MatchString(name), "%s %s", expr, name)
		}
		for _, name := range test.not {
			assert.False(t, p.Matches(name), "%s %s", test.pattern, name)
			assert.False(t, expr.MatchString(name), "%s %s", expr, name)
		}
	}
}

func TestExcludes(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	c, err := Decode(filepath.Join(root, Name), []byte("exclude: [gen]"), spec)
	require.NoError(t, err)
	assert.True(t, c.Excludes(filepath.Join(root, "gen", "x.go")))
	assert.False(t, c.Excludes(filepath.Join(root, "x.go")))
	assert.False(t, c.Excludes(filepath.Join(filepath.Dir(root), "gen", "x.go")))
	assert.False(t, c.Excludes("gen/x.go"), "a name that is not absolute")
}

func TestFind(t *testing.T) {
	t.Parallel()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	touch := func(names ...string) {
		for _, name := range names {
			name = filepath.Join(root, filepath.FromSlash(name))
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
			require.NoError(t, os.WriteFile(name, nil, 0o644))
		}
	}
	find := func(dir string) string {
		file, err := Find(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil {
			return err.Error()
		}
		if file == "" {
			return ""
		}
		rel, err := filepath.Rel(root, file)
		require.NoError(t, err)
		return filepath.ToSlash(rel)
	}
	touch(".txlint.yml", "repo/.git/HEAD", "repo/mod/go.mod", "repo/mod/a/b/x.go", "repo/other/x.go", "alone/go.mod", "wrong/go.mod", "wrong/.txlint.yaml")
	assert.Empty(t, find("repo/mod/a/b"), "what lies above the repository is not its configuration")
	assert.Empty(t, find("alone"), "what lies above a module without a repository is not its configuration")
	assert.Contains(t, find("wrong"), "must be called .txlint.yml")
	touch("repo/.txlint.yml")
	assert.Equal(t, "repo/.txlint.yml", find("repo/mod/a/b"))
	assert.Equal(t, "repo/.txlint.yml", find("repo/other"))
	touch("repo/mod/.txlint.yml")
	assert.Equal(t, "repo/mod/.txlint.yml", find("repo/mod/a/b"))
	assert.Equal(t, "repo/mod/.txlint.yml", find("repo/mod"))
	assert.Equal(t, "repo/.txlint.yml", find("repo/other"))
	touch("repo/mod/a/.txlint.yml")
	assert.Contains(t, find("repo/mod/a/b"), "this file is not read")
	assert.Equal(t, "repo/mod/.txlint.yml", find("repo/mod"))
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fails := func(name, want string) {
		t.Helper()
		_, err := Load(name, spec)
		if assert.ErrorContains(t, err, want) {
			assert.True(t, strings.HasPrefix(err.Error(), name+": "), err)
		}
	}
	fails(filepath.Join(dir, "missing"), "there is no such file")
	fails(dir, "this is a directory")
	huge := filepath.Join(dir, "huge")
	require.NoError(t, os.WriteFile(huge, make([]byte, maxSize+1), 0o644))
	fails(huge, "it is no configuration")
	if runtime.GOOS != "windows" {
		fails("/dev/null", "this is no regular file")
		if os.Getuid() != 0 {
			closed := filepath.Join(dir, "closed")
			require.NoError(t, os.WriteFile(closed, nil, 0))
			fails(closed, "cannot be read: permission denied")
		}
	}
	good := filepath.Join(dir, Name)
	require.NoError(t, os.WriteFile(good, []byte(whole), 0o644))
	c, err := Load(good, spec)
	require.NoError(t, err)
	assert.Equal(t, decode(t, whole).Digest(), c.Digest())
}

// FuzzDecode wants that whatever is in the file, the decoder ends, every mistake
// has the file's name, and what is accepted can be handed on.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	for _, text := range []string{"", "a: [", "exclude: &x [a]\nfinishers: *x", "\ufeffrules: {}", "libraries: [{package: a, function: F, does: begin}]", "--- !x\n{}", "? \n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(Name, data, spec)
		if err != nil {
			var all Errors
			require.True(t, errors.As(err, &all) && len(all) > 0)
			for _, e := range all {
				require.True(t, strings.HasPrefix(e.Error(), Name+":"))
			}
			return
		}
		require.Len(t, c.Digest(), 64)
		flags, err := c.Flags()
		require.NoError(t, err)
		for _, flag := range flags {
			if flag.Name == RowsFlag {
				var rows catalog.Rows
				require.NoError(t, rows.Set(flag.Value), flag.Value)
			}
		}
		for _, p := range c.Exclude {
			p.Matches("a/b.go")
		}
	})
}

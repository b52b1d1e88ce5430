package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/txtar"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/corpustest"
)

// The package kv of this module hands out sessions that nothing tells to be
// transactions: it reaches no library, its calls have names of their own, and
// its functions have no bodies.
const wrapper = `
-- go.mod --
module example.com/m

go 1.26
-- kv/kv.s --
-- kv/kv.go --
package kv

import "context"

type DB struct{}

type Session struct{}

func (db *DB) Acquire(ctx context.Context) (*Session, error)

func (s *Session) Put(key, value string) error

func (s *Session) Keep() error

func (s *Session) Forget() error

func Settle(ctx context.Context, s *Session, err *error)

func Run(db *DB, do func(s *Session) error) error
-- use/use.go --
package use

import (
	"context"

	"example.com/m/kv"
)

func leaks(ctx context.Context, db *kv.DB) error {
	s, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	if err := s.Put("a", "b"); err != nil {
		return err // leak
	}
	return s.Keep()
}

func repaired(ctx context.Context, db *kv.DB) error {
	s, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer s.Forget()
	if err := s.Put("a", "b"); err != nil {
		return err
	}
	return s.Keep()
}

func settled(ctx context.Context, db *kv.DB) (err error) {
	s, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer kv.Settle(ctx, s, &err)
	return s.Put("a", "b") // unless Settle finishes
}

func loop(s *kv.Session, keys []string) error {
	for _, key := range keys {
		if err := s.Put(key, ""); err != nil { // loop
			return err
		}
	}
	return nil
}

func runs(db *kv.DB) error {
	return kv.Run(db, func(s *kv.Session) error {
		return s.Keep() // managed
	})
}

var _, _, _, _, _ = leaks, repaired, settled, loop, runs
`

const begins = "  - {package: example.com/m/kv, type: DB, method: Acquire, does: begin}\n"

const ends = `  - {package: example.com/m/kv, type: Session, method: Keep, does: commit}
  - {package: example.com/m/kv, type: Session, method: Forget, does: rollback}
`

// configurations are what one file after the other in a module says, and the
// lines, by their comments, that each makes a finding of.
var configurations = []struct {
	name, text string
	want       []string
}{
	{"none", "", nil},
	{"begin and ends", "libraries:\n" + begins + ends, []string{"leak", "unless Settle finishes"}},
	{"a finisher", "libraries:\n" + begins + ends + "finishers: [example.com/m/kv.Settle]\n", []string{"leak"}},
	{"a runner", "libraries:\n" + begins + ends + "  - {package: example.com/m/kv, function: Run, does: managed}\n", []string{"leak", "unless Settle finishes", "managed"}},
	{"a statement", "libraries:\n  - {package: example.com/m/kv, type: Session, method: Put, does: statement, writes: true}\n", []string{"loop"}},
	{"a repository", "repositories: [example.com/m/kv.Session]\n", []string{"loop"}},
	{"a path left out", "repositories: [example.com/m/kv.Session]\nexclude: [use]\n", nil},
	{"a rule off", "libraries:\n" + begins + ends + "repositories: [example.com/m/kv.Session]\nrules: {earlyreturn: false}\n", []string{"loop"}},
	{"both", "libraries:\n" + begins + ends + "repositories: [example.com/m/kv.Session]\n", []string{"leak", "unless Settle finishes", "loop"}},
	{"none again", "", nil},
}

// unpack writes an archive into a new directory.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, f.Data, 0o644))
	}
	return dir
}

// marks returns the comments of the lines of use/use.go that an output names.
func marks(t *testing.T, dir, output string) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(dir, "use", "use.go"))
	require.NoError(t, err)
	lines := strings.Split(string(source), "\n")
	var out []string
	for line := range strings.Lines(output) {
		place, ok := strings.CutPrefix(filepath.ToSlash(line), "use/use.go:")
		number, _, _ := strings.Cut(place, ":")
		if !ok || strings.Contains(line, ": \t") {
			continue // a step of the path
		}
		n := 0
		for _, digit := range number {
			n = n*10 + int(digit-'0')
		}
		require.Less(t, n, len(lines))
		_, comment, _ := strings.Cut(lines[n-1], " // ")
		out = append(out, comment)
	}
	return out
}

// TestConfigurationReachesEveryDriver changes the configuration of one module
// again and again: every driver finds what the last one says, and nothing that an
// earlier one said. The plugin of golangci-lint has a test of its own.
func TestConfigurationReachesEveryDriver(t *testing.T) {
	t.Parallel()
	dir := unpack(t, wrapper)
	for _, c := range configurations {
		require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte(c.text), 0o644))

		_, stdout, stderr := execute(t, dir, nil, built(t), "./...")
		assert.Empty(t, stderr, c.name)
		assert.ElementsMatch(t, c.want, marks(t, dir, stdout), "by hand, %s:\n%s", c.name, stdout)

		_, _, stderr = execute(t, dir, nil, "go", "vet", "-vettool="+built(t), "./...")
		assert.ElementsMatch(t, c.want, marks(t, dir, stderr), "go vet, %s:\n%s", c.name, stderr)

		// The same by the variable, from a module without a configuration.
		require.NoError(t, os.Rename(filepath.Join(dir, config.Name), filepath.Join(dir, "other.yml")))
		variable := "TXLINT_CONFIG=" + filepath.Join(dir, "other.yml")
		_, _, stderr = execute(t, dir, []string{variable}, "go", "vet", "-vettool="+built(t), "./...")
		assert.ElementsMatch(t, c.want, marks(t, dir, stderr), "go vet with %s, %s:\n%s", variable, c.name, stderr)
		_, _, stderr = execute(t, dir, nil, "go", "vet", "-vettool="+built(t), "./...")
		assert.Empty(t, marks(t, dir, stderr), "go vet without a configuration, after %s", c.name)

		// nogo has flags only, and leaves paths out by itself.
		if !strings.Contains(c.text, "exclude") {
			var lines strings.Builder
			for _, f := range corpustest.NogoFindingsIn(t, dir, configured(t, c.text)) {
				lines.WriteString(f.String() + "\n")
			}
			assert.ElementsMatch(t, c.want, marks(t, dir, lines.String()), "nogo, %s:\n%s", c.name, lines.String())
		}
	}
}

// configured returns the rules as nogo configures them.
func configured(t *testing.T, text string) []*analysis.Analyzer {
	t.Helper()
	var rules []*analysis.Analyzer
	all := txlint.New()
	c, err := config.Decode(config.Name, []byte(text), config.SpecOf(all))
	require.NoError(t, err)
	flags, err := c.Flags()
	require.NoError(t, err)
	for _, rule := range all {
		off := rule.Name == "txignore"
		for _, f := range flags {
			off = off || f.Name == rule.Name && f.Value == "false"
			name := strings.TrimPrefix(f.Name, rule.Name+".")
			if rule.Flags.Lookup(name) != nil {
				require.NoError(t, rule.Flags.Set(name, f.Value))
			}
		}
		if !off {
			rules = append(rules, rule)
		}
	}
	return rules
}

// What the bodies of functions seem to do is not always what they do.
func TestBorrowers(t *testing.T) {
	t.Parallel()
	dir := unpack(t, `
-- go.mod --
module example.com/m

go 1.26
-- track/track.go --
package track

import "database/sql"

var live []*sql.Tx

func Track(tx *sql.Tx) { live = append(live, tx) }

func Check(tx *sql.Tx) { tx.Rollback() }
-- use/use.go --
package use

import (
	"database/sql"

	"example.com/m/track"
)

func leaks(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	track.Track(tx)
	if _, err := tx.Exec("DELETE FROM cart"); err != nil {
		return err // leak
	}
	return tx.Commit()
}

func goesOn(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	track.Check(tx)
	if _, err := tx.Exec("DELETE FROM cart"); err != nil { // after the end
		return err
	}
	return tx.Commit()
}

var _, _ = leaks, goesOn
`)
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", []string{"after the end"}},
		{"borrowers: [example.com/m/track.Check]", nil},
		{"borrowers: [example.com/m/track.Check, example.com/m/track.Track]", []string{"leak"}},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte(test.text), 0o644))
		_, stdout, stderr := execute(t, dir, nil, built(t), "-txowner", "-txdone", "-earlyreturn", "./use")
		assert.Empty(t, stderr)
		assert.ElementsMatch(t, test.want, marks(t, dir, stdout), "%s:\n%s", test.text, stdout)
	}
}

// The fix defers the rollback of a transaction of the project's own where the
// configuration says that it does no harm after the commit.
func TestFixByRowsOfAUser(t *testing.T) {
	t.Parallel()
	const rows = `libraries:
- {package: example.com/m/kv, type: DB, method: Acquire, does: begin}
- {package: example.com/m/kv, type: Session, method: Keep, does: commit}
- {package: example.com/m/kv, type: Session, method: Forget, does: rollback}
`
	const is = "- {package: example.com/m/kv, type: Session, is: tx, rollback-after-commit: true}\n"
	for _, test := range []struct{ text, want string }{
		{rows, ""},
		{rows + is, "\tdefer func() { _ = s.Forget() }()\n"},
	} {
		dir := unpack(t, wrapper)
		require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte(test.text), 0o644))
		execute(t, dir, nil, built(t), "-earlyreturn", "-fix", "./use")
		fixed, err := os.ReadFile(filepath.Join(dir, "use", "use.go"))
		require.NoError(t, err)
		if test.want == "" {
			assert.NotContains(t, string(fixed), "defer func() { _ = s.Forget()")
		} else {
			assert.Contains(t, string(fixed), test.want)
		}
	}
}

// What is wrong in the configuration is told with its place, by every command
// that reads it and by go vet.
func TestMistakesInTheConfiguration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"librarys: []\n", `.txlint.yml:1:1: unknown key "librarys"; did you mean "libraries"?`},
		{"rules: {earlyreturn: {panic: true}}\n", `.txlint.yml:1:23: unknown key "panic"; did you mean "panics"?`},
		{"rules: {earlyretrun: false}\n", `.txlint.yml:1:9: unknown key "earlyretrun"; did you mean "earlyreturn"?`},
		{"fast: []\n", `.txlint.yml:1:1: unknown key "fast"; there are `},
	} {
		dir := unpack(t, wrapper)
		require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte(test.text), 0o644))
		for _, args := range [][]string{{"./..."}, {"catalog", "check"}, {"config"}, {"-V=full"}, {"baseline", "write"}} {
			code, stdout, stderr := execute(t, dir, nil, built(t), args...)
			assert.Equal(t, 2, code, args)
			assert.Empty(t, stdout, args)
			assert.True(t, strings.HasPrefix(stderr, test.want), "%s: %s", args, stderr)
		}
		code, _, stderr := execute(t, dir, nil, "go", "vet", "-vettool="+built(t), "./...")
		assert.NotZero(t, code)
		assert.Contains(t, stderr, test.want)
		code, _, stderr = execute(t, dir, nil, built(t), "-no-config", "./...")
		assert.Zero(t, code, stderr)
		code, _, stderr = execute(t, dir, []string{"TXLINT_CONFIG=off"}, built(t), "./...")
		assert.Zero(t, code, stderr)
	}
}

// A row that resolves to nothing would do nothing.
func TestRowsMustResolve(t *testing.T) {
	t.Parallel()
	dir := unpack(t, wrapper+`-- lonely/lonely.go --
package lonely

type Tx struct{ begun }

type begun struct{}

func open() *begun { return nil }

func (begun) end() {}

func (*begun) Done() {}

type store interface{ get(key string) error }
`)
	for _, test := range []struct{ row, want string }{
		{"{package: example.com/m/vk, function: Run, does: managed}", `:2:15: there is no package "example.com/m/vk"; did you mean "example.com/m/kv"?`},
		{"{package: example.org/n/kv, function: Run, does: managed}", `:2:15: there is no package "example.org/n/kv"; did you mean "example.com/m/kv"?`},
		{"{package: example.com/m/kv, function: Rum, does: managed}", `:2:43: unknown function "Rum" in example.com/m/kv; did you mean "Run"?`},
		{"{package: example.com/m/kv, type: Sessoin, method: Keep, does: commit}", `:2:39: unknown type "Sessoin" in example.com/m/kv; did you mean "Session"?`},
		{"{package: example.com/m/kv, type: Session, method: Kep, does: commit}", `:2:56: unknown method "Kep" in example.com/m/kv; did you mean "Keep"?`},
		{"{package: example.com/m/kv, type: Session, method: Keep, does: begin}", `:2:68: it hands out no handle: its results are (error)`},
		{"{package: example.com/m/kv, type: DB, method: Acquire, does: begin, result: 1}", `:2:81: result 1 cannot be a handle: it is error`},
		{"{package: example.com/m/kv, type: DB, method: Acquire, does: begin, result: 2}", `:2:81: there is no result 2: it has 2, counted from 0`},
		{"{package: example.com/m/kv, type: DB, method: Acquire, does: begin, error: 0}", `:2:80: result 0 is no error but `},
		{"{package: example.com/m/kv, type: DB, method: Acquire, does: managed}", `it takes no function: `},
		{"{package: example.com/m/kv, function: Run, does: managed, callback: 0}", `parameter 0 is no function but `},
		{"{package: example.com/m/kv, function: Run, does: commit, parameter: 5}", `there is no parameter 5`},
		{"{package: example.com/m/kv, type: DB, method: Acquire, does: begin, context: 1}", `there is no parameter 1`},
		{"{package: example.com/m/kv, type: Session, is: tx, error-field: Err}", `:2:69: unknown field "Err" in example.com/m/kv`},
		{"{package: example.com/m/lonely, type: Tx, method: Done, does: finish}", `:2:55: Tx.Done is example.com/m/lonely.begun.Done: a row must name that`},
		{"{package: example.com/m/lonely, type: begun, method: stop, does: finish}", `unknown `},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte("libraries:\n  - "+test.row+"\n"), 0o644))
		for _, args := range [][]string{{"./..."}, {"catalog", "check", "./..."}} {
			code, stdout, stderr := execute(t, dir, nil, built(t), args...)
			assert.Equal(t, 2, code, test.row)
			assert.Empty(t, stdout, test.row)
			assert.True(t, strings.HasPrefix(stderr, config.Name+":2:"), "%s: %s", test.row, stderr)
			assert.Contains(t, stderr, test.want, test.row)
		}
	}

	// A package that this run does not import is none the less there; only
	// catalog check looks into it.
	rows := "libraries:\n" + begins + `  - {package: example.com/m/lonely, type: begun, method: end, does: rollback}
  - {package: example.com/m/lonely, type: begun, method: Done, does: finish}
  - {package: example.com/m/lonely, type: Tx, is: tx}
  - {package: example.com/m/lonely, function: open, does: begin}
repositories:
  - example.com/m/lonely.store
  - net/url.URL
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte(rows), 0o644))
	code, _, stderr := execute(t, dir, nil, built(t), "-exit-zero", "./use")
	assert.Zero(t, code, stderr)
	code, stdout, stderr := execute(t, filepath.Join(dir, "use"), nil, built(t), "catalog", "check")
	assert.Zero(t, code, stderr)
	assert.Equal(t, `../.txlint.yml:2:5:  example.com/m/kv.DB.Acquire      begin: hands out *kv.Session
../.txlint.yml:3:5:  example.com/m/lonely.begun.end   rollback: ends its receiver
../.txlint.yml:4:5:  example.com/m/lonely.begun.Done  finish: ends its receiver
../.txlint.yml:5:5:  example.com/m/lonely.Tx          tx
../.txlint.yml:6:5:  example.com/m/lonely.open        begin
../.txlint.yml:8:5:  example.com/m/lonely.store       a type
../.txlint.yml:9:5:  net/url.URL                      a type: url.URL
`, stdout)

	// Beside a module only, not inside one.
	require.NoError(t, os.Rename(filepath.Join(dir, config.Name), filepath.Join(dir, "use", config.Name)))
	code, _, stderr = execute(t, filepath.Join(dir, "use"), nil, built(t))
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, config.Name+": this file is not read")
	code, _, stderr = execute(t, dir, nil, built(t), "-exit-zero", "-config", "use/"+config.Name, "./use")
	assert.Zero(t, code, stderr)
}

// The command line comes before the configuration.
func TestFlagsComeFirst(t *testing.T) {
	t.Parallel()
	dir := unpack(t, wrapper)
	text := "libraries:\n" + begins + ends + "repositories: [example.com/m/kv.Session]\nfinishers: [example.com/m/kv.Settle]\nrules: {nplusone: false}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte(text), 0o644))
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"leak"}},
		{[]string{"-nplusone"}, []string{"loop"}},
		{[]string{"-earlyreturn", "-nplusone"}, []string{"leak", "loop"}},
		{[]string{"-nplusone", "-repositories="}, nil},
		{[]string{"-earlyreturn=false", "-libraries="}, nil},
	} {
		_, stdout, stderr := execute(t, dir, nil, built(t), append(test.args, "./...")...)
		assert.Empty(t, stderr)
		assert.ElementsMatch(t, test.want, marks(t, dir, stdout), "by hand, %s:\n%s", test.args, stdout)
		_, _, stderr = execute(t, dir, nil, "go", append(append([]string{"vet", "-vettool=" + built(t)}, test.args...), "./...")...)
		assert.ElementsMatch(t, test.want, marks(t, dir, stderr), "go vet, %s:\n%s", test.args, stderr)
	}
	code, _, stderr := execute(t, dir, nil, built(t), `-libraries=[{"pack": 1}]`, "./...")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, `unknown field "pack"`)
}

// In a workspace every module has its own configuration under go vet, which must
// not answer from its cache when one of them has changed. Moving between the
// modules asks for no other results.
func TestConfigurationsOfAWorkspace(t *testing.T) {
	t.Parallel()
	use := func(module string) string {
		return "package " + module + "\n\nimport \"database/sql\"\n\nfunc F(db *sql.DB) {\n\tdb.Begin()\n}\n"
	}
	dir := unpack(t, "-- go.work --\ngo 1.26\n\nuse (\n\t./one\n\t./two\n)\n-- one/go.mod --\nmodule example.com/one\n\ngo 1.26\n-- one/one.go --\n"+use("one")+
		"-- two/go.mod --\nmodule example.com/two\n\ngo 1.26\n-- two/two.go --\n"+use("two"))
	vet := func() string {
		_, _, stderr := execute(t, filepath.Join(dir, "one"), nil, "go", "vet", "-vettool="+built(t), "./...", "../two/...")
		return stderr
	}
	configure := func(module, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, module, config.Name), []byte(text), 0o644))
	}
	off := "rules: {earlyreturn: false}\n"
	found := func(module, output string) bool { return strings.Contains(output, module+".go:6:") }
	all := vet()
	assert.True(t, found("one", all) && found("two", all), all)
	configure("two", off)
	all = vet()
	assert.True(t, found("one", all) && !found("two", all), all)
	configure("two", "")
	configure("one", off)
	all = vet()
	assert.True(t, !found("one", all) && found("two", all), all)
	configure("two", off)
	all = vet()
	assert.True(t, !found("one", all) && !found("two", all), all)
}

func TestVariableMustBeAbsolute(t *testing.T) {
	t.Parallel()
	code, _, stderr := execute(t, module(t), []string{"TXLINT_CONFIG=other.yml"}, built(t), "./...")
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "TXLINT_CONFIG=other.yml: want an absolute path")
}

// What is called like the configuration but cannot be read is no configuration
// that may be passed over.
func TestConfigurationThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		make func(name string) error
		want string
	}{
		{func(name string) error { return os.Mkdir(name, 0o755) }, "this is a directory, not a configuration"},
		{func(name string) error { return os.Symlink("nowhere", name) }, "there is no such file"},
		{func(name string) error { return os.WriteFile(name, make([]byte, 2<<20), 0o644) }, "it is no configuration"},
		{func(name string) error { return os.WriteFile(name, []byte("a: \xff"), 0o644) }, "this is no YAML"},
	} {
		dir := module(t)
		require.NoError(t, test.make(filepath.Join(dir, config.Name)))
		code, stdout, stderr := execute(t, dir, nil, built(t), "./...")
		assert.Equal(t, 2, code)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, test.want)
		assert.True(t, strings.HasPrefix(stderr, config.Name+":"), stderr)
	}
}

// A package with tests is another one to the go command, with the same path.
func TestRowsHoldInTests(t *testing.T) {
	t.Parallel()
	leaking := "import (\n\t\"context\"\n\t\"testing\"\n%s)\n\nfunc Test%s(t *testing.T) {\n\ts, err := new(%sDB).Acquire(context.Background())\n\tif err != nil || s.Put(\"a\", \"b\") != nil {\n\t\treturn\n\t}\n\ts.Forget()\n}\n"
	dir := unpack(t, wrapper+"-- kv/in_test.go --\npackage kv\n\n"+fmt.Sprintf(leaking, "", "In", "")+
		"-- kv/out_test.go --\npackage kv_test\n\n"+fmt.Sprintf(leaking, "\n\t\"example.com/m/kv\"\n", "Out", "kv."))
	require.NoError(t, os.WriteFile(filepath.Join(dir, config.Name), []byte("libraries:\n"+begins+ends), 0o644))
	_, stdout, stderr := execute(t, dir, nil, built(t), "./kv")
	assert.Empty(t, stderr)
	_, _, vetted := execute(t, dir, nil, "go", "vet", "-vettool="+built(t), "./kv")
	for _, output := range []string{stdout, vetted} {
		for _, file := range []string{"in_test.go", "out_test.go"} {
			assert.Contains(t, output, file+":", output)
			assert.Contains(t, output, "returns without finishing s", output)
		}
	}
}

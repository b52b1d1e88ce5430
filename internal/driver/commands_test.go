package driver_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/driver"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	want := "leak: report what is opened and not closed\n\nThe rule is for tests.\n\n# Bad\n\n\tOpen()\n\n" +
		"Flags:\n\n" +
		"  -leak.explain\n    \tsay why nothing was reported\n" +
		"  -leak.panics\n    \thas no effect\n" +
		"  -leak.possible\n    \talso report openings in functions that are called Maybe\n\n" +
		"See https://example.com/rules/leak\n"
	assert.Equal(t, result{stdout: want}, run(t, t.TempDir(), "explain", "leak"))
	assert.Equal(t, result{stdout: want}, run(t, t.TempDir(), "explain", "txlint/leak"))
	assert.Equal(t, result{stdout: want}, run(t, t.TempDir(), "help", "leak"))
	terminal := driver.Env{Dir: t.TempDir(), Environ: environ(), StdoutTerminal: true}
	assert.Contains(t, runIn(t, terminal, "explain", "leak").stdout, "\x1b[1mleak\x1b[0m: report")
}

func TestRules(t *testing.T) {
	t.Parallel()
	assert.Equal(t, result{stdout: "leak     report what is opened and not closed\nbadname  report functions called Bad\n"},
		run(t, t.TempDir(), "rules"))
}

func TestHelp(t *testing.T) {
	t.Parallel()
	usage := run(t, t.TempDir(), "help")
	assert.Zero(t, usage.code)
	assert.Contains(t, usage.stdout, "Usage:")
	assert.Contains(t, usage.stdout, "-exit-zero")
	assert.Equal(t, usage, run(t, t.TempDir(), "-help"))
	assert.Equal(t, usage, run(t, t.TempDir(), "-h"))
	for _, topic := range []string{"exit", "flags", "json", "vet"} {
		r := run(t, t.TempDir(), "help", topic)
		assert.Zero(t, r.code, topic)
		assert.NotEmpty(t, r.stdout, topic)
		assert.NotContains(t, r.stdout, "PROGRAM", topic)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	r := run(t, t.TempDir(), "version")
	assert.Zero(t, r.code, r)
	assert.Contains(t, r.stdout, "txlint ")
	assert.Contains(t, r.stdout, runtime.Version())
	assert.Empty(t, r.stderr)
}

func TestMistakesNameWhatWasMeant(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-jsno"}, "unknown flag -jsno; did you mean -json?"},
		{[]string{"--exitzero"}, "unknown flag -exitzero; did you mean -exit-zero?"},
		{[]string{"-leak.posible"}, "did you mean -leak.possible?"},
		{[]string{"-laek=false"}, "did you mean -leak?"},
		{[]string{"-somethingelse"}, "unknown flag -somethingelse\n"},
		{[]string{"-fix=perhaps"}, `invalid value "perhaps" for -fix: want true or false`},
		{[]string{"-possible=perhaps"}, `invalid value "perhaps" for -possible: want true or false`},
		{[]string{"-c=much"}, `invalid value "much" for -c: want a number of lines`},
		{[]string{"-tags", "./..."}, `-tags wants a list of build tags, not "./..."`},
		{[]string{"check", "./..."}, `unknown command "check"; 'txlint ./...' checks packages`},
		{[]string{"clean"}, "txlint: there is a directory of this name; did you mean ./clean?"},
		{[]string{"simple.go", "./clean"}, "txlint: named files must be .go files: ./clean"},
		{[]string{"simple.go", "clean/clean.go"}, "txlint: named files must all be in one directory"},
		{[]string{"explian", "leak"}, `unknown command "explian"; did you mean "explain"?`},
		{[]string{"rule"}, `did you mean "rules"?`},
		{[]string{"explain", "laek"}, `unknown rule "laek"; did you mean "leak"?`},
		{[]string{"explain", "nosuchrule"}, "the rules are leak, badname"},
		{[]string{"explain"}, "the rules are leak, badname"},
		{[]string{"help", "jsn"}, `did you mean "json"?`},
		{[]string{"help", "nosuchtopic"}, "topics are"},
		{[]string{"rules", "leak"}, "takes no arguments"},
		{[]string{"version", "1"}, "takes no arguments"},
	} {
		r := run(t, dir, test.args...)
		assert.Equal(t, driver.ExitFailure, r.code, "%v: %v", test.args, r)
		assert.Empty(t, r.stdout, test.args)
		assert.Contains(t, r.stderr, test.want, test.args)
	}
}

// A directory is a package whatever it is called, if it is named as one.
func TestPackageThatLooksLikeACommand(t *testing.T) {
	t.Parallel()
	dir := write(t, simple+"-- rule/rule.go --\npackage rule\n\nfunc Bad() {}\n")
	assert.Contains(t, run(t, dir, "./rule").stdout, "rule/rule.go:3:6")
}

// fakeGo returns a directory with a go command that claims to be version.
func fakeGo(t *testing.T, version string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake go command is a shell script")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\necho '{\"GOVERSION\": \"" + version + "\", \"GOROOT\": \"/go\", \"GOMOD\": \"/x/go.mod\"}'\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755))
	return dir
}

func TestOlderThanTheUsersGo(t *testing.T) {
	t.Parallel()
	newer := environ("PATH=" + fakeGo(t, "go1.999.1") + string(os.PathListSeparator) + os.Getenv("PATH"))
	const want = "but the go command is go1.999.1: build it again with 'go install example.com/txlint@latest'"

	r := runIn(t, driver.Env{Dir: t.TempDir(), Environ: newer}, "version")
	assert.Zero(t, r.code, r)
	assert.Contains(t, r.stderr, want)

	r = runIn(t, driver.Env{Dir: write(t, simple), Environ: newer})
	assert.Equal(t, driver.ExitFindings, r.code, "it may work all the same: %v", r)
	assert.Contains(t, r.stderr, want)
}

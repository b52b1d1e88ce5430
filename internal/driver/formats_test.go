package driver_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One run writes several formats: one to standard output, the others to files.
func TestFormatsAtOnce(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	plain := run(t, dir, "./...")
	r := run(t, dir, "-format", "text,sarif:out dir.sarif", "-format=gitlab:"+filepath.Join(dir, "q.json"), "-format", "checkstyle:c.xml,github:g,rdjsonl:r", "./...")
	assert.Equal(t, plain, r, "the text is the usual one")

	var log struct {
		Runs []struct {
			Results []struct{ RuleID string }
			Tool    struct {
				Driver struct{ Rules []struct{ ID string } }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "out dir.sarif")), &log))
	n := strings.Count(plain.stdout, "\n")
	assert.Len(t, log.Runs[0].Results, n)
	assert.Len(t, log.Runs[0].Tool.Driver.Rules, 2)
	var issues []any
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "q.json")), &issues))
	assert.Len(t, issues, n)
	var doc struct {
		Files []struct {
			Errors []struct{} `xml:"error"`
		} `xml:"file"`
	}
	require.NoError(t, xml.Unmarshal([]byte(read(t, dir, "c.xml")), &doc))
	assert.Equal(t, n, len(doc.Files[0].Errors))
	assert.Equal(t, n, strings.Count(read(t, dir, "g"), "::error file=simple.go,"))
	assert.Equal(t, n, strings.Count(read(t, dir, "r"), "\n"))
}

func TestFormatToAFile(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	want := run(t, dir, "./...")
	for _, args := range [][]string{
		{"-format", "text", "-o", "out.txt"},
		{"-o", "out.txt"},
		{"-format", "text:out.txt"},
	} {
		r := run(t, dir, append(args, "./...")...)
		assert.Equal(t, 1, r.code, r)
		assert.Empty(t, r.stdout)
		assert.Contains(t, r.stderr, "findings, see out.txt")
		assert.Equal(t, want.stdout, read(t, dir, "out.txt"))
		require.NoError(t, os.Remove(filepath.Join(dir, "out.txt")))
	}

	// With findings in a file and a clean exit code nothing is said.
	r := run(t, dir, "-format", "json:a.json,json:b.json", "-badname=false", "-leak=false", "-badname", "./...")
	assert.NotEqual(t, 2, r.code, r)
	assert.Equal(t, read(t, dir, "a.json"), read(t, dir, "b.json"))
}

// Names are those of the repository's root where the reader of a format
// expects that, wherever txlint runs.
func TestFormatsNameFilesFromTheRoot(t *testing.T) {
	t.Parallel()
	dir := write(t, prefixed("mod/", simple))
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".git"), 0o755))
	r := run(t, filepath.Join(dir, "mod"), "-format", "github,gitlab:q,sarif:s,checkstyle:c", ".")
	assert.Contains(t, r.stdout, "file=mod/simple.go,")
	assert.Contains(t, read(t, dir, "mod/q"), `"path": "mod/simple.go"`)
	assert.Contains(t, read(t, dir, "mod/s"), `"uri": "mod/simple.go"`)
	assert.Contains(t, read(t, dir, "mod/c"), `<file name="simple.go">`)
}

func TestFormatMistakes(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-format", "sarfi"}, `did you mean "sarif"?`},
		{[]string{"-format", "protobuf"}, "the formats are text, json, sarif"},
		{[]string{"-format", "sarif:"}, `no file behind "sarif:"`},
		{[]string{"-format", "text,json"}, "text and json cannot both go to standard output"},
		{[]string{"-format", "text:a,json:./a"}, "cannot both go to " + filepath.Join(dir, "a")},
		{[]string{"-json", "-format", "text"}, "cannot both go to standard output"},
		{[]string{"-format", "text:a", "-o", "b"}, "every format has a file already"},
		{[]string{"-format", "json", "-diff"}, "-diff cannot be used together with"},
		{[]string{"-json", "-diff"}, "-diff cannot be used together with"},
		{[]string{"-o", "x", "-diff"}, "-o goes with -format"},
	} {
		r := run(t, dir, test.args...)
		assert.Equal(t, 2, r.code, "%v: %v", test.args, r)
		assert.Empty(t, r.stdout)
		assert.Contains(t, r.stderr, test.want, "%v", test.args)
	}
}

// What cannot be written is said, the exit code is 2, and the other formats
// are written all the same.
func TestFormatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := run(t, dir, "-format", "text,json:missing/out.json,sarif:out.sarif", "./...")
	assert.Equal(t, 2, r.code, r)
	assert.Contains(t, r.stderr, "cannot write the json report: ")
	assert.Equal(t, run(t, dir, "./...").stdout, r.stdout)
	assert.Contains(t, read(t, dir, "out.sarif"), "2.1.0")

	if _, err := os.Stat("/dev/full"); err == nil {
		r = run(t, dir, "-format", "text:/dev/full", "./...")
		assert.Equal(t, 2, r.code, r)
		assert.Contains(t, r.stderr, "cannot write the text report")
	}
}

// Packages that do not build are no findings, but a log says so.
func TestFormatsWithBuildErrors(t *testing.T) {
	t.Parallel()
	dir := write(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.26\n-- m.go --\npackage m\n\nvar x int = undefinedName\n")
	r := run(t, dir, "-format", "sarif")
	assert.Equal(t, 2, r.code, r)
	assert.Contains(t, r.stdout, `"executionSuccessful": false`)
	assert.Contains(t, r.stdout, "undefined: undefinedName")
	assert.Contains(t, r.stdout, `"results": []`)
}

package baseline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/baseline"
)

// in returns findings of the rule "r" in a file of dir, one for each
// fingerprint.
func in(dir, file string, prints ...string) []baseline.Finding {
	var all []baseline.Finding
	for _, p := range prints {
		all = append(all, baseline.Finding{File: filepath.Join(dir, file), Rule: "r", Fingerprint: p})
	}
	return all
}

// saw is a run of the rule "r" over files of dir.
func saw(dir string, files ...string) baseline.Run {
	run := baseline.Run{Files: make(map[string]bool), Rules: map[string]bool{"r": true}}
	for _, f := range files {
		run.Files[filepath.Join(dir, f)] = true
	}
	return run
}

// newBaseline writes a baseline and returns it as it is read.
func newBaseline(t *testing.T, dir string, findings []baseline.Finding, run baseline.Run) (*baseline.Baseline, string) {
	t.Helper()
	name := filepath.Join(dir, "base.json")
	b := baseline.New(name)
	b.Update(findings, run)
	require.NoError(t, b.Write(name))
	b, err := baseline.Read(name)
	require.NoError(t, err)
	return b, name
}

func touch(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := saw(dir, "a.go")
	b, _ := newBaseline(t, dir, in(dir, "a.go", "1", "2"), run)
	assert.Equal(t, 2, b.Len())
	for _, test := range []struct {
		name  string
		found []baseline.Finding
		want  []bool
		gone  int
	}{
		{"the same", in(dir, "a.go", "1", "2"), []bool{true, true}, 0},
		{"code has changed", in(dir, "a.go", "8", "9"), []bool{true, true}, 0},
		{"one is gone", in(dir, "a.go", "2"), []bool{true}, 1},
		{"all are gone", nil, []bool{}, 2},
		{"one is new", in(dir, "a.go", "9", "1", "2"), []bool{false, true, true}, 0},
		{"one has changed and one is new", in(dir, "a.go", "9", "8", "2"), []bool{true, false, true}, 0},
		{"another file", in(dir, "b.go", "1"), []bool{false}, 2},
	} {
		known, gone := b.Known(test.found, run)
		assert.Equal(t, test.want, known, test.name)
		assert.Equal(t, test.gone, gone, test.name)
	}
	other := []baseline.Finding{{File: filepath.Join(dir, "a.go"), Rule: "other", Fingerprint: "1"}}
	known, _ := b.Known(other, run)
	assert.Equal(t, []bool{false}, known)
}

// What a run does not look at is neither gone nor forgotten.
func TestPartsOfTheWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	touch(t, dir, "a.go", "b.go")
	all := append(in(dir, "a.go", "1"), in(dir, "b.go", "2")...)
	b, _ := newBaseline(t, dir, all, saw(dir, "a.go", "b.go"))

	_, gone := b.Known(nil, saw(dir, "a.go"))
	assert.Equal(t, 1, gone)
	_, gone = b.Known(nil, baseline.Run{Files: saw(dir, "a.go", "b.go").Files, Rules: map[string]bool{"other": true}})
	assert.Zero(t, gone)

	assert.Equal(t, 1, b.Prune(nil, saw(dir, "a.go")))
	assert.Equal(t, 1, b.Len())
	b.Update(in(dir, "a.go", "3", "4"), saw(dir, "a.go"))
	assert.Equal(t, 3, b.Len())

	require.NoError(t, os.Remove(filepath.Join(dir, "b.go")))
	_, gone = b.Known(in(dir, "a.go", "3", "4"), saw(dir, "a.go"))
	assert.Equal(t, 1, gone, "a file that is no more has no findings")
}

func TestPruneAddsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := saw(dir, "a.go")
	b, name := newBaseline(t, dir, in(dir, "a.go", "1", "2"), run)
	assert.Zero(t, b.Prune(in(dir, "a.go", "1", "2", "3"), run))
	known, _ := b.Known(in(dir, "a.go", "1", "2", "3"), run)
	assert.Equal(t, []bool{true, true, false}, known)
	assert.Equal(t, 1, b.Prune(in(dir, "a.go", "8"), run))
	known, _ = b.Known(in(dir, "a.go", "7", "8"), run)
	assert.Equal(t, []bool{false, true}, known, "it knows how the old one looks now")
	assert.Equal(t, 1, b.Prune(nil, run))
	require.NoError(t, b.Write(name))
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"version\": 1,\n  \"findings\": []\n}\n", string(content))
}

// The file is the same whatever the order in which things were found, and
// names in it do not depend on where it lies.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all := append(in(dir, "sub/b.go", "2", "1"), in(dir, "a.go", "3")...)
	_, name := newBaseline(t, dir, all, saw(dir))
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.JSONEq(t, `{"version": 1, "findings": [
		{"file": "a.go", "rule": "r", "count": 1, "fingerprints": ["3"]},
		{"file": "sub/b.go", "rule": "r", "count": 2, "fingerprints": ["1", "2"]}]}`, string(content))

	elsewhere := t.TempDir()
	moved := filepath.Join(elsewhere, "base.json")
	require.NoError(t, os.WriteFile(moved, content, 0o644))
	b, err := baseline.Read(moved)
	require.NoError(t, err)
	known, _ := b.Known(in(elsewhere, "a.go", "3"), saw(elsewhere, "a.go"))
	assert.Equal(t, []bool{true}, known)
}

func TestReadRejects(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "base.json")
	for content, want := range map[string]string{
		"":                              "it is empty",
		"{":                             "unexpected EOF",
		`{"version": 2}`:                "its version is 2",
		`{"version": 1} {}`:             "something behind its end",
		`{"version": 1, "finding": []}`: "unknown field",
		`{"version": 1, "findings": [{"file": "a", "rule": "r", "count": 0}]}`:                                         "wrong or there twice",
		`{"version": 1, "findings": [{"file": "a", "rule": "r", "count": 1}, {"file": "a", "rule": "r", "count": 1}]}`: "wrong or there twice",
	} {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
		_, err := baseline.Read(name)
		if assert.ErrorContains(t, err, want, content) {
			assert.ErrorContains(t, err, "base.json is no baseline")
		}
	}
}

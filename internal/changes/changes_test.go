package changes

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/finding"
)

// newRepository returns a new repository that has one commit with files.
func newRepository(t *testing.T, files map[string]string) Repository {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	// Settings that change the form of a diff must not matter, nor the user's.
	config := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(config, []byte("[diff]\n\tnoprefix = true\n\tmnemonicPrefix = true\n\tcontext = 7\n\tinterHunkContext = 9\n\trelative = true\n"+
		"[color]\n\tui = always\n[user]\n\tname = n\n\temail = e@example.com\n[init]\n\tdefaultBranch = main\n"), 0o644))
	environ := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "GIT_") })
	r := Repository{Git: git, Dir: dir, Environ: append(environ, "GIT_CONFIG_GLOBAL="+config, "GIT_CONFIG_NOSYSTEM=1")}
	r.must(t, "init", "--quiet")
	r.write(t, files)
	r.must(t, "add", ".")
	r.must(t, "commit", "--quiet", "-m", "first")
	return r
}

func (r Repository) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.git(t.Context(), args...)
	require.NoError(t, err)
	return strings.TrimSpace(out)
}

func (r Repository) write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(r.Dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	}
}

// at returns a finding with steps on the given lines of a file, the last of
// which is reported.
func (r Repository) at(name string, all ...int) finding.Finding {
	var f finding.Finding
	for _, line := range all {
		f.Related = append(f.Related, finding.Related{Span: f.Span})
		f.Span = finding.Span{File: filepath.Join(r.Dir, filepath.FromSlash(name)), Line: line, EndLine: line}
	}
	return f
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("x", i+1) + "\n")
	}
	return b.String()
}

func TestSince(t *testing.T) {
	t.Parallel()
	const strange = "sub dir/Größe \"q\"\ttab.go"
	r := newRepository(t, map[string]string{
		"a.go": numbered(9), "moved.go": numbered(9), "gone.go": numbered(9), "same.go": numbered(9), strange: numbered(9),
		".gitignore": "ignored.go\n",
	})
	lines := strings.SplitAfter(numbered(9), "\n")
	// a.go: line 2 is taken out, line 5 (now 4) is another, two are added behind the last.
	a := lines[0] + lines[2] + lines[3] + "++ new\n" + strings.Join(lines[5:], "") + "-- 9\n@@ -1 +1 @@\n"
	r.write(t, map[string]string{"a.go": a, strange: numbered(9) + "new\n", "untracked.go": "x\n", "ignored.go": "x\n"})
	require.NoError(t, os.Remove(filepath.Join(r.Dir, "gone.go")))
	r.must(t, "mv", "moved.go", "sub dir/now here.go")
	r.Dir = filepath.Join(r.Dir, "sub dir") // it does not matter where one asks
	s, err := r.Since(t.Context(), "HEAD")
	require.NoError(t, err)
	r.Dir = filepath.Dir(r.Dir)

	for _, test := range []struct {
		f    finding.Finding
		want bool
	}{
		{r.at("a.go", 1), false},
		{r.at("a.go", 2), false},
		{r.at("a.go", 4), true},
		{r.at("a.go", 9), true},
		{r.at("a.go", 10), true},
		{r.at("a.go", 4, 3), true},     // a step is new
		{r.at("a.go", 1, 2), true},     // a line is gone between the two
		{r.at("a.go", 2, 3), false},    // it is gone above them
		{r.at("a.go", 5, 6, 8), false}, // nothing is near
		{r.at("same.go", 1, 9), false},
		{r.at("sub dir/now here.go", 1, 9), false},
		{r.at(strange, 9), false},
		{r.at(strange, 10), true},
		{r.at("untracked.go", 1), true},
		{r.at("ignored.go", 1), false},
		{finding.Finding{}, false},
	} {
		assert.Equal(t, test.want, s.Touches(test.f), "%+v", test.f)
	}
}

func TestMergeBase(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{"a.go": "1\n"})
	first := r.must(t, "rev-parse", "HEAD")
	r.must(t, "checkout", "--quiet", "-b", "work")
	r.must(t, "commit", "--quiet", "--allow-empty", "-m", "mine")
	r.must(t, "checkout", "--quiet", "main")
	r.must(t, "commit", "--quiet", "--allow-empty", "-m", "theirs")
	r.must(t, "checkout", "--quiet", "work")
	base, err := r.MergeBase(t.Context(), "main")
	require.NoError(t, err)
	assert.Equal(t, first, base)
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{"a.go": "1\n"})
	for _, rev := range []string{"nowhere", "--output=x", "HEAD:a.go"} {
		_, err := r.Since(t.Context(), rev)
		assert.ErrorContains(t, err, "there is no commit", rev)
	}
	r.must(t, "checkout", "--quiet", "--orphan", "other")
	r.must(t, "commit", "--quiet", "-m", "unrelated")
	_, err := r.MergeBase(t.Context(), "main")
	assert.ErrorContains(t, err, "no common ancestor")

	clone := r
	clone.Dir = filepath.Join(t.TempDir(), "clone")
	r.must(t, "commit", "--quiet", "--allow-empty", "-m", "second")
	r.must(t, "clone", "--quiet", "--depth=1", "file://"+filepath.ToSlash(r.Dir), clone.Dir)
	_, err = clone.Since(t.Context(), "HEAD~1")
	assert.ErrorContains(t, err, "shallow clone")

	outside := r
	outside.Dir = t.TempDir()
	_, err = outside.Since(t.Context(), "HEAD")
	assert.ErrorContains(t, err, "not a git repository")
}

// Before the first commit everything is new.
func TestBeforeTheFirstCommit(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{"a.go": "1\n"})
	r.must(t, "checkout", "--quiet", "--orphan", "other")
	s, err := r.Since(t.Context(), "HEAD")
	require.NoError(t, err)
	assert.True(t, s.Touches(r.at("a.go", 1)))
	_, err = r.Since(t.Context(), "other")
	assert.Error(t, err)
}

func TestParseRejectsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, diff := range []string{"+++ c/x.go\n", "+++ \"b/x\n", "+++ b/x\n@@ -1 @@\n", "+++ b/x\n@@ -1 +x @@\n"} {
		_, err := parse(diff)
		assert.Error(t, err, diff)
	}
}

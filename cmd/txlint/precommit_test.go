package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A scratch is a git repository and the environment of what runs there.
type scratch struct {
	dir string
	env []string
}

// newScratch returns a new repository without commits.
func newScratch(t *testing.T, env ...string) scratch {
	t.Helper()
	s := scratch{dir: t.TempDir(), env: append(env,
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=e@example.com", "GIT_COMMITTER_NAME=n", "GIT_COMMITTER_EMAIL=e@example.com")}
	s.must(t, "git", "init", "--quiet", "-b", "main")
	return s
}

// try runs a command and returns whether it succeeded and what it printed.
func (s scratch) try(t *testing.T, name string, args ...string) (bool, string) {
	t.Helper()
	code, stdout, stderr := execute(t, s.dir, s.env, name, args...)
	return code == 0, stdout + stderr
}

func (s scratch) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	ok, out := s.try(t, name, args...)
	require.True(t, ok, "%s %v: %s", name, args, out)
	return strings.TrimSpace(out)
}

func (s scratch) write(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o644))
}

// copyRepository makes a git repository of the files of this one, as they are
// now, and returns it.
func copyRepository(t *testing.T) scratch {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	code, names, stderr := execute(t, root, nil, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if code != 0 {
		t.Skip("not in a git repository: " + stderr)
	}
	s := newScratch(t)
	for name := range strings.SplitSeq(names, "\x00") {
		content, err := os.ReadFile(filepath.Join(root, name))
		if name == "" || os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(s.dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), content, 0o644))
	}
	s.must(t, "git", "add", "-A")
	s.must(t, "git", "commit", "--quiet", "-m", "copy")
	return s
}

const (
	leaky = "package m\n\nimport \"database/sql\"\n\nfunc Leak(db *sql.DB) { db.Begin() }\n"
	tidy  = "package m\n\nimport \"database/sql\"\n\nfunc Tidy(db *sql.DB) error {\n\ttx, err := db.Begin()\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn tx.Rollback()\n}\n"
)

// TestPreCommit installs the hooks with the real program in a new repository
// and commits.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip(err)
	}
	hooks := copyRepository(t)
	hooks.must(t, "pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
	rev := hooks.must(t, "git", "rev-parse", "HEAD")
	// pre-commit gives Go a place of its own for modules; what was downloaded
	// already serves as well.
	modules := strings.TrimSpace(hooks.must(t, "go", "env", "GOMODCACHE"))
	env := []string{"PRE_COMMIT_HOME=" + t.TempDir(), "GOMODCACHE=" + modules, "PATH=" + filepath.Dir(built(t)) + string(filepath.ListSeparator) + os.Getenv("PATH")}

	repository := func(t *testing.T, hook string) scratch {
		s := newScratch(t, env...)
		s.write(t, ".pre-commit-config.yaml", "repos:\n- repo: "+hooks.dir+"\n  rev: "+rev+"\n  hooks:\n  - id: "+hook+"\n")
		s.write(t, "go.mod", "module example.com/m\n\ngo 1.26\n")
		s.must(t, "pre-commit", "install")
		return s
	}
	commit := func(t *testing.T, s scratch) (bool, string) {
		s.must(t, "git", "add", "-A")
		return s.try(t, "git", "commit", "-m", "next")
	}

	for _, hook := range []string{"txlint", "txlint-system"} {
		t.Run(hook, func(t *testing.T) {
			s := repository(t, hook)
			s.write(t, "a.go", leaky)
			ok, out := commit(t, s)
			assert.False(t, ok, out)
			assert.Contains(t, out, "a.go:5:25: drops the transaction")
			s.write(t, "a.go", tidy)
			ok, out = commit(t, s)
			assert.True(t, ok, out)
			assert.Contains(t, out, "Passed")
			s.write(t, "README.md", "text\n")
			ok, out = commit(t, s)
			assert.True(t, ok, out)
			assert.Contains(t, out, "Skipped", "there is nothing for it")
		})
	}
	t.Run("txlint-changed", func(t *testing.T) {
		s := repository(t, "txlint-changed")
		s.write(t, "a.go", leaky)
		ok, out := commit(t, s)
		assert.False(t, ok, "everything of the first commit is new: %s", out)
		assert.Contains(t, out, "a.go:5:25: ")

		s.must(t, "git", "commit", "--quiet", "--no-verify", "-m", "old sins")
		s.write(t, "b.go", tidy)
		ok, out = commit(t, s)
		assert.True(t, ok, "what was there before does not count: %s", out)
		s.write(t, "c.go", strings.ReplaceAll(leaky, "Leak", "LeakToo"))
		ok, out = commit(t, s)
		assert.False(t, ok, out)
		assert.Contains(t, out, "c.go:5:28: ")
		assert.NotContains(t, out, "a.go:")
	})
}

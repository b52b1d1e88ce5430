package atomicfile_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/atomicfile"
)

// names returns what lies in dir.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func content(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "out.txt")
	require.NoError(t, atomicfile.Write(name, []byte("one")))
	assert.Equal(t, "one", content(t, name))
	require.NoError(t, os.Chmod(name, 0o600))
	require.NoError(t, atomicfile.Write(name, []byte("two")))
	assert.Equal(t, "two", content(t, name))
	assert.Equal(t, []string{"out.txt"}, names(t, dir))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestWriteThroughALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, link := filepath.Join(dir, "out.txt"), filepath.Join(dir, "link.txt")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o644))
	if err := os.Symlink(name, link); err != nil {
		t.Skip(err)
	}
	require.NoError(t, atomicfile.Write(link, []byte("new")))
	assert.Equal(t, "new", content(t, name))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink, "the link was replaced")
}

func TestFailuresLeaveNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	assert.Error(t, atomicfile.Write(dir, []byte("x")), "a directory")
	missing := filepath.Join(dir, "missing", "x")
	err := atomicfile.Write(missing, []byte("x"))
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.True(t, strings.HasPrefix(err.Error(), "write "+missing+": "), "it names the file that was asked for: %v", err)
	assert.Empty(t, names(t, dir))

	// A name so long that the temporary file's is too long: the target must
	// not be touched.
	long := filepath.Join(dir, strings.Repeat("n", 250))
	require.NoError(t, os.WriteFile(long, []byte("old"), 0o644))
	assert.Error(t, atomicfile.Write(long, []byte("new")))
	assert.Equal(t, "old", content(t, long))
	assert.Len(t, names(t, dir), 1)
}

// A full disk: the device takes nothing.
func TestDevices(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	assert.Error(t, atomicfile.Write("/dev/full", []byte("x")))
	require.NoError(t, atomicfile.Write(os.DevNull, []byte("x")))
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.False(t, info.Mode().IsRegular(), "the device was replaced by a file")
}

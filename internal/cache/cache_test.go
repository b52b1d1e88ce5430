package cache

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func keyOf(text string) Key { return sha256.Sum256([]byte(text)) }

func TestGetPut(t *testing.T) {
	t.Parallel()
	c := Open(filepath.Join(t.TempDir(), "not", "yet"))
	_, ok := c.Get(keyOf("a"))
	assert.False(t, ok)
	entries, size, err := c.Usage()
	assert.Equal(t, "0 0 <nil>", fmt.Sprint(entries, size, err))
	for _, content := range []string{"", "one", "two"} {
		require.NoError(t, c.Put(keyOf("a"), []byte(content)))
		got, ok := c.Get(keyOf("a"))
		assert.True(t, ok)
		assert.Equal(t, content, string(got))
	}
	entries, _, _ = c.Usage()
	assert.Equal(t, 1, entries)
	require.NoError(t, c.Clean())
	assert.NoDirExists(t, c.Dir())
	assert.NoError(t, c.Clean(), "again")
}

// Whatever happens to a file of the cache, what comes out is what was put in
// or nothing.
func TestDamage(t *testing.T) {
	t.Parallel()
	key := keyOf("a")
	content := []byte("some content")
	for name, damage := range map[string]func(file string, all []byte) []byte{
		"empty":     func(string, []byte) []byte { return nil },
		"truncated": func(_ string, all []byte) []byte { return all[:len(all)-1] },
		"header":    func(_ string, all []byte) []byte { return all[:headerSize-1] },
		"longer":    func(_ string, all []byte) []byte { return append(all, 'x') },
		"changed":   func(_ string, all []byte) []byte { all[len(all)-1] ^= 1; return all },
		"checksum":  func(_ string, all []byte) []byte { all[len(magic)] ^= 1; return all },
		"foreign": func(string, []byte) []byte {
			return []byte("something else of some length, to be longer than a header")
		},
		"version": func(_ string, all []byte) []byte { all[len(magic)-2]++; return all },
	} {
		c := Open(t.TempDir())
		require.NoError(t, c.Put(key, content))
		all, err := os.ReadFile(c.file(key))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(c.file(key), damage(c.file(key), all), 0o666))
		_, ok := c.Get(key)
		assert.False(t, ok, name)
		require.NoError(t, c.Put(key, content), name)
		got, ok := c.Get(key)
		assert.True(t, ok, name)
		assert.Equal(t, content, got, name)
	}

	// The entry of another key.
	c := Open(t.TempDir())
	require.NoError(t, c.Put(keyOf("b"), content))
	require.NoError(t, os.MkdirAll(filepath.Dir(c.file(key)), 0o777))
	require.NoError(t, os.Rename(c.file(keyOf("b")), c.file(key)))
	_, ok := c.Get(key)
	assert.False(t, ok)

	// A directory where the entry should be.
	require.NoError(t, os.Remove(c.file(key)))
	require.NoError(t, os.Mkdir(c.file(key), 0o777))
	_, ok = c.Get(key)
	assert.False(t, ok)
	assert.Error(t, c.Put(key, content))

	// A file where the directory should be.
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	_, ok = Open(file).Get(key)
	assert.False(t, ok)
	assert.Error(t, Open(file).Put(key, content))
	assert.Error(t, Open(file).Clean())
}

// A disk that is full takes nothing, and nothing half-written stays.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("permissions do not matter here")
	}
	c := Open(t.TempDir())
	require.NoError(t, c.Put(keyOf("a"), []byte("a")))
	dir := filepath.Dir(c.file(keyOf("a")))
	require.NoError(t, os.Chmod(dir, 0o555))
	require.NoError(t, os.Chmod(c.Dir(), 0o555))
	t.Cleanup(func() { os.Chmod(dir, 0o777); os.Chmod(c.Dir(), 0o777) })
	assert.Error(t, c.Put(keyOf("a"), []byte("b")))
	assert.Error(t, c.Put(keyOf("b"), []byte("b")))
	got, ok := c.Get(keyOf("a"))
	assert.True(t, ok)
	assert.Equal(t, "a", string(got))
}

func TestTrim(t *testing.T) {
	t.Parallel()
	c := Open(t.TempDir())
	now := time.Now()
	ages := map[string]time.Duration{"new": 0, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "old": 11 * 24 * time.Hour}
	for name, age := range ages {
		require.NoError(t, c.Put(keyOf(name), make([]byte, 1000)))
		require.NoError(t, os.Chtimes(c.file(keyOf(name)), now.Add(-age), now.Add(-age)))
	}
	mine := filepath.Join(filepath.Dir(c.file(keyOf("old"))), "mine.txt")
	left := filepath.Join(filepath.Dir(c.file(keyOf("new"))), "12345"+temporary)
	for _, name := range []string{mine, left} {
		require.NoError(t, os.WriteFile(name, nil, 0o666))
		require.NoError(t, os.Chtimes(name, now.Add(-99*24*time.Hour), now.Add(-99*24*time.Hour)))
	}
	there := func() (names []string) {
		for _, name := range []string{"new", "day", "week", "old"} {
			if _, err := os.Stat(c.file(keyOf(name))); err == nil {
				names = append(names, name)
			}
		}
		return names
	}
	require.NoError(t, c.Trim(now))
	assert.Equal(t, []string{"new", "day", "week"}, there(), "what is too old is gone")
	assert.FileExists(t, mine)
	assert.NoFileExists(t, left)

	require.NoError(t, c.trim(now, 2500))
	assert.Equal(t, []string{"new", "day"}, there(), "the oldest go first")

	require.NoError(t, os.Chtimes(c.file(keyOf("day")), now.Add(-99*24*time.Hour), now.Add(-99*24*time.Hour)))
	require.NoError(t, c.Trim(now.Add(trimInterval/2)))
	assert.Equal(t, []string{"new", "day"}, there(), "it is not done again at once")
	_, ok := c.Get(keyOf("day"))
	assert.True(t, ok)
	require.NoError(t, c.Trim(now.Add(2*trimInterval)))
	assert.Equal(t, []string{"new", "day"}, there(), "use keeps an entry")
	require.NoError(t, c.Clean())
	assert.FileExists(t, mine, "what is not of the cache is left alone")
	assert.Empty(t, there())
}

// Runs at the same time do each other no harm.
func TestTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			c := Open(dir)
			for i := range 50 {
				name := fmt.Sprint(i % 7)
				want := fmt.Sprintf("%s of anyone", name)
				assert.NoError(t, c.Put(keyOf(name), []byte(want)))
				if got, ok := c.Get(keyOf(name)); ok {
					assert.Equal(t, want, string(got))
				}
				if worker == 0 {
					assert.NoError(t, c.trim(time.Now(), 200))
				}
			}
		})
	}
	wg.Wait()
	all, err := Open(dir).entries()
	require.NoError(t, err)
	for _, e := range all {
		assert.True(t, e.whole, e.name)
	}
}

// Package cache keeps content under keys in a directory, for later runs.
//
// A key says all that the content depends on, so an entry never becomes wrong,
// only useless. What cannot be read, has been changed, or was written by
// something else counts as not there. Several programs can use a directory at
// the same time: an entry appears wholly or not at all.
package cache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Key names an entry: a hash of all that its content depends on.
type Key [sha256.Size]byte

// A Cache is a directory of entries. It is made when the first entry is put
// into it.
type Cache struct{ dir string }

// Open returns the cache in dir, which need not exist.
func Open(dir string) *Cache { return &Cache{dir} }

// Dir returns the directory.
func (c *Cache) Dir() string { return c.dir }

// An entry is a file: magic, a hash of the key and the content, the content.
const (
	magic      = "txlint cache entry 1\n"
	headerSize = len(magic) + sha256.Size
	extension  = ".entry"
)

func (c *Cache) file(key Key) string {
	name := hex.EncodeToString(key[:])
	return filepath.Join(c.dir, name[:2], name+extension)
}

func checksum(key Key, content []byte) []byte {
	h := sha256.New()
	h.Write(key[:])
	h.Write(content)
	return h.Sum(nil)
}

// freshness is how old the time of an entry must be before reading the entry
// renews it. The time is when the entry was last of use, more or less.
const freshness = time.Hour

// Get returns the content that was put in under key.
func (c *Cache) Get(key Key) (content []byte, ok bool) {
	name := c.file(key)
	f, err := os.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < int64(headerSize) || info.Size() > maxBytes {
		return nil, false
	}
	all := make([]byte, info.Size())
	if _, err := io.ReadFull(f, all); err != nil {
		return nil, false
	}
	content = all[headerSize:]
	if string(all[:len(magic)]) != magic || !bytes.Equal(all[len(magic):headerSize], checksum(key, content)) {
		return nil, false
	}
	if now := time.Now(); now.Sub(info.ModTime()) > freshness {
		os.Chtimes(name, now, now) // if not, it will be removed too early
	}
	return content, true
}

// Put keeps content under key.
func (c *Cache) Put(key Key, content []byte) error {
	if err := c.make(); err != nil {
		return err
	}
	name := c.file(key)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "*"+temporary)
	if err != nil {
		return err
	}
	_, err = f.Write(slices.Concat([]byte(magic), checksum(key, content), content))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

const temporary = ".tmp"

// tag is the file by which programs that make backups know a cache.
const (
	tag     = "CACHEDIR.TAG"
	tagText = `Signature: 8a477f597d28d172789f06886806bc55
# txlint keeps here what it found out about packages.
# 'txlint cache clean' removes it; nothing is lost by that but time.
`
)

// make makes the directory.
func (c *Cache) make() error {
	name := filepath.Join(c.dir, tag)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := os.MkdirAll(c.dir, 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(tagText), 0o666)
}

// An entry is a file of the cache.
type entry struct {
	name  string
	size  int64
	used  time.Time
	whole bool // no temporary file
}

// entries returns the files that Put made. Others are left alone, whatever
// directory the user has named.
func (c *Cache) entries() ([]entry, error) {
	dirs, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var all []entry
	for _, d := range dirs {
		if _, err := hex.DecodeString(d.Name()); err != nil || len(d.Name()) != 2 || !d.IsDir() {
			continue
		}
		sub := filepath.Join(c.dir, d.Name())
		files, err := os.ReadDir(sub)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			whole := isEntry(d.Name(), f.Name())
			if !whole && !strings.HasSuffix(f.Name(), temporary) {
				continue
			}
			if info, err := f.Info(); err == nil && info.Mode().IsRegular() { // else it is gone already
				all = append(all, entry{filepath.Join(sub, f.Name()), info.Size(), info.ModTime(), whole})
			}
		}
	}
	return all, nil
}

// isEntry reports whether a file of that name in directory dir is an entry.
func isEntry(dir, name string) bool {
	hash, ok := strings.CutSuffix(name, extension)
	if !ok || len(hash) != 2*sha256.Size || !strings.HasPrefix(hash, dir) {
		return false
	}
	_, err := hex.DecodeString(hash)
	return err == nil
}

// Usage says how many entries there are, and how many bytes they take.
func (c *Cache) Usage() (entries int, size int64, err error) {
	all, err := c.entries()
	for _, e := range all {
		if e.whole {
			entries++
		}
		size += e.size
	}
	return entries, size, err
}

// Clean removes all entries, and the directory if nothing else is in it.
func (c *Cache) Clean() error {
	all, err := c.entries()
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range all {
		errs = append(errs, remove(e.name))
		os.Remove(filepath.Dir(e.name)) // if it is empty
	}
	for _, name := range []string{tag, trimmed} {
		errs = append(errs, remove(filepath.Join(c.dir, name)))
	}
	os.Remove(c.dir)
	return errors.Join(errs...)
}

// remove removes a file that another run may have removed before.
func remove(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// The limits that Trim keeps.
const (
	maxAge       = 10 * 24 * time.Hour // without use
	maxBytes     = 512 << 20
	trimInterval = time.Hour
	trimmed      = "trimmed" // the file whose time says when that was done last
)

// Trim removes what has not been used for long, and then the oldest entries
// until the others are of bounded size. It does nothing if that was done a short
// while ago.
func (c *Cache) Trim(now time.Time) error {
	mark := filepath.Join(c.dir, trimmed)
	if info, err := os.Stat(mark); err == nil && now.Sub(info.ModTime()).Abs() < trimInterval {
		return nil
	}
	if err := os.WriteFile(mark, nil, 0o666); err != nil {
		return err
	}
	if err := os.Chtimes(mark, now, now); err != nil {
		return err
	}
	return c.trim(now, maxBytes)
}

func (c *Cache) trim(now time.Time, limit int64) error {
	all, err := c.entries()
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(b.used.Compare(a.used), strings.Compare(a.name, b.name)) })
	var errs []error
	var kept int64
	for _, e := range all {
		age := now.Sub(e.used)
		switch {
		case !e.whole && age < trimInterval: // it is being written
			continue
		case e.whole && age <= maxAge && kept+e.size <= limit:
			kept += e.size
			continue
		}
		errs = append(errs, remove(e.name))
	}
	return errors.Join(errs...)
}

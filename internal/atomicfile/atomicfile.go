// Package atomicfile writes files wholly or not at all.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write writes content to a file. Whoever reads the file sees what was there
// before or all of content; if Write fails, the file is as it was.
//
// A link is followed, the mode of an existing file is kept, and what is no
// ordinary file, a pipe or a device, is written to as it is.
func Write(name string, content []byte) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	var mode os.FileMode
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a directory", name)
	case err == nil && !info.Mode().IsRegular():
		return os.WriteFile(name, content, 0o666)
	case err == nil:
		// A file that its owner made read-only is not to be replaced,
		// although its directory would allow it.
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		mode = info.Mode().Perm()
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	// os.CreateTemp would make a file that only its owner can read.
	temp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"-"+rand.Text())
	err := writeNew(temp, content, mode)
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		os.Remove(temp)
		return &os.PathError{Op: "write", Path: name, Err: reason(err)}
	}
	return nil
}

// reason takes from an error of this package's system calls what names the file
// that the caller knows nothing of.
func reason(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}

// writeNew writes a file that must not exist, with the given mode or, if that
// is 0, the usual one.
func writeNew(name string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if mode != 0 {
		err = errors.Join(err, f.Chmod(mode))
	}
	return errors.Join(err, f.Close())
}

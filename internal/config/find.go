package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Name is the name of the file.
const Name = ".txlint.yml"

// maxSize bounds the file. One with a row for every call of a large library has
// some ten thousand bytes.
const maxSize = 1 << 20

// Find returns the path of the configuration that holds for a run started in
// dir: the first between the root of its module and that of its repository; ""
// if there is none.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root := above(dir, "go.mod")
	if root == "" {
		root = dir
	}
	// A file that is not read must not lie there in silence.
	for d := dir; d != root; d = filepath.Dir(d) {
		if exists(filepath.Join(d, Name)) {
			return "", &Error{File: filepath.Join(d, Name), Message: fmt.Sprintf("this file is not read: the configuration of a module stands beside its go.mod, in %s, or above it", root)}
		}
	}
	last := above(root, ".git")
	if last == "" {
		last = root
	}
	for d := root; ; d = filepath.Dir(d) {
		if file := filepath.Join(d, Name); exists(file) {
			return file, nil
		}
		if other := filepath.Join(d, ".txlint.yaml"); exists(other) {
			return "", &Error{File: other, Message: "this file is not read: it must be called " + Name}
		}
		if d == last || d == filepath.Dir(d) {
			return "", nil
		}
	}
}

// above returns the first directory from dir upwards that has an entry of the
// given name, "" if none has.
func above(dir, name string) string {
	for {
		if exists(filepath.Join(dir, name)) {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// Load reads the configuration in a file.
func Load(name string, spec Spec) (*Config, error) {
	data, err := read(name)
	if err != nil {
		return nil, &Error{File: name, Message: err.Error()}
	}
	return Decode(name, data, spec)
}

// read returns the content of a file that can be a configuration.
func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, errors.New("this is a directory, not a configuration")
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("this file has more than %d bytes: it is no configuration", maxSize)
	}
	return data, nil
}

// reason takes the name of the file off an error: it stands before the message.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("cannot be read: %w", path.Err)
	}
	return err
}

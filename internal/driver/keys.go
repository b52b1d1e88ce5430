package driver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/cache"
)

// Results of earlier runs are kept in a cache. What is found of a package, and
// the facts that it exports, depend on
//
//   - the program, and how it is configured,
//   - what the go command says about the package,
//   - the content of its files,
//   - the types of what it imports, and the facts about these,
//
// and its key is a hash of all that. Packages of other modules cannot change
// unnoticed, so for them the compiler's output, of which the go command gives
// the hash, stands for the content of files. The files of the user's own modules
// are read: somebody may be writing them at this moment.

// A keyer computes keys.
type keyer struct {
	base    string // the program and its configuration
	results *results
	exports map[string]string
}

// errNotKept says that nothing can be kept of a package that does not build.
var errNotKept = errors.New("the package does not build")

// key returns the key of u. Those of the units that it imports were computed.
func (k *keyer) key(u *unit, byPackage map[*packages.Package]*unit) (cache.Key, error) {
	pkg := u.pkg
	if pkg.ExportFile == "" || len(pkg.Errors) > 0 {
		return cache.Key{}, errNotKept
	}
	h := fields{sha256.New()}
	h.add(k.base, pkg.ID, pkg.Name, pkg.PkgPath, pkg.ForTest, fmt.Sprint(pkg.TypesSizes), describeModule(pkg.Module))
	for _, files := range [][]string{pkg.GoFiles, pkg.OtherFiles, pkg.IgnoredFiles, pkg.CompiledGoFiles} {
		h.add(fmt.Sprint(len(files)))
		h.add(files...)
	}
	if isOwn(pkg) {
		for _, name := range pkg.CompiledGoFiles {
			sum, err := k.fileSum(name)
			if err != nil {
				return cache.Key{}, err
			}
			h.Write(sum[:])
		}
	}
	id, err := k.exportID(pkg.ExportFile)
	if err != nil {
		return cache.Key{}, err
	}
	h.add(id)
	for _, path := range slices.Sorted(maps.Keys(pkg.Imports)) {
		imp := pkg.Imports[path]
		h.add(path, imp.ID)
		if dep := byPackage[imp]; dep != nil {
			key, ok := k.results.keys[dep]
			if !ok {
				return cache.Key{}, errNotKept
			}
			h.Write(key[:])
		} else if imp.PkgPath != "unsafe" {
			id, err := k.exportID(imp.ExportFile)
			if err != nil {
				return cache.Key{}, err
			}
			h.add(id)
		}
	}
	return cache.Key(h.Sum(nil)), nil
}

// fields is a hash of strings, of which each keeps to itself.
type fields struct{ hash.Hash }

func (f fields) add(all ...string) {
	for _, s := range all {
		fmt.Fprintf(f, "%d:", len(s))
		io.WriteString(f, s)
	}
}

func describeModule(m *packages.Module) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%q %q %t %q %q (%s)", m.Path, m.Version, m.Main, m.Dir, m.GoVersion, describeModule(m.Replace))
}

// fileSum returns the checksum of a file.
func (k *keyer) fileSum(name string) ([sha256.Size]byte, error) {
	if sum, ok := k.results.sums[name]; ok {
		return sum, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	sum := sha256.Sum256(content)
	k.results.sums[name] = sum
	return sum, nil
}

// exportID returns what stands for the content of an export file. In the go
// command's cache a file is named by the hash of its content.
func (k *keyer) exportID(name string) (string, error) {
	if name == "" {
		return "", errNotKept
	}
	if id, ok := k.exports[name]; ok {
		return id, nil
	}
	id, ok := strings.CutSuffix(filepath.Base(name), "-d")
	if hash, err := hex.DecodeString(id); !ok || err != nil || len(hash) != sha256.Size {
		sum, err := fileHash(name)
		if err != nil {
			return "", err
		}
		id = sum
	}
	k.exports[name] = id
	return id, nil
}

// fileHash returns the hash of a file of any size.
func fileHash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// programHash returns the hash of this program.
var programHash = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return fileHash(path)
})

// flagDigest describes the rules that run and the values of all flags of them
// and of what they require.
func flagDigest(rules []*analysis.Analyzer, off map[*analysis.Analyzer]bool) string {
	h := fields{sha256.New()}
	for _, rule := range rules {
		h.add(rule.Name)
	}
	for _, a := range requiredFirst(rules, off) {
		h.add(a.Name)
		a.Flags.VisitAll(func(f *flag.Flag) { h.add(f.Name, f.Value.String()) })
	}
	return hex.EncodeToString(h.Sum(nil))
}

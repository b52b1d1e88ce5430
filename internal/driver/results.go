package driver

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/txlint/txlint/internal/cache"
	"github.com/txlint/txlint/internal/finding"
)

// results are what earlier runs found. The nil results are empty and stay so.
type results struct {
	store  *cache.Cache
	keys   map[*unit]cache.Key // of units of which results can be kept
	sums   map[string][sha256.Size]byte
	log    *logger
	put    atomic.Int64
	broken atomic.Bool // nothing can be put in

	closing sync.RWMutex // held while something is put in
	closed  bool
}

// A record is what is kept of a package.
type record struct {
	reported bool              // the rules ran
	findings []finding.Finding // if they did
	facts    []byte
}

// newResults opens the results that opts names and computes the keys of units.
// config stands for all that the user can set.
func newResults(opts *options, units []*unit, config string, log *logger) *results {
	if opts.cache == "" {
		return nil
	}
	program, err := programHash()
	if err != nil {
		log.printf("no results are kept: %v", err)
		return nil
	}
	r := &results{
		store: cache.Open(opts.cache),
		keys:  make(map[*unit]cache.Key, len(units)),
		sums:  make(map[string][sha256.Size]byte),
		log:   log,
	}
	k := &keyer{base: program + " " + config, results: r, exports: make(map[string]string)}
	byPackage := unitsByPackage(units)
	for _, u := range units { // each after what it imports
		if key, err := k.key(u, byPackage); err == nil {
			r.keys[u] = key
		}
	}
	return r
}

// recall fills in what is known of units, and returns those that the run must
// look at: the roots of which nothing is known, and all below them. Of the latter
// some may be known; their facts are needed.
func (r *results) recall(units []*unit) []*unit {
	needed := make(map[*unit]bool)
	var need func(u *unit)
	need = func(u *unit) {
		if needed[u] {
			return
		}
		needed[u] = true
		if !u.root {
			u.known = r.get(u)
		}
		for _, dep := range u.deps {
			need(dep)
		}
	}
	for _, u := range units {
		if u.root {
			u.known = r.get(u)
		}
	}
	for _, u := range units {
		if u.root && !u.known {
			need(u)
		}
	}
	return slices.DeleteFunc(slices.Clone(units), func(u *unit) bool { return !needed[u] })
}

// get fills in what is known of a unit, and reports whether that is all.
func (r *results) get(u *unit) bool {
	if r == nil {
		return false
	}
	key, ok := r.keys[u]
	if !ok {
		return false
	}
	content, ok := r.store.Get(key)
	if !ok {
		return false
	}
	rec, err := decodeRecord(content)
	if err != nil || u.root && !rec.reported {
		return false
	}
	u.exported = &exportedFacts{encoded: rec.facts}
	if u.root {
		u.findings = rec.findings
	}
	return true
}

// keep puts what was found of a unit into the store, unless it rests on
// something that may be different the next time.
func (r *results) keep(u *unit) {
	if r == nil || r.broken.Load() || u.changed || u.illTyped || len(u.failures) > 0 {
		return
	}
	key, ok := r.keys[u]
	if !ok {
		return
	}
	r.closing.RLock()
	defer r.closing.RUnlock()
	if r.closed {
		return
	}
	content, err := encodeRecord(record{reported: u.root, findings: u.findings, facts: u.exported.encoded})
	if err == nil {
		err = r.store.Put(key, content)
	}
	if err != nil {
		if !r.broken.Swap(true) {
			r.log.printf("results cannot be kept: %v", err)
		}
		return
	}
	r.put.Add(1)
}

// close waits for what is being put in. Nothing is put in afterwards.
func (r *results) close() {
	if r == nil {
		return
	}
	r.closing.Lock()
	defer r.closing.Unlock()
	r.closed = true
}

// finish bounds the size of the store.
func (r *results) finish() {
	if r == nil || r.put.Load() == 0 {
		return
	}
	if err := r.store.Trim(time.Now()); err != nil {
		r.log.printf("old results cannot be removed: %v", err)
	}
}

// sum returns the checksum of a file as it was when the key of its package was
// made, if it was read for that.
func (r *results) sum(name string) (sum [sha256.Size]byte, ok bool) {
	if r != nil {
		sum, ok = r.sums[name]
	}
	return sum, ok
}

// sourcesOf returns what is to be remembered of the files of a unit that was not
// read because its results are known.
func (r *results) sourcesOf(u *unit) map[string]source {
	out := make(map[string]source, len(u.pkg.CompiledGoFiles))
	for _, name := range u.pkg.CompiledGoFiles {
		content, err := os.ReadFile(name)
		if err != nil {
			continue // a file without a source cannot be changed
		}
		sum, ok := r.sum(name)
		if !ok {
			sum = sha256.Sum256(content)
		}
		file, _ := parser.ParseFile(token.NewFileSet(), name, content, parser.PackageClauseOnly|parser.ParseComments)
		out[name] = source{sum: sum, generated: file != nil && ast.IsGenerated(file), foreign: u.foreign()}
	}
	return out
}

// encodeRecord writes a record: whether it is reported, the length of the
// findings, the findings, the facts. Most packages have none of either.
func encodeRecord(rec record) ([]byte, error) {
	var findings bytes.Buffer
	if len(rec.findings) > 0 {
		if err := gob.NewEncoder(&findings).Encode(rec.findings); err != nil {
			return nil, err
		}
	}
	out := []byte{0}
	if rec.reported {
		out[0] = 1
	}
	out = binary.AppendUvarint(out, uint64(findings.Len()))
	return append(append(out, findings.Bytes()...), rec.facts...), nil
}

// decodeRecord reads what encodeRecord wrote.
func decodeRecord(content []byte) (record, error) {
	if len(content) == 0 {
		return record{}, io.ErrUnexpectedEOF
	}
	rec := record{reported: content[0] == 1}
	size, n := binary.Uvarint(content[1:])
	if n <= 0 || size > uint64(len(content)-1-n) {
		return record{}, io.ErrUnexpectedEOF
	}
	rest := content[1+n:]
	if size > 0 {
		if err := gob.NewDecoder(bytes.NewReader(rest[:size])).Decode(&rec.findings); err != nil {
			return record{}, err
		}
	}
	rec.facts = rest[size:]
	return rec, nil
}

// Package baseline keeps what was found when txlint was introduced, so that
// only what is new is reported.
//
// A baseline says how many findings of a rule a file has. That survives moved
// lines, edits and new wording. Where a file has more than that, fingerprints
// tell which of them are the old ones; those that they do not know fill up the
// count, since code around an old finding may have changed.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/txlint/txlint/internal/atomicfile"
)

// version is that of the file's form.
const version = 1

// A Baseline is what a file holds.
type Baseline struct {
	dir     string // the file's; names are relative to it
	entries map[key]entry
}

type key struct{ file, rule string }

// An entry is how many findings of a rule a file has.
type entry struct {
	count  int
	prints []string // sorted
}

// document is the form of the file.
type document struct {
	Version  int    `json:"version"`
	Findings []item `json:"findings"`
}

type item struct {
	File         string   `json:"file"`
	Rule         string   `json:"rule"`
	Count        int      `json:"count"`
	Fingerprints []string `json:"fingerprints"`
}

// New returns an empty baseline for a file of that name.
func New(name string) *Baseline {
	return &Baseline{dir: filepath.Dir(name), entries: make(map[key]entry)}
}

// Read reads a baseline.
func Read(name string) (*Baseline, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var doc document
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	err = dec.Decode(&doc)
	if err == nil && dec.More() {
		err = errors.New("there is something behind its end")
	}
	if err == nil && doc.Version != version {
		err = fmt.Errorf("its version is %d, this program knows %d", doc.Version, version)
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		return nil, fmt.Errorf("%s is no baseline: %w", name, err)
	}
	b := New(name)
	for _, it := range doc.Findings {
		k := key{it.File, it.Rule}
		if _, twice := b.entries[k]; twice || it.File == "" || it.Rule == "" || it.Count <= 0 {
			return nil, fmt.Errorf("%s is no baseline: the entry for %q in %q is wrong or there twice", name, it.Rule, it.File)
		}
		b.entries[k] = entry{it.Count, it.Fingerprints}
	}
	return b, nil
}

// Write writes the baseline to a file of that name, which must lie where it
// was made for. Its form is stable: it is made to be compared and merged.
func (b *Baseline) Write(name string) error {
	doc := document{Version: version, Findings: []item{}}
	for k, e := range b.entries {
		doc.Findings = append(doc.Findings, item{k.file, k.rule, e.count, slices.Sorted(slices.Values(e.prints))})
	}
	slices.SortFunc(doc.Findings, func(x, y item) int { return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Rule, y.Rule)) })
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	return atomicfile.Write(name, out.Bytes())
}

// Len returns the number of findings in the baseline.
func (b *Baseline) Len() int {
	n := 0
	for _, e := range b.entries {
		n += e.count
	}
	return n
}

// A Finding is what a baseline knows of one.
type Finding struct {
	File        string // absolute
	Rule        string
	Fingerprint string
}

// A Run says what a run looked at, for what it did not look at is not gone.
type Run struct {
	Files map[string]bool // absolute names of the files that were analysed
	Rules map[string]bool
}

// name returns a file's name as it stands in the baseline.
func (b *Baseline) name(file string) string {
	if rel, err := filepath.Rel(b.dir, file); err == nil {
		file = rel
	}
	return filepath.ToSlash(file)
}

// sawAll reports whether a run would have found what an entry is about.
func (b *Baseline) sawAll(k key, run Run) bool {
	if !run.Rules[k.rule] {
		return false
	}
	file := filepath.FromSlash(k.file)
	if !filepath.IsAbs(file) {
		file = filepath.Join(b.dir, file)
	}
	if run.Files[file] {
		return true
	}
	_, err := os.Stat(file)
	return errors.Is(err, os.ErrNotExist)
}

// group returns the indexes of findings by file and rule.
func (b *Baseline) group(findings []Finding) map[key][]int {
	groups := make(map[key][]int)
	for i, f := range findings {
		k := key{b.name(f.File), f.Rule}
		groups[k] = append(groups[k], i)
	}
	return groups
}

// Known reports for each finding whether the baseline has it, and how many
// findings of the baseline are gone.
func (b *Baseline) Known(findings []Finding, run Run) (known []bool, gone int) {
	known = make([]bool, len(findings))
	groups := b.group(findings)
	for k, indexes := range groups {
		left := b.entries[k].count
		for _, i := range indexes {
			if left > 0 && slices.Contains(b.entries[k].prints, findings[i].Fingerprint) {
				known[i] = true
				left--
			}
		}
		for _, i := range indexes {
			if left > 0 && !known[i] {
				known[i] = true
				left--
			}
		}
	}
	for k, e := range b.entries {
		if b.sawAll(k, run) {
			gone += max(0, e.count-len(groups[k]))
		}
	}
	return known, gone
}

// Update makes the baseline hold what a run found. What the run did not look at
// stays.
func (b *Baseline) Update(findings []Finding, run Run) {
	for k := range b.entries {
		if b.sawAll(k, run) {
			delete(b.entries, k)
		}
	}
	for k, indexes := range b.group(findings) {
		e := entry{count: len(indexes)}
		for _, i := range indexes {
			e.prints = append(e.prints, findings[i].Fingerprint)
		}
		b.entries[k] = e
	}
}

// Prune takes out what is gone, and adds nothing. It returns the number of
// findings that were taken out.
func (b *Baseline) Prune(findings []Finding, run Run) int {
	before := b.Len()
	groups := b.group(findings)
	for k, e := range b.entries {
		if !b.sawAll(k, run) {
			continue
		}
		var prints []string
		for _, i := range groups[k] {
			if len(groups[k]) <= e.count || slices.Contains(e.prints, findings[i].Fingerprint) {
				prints = append(prints, findings[i].Fingerprint)
			}
		}
		e = entry{min(e.count, len(groups[k])), prints}
		b.entries[k] = e
		if e.count == 0 {
			delete(b.entries, k)
		}
	}
	return before - b.Len()
}

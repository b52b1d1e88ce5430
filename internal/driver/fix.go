package driver

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/txlint/txlint/internal/finding"
)

// A fixPlan is what the fixes of a run come to.
type fixPlan struct {
	files   []fixedFile // sorted by name
	fixed   int         // findings whose fix is part of the plan
	skipped []string    // why fixes were left out, for the user
}

// A fixedFile is a file before and after the fixes.
type fixedFile struct {
	name          string // absolute, free of symbolic links
	mode          os.FileMode
	before, after []byte
}

// planFixes applies the first fix of every finding in memory. A fix that
// overlaps an earlier one is left out as a whole; running the tool again
// offers it again.
func planFixes(out *outcome) (*fixPlan, error) {
	plan := new(fixPlan)
	edits := make(map[string][]finding.Edit)
	for _, f := range out.findings {
		if f.Silent() || len(f.Fixes) == 0 {
			continue
		}
		fix := f.Fixes[0]
		if reason := cmp.Or(fix.Blocked, conflict(edits, fix)); reason != "" {
			plan.skipped = append(plan.skipped, fmt.Sprintf("%s:%d: not fixed: %s", f.Span.File, f.Span.Line, reason))
			continue
		}
		for _, e := range fix.Edits {
			if !slices.Contains(edits[e.File], e) {
				edits[e.File] = append(edits[e.File], e)
			}
		}
		plan.fixed++
	}
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		file, err := fixFile(name, out.sources[name], edits[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w; nothing was changed", name, err)
		}
		plan.files = append(plan.files, file)
	}
	return plan, nil
}

// conflict says why fix does not go together with the edits that were chosen
// before, or returns "".
func conflict(chosen map[string][]finding.Edit, fix finding.Fix) string {
	for i, e := range fix.Edits {
		for _, other := range slices.Concat(chosen[e.File], editsOf(e.File, fix.Edits[:i])) {
			if overlap(e, other) {
				return "it overlaps another fix; run again to apply it"
			}
		}
	}
	return ""
}

func editsOf(file string, edits []finding.Edit) []finding.Edit {
	return slices.DeleteFunc(slices.Clone(edits), func(e finding.Edit) bool { return e.File != file })
}

// overlap reports whether two edits of a file cannot both be made. Equal edits
// can: they are made once, as when two fixes add the same import.
func overlap(a, b finding.Edit) bool {
	if a == b {
		return false
	}
	if a.Start == b.Start {
		// Two insertions: their order would be arbitrary. An insertion in
		// front of a replacement is fine.
		return (a.Start == a.End) == (b.Start == b.End)
	}
	return a.Start < b.End && b.Start < a.End
}

// fixFile applies edits to a file in memory. The file must be as it was when
// it was analysed. The result is formatted if the file was.
func fixFile(name string, src source, edits []finding.Edit) (fixedFile, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fixedFile{}, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return fixedFile{}, err
	}
	before, err := os.ReadFile(real)
	if err != nil {
		return fixedFile{}, err
	}
	if sha256.Sum256(before) != src.sum {
		return fixedFile{}, errors.New("the file has changed since it was analysed")
	}
	after, err := applyEdits(before, edits)
	if err != nil {
		return fixedFile{}, err
	}
	formatted, err := format.Source(after)
	if err != nil {
		return fixedFile{}, fmt.Errorf("the fixed file is not valid Go: %w", err)
	}
	if was, err := format.Source(before); err == nil && bytes.Equal(was, before) {
		after = formatted
	}
	return fixedFile{name: real, mode: info.Mode().Perm(), before: before, after: after}, nil
}

// applyEdits returns content with edits made, which do not overlap.
func applyEdits(content []byte, edits []finding.Edit) ([]byte, error) {
	edits = slices.SortedStableFunc(slices.Values(edits), func(a, b finding.Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var out []byte
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(content) {
			return nil, errors.New("a fix is malformed")
		}
		out = append(out, content[at:e.Start]...)
		out = append(out, e.New...)
		at = e.End
	}
	return append(out, content[at:]...), nil
}

// applyFixes writes the fixes of a run, and reports whether files changed.
func applyFixes(tool Tool, env Env, out *outcome) (changed bool, err error) {
	plan, err := planFixes(out)
	if err != nil {
		return false, err
	}
	reportSkipped(tool, env, plan)
	changed, err = plan.write()
	if err == nil && plan.fixed > 0 {
		fmt.Fprintf(env.Stderr, "%s: fixed %s in %s\n", tool.Name, count(plan.fixed, "finding"), count(len(plan.files), "file"))
	}
	return changed, err
}

// write changes the files, and reports whether it changed any. If one cannot be
// written, none is: all are written beside their targets first, and moved over
// them when everything is on disk.
func (plan *fixPlan) write() (changed bool, err error) {
	staged := make([]string, 0, len(plan.files))
	defer func() {
		for _, name := range staged {
			os.Remove(name) // those that were moved are gone
		}
	}()
	for _, file := range plan.files {
		name, err := stage(file)
		if err != nil {
			return false, fmt.Errorf("cannot write fixes: %w; nothing was changed", err)
		}
		staged = append(staged, name)
	}
	for i, file := range plan.files {
		if err := os.Rename(staged[i], file.name); err != nil {
			return i > 0, fmt.Errorf("cannot write fixes: %w", err)
		}
	}
	return len(plan.files) > 0, nil
}

// stage writes the new content of a file beside it and returns the name.
func stage(file fixedFile) (name string, err error) {
	// A file that its owner made read-only is not to be replaced, although
	// its directory would allow it.
	w, err := os.OpenFile(file.name, os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file.name), ".txlint-*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	if _, err := tmp.Write(file.after); err != nil {
		tmp.Close()
		return "", err
	}
	if err := tmp.Close(); err != nil {
		return "", err
	}
	return tmp.Name(), os.Chmod(tmp.Name(), file.mode)
}

// showDiff prints what -fix would change. Findings that have no fix are only
// counted: standard output holds a patch and nothing else.
func showDiff(tool Tool, env Env, out *outcome) error {
	plan, err := planFixes(out)
	if err != nil {
		return err
	}
	reportSkipped(tool, env, plan)
	for _, file := range plan.files {
		name := filepath.ToSlash(shortPath(env.Dir, file.name))
		if _, err := fmt.Fprint(env.Stdout, unifiedDiff("a/"+name, "b/"+name, string(file.before), string(file.after))); err != nil {
			return err
		}
	}
	if rest := countFindings(out.findings) - plan.fixed; rest > 0 {
		fmt.Fprintf(env.Stderr, "%s: %s without a fix\n", tool.Name, count(rest, "finding"))
	}
	return nil
}

func reportSkipped(tool Tool, env Env, plan *fixPlan) {
	for _, reason := range plan.skipped {
		fmt.Fprintf(env.Stderr, "%s: %s\n", tool.Name, shortPath(env.Dir, reason))
	}
}

// count returns "1 noun" or "n nouns".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, strings.TrimSuffix(noun, "s"))
}

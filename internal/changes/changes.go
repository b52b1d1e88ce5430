// Package changes finds out which lines a git repository has changed since a
// revision, and which findings that concerns.
package changes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/txlint/txlint/internal/finding"
)

// A Set is what has changed.
type Set struct {
	files    map[string]*file  // by path without links
	resolved map[string]string // path → path without links
}

// A file is what has changed in one file, in lines of the new version.
type file struct {
	whole   bool    // all of it is new
	added   []lines // not empty
	removed []int   // something was taken out behind this line
}

type lines struct{ first, last int }

// A Repository is where git is asked.
type Repository struct {
	Git     string   // the program
	Dir     string   // a directory of the repository
	Environ []string // for git
}

// git returns what git prints.
func (r Repository) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, r.Git, args...)
	cmd.Dir, cmd.Env = r.Dir, append(r.Environ[:len(r.Environ):len(r.Environ)], "PWD="+r.Dir, "LC_ALL=C")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			return "", errors.New(text)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return stdout.String(), nil
}

// MergeBase returns the commit at which the current one and ref parted.
func (r Repository) MergeBase(ctx context.Context, ref string) (string, error) {
	commit, err := r.commit(ctx, ref)
	if err != nil {
		return "", err
	}
	base, err := r.git(ctx, "merge-base", commit, "HEAD")
	if err != nil {
		return "", r.explain(ctx, fmt.Errorf("%s and the current commit have no common ancestor", ref))
	}
	return strings.TrimSpace(base), nil
}

// commit returns the commit that a revision names.
func (r Repository) commit(ctx context.Context, rev string) (string, error) {
	if _, err := r.git(ctx, "rev-parse", "--git-dir"); err != nil {
		return "", err
	}
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return "", r.explain(ctx, fmt.Errorf("there is no commit %q", rev))
	}
	return strings.TrimSpace(out), nil
}

// beforeFirst returns what stands for the commit before the first, if there is
// none yet: a tree without files. Otherwise it returns the error.
func (r Repository) beforeFirst(ctx context.Context, err error) (string, error) {
	if _, noBranch := r.git(ctx, "symbolic-ref", "HEAD"); noBranch != nil {
		return "", err
	}
	tree, noTree := r.git(ctx, "hash-object", "-t", "tree", "--stdin")
	if noTree != nil {
		return "", err
	}
	return strings.TrimSpace(tree), nil
}

// explain adds to an error that the repository may lack what was looked for.
func (r Repository) explain(ctx context.Context, err error) error {
	if shallow, _ := r.git(ctx, "rev-parse", "--is-shallow-repository"); strings.TrimSpace(shallow) == "true" {
		return fmt.Errorf("%w; the repository is a shallow clone: fetch more of its history", err)
	}
	return err
}

// Since returns what the working tree has changed since a revision, files that
// git does not know yet and does not ignore included.
func (r Repository) Since(ctx context.Context, rev string) (*Set, error) {
	commit, err := r.commit(ctx, rev)
	if err != nil && rev == "HEAD" {
		commit, err = r.beforeFirst(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	top, err := r.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	r.Dir = filepath.FromSlash(strings.TrimSuffix(top, "\n"))
	// Every setting that changes the form of a diff is overridden.
	diff, err := r.git(ctx, "-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative",
		"--find-renames", "--ignore-submodules", "--inter-hunk-context=0", "--unified=0", "--src-prefix=a/", "--dst-prefix=b/", commit, "--")
	if err != nil {
		return nil, err
	}
	untracked, err := r.git(ctx, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	s := &Set{files: make(map[string]*file), resolved: make(map[string]string)}
	changed, err := parse(diff)
	if err != nil {
		return nil, fmt.Errorf("cannot read what git diff prints: %w", err)
	}
	for name, f := range changed {
		s.files[s.resolve(filepath.Join(r.Dir, filepath.FromSlash(name)))] = f
	}
	for name := range strings.SplitSeq(untracked, "\x00") {
		if name != "" {
			s.files[s.resolve(filepath.Join(r.Dir, filepath.FromSlash(name)))] = &file{whole: true}
		}
	}
	return s, nil
}

// resolve returns a path without links, or the path if there is no such file.
func (s *Set) resolve(path string) string {
	if real, ok := s.resolved[path]; ok {
		return real
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	s.resolved[path] = real
	return real
}

// Touches reports whether a finding may be due to the changes: a line of it or
// of a step that leads to it is new, or something was taken out between its
// first and its last line, such as a deferred rollback.
func (s *Set) Touches(f finding.Finding) bool {
	spans := []finding.Span{f.Span}
	for _, rel := range f.Related {
		spans = append(spans, rel.Span)
	}
	extent := make(map[*file]lines)
	for _, span := range spans {
		changed := s.files[s.resolve(span.File)]
		if changed == nil {
			continue
		}
		at := lines{span.Line, max(span.Line, span.EndLine)}
		if changed.whole || changed.adds(at) {
			return true
		}
		if e, ok := extent[changed]; ok {
			at = lines{min(at.first, e.first), max(at.last, e.last)}
		}
		extent[changed] = at
	}
	for changed, at := range extent {
		for _, line := range changed.removed {
			if at.first <= line && line < at.last {
				return true
			}
		}
	}
	return false
}

func (f *file) adds(at lines) bool {
	for _, l := range f.added {
		if l.first <= at.last && at.first <= l.last {
			return true
		}
	}
	return false
}

// parse reads a diff without context. Lines of a hunk are counted, not looked
// at: they may look like anything.
func parse(diff string) (map[string]*file, error) {
	files := make(map[string]*file)
	var current *file
	skip := 0
	for line := range strings.Lines(diff) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, `\ `): // no newline at the end of the file
		case skip > 0:
			skip--
		case strings.HasPrefix(line, "diff "):
			current = nil
		case strings.HasPrefix(line, "+++ "):
			name, err := newName(strings.TrimPrefix(line, "+++ "))
			if err != nil {
				return nil, err
			}
			if name != "" {
				current = new(file)
				files[name] = current
			}
		case strings.HasPrefix(line, "@@ "):
			before, after, err := hunk(line)
			if err != nil {
				return nil, err
			}
			skip = before.count + after.count
			switch {
			case current == nil: // the file is gone
			case after.count > 0:
				current.added = append(current.added, lines{after.start, after.start + after.count - 1})
			default:
				current.removed = append(current.removed, after.start)
			}
		}
	}
	return files, nil
}

// newName returns the name behind +++, or "" if the file is gone.
func newName(text string) (string, error) {
	text = strings.TrimSuffix(text, "\t") // git ends names with spaces so
	if strings.HasPrefix(text, `"`) {
		unquoted, err := strconv.Unquote(text)
		if err != nil {
			return "", fmt.Errorf("a name: %s", text)
		}
		text = unquoted
	}
	if text == "/dev/null" {
		return "", nil
	}
	name, ok := strings.CutPrefix(text, "b/")
	if !ok {
		return "", fmt.Errorf("a name: %s", text)
	}
	return name, nil
}

// A part is one side of a hunk.
type part struct{ start, count int }

// hunk reads a line like "@@ -12,3 +12,4 @@".
func hunk(line string) (before, after part, err error) {
	fields := strings.Fields(line)
	bad := fmt.Errorf("a hunk: %s", line)
	if len(fields) < 4 {
		return part{}, part{}, bad
	}
	before, ok1 := partOf(fields[1], "-")
	after, ok2 := partOf(fields[2], "+")
	if !ok1 || !ok2 {
		return part{}, part{}, bad
	}
	return before, after, nil
}

func partOf(text, sign string) (part, bool) {
	text, ok := strings.CutPrefix(text, sign)
	start, count, hasCount := strings.Cut(text, ",")
	p := part{count: 1}
	var err1, err2 error
	p.start, err1 = strconv.Atoi(start)
	if hasCount {
		p.count, err2 = strconv.Atoi(count)
	}
	return p, ok && err1 == nil && err2 == nil
}

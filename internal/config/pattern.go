package config

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// A Pattern says which paths are left out: those that match it, and all below
// them. It is relative to the directory of the configuration and written with
// slashes. A star stands for any part of a name, two for any number of
// directories.
type Pattern struct {
	Text     string
	segments []string
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	if path.IsAbs(text) || filepath.IsAbs(text) {
		return Pattern{}, fmt.Errorf("%q is absolute: want a path below the directory of the configuration", text)
	}
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(text, "./"), "/"), "/")
	for _, s := range segments {
		switch {
		case s == "" || s == ".":
			return Pattern{}, fmt.Errorf("%q leaves out nothing: it has an empty name in it", text)
		case s == "..":
			return Pattern{}, fmt.Errorf("%q leaves the directory of the configuration", text)
		case s != "**" && strings.Contains(s, "**"):
			return Pattern{}, fmt.Errorf("%q: ** stands for directories, alone between slashes", text)
		}
		if _, err := path.Match(s, ""); err != nil {
			return Pattern{}, fmt.Errorf("%q: %q is no pattern for names", text, s)
		}
	}
	return Pattern{text, segments}, nil
}

// Matches reports whether a file, relative to the directory of the configuration
// and written with slashes, is left out.
func (p Pattern) Matches(file string) bool {
	return matches(p.segments, strings.Split(file, "/"))
}

// matches reports whether the pattern matches the beginning of the names. The
// position after each part is remembered, so that many ** cost no more than
// their number times that of the names.
func matches(pattern, names []string) bool {
	reached := make([]bool, len(names)+1)
	reached[0] = true
	for _, part := range pattern {
		next := make([]bool, len(names)+1)
		for i, ok := range reached {
			if !ok {
				continue
			}
			if part == "**" {
				for j := i; j <= len(names); j++ {
					next[j] = true
				}
				break
			}
			if i < len(names) {
				if ok, err := path.Match(part, names[i]); ok && err == nil {
					next[i+1] = true
				}
			}
		}
		reached = next
	}
	for i := 1; i < len(reached); i++ {
		if reached[i] {
			return true
		}
	}
	return false
}

// Regexp returns the pattern as a regular expression over the names of files.
func (p Pattern) Regexp() string {
	var b strings.Builder
	b.WriteString("^")
	for i, s := range p.segments {
		last := i == len(p.segments)-1
		switch {
		case s == "**" && last:
			b.WriteString(".+")
		case s == "**":
			b.WriteString("(.+/)?")
		default:
			b.WriteString(segmentRegexp(s))
			if !last {
				b.WriteString("/")
			}
		}
	}
	return b.String() + "(/|$)"
}

// segmentRegexp returns the pattern of one name as a regular expression.
func segmentRegexp(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '*':
			b.WriteString("[^/]*")
		case '?':
			b.WriteString("[^/]")
		case '[':
			end := i + 1 + strings.IndexByte(s[i+1:], ']')
			b.WriteString(s[i : end+1])
			i = end
		case '\\':
			i++
			b.WriteString(regexp.QuoteMeta(s[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(s[i : i+1]))
		}
	}
	return b.String()
}

// Excludes reports whether the file with the given absolute name is left out.
func (c *Config) Excludes(file string) bool {
	if c == nil || len(c.Exclude) == 0 {
		return false
	}
	rel, err := filepath.Rel(filepath.Dir(c.File), file)
	if err != nil || !filepath.IsLocal(rel) {
		return false
	}
	rel = filepath.ToSlash(rel)
	for _, p := range c.Exclude {
		if p.Matches(rel) {
			return true
		}
	}
	return false
}

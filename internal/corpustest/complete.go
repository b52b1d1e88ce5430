package corpustest

import (
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
)

// longest is how long a message may be that somebody reads in one line.
const longest = 240

// ownLine matches what a message says of a place in the same file.
var ownLine = regexp.MustCompile(`\bline (\d+)`)

// CheckComplete checks that a diagnostic of the rule has all that drivers and
// editors show: positions inside the package, a path, texts that can be read in
// one line. Every line that the message names must be one that it points at.
func CheckComplete(t testing.TB, d Diagnostic, rule *analysis.Analyzer) {
	t.Helper()
	errorf := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: "+format, append([]any{d}, args...)...)
	}
	fset := d.Package.Fset
	inPackage := func(pos token.Pos) bool {
		return slices.ContainsFunc(d.Package.GoFiles, func(name string) bool { return pos.IsValid() && fset.Position(pos).Filename == name })
	}
	if d.Category != rule.Name {
		errorf("category %q", d.Category)
	}
	if d.URL != rule.URL {
		errorf("URL %q", d.URL)
	}
	if !inPackage(d.Pos) || !inPackage(d.End) || d.End <= d.Pos {
		errorf("it is at no place of the package")
	}
	if len(d.Related) == 0 {
		errorf("no path")
	}
	lines := map[string]bool{strconv.Itoa(fset.Position(d.Pos).Line): true}
	for _, r := range d.Related {
		if !inPackage(r.Pos) || r.End.IsValid() && (r.End < r.Pos || !inPackage(r.End)) {
			errorf("%s: at no place of the package", r.Message)
		}
		if fset.Position(r.Pos).Filename == fset.Position(d.Pos).Filename {
			lines[strconv.Itoa(fset.Position(r.Pos).Line)] = true
		}
		if problem := unreadable(r.Message); problem != "" {
			errorf("%q: %s", r.Message, problem)
		}
	}
	if problem := unreadable(d.Finding.Message); problem != "" {
		errorf("%s", problem)
	}
	for _, m := range ownLine.FindAllStringSubmatch(d.Finding.Message, -1) {
		if !lines[m[1]] {
			errorf("it points at no line %s", m[1])
		}
	}
}

// unreadable says what is wrong with a text, "" if nothing is.
func unreadable(text string) string {
	switch {
	case text == "":
		return "no text"
	case strings.Join(strings.Fields(text), " ") != text:
		return "needless space"
	case len(text) > longest:
		return "too long to read: " + strconv.Itoa(len(text))
	case strings.HasSuffix(text, ".") || strings.HasSuffix(text, ":"):
		return "cut off"
	case strings.Contains(text, "%!"):
		return "a bad format"
	}
	return ""
}

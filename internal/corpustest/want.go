package corpustest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/scanner"
)

// A Want is one expectation of the corpus: on this line, a finding whose
// message the pattern matches.
type Want struct {
	File    string // relative to testdata, with slashes
	Line    int
	Rule    string // the analyzer's name; empty if any will do
	Pattern *regexp.Regexp
}

func (w Want) String() string {
	if w.Rule != "" {
		return fmt.Sprintf("%s:%d: %s: %q", w.File, w.Line, w.Rule, w.Pattern)
	}
	return fmt.Sprintf("%s:%d: %q", w.File, w.Line, w.Pattern)
}

// accepts reports whether the finding fulfils the expectation.
func (w Want) accepts(f Finding) bool {
	return w.File == f.File && w.Line == f.Line &&
		(w.Rule == "" || w.Rule == f.Rule) &&
		w.Pattern.MatchString(f.Message)
}

// Wants returns the expectations below the given prefixes.
func Wants(t testing.TB, prefixes ...string) []Want {
	t.Helper()
	root := Dir(t)
	var wants []Want
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file := relative(root, path)
		if !matches(file, prefixes) {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		ws, err := ParseWants(file, src)
		wants = append(wants, ws...)
		return err
	})
	if err != nil {
		t.Fatalf("reading expectations: %v", err)
	}
	return wants
}

// ParseWants returns the expectations in one Go file.
func ParseWants(file string, src []byte) ([]Want, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var wants []Want
	for _, group := range f.Comments {
		for _, c := range group.List {
			text, ok := wantText(c.Text)
			if !ok {
				continue
			}
			line := fset.Position(c.Pos()).Line
			ws, err := parseWantList(text)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %v", file, line, err)
			}
			for _, w := range ws {
				w.File, w.Line = file, line
				wants = append(wants, w)
			}
		}
	}
	return wants, nil
}

// wantText returns what follows "want" in a comment. The word may come first
// or, so that a directive can have an expectation too, after a second "//".
func wantText(comment string) (string, bool) {
	text, isLine := strings.CutPrefix(comment, "//")
	if !isLine {
		return "", false
	}
	if _, after, found := strings.Cut(text, "// want "); found {
		return after, true
	}
	return strings.CutPrefix(strings.TrimLeft(text, " \t"), "want ")
}

// parseWantList parses `"re" rule:"re" …`.
func parseWantList(text string) ([]Want, error) {
	var (
		s    scanner.Scanner
		list []Want
		bad  error
	)
	s.Init(strings.NewReader(text))
	s.Mode = scanner.ScanIdents | scanner.ScanStrings | scanner.ScanRawStrings
	s.Error = func(_ *scanner.Scanner, msg string) { bad = fmt.Errorf("want: %s", msg) }

	for tok := s.Scan(); tok != scanner.EOF; tok = s.Scan() {
		var w Want
		if tok == scanner.Ident {
			w.Rule = s.TokenText()
			if s.Scan() != ':' {
				return nil, fmt.Errorf("want: %q is not followed by a colon and a pattern", w.Rule)
			}
			tok = s.Scan()
		}
		if bad != nil {
			return nil, bad
		}
		if tok != scanner.String && tok != scanner.RawString {
			return nil, fmt.Errorf("want: got %q, not a quoted pattern", s.TokenText())
		}
		quoted, err := strconv.Unquote(s.TokenText())
		if err != nil {
			return nil, fmt.Errorf("want: %s: %v", s.TokenText(), err)
		}
		if w.Pattern, err = regexp.Compile(quoted); err != nil {
			return nil, fmt.Errorf("want: %v", err)
		}
		list = append(list, w)
	}
	if bad != nil {
		return nil, bad
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("want: no pattern")
	}
	return list, nil
}

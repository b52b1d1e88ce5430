package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"

	"github.com/txlint/txlint/internal/enclosing"
	"github.com/txlint/txlint/internal/finding"
)

// Fingerprints returns one fingerprint for each finding. It stays the same
// while code moves up and down around the finding and while messages are
// worded anew, and no two findings of a report have the same.
//
// It covers the rule, the file, the function, the text of the line and that of
// the first step's (as a rule the begin: "return err" alone says little), and
// how many findings that agree in all this come before.
func (r *Report) Fingerprints() []string {
	count := make(map[string]int)
	out := make([]string, 0, len(r.Findings))
	for _, f := range r.Findings {
		file := f.Span.File
		parts := []string{
			f.Rule, f.Category, Valid(r.RootPath(file)),
			functionAt(r.Sources.functions(file), f.Span.Line),
			OneLine(r.Sources.Line(file, f.Span.Line)),
		}
		if len(f.Related) > 0 {
			first := f.Related[0].Span
			parts = append(parts, OneLine(r.Sources.Line(first.File, first.Line)))
		}
		key := strings.Join(parts, "\x00")
		out = append(out, hash(key+"\x00"+strconv.Itoa(count[key])))
		count[key]++
	}
	return out
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// A function is where a declared function stands.
type function struct {
	name        string
	first, last int // lines
}

// functionsOf returns the functions that a file declares. A file that does not
// parse may have fewer.
func functionsOf(name, content string) []function {
	fset := token.NewFileSet()
	file, _ := parser.ParseFile(fset, name, content, parser.SkipObjectResolution)
	if file == nil {
		return nil
	}
	var all []function
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			// Not the adjusted position: what is looked up are lines of the file.
			line := func(p token.Pos) int { return fset.PositionFor(p, false).Line }
			name := fn.Name.Name
			if fn.Recv != nil {
				name = enclosing.Receiver(fn) + "." + name
			}
			all = append(all, function{name, line(fn.Pos()), line(fn.End())})
		}
	}
	return all
}

// functionAt returns the name of the function around a line, or "".
func functionAt(functions []function, line int) string {
	for _, fn := range functions {
		if fn.first <= line && line <= fn.last {
			return fn.name
		}
	}
	return ""
}

// FunctionLine returns the line on which the declared function begins that a
// position lies in, or 0.
func (s *Sources) FunctionLine(at finding.Span) int {
	for _, fn := range s.functions(at.File) {
		if fn.first <= at.Line && at.Line <= fn.last {
			return fn.first
		}
	}
	return 0
}

// functions returns the functions that a file declares.
func (s *Sources) functions(name string) []function {
	f := s.file(name)
	if !f.parsed {
		f.functions, f.parsed = functionsOf(name, f.content), true
	}
	return f.functions
}

// Category returns a finding's category, which defaults to its rule.
func Category(f finding.Finding) string { return cmp.Or(f.Category, f.Rule) }

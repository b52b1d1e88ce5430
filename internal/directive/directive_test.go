package directive

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		comment string
		want    Directive
	}{
		{"//txlint:ignore earlyreturn it is so", Directive{Form: Ignore, Text: "//txlint:ignore", Rules: []string{"earlyreturn"}, Reason: "it is so"}},
		{"//txlint:ignore a,b  why // for people", Directive{Form: Ignore, Text: "//txlint:ignore", Rules: []string{"a", "b"}, Reason: "why"}},
		{"//txlint:ignore\ta\twhy", Directive{Form: Ignore, Text: "//txlint:ignore", Rules: []string{"a"}, Reason: "why"}},
		{"//txlint:ignore a // why", Directive{Form: Ignore, Text: "//txlint:ignore", Rules: []string{"a"}}},
		{"//txlint:ignore", Directive{Form: Ignore, Text: "//txlint:ignore"}},
		{"//txlint:ignore a see https://example.com", Directive{Form: Ignore, Text: "//txlint:ignore", Rules: []string{"a"}, Reason: "see https://example.com"}},
		{"//txlint:file-ignore nplusone/read seeder", Directive{Form: FileIgnore, Text: "//txlint:file-ignore", Rules: []string{"nplusone/read"}, Reason: "seeder"}},
		{"//txlint:ingore a b", Directive{Form: Unknown, Text: "//txlint:ingore", Rules: []string{"a"}, Reason: "b"}},
		{"//nolint", Directive{Form: NoLint, Text: "//nolint"}},
		{"//nolint all of it", Directive{Form: NoLint, Text: "//nolint"}},
		{"// nolint:txlint", Directive{Form: NoLint, Text: "//nolint", Rules: []string{"txlint"}}},
		{"//nolint:errcheck, earlyreturn // why", Directive{Form: NoLint, Text: "//nolint", Rules: []string{"errcheck", "earlyreturn"}}},
		{"//nolint:earlyreturn//why", Directive{Form: NoLint, Text: "//nolint", Rules: []string{"earlyreturn"}}},
	} {
		d, ok := parse(&ast.Comment{Slash: 1, Text: test.comment})
		if assert.True(t, ok, test.comment) {
			test.want.Pos, test.want.End = 1, token.Pos(1+len(test.comment))
			assert.Equal(t, test.want, *d, test.comment)
		}
	}
	for _, comment := range []string{"// txlint:ignore a b", "//nolinter", "//nolint:", "/* nolint */", "// about //nolint"} {
		_, ok := parse(&ast.Comment{Slash: 1, Text: comment})
		assert.False(t, ok, comment)
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		d              Directive
		rule, category string
		want           bool
	}{
		{Directive{Rules: []string{"nplusone"}}, "nplusone", "nplusone/read", true},
		{Directive{Rules: []string{"nplusone/read"}}, "nplusone", "nplusone/read", true},
		{Directive{Rules: []string{"nplusone/write"}}, "nplusone", "nplusone/read", false},
		{Directive{Rules: []string{"all"}}, "nplusone", "", true},
		{Directive{Rules: []string{"txlint"}, Form: NoLint}, "nplusone", "", true},
		{Directive{Form: NoLint}, "nplusone", "", true},
		{Directive{Form: Ignore}, "nplusone", "", false},
		{Directive{Form: Unknown, Rules: []string{"nplusone"}}, "nplusone", "", false},
		{Directive{Form: NoLint, Rules: []string{"errcheck"}}, "nplusone", "", false},
	} {
		assert.Equal(t, test.want, test.d.Holds(test.rule, test.category), "%+v", test)
	}
}

// Lines with a letter in a comment at their end must be covered by the
// directives of that letter, and by no others.
const scopes = `package p

//txlint:ignore A whole function
func f() { // A
	g() // A
} // A

// Documented.
//txlint:ignore B with more comments around
// Still.
func g() int { // B
	return 1 // B
} // B

func h(x int) {
	g() //txlint:ignore C behind code C
	// Another comment.
	g()
	//txlint:ignore D a statement
	if x > 0 { // D
		g() // D
	} else { // D
		g() // D
	} // D
	g()
	//txlint:ignore E one
	//txlint:ignore F two
	g( // E F
		1, // E F
	) // E F
	switch {
	//txlint:ignore G a case
	case x > 1: // G
		g() // G
	case x > 2:
		g()
		//txlint:ignore H at the end of a block
	} // H
	g()
} //txlint:ignore I behind a brace I

type t struct {
	//txlint:ignore J a field
	f func() // J
	g int
}
`

func TestScopes(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", scopes, parser.ParseComments)
	require.NoError(t, err)
	set := Read(fset, []*ast.File{file})
	assert.Len(t, set.All, 10)
	handle := fset.File(file.FileStart)
	for i, text := range strings.Split(strings.TrimSuffix(scopes, "\n"), "\n") {
		var want, got []string
		if strings.HasPrefix(strings.TrimSpace(text), "//") {
			continue // what holds for comments does not matter
		}
		if at := strings.LastIndex(text, "// "); at >= 0 {
			want = strings.Fields(text[at+3:])
		} else if _, behind, ok := strings.Cut(text, "//txlint:ignore "); ok {
			want = strings.Fields(behind)[:1]
		}
		for letter := 'A'; letter <= 'J'; letter++ {
			if len(set.About(string(letter), "", handle.LineStart(i+1))) > 0 {
				got = append(got, string(letter))
			}
		}
		assert.Equal(t, want, got, "line %d: %s", i+1, text)
	}
}

func TestFileIgnore(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	one, err := parser.ParseFile(fset, "one.go", "package p\n\nvar x int\n\n//txlint:file-ignore a because\n", parser.ParseComments)
	require.NoError(t, err)
	two, err := parser.ParseFile(fset, "two.go", "package p\n", parser.ParseComments)
	require.NoError(t, err)
	set := Read(fset, []*ast.File{one, two})
	assert.Len(t, set.About("a", "", one.FileStart), 1)
	assert.Empty(t, set.About("a", "", two.FileStart))
	assert.Empty(t, set.About("b", "", one.FileStart))
	assert.Empty(t, set.About("a", "", token.NoPos))
}

// honored runs a rule that reports at the given lines, the first step of each
// finding at the other line, over source.
func honored(t *testing.T, source string, at map[int]int, category string, fails error) ([]int, *Result) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	require.NoError(t, err)
	handle := fset.File(file.FileStart)
	rule := Honor(&analysis.Analyzer{Name: "a", Run: func(pass *analysis.Pass) (any, error) {
		for line, step := range at {
			d := analysis.Diagnostic{Pos: handle.LineStart(line), Category: category}
			if step > 0 {
				d.Related = []analysis.RelatedInformation{{Pos: handle.LineStart(step)}, {Pos: handle.LineStart(1)}}
			}
			pass.Report(d)
		}
		return nil, fails
	}})
	var lines []int
	result, err := rule.Run(&analysis.Pass{
		Analyzer: rule, Fset: fset, Files: []*ast.File{file},
		Report:   func(d analysis.Diagnostic) { lines = append(lines, handle.Line(d.Pos)) },
		ResultOf: map[*analysis.Analyzer]any{Analyzer: Read(fset, []*ast.File{file})},
	})
	assert.Equal(t, fails, err)
	return lines, result.(*Result)
}

func TestHonor(t *testing.T) {
	t.Parallel()
	const source = "package p //nolint\n\nvar a int //txlint:ignore a why\nvar b int\nvar c int\n"
	lines, result := honored(t, source, map[int]int{3: 0}, "a", nil)
	assert.Empty(t, lines)
	assert.True(t, result.Done)
	assert.Len(t, result.used, 1)

	lines, _ = honored(t, source, map[int]int{5: 3}, "a", nil)
	assert.Empty(t, lines, "held back at its first step")
	lines, result = honored(t, source, map[int]int{5: 4}, "a", nil)
	assert.Equal(t, []int{5}, lines, "a later step does not count")
	assert.Empty(t, result.used)
	lines, result = honored(t, source, map[int]int{3: 0}, "a/silent", nil)
	assert.Equal(t, []int{3}, lines)
	assert.Empty(t, result.used)

	_, result = honored(t, source, nil, "a", errors.New("failed"))
	assert.False(t, result.Done, "who has failed knows nothing of what is unused")
}

// FuzzRead wants of whatever source that names in directives are names, that a
// directive holds at its own line for the rules that it names and for no others,
// and that it holds nowhere above that line or in another file.
func FuzzRead(f *testing.F) {
	for _, body := range []string{
		scopes, "package p", "package p //nolint", "//txlint:file-ignore a b\npackage p\n//txlint:ignore a,,b,\tc why // not\nvar x = `//nolint:a`",
		"package p\nfunc f() { //nolint:a , b c//d\n/* //nolint */ }", "package p\n//line x.go:7\n//nolint:all\nvar (\nx = 1\n)", "package p\nfunc f() {\n//txlint:ignore a\nif {",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, source string) {
		fset := token.NewFileSet()
		file, _ := parser.ParseFile(fset, "a.go", source, parser.ParseComments|parser.SkipObjectResolution)
		if file == nil {
			return
		}
		other := fset.AddFile("b.go", -1, 10)
		set := Read(fset, []*ast.File{file})
		for _, d := range set.All {
			for _, name := range d.Rules {
				assert.NotContains(t, name, ",")
				assert.Equal(t, strings.TrimSpace(name), name)
				assert.NotEmpty(t, name)
			}
			assert.LessOrEqual(t, d.first, d.last)
			assert.True(t, d.covers(fset, d.Pos))
			if above := d.Pos - token.Pos(fset.PositionFor(d.Pos, false).Column); d.Form != FileIgnore && above >= file.FileStart {
				assert.False(t, d.covers(fset, above), "the end of the line above")
			}
			assert.False(t, d.covers(fset, other.Pos(5)))
			assert.False(t, d.covers(fset, token.NoPos))
			for _, rule := range d.Rules {
				assert.Equal(t, d.Form != Unknown, slices.Contains(set.About(rule, "", d.Pos), d))
			}
			const nobody = "a rule that no directive can name"
			general := d.Form == NoLint && len(d.Rules) == 0 || slices.Contains(d.Rules, All) || slices.Contains(d.Rules, Tool)
			assert.Equal(t, general && d.Form != Unknown, d.Holds(nobody, nobody))
		}
	})
}

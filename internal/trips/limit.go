package trips

import (
	"go/constant"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/tools/go/ssa"
)

// A statedLimit is what a constant says by its name that there are only a few
// of, and in what: the words metric and playbook of MaxMetricsPerPlaybook.
type statedLimit []string

// What says in the name of a constant that it is a limit, and what does not say
// of what.
var (
	limitWords = []string{"max", "maximum", "limit"}
	emptyWords = []string{"count", "number", "num", "size", "allowed", "total", "the", "of", "per", "in", "for"}
)

// statesFew reports whether a constant says that there are only a few elements
// in the collection, a field of some structure: a constant of the package at hand,
// or of that which declares the type of the elements or of the structure, the name
// of which has words of both and no others. What checks that may be anywhere, most
// of all where requests come in.
func (f *flow) statesFew(walked ssa.Value) bool {
	owner, field := fieldOf(walked)
	s, ok := walked.Type().Underlying().(*types.Slice)
	if !ok || owner == nil {
		return false
	}
	what := append(typeWords(s.Elem()), wordsOf(field)...)
	in := typeWords(owner)
	for _, pkg := range []*types.Package{f.a.pass.Pkg, packageOf(s.Elem()), packageOf(owner)} {
		for _, l := range f.a.limitsOf(pkg) {
			if l.hasOf(what) && l.hasOf(in) && l.within(append(what[:len(what):len(what)], in...)) {
				return true
			}
		}
	}
	return false
}

// hasOf reports whether one of the words is one of the limit.
func (l statedLimit) hasOf(words []string) bool {
	return slices.ContainsFunc(l, func(w string) bool { return slices.Contains(words, w) })
}

// within reports whether all words of the limit are among the given.
func (l statedLimit) within(words []string) bool {
	return !slices.ContainsFunc(l, func(w string) bool { return !slices.Contains(words, w) })
}

// packageOf returns the package that declares t or what it points to, nil if none
// does.
func packageOf(t types.Type) *types.Package {
	if n := namedOf(t); n != nil {
		return n.Obj().Pkg()
	}
	return nil
}

// typeWords are the words in the name of t or of what it points to.
func typeWords(t types.Type) []string { return wordsOf(nameOf(t)) }

// fieldOf returns the structure and the name of the field that v is the value of,
// nil if it is none.
func fieldOf(v ssa.Value) (owner types.Type, field string) {
	switch v := v.(type) {
	case *ssa.UnOp:
		if addr, ok := v.X.(*ssa.FieldAddr); ok {
			t := addr.X.Type().Underlying().(*types.Pointer).Elem()
			return t, t.Underlying().(*types.Struct).Field(addr.Field).Name()
		}
	case *ssa.Field:
		t := v.X.Type()
		return t, t.Underlying().(*types.Struct).Field(v.Field).Name()
	}
	return nil, ""
}

// limitsOf lists the limits of a package, which may be nil: whole numbers up to
// [few] of which the name says that no more are allowed.
func (a *solver) limitsOf(pkg *types.Package) []statedLimit {
	if l, ok := a.limits[pkg]; ok || pkg == nil {
		return l
	}
	var out []statedLimit
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok || c.Val().Kind() != constant.Int {
			continue
		}
		if n, exact := constant.Int64Val(c.Val()); !exact || n < 1 || n > few {
			continue
		}
		if l, ok := limitNamed(name); ok {
			out = append(out, l)
		}
	}
	a.limits[pkg] = out
	return out
}

// limitNamed returns what the name of a constant says that it limits.
func limitNamed(name string) (l statedLimit, ok bool) {
	isLimit := false
	for _, w := range wordsOf(name) {
		switch {
		case slices.Contains(limitWords, w):
			isLimit = true
		case !slices.Contains(emptyWords, w):
			l = append(l, w)
		}
	}
	return l, isLimit && len(l) > 0
}

// wordsOf cuts a name into its words, in lower case and in the singular.
func wordsOf(name string) []string {
	var out []string
	letters := []rune(name)
	start := 0
	for i := 1; i <= len(letters); i++ {
		if i < len(letters) && !beginsWord(letters, i) {
			continue
		}
		if w := strings.ToLower(strings.Trim(string(letters[start:i]), "_")); w != "" {
			out = append(out, singular(w))
		}
		start = i
	}
	return out
}

// beginsWord reports whether a word begins at the letter i of a name: after an
// underscore, with a capital after small letters, or with the last capital of
// several before small ones.
func beginsWord(letters []rune, i int) bool {
	if letters[i-1] == '_' || !unicode.IsUpper(letters[i]) {
		return letters[i-1] == '_'
	}
	return !unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])
}

// singular takes the ending of the plural off a word.
func singular(word string) string {
	for _, end := range []string{"xes", "ches", "shes", "sses"} {
		if strings.HasSuffix(word, end) {
			return strings.TrimSuffix(word, "es")
		}
	}
	switch {
	case strings.HasSuffix(word, "ies"):
		return strings.TrimSuffix(word, "ies") + "y"
	case strings.HasSuffix(word, "ss"), len(word) < 4:
		return word
	}
	return strings.TrimSuffix(word, "s")
}

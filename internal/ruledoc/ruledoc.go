// Package ruledoc takes apart the package comment of a rule, which is where
// its documentation stands.
package ruledoc

import "strings"

// Summary returns the text below the "# Analyzer" heading of the package
// comment that the source of a doc.go begins with, without the rule's name.
func Summary(src string) string {
	var out []string
	in := false
	for line := range strings.Lines(src) {
		text, comment := strings.CutPrefix(strings.TrimRight(line, "\n"), "//")
		text = strings.TrimPrefix(text, " ")
		switch {
		case !comment:
			return strings.Join(out, "\n")
		case strings.HasPrefix(text, "# Analyzer"):
			in = true
		case in && (text != "" || len(out) > 0):
			if len(out) == 0 {
				_, text, _ = strings.Cut(text, ": ")
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n")
}

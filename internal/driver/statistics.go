package driver

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// shownGroups is how many groups of a kind the statistics list.
const shownGroups = 10

// printStatistics prints what a run came to: how many findings each rule and
// each package has, and what was looked at.
func printStatistics(w io.Writer, tool Tool, out *outcome, took time.Duration) {
	byRule, byPackage := make(map[string]int), make(map[string]int)
	files := make(map[string]bool)
	n := 0
	for _, f := range out.findings {
		if f.Silent() {
			continue
		}
		n++
		byRule[cmp.Or(f.Category, f.Rule)]++
		byPackage[f.Package]++
		files[f.Span.File] = true
	}
	fmt.Fprintf(w, "%s: %s in %s of %s\n", tool.Name, count(n, "finding"), count(len(files), "file"), count(len(byPackage), "package"))
	fmt.Fprintf(w, "  checked %s, of %d that they need, %d of them by their source; %s\n",
		count(out.looked.roots, "package"), out.looked.all, out.looked.source, took.Round(time.Millisecond))
	printGroups(w, "rule", byRule)
	printGroups(w, "package", byPackage)
}

// printGroups prints the largest groups, the largest first.
func printGroups(w io.Writer, what string, groups map[string]int) {
	if len(groups) == 0 {
		return
	}
	var names []string
	for name := range groups {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(groups[b], groups[a]), strings.Compare(a, b)) })
	fmt.Fprintf(w, "  by %s:\n", what)
	for i, name := range names {
		if i == shownGroups {
			fmt.Fprintf(w, "         and %d more\n", len(names)-i)
			break
		}
		fmt.Fprintf(w, "  %5d  %s\n", groups[name], name)
	}
}

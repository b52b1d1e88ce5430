package driver

import (
	"fmt"
	"slices"
	"strings"
)

// diffContext is the number of unchanged lines around a change.
const diffContext = 3

// A diffLine is a line of a diff: kept (' '), removed ('-') or added ('+').
type diffLine struct {
	op   byte
	text string // with its newline, unless it is the last of a file without one
}

// unifiedDiff returns the difference of two texts in the format of diff -u, or
// "" if they are equal.
func unifiedDiff(oldName, newName, before, after string) string {
	if before == after {
		return ""
	}
	lines := diffLines(splitLines(before), splitLines(after))
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", oldName, newName)
	for start := 0; start < len(lines); {
		first, last, ok := nextHunk(lines, start)
		if !ok {
			break
		}
		writeHunk(&b, lines, first, last)
		start = last
	}
	return b.String()
}

func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// nextHunk returns the range of lines of the next hunk from start on: changes
// that are close enough to share their context.
func nextHunk(lines []diffLine, start int) (first, last int, ok bool) {
	for first = start; first < len(lines) && lines[first].op == ' '; first++ {
	}
	if first == len(lines) {
		return 0, 0, false
	}
	last = first
	for i := first; i < len(lines) && i-last <= 2*diffContext; i++ {
		if lines[i].op != ' ' {
			last = i + 1
		}
	}
	return max(start, first-diffContext), min(len(lines), last+diffContext), true
}

// writeHunk writes lines[first:last].
func writeHunk(b *strings.Builder, lines []diffLine, first, last int) {
	oldStart, newStart := 1, 1
	for _, l := range lines[:first] {
		oldStart += btoi(l.op != '+')
		newStart += btoi(l.op != '-')
	}
	oldCount, newCount := 0, 0
	for _, l := range lines[first:last] {
		oldCount += btoi(l.op != '+')
		newCount += btoi(l.op != '-')
	}
	// An empty side is named by the line before it.
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", oldStart-btoi(oldCount == 0), oldCount, newStart-btoi(newCount == 0), newCount)
	for _, l := range lines[first:last] {
		b.WriteByte(l.op)
		b.WriteString(l.text)
		if !strings.HasSuffix(l.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// diffLines returns a shortest way from a to b, found as Myers describes it in
// "An O(ND) Difference Algorithm and Its Variations" (1986). The cost grows
// with the number of changed lines, which are few when fixes are applied.
//
// A path leads from the start of both texts to their ends: to the right it
// drops a line of a, down it takes a line of b, diagonally it keeps a line of
// both. Diagonal k holds the points with x-y = k.
func diffLines(a, b []string) []diffLine {
	steps := shortestPath(a, b)
	var lines []diffLine // from the end
	x, y := len(a), len(b)
	for d := len(steps) - 1; d >= 0; d-- {
		fromX, fromY := 0, 0
		if d > 0 {
			k := steps[d-1].from(x - y)
			fromX = steps[d-1][k]
			fromY = fromX - k
		}
		for x > fromX && y > fromY {
			x, y = x-1, y-1
			lines = append(lines, diffLine{' ', a[x]})
		}
		switch {
		case x > fromX:
			x--
			lines = append(lines, diffLine{'-', a[x]})
		case y > fromY:
			y--
			lines = append(lines, diffLine{'+', b[y]})
		}
	}
	slices.Reverse(lines)
	return lines
}

// A front says how far the diagonals are reached with a number of changes: the
// largest x on each diagonal.
type front map[int]int

// from returns the diagonal from which a path with one change more best comes
// to diagonal k: from the one above by a drop, from the one below by a take.
func (f front) from(k int) int {
	below, ok := f[k+1]
	above, okAbove := f[k-1]
	if ok && (!okAbove || above < below) {
		return k + 1
	}
	return k - 1
}

// shortestPath returns the fronts for 0, 1, … changes, up to the number with
// which the end of both texts is reached.
func shortestPath(a, b []string) []front {
	var fronts []front
	for d := 0; ; d++ {
		next := make(front, d+1)
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				from := fronts[d-1].from(k)
				x = fronts[d-1][from]
				if from < k {
					x++
				}
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			next[k] = x
		}
		fronts = append(fronts, next)
		if x, ok := next[len(a)-len(b)]; ok && x >= len(a) {
			return fronts
		}
	}
}

package driver

import (
	"fmt"
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

// diffLines returns a shortest way from a to b. What both have at their start
// and end is set aside; the rest is small when a few fixes are applied, so a
// table of longest common subsequences does.
func diffLines(a, b []string) []diffLine {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []diffLine
	add := func(op byte, lines ...string) {
		for _, l := range lines {
			out = append(out, diffLine{op, l})
		}
	}
	add(' ', a[:head]...)
	out = append(out, diffMiddle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	add(' ', a[len(a)-tail:]...)
	return out
}

// diffMiddle compares what is left between equal ends.
func diffMiddle(a, b []string) []diffLine {
	// common[i][j] is the length of the longest common subsequence of a[i:]
	// and b[j:].
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []diffLine
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, diffLine{' ', a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, diffLine{'-', a[i]})
			i++
		default:
			out = append(out, diffLine{'+', b[j]})
			j++
		}
	}
	return out
}

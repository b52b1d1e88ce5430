package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/finding"
	"github.com/txlint/txlint/internal/report"
	"github.com/txlint/txlint/internal/report/reporttest"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	first := r.Findings[0].Span.File
	assert.Equal(t, reporttest.File, r.RootPath(first))
	assert.Equal(t, filepath.Base(reporttest.File), r.DirPath(first))
	outside := filepath.Join(filepath.Dir(r.Root), reporttest.Outside)
	assert.Equal(t, filepath.ToSlash(outside), r.RootPath(outside))
}

func TestColumnsAndSpans(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	begin := r.Findings[0].Related[0].Span
	text := r.Sources.Line(begin.File, begin.Line)
	assert.Equal(t, "begin()", text[begin.Column-1:begin.EndColumn-1])
	// The smiley takes four bytes and two units, the sharp s two and one.
	assert.Equal(t, begin.Column-3, r.Sources.UTF16Column(begin.File, begin.Line, begin.Column))
	assert.Equal(t, 99, r.Sources.UTF16Column(begin.File, begin.Line, 99), "behind the end of the line")
	assert.Equal(t, 7, r.Sources.UTF16Column("missing.go", 1, 7))

	at := strings.Index(reporttest.Source, "begin()")
	span, ok := r.Sources.SpanOf(begin.File, at, at+len("begin()"))
	assert.True(t, ok)
	assert.Equal(t, begin, span)
	_, ok = r.Sources.SpanOf(begin.File, 3, len(reporttest.Source)+1)
	assert.False(t, ok)
	assert.Equal(t, 3, r.Sources.FunctionLine(begin))
	assert.Zero(t, r.Sources.FunctionLine(finding.Span{File: begin.File, Line: 1}))
}

// Fingerprints tell findings apart, and stay when code moves or messages are
// worded anew.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	before := r.Fingerprints()
	seen := make(map[string]bool)
	for _, print := range before {
		assert.False(t, seen[print])
		seen[print] = true
	}
	assert.Len(t, seen, len(r.Findings))

	first := r.Findings[0].Span.File
	moved := strings.Replace(reporttest.Source, "package app\n", "package app\n\n// New lines.\n\n", 1)
	require.NoError(t, os.WriteFile(first, []byte(moved), 0o644))
	r.Sources = new(report.Sources)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Message = "said in other words"
		if f.Span.File == first {
			f.Span.Line += 3
			f.Span.EndLine += 3
			for j := range f.Related {
				f.Related[j].Span.Line += 3
			}
		}
	}
	assert.Equal(t, before, r.Fingerprints())

	changed := strings.Replace(moved, "func again", "func renamed", 1)
	require.NoError(t, os.WriteFile(first, []byte(changed), 0o644))
	r.Sources = new(report.Sources)
	after := r.Fingerprints()
	assert.Equal(t, before[0], after[0])
	assert.NotEqual(t, before[1], after[1])
}

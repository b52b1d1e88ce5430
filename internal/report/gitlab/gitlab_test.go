package gitlab_test

import (
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/report"
	"github.com/txlint/txlint/internal/report/gitlab"
	"github.com/txlint/txlint/internal/report/reporttest"
)

// A field is one that GitLab reads of an issue. It drops a whole report in which
// one lacks or has another type, shows no issue whose severity it does not know,
// and links a path that is relative to the repository and does not begin with a
// dot.
type field struct {
	name string // with dots
	is   func(t *testing.T, value any)
}

// fields are those that GitLab's documentation lists.
var fields = []field{
	{"description", isText},
	{"check_name", isText},
	{"fingerprint", func(t *testing.T, value any) {
		assert.Regexp(t, regexp.MustCompile(`^[0-9a-f]{32}$`), value)
	}},
	{"severity", func(t *testing.T, value any) {
		assert.Contains(t, []any{"info", "minor", "major", "critical", "blocker"}, value)
	}},
	{"location.path", func(t *testing.T, value any) {
		isText(t, value)
		name := value.(string)
		assert.Equal(t, path.Clean(name), name)
		assert.NotContains(t, name, `\`)
		assert.False(t, strings.HasPrefix(name, "./"), name)
	}},
	{"location.lines.begin", isLine},
	{"location.lines.end", isLine},
}

func isText(t *testing.T, value any) {
	text, ok := value.(string)
	assert.True(t, ok, "%v is no string", value)
	assert.NotEmpty(t, text)
	assert.NotContains(t, text, "\n")
}

func isLine(t *testing.T, value any) {
	number, ok := value.(json.Number)
	require.True(t, ok, "%v is no number", value)
	line, err := number.Int64()
	require.NoError(t, err)
	assert.Positive(t, line)
}

// leaves returns the values of an object by their names, with dots.
func leaves(object map[string]any, prefix string, into map[string]any) map[string]any {
	for name, value := range object {
		if below, ok := value.(map[string]any); ok {
			leaves(below, prefix+name+".", into)
		} else {
			into[prefix+name] = value
		}
	}
	return into
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	var b strings.Builder
	require.NoError(t, gitlab.Write(&b, r))
	assert.True(t, strings.HasPrefix(b.String(), "["), "GitLab reads no byte order mark")
	var issues []map[string]any
	dec := json.NewDecoder(strings.NewReader(b.String()))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&issues))
	assert.False(t, dec.More())
	require.Len(t, issues, len(r.Findings))
	seen := make(map[any]bool)
	for i, issue := range issues {
		values := leaves(issue, "", make(map[string]any))
		assert.Len(t, values, len(fields), "%v", values)
		for _, f := range fields {
			require.Contains(t, values, f.name)
			f.is(t, values[f.name])
		}
		span := r.Findings[i].Span
		assert.EqualValues(t, span.Line, number(t, values["location.lines.begin"]))
		assert.EqualValues(t, max(span.Line, span.EndLine), number(t, values["location.lines.end"]))
		assert.False(t, seen[values["fingerprint"]], "GitLab takes equal fingerprints for one issue")
		seen[values["fingerprint"]] = true
	}
	assert.Equal(t, reporttest.File, issues[0]["location"].(map[string]any)["path"])
	assert.Equal(t, "nplusone/read", issues[3]["check_name"])
}

func number(t *testing.T, value any) int64 {
	n, err := value.(json.Number).Int64()
	require.NoError(t, err)
	return n
}

func TestNoFindings(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, gitlab.Write(&b, &report.Report{Sources: new(report.Sources)}))
	assert.Equal(t, "[]\n", b.String())
}

package gitlab_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/report"
	"github.com/txlint/txlint/internal/report/gitlab"
	"github.com/txlint/txlint/internal/report/reporttest"
)

// GitLab drops issues that lack a field, merges those with one fingerprint,
// and links paths that are relative to the repository.
func TestReport(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	var b strings.Builder
	require.NoError(t, gitlab.Write(&b, r))
	var issues []struct {
		Description, Fingerprint, Severity string
		CheckName                          string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin, End int }
		}
	}
	dec := json.NewDecoder(strings.NewReader(b.String()))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&issues))
	require.Len(t, issues, len(r.Findings))
	seen := make(map[string]bool)
	for i, issue := range issues {
		assert.NotEmpty(t, issue.Description)
		assert.NotContains(t, issue.Description, "\n")
		assert.Contains(t, []string{"info", "minor", "major", "critical", "blocker"}, issue.Severity)
		assert.Equal(t, r.Findings[i].Span.Line, issue.Location.Lines.Begin)
		assert.GreaterOrEqual(t, issue.Location.Lines.End, issue.Location.Lines.Begin)
		assert.False(t, seen[issue.Fingerprint])
		seen[issue.Fingerprint] = true
	}
	assert.Equal(t, reporttest.File, issues[0].Location.Path)
	assert.Equal(t, "nplusone/read", issues[3].CheckName)
}

func TestNoFindings(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, gitlab.Write(&b, &report.Report{Sources: new(report.Sources)}))
	assert.Equal(t, "[]\n", b.String())
}

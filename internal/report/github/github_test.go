package github_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/report/github"
	"github.com/txlint/txlint/internal/report/reporttest"
)

// command is how a runner takes a line apart: a command, properties separated
// by commas, and a text up to the end of the line.
var command = regexp.MustCompile(`^::([^ ]+) (.+?)::(.*)$`)

// undo turns escapes back; the percent sign comes last.
var undo = []string{"%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%"}

func unescape(s string) string {
	for i := 0; i < len(undo); i += 2 {
		s = strings.ReplaceAll(s, undo[i], undo[i+1])
	}
	return s
}

func TestCommands(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	var b strings.Builder
	require.NoError(t, github.Write(&b, r))
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	require.Len(t, lines, len(r.Findings))
	parse := func(line string) (map[string]string, string) {
		match := command.FindStringSubmatch(line)
		require.NotNil(t, match, line)
		assert.Equal(t, "error", match[1])
		properties := make(map[string]string)
		for part := range strings.SplitSeq(match[2], ",") {
			key, value, ok := strings.Cut(part, "=")
			require.True(t, ok, line)
			properties[key] = unescape(value)
		}
		return properties, unescape(match[3])
	}

	properties, text := parse(lines[0])
	assert.Equal(t, map[string]string{"file": reporttest.File, "line": "8", "col": "2", "endColumn": "12", "title": "txlint/earlyreturn"}, properties)
	assert.Equal(t, "returns, 100% open: finish tx <now> & \"here\"\n"+
		"  "+reporttest.File+":4:26: begins here\n"+
		"  "+reporttest.File+":5:5: err != nil is false", text)

	properties, _ = parse(lines[3])
	assert.Equal(t, map[string]string{"file": reporttest.Second, "line": "1", "endLine": "2", "title": "txlint/nplusone"}, properties)
}

package consumers

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// snippet returns the first YAML of a section of docs/running.md.
func snippet(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "running.md"))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n"+heading+"\n")
	require.True(t, ok, heading)
	section, _, _ = strings.Cut(section, "\n#")
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(section)
	require.NotNil(t, block, heading)
	return block[1]
}

// complaints returns what actionlint says of a workflow of this repository.
func complaints(t *testing.T, workflow string) (messages []string) {
	t.Helper()
	top, err := filepath.Abs(root)
	require.NoError(t, err)
	project, err := actionlint.NewProject(top)
	require.NoError(t, err)
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: top})
	require.NoError(t, err)
	all, err := linter.Lint(filepath.Join(top, ".github", "workflows", "w.yml"), []byte(workflow), project)
	require.NoError(t, err)
	for _, one := range all {
		messages = append(messages, one.Error())
	}
	return messages
}

// TestWorkflows proves that GitHub understands the workflow that the documents
// show, the action in it, and the workflow that makes a release.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	shown := snippet(t, "### GitHub")
	const remote, local = "uses: txlint/txlint@main", "uses: ./"
	require.Contains(t, shown, remote)
	here := strings.Replace(shown, remote, local, 1) // so that the action here is looked at
	assert.Empty(t, complaints(t, here))
	for _, wrong := range []struct{ from, to, want string }{
		{"          sarif: ", "          serif: ", `input "serif" is not defined in action`},
		{"runs-on", "run-on", `"run-on"`},
		{"always()", "allways()", `"allways"`},
		{"security-events", "security-event", `"security-event"`},
	} {
		require.Contains(t, here, wrong.from)
		assert.Contains(t, strings.Join(complaints(t, strings.Replace(here, wrong.from, wrong.to, 1)), "\n"), wrong.want, "the check finds nothing")
	}

	names, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Empty(t, complaints(t, string(text)), name)
	}
}

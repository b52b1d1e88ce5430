package consumers

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// root is the repository's.
const root = "../../.."

// An action is what a runner reads of an action.yml.
type action struct {
	Name, Description string
	Branding          map[string]string
	Inputs            map[string]struct{ Description, Default string }
	Runs              struct {
		Using string
		Steps []struct {
			Name, Shell, Run string
			Directory        string `yaml:"working-directory"`
			Env              map[string]string
		}
	}
}

// TestAction runs the steps of the composite action as a runner does.
func TestAction(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	text, err := os.Open(filepath.Join(root, "action.yml"))
	require.NoError(t, err)
	defer text.Close()
	var act action
	dec := yaml.NewDecoder(text)
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&act))
	assert.Equal(t, "composite", act.Runs.Using)

	// Every input comes to something, and is documented.
	page, err := os.ReadFile(filepath.Join(root, "docs", "running.md"))
	require.NoError(t, err)
	for name := range act.Inputs {
		used := false
		for _, s := range act.Runs.Steps {
			for value := range maps.Values(s.Env) {
				used = used || strings.Contains(value, "${{ inputs."+name+" }}")
			}
			used = used || strings.Contains(s.Directory, "${{ inputs."+name+" }}")
		}
		assert.True(t, used, "no step uses the input %s", name)
		assert.Contains(t, string(page), "`"+name+"`")
	}

	top, err := filepath.Abs(root)
	require.NoError(t, err)
	repository, temp := t.TempDir(), t.TempDir()
	for name, content := range map[string]string{
		"sub/go.mod":   "module example.com/m\n\ngo 1.26\n",
		"sub/m.go":     "package m\n\nimport \"database/sql\"\n\nfunc F(db *sql.DB) { db.Begin() }\n",
		"sub/ok/ok.go": "package ok\n",
		".git/HEAD":    "ref: refs/heads/main\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(repository, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(repository, name), []byte(content), 0o644))
	}
	step := func(i int, inputs map[string]string) (string, error) {
		s := act.Runs.Steps[i]
		assert.Equal(t, "bash", s.Shell)
		fill := func(text string) string {
			for name, in := range act.Inputs {
				value, ok := inputs[name]
				if !ok {
					value = in.Default
				}
				text = strings.ReplaceAll(text, "${{ inputs."+name+" }}", value)
			}
			require.NotContains(t, text, "${{")
			return text
		}
		require.NotContains(t, s.Run, "${{", "an input would be run as code")
		for name := range inputs {
			require.Contains(t, act.Inputs, name)
		}
		cmd := exec.CommandContext(t.Context(), bash, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", s.Run)
		cmd.Dir = filepath.Join(repository, fill(s.Directory))
		cmd.Env = append(os.Environ(), "GITHUB_ACTION_PATH="+top, "RUNNER_TEMP="+temp, "TXLINT_CACHE=off", "PWD="+cmd.Dir)
		for key, value := range s.Env {
			cmd.Env = append(cmd.Env, key+"="+fill(value))
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	assert.Equal(t, "auto", act.Runs.Steps[0].Env["GOTOOLCHAIN"], "the user's Go may be older than the one that txlint is built with")
	out, err := step(0, nil)
	require.NoError(t, err, out)

	out, err = step(1, map[string]string{"working-directory": "sub", "sarif": "out.sarif", "args": "-earlyreturn -tests=false"})
	assert.Error(t, err)
	assert.Contains(t, out, "::error file=sub/m.go,line=5,")
	log, err := os.ReadFile(filepath.Join(repository, "sub", "out.sarif"))
	require.NoError(t, err)
	assert.Contains(t, string(log), `"uri": "sub/m.go"`)

	out, err = step(1, map[string]string{"working-directory": "sub", "packages": "./ok"})
	assert.NoError(t, err)
	assert.Empty(t, out)

	// A repository that is clean writes a log all the same: the upload wants one.
	require.NoError(t, os.WriteFile(filepath.Join(repository, "sub", "m.go"), []byte("package m\n"), 0o644))
	out, err = step(1, map[string]string{"working-directory": "sub", "sarif": "out.sarif"})
	assert.NoError(t, err)
	assert.Empty(t, out)
	log, err = os.ReadFile(filepath.Join(repository, "sub", "out.sarif"))
	require.NoError(t, err)
	assert.NoError(t, validate(compileSchema(t), log), string(log))
	assert.Contains(t, string(log), `"results": []`)
}

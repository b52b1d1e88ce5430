package txlint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/config"
	"github.com/txlint/txlint/internal/driver"
)

// place writes a line of a file.
func place(file string, line int) string { return fmt.Sprintf("%s:%d", filepath.ToSlash(file), line) }

// reported runs txlint over the module in dir and returns what it reports by
// place: file:line.
func reported(t *testing.T, dir string, args ...string) map[string]string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := driver.Env{Dir: dir, Environ: append(os.Environ(), "GOFLAGS=", "GOWORK=off"), Stdout: &stdout, Stderr: &stderr}
	// Rules of its own: what a configuration sets on them is not for other tests.
	tool := driver.Tool{Name: "txlint", Rules: txlint.New(), Libraries: driver.DefaultLibraries()}
	code := driver.Main(t.Context(), tool, env, append(args, "-json", "./..."))
	require.NotEqual(t, driver.ExitFailure, code, stderr.String())
	var doc struct {
		Findings []struct {
			Message  string
			Position struct {
				File string
				Line int
			}
		}
	}
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &doc), stdout.String())
	out := make(map[string]string)
	for _, f := range doc.Findings {
		out[place(f.Position.File, f.Position.Line)] += f.Message + "\n"
	}
	return out
}

// TestConfigurationPage runs the examples of docs/configuration.md. A section has
// a configuration and a program; behind the lines of the program stands what is
// reported with that, and without it: without any, or without one of its keys.
func TestConfigurationPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("docs", "configuration.md"))
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(page), "\n## ")
	require.True(t, ok)
	shared := blocks(head, "go")
	require.Len(t, shared, 1)
	shown := map[string]bool{}
	for _, section := range strings.Split(rest, "\n## ") {
		title, _, _ := strings.Cut(section, "\n")
		configurations, programs := blocks(section, "yaml"), blocks(section, "go")
		if len(programs) == 0 {
			continue
		}
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/app\n\ngo 1.26\n")
			writeFile(t, filepath.Join(dir, "label.s"), "") // functions may have no bodies
			wants := map[string]map[string]string{"with": {}, "without": {}, "without " + title: {}}
			for _, program := range append(programs, shared...) {
				name, _, _ := strings.Cut(strings.TrimPrefix(program, "// "), "\n")
				writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), program)
				for line, comment := range commentsBehind(program) {
					when, message, ok := strings.Cut(comment, ": ")
					require.True(t, ok && wants[when] != nil, comment)
					wants[when][place(name, line)] = message
				}
			}
			file := filepath.Join(dir, config.Name)
			check := func(when, text string) {
				writeFile(t, file, text)
				got := reported(t, dir)
				assert.Len(t, got, len(wants[when]), "%s: %v", when, got)
				for at, message := range wants[when] {
					assert.Contains(t, got[at], message, "%s, at %s: %v", when, at, got)
				}
			}
			text := configurations[0]
			check("with", text)
			if len(wants["without "+title]) > 0 {
				before, _, ok := strings.Cut(text, title+":\n")
				require.True(t, ok)
				check("without "+title, before)
			}
			require.NoError(t, os.Remove(file))
			check("without", "")
		})
		shown[title] = true
	}
	for _, key := range []string{"libraries", "repositories", "finishers", "borrowers", "slow", "rules", "exclude"} {
		assert.True(t, shown[key], "%s has no example", key)
	}
	for _, text := range blocks(string(page), "yaml") {
		_, err := config.Decode(config.Name, []byte(text), config.SpecOf(txlint.Suite()))
		assert.NoError(t, err, text)
	}
	for _, words := range [][]catalog.UserWord{catalog.UserEffects(), catalog.UserRoles()} {
		for _, w := range words {
			fields := catalog.FieldsOf(w.Name)
			row := "| `" + w.Name + "` | " + w.Means + " |"
			if len(fields) > 0 {
				row += " `" + strings.Join(fields, "`, `") + "`"
			}
			assert.Contains(t, string(page), row+" |")
		}
	}
	assert.Contains(t, string(page), config.SchemaURL)
}

// blocks returns the code blocks of a text that are marked so.
func blocks(text, language string) []string {
	var out []string
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		if block[1] == language {
			out = append(out, block[2])
		}
	}
	return out
}

package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/corpustest"
)

// TestKeptResults proves on the corpus and on the example application that what
// txlint says with results of earlier runs is what it says without them, in
// every format, however the code is changed in between.
func TestKeptResults(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]string{"corpus": corpustest.Dir(t), "shop": filepath.Join("..", "..", "examples", "shop")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			require.NoError(t, os.CopyFS(dir, os.DirFS(from)))
			store := t.TempDir()
			random := rand.New(rand.NewPCG(7, 8))
			var history []string
			for range 5 {
				fresh, known := everything(t, dir, "off"), everything(t, dir, store)
				require.Equal(t, fresh, known, "after %v", history)
				require.Equal(t, fresh, everything(t, dir, store), "after %v", history)
				history = append(history, edit(t, random, dir))
			}
			assert.NotEmpty(t, history)
		})
	}
}

// everything returns all that a run says, in every format.
func everything(t *testing.T, dir, store string) map[string]string {
	t.Helper()
	files := []string{"json", "sarif", "html", "github", "gitlab", "rdjsonl", "checkstyle"}
	formats, out := "text", t.TempDir()
	for _, f := range files {
		formats += "," + f + ":" + filepath.Join(out, f)
	}
	env := []string{"GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off", "CGO_ENABLED=0", "TXLINT_CACHE=" + store}
	code, stdout, stderr := execute(t, dir, env, built(t), "-format", formats, "-c=1", "-explain", "./...")
	all := map[string]string{"code": fmt.Sprint(code), "stdout": stdout, "stderr": stderr}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(out, f))
		require.NoError(t, err)
		all[f] = string(text)
	}
	return all
}

// edit changes a line of a random file as people do, and says which. What comes
// of it need not build.
func edit(t *testing.T, random *rand.Rand, dir string) string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".go") {
			names = append(names, name)
		}
		return err
	}))
	name := names[random.IntN(len(names))]
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	at := random.IntN(len(lines))
	for i := range lines { // rather a line that matters, from there on
		if n := (at + i) % len(lines); strings.Contains(lines[n], "ollback(") || strings.Contains(lines[n], "ommit(") {
			at = n
			break
		}
	}
	what := random.IntN(3)
	switch what {
	case 0:
		lines = slices.Insert(lines, at, "")
	case 1:
		lines[at] = "// " + lines[at]
	case 2:
		lines[at] += " //nolint:txlint"
	}
	require.NoError(t, os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o644))
	return fmt.Sprintf("edit %d of %s:%d", what, name, at+1)
}

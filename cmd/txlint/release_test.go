package main

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	modulePath = "github.com/txlint/txlint"
	released   = "v0.123.0" // a version that does not exist
)

// moduleProxy writes the module, as it is now, into a directory that serves it
// as a module proxy does, and returns its address.
func moduleProxy(t *testing.T) string {
	t.Helper()
	root := copyRepository(t).dir
	dir := t.TempDir()
	versions := filepath.Join(dir, filepath.FromSlash(modulePath), "@v")
	require.NoError(t, os.MkdirAll(versions, 0o755))
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	for suffix, content := range map[string][]byte{
		".mod":  mod,
		".info": fmt.Appendf(nil, `{"Version": %q, "Time": "2026-01-02T03:04:05Z"}`, released),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(versions, released+suffix), content, 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(versions, "list"), []byte(released+"\n"), 0o644))

	file, err := os.Create(filepath.Join(versions, released+".zip"))
	require.NoError(t, err)
	defer file.Close()
	archive := zip.NewWriter(file)
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		if d.IsDir() {
			// Modules inside are not part of this one.
			_, noModule := os.Stat(filepath.Join(name, "go.mod"))
			if noModule == nil || d.Name() == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		w, err := archive.Create(path.Join(modulePath+"@"+released, filepath.ToSlash(rel)))
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	return "file://" + filepath.ToSlash(dir)
}

// TestInstall installs a released version as users do: as a program, and as a
// tool of their module with a go.mod of its own.
func TestInstall(t *testing.T) {
	t.Parallel()
	// Its own modules must not come into the user's cache, under a version
	// that does not exist. Those of others are taken from there.
	modules := goEnv(t, "GOMODCACHE")
	env := []string{
		"GOPROXY=" + moduleProxy(t) + ",file://" + filepath.ToSlash(filepath.Join(modules, "cache", "download")),
		"GOMODCACHE=" + t.TempDir(), "GOFLAGS=-modcacherw", "GONOSUMDB=*", "GOSUMDB=off", "GOWORK=off",
	}
	bin := t.TempDir()
	code, stdout, stderr := execute(t, t.TempDir(), append(env, "GOBIN="+bin), "go", "install", modulePath+"/cmd/txlint@latest")
	require.Zero(t, code, stdout+stderr)
	code, stdout, stderr = execute(t, t.TempDir(), nil, filepath.Join(bin, "txlint"), "version")
	assert.Zero(t, code, stderr)
	assert.True(t, strings.HasPrefix(stdout, "txlint "+released+" go"), stdout)

	dir := leakyModule(t)
	before, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "txlint.mod"), []byte("module example.com/m/tools\n\ngo 1.26\n"), 0o644))
	code, stdout, stderr = execute(t, dir, env, "go", "get", "-tool", "-modfile=txlint.mod", modulePath+"/cmd/txlint@"+released)
	require.Zero(t, code, stdout+stderr)
	code, stdout, stderr = execute(t, dir, env, "go", "tool", "-modfile=txlint.mod", "txlint", "./...")
	assert.Equal(t, 1, code, stderr)
	assert.Contains(t, filepath.ToSlash(stdout), "sub/a.go:11:2: returns without finishing tx")
	after, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "the user's requirements are left alone")
}

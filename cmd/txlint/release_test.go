package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
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

// releasedEnv returns the environment in which the module as it is now is the
// newest version of it.
func releasedEnv(t *testing.T) []string {
	t.Helper()
	// Its own modules must not come into the user's cache, under a version
	// that does not exist. Those of others are taken from there.
	modules := goEnv(t, "GOMODCACHE")
	return []string{
		"GOPROXY=" + moduleProxy(t) + ",file://" + filepath.ToSlash(filepath.Join(modules, "cache", "download")),
		"GOMODCACHE=" + t.TempDir(), "GOFLAGS=-modcacherw", "GONOSUMDB=*", "GOSUMDB=off", "GOWORK=off",
	}
}

// TestInstall installs a released version as users do: as a program, and as a
// tool of their module with a go.mod of its own.
func TestInstall(t *testing.T) {
	t.Parallel()
	env, bin := releasedEnv(t), t.TempDir()
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

// TestGitLabJob runs the job that the documents show as a runner does, in a
// repository that has a bug and in one that has none.
func TestGitLabJob(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "running.md"))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(page), "\n### GitLab\n")
	require.True(t, ok)
	_, block, ok := strings.Cut(section, "```yaml\n")
	require.True(t, ok)
	block, _, _ = strings.Cut(block, "```")
	var jobs map[string]struct {
		Image     string
		Script    []string
		Artifacts struct {
			When    string
			Reports struct{ Codequality string }
		}
	}
	dec := yaml.NewDecoder(strings.NewReader(block))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&jobs))
	require.Len(t, jobs, 1)
	job := jobs["txlint"]
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	version, ok := strings.CutPrefix(job.Image, "golang:")
	require.True(t, ok, job.Image)
	assert.Contains(t, string(mod), "\ngo "+version+".", "the image has the Go that txlint needs")
	assert.Equal(t, "always", job.Artifacts.When, "a job with findings fails")

	bin := t.TempDir()
	env := append(releasedEnv(t), "GOBIN="+bin, "TXLINT_CACHE=off", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, test := range []struct {
		content, line string
		code          int
		places        []string
	}{
		{leaky, "a.go:5:25: drops the transaction", 1, []string{"a.go:5"}},
		{tidy, "", 0, nil},
	} {
		s := newScratch(t)
		s.write(t, "go.mod", "module example.com/m\n\ngo 1.26\n")
		s.write(t, "a.go", test.content)
		code, stdout, stderr := execute(t, s.dir, env, bash, "-e", "-o", "pipefail", "-c", strings.Join(job.Script, "\n"))
		require.Equal(t, test.code, code, stdout+stderr)
		assert.Contains(t, stdout, test.line)
		text, err := os.ReadFile(filepath.Join(s.dir, job.Artifacts.Reports.Codequality))
		require.NoError(t, err)
		var report []struct {
			Description, Fingerprint, Severity string
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		require.NoError(t, json.Unmarshal(text, &report), string(text))
		require.NotNil(t, report, "GitLab wants a list")
		var places []string
		for _, issue := range report {
			assert.NotEmpty(t, issue.Description)
			assert.NotEmpty(t, issue.Fingerprint)
			assert.NotEmpty(t, issue.Severity)
			places = append(places, fmt.Sprintf("%s:%d", issue.Location.Path, issue.Location.Lines.Begin))
		}
		assert.Equal(t, test.places, places)
	}
}

// TestReleaseWorkflow checks that the workflow does what the documents promise
// of a release, and that it and the configuration of GoReleaser go together.
func TestReleaseWorkflow(t *testing.T) {
	t.Parallel()
	read := func(name string, into any) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(text, into))
	}
	var release struct {
		Checksum struct {
			Template string `yaml:"name_template"`
		}
		SBOMs []struct{ Artifacts string }
	}
	read(".goreleaser.yaml", &release)
	require.Len(t, release.SBOMs, 1)
	assert.Equal(t, "archive", release.SBOMs[0].Artifacts)

	var workflow struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Permissions map[string]string
			Steps       []struct {
				Uses string
				With map[string]string
			}
		}
	}
	read(".github/workflows/release.yml", &workflow)
	assert.Equal(t, map[string]string{"contents": "read"}, workflow.Permissions, "what a job may do more, it says itself")
	require.Len(t, workflow.Jobs, 1)
	job := workflow.Jobs["release"]
	assert.Equal(t, map[string]string{"contents": "write", "id-token": "write", "attestations": "write"}, job.Permissions)
	var order []string
	for _, step := range job.Steps {
		action, _, _ := strings.Cut(step.Uses, "@")
		order = append(order, action)
		switch action {
		case "actions/checkout":
			assert.Equal(t, "0", step.With["fetch-depth"], "GoReleaser wants all tags")
		case "actions/attest-build-provenance":
			assert.Equal(t, "dist/"+release.Checksum.Template, step.With["subject-checksums"], "everything that has a checksum has provenance")
		}
	}
	assert.Equal(t, []string{
		"actions/checkout", "actions/setup-go",
		"anchore/sbom-action/download-syft", // which GoReleaser runs
		"goreleaser/goreleaser-action", "actions/attest-build-provenance",
	}, order)
}

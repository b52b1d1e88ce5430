package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// images builds and runs images with a storage of its own. Containers are no
// more than changed roots, so that no engine and no cgroups are needed.
type images struct {
	program string
	env     []string
	flags   []string // of every command
	volumes []string // the machine's programs, for stand-ins of images that have them inside
}

func newImages(t *testing.T) images {
	t.Helper()
	program, err := exec.LookPath("buildah")
	if err != nil {
		t.Skip(err)
	}
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("changing the root takes root, on Linux")
	}
	storage := t.TempDir()
	return images{
		program: program,
		env:     []string{"TMPDIR=" + t.TempDir(), "BUILDAH_ISOLATION=chroot"},
		flags:   []string{"--root", filepath.Join(storage, "root"), "--runroot", filepath.Join(storage, "run"), "--storage-driver", "vfs"},
	}
}

// do runs a command of buildah. Flags of a command follow its name, and
// volumes are one of both commands that take them.
func (i images) do(t *testing.T, command string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	all := append(i.flags[:len(i.flags):len(i.flags)], command)
	if command == "build" || command == "run" {
		for _, volume := range i.volumes {
			all = append(all, "--volume", volume)
		}
	}
	return execute(t, t.TempDir(), i.env, i.program, append(all, args...)...)
}

func (i images) must(t *testing.T, command string, args ...string) string {
	t.Helper()
	code, stdout, stderr := i.do(t, command, args...)
	require.Zero(t, code, "%s %v: %s%s", command, args, stdout, stderr)
	return strings.TrimSpace(stdout)
}

// standIn makes an image that is to a build what the official one of Go is:
// the same places and variables, with the programs of this machine. It skips
// the test where nothing can be run in it.
func (i *images) standIn(t *testing.T, name string) {
	t.Helper()
	context := t.TempDir()
	root := filepath.Join(context, "root")
	for _, dir := range []string{"dev", "etc", "go", "go/bin", "go/src", "proc", "root", "sys", "tmp", "usr/local/bin", "usr/local/go", "var/tmp"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	for _, dir := range []string{"go", "go/bin", "go/src", "tmp", "var/tmp"} {
		require.NoError(t, os.Chmod(filepath.Join(root, dir), 0o777|fs.ModeSticky))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "etc", "passwd"), []byte("root:x:0:0::/root:/bin/sh\n"), 0o644))

	i.volumes = []string{goEnv(t, "GOROOT") + ":/usr/local/go:ro"}
	for _, dir := range []string{"/bin", "/lib", "/lib64", "/sbin", "/usr/bin", "/usr/include", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/etc/alternatives"} {
		info, err := os.Lstat(dir)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		if info.Mode()&fs.ModeSymlink == 0 {
			i.volumes = append(i.volumes, dir+":"+dir+":ro")
			continue
		}
		target, err := os.Readlink(dir)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(target, filepath.Join(root, dir)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(context, "Dockerfile"), []byte(`FROM scratch
COPY root /
ENV GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN git --version && go version
WORKDIR /go
`), 0o644))
	if code, stdout, stderr := i.do(t, "build", "--tag", name, context); code != 0 {
		t.Skip("no image can be built on this machine: " + stdout + stderr)
	}
}

// run runs a command in a container, as a user, with a directory in the place
// that the image works in.
func (i images) run(t *testing.T, container, user, dir string, command ...string) (code int, stdout, stderr string) {
	t.Helper()
	// The command writes into files: buildah now and then loses the output of
	// a program that ends at once.
	output := t.TempDir()
	require.NoError(t, os.Chmod(output, 0o777))
	code, ownOut, ownErr := i.do(t, "run", slices.Concat([]string{
		"--user", user, "--env", "GOPROXY=off", "--volume", dir + ":/src", "--volume", output + ":/output", container, "--",
		"/bin/sh", "-c", `exec "$@" >/output/stdout 2>/output/stderr`, "sh",
	}, command)...)
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(output, name))
		require.NoError(t, err, ownOut+ownErr)
		return string(content)
	}
	return code, read("stdout"), read("stderr")
}

// owned writes a repository of a user with a module in it.
func owned(t *testing.T, user, content string) (dir string) {
	t.Helper()
	s := newScratch(t)
	s.write(t, "go.mod", "module example.com/m\n\ngo 1.26\n")
	s.write(t, "a.go", content)
	s.must(t, "git", "add", "-A")
	s.must(t, "git", "commit", "--quiet", "-m", "first")
	s.must(t, "chown", "-R", user, ".")
	return s.dir
}

// buildImage builds the container file and returns how the image is started.
func (i *images) buildImage(t *testing.T, tag string) (entrypoint []string) {
	t.Helper()
	repository := copyRepository(t).dir
	file, err := os.ReadFile(filepath.Join(repository, "Dockerfile"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^ARG GO=(.*)$`).FindSubmatch(file)
	require.NotNil(t, version)
	mod, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	require.NoError(t, err)
	assert.Contains(t, string(mod), "\ngo "+string(version[1])+".", "the image has the Go that txlint needs")

	i.standIn(t, "docker.io/library/golang:"+string(version[1]))
	// What this machine has compiled and downloaded need not be done again. The image
	// is built as its root.
	const home = "/root"
	i.must(t, "build", "--pull-never", "--tag", tag,
		"--volume", goEnv(t, "GOCACHE")+":"+path.Join(home, ".cache", "go-build"), "--volume", goEnv(t, "GOMODCACHE")+":/go/pkg/mod:ro",
		repository)
	var image struct {
		OCIv1 struct {
			Config struct {
				Entrypoint []string
				WorkingDir string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(i.must(t, "inspect", "--type", "image", tag)), &image))
	assert.Equal(t, "/src", image.OCIv1.Config.WorkingDir)
	return image.OCIv1.Config.Entrypoint
}

// TestContainer runs the image on repositories of somebody else, as root and
// as users whom it does not know.
func TestContainer(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	txlint := i.buildImage(t, "txlint")
	container := i.must(t, "from", "--pull-never", "txlint")

	const owner = "1000:1000"
	broken := "package m\n\nfunc f() { return 1 }\n"
	leaking := owned(t, owner, leaky)
	for _, test := range []struct {
		dir  string
		args []string
		code int
		says string // on standard output, or on standard error if that is empty
	}{
		{leaking, []string{"./..."}, 1, "a.go:5:25: drops the transaction"},
		{leaking, []string{"-new-from-rev", "HEAD", "./..."}, 0, ""},
		{owned(t, owner, tidy), []string{"./..."}, 0, ""},
		{owned(t, owner, broken), []string{"./..."}, 2, "a.go:3:19: too many return values"},
	} {
		for _, user := range []string{owner, "2000:2000", "0:0"} {
			code, stdout, stderr := i.run(t, container, user, test.dir, slices.Concat(txlint, test.args)...)
			assert.Equal(t, test.code, code, "%v of %s: %s%s", test.args, user, stdout, stderr)
			said := stdout
			if said == "" {
				said = stderr
			}
			if test.says == "" {
				assert.Empty(t, said, "%v of %s", test.args, user)
			}
			assert.Contains(t, said, test.says, "%v of %s", test.args, user)
		}
	}

	code, stdout, stderr := i.run(t, container, owner, leaking, "go", "list", "-f", "{{.Stale}}", "database/sql", "net/http")
	assert.Zero(t, code, stderr)
	assert.Equal(t, "false\nfalse\n", stdout, "what the image has compiled is of use")
	names, err := os.ReadDir(leaking)
	require.NoError(t, err)
	assert.Len(t, names, 3, "two files and .git: nothing is left in the repository")
}

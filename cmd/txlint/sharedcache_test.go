package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cacheProgram is the environment variable that makes the test binary a
// GOCACHEPROG helper. It names the directory that machines share and, behind a
// list separator, the one of this machine.
const cacheProgram = "TXLINT_TEST_CACHEPROG"

// A cacheRequest is what the go command asks of a helper; see "go doc
// cmd/go/internal/cacheprog".
type cacheRequest struct {
	ID                 int64
	Command            string
	ActionID, OutputID []byte
	BodySize           int64
}

type cacheResponse struct {
	ID            int64
	Err           string     `json:",omitempty"`
	KnownCommands []string   `json:",omitempty"`
	Miss          bool       `json:",omitempty"`
	OutputID      []byte     `json:",omitempty"`
	Size          int64      `json:",omitempty"`
	Time          *time.Time `json:",omitempty"`
	DiskPath      string     `json:",omitempty"`
}

// serveCache is a helper that keeps everything in a shared directory and hands
// it out in a local one, as helpers with a server behind them do.
func serveCache(dirs string, in io.Reader, out io.Writer) error {
	shared, local, _ := strings.Cut(dirs, string(filepath.ListSeparator))
	enc, dec := json.NewEncoder(out), json.NewDecoder(bufio.NewReader(in))
	if err := enc.Encode(cacheResponse{KnownCommands: []string{"get", "put", "close"}}); err != nil {
		return err
	}
	for {
		var req cacheRequest
		if err := dec.Decode(&req); err != nil {
			return err
		}
		res := cacheResponse{ID: req.ID}
		action := filepath.Join(shared, fmt.Sprintf("a-%x", req.ActionID))
		switch req.Command {
		case "get":
			output, err := os.ReadFile(action)
			if err != nil {
				res.Miss = true
				break
			}
			body, err := os.ReadFile(filepath.Join(shared, fmt.Sprintf("o-%x", output)))
			if err != nil {
				return err
			}
			now := time.Now()
			res.OutputID, res.Size, res.Time = output, int64(len(body)), &now
			res.DiskPath = filepath.Join(local, fmt.Sprintf("o-%x", output))
			if err := os.WriteFile(res.DiskPath, body, 0o644); err != nil {
				return err
			}
		case "put":
			var body []byte
			if req.BodySize > 0 {
				if err := dec.Decode(&body); err != nil {
					return err
				}
			}
			name := fmt.Sprintf("o-%x", req.OutputID)
			res.DiskPath = filepath.Join(local, name)
			for _, path := range []string{filepath.Join(shared, name), res.DiskPath} {
				if err := os.WriteFile(path, body, 0o644); err != nil {
					return err
				}
			}
			if err := os.WriteFile(action, req.OutputID, 0o644); err != nil {
				return err
			}
		}
		if err := enc.Encode(res); err != nil || req.Command == "close" {
			return err
		}
	}
}

// TestSharedCache proves that what one machine has analysed under go vet no
// other analyses again: findings come out of the shared cache.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the tool is wrapped in a shell script")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	log := filepath.Join(t.TempDir(), "log")
	wrapped := filepath.Join(t.TempDir(), "txlint")
	script := "#!/bin/sh\ncase \"$*\" in *.cfg) echo \"$*\" >>'" + log + "';; esac\nexec '" + built(t) + "' \"$@\"\n"
	require.NoError(t, os.WriteFile(wrapped, []byte(script), 0o755))

	dir := module(t) // without imports, so that the standard library need not be built
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "s.go"), []byte("package sub\n\n//txlint:ignore earlyretrun it is so\nfunc F() {}\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.go"), []byte("package m\n\nimport \"example.com/m/sub\"\n\nfunc G() { sub.F() }\n"), 0o644))

	shared := t.TempDir()
	machine := func() (code int, stderr string, analysed int) {
		require.NoError(t, os.WriteFile(log, nil, 0o644))
		env := []string{"GOCACHE=" + t.TempDir(), "GOCACHEPROG=" + self, cacheProgram + "=" + shared + string(filepath.ListSeparator) + t.TempDir()}
		code, _, stderr = execute(t, dir, env, "go", "vet", "-vettool="+wrapped, "./...")
		runs, err := os.ReadFile(log)
		require.NoError(t, err)
		return code, stderr, strings.Count(string(runs), "\n")
	}
	code, first, analysed := machine()
	assert.Equal(t, 1, code)
	assert.Contains(t, first, `did you mean "earlyreturn"?`)
	assert.Equal(t, 2, analysed, "one run for each package")

	code, second, analysed := machine()
	assert.Equal(t, 1, code)
	assert.Equal(t, first, second)
	assert.Zero(t, analysed, "the second machine analysed something again")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.go"), []byte("package m\n\nimport \"example.com/m/sub\"\n\nfunc H() { sub.F() }\n"), 0o644))
	_, third, analysed := machine()
	assert.Equal(t, first, third)
	assert.Equal(t, 1, analysed, "only what has changed is analysed")
}

package corpustest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

// VetFindings runs the tool over the corpus under go vet and returns what it
// reports, sorted.
func VetFindings(t testing.TB, vettool string) []Finding {
	t.Helper()
	dir := Dir(t)
	// Without -trimpath=false the go command's cache can answer with the paths
	// of another checkout.
	out, err := run(dir, "go", "vet", "-trimpath=false", "-vettool="+vettool, "-json", "./...")
	if err != nil {
		t.Fatal(err)
	}
	findings, err := parseVet(dir, out)
	if err != nil {
		t.Fatalf("go vet -json: %v\n%s", err, out)
	}
	sortFindings(findings)
	return findings
}

// parseVet reads the stream of objects that go vet -json prints, one for each
// package: {"package": {"rule": [{"posn": "file:line:col", "message": "…"}]}}.
// In place of the list there is {"error": "…"} for an analyzer that failed;
// go vet exits 0 all the same.
func parseVet(root string, out []byte) ([]Finding, error) {
	dec := json.NewDecoder(bytes.NewReader(withoutHeadings(out)))
	var findings []Finding
	for {
		var pkgs map[string]map[string]json.RawMessage
		if err := dec.Decode(&pkgs); errors.Is(err, io.EOF) {
			return findings, nil
		} else if err != nil {
			return nil, err
		}
		for pkg, rules := range pkgs {
			for rule, raw := range rules {
				fs, err := parseVetRule(root, rule, raw)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %v", pkg, rule, err)
				}
				findings = append(findings, fs...)
			}
		}
	}
}

func parseVetRule(root, rule string, raw json.RawMessage) ([]Finding, error) {
	var failed struct{ Error string }
	if json.Unmarshal(raw, &failed) == nil && failed.Error != "" {
		return nil, errors.New(failed.Error)
	}
	var diags []struct{ Posn, Message string }
	if err := json.Unmarshal(raw, &diags); err != nil {
		return nil, err
	}
	var findings []Finding
	for _, d := range diags {
		file, line, err := splitPosn(d.Posn)
		if err != nil {
			return nil, err
		}
		findings = append(findings, Finding{relative(root, file), line, rule, d.Message})
	}
	return findings, nil
}

// splitPosn splits "file:line:col". It works from the end, as a file may have
// a colon of its own.
func splitPosn(posn string) (file string, line int, err error) {
	colon := strings.LastIndexByte(posn, ':')
	if colon < 0 {
		return "", 0, fmt.Errorf("no position: %q", posn)
	}
	rest := posn[:colon]
	if colon = strings.LastIndexByte(rest, ':'); colon < 0 {
		return "", 0, fmt.Errorf("no position: %q", posn)
	}
	line, err = strconv.Atoi(rest[colon+1:])
	return rest[:colon], line, err
}

// withoutHeadings drops the "# package" lines that the go command puts between
// the objects.
func withoutHeadings(out []byte) []byte {
	var kept [][]byte
	for line := range bytes.Lines(out) {
		if !bytes.HasPrefix(line, []byte("#")) {
			kept = append(kept, line)
		}
	}
	return bytes.Join(kept, nil)
}

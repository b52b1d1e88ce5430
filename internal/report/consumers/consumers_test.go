package consumers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reviewdog/reviewdog/parser"
	"github.com/reviewdog/reviewdog/proto/rdf"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/report"
	"github.com/txlint/txlint/internal/report/checkstyle"
	"github.com/txlint/txlint/internal/report/rdjson"
	"github.com/txlint/txlint/internal/report/reporttest"
	"github.com/txlint/txlint/internal/report/sarif"
)

// The schema of SARIF 2.1.0 is taken from a module that has a copy; the hash
// says which text it is.
const (
	schemaModule = "github.com/securego/gosec/v2@v2.30.0"
	schemaFile   = "report/sarif/testdata/sarif-schema-2.1.0.json"
	schemaHash   = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
)

// compileSchema returns the schema of SARIF 2.1.0.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", schemaModule)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.Output()
	require.NoError(t, err, string(out))
	var module struct{ Dir string }
	require.NoError(t, json.Unmarshal(out, &module))
	text, err := os.ReadFile(filepath.Join(module.Dir, filepath.FromSlash(schemaFile)))
	require.NoError(t, err)
	sum := sha256.Sum256(text)
	require.Equal(t, schemaHash, hex.EncodeToString(sum[:]), "this is another schema")
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("sarif.json", doc))
	schema, err := compiler.Compile("sarif.json")
	require.NoError(t, err)
	return schema
}

func validate(schema *jsonschema.Schema, log []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}

func TestSARIFFollowsTheSchema(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	full := reporttest.New(t)
	empty := &report.Report{Tool: full.Tool, Dir: full.Dir, Root: full.Root, Sources: new(report.Sources)}
	for _, r := range []*report.Report{full, empty} {
		var b bytes.Buffer
		require.NoError(t, sarif.Write(&b, r))
		assert.NoError(t, validate(schema, b.Bytes()), b.String())
		for _, wrong := range []struct{ from, to string }{
			{`"version": "2.1.0"`, `"version": "2.2.0"`},
			{`"results": [`, `"results": null, "resultz": [`},
		} {
			bad := strings.Replace(b.String(), wrong.from, wrong.to, 1)
			require.NotEqual(t, b.String(), bad)
			assert.Error(t, validate(schema, []byte(bad)), "the check finds nothing")
		}
	}
}

func TestReviewdogReadsRDJSONL(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	var b bytes.Buffer
	require.NoError(t, rdjson.Write(&b, r))
	all, err := parser.NewRDJSONLParser().Parse(&b)
	require.NoError(t, err)
	require.Len(t, all, len(r.Findings))
	first := all[0]
	assert.Equal(t, filepath.Base(reporttest.File), first.GetLocation().GetPath())
	assert.Equal(t, rdf.Severity_ERROR, first.GetSeverity())
	assert.Equal(t, "earlyreturn", first.GetCode().GetValue())
	assert.Equal(t, "txlint", first.GetSource().GetName())
	assert.Contains(t, first.GetMessage(), "4:26: begins here")
	assert.Len(t, first.GetRelatedLocations(), 2)
	for i, d := range all {
		s := r.Findings[i].Span
		assert.EqualValues(t, s.Line, d.GetLocation().GetRange().GetStart().GetLine())
		assert.EqualValues(t, s.Column, d.GetLocation().GetRange().GetStart().GetColumn())
		assert.EqualValues(t, s.EndColumn, d.GetLocation().GetRange().GetEnd().GetColumn())
	}
	require.Len(t, first.GetSuggestions(), 1)
	assert.Equal(t, "\n\tdefer tx.Rollback()", first.GetSuggestions()[0].GetText())
	assert.EqualValues(t, 7, first.GetSuggestions()[0].GetRange().GetStart().GetLine())
	assert.Equal(t, "nplusone/read", all[3].GetCode().GetValue())
}

func TestReviewdogReadsCheckstyle(t *testing.T) {
	t.Parallel()
	r := reporttest.New(t)
	var b bytes.Buffer
	require.NoError(t, checkstyle.Write(&b, r))
	all, err := parser.NewCheckStyleParser().Parse(&b)
	require.NoError(t, err)
	require.Len(t, all, len(r.Findings))
	for i, d := range all {
		f := r.Findings[i]
		assert.Equal(t, r.DirPath(f.Span.File), d.GetLocation().GetPath())
		assert.EqualValues(t, f.Span.Line, d.GetLocation().GetRange().GetStart().GetLine())
		assert.EqualValues(t, f.Span.Column, d.GetLocation().GetRange().GetStart().GetColumn())
		assert.Equal(t, report.OneLine(f.Message), d.GetMessage())
	}
	assert.Equal(t, "txlint.nplusone.read", all[3].GetCode().GetValue())
}

package consumers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/config"
)

// configSchema compiles the schema that editors get.
func configSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "txlint.schema.json"))
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("txlint.json", doc))
	schema, err := compiler.Compile("txlint.json")
	require.NoError(t, err)
	return schema
}

// everything is a configuration with every key and every word in it.
func everything() map[string]any {
	values := map[string]any{"error-field": "Err", "chains": true, "failed-commit-open": true, "auto-commit": true, "idle-commit": true, "nested-ends": true, "done-error": "ErrDone", "lazy": true, "waits": true, "writes": true,
		"rollback-after-commit": true, "cancelled-rollback-keeps": true, "sends": "text", "instead": "send them at once"}
	fill := func(row map[string]any, word string) map[string]any {
		for i, field := range catalog.FieldsOf(word) {
			row[field] = i
			if v, ok := values[field]; ok {
				row[field] = v
			}
		}
		return row
	}
	var rows []any
	for i, w := range catalog.UserEffects() {
		rows = append(rows,
			fill(map[string]any{"package": "example.com/a", "function": fmt.Sprintf("F%d", i), "does": w.Name}, w.Name),
			fill(map[string]any{"package": "example.com/a", "type": "T", "method": fmt.Sprintf("M%d", i), "does": w.Name}, w.Name))
	}
	for i, w := range catalog.UserRoles() {
		rows = append(rows, fill(map[string]any{"package": "example.com/a", "type": fmt.Sprintf("T%d", i), "is": w.Name}, w.Name))
	}
	rules := map[string]any{}
	for i, r := range config.SpecOf(txlint.Suite()).Rules {
		options := map[string]any{}
		for _, o := range r.Options {
			options[o.Name] = true
			if len(o.Words) > 0 {
				options[o.Name] = o.Words[0]
			}
		}
		rules[r.Name] = options
		if i == 0 {
			rules[r.Name] = false
		}
	}
	return map[string]any{
		"libraries":    rows,
		"repositories": []any{"example.com/a.Store", "gopkg.in/b.v3.Store"},
		"finishers":    []any{"example.com/a.Finish", "example.com/a.T.Finish"},
		"borrowers":    []any{"example.com/a.Borrow"},
		"slow":         []any{"example.com/mail.Send", "example.com/mail.Client.Send"},
		"rules":        rules,
		"exclude":      []any{"gen/**", "**/*_mock.go"},
	}
}

// mutants returns copies of a value that differ from it in one place each.
func mutants(v any) []any {
	out := []any{nil, true, 1, -1, 1.5, "zzz", "", " ", []any{}, []any{1}, map[string]any{}, map[string]any{"zzz": 1}}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			gone := maps.Clone(v)
			delete(gone, key)
			renamed := maps.Clone(gone)
			renamed[key+"z"] = v[key]
			out = append(out, gone, renamed)
			for _, m := range mutants(v[key]) {
				changed := maps.Clone(v)
				changed[key] = m
				out = append(out, changed)
			}
		}
		more := maps.Clone(v)
		more["zzz"] = "zzz"
		out = append(out, more)
	case []any:
		for i := range v {
			for _, m := range mutants(v[i]) {
				changed := slices.Clone(v)
				changed[i] = m
				out = append(out, changed)
			}
		}
	}
	return out
}

// sendingRows are configurations with a row for each thing that a statement can
// send, and all that can be said beside that.
func sendingRows() []any {
	var out []any
	for _, w := range catalog.UserSends() {
		for _, beside := range []map[string]any{
			{}, {"writes": true}, {"writes": false}, {"instead": "send them at once"}, {"writes": true, "instead": "send them at once"},
		} {
			row := map[string]any{"package": "example.com/a", "function": "F", "does": "statement", "sends": w.Name}
			maps.Copy(row, beside)
			out = append(out, map[string]any{"libraries": []any{row}})
		}
	}
	return out
}

// TestSchemaAndDecoderAgree changes a configuration that has everything in it in
// every place: what editors accept is what the decoder accepts.
func TestSchemaAndDecoderAgree(t *testing.T) {
	t.Parallel()
	schema, spec := configSchema(t), config.SpecOf(txlint.Suite())
	verdicts := func(v any) (text []byte, editor, decoder error) {
		text, err := yaml.Marshal(v)
		require.NoError(t, err)
		var read any
		require.NoError(t, yaml.Unmarshal(text, &read))
		asJSON, err := json.Marshal(read)
		require.NoError(t, err)
		_, decoder = config.Decode(config.Name, text, spec)
		return text, validate(schema, asJSON), decoder
	}
	whole := everything()
	text, editor, decoder := verdicts(whole)
	require.NoError(t, editor, string(text))
	require.NoError(t, decoder, string(text))

	rejected := 0
	for _, m := range append(mutants(whole), sendingRows()...) {
		text, editor, decoder := verdicts(m)
		if (editor == nil) != (decoder == nil) {
			t.Errorf("an editor says %v, the decoder %v, of\n%s", editor, decoder, text)
		}
		if decoder != nil {
			rejected++
		}
	}
	assert.Greater(t, rejected, 1000)
}

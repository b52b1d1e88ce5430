package docgen_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/docgen"
)

func rule() *analysis.Analyzer {
	a := &analysis.Analyzer{
		Name: "demo",
		Doc: `demo: report what is wrong

It *looks* at things:

	func f() {
		g() // wrong
	}

# Details

More.`,
	}
	a.Flags.Bool("loud", false, "say it twice")
	return a
}

func TestPage(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "<!-- Generated from analyzers/demo/doc.go: change it there. -->\n"+`
# demo

Report what is wrong.

It \*looks\* at things:

`+"```go"+`
func f() {
	g() // wrong
}
`+"```"+`

## Details

More.

## Flags

| flag | default | |
| --- | --- | --- |
| `+"`-demo.loud` | `false`"+` | say it twice |
`, docgen.Page(rule()))
}

func TestExamples(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"func f() {\n\tg() // wrong\n}\n"}, docgen.Examples(rule()))
}

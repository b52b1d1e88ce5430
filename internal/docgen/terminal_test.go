package docgen_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/txlint/txlint/internal/docgen"
)

func TestTerminal(t *testing.T) {
	t.Parallel()
	in := func(brackets string) func(string) string {
		return func(s string) string { return brackets[:1] + s + brackets[1:] }
	}
	style := docgen.Style{Heading: in("<>"), Code: in("{}"), Comment: in("()")}
	r := rule()
	r.Doc = strings.Replace(r.Doc, "More.", "Much more, in a sentence that has to be wrapped.\n\n  - one\n  - two", 1)
	assert.Equal(t, `It *looks* at
things:

    {func f() {}
    {    g()} (// wrong)
    {}}

<Details>

Much more, in a
sentence that has to
be wrapped.

  - one
  - two
`, docgen.Terminal(r, 20, style))
}

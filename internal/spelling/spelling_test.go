package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/txlint/txlint/internal/spelling"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"earlyreturn", "txowner", "nplusone", "json", "c", "C"}
	for word, want := range map[string]string{
		"earlyretrun": "earlyreturn",
		"txowners":    "txowner",
		"jsno":        "json",
		"n+1":         "",
		"x":           "",
		"":            "",
		"nplus":       "",
	} {
		assert.Equal(t, want, spelling.Nearest(word, names), word)
	}
}

package txflow

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxFact is what one function may cost every package that imports it.
const maxFact = 16 << 10

// encodeFact encodes a fact as the drivers do.
func encodeFact(t testing.TB, e *Effects) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gob.NewEncoder(&b).Encode(e))
	return b.Bytes()
}

// checkFact fails the test if the effects do not come back from their encoding
// as they were, or are too large. It returns the encoding.
func checkFact(t testing.TB, name string, e *Effects) []byte {
	t.Helper()
	b := encodeFact(t, e)
	var back Effects
	require.NoError(t, gob.NewDecoder(bytes.NewReader(b)).Decode(&back), name)
	assert.True(t, reflect.DeepEqual(e, &back), "%s does not survive its encoding: %s came back as %s", name, e, &back)
	assert.Less(t, len(b), maxFact, "%s has a fact of %d bytes", name, len(b))
	return b
}

package proofs

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// endedOnce requires that a runner has returned the error that is wanted, nil for
// none, after one transaction, which ended as it should and gave its connection
// back.
func endedOnce(t *testing.T, server *fake.Server, db *sql.DB, err, want error, ends string) {
	t.Helper()
	if want == nil {
		require.NoError(t, err)
	} else {
		require.ErrorIs(t, err, want)
	}
	log := server.Log()
	require.NotEmpty(t, log)
	assert.Equal(t, "begin", log[0])
	assert.Equal(t, ends, log[len(log)-1])
	assert.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(log), func(s string) bool { return s != "commit" && s != "rollback" })))
	assert.Zero(t, db.Stats().InUse)
}

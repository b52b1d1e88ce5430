package proofs

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"github.com/cockroachdb/cockroach-go/v2/crdb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// TestRetryLoopFinishes proves that ExecuteTx begins, calls back, and finishes
// whatever its callback does, and that a callback that commits makes it fail.
func TestRetryLoopFinishes(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for name, c := range map[string]struct {
		do   func(tx *sql.Tx) error
		ends string
		want error
	}{
		"success":  {func(*sql.Tx) error { return nil }, "commit", nil},
		"error":    {func(*sql.Tx) error { return refused }, "rollback", refused},
		"a commit": {func(tx *sql.Tx) error { return tx.Commit() }, "commit", sql.ErrTxDone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fake.Server{}
			db := server.DB()
			defer func() { assert.NoError(t, db.Close()) }()
			err := crdb.ExecuteTx(context.Background(), db, nil, c.do)
			if c.want == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, c.want)
			}
			log := server.Log()
			require.NotEmpty(t, log)
			assert.Equal(t, "begin", log[0])
			assert.Equal(t, c.ends, log[len(log)-1])
			assert.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(log), func(s string) bool { return s != "commit" && s != "rollback" })))
			assert.Zero(t, db.Stats().InUse)
		})
	}
}

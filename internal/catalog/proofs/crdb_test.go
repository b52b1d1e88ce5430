package proofs

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/cockroachdb/cockroach-go/v2/crdb"
	"github.com/stretchr/testify/assert"

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
			endedOnce(t, server, db, err, c.want, c.ends)
		})
	}
}

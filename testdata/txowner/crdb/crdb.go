// Package crdb holds closures that the retry loop of CockroachDB's client runs.
package crdb

import (
	"context"
	"database/sql"

	"github.com/cockroachdb/cockroach-go/v2/crdb"
)

func retriedBad(ctx context.Context, db *sql.DB) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE a SET n = 1`); err != nil {
			return err
		}
		return tx.Commit() // want "commits tx, which crdb.ExecuteTx finishes: return nil and it is committed"
	})
}

func retriedOK(ctx context.Context, db *sql.DB) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE a SET n = 1`)
		return err
	})
}

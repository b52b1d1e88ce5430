// Package deep begins for kit, which hands on what it is given.
package deep

import (
	"context"
	"database/sql"
)

// Open begins.
func Open(ctx context.Context, db *sql.DB) (*sql.Tx, error) { return db.BeginTx(ctx, nil) }

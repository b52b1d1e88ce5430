// Package sqlite opens the shop's database file.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

//go:embed schema.sql
var tables string

//go:embed seed.sql
var seed string

// Options decide how the shop behaves under load, and through which driver it speaks.
type Options struct {
	MaxOpenConns int           // connections in the pool, for readers and writers together
	BusyTimeout  time.Duration // how long a writer waits for another writer
	Driver       string        // the driver's name, if it is not "sqlite"
}

// Open opens the file at path, creates it if need be, and brings the schema up.
func Open(ctx context.Context, path string, options Options) (*sql.DB, error) {
	db, err := sql.Open(cmp.Or(options.Driver, "sqlite"), dataSource(path, options))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(options.MaxOpenConns)
	if _, err := db.ExecContext(ctx, tables); err != nil {
		_ = db.Close() // the error of the schema is the one to tell
		return nil, fmt.Errorf("create the schema: %w", err)
	}
	return db, nil
}

// Seed fills an empty database with a small stock, a few customers and orders in every status.
func Seed(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, seed); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}

// dataSource asks for write-ahead logging, so that readers and one writer do not stop each other.
// The pragmas belong into the name because each new connection of the pool needs them.
func dataSource(path string, options Options) string {
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", options.BusyTimeout.Milliseconds()),
		"journal_mode(WAL)",
		"foreign_keys(1)",
	}}
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: pragmas.Encode()}
	return name.String()
}

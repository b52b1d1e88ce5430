// Package quiet has helpers that name no transaction: nothing in it says that
// what they are given may be one.
package quiet

import (
	"context"
	"log/slog"
)

// LogOnError calls a function and logs what it returns.
func LogOnError(ctx context.Context, f func() error) {
	if err := f(); err != nil {
		slog.ErrorContext(ctx, "deferred", "err", err)
	}
}

// Closer asks for no more than the end that it needs.
type Closer interface{ Rollback(context.Context) error }

// RollBack ends what it is given and logs an error of that.
func RollBack(ctx context.Context, what string, c Closer) {
	if err := c.Rollback(ctx); err != nil {
		slog.ErrorContext(ctx, what, "err", err)
	}
}

package store

import (
	"database/sql"
	"errors"
	"fmt"

	"example.com/shop/internal/domain"
)

// found turns the error of a one-row query into the shop's own words.
func found(err error, what string, key any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %v: %w", what, key, domain.ErrNotFound)
	}
	return wrap(err, what)
}

func wrap(err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

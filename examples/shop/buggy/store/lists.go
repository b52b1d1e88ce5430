package store

import (
	"encoding/json"
	"fmt"
)

// list encodes a slice as the one argument of a json_each, so that a list of any length is one
// statement.
func list[T any](elements []T) (string, error) {
	encoded, err := json.Marshal(elements)
	if err != nil {
		return "", fmt.Errorf("encode list: %w", err)
	}
	return string(encoded), nil
}

// lines reads a list of domain.Line as a table.
const lines = `(SELECT value ->> 'sku' AS sku, value ->> 'quantity' AS quantity FROM json_each(?))`

// Package web is what every handler of the shop needs: JSON in, JSON out, errors as status codes.
package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"example.com/shop/internal/domain"
)

// maxBody bounds a request body; the longest price list is far below it.
const maxBody = 1 << 20

// Endpoint answers a request with a value or with the reason for there being none.
type Endpoint func(r *http.Request) (any, error)

// ServeHTTP writes what the endpoint answers.
func (e Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	body, err := e(r)
	if err != nil {
		Error(w, err)
		return
	}
	JSON(w, http.StatusOK, body)
}

// Decode reads the request body into a T.
func Decode[T any](r *http.Request) (T, error) {
	var body T
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return body, fmt.Errorf("%w: body: %w", domain.ErrInvalid, err)
	}
	return body, nil
}

// ID reads the path value "id".
func ID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: id: %w", domain.ErrInvalid, err)
	}
	return id, nil
}

// JSON writes body. The header is out by then, so that a failure can only be logged.
func JSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		slog.Warn("write the response", "error", err)
	}
}

// Error writes err. Only refusals of the shop are told to the caller; anything else is logged.
func Error(w http.ResponseWriter, err error) {
	status := statusOf(err)
	message := err.Error()
	if status == http.StatusInternalServerError {
		slog.Error("request failed", "error", err)
		message = http.StatusText(status)
	}
	JSON(w, status, map[string]string{"error": message})
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, domain.ErrInvalid):
		return http.StatusUnprocessableEntity
	case errors.Is(err, domain.ErrConflict):
		return http.StatusConflict
	default:
		return http.StatusInternalServerError
	}
}

// Package fake stands in for database servers: it records what a library
// sends, counts the transactions that are open, and fails or waits where a
// test tells it to.
package fake

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// The steps that a test can give a script for.
const (
	Begin    = "begin"
	Commit   = "commit"
	Rollback = "rollback"
	Exec     = "exec"
)

// ErrRefused is the answer of a server that understood and would not.
var ErrRefused = errors.New("refused")

// ErrHangUp, as the result of a script, ends the connection without an answer.
var ErrHangUp = errors.New("hung up")

// A Server is what a test sees of a fake server. The zero value answers
// everything with success.
type Server struct {
	mu      sync.Mutex
	log     []string
	scripts map[string]func(context.Context) error
	open    int
}

// On makes the server run the script at every step of that name, and answer
// with the error that it returns. A script that waits must heed its context.
func (s *Server) On(step string, script func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scripts == nil {
		s.scripts = map[string]func(context.Context) error{}
	}
	s.scripts[step] = script
}

// Fail makes every step of that name fail with err.
func (s *Server) Fail(step string, err error) {
	s.On(step, func(context.Context) error { return err })
}

// Open returns the number of transactions that the server has open.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// Log returns what the server was asked to do, in order and in lower case.
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log...)
}

// Count returns how many entries of the log start with the given words.
func (s *Server) Count(prefix string) int {
	n := 0
	for _, entry := range s.Log() {
		if strings.HasPrefix(entry, prefix) {
			n++
		}
	}
	return n
}

// step notes an entry and runs the script of its step outside the lock.
func (s *Server) step(ctx context.Context, step, entry string) error {
	s.mu.Lock()
	s.log = append(s.log, strings.ToLower(entry))
	script := s.scripts[step]
	s.mu.Unlock()
	if script == nil {
		return nil
	}
	return script(ctx)
}

// opened counts a transaction in, or out with a negative number.
func (s *Server) opened(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += by
}

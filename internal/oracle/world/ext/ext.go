// Package ext is what programs under the oracle call that has nothing to do
// with a database: work that succeeds or fails, and conditions that nothing in
// the source decides.
package ext

import "errors"

// ErrSpecial is the error that programs tell from others.
var ErrSpecial = errors.New("special")

// Failed is an error like any other.
var Failed = errors.New("failed")

// Decide answers what nothing in the source decides: a number below n.
var Decide = func(n int) int { return 0 }

// Step is work that can fail.
func Step() error {
	if Decide(2) == 1 {
		return Failed
	}
	return nil
}

// Kinds is work that can fail in two ways.
func Kinds() error {
	switch Decide(3) {
	case 1:
		return Failed
	case 2:
		return ErrSpecial
	}
	return nil
}

// Flag is a condition.
func Flag() bool { return Decide(2) == 1 }

// Items is a small collection.
func Items() []int { return make([]int, Decide(3)) }

// Ready is a channel that can be received from at once, or never.
func Ready() <-chan struct{} {
	ch := make(chan struct{})
	if Decide(2) == 1 {
		close(ch)
	}
	return ch
}

// Note is work that cannot fail.
func Note(...any) {}

// Package ext is what programs under the oracle call that has nothing to do
// with a database: work that succeeds or fails, and conditions that nothing in
// the source decides.
package ext

import "errors"

// ErrSpecial is the error that programs tell from others.
var ErrSpecial = errors.New("special")

// ErrFailed is an error like any other.
var ErrFailed = errors.New("failed")

// Decide answers what nothing in the source decides: a number below n.
var Decide = func(n int) int { return 0 }

// Special says whether the program tells ErrSpecial from other errors. Where it
// does, all that can fail can fail in both ways.
var Special bool

// Fail decides whether something fails, and how: other is the error that is not
// ErrSpecial.
func Fail(other error) error {
	n := 2
	if Special {
		n = 3
	}
	switch Decide(n) {
	case 1:
		return other
	case 2:
		return ErrSpecial
	}
	return nil
}

// Step is work that can fail.
func Step() error { return Fail(ErrFailed) }

// Flag is a condition.
func Flag() bool { return Decide(2) == 1 }

// Items is a small collection of different elements.
func Items() []int {
	items := make([]int, Decide(3))
	for i := range items {
		items[i] = i + 1
	}
	return items
}

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

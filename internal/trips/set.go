package trips

import "math/bits"

// A Mask is a set of inputs of a function: its parameters, the receiver among
// them, then the variables that it captures.
type Mask uint64

// maxInputs is how many inputs a Mask can hold; further ones are not followed.
const maxInputs = 64

func (m Mask) has(i int) bool { return i >= 0 && i < maxInputs && m&(1<<i) != 0 }

func inputBit(i int) Mask {
	if i < 0 || i >= maxInputs {
		return 0
	}
	return 1 << i
}

// A source is what a value can derive from, apart from inputs: some role in
// one loop of the function.
type source int

// The roles of a loop.
const (
	// element: what the loop walks is a collection, and this is one of it.
	element source = iota
	// chunk: an element that is a collection itself.
	chunk
	// counter: the number of the round.
	counter
	rolesOfLoop
)

// A set is what a value derives from: inputs in the first word, gathered inputs
// in the second, roles of loops in those that follow. A set is never changed
// once it is made.
type set []uint64

// inputs returns the inputs that the value derives from directly.
func (s set) inputs() Mask { return s.word(0) }

// gatheredInputs returns the inputs that were added to something which is
// older than the call and which the value derives from.
func (s set) gatheredInputs() Mask { return s.word(1) }

func (s set) word(i int) Mask {
	if len(s) <= i {
		return 0
	}
	return Mask(s[i])
}

// asGathered turns the inputs of s into gathered ones.
func (s set) asGathered() set {
	if s.inputs() == 0 {
		return s
	}
	out := make(set, max(len(s), 2))
	copy(out, s)
	out[1] |= out[0]
	out[0] = 0
	return out
}

func ofMask(m Mask) set {
	if m == 0 {
		return nil
	}
	return set{uint64(m)}
}

// firstRole is the first bit that stands for a role of a loop.
const firstRole = 2 * maxInputs

func roleBit(loop int, r source) int { return firstRole + loop*int(rolesOfLoop) + int(r) }

func single(bit int) set {
	s := make(set, bit/64+1)
	s[bit/64] = 1 << (bit % 64)
	return s
}

func (s set) has(bit int) bool { return bit/64 < len(s) && s[bit/64]&(1<<(bit%64)) != 0 }

func (s set) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// or returns the union of two sets.
func (s set) or(t set) set {
	if len(t) > len(s) {
		s, t = t, s
	}
	if t.subsetOf(s) {
		return s
	}
	out := make(set, len(s))
	copy(out, s)
	for i, w := range t {
		out[i] |= w
	}
	return out
}

func (s set) subsetOf(t set) bool {
	for i, w := range s {
		if i >= len(t) {
			if w != 0 {
				return false
			}
		} else if w&^t[i] != 0 {
			return false
		}
	}
	return true
}

// without returns s less the bits that drop holds of.
func (s set) without(drop func(bit int) bool) set {
	var out set
	for i, w := range s {
		for rest := w; rest != 0; rest &= rest - 1 {
			bit := bits.TrailingZeros64(rest)
			if drop(i*64 + bit) {
				if out == nil {
					out = make(set, len(s))
					copy(out, s)
				}
				out[i] &^= 1 << bit
			}
		}
	}
	if out == nil {
		return s
	}
	return out
}

// withoutRole returns s less one role of every loop.
func (s set) withoutRole(r source) set {
	return s.without(func(bit int) bool { return bit >= firstRole && source((bit-firstRole)%int(rolesOfLoop)) == r })
}

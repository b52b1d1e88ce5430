package txflow

import (
	"go/token"
	"math"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ssa"
)

// is returns isNil or isNonNil where the path knows which n is, 0 where not.
func (f *frame) is(s state, n *node) truth {
	if n == nil {
		return 0
	}
	switch n.kind {
	case kNil:
		return isNil
	case kNonNil, kObject, kResult, kField, kElem, kTx, kDerived, kFunc, kCleanup, kCarrier, kCancel, kConst, kStruct:
		return isNonNil
	case kSym:
		switch n.v.(type) {
		case *ssa.Global, *ssa.Alloc:
			return isNonNil // their addresses
		}
	}
	if t, ok := s.facts.get(n.id); ok {
		return t
	}
	if t, ok := s.known.get(n.id); ok {
		return t
	}
	return 0
}

// decide returns the truth of the condition n where the path knows it.
func (f *frame) decide(s state, n *node) (value, ok bool) {
	u := f.u()
	switch n {
	case u.yes:
		return true, true
	case u.no:
		return false, true
	}
	for _, m := range []smap[truth]{s.facts, s.known} {
		if t, ok := m.get(n.id); ok {
			switch t {
			case isTrue:
				return true, true
			case isFalse:
				return false, true
			}
		}
	}
	switch n.kind {
	case kNot:
		v, ok := f.decide(s, n.x)
		return !v, ok
	case kImpliesNonNil:
		if f.is(s, n.x) == isNil {
			return false, true
		}
	case kCompare:
		return f.decideCompare(s, n)
	}
	return false, false
}

func (f *frame) decideCompare(s state, n *node) (value, ok bool) {
	x, y := n.x, n.y
	if x == y && x.kind != kNonNil {
		return n.op == token.EQL, true
	}
	if n.op == token.EQL {
		a, b := f.is(s, x), f.is(s, y)
		if y.kind == kNil && a != 0 {
			return a == isNil, true
		}
		if a == isNil && b == isNonNil || a == isNonNil && b == isNil {
			return false, true
		}
	}
	if x.kind == kConst && y.kind == kConst {
		if n.op == token.EQL && x.s != zeroStruct && y.s != zeroStruct {
			return x.s == y.s, true
		}
		a, errA := strconv.ParseInt(x.s, 0, 64)
		b, errB := strconv.ParseInt(y.s, 0, 64)
		if errA == nil && errB == nil {
			return n.op == token.LSS && a < b || n.op == token.GTR && a > b, true
		}
	}
	if y.kind == kConst {
		return f.decideRange(s, n)
	}
	return false, false
}

// decideRange decides a comparison with a constant from what earlier
// comparisons of the same value with constants left possible.
func (f *frame) decideRange(s state, n *node) (value, ok bool) {
	c, err := strconv.ParseInt(n.y.s, 0, 64)
	isInt := err == nil
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	if n.x.kind == kLen {
		lo = 0
	}
	for _, m := range []smap[truth]{s.facts, s.known} {
		for _, e := range m {
			k := f.u().byID(e.key)
			if k.kind != kCompare || k.x != n.x || k.y.kind != kConst {
				continue
			}
			if n.op == token.EQL && k.op == token.EQL && e.val == isTrue {
				return k.y.s == n.y.s, true
			}
			d, err := strconv.ParseInt(k.y.s, 0, 64)
			if err != nil {
				continue
			}
			switch {
			case k.op == token.EQL && e.val == isTrue:
				lo, hi = max(lo, d), min(hi, d)
			case k.op == token.EQL && d == lo:
				lo++
			case k.op == token.EQL && d == hi:
				hi--
			case k.op == token.LSS && e.val == isTrue:
				hi = min(hi, max(d, math.MinInt64+1)-1)
			case k.op == token.LSS:
				lo = max(lo, d)
			case k.op == token.GTR && e.val == isTrue:
				lo = max(lo, min(d, math.MaxInt64-1)+1)
			case k.op == token.GTR:
				hi = min(hi, d)
			}
		}
	}
	if !isInt {
		return false, false
	}
	switch n.op {
	case token.EQL:
		if c < lo || c > hi {
			return false, true
		}
		if lo == hi {
			return c == lo, true
		}
	case token.LSS:
		if hi < c {
			return true, true
		}
		if lo >= c {
			return false, true
		}
	case token.GTR:
		if lo > c {
			return true, true
		}
		if hi <= c {
			return false, true
		}
	}
	return false, false
}

// assume returns s where the condition n has the value want; ok is false if
// the path rules that out.
func (f *frame) assume(s state, n *node, want bool) (out state, ok bool) {
	if v, ok := f.decide(s, n); ok {
		return s, v == want
	}
	switch n.kind {
	case kNot:
		return f.assume(s, n.x, !want)
	case kCompare:
		if n.op == token.EQL && n.y.kind == kNil {
			return f.learn(s, n.x, want), true
		}
		if n.op == token.EQL && want {
			// A value equal to a non-nil one is not nil, and the reverse.
			if f.is(s, n.y) == isNonNil {
				s = f.learn(s, n.x, false)
			} else if f.is(s, n.x) == isNonNil {
				s = f.learn(s, n.y, false)
			}
		}
		if n.x.kind == kNonNil || n.y.kind == kNonNil {
			return s, true // nothing tells two of them apart
		}
	case kImpliesNonNil:
		if want {
			s = f.learn(s, n.x, false)
		} else if ofContext(n.x) {
			s = f.learn(s, n.x, true) // a key has values of one type
		}
	case kNonNil:
		return s, true
	}
	t := isFalse
	if want {
		t = isTrue
	}
	s = f.doubt(s, n)
	s.facts = s.facts.set(n.id, t)
	return s, true
}

// doubt returns s where the condition n has been tested. If it reads an object
// that code not in view may have written to while it held an open transaction,
// that code may have finished it too, and the condition may tell.
func (f *frame) doubt(s state, n *node) state {
	written := n.writtenAt()
	if written == nil {
		return s
	}
	held := carried(s, f.u(), cell(written))
	for i, o := range s.obs {
		if o.phase == open && o.lent && !o.doubted && slices.Contains(held, o.tx) {
			s.obs = slices.Clone(s.obs)
			s.obs[i].doubted = true
		}
	}
	return s
}

// writtenAt returns the address whose content a call may have written and that
// n reads, nil if there is none.
func (n *node) writtenAt() *node {
	if n == nil {
		return nil
	}
	if n.kind == kHavoc && n.s != overwritten {
		return n.x
	}
	if at := n.x.writtenAt(); at != nil {
		return at
	}
	return n.y.writtenAt()
}

// ofContext reports whether n is what a context that was passed in carries.
func ofContext(n *node) bool {
	return n.kind == kLoad && n.x.kind == kSym && n.x.v != nil && isContext(n.x.v.Type())
}

// learn records whether n is nil.
func (f *frame) learn(s state, n *node, null bool) state {
	if f.is(s, n) != 0 {
		return s
	}
	t := isNonNil
	if null {
		t = isNil
	} else if n.kind == kEnded {
		s = s.contextOver(n.x)
	}
	s.facts = s.facts.set(n.id, t)
	return s
}

// contextOver returns s where the context has ended, and with it the
// transactions that end with it.
func (s state) contextOver(ctx *node) state {
	for _, o := range s.obs {
		if o.mayBeOpen() && o.ctx == ctx {
			s = s.setPhase(o.tx, rolledBack)
		}
	}
	return s
}

// assumeNil returns s where n is nil, or is not; ok is false if it is known to
// be otherwise.
func (f *frame) assumeNil(s state, n *node, null bool) (state, bool) {
	if t := f.is(s, n); t != 0 {
		return s, (t == isNil) == null
	}
	return f.learn(s, n, null), true
}

package txflow

import (
	"slices"

	"golang.org/x/tools/go/ssa"
)

// register notes a deferred call, with the values that its operands have now.
// A defer in a loop that was registered with the same operands is one.
func (f *frame) register(s state, d *ssa.Defer) state {
	fn, args := f.operands(s, d.Common())
	for _, old := range s.defers {
		if old.site == d && old.fn == fn && sameNodes(old.args, args) {
			return s
		}
	}
	const maxDefers = 32
	if len(s.defers) >= maxDefers {
		s.guess = "it defers more calls than are followed"
		return s
	}
	def := deferral{site: d, fn: fn, args: args}
	if f.deferInLoop(def) {
		def.ends = f.waitsFor(s, fn, args)
	}
	s.defers = append(s.defers[:len(s.defers):len(s.defers)], def)
	return s
}

// waitsFor returns the open transactions that a deferred call would finish or
// is a finisher's receiver of.
func (f *frame) waitsFor(s state, fn *node, args []*node) []*node {
	var out []*node
	for _, a := range args {
		out = append(out, carried(s, f.u(), a)...)
	}
	if fn != nil && fn.kind == kFunc {
		for tx := range f.wouldEnd(s, fn) {
			out = append(out, tx)
		}
	}
	return out
}

func sameNodes(a, b []*node) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// runDefers runs the deferred calls, the last one first, with what the
// variables that they capture hold now.
func (f *frame) runDefers(s state) []state {
	states := []state{s}
	for again := true; again; {
		again = false
		var next []state
		for _, s := range states {
			n := len(s.defers)
			if n == 0 {
				next = append(next, s)
				continue
			}
			again = true
			d := s.defers[n-1]
			s.defers = s.defers[: n-1 : n-1]
			s = s.with(stepDefer, d.site, false, nil, "")
			for _, r := range f.call(s, d.site, d.fn, d.args) {
				next = append(next, r.state)
			}
		}
		states = distinct(next)
	}
	return states
}

// returns handles a return: what the function still owns then, and hands to
// nobody, is left open.
func (f *frame) returns(s state, ret *ssa.Return) {
	results := make([]*node, len(ret.Results))
	for i, r := range ret.Results {
		results[i] = f.eval(s, r)
	}
	if f.caller == nil {
		f.ends(s, results, ret)
		s = f.leakCheck(s, results, ret)
	}
	s = f.handsOut(s, results)
	f.exits = append(f.exits, exit{s, results, ret})
}

// handsOut returns s as the caller finds it who is handed a transaction of which
// it rests on trust alone that it is over: nobody hands out what has ended, so it
// may be open, and then it is the caller's to finish. What comes with an error is
// not handed out, and what a literal writes to variables stays what it was.
func (f *frame) handsOut(s state, results []*node) state {
	if !s.trusts() || len(results) > 0 && returnsError(f.fn.Signature) && f.is(s, results[len(results)-1]) == isNonNil {
		return s
	}
	t, alive := s, f.outlives
	t.env, t.defers = nil, nil
	if f.caller != nil {
		alive = func(*node) bool { return false }
	}
	return s.mistrusted(f.reachable(t, results, alive).txs, f.fn)
}

// leakCheck reports the transactions that are open at the end of the solved
// function and out of everybody's reach.
func (f *frame) leakCheck(s state, results []*node, ret *ssa.Return) state {
	if !anyOpen(s) {
		return s
	}
	s.env = nil
	r := f.reachable(s, results, f.outlives)
	for _, o := range s.obs {
		if !o.held() {
			continue
		}
		if r.txs[o.tx] {
			f.a.silence(o.tx, ret, "the caller gets it", f)
			continue
		}
		f.a.leak(f, s, o, Exit, ret, results)
	}
	return s
}

// outlives reports whether the base n of an address refers to something that
// is still there when the solved function has returned.
func (f *frame) outlives(n *node) bool {
	if isInputValue(n.v, f.fn) {
		return true
	}
	// What some call returned, and this path did not see being made, belongs
	// to whoever made it.
	return n.kind == kSym || n.kind == kResult && n.s == shared
}

// shared marks the result of a call that the caller may not be alone to hold.
const shared = "shared"

// made marks the result of a call that the callee allocated: the fields that
// are not known to be written are zero.
const made = "made"

// leave handles the end of a function literal that was run in place: what it
// began and put nowhere is left open.
func (g *frame) leave(s state, x exit) state {
	mine := func(o obligation) bool {
		return o.held() && within(o.tx.v, g.fn)
	}
	if !slices.ContainsFunc(s.obs, mine) {
		return s
	}
	r := g.reachable(s, x.results, func(n *node) bool { return g.callerOwns(n.v) || g.root().outlives(n) })
	for _, o := range s.obs {
		if !mine(o) || r.txs[o.tx] {
			continue
		}
		if !g.quiet {
			g.a.leak(g, s, o, Exit, x.ret, x.results)
		}
		s = s.dropObligation(o.tx)
	}
	return s
}

// within reports whether v is computed by fn or by a literal inside it.
func within(v ssa.Value, fn *ssa.Function) bool {
	return v.Parent() == fn || encloses(fn, v.Parent())
}

func anyOpen(s state) bool {
	return slices.ContainsFunc(s.obs, obligation.held)
}

// held reports whether the transaction is open and holds a connection that
// somebody has to give back.
func (o obligation) held() bool { return o.phase == open && o.idle == 0 && !o.tx.isManaged() }

// panics handles a panic: deferred calls run, and what is open after them
// stays open if somebody recovers.
func (f *frame) panics(s state, instr ssa.Instruction) {
	if f.quiet || f.caller != nil || !anyOpen(s) {
		return
	}
	s.panicking = true
	for _, t := range f.runDefers(s) {
		for _, o := range t.obs {
			if o.held() {
				f.a.leak(f, t, o, PanicExit, instr, nil)
			}
		}
	}
}

// panicPoint looks at what would stay open if the function value that c calls
// panicked: it is somebody else's code.
func (f *frame) panicPoint(s state, c ssa.CallInstruction) {
	if _, ok := c.(*ssa.Call); ok {
		f.panics(s, c)
	}
}

// roundAgain handles a begin that runs again while the transaction of its last
// round is open.
func (f *frame) roundAgain(s state, c *ssa.Call) state {
	for _, o := range s.obs {
		if o.tx.v != ssa.Value(c) {
			continue
		}
		if o.held() && !f.quiet {
			what := NextRound
			for _, d := range s.defers {
				if slices.Contains(d.ends, o.tx) {
					what = DeferInLoop
				}
			}
			f.a.leak(f, s, o, what, c, nil)
		}
		s = s.dropObligation(o.tx)
	}
	return s
}

func (f *frame) deferInLoop(d deferral) bool {
	p := d.site.Parent()
	return rangeBody(p) || p == f.fn && f.inLoop[d.site.Block().Index]
}

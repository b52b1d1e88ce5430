package txflow

import (
	"encoding/binary"

	"golang.org/x/tools/go/ssa"
)

// reach is the set of SSA values and addresses that a state can still get at.
type reach struct {
	leaf  map[ssa.Value]bool
	nodes map[*node]bool
	txs   map[*node]bool
	heap  map[int32]bool
	// rows are the transactions of the rows and prepared statements in reach.
	rows map[*node]bool
}

// reachable computes what can be got at from the bindings of s, from the
// extra values, and from every address whose base fulfils the predicate.
func (f *frame) reachable(s state, extra []*node, alive func(*node) bool) reach {
	u := f.u()
	r := reach{map[ssa.Value]bool{}, map[*node]bool{}, map[*node]bool{}, map[int32]bool{}, map[*node]bool{}}
	// What is computed from a handle, such as its error, does not hold it.
	var mark func(n *node, holds bool)
	mark = func(n *node, holds bool) {
		if n == nil {
			return
		}
		r.nodes[n] = true
		if n.kind == kTx && holds {
			r.txs[n] = true
		}
		if n.kind == kRows {
			r.rows[n.x] = true
		}
		if n.v != nil {
			r.leaf[n.v] = true
		}
		mark(n.x, holds && n.kind == kDerived)
		mark(n.y, false)
		for _, a := range n.args {
			mark(a, holds)
		}
	}
	for _, e := range s.env {
		mark(e.val, true)
	}
	for _, d := range s.defers {
		mark(d.fn, true)
		for _, a := range d.args {
			mark(a, true)
		}
	}
	for _, n := range extra {
		mark(n, true)
	}
	// Cells wait for their base to be reached.
	waiting := map[*node][]binding[*node]{}
	var bases []*node
	for _, e := range s.heap {
		b := base(u.byID(e.key))
		if waiting[b] == nil {
			bases = append(bases, b)
		}
		waiting[b] = append(waiting[b], e)
	}
	for again := true; again; {
		again = false
		rest := bases[:0]
		for _, b := range bases {
			if !(b.kind == kTx && r.txs[b] || r.nodes[b] || b.v != nil && alive(b)) {
				rest = append(rest, b)
				continue
			}
			again = true
			for _, e := range waiting[b] {
				r.heap[e.key] = true
				mark(e.val, true)
			}
		}
		bases = rest
	}
	return r
}

// Enter makes s the state at the entry of b: values that nobody reads there
// any more are forgotten. That keeps the number of states small.
func (f *frame) Enter(b *ssa.BasicBlock, s state) state {
	u := f.u()
	s.env = s.env.filter(func(key int32, _ *node) bool {
		v := u.value(key)
		return v.Parent() != f.fn || f.live.In(b, v)
	})
	alive := func(n *node) bool {
		v := n.v
		return isInputValue(v, f.root().fn) || f.callerOwns(v) || v.Parent() == f.fn && f.live.In(b, v)
	}
	r := f.reachable(s, nil, alive)
	s.heap = s.heap.filter(func(id int32, _ *node) bool { return r.heap[id] })
	f.settleFacts(b, &s, r)
	s.obs = settled(s.obs, r, s.lentTo(u))
	return s
}

// lentTo returns the transactions that functions among the inputs were called
// with: callers ask how those ended.
func (s state) lentTo(u *universe) map[*node]bool {
	var out map[*node]bool
	for _, e := range s.called {
		for _, a := range e.val.args {
			for _, tx := range lentWith(s, u, a) {
				if out == nil {
					out = map[*node]bool{}
				}
				out[tx] = true
			}
		}
	}
	return out
}

// lentWith returns the transactions that a function gets which is called with n.
func lentWith(s state, u *universe, n *node) []*node {
	if n == nil || n.kind == kFunc || n.kind == kCleanup {
		return nil
	}
	return carried(s, u, n)
}

// settleFacts drops the facts that no later test can ask for again. Those on
// inputs go to known: they tell a caller when the path is taken.
func (f *frame) settleFacts(b *ssa.BasicBlock, s *state, r reach) {
	u := f.u()
	facts := s.facts
	s.facts = facts.filter(func(id int32, t truth) bool {
		n := u.byID(id)
		if n.kind == kEnded && f.isInput(n.x) {
			s.known = s.known.set(id, t)
			return false
		}
		if f.isInput(n) {
			if f.root().tested[f.signature(n)] > 1 {
				return true
			}
			s.known = s.known.set(id, t)
			return false
		}
		return n.leaves(func(v ssa.Value) bool {
			return r.leaf[v] || f.callerOwns(v) || isInputValue(v, f.root().fn) || v.Parent() == f.fn && f.live.In(b, v)
		})
	})
}

// callerOwns reports whether v belongs to a function that this one is run for.
func (f *frame) callerOwns(v ssa.Value) bool {
	for c := f.caller; c != nil; c = c.caller {
		if v.Parent() == c.fn {
			return true
		}
	}
	return false
}

// settled drops obligations that are over and that nobody can refer to.
func settled(obs []obligation, r reach, lentTo map[*node]bool) []obligation {
	matters := func(o obligation) bool { return o.phase == open || r.txs[o.tx] || r.rows[o.tx] || lentTo[o.tx] }
	for i, o := range obs {
		if matters(o) {
			continue
		}
		out := append([]obligation(nil), obs[:i]...)
		for _, o := range obs[i+1:] {
			if matters(o) {
				out = append(out, o)
			}
		}
		return out
	}
	return obs
}

// Widen keeps the transactions, who holds them and what is deferred, and
// forgets conditions and all other values.
func (f *frame) Widen(b *ssa.BasicBlock, s state) state {
	u := f.u()
	s.facts = nil
	holds := func(n *node) bool {
		return n.kind == kFunc || n.kind == kCleanup || n.kind == kCancel || len(carried(s, u, n)) > 0
	}
	s.env = s.env.filter(func(_ int32, n *node) bool { return holds(n) })
	s.known = nil
	s.heap = s.heap.filter(func(_ int32, n *node) bool { return holds(n) })
	// Every variable may have been written, whether this path did or not.
	for _, a := range f.allocs {
		if n := u.object(a); f.live.In(b, a) || s.heap.holdsUnder(u, n) {
			if _, ok := s.heap.get(n.id); !ok {
				s.heap = s.heap.set(n.id, u.havoc(nil, n))
			}
		}
	}
	s.guess = "it has more paths than are kept apart"
	return s
}

// Class tells states by the transactions that they have open: of each one path
// at least is followed to its end. It is worth it only while there is enough left
// of what the solve may cost for all that was forgotten of.
func (f *frame) Class(s state) (class string, ok bool) {
	if s.guess != "" || f.a.budget < maxBudget/2 {
		return "", false
	}
	var b []byte
	for _, o := range s.obs {
		if o.held() {
			b = binary.LittleEndian.AppendUint32(b, uint32(o.tx.id))
		}
	}
	return string(b), true
}

// holdsUnder reports whether something inside the object n is known.
func (m smap[V]) holdsUnder(u *universe, n *node) bool {
	for _, e := range m {
		if under(u.byID(e.key), n) {
			return true
		}
	}
	return false
}

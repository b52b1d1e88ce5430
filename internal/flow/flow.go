// Package flow runs a forward analysis over the control flow graph of one
// function whose value at a block is a set of path states.
//
// Property simulation, as in ESP (Das, Lerner, Seigle, PLDI 2002): paths that
// agree on what matters are one state, paths that do not are kept apart. What
// matters is the state's key; everything else of a state is met when two paths
// of one key come together.
//
// The package knows nothing of what the states mean.
package flow

import (
	"container/heap"

	"golang.org/x/tools/go/ssa"
)

// A Problem says what states are and how instructions change them. States are
// values: no method may change its argument in place.
//
// Laws, which the solver's termination and its independence of the order of
// work rest on, for states a, b, c of one key:
//
//	Meet(a, a) = a, unchanged
//	Meet(a, b) and Meet(b, a) agree up to the witness
//	Meet(Meet(a, b), c) and Meet(a, Meet(b, c)) agree up to the witness
//	Meet changes a state only finitely often
//	Widen(Widen(a)) = Widen(a)
type Problem[S any] interface {
	// Enter makes the state of an edge into the state of the block it leads
	// to: it forgets what is dead there.
	Enter(b *ssa.BasicBlock, s S) S
	// Key identifies what matters in s.
	Key(s S) string
	// Meet joins two states of one key, and reports whether the result says
	// less than old did.
	Meet(old, new S) (met S, changed bool)
	// Widen forgets all but the core of s. It is applied to the states of a
	// block that has too many, but for one of each class.
	Widen(b *ssa.BasicBlock, s S) S
	// Class names what s is an example of. It reports false where s is none that
	// is worth keeping at a block that has too many states.
	Class(s S) (class string, ok bool)
	// Step runs the block from s and returns the states that leave it, one
	// slice for each successor.
	Step(b *ssa.BasicBlock, s S) [][]S
}

// Limits bound a solve.
type Limits struct {
	// States is the number of states of one block past which they are
	// widened, and past twice which, widened, the solve gives up. Up to half as
	// many stay what they were, each the first of its class.
	States int
	// Steps is the number of block visits past which the solve gives up.
	Steps int
}

// Solve runs the problem over fn from the entry states. It reports false if
// it gave up: then what the problem has collected is incomplete.
func Solve[S any](fn *ssa.Function, p Problem[S], entry []S, lim Limits) bool {
	if len(fn.Blocks) == 0 {
		return true
	}
	s := &solver[S]{
		problem: p, limits: lim,
		nodes: make([]node[S], len(fn.Blocks)),
		order: order(fn),
	}
	s.queue.order = s.order
	for _, e := range entry {
		if !s.add(fn.Blocks[0], e) {
			return false
		}
	}
	for steps := 0; s.queue.Len() > 0; {
		b := fn.Blocks[heap.Pop(&s.queue).(int)]
		n := &s.nodes[b.Index]
		n.queued = false
		pending := n.pending
		n.pending = nil
		for _, key := range pending {
			entry := n.states[key]
			if entry == nil || !entry.pending {
				continue // widened away since
			}
			entry.pending = false
			if steps++; steps > lim.Steps {
				return false
			}
			for i, outs := range p.Step(b, entry.state) {
				for _, out := range outs {
					if !s.add(b.Succs[i], p.Enter(b.Succs[i], out)) {
						return false
					}
				}
			}
		}
	}
	return true
}

type solver[S any] struct {
	problem Problem[S]
	limits  Limits
	nodes   []node[S]
	order   []int
	queue   blockQueue
}

// A node is what is known at the entry of one block.
type node[S any] struct {
	states  map[string]*entry[S]
	pending []string
	queued  bool
	wide    bool
	// kept are the keys of the states that a wide node keeps as they are, by class.
	kept map[string]string
}

type entry[S any] struct {
	state   S
	pending bool
}

// add puts a state to a block and queues the block if that says something
// new. It reports false if the block has too many states even when widened.
func (s *solver[S]) add(b *ssa.BasicBlock, state S) bool {
	n := &s.nodes[b.Index]
	if n.states == nil {
		n.states = map[string]*entry[S]{}
	}
	if n.wide && !s.keeps(n, state) {
		state = s.problem.Widen(b, state)
	}
	if !s.put(b, n, state) {
		return true
	}
	if len(n.states) <= s.limits.States {
		return true
	}
	if !n.wide {
		s.widen(b, n)
	}
	return len(n.states)-len(n.kept) <= 2*s.limits.States
}

// widen widens the states of a node but for those that it keeps.
func (s *solver[S]) widen(b *ssa.BasicBlock, n *node[S]) {
	n.wide, n.kept = true, map[string]string{}
	old, keys := n.states, sortedKeys(n.states)
	n.states, n.pending = map[string]*entry[S]{}, nil
	for _, k := range keys {
		e := old[k]
		if !s.keeps(n, e.state) {
			s.put(b, n, s.problem.Widen(b, e.state))
			continue
		}
		n.states[k] = e
		if e.pending {
			n.pending = append(n.pending, k)
		}
	}
}

// keeps reports whether a wide node keeps the state as it is. What follows from
// such a state follows from a path that nothing was forgotten of.
func (s *solver[S]) keeps(n *node[S], state S) bool {
	class, ok := s.problem.Class(state)
	if !ok {
		return false
	}
	key := s.problem.Key(state)
	if k, ok := n.kept[class]; ok {
		return k == key
	}
	if len(n.kept) >= s.limits.States/2 {
		return false
	}
	n.kept[class] = key
	return true
}

// put merges a state into a node and reports whether the node changed.
func (s *solver[S]) put(b *ssa.BasicBlock, n *node[S], state S) bool {
	key := s.problem.Key(state)
	e := n.states[key]
	if e == nil {
		e = &entry[S]{state: state}
		n.states[key] = e
	} else {
		met, changed := s.problem.Meet(e.state, state)
		if !changed {
			return false
		}
		e.state = met
	}
	if !e.pending {
		e.pending = true
		n.pending = append(n.pending, key)
	}
	if !n.queued {
		n.queued = true
		heap.Push(&s.queue, b.Index)
	}
	return true
}

package txflow

import (
	"encoding/binary"
	"slices"
	"sort"

	"golang.org/x/tools/go/ssa"
)

// phase is how far a transaction has come.
type phase uint8

const (
	open phase = iota + 1
	committed
	rolledBack
	// handedOver: somebody else has the obligation now.
	handedOver
	// lent: code that is not in view has had the handle in hand. It is a phase of
	// borrowed transactions only.
	lent
)

func (p phase) String() string {
	return [...]string{"", "open", "committed", "rolled back", "handed over", "lent"}[p]
}

// An obligation is a transaction that was begun on the path.
type obligation struct {
	tx    *node
	phase phase
	// assumed is set where the path to the begin rests on a guess.
	assumed bool
	// idle says what the handle of a begin that takes nothing by itself waits for.
	idle idleness
	// lent is set once somebody not in view has had the handle in hand.
	lent bool
	// doubted is set once the path has tested what they may have written beside it.
	doubted bool
	// from is the handle that it was begun on.
	from *node
	// ctx is the context whose end rolls it back, nil if none does.
	ctx *node
	// end is how a transaction that is over came to its end.
	end ending
}

// An idleness is what a transaction waits for before it takes a connection.
type idleness uint8

const (
	untilUsed idleness = iota + 1
	untilStarted
)

// An ending is the finish of a transaction.
type ending struct {
	phase phase
	// sure is set where it is certain that this call ended the transaction.
	sure bool
	// works is set where the call also uses the transaction for work of its own.
	works bool
	// left is set where the call may as well have left it alone, which nobody can
	// tell: the call is trusted to have ended it.
	left bool
	// tolerant is set where whoever ends it looks whether the error says that it
	// was over, and so knows that it may be.
	tolerant bool
	by       ssa.CallInstruction
	// where is the place of the finish in a callee: "files.go:167".
	where string
}

// over reports whether the transaction is known to have come to its end.
func (e ending) over() bool {
	return e.sure && (e.phase == committed || e.phase == rolledBack)
}

// A deferral is one registered deferred call.
type deferral struct {
	site *ssa.Defer
	fn   *node // function value, nil for a static callee or an interface method
	args []*node
	// ends are the transactions that a defer in a loop waits to finish.
	ends []*node
}

// truth is what a path has learnt about a value.
type truth uint8

const (
	isNil truth = iota + 1
	isNonNil
	isTrue
	isFalse
)

// A state is what one path knows. States are values: every change makes a new
// one, parts that did not change are shared.
type state struct {
	env    smap[*node]  // by number of the SSA value; absent: the value's own symbol
	heap   smap[*node]  // by id of the address
	facts  smap[truth]  // by id of the node: what was tested and can be tested again
	known  smap[truth]  // conditions on inputs that nothing reads any more
	done   smap[ending] // by id of an input: what this path did to a borrowed handle
	called smap[*node]  // by id of an input function that was called: with what, as a tuple
	obs    []obligation
	defers []deferral
	// guess is why what this path shows is only possible, "" if it is definite.
	guess string
	// panicking is set while deferred calls run because of a panic.
	panicking bool
	trail     *step
}

// A step is one event on a path; steps share their prefixes.
type step struct {
	prev  *step
	what  stepKind
	instr ssa.Instruction
	taken bool  // for branch
	tx    *node // for begin and finish
	note  string
	n     int
}

type stepKind uint8

const (
	stepBegin stepKind = iota + 1
	stepBranch
	stepFinish
	// stepAgain is a finish of a transaction that was over, a commit if taken.
	stepAgain
	stepHandOver
	stepDefer
)

func (s state) with(what stepKind, instr ssa.Instruction, taken bool, tx *node, note string) state {
	n := 0
	if s.trail != nil {
		n = s.trail.n + 1
	}
	s.trail = &step{s.trail, what, instr, taken, tx, note, n}
	return s
}

// smap is a small persistent map from int32, sorted by key.
type smap[V comparable] []binding[V]

type binding[V comparable] struct {
	key int32
	val V
}

func (m smap[V]) find(key int32) (int, bool) {
	i := sort.Search(len(m), func(i int) bool { return m[i].key >= key })
	return i, i < len(m) && m[i].key == key
}

func (m smap[V]) get(key int32) (v V, ok bool) {
	if i, ok := m.find(key); ok {
		return m[i].val, true
	}
	return v, false
}

func (m smap[V]) set(key int32, val V) smap[V] {
	i, ok := m.find(key)
	if ok {
		if m[i].val == val {
			return m
		}
		m = slices.Clone(m)
		m[i].val = val
		return m
	}
	out := make(smap[V], 0, len(m)+1)
	out = append(out, m[:i]...)
	out = append(out, binding[V]{key, val})
	return append(out, m[i:]...)
}

// filter keeps the bindings for which keep reports true; it returns m itself
// where that is all of them.
func (m smap[V]) filter(keep func(int32, V) bool) smap[V] {
	for i, b := range m {
		if keep(b.key, b.val) {
			continue
		}
		out := slices.Clone(m[:i])
		for _, b := range m[i+1:] {
			if keep(b.key, b.val) {
				out = append(out, b)
			}
		}
		return out
	}
	return m
}

func (m smap[V]) without(key int32) smap[V] {
	return m.filter(func(k int32, _ V) bool { return k != key })
}

// meet keeps the bindings that both maps have.
func meet[V comparable](a, b smap[V]) (smap[V], bool) {
	out := a.filter(func(k int32, v V) bool {
		w, ok := b.get(k)
		return ok && w == v
	})
	return out, len(out) != len(a)
}

func (s state) phaseOf(tx *node) (phase, bool) {
	for _, o := range s.obs {
		if o.tx == tx {
			return o.phase, true
		}
	}
	return 0, false
}

// setPhase returns s with the transaction in the given phase.
func (s state) setPhase(tx *node, p phase) state {
	for i, o := range s.obs {
		if o.tx == tx {
			if o.phase == p && !o.end.left {
				return s
			}
			s.obs = slices.Clone(s.obs)
			s.obs[i].phase, s.obs[i].end.left = p, false
			return s
		}
	}
	return s
}

// surely returns s where it does not rest on trust any more that the
// transaction is over.
func (s state) surely(tx *node) state {
	for i, o := range s.obs {
		if o.tx == tx && o.end.left {
			s.obs = slices.Clone(s.obs)
			s.obs[i].end.left = false
		}
	}
	if e, ok := s.done.get(tx.id); ok && e.left {
		e.left = false
		s.done = s.done.set(tx.id, e)
	}
	return s
}

// mistrusted returns s where the transactions given that fn has begun are open
// if it rests on trust that they are over.
func (s state) mistrusted(txs map[*node]bool, fn *ssa.Function) state {
	for i, o := range s.obs {
		if o.end.left && txs[o.tx] && within(o.tx.v, fn) {
			s.obs = slices.Clone(s.obs)
			s.obs[i].phase, s.obs[i].end = open, ending{}
		}
	}
	return s
}

// trusts reports whether it rests on trust that some transaction of the path is
// over.
func (s state) trusts() bool {
	return slices.ContainsFunc(s.obs, func(o obligation) bool { return o.end.left })
}

// mayBeOpen reports whether the transaction is open, or taken not to be on trust.
func (o obligation) mayBeOpen() bool { return o.phase == open || o.end.left }

// idle returns s with the transaction waiting for what is given.
func (s state) idle(tx *node, until idleness) state {
	for i, o := range s.obs {
		if o.tx == tx && o.idle != until {
			s.obs = slices.Clone(s.obs)
			s.obs[i].idle = until
		}
	}
	return s
}

// finished returns s with the open transaction ended.
func (s state) finished(tx *node, how ending) state {
	for i, o := range s.obs {
		if o.tx == tx {
			s.obs = slices.Clone(s.obs)
			s.obs[i].phase, s.obs[i].end = how.phase, how
			break
		}
	}
	return s.with(stepFinish, how.by, false, tx, how.phase.String())
}

// ending returns how the transaction ended on the path.
func (s state) ending(tx *node) ending {
	for _, o := range s.obs {
		if o.tx == tx {
			return o.end
		}
	}
	e, _ := s.done.get(tx.id)
	return e
}

// begin returns s with a new open transaction.
func (s state) begin(tx, from, ctx *node, assumed bool) state {
	obs := slices.Clone(s.obs)
	i := sort.Search(len(obs), func(i int) bool { return obs[i].tx.id >= tx.id })
	s.obs = slices.Insert(obs, i, obligation{tx: tx, phase: open, assumed: assumed, from: from, ctx: ctx})
	return s
}

func (s state) dropObligation(tx *node) state {
	s.obs = slices.DeleteFunc(slices.Clone(s.obs), func(o obligation) bool { return o.tx == tx })
	return s
}

// key encodes what tells states apart.
func (s state) key() string {
	b := make([]byte, 0, 16+8*(len(s.env)+len(s.heap)+len(s.facts)+len(s.obs)+len(s.defers)))
	put := func(n int32) { b = binary.LittleEndian.AppendUint32(b, uint32(n)) }
	id := func(n *node) int32 {
		if n == nil {
			return -1
		}
		return n.id
	}
	put(int32(len(s.obs)))
	for _, o := range s.obs {
		put(o.tx.id)
		b = append(b, byte(o.phase), flag(o.assumed), flag(o.lent), flag(o.doubted), byte(o.idle), flag(o.end.sure), flag(o.end.works), flag(o.end.left))
		put(id(o.from))
		put(id(o.ctx))
	}
	put(int32(len(s.defers)))
	for _, d := range s.defers {
		put(int32(d.site.Pos()))
		put(id(d.fn))
		for _, a := range d.args {
			put(id(a))
		}
	}
	put(int32(len(s.env)))
	for _, e := range s.env {
		put(e.key)
		put(id(e.val))
	}
	for _, e := range s.heap {
		if !e.val.nothing(e.key) {
			put(e.key)
			put(id(e.val))
		}
	}
	put(-2)
	put(int32(len(s.facts)))
	for _, e := range s.facts {
		put(e.key)
		b = append(b, byte(e.val))
	}
	put(int32(len(s.done)))
	for _, e := range s.done {
		put(e.key)
		b = append(b, byte(e.val.phase), flag(e.val.sure), flag(e.val.works), flag(e.val.left))
	}
	put(int32(len(s.called)))
	for _, e := range s.called {
		put(e.key)
		put(id(e.val))
	}
	b = append(b, flag(s.panicking))
	return string(append(b, s.guess...))
}

// size estimates what a step from s costs: one, and more the more it knows.
func (s state) size() int {
	return 1 + (len(s.env)+len(s.heap)+len(s.facts)+len(s.known)+4*len(s.defers))/8
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// meetStates joins two states of one key: what only one of them knows about
// inputs is forgotten, the witness of the older one stays.
func meetStates(old, new state) (state, bool) {
	known, changed := meet(old.known, new.known)
	old.known = known
	// A cell that one path overwrote with something that does not matter is
	// overwritten for both.
	for _, e := range new.heap {
		if e.val.nothing(e.key) {
			if v, ok := old.heap.get(e.key); !ok || v != e.val {
				old.heap, changed = old.heap.set(e.key, e.val), true
			}
		}
	}
	return old, changed
}

// overwritten marks what a cell holds that no branch depends on.
const overwritten = "overwritten"

// nothing reports whether n says only that the cell of the given key was
// overwritten.
func (n *node) nothing(key int32) bool {
	return n != nil && n.kind == kHavoc && n.s == overwritten && n.x.id == key
}

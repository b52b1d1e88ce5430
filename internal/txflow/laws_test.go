package txflow

import (
	"go/token"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/ssa"
)

// lawSource has one value of each sort that states speak of.
const lawSource = `package p

import (
	"database/sql"
	"errors"
)

type pair struct {
	tx  *sql.Tx
	ok  bool
	err error
	sub struct{ n int }
}

var ErrStop = errors.New("stop")

func load(i int) (int, error)
func sum(xs []int) int

func F(db *sql.DB, in *pair, n int, flag bool, err error, xs []int, f func() error) (res error) {
	p := &pair{ok: flag}
	tx, err1 := db.Begin()
	if err1 != nil {
		return err1
	}
	defer func() {
		if res != nil {
			tx.Rollback()
		}
	}()
	defer tx.Rollback()
	p.tx = tx
	for i := 0; i < n; i++ {
		m, e := load(i)
		if e == ErrStop || m > 3 {
			continue
		}
		if in.ok && len(xs) > m {
			return e
		}
		tx2, err2 := db.Begin()
		if err2 != nil {
			return err2
		}
		if f() != nil {
			p.tx, tx = tx, tx2
		}
		tx2.Commit()
	}
	if n == sum(xs) || in.sub.n < 2 {
		return err
	}
	return tx.Commit()
}
`

// A law is a source of random nodes and states.
type law struct {
	*rand.Rand
	a      *solver
	f      *frame
	values []ssa.Value
	calls  []*ssa.Call
	defers []*ssa.Defer
	nodes  []*node
}

func newLaw(t testing.TB, seed uint64) *law {
	t.Helper()
	a := solverFor(t, lawSource)
	fn := a.function(t, "F")
	l := &law{Rand: rand.New(rand.NewPCG(seed, 9)), a: a, f: a.frame(fn, nil)}
	for _, p := range fn.Params {
		l.values = append(l.values, p)
	}
	l.values = append(l.values, a.pkg.Var("ErrStop"))
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if v, ok := instr.(ssa.Value); ok {
				l.values = append(l.values, v)
			}
			switch instr := instr.(type) {
			case *ssa.Call:
				l.calls = append(l.calls, instr)
			case *ssa.Defer:
				l.defers = append(l.defers, instr)
			}
		}
	}
	for range 400 {
		l.nodes = append(l.nodes, a.u.node(l.describe(3)))
	}
	return l
}

func pick[T any](r *rand.Rand, xs []T) T { return xs[r.IntN(len(xs))] }

// describe returns the parts of a random node whose parts are at most so deep.
func (l *law) describe(depth int) node {
	u := l.a.u
	sub := func() *node {
		if depth <= 1 {
			return u.sym(pick(l.Rand, l.values))
		}
		return u.node(l.describe(depth - 1))
	}
	some := func() []*node {
		args := make([]*node, 1+l.IntN(3))
		for i := range args {
			if l.IntN(4) > 0 {
				args[i] = sub()
			}
		}
		return args
	}
	switch kind := kSym + kind(l.IntN(int(kCarrier))); kind {
	case kNil, kNonNil:
		return node{kind: kind}
	case kConst:
		return node{kind: kind, s: pick(l.Rand, []string{"true", "false", "0", "1", "-3", `"a"`, zeroStruct})}
	case kField, kElem, kPart, kExtract:
		return node{kind: kind, x: sub(), i: l.IntN(3) - l.IntN(2)}
	case kLoad, kLen:
		return node{kind: kind, x: sub()}
	case kNot:
		n := *u.not(sub())
		return node{kind: n.kind, op: n.op, i: n.i, v: n.v, s: n.s, x: n.x, y: n.y, args: n.args}
	case kCompare:
		c := u.compare(pick(l.Rand, []token.Token{token.EQL, token.LSS, token.GTR}), sub(), sub())
		return node{kind: c.kind, op: c.op, i: c.i, v: c.v, s: c.s, x: c.x, y: c.y, args: c.args}
	case kHavoc:
		return node{kind: kind, x: sub(), v: pick(l.Rand, []ssa.Value{nil, l.calls[0]}), s: pick(l.Rand, []string{"", overwritten})}
	case kDerived, kImpliesNonNil:
		return node{kind: kind, x: sub(), v: pick(l.Rand, l.values)}
	case kTx, kResult:
		return node{kind: kind, v: pick(l.Rand, l.calls), i: l.IntN(2)}
	case kFunc:
		return node{kind: kind, v: l.f.fn.AnonFuncs[0], args: some()}
	case kCleanup:
		return node{kind: kind, i: int(committed) + l.IntN(2), args: []*node{u.tx(pick(l.Rand, l.calls), 0)}}
	case kTuple, kStruct:
		return node{kind: kind, args: some()}
	case kCarrier:
		return node{kind: kind, v: pick(l.Rand, l.values), args: some()}
	default:
		return node{kind: kind, v: pick(l.Rand, l.values)}
	}
}

// state returns a random state.
func (l *law) state() state {
	var s state
	u := l.a.u
	for range l.IntN(4) {
		s.env = s.env.set(u.number(pick(l.Rand, l.values)), pick(l.Rand, l.nodes))
	}
	for range l.IntN(4) {
		s.heap = s.heap.set(pick(l.Rand, l.nodes).id, pick(l.Rand, l.nodes))
	}
	for range l.IntN(3) {
		s = l.overwrite(s)
	}
	for range l.IntN(4) {
		s.facts = s.facts.set(pick(l.Rand, l.nodes).id, isNil+truth(l.IntN(4)))
	}
	for range l.IntN(4) {
		s.known = s.known.set(pick(l.Rand, l.nodes).id, isNil+truth(l.IntN(4)))
	}
	for range l.IntN(3) {
		s.done = s.done.set(pick(l.Rand, l.nodes).id, ending{phase: open + phase(l.IntN(4)), sure: l.IntN(2) == 0})
	}
	for range l.IntN(2) {
		s.called = s.called.set(pick(l.Rand, l.nodes).id, pick(l.Rand, l.nodes))
	}
	for range l.IntN(3) {
		tx := u.tx(pick(l.Rand, l.calls), l.IntN(2))
		s = begun(s.dropObligation(tx), tx, l.IntN(3) == 0)
		if l.IntN(2) == 0 {
			s = s.setPhase(s.obs[0].tx, open+phase(l.IntN(4)))
		}
	}
	for range l.IntN(3) {
		d := pick(l.Rand, l.defers)
		def := deferral{site: d, fn: l.f.eval(state{}, d.Call.Value)}
		if mc, ok := d.Call.Value.(*ssa.MakeClosure); ok {
			def.fn = u.node(node{kind: kFunc, v: mc.Fn, args: []*node{pick(l.Rand, l.nodes), pick(l.Rand, l.nodes)}})
		}
		for range d.Call.Args {
			def.args = append(def.args, pick(l.Rand, l.nodes))
		}
		s.defers = append(s.defers[:len(s.defers):len(s.defers)], def)
	}
	s.guess = pick(l.Rand, []string{"", "", "a guess", "another"})
	s.panicking = l.IntN(5) == 0
	return s
}

// overwrite returns s with some cell overwritten by what does not matter.
func (l *law) overwrite(s state) state {
	addr := pick(l.Rand, l.nodes)
	if old, ok := s.heap.get(addr.id); !ok || old.nothing(addr.id) {
		s.heap = s.heap.set(addr.id, l.a.u.node(node{kind: kHavoc, x: addr, s: overwritten}))
	}
	return s
}

// A frozen state is a deep copy, to see whether the original was written to.
func frozen(s state) state {
	s.env, s.heap, s.facts, s.known = slices.Clone(s.env), slices.Clone(s.heap), slices.Clone(s.facts), slices.Clone(s.known)
	s.done, s.called, s.obs, s.defers = slices.Clone(s.done), slices.Clone(s.called), slices.Clone(s.obs), slices.Clone(s.defers)
	for i := range s.defers {
		s.defers[i].args = slices.Clone(s.defers[i].args)
		s.defers[i].ends = slices.Clone(s.defers[i].ends)
	}
	return s
}

// sameParts reports whether the states agree in all that their keys stand for:
// cells that hold nothing that matters do not count.
func sameParts(s, t state) bool {
	matters := func(key int32, n *node) bool { return !n.nothing(key) }
	return slices.Equal(s.env, t.env) && slices.Equal(s.heap.filter(matters), t.heap.filter(matters)) && slices.Equal(s.facts, t.facts) &&
		slices.Equal(s.done, t.done) && slices.Equal(s.called, t.called) && slices.Equal(s.obs, t.obs) &&
		slices.EqualFunc(s.defers, t.defers, func(a, b deferral) bool {
			return a.site == b.site && a.fn == b.fn && slices.Equal(a.args, b.args)
		}) && s.guess == t.guess && s.panicking == t.panicking
}

// same reports whether the states agree up to the witness.
func (s state) same(t state) bool {
	return sameParts(s, t) && slices.Equal(s.heap, t.heap) && slices.Equal(s.known, t.known)
}

func TestSmapIsAPersistentSortedMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		type version struct {
			m    smap[int]
			want map[int32]int
		}
		versions := []version{{nil, map[int32]int{}}}
		for range 60 {
			// Any version may be the one that is built upon.
			v := pick(r, versions)
			w := version{v.m, maps.Clone(v.want)}
			switch key, val := int32(r.IntN(12)), r.IntN(3); r.IntN(4) {
			case 0, 1:
				w.m = v.m.set(key, val)
				w.want[key] = val
				assert.Equal(t, w.m, w.m.set(key, val), "set is idempotent")
			case 2:
				w.m = v.m.without(key)
				delete(w.want, key)
			case 3:
				keep := func(k int32, x int) bool { return (int(k)+x)%3 != val }
				w.m = v.m.filter(keep)
				maps.DeleteFunc(w.want, func(k int32, x int) bool { return !keep(k, x) })
				assert.Equal(t, w.m, w.m.filter(keep), "filter is idempotent")
			}
			versions = append(versions, w)
		}
		for i, v := range versions {
			got := map[int32]int{}
			for _, b := range v.m {
				got[b.key] = b.val
			}
			require.Equal(t, v.want, got, "seed %d: version %d was changed later", seed, i)
			require.True(t, slices.IsSortedFunc(v.m, func(a, b binding[int]) int { return int(a.key - b.key) }), "seed %d: %v is not sorted", seed, v.m)
			for key := range int32(12) {
				want, wantOK := v.want[key]
				x, ok := v.m.get(key)
				require.Equal(t, wantOK, ok, "get(%d) of %v", key, v.m)
				require.Equal(t, want, x, "get(%d) of %v", key, v.m)
			}
		}
		for range 60 {
			a, b, c := pick(r, versions).m, pick(r, versions).m, pick(r, versions).m
			aa, changed := meet(a, a)
			require.Equal(t, a, aa, "meet is idempotent")
			require.False(t, changed)
			ab, changed := meet(a, b)
			require.Equal(t, len(ab) != len(a), changed, "changed tells whether %v met with %v says less", a, b)
			ba, _ := meet(b, a)
			require.True(t, slices.Equal(ab, ba), "meet commutes: %v and %v", a, b)
			abc, _ := meet(ab, c)
			bc, _ := meet(b, c)
			abc2, _ := meet(a, bc)
			require.True(t, slices.Equal(abc, abc2), "meet is associative: %v, %v, %v", a, b, c)
			for _, x := range ab {
				va, okA := a.get(x.key)
				vb, okB := b.get(x.key)
				require.True(t, okA && okB && va == x.val && vb == x.val, "meet invents nothing")
			}
		}
	}
}

// TestStatesAreNeverChangedInPlace applies every operation on random states
// and looks whether the argument is still what it was.
func TestStatesAreNeverChangedInPlace(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 1)
	fn := l.f.fn
	ops := []struct {
		name string
		do   func(s state)
	}{
		{"with", func(s state) { s.with(stepBegin, l.calls[0], true, nil, "") }},
		{"begin", func(s state) { begun(s, l.a.u.tx(pick(l.Rand, l.calls), 1), false) }},
		{"dropObligation", func(s state) {
			for _, o := range s.obs {
				s.dropObligation(o.tx)
			}
		}},
		{"setPhase", func(s state) {
			for _, o := range s.obs {
				s.setPhase(o.tx, committed)
				s.setPhase(o.tx, open)
			}
		}},
		{"meetStates", func(s state) { meetStates(s, l.state()) }},
		{"Enter", func(s state) { l.f.Enter(pick(l.Rand, fn.Blocks), s) }},
		{"Widen", func(s state) { l.f.Widen(pick(l.Rand, fn.Blocks), s) }},
		{"Class", func(s state) { l.f.Class(s) }},
		{"bind", func(s state) { l.f.bind(s, pick(l.Rand, l.values), pick(l.Rand, l.nodes)) }},
		{"forget", func(s state) { l.f.forget(s, pick(l.Rand, l.values)) }},
		{"havoc", func(s state) { l.f.havoc(s, pick(l.Rand, l.nodes), l.calls[0]) }},
		{"escape", func(s state) { l.f.escape(s, pick(l.Rand, l.nodes), l.calls[0], "a test") }},
		{"finish", func(s state) { l.f.finish(s, pick(l.Rand, l.nodes), l.calls[0], ending{phase: committed, sure: true}) }},
		{"store", func(s state) { l.f.store(s, l.a.u.object(pick(l.Rand, l.values)), pick(l.Rand, l.nodes), l.calls[0]) }},
		{"assume", func(s state) { l.f.assume(s, pick(l.Rand, l.nodes), l.IntN(2) == 0) }},
		{"assumeNil", func(s state) { l.f.assumeNil(s, pick(l.Rand, l.nodes), l.IntN(2) == 0) }},
		{"register", func(s state) { l.f.register(s, pick(l.Rand, l.defers)) }},
		{"runDefers", func(s state) { l.f.runDefers(s) }},
		{"exec", func(s state) {
			b := pick(l.Rand, fn.Blocks)
			l.f.exec(s, pick(l.Rand, b.Instrs))
		}},
		{"Step", func(s state) { l.a.budget = maxBudget; l.f.Step(pick(l.Rand, fn.Blocks), s) }},
	}
	for _, op := range ops {
		for range 150 {
			s := l.state()
			before, trail := frozen(s), s.trail
			op.do(s)
			if !s.same(before) || s.trail != trail {
				t.Fatalf("%s changed its argument", op.name)
			}
		}
	}
}

// TestKeysAreEqualExactlyWhereStatesAgree compares random states with slightly
// different ones.
func TestKeysAreEqualExactlyWhereStatesAgree(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 2)
	// Few values, so that many states agree.
	l.nodes, l.values = l.nodes[:6], l.values[:4]
	byKey := map[string]state{}
	collisions := 0
	for range 60_000 {
		s := l.state()
		old, ok := byKey[s.key()]
		if !ok {
			byKey[s.key()] = s
			continue
		}
		collisions++
		if !sameParts(old, s) {
			t.Fatalf("one key for two states:\n%+v\n%+v", old, s)
		}
	}
	assert.NotZero(t, collisions, "no two states agree: the test proves nothing")
	for range 2000 {
		s := l.state()
		copied := frozen(s)
		copied.known, copied.trail = nil, nil
		copied = l.overwrite(copied)
		require.Equal(t, s.key(), copied.key(), "the key must not depend on known, on the witness, nor on where the parts are stored")
	}
}

func TestMeetOfStates(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 3)
	for range 2000 {
		a := l.state()
		// States that meet have one key: they differ in what is known, in cells
		// that hold nothing that matters, and in their witness.
		a, b, c := l.overwrite(a), l.overwrite(a), l.overwrite(l.overwrite(a))
		b.known, c.known = l.state().known, l.state().known
		if l.IntN(2) == 0 {
			b.known = a.known.filter(func(int32, truth) bool { return l.IntN(3) > 0 })
		}
		aa, changed := meetStates(a, a)
		require.True(t, aa.same(a), "Meet is idempotent")
		require.False(t, changed, "Meet(a, a) is unchanged")
		ab, changed := meetStates(a, b)
		require.Equal(t, !ab.same(a), changed, "changed tells whether the result says less than the old state")
		require.Equal(t, a.key(), ab.key(), "Meet keeps the key")
		ba, _ := meetStates(b, a)
		require.True(t, ab.same(ba), "Meet commutes up to the witness")
		abc, _ := meetStates(ab, c)
		bc, _ := meetStates(b, c)
		abc2, _ := meetStates(a, bc)
		require.True(t, abc.same(abc2), "Meet is associative up to the witness")
		again, changed := meetStates(ab, b)
		require.True(t, again.same(ab), "what was met says nothing new")
		require.False(t, changed)
	}
}

func TestWidenIsIdempotent(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 4)
	for range 3000 {
		b, s := pick(l.Rand, l.f.fn.Blocks), l.state()
		once := l.f.Widen(b, s)
		twice := l.f.Widen(b, once)
		require.True(t, once.same(twice), "block %d:\n%+v\n%+v\n%+v", b.Index, s, once, twice)
		require.Equal(t, s.obs, once.obs, "obligations stay")
		require.NotEmpty(t, once.guess, "what follows is only possible")
		_, keep := l.f.Class(once)
		require.False(t, keep, "what is widened is no example of anything")
	}
}

func TestEnterIsIdempotentOnRandomStates(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 5)
	for range 3000 {
		b, s := pick(l.Rand, l.f.fn.Blocks), l.state()
		once := l.f.Enter(b, s)
		twice := l.f.Enter(b, once)
		require.True(t, once.same(twice), "block %d:\n%+v\n%+v\n%+v", b.Index, s, once, twice)
		for _, o := range s.obs {
			if o.phase == open {
				p, ok := once.phaseOf(o.tx)
				require.True(t, ok && p == open, "Enter drops an open transaction")
			}
		}
	}
}

func TestNodesAreInterned(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 6)
	u := l.a.u
	type parts struct {
		kind kind
		op   token.Token
		i    int
		v    ssa.Value
		s    string
		x, y *node
	}
	differs := func(a, b *node) bool {
		return parts{a.kind, a.op, a.i, a.v, a.s, a.x, a.y} != parts{b.kind, b.op, b.i, b.v, b.s, b.x, b.y} || !slices.Equal(a.args, b.args)
	}
	seen := map[int32]*node{}
	for range 3000 {
		d := l.describe(4)
		n := u.node(d)
		again := d
		again.args = slices.Clone(d.args)
		require.Same(t, n, u.node(again), "the same parts are the same node")
		require.False(t, differs(n, &d), "a node has the parts that it was asked for")
		if old, ok := seen[n.id]; ok {
			require.Same(t, old, n, "one number for two nodes")
		}
		seen[n.id] = n
		require.Same(t, n, u.byID(n.id))
	}
	for i, a := range u.list {
		require.EqualValues(t, i, a.id)
		for range 20 {
			if b := pick(l.Rand, u.list); a != b {
				require.True(t, differs(a, b), "two nodes with the same parts: %+v", a)
			}
		}
	}
}

func TestComparisonsAreCanonical(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 7)
	u := l.a.u
	flip := map[token.Token]token.Token{token.EQL: token.EQL, token.NEQ: token.NEQ, token.LSS: token.GTR, token.GTR: token.LSS, token.LEQ: token.GEQ, token.GEQ: token.LEQ}
	negate := map[token.Token]token.Token{token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR}
	for range 3000 {
		x, y := pick(l.Rand, l.nodes), pick(l.Rand, l.nodes)
		if x == y {
			continue // decided without a node
		}
		for op := range flip {
			n := u.compare(op, x, y)
			require.Same(t, n, u.compare(flip[op], y, x), "x %s y is y %s x: %+v, %+v", op, flip[op], x, y)
			require.Same(t, u.not(n), u.compare(negate[op], x, y), "x %s y is not x %s y: %+v, %+v", negate[op], op, x, y)
			require.Same(t, n, u.not(u.not(n)), "not not x is x")
		}
		require.Same(t, x, u.not(u.not(x)), "not not x is x: %+v", x)
		require.Nil(t, u.compare(token.ADD, x, y), "an addition is no comparison")
	}
	assert.Same(t, u.no, u.not(u.yes))
	assert.Same(t, u.yes, u.not(u.no))
}

// condition returns a random condition that the types of lawSource allow.
func (l *law) condition() *node {
	u := l.a.u
	param := func(i ...int) *node { return u.sym(l.f.fn.Params[pick(l.Rand, i)]) }
	const db, in, n, flag, err, xs, f = 0, 1, 2, 3, 4, 5, 6
	ops := []token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}
	field := func(i int) *node { return u.load(u.field(param(in), i)) }
	switch l.IntN(8) {
	case 0:
		return u.compare(pick(l.Rand, ops[:2]), param(db, in, err, xs, f), u.null)
	case 1:
		return u.compare(pick(l.Rand, ops), param(n), u.constant(strconv.Itoa(l.IntN(5))))
	case 2:
		return u.compare(pick(l.Rand, ops[:2]), pick(l.Rand, []*node{param(err), field(2), u.sym(l.a.pkg.Var("ErrStop")), u.null}), param(err))
	case 3:
		return u.node(node{kind: kImpliesNonNil, v: pick(l.Rand, l.calls), x: param(err)})
	case 4:
		return u.compare(pick(l.Rand, ops[:2]), field(1), u.truth(l.IntN(2) == 0))
	case 5:
		return u.compare(pick(l.Rand, ops), u.node(node{kind: kLen, x: param(xs)}), u.constant(strconv.Itoa(l.IntN(3))))
	case 6:
		return u.compare(pick(l.Rand, ops[:2]), field(1), param(flag))
	}
	return u.not(param(flag))
}

// TestDecideAgreesWithAssume proves that what a path has assumed it knows, now
// and after more assumptions, and that it does not assume the opposite.
func TestDecideAgreesWithAssume(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 8)
	type assumed struct {
		n *node
		v bool
	}
	texts := func(path []assumed) (out []string) {
		for _, p := range path {
			out = append(out, text(p.n)+" is "+strconv.FormatBool(p.v))
		}
		return out
	}
	for range 3000 {
		var s state
		var path []assumed
		for range 1 + l.IntN(10) {
			n, v := l.condition(), l.IntN(2) == 0
			decided, known := l.f.decide(s, n)
			next, ok := l.f.assume(s, n, v)
			if known {
				require.Equal(t, decided == v, ok, "assume fails exactly where the opposite is known: %+v", n)
			} else {
				require.True(t, ok, "assume of what is not known")
			}
			if !ok {
				continue
			}
			s = next
			path = append(path, assumed{n, v})
			for _, p := range path {
				got, ok := l.f.decide(s, p.n)
				require.True(t, ok, "assumed and not known: %s, path %q", text(p.n), texts(path))
				require.Equal(t, p.v, got, "assumed otherwise: %s, path %q", text(p.n), texts(path))
				_, ok = l.f.assume(s, p.n, !p.v)
				require.False(t, ok, "the opposite can be assumed: %s, path %q", text(p.n), texts(path))
				again, ok := l.f.assume(s, p.n, p.v)
				require.True(t, ok)
				require.True(t, again.same(s), "assuming the known changes nothing")
				got, ok = l.f.decide(s, l.a.u.not(p.n))
				require.True(t, ok && got == !p.v, "the negation of %s is known, too", text(p.n))
			}
		}
	}
}

// text writes a condition for messages.
func text(n *node) string {
	if n == nil {
		return "?"
	}
	switch n.kind {
	case kSym:
		return n.v.Name()
	case kConst:
		return n.s
	case kNil:
		return "nil"
	case kNonNil:
		return "non-nil"
	case kNot:
		return "!(" + text(n.x) + ")"
	case kLen:
		return "len(" + text(n.x) + ")"
	case kCompare:
		return text(n.x) + " " + n.op.String() + " " + text(n.y)
	case kLoad:
		return "*" + text(n.x)
	case kField:
		return text(n.x) + "." + strconv.Itoa(n.i)
	case kImpliesNonNil:
		return "implies(" + text(n.x) + " != nil)"
	}
	return strconv.Itoa(int(n.kind)) + "#" + strconv.Itoa(int(n.id))
}

// TestAnonymousValuesAreNotTakenForEachOther proves that nothing is learnt of
// "some non-nil value": the next one is another.
func TestAnonymousValuesAreNotTakenForEachOther(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 9)
	u := l.a.u
	x := u.sym(l.values[0])
	for _, n := range []*node{u.compare(token.EQL, u.nonNil, x), u.compare(token.EQL, u.nonNil, u.nonNil), u.nonNil} {
		for _, v := range []bool{true, false} {
			s, ok := l.f.assume(state{}, n, v)
			require.True(t, ok)
			_, known := l.f.decide(s, n)
			assert.False(t, known, "%s was %t of one value and is taken for known of the next", text(n), v)
		}
	}
}

// TestIntegerRangesAgainstBruteForce assumes random comparisons of two
// variables with constants, and compares what is decided with all values that
// the variables can have.
func TestIntegerRangesAgainstBruteForce(t *testing.T) {
	t.Parallel()
	l := newLaw(t, 10)
	u := l.a.u
	length := u.node(node{kind: kLen, x: u.sym(l.values[5])})
	number := u.sym(l.values[2])
	const least, most = -4, 9 // beyond all constants
	ops := map[token.Token]func(a, b int) bool{
		token.EQL: func(a, b int) bool { return a == b }, token.NEQ: func(a, b int) bool { return a != b },
		token.LSS: func(a, b int) bool { return a < b }, token.LEQ: func(a, b int) bool { return a <= b },
		token.GTR: func(a, b int) bool { return a > b }, token.GEQ: func(a, b int) bool { return a >= b },
	}
	tokens := []token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}
	undecided, decided := 0, 0
	for range 4000 {
		for _, x := range []*node{number, length} {
			possible := map[int]bool{}
			for v := least; v <= most; v++ {
				possible[v] = x == number || v >= 0
			}
			var s state
			path := ""
			for range 1 + l.IntN(6) {
				op, c, want := pick(l.Rand, tokens), l.IntN(9)-2, l.IntN(2) == 0
				n := u.compare(op, x, u.constant(strconv.Itoa(c)))
				if l.IntN(2) == 0 {
					n = u.compare(map[token.Token]token.Token{token.EQL: token.EQL, token.NEQ: token.NEQ, token.LSS: token.GTR, token.GTR: token.LSS, token.LEQ: token.GEQ, token.GEQ: token.LEQ}[op], u.constant(strconv.Itoa(c)), x)
				}
				canBe := map[bool]bool{}
				for v, ok := range possible {
					if ok {
						canBe[ops[op](v, c)] = true
					}
				}
				if got, ok := l.f.decide(s, n); ok {
					decided++
					require.False(t, canBe[!got], "after %s: decides that x %s %d is %t, but it can be otherwise", path, op, c, got)
				} else if len(canBe) == 1 {
					undecided++
				}
				next, ok := l.f.assume(s, n, want)
				if !ok {
					require.False(t, canBe[want], "after %s: rules out that x %s %d is %t", path, op, c, want)
					continue
				}
				if !canBe[want] {
					break // the path is not feasible, which the engine need not see
				}
				s = next
				path += " (x " + op.String() + " " + strconv.Itoa(c) + " is " + strconv.FormatBool(want) + ")"
				for v := range possible {
					possible[v] = possible[v] && ops[op](v, c) == want
				}
			}
		}
	}
	t.Logf("%d decided, %d undecided that could be", decided, undecided)
	assert.Less(t, undecided, decided/10, "the ranges decide too little")
}

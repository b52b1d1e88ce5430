package txflow

import (
	"go/types"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/flow"
)

// maxInline bounds how deep function literals are run inside each other.
const maxInline = 6

// isOnce reports whether c calls sync.Once.Do.
func isOnce(c ssa.CallInstruction) bool {
	fn := c.Common().StaticCallee()
	return fn != nil && fn.Object() != nil && fn.Object().(*types.Func).FullName() == "(*sync.Once).Do"
}

// once runs fn unless the path has used the sync.Once before.
func (f *frame) once(r result, c ssa.CallInstruction, fn *node) []result {
	_, args := f.operands(r.state, c.Common())
	used := f.u().field(args[0], -1)
	if v, ok := r.state.heap.get(used.id); ok && v == f.u().yes {
		return []result{r}
	}
	r.state.heap = r.state.heap.set(used.id, f.u().yes)
	rs, ok := f.run(r.state, fn.v.(*ssa.Function), fn.args, nil, f.quiet)
	if !ok {
		return []result{r}
	}
	return rs
}

// rangeBody reports whether fn is the body of a range over an iterator
// function: code of the function around it, which it can return from and whose
// deferred calls it adds to.
func rangeBody(fn *ssa.Function) bool { return fn.Synthetic == "range-over-func yield" }

func isRangeBody(n *node) bool {
	fn, ok := n.v.(*ssa.Function)
	return ok && n.kind == kFunc && rangeBody(fn)
}

// rounds runs the body of a range over an iterator that is not in view any
// number of times: until no round says anything new.
func (f *frame) rounds(s state, body *node) []state {
	const maxRounds = 4
	out := []state{s}
	seen := map[string]int{s.key(): 0}
	next := out
	for range maxRounds {
		var again []state
		for _, s := range next {
			rs, ok := f.run(s, body.v.(*ssa.Function), body.args, nil, f.quiet)
			if !ok {
				return []state{s}
			}
			for _, r := range rs {
				k := r.state.key()
				i, met := seen[k]
				news := !met
				if met {
					out[i], news = meetStates(out[i], r.state)
				} else {
					i = len(out)
					seen[k] = i
					out = append(out, r.state)
				}
				if news && r.val != f.u().no && len(out) < maxStates {
					again = append(again, out[i])
				}
			}
		}
		if next = again; len(next) == 0 {
			break
		}
	}
	return out
}

// errorOf returns the error among the results of the function value fn.
func errorOf(val, fn *node) *node {
	sf, ok := fn.v.(*ssa.Function)
	if !ok || !returnsError(sf.Signature) || val == nil {
		return nil
	}
	if sf.Signature.Results().Len() == 1 {
		return val
	}
	if val.kind == kTuple {
		return val.args[len(val.args)-1]
	}
	return nil
}

func (f *frame) callCleanup(s state, c ssa.CallInstruction, fn *node) []result {
	for _, tx := range fn.args {
		s = f.finish(s, tx, c, ending{phase: phase(fn.i)})
	}
	return []result{{s, nil}}
}

// inline runs a function literal or a thunk in the place of its call, with the
// state of this path: what it captures it sees as it is now.
func (f *frame) inline(s state, c ssa.CallInstruction, fn *ssa.Function, bound, args []*node) []result {
	rs, ok := f.runFor(s, c, fn, bound, args)
	if !ok {
		return f.unknownCall(s, c, nil, append(append([]*node(nil), bound...), args...))
	}
	return rs
}

// tryOut runs the function value once with unknown arguments, reporting
// nothing; nil if it cannot be run.
func (f *frame) tryOut(s state, fn *node) []result {
	sf, ok := fn.v.(*ssa.Function)
	if !ok || fn.kind != kFunc {
		return nil
	}
	if obj, ok := sf.Object().(*types.Func); ok && sf.Parent() == nil && !isThunk(sf) {
		// A declared function as a value: only its effects on inputs matter,
		// and it has none that are bound.
		_ = obj
		return []result{{s, nil}}
	}
	rs, ok := f.run(s, sf, fn.args, nil, true)
	if !ok {
		return nil
	}
	return rs
}

// runFor runs fn in the place of the call c.
func (f *frame) runFor(s state, c ssa.CallInstruction, fn *ssa.Function, bound, args []*node) ([]result, bool) {
	if !isThunk(fn) {
		c = nil
	}
	return f.runVia(s, c, fn, bound, args, f.quiet)
}

// run solves fn from state s. It reports false where fn has no body, is
// running already, or was too much.
func (f *frame) run(s state, fn *ssa.Function, bound, args []*node, quiet bool) ([]result, bool) {
	return f.runVia(s, nil, fn, bound, args, quiet)
}

// runVia is run for the wrapper fn that the call via goes through, nil if fn is
// none.
func (f *frame) runVia(s state, via ssa.CallInstruction, fn *ssa.Function, bound, args []*node, quiet bool) ([]result, bool) {
	if len(fn.Blocks) == 0 {
		return nil, false
	}
	depth := 0
	for c := f; c != nil; c = c.caller {
		if c.fn == fn {
			return nil, false
		}
		depth++
	}
	if depth > maxInline {
		return nil, false
	}
	g := f.a.frame(fn, f)
	g.quiet, g.via = quiet, via
	outer := s.defers
	if !rangeBody(fn) {
		s.defers = nil
	}
	for i, p := range fn.Params {
		switch {
		case i >= len(args) || args[i] == nil:
			s = g.forget(s, p)
		case args[i] == f.u().lentTx:
			s, _ = g.assumeNil(g.forget(s, p), f.u().sym(p), false)
		default:
			s = g.bind(s, p, args[i])
		}
	}
	for i, v := range fn.FreeVars {
		if i < len(bound) && bound[i] != nil {
			s = g.bind(s, v, bound[i])
		}
	}
	if !flow.Solve(fn, g, []state{s}, f.a.limits) {
		return nil, false
	}
	if !quiet {
		f.a.covered[fn] = true
	}
	var out []result
	seen := map[string]int{}
	for _, x := range g.exits {
		t := x.state
		if !rangeBody(fn) {
			t.defers = outer
		}
		t.env = t.env.filter(func(key int32, _ *node) bool { return f.u().value(key).Parent() != fn })
		var val *node
		switch len(x.results) {
		case 0:
		case 1:
			val = x.results[0]
		default:
			val = f.u().tuple(x.results)
		}
		if !rangeBody(fn) {
			t = g.leave(t, x)
		}
		k := t.key()
		if val != nil {
			k += "/" + strconv.Itoa(int(val.id))
		}
		if i, ok := seen[k]; ok {
			out[i].state, _ = meetStates(out[i].state, t)
			continue
		}
		seen[k] = len(out)
		out = append(out, result{t, val})
	}
	return out, true
}

// wouldEnd returns what a call of the function value would finish on some path.
func (f *frame) wouldEnd(s state, fn *node) map[*node]phase {
	out := map[*node]phase{}
	if fn.kind == kCleanup {
		for _, tx := range fn.args {
			out[tx] = phase(fn.i)
		}
		return out
	}
	for _, r := range f.tryOut(s, fn) {
		for _, o := range r.state.obs {
			if p, ok := s.phaseOf(o.tx); ok && p == open && o.phase != open {
				out[o.tx] = o.phase
			}
		}
		for _, e := range r.state.done {
			if _, ok := s.done.get(e.key); !ok {
				out[f.u().byID(e.key)] = e.val.phase
			}
		}
	}
	return out
}

// spawn starts a goroutine: what it is given, or would finish, is its own.
func (f *frame) spawn(s state, c *ssa.Go) state {
	fn, args := f.operands(s, c.Common())
	for _, a := range args {
		s = f.escape(s, a, c, "it is given to a goroutine")
		s = f.havocArg(s, a, c)
	}
	if fn != nil && fn.kind == kFunc {
		for n := range f.wouldEnd(s, fn) {
			s = f.escape(s, n, c, "a goroutine finishes it")
		}
	}
	return s
}

package world

import (
	"reflect"
)

// A Tx is the record of one transaction. Handles embed it.
type Tx struct {
	run *Run
	// owner is the activation that has to finish it, nil where it is not one of
	// the program: what the harness gave, and what was lost already.
	owner *Act
	// begin is where the transaction came to its owner.
	begin string
	// past are the exits of function literals that it was open at.
	past []string
	// by is the line that finished it, how what that was.
	by, how string
	// own is set where its owner finished it, borrowed where somebody else did that
	// it was lent to.
	own, borrowed bool
	// panicked is set where the program panicked while it was open.
	panicked bool
	// lent is set once code outside the program has had the handle.
	lent bool
	// over reports whether the transaction has ended by itself.
	over func() bool
	// Discard ends what the program left open.
	Discard func()
}

// Beginning says that the program is about to begin a transaction.
func Beginning() {
	r := current
	if r.aborted {
		return
	}
	for _, s := range callers(3, far) {
		act := r.activation(s.Func)
		if act == nil {
			continue
		}
		for _, t := range r.owned {
			if t.owner == act && t.begin == s.Line && t.open() {
				r.record(Observation{Kind: Again, Begin: s.Line, At: s.Line})
			}
		}
	}
}

// Began makes the record of a transaction that the program, or the harness for
// it, has begun.
func Began(over func() bool, discard func()) *Tx {
	r := current
	t := &Tx{run: r, over: over, Discard: discard}
	if sites := callers(3, near); len(sites) > 0 {
		t.owner, t.begin = r.activation(sites[0].Func), sites[0].Line
		if !r.aborted {
			r.record(Observation{Kind: Begun, Begin: t.begin})
		}
	}
	r.owned = append(r.owned, t)
	return t
}

// Live reports whether the transaction takes statements.
func (t *Tx) Live() bool { return t.open() }

func (t *Tx) open() bool { return t.by == "" && (t.over == nil || !t.over()) }

// Finishing says that the program commits or rolls back.
func (t *Tx) Finishing(how string) {
	r := t.run
	if r.aborted {
		return
	}
	sites := callers(3, near)
	if len(sites) == 0 {
		if t.by == "" {
			t.by, t.how = "the harness", how
		}
		return
	}
	at := sites[0]
	if t.by != "" {
		t.after(Observation{Kind: Second, How: t.how + ", " + how}, sites)
		return
	}
	t.by, t.how = at.Line, how
	act := r.activation(at.Func)
	t.own = t.owner != nil && act == t.owner
	if t.borrowed = act != t.owner; t.borrowed {
		r.record(Observation{Kind: Borrowed, Begin: t.begin, At: at.Line, How: how})
	}
}

// Using says that the program sends a statement to the transaction.
func (t *Tx) Using(how string) {
	if t.by == "" || t.run.aborted {
		return
	}
	if sites := callers(3, near); len(sites) > 0 {
		t.after(Observation{Kind: Use, How: t.how + ", " + how}, sites)
	}
}

// after records what happens after the end, at all the lines that led there.
func (t *Tx) after(o Observation, sites []Site) {
	o.Begin, o.Other = t.begin, t.by
	for i, s := range sites {
		o.At = s.Line
		o.Direct = i == 0 && t.own && t.owner != nil && t.run.activation(s.Func) == t.owner && !unwinding(t.owner.fn)
		t.run.record(o)
	}
}

// A reach is what values lead to.
type reach struct {
	txs   map[*Tx]bool
	funcs bool
	seen  map[seenKey]bool
}

type seenKey struct {
	at uintptr
	of reflect.Type
}

var txType = reflect.TypeFor[*Tx]()

// reachable finds the transactions that the results and parameters of a
// function lead to, and whether there is a function among the results, which
// may hold anything.
func reachable(results, params []any) *reach {
	r := &reach{txs: map[*Tx]bool{}, seen: map[seenKey]bool{}}
	for _, v := range params {
		r.walk(reflect.ValueOf(v), 0)
	}
	r.funcs = false
	for _, v := range results {
		r.walk(reflect.ValueOf(v), 0)
	}
	return r
}

func (r *reach) walk(v reflect.Value, depth int) {
	const deepest = 12
	if !v.IsValid() || depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		key := seenKey{v.Pointer(), v.Type()}
		if r.seen[key] {
			return
		}
		r.seen[key] = true
		if v.Type().Elem().PkgPath() == "database/sql" {
			return // knows its connections only
		}
		if v.Type() == txType {
			for _, t := range current.owned {
				if reflect.ValueOf(t).Pointer() == v.Pointer() {
					r.txs[t] = true
				}
			}
			return
		}
		r.walk(v.Elem(), depth+1)
	case reflect.Interface:
		r.walk(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			r.walk(v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			r.walk(v.Index(i), depth+1)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			r.walk(it.Key(), depth+1)
			r.walk(it.Value(), depth+1)
		}
	case reflect.Func:
		r.funcs = r.funcs || !v.IsNil()
	}
}

// Lend says that code outside the program gets a value in hand.
func Lend(v any) {
	for t := range reachable(nil, []any{v}).txs {
		t.lent = true
	}
}

package trips

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Effect says which statements a function sends, and how values go through
// it. It is the fact that goes from a package to those that import it.
type Effect struct {
	// Trips lists the statements, the shortest chain for each kind.
	Trips []Trip
	// Results says for each result which inputs it derives from; nil if that
	// is not known.
	Results []Derived
	// Stores lists what is written to what inputs point to.
	Stores []Store
	// Calls lists the functions among the inputs that are called.
	Calls []FuncCall
	// Steps is how many calls it makes that can fail, but for those that begin
	// and end a transaction.
	Steps int
	// Locks says that all it sends takes a lock of the database, sets a savepoint
	// or changes the schema.
	Locks bool
}

// AFact makes Effect a fact.
func (*Effect) AFact() {}

// A Trip is a statement that a function sends.
type Trip struct {
	Write bool
	// Lib is the path of the library that sends it, "" where only the shape
	// of an interface tells that something is sent.
	Lib string
	// Instead is what a row of the user says to do instead, "" if none does.
	Instead string
	// What names the call that sends it: "sql.DB.Query".
	What string
	// Chain names the functions on the way to it, the outermost first.
	Chain []string
	// Deps are the inputs from which what it asks for derives.
	Deps Mask
	// Assumed is set where the name of an interface is all that tells.
	Assumed bool
	// Hops is how many functions lie on the way, but for generated ones, and for
	// those that do nothing else that can fail than call the next.
	Hops int
	// Conditions is how many branches decide whether it is sent.
	Conditions int
	// Skips is how many branches of the round itself decide whether it sends
	// the statement. A fact has none.
	Skips int
	// Doubts are what the functions on the way add.
	Doubts Doubts
}

// Derived says which inputs a value derives from.
type Derived struct {
	From Mask
	// Gathered are the inputs that were added to something older than the
	// call, which the value derives from.
	Gathered Mask
}

// A Store says what is written to what input To points to.
type Store struct {
	To int
	Derived
}

// A FuncCall is a call of a function that was passed in.
type FuncCall struct {
	Input int
	Args  []Arg
	// Doubts are what there is beside the call.
	Doubts Doubts
}

// An Arg is an argument of a [FuncCall].
type Arg struct {
	// From are the inputs that it derives from.
	From Mask
	// Element says that it is a different element of some collection in each
	// of many calls.
	Element bool
}

// Implementations is the fact of a package about its types that implement
// interfaces. Those that are not exported are seen by importers through it
// only.
type Implementations struct {
	Methods []Implementation
}

// AFact makes Implementations a fact.
func (*Implementations) AFact() {}

func (i *Implementations) String() string { return fmt.Sprintf("%d methods", len(i.Methods)) }

// An Implementation is what some method does that implements Method, the full
// name of the method of an interface.
type Implementation struct {
	Method string
	Effect Effect
}

// Bounds of what is kept of a function.
const (
	maxTrips      = 8
	maxChain      = 8
	maxConditions = 8
	maxSites      = 256
	maxCalls      = 8
)

// String describes the effect, for tests.
func (e *Effect) String() string {
	var parts []string
	for _, t := range e.Trips {
		parts = append(parts, t.String())
	}
	for _, c := range e.Calls {
		s := fmt.Sprintf("calls p%d", c.Input)
		for _, a := range c.Args {
			if a.Element {
				s += " per element"
				break
			}
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func (t Trip) String() string {
	kind := "reads"
	if t.Write {
		kind = "writes"
	}
	s := kind + " by " + strings.Join(append(slices.Clone(t.Chain), t.What), " → ")
	for i := range maxInputs {
		if t.Deps.has(i) {
			s += fmt.Sprintf(" p%d", i)
		}
	}
	return s
}

// shorten keeps, of the trips that ask for the same, the one with the shortest
// chain, and bounds their number.
func shorten(trips []Trip) []Trip {
	trips = slices.Clone(trips)
	slices.SortStableFunc(trips, func(x, y Trip) int {
		return cmp.Or(compareBool(x.Assumed, y.Assumed), cmp.Compare(x.Conditions, y.Conditions), cmp.Compare(x.Doubts, y.Doubts), cmp.Compare(len(x.Chain), len(y.Chain)), compareBool(y.Write, x.Write), cmp.Compare(x.What, y.What), slices.Compare(x.Chain, y.Chain), cmp.Compare(x.Deps, y.Deps))
	})
	type key struct {
		write bool
		deps  Mask
	}
	seen := map[key]bool{}
	out := trips[:0]
	for _, t := range trips {
		if k := (key{t.Write, t.Deps}); !seen[k] {
			seen[k] = true
			out = append(out, t)
		}
	}
	return slices.Clip(out[:min(len(out), maxTrips)])
}

func compareBool(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

// trivial reports whether the effect says nothing that a caller could use.
func (e *Effect) trivial() bool { return len(e.Trips) == 0 && len(e.Calls) == 0 && !e.Locks }

// merge joins the effects of several methods that a call can end in.
func merge(effects []*Effect) *Effect {
	if len(effects) == 1 {
		return effects[0]
	}
	out := &Effect{}
	for _, e := range effects {
		out.Trips = append(out.Trips, e.Trips...)
		out.Steps = max(out.Steps, e.Steps)
		for _, c := range e.Calls {
			out.Calls = appendCall(out.Calls, c)
		}
	}
	out.Trips = shorten(out.Trips)
	return out
}

// appendCall adds a call of a passed function, unless the same is there.
func appendCall(calls []FuncCall, c FuncCall) []FuncCall {
	for _, d := range calls {
		if d.Input == c.Input && d.Doubts == c.Doubts && slices.Equal(d.Args, c.Args) {
			return calls
		}
	}
	if len(calls) >= maxCalls {
		return calls
	}
	return append(calls, c)
}

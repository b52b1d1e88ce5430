package txflow

import (
	"fmt"
	"go/token"
	"strings"
)

// Effects is what a function does to its parameters, its results and the
// world, as its callers see it: one of several outcomes. It is the fact that
// goes from a package to those that import it.
type Effects struct {
	Outcomes []Outcome
}

// AFact makes Effects a fact.
func (*Effects) AFact() {}

// An Outcome is one way in which a call can end.
type Outcome struct {
	// When lists what holds of the inputs where the call ends this way.
	When []Condition
	// Done lists the borrowed transactions that the call finishes or takes over.
	Done []Done
	// Calls lists the functions among the inputs that are called.
	Calls []Call
	// Begins lists the transactions that the caller has to finish from now on.
	Begins []Begun
	// Stores lists what is written through the inputs.
	Stores []Store
	// Results describes the results, one by one.
	Results []Value
}

// A Call is a call of a function that was passed in.
type Call struct {
	Fn *Expr
	// Args are the arguments as far as they are inputs themselves; an argument
	// that is not is an Expr of Op '?'.
	Args []*Expr
}

func (c Call) String() string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = a.String()
	}
	return c.Fn.String() + "(" + strings.Join(args, ", ") + ")"
}

// A Condition is what holds of an input.
type Condition struct {
	Of *Expr
	Is uint8 // a truth
}

// A Done says that the borrowed transaction of an input has reached a phase.
type Done struct {
	Tx    *Expr
	Phase uint8
	// Assumed says that it is not certain.
	Assumed bool
	// Left says that the function may as well leave it alone, which its callers
	// cannot tell.
	Left bool
	// Tolerant says that it looks whether the error of the finish says that the
	// transaction was over.
	Tolerant bool
	// Works says that the function also uses the transaction for work of its own:
	// finishing it is not all that it is for.
	Works bool
	// Where is the place that finishes it: "files.go:167".
	Where string
}

func (d Done) String() string {
	text := d.Tx.String() + " " + phase(d.Phase).String()
	if d.Works {
		text += " after work"
	}
	if d.Assumed {
		text += "?"
	}
	if d.Left {
		text += " or left"
	}
	if d.Tolerant {
		text += " unless over"
	}
	return text
}

// A Begun is a transaction that the call leaves open.
type Begun struct {
	// What names the call that began it: "sql.DB.Begin".
	What string
	// Type is the type of its handle, written with full import paths.
	Type    string
	Assumed bool
	// Ctx is the input whose end, it being a context, rolls the transaction back.
	Ctx *Expr
	// Conditional says that the call can also succeed without beginning, in a way
	// that its caller cannot tell: inside an open transaction, for example.
	Conditional bool
	// Idle says what it waits for before it takes a connection: an idleness.
	Idle uint8
}

// A Store is a write through an input.
type Store struct {
	To  *Expr
	Val Value
}

// An Expr is an expression over the inputs of a function.
type Expr struct {
	// Op is 'p' for parameter N (the receiver counts), 'f' for the address of
	// field N of X, 'P' for field N of the struct value X, 'l' for what X points to, 'n' for the length of X, 'c' for
	// the constant S, 'z' for nil, '!' for the negation of X, 'r' for result N
	// of calling X (N is -1 if it has one), 't' for an open transaction that the
	// function began itself and that reaches phase N (0 if that is not known), 'e' for the error of the context X, '?' for what is no input, and '=', '<', '>' for comparisons.
	Op   byte
	N    int
	S    string
	X, Y *Expr
}

// A Value describes a value that a call hands out or stores.
type Value struct {
	Kind ValueKind
	// N is the index in Begins of a Fresh handle.
	N int
	// S is the constant, or the dynamic type of an Object.
	S string
	// In is the input that the value is, or that an Object was copied from before
	// its Fields were written.
	In *Expr
	// Zero says that the fields of an Object that are not listed are zero.
	Zero bool
	// Fields are the known parts of an Object or a Struct.
	Fields []FieldValue
	// Ends lists what a call of a Cleanup finishes.
	Ends []End
}

// A ValueKind tells the forms of a [Value] apart.
type ValueKind uint8

// The forms of a [Value].
const (
	Unknown ValueKind = iota
	Nil
	NonNil
	Const
	Input
	Fresh
	Object
	Struct
	Cleanup
	// Carrier is a context that holds the transaction N of Begins.
	Carrier
	// Ended is the handle of a transaction that the call has begun and finished;
	// S is the place that finishes it.
	Ended
	// Sentinel is the error that the package-level variable S holds, written
	// with its package's path.
	Sentinel
)

// A FieldValue is a known part of a value.
type FieldValue struct {
	Index int
	Val   Value
}

// An End is a transaction that a cleanup function finishes: N of Begins, or an
// input.
type End struct {
	N     int
	In    *Expr
	Phase uint8
}

// String describes the effects, outcome by outcome, for tests and for -debug.
func (e *Effects) String() string {
	parts := make([]string, len(e.Outcomes))
	for i, o := range e.Outcomes {
		parts[i] = o.String()
	}
	return strings.Join(parts, " ")
}

func (o Outcome) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, c := range o.When {
		if i > 0 {
			b.WriteString(" && ")
		}
		b.WriteString(c.String())
	}
	if len(o.When) > 0 {
		b.WriteString(": ")
	}
	var parts []string
	for _, d := range o.Done {
		parts = append(parts, d.String())
	}
	for _, c := range o.Calls {
		parts = append(parts, "calls "+c.String())
	}
	for i, n := range o.Begins {
		parts = append(parts, fmt.Sprintf("begins #%d by %s", i, n.What))
	}
	for _, s := range o.Stores {
		parts = append(parts, "*"+s.To.String()+" = "+s.Val.String())
	}
	if len(o.Results) > 0 {
		var rs []string
		for _, r := range o.Results {
			rs = append(rs, r.String())
		}
		parts = append(parts, "returns "+strings.Join(rs, ", "))
	}
	b.WriteString(strings.Join(parts, "; "))
	b.WriteByte('}')
	return b.String()
}

func (c Condition) String() string {
	return c.Of.String() + [...]string{"", " == nil", " != nil", "", " is false"}[c.Is]
}

func (v Value) String() string {
	switch v.Kind {
	case Nil:
		return "nil"
	case NonNil:
		return "non-nil"
	case Const, Sentinel:
		return v.S
	case Carrier:
		return fmt.Sprintf("context with #%d", v.N)
	case Input:
		return v.In.String()
	case Fresh:
		return fmt.Sprintf("#%d", v.N)
	case Ended:
		return "ended " + phase(v.N).String()
	case Object, Struct:
		var fs []string
		for _, f := range v.Fields {
			fs = append(fs, fmt.Sprintf("%d: %s", f.Index, f.Val))
		}
		return "{" + strings.Join(fs, ", ") + "}"
	case Cleanup:
		return "cleanup"
	}
	return "?"
}

func (e *Expr) String() string {
	switch e.Op {
	case 'p':
		return fmt.Sprintf("p%d", e.N)
	case 'f':
		return fmt.Sprintf("&%s.%d", e.X, e.N)
	case 'P':
		return fmt.Sprintf("%s.%d", e.X, e.N)
	case 'l':
		return "*" + e.X.String()
	case 'e':
		return e.X.String() + ".Err()"
	case 'n':
		return "len(" + e.X.String() + ")"
	case 'c':
		return e.S
	case '?':
		return "?"
	case 't':
		return "tx " + phase(e.N).String()
	case 'z':
		return "nil"
	case '!':
		return "!" + e.X.String()
	case 'r':
		return fmt.Sprintf("%s()#%d", e.X, e.N)
	}
	return "(" + e.X.String() + " " + string(e.Op) + " " + e.Y.String() + ")"
}

func compareToken(op byte) token.Token {
	switch op {
	case '<':
		return token.LSS
	case '>':
		return token.GTR
	}
	return token.EQL
}

// trivial reports whether the effects say nothing that a caller could use.
func (e *Effects) trivial() bool {
	if len(e.Outcomes) == 0 {
		return false // never returns
	}
	for _, o := range e.Outcomes {
		if len(o.When)+len(o.Done)+len(o.Calls)+len(o.Begins)+len(o.Stores) > 0 {
			return false
		}
		for _, r := range o.Results {
			if r.Kind != Unknown {
				return false
			}
		}
	}
	return true
}

// Size limits of what is exported: an effect past them says too little for
// what it costs every importer.
const (
	maxOutcomes = 16
	maxStores   = 8
	// maxConditions bounds the conditions of one outcome.
	maxConditions = 12
)

package txflow

import (
	"encoding/binary"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// kind tells the abstract values apart.
type kind uint8

const (
	// kSym is the unknown value of the SSA value v: the same in every place
	// that v was copied to, until v is computed anew.
	kSym kind = iota + 1
	// kNil is nil, whatever its type.
	kNil
	// kNonNil is some non-nil value without identity.
	kNonNil
	// kConst is the constant s (booleans are "true" and "false").
	kConst
	// kObject is the address of a variable or composite allocated at v.
	kObject
	// kResult is result i of call v: a pointer to something that was made for
	// the caller, of which some fields are known. The caller owns it.
	kResult
	// kField is the address of field i of the struct that x points to.
	kField
	// kElem is the address of element i of the array or slice x.
	kElem
	// kLoad is what the address x held before this function wrote to it.
	kLoad
	// kHavoc is what the address x holds after the call v may have written it.
	kHavoc
	// kPart is field i of the struct value x.
	kPart
	// kExtract is result i of x, which returned several.
	kExtract
	// kTx is the handle of the transaction begun at v; i tells several begun
	// by one call apart, s marks one that a runner lends to its closure.
	kTx
	// kDerived is another handle on the transaction of x, handed out by v.
	kDerived
	// kRows is what the statement v on the transaction x returned and what ends
	// with that: rows, or a prepared statement.
	kRows
	// kFunc is a function value: v with args bound.
	kFunc
	// kCleanup is a function value whose call ends the transactions args with
	// phase i.
	kCleanup
	// kTuple is several results, kStruct the fields of a struct value; nil
	// elements are unknown.
	kTuple
	kStruct
	// kCompare is the comparison x op y, kNot the negation of x, kLen the
	// length of x.
	kCompare
	kNot
	kLen
	// kImpliesNonNil is the boolean result of v that is true only if x is not nil.
	kImpliesNonNil
	// kCarrier is a context or container made at v that holds args.
	kCarrier
	// kJoins says whether the context x makes a begin join the transaction that
	// it carries.
	kJoins
	// kEnded is the error, asked for at v, that says whether the context x is over.
	kEnded
	// kCancel is the function that ends the context made at v.
	kCancel
)

// A node is an abstract value. Nodes are interned: two of one universe are the
// same value exactly if they are the same pointer.
type node struct {
	id   int32
	kind kind
	op   token.Token
	i    int
	v    ssa.Value
	s    string
	x, y *node
	args []*node
}

type nodeKey struct {
	kind kind
	op   token.Token
	i    int
	v    ssa.Value
	s    string
	x, y *node
	args string
}

// A universe interns the nodes of one package and numbers its SSA values.
type universe struct {
	nodes     map[nodeKey]*node
	list      []*node
	values    map[ssa.Value]int32
	valueList []ssa.Value
	// dynamic holds the concrete types of results that a callee's effect tells.
	dynamic map[*node]types.Type

	null, nonNil, yes, no *node
	// lentTx is an argument of a callback that is some open transaction.
	lentTx *node
}

func newUniverse() *universe {
	u := &universe{nodes: map[nodeKey]*node{}, values: map[ssa.Value]int32{}, dynamic: map[*node]types.Type{}}
	u.null, u.nonNil = u.node(node{kind: kNil}), u.node(node{kind: kNonNil})
	u.lentTx = u.node(node{kind: kNonNil, s: "lent"})
	u.yes, u.no = u.node(node{kind: kConst, s: "true"}), u.node(node{kind: kConst, s: "false"})
	return u
}

func (u *universe) node(n node) *node {
	key := nodeKey{n.kind, n.op, n.i, n.v, n.s, n.x, n.y, ""}
	if len(n.args) > 0 {
		b := make([]byte, 0, 4*len(n.args))
		for _, a := range n.args {
			var id int32
			if a != nil {
				id = a.id + 1
			}
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
		key.args = string(b)
	}
	if old := u.nodes[key]; old != nil {
		return old
	}
	n.id = int32(len(u.nodes))
	u.nodes[key] = &n
	u.list = append(u.list, &n)
	return &n
}

func (u *universe) sym(v ssa.Value) *node            { return u.node(node{kind: kSym, v: v}) }
func (u *universe) object(v ssa.Value) *node         { return u.node(node{kind: kObject, v: v}) }
func (u *universe) result(v ssa.Value, i int) *node  { return u.node(node{kind: kResult, v: v, i: i}) }
func (u *universe) field(x *node, i int) *node       { return u.node(node{kind: kField, x: x, i: i}) }
func (u *universe) elem(x *node, i int) *node        { return u.node(node{kind: kElem, x: x, i: i}) }
func (u *universe) load(x *node) *node               { return u.node(node{kind: kLoad, x: x}) }
func (u *universe) havoc(v ssa.Value, x *node) *node { return u.node(node{kind: kHavoc, v: v, x: x}) }
func (u *universe) part(x *node, i int) *node        { return u.node(node{kind: kPart, x: x, i: i}) }
func (u *universe) extract(x *node, i int) *node     { return u.node(node{kind: kExtract, x: x, i: i}) }
func (u *universe) tx(v ssa.Value, i int) *node      { return u.node(node{kind: kTx, v: v, i: i}) }
func (u *universe) tuple(args []*node) *node         { return u.node(node{kind: kTuple, args: args}) }
func (u *universe) derived(x *node, v ssa.Value) *node {
	return u.node(node{kind: kDerived, x: root(x), v: v})
}
func (u *universe) constant(s string) *node { return u.node(node{kind: kConst, s: s}) }
func (u *universe) truth(b bool) *node {
	if b {
		return u.yes
	}
	return u.no
}

// number returns a small integer for v, in the order of first use.
func (u *universe) number(v ssa.Value) int32 {
	n, ok := u.values[v]
	if !ok {
		n = int32(len(u.values))
		u.values[v] = n
		u.valueList = append(u.valueList, v)
	}
	return n
}

// root returns the handle that n was derived from.
func root(n *node) *node {
	for n != nil && n.kind == kDerived {
		n = n.x
	}
	return n
}

// base returns the innermost address or value that n is reached from.
func base(n *node) *node {
	for n != nil && n.x != nil {
		switch n.kind {
		case kField, kElem, kLoad, kHavoc, kPart, kExtract, kDerived:
			n = n.x
		default:
			return n
		}
	}
	return n
}

// cell returns the outermost object that the address n points into.
func cell(n *node) *node {
	for n.kind == kField || n.kind == kElem {
		n = n.x
	}
	return n
}

// mentions reports whether n is, or is made from, what v computed last.
func (n *node) mentions(v ssa.Value) bool {
	if n == nil {
		return false
	}
	if n.v == v && n.kind != kFunc {
		return true
	}
	if n.x.mentions(v) || n.y.mentions(v) {
		return true
	}
	for _, a := range n.args {
		if a.mentions(v) {
			return true
		}
	}
	return false
}

// leaves calls f for every SSA value that n is made from, until f returns false.
func (n *node) leaves(f func(ssa.Value) bool) bool {
	if n == nil {
		return true
	}
	if n.v != nil && n.kind != kFunc && !f(n.v) {
		return false
	}
	if !n.x.leaves(f) || !n.y.leaves(f) {
		return false
	}
	for _, a := range n.args {
		if !a.leaves(f) {
			return false
		}
	}
	return true
}

// depth bounds how large the expressions get that conditions are kept on.
func (n *node) depth() int {
	if n == nil {
		return 0
	}
	d := max(n.x.depth(), n.y.depth())
	for _, a := range n.args {
		d = max(d, a.depth())
	}
	return d + 1
}

const maxDepth = 8

// byID returns the node of the given id.
func (u *universe) byID(id int32) *node { return u.list[id] }

// value returns the SSA value of the given number.
func (u *universe) value(n int32) ssa.Value { return u.valueList[n] }

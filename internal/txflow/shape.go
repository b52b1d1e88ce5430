package txflow

import (
	"go/types"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/txlint/txlint/internal/catalog"
)

// shapes tells transactions of libraries and wrappers without rows by the
// shape of their types: what commits and rolls back is a transaction.
type shapes struct {
	rows  *catalog.Catalog
	isTx  typeutil.Map
	cache typeutil.MethodSetCache
}

// tx reports whether values of type t can be committed and rolled back.
func (sh *shapes) tx(t types.Type) bool {
	if t == nil {
		return false
	}
	if v := sh.isTx.At(t); v != nil {
		return v.(bool)
	}
	commits, rollsBack := false, false
	ms := sh.cache.MethodSet(t)
	for i := range ms.Len() {
		fn, ok := ms.At(i).Obj().(*types.Func)
		if !ok || !finisherSignature(fn.Signature()) {
			continue
		}
		switch p, _ := finisherName(fn.Name()); p {
		case committed:
			commits = true
		case rolledBack:
			rollsBack = true
		}
	}
	sh.isTx.Set(t, commits && rollsBack)
	return commits && rollsBack
}

// finisherSignature reports whether a method takes at most a context and
// returns at most an error (or, fluently, its receiver's type).
func finisherSignature(sig *types.Signature) bool {
	if sig.Params().Len() > 1 || sig.Results().Len() > 1 {
		return false
	}
	if sig.Params().Len() == 1 && !isContext(sig.Params().At(0).Type()) {
		return false
	}
	return sig.Results().Len() == 0 || isErrorType(sig.Results().At(0).Type())
}

// ends reports whether values of type t have a method that reads like the end of
// a transaction.
func (sh *shapes) ends(t types.Type) bool {
	if t == nil || isErrorType(t) || isContext(t) {
		return false
	}
	ms := sh.cache.MethodSet(t)
	for i := range ms.Len() {
		if fn, ok := ms.At(i).Obj().(*types.Func); ok && finisherSignature(fn.Signature()) && namedFinisher(fn.Name()) {
			return true
		}
	}
	return false
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context"
}

// finisherName returns the phase that a method of this name leads to, ok false
// if it reads like none.
func finisherName(name string) (phase, bool) {
	switch strings.ToLower(name) {
	case "commit", "commitcontext", "committx", "commitctx":
		return committed, true
	case "rollback", "rollbackcontext", "rollbacktx", "rollbackctx", "abort", "discard":
		return rolledBack, true
	}
	return 0, false
}

// endWords are the words that read like the end of something.
var endWords = map[string]bool{
	"abort": true, "cancel": true, "clean": true, "cleanup": true, "close": true, "complete": true, "conclude": true, "discard": true,
	"dispose": true, "done": true, "end": true, "finalize": true, "finish": true, "release": true, "resolve": true, "settle": true,
}

// finisherLike reports whether a function of this name may finish what it is
// given.
func finisherLike(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool { return endWords[w] || endsTx(w) }) || rollsBack(name)
}

// endsTx reports whether the word is one for the end of a transaction.
func endsTx(word string) bool {
	return strings.Contains(word, "commit") || strings.Contains(word, "rollback")
}

func rollsBack(name string) bool {
	ws := words(name)
	i := slices.Index(ws, "back")
	return i > 0 && ws[i-1] == "roll"
}

// namedFinisher reports whether a function of this name tells its callers that
// it finishes what it is given: the first word is an end, or some word is that
// of a transaction.
func namedFinisher(name string) bool {
	ws := words(name)
	return len(ws) > 0 && endWords[ws[0]] || slices.ContainsFunc(ws, endsTx) || rollsBack(name)
}

// words splits a name at its capitals and underscores, in lower case.
func words(name string) []string {
	var out []string
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			out = append(out, strings.ToLower(string(cur)))
			cur = nil
		}
	}
	for _, r := range name {
		if r == '_' || unicode.IsUpper(r) {
			flush()
		}
		if r != '_' {
			cur = append(cur, r)
		}
	}
	flush()
	return out
}

// finishes reports whether fn is a method that ends the transaction that its
// receiver is, and how.
func (sh *shapes) finishes(fn *types.Func) (phase, bool) {
	p, ok := finisherName(fn.Name())
	recv := fn.Signature().Recv()
	if !ok || recv == nil || !finisherSignature(fn.Signature()) {
		return 0, false
	}
	// An interface may ask for no more than the end that it needs.
	return p, types.IsInterface(recv.Type()) || sh.tx(recv.Type())
}

// begins reports whether fn reads like a begin: its name says so, its first
// result is a transaction, and it is not given one.
func (sh *shapes) begins(fn *types.Func) bool {
	sig := fn.Signature()
	if !beginName(fn.Name()) && !(namesTx(fn.Name()) && (sig.Params().Len() > 0 || returnsError(sig))) || sig.Results().Len() == 0 || sig.Results().Len() > 2 {
		return false
	}
	if sig.Results().Len() == 2 && !returnsError(sig) {
		return false
	}
	if !sh.tx(sig.Results().At(0).Type()) {
		return false
	}
	if recv := sig.Recv(); recv != nil && sh.tx(recv.Type()) {
		return false
	}
	for p := range sig.Params().Variables() {
		if sh.tx(p.Type()) || sh.carries(p.Type(), 1) || !isContext(p.Type()) && strings.Contains(strings.ToLower(p.Name()), "tx") {
			return false // it wraps what it is given
		}
	}
	return true
}

// namesTx reports whether a function is named after the transaction that it
// returns, and does not read like a getter or a converter.
func namesTx(name string) bool {
	low := strings.ToLower(name)
	for _, p := range []string{"get", "current", "with", "from", "in", "existing", "active", "extract", "to", "as", "un", "wrap", "must", "set", "has", "is", "find", "load", "last", "run", "do"} {
		if strings.HasPrefix(low, p) {
			return false
		}
	}
	return strings.HasSuffix(low, "tx") || strings.HasSuffix(low, "txn") || strings.HasSuffix(low, "transaction")
}

// beginName reports whether a function of this name may open a transaction.
func beginName(name string) bool {
	low := strings.ToLower(name)
	for _, p := range []string{"begin", "start", "open", "new", "must"} {
		rest, ok := strings.CutPrefix(low, p)
		if !ok {
			continue
		}
		if p == "begin" || strings.Contains(rest, "tx") || strings.Contains(rest, "transaction") || strings.Contains(rest, "snapshot") || strings.Contains(rest, "begin") {
			return true
		}
	}
	return false
}

// carries reports whether a value of type t is, or holds within the given
// depth of fields, a transaction.
func (sh *shapes) carries(t types.Type, depth int) bool {
	if t == nil || depth < 0 {
		return false
	}
	if _, typ, ok := sh.rows.Handle(t); ok {
		return typ.Role == catalog.Tx || typ.Role == catalog.Either
	}
	if sh.tx(t) {
		return true
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if st, ok := t.Underlying().(*types.Struct); ok {
		for f := range st.Fields() {
			if sh.carries(f.Type(), depth-1) {
				return true
			}
		}
	}
	return false
}

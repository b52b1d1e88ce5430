package earlyreturn

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/txflow"
)

// message says what is left open where, and what to do instead.
func message(src source, group []*txflow.Event) string {
	e := group[0]
	w := words{src, e}
	name := w.name()
	begun := fmt.Sprintf("%s begun at %s", name, w.place(e.Begin.Pos()))
	assumed := ""
	if e.Possible != "" {
		assumed = " (" + e.Possible + ")"
		begun += assumed
	}
	switch {
	case e.Dropped:
		return w.verb("drops") + fmt.Sprintf(" the transaction that %s hands out: nobody can finish it, its connection is lost to the pool%s%s", e.By, w.untilDone(), assumed)
	case e.Kind == txflow.DeferInLoop:
		return w.verb("begins") + fmt.Sprintf(" %s again while its rollback is only deferred: every round's transaction stays open until the function returns; finish it in the round, or move the round into a function%s", name, assumed)
	case e.Kind == txflow.NextRound:
		return w.verb("begins") + fmt.Sprintf(" %s again while the one of the previous round is still open; finish it on every path of the round%s", name, assumed)
	case e.Kind == txflow.Overwritten:
		return w.verb("overwrites") + fmt.Sprintf(" %s while it is open: nobody can finish it any more; finish it first", begun)
	case e.Kind == txflow.PanicExit:
		return fmt.Sprintf("%s open: where the panic is recovered, its connection is lost; defer its rollback", w.panicking(begun))
	}
	verb := w.verb("returns")
	if e.Implicit {
		verb = w.verb("ends")
	}
	return fmt.Sprintf("%s without finishing %s: %s%s", verb, begun, w.advice(), w.others(group))
}

// words puts an event into words.
type words struct {
	src source
	e   *txflow.Event
}

func (w words) name() string { return w.e.Handle() }

// place names a position for somebody who looks at the event.
func (w words) place(p token.Pos) string { return w.e.Place(w.src.pass.Fset, p) }

// verb weakens a verb where the event is not definite.
func (w words) verb(verb string) string {
	if w.e.Possible == "" {
		return verb
	}
	return "may " + strings.TrimSuffix(verb, "s")
}

// untilDone says that the library takes the connection back with the context.
func (w words) untilDone() string {
	if w.e.ContextEnds.IsValid() {
		return " until its context ends"
	}
	return ""
}

// panicking says which panic leaves the transaction.
func (w words) panicking(begun string) string {
	c, ok := w.e.At.(*ssa.Call)
	if !ok {
		return "panics and leaves " + begun
	}
	what := "a panic in this call"
	if call := w.src.call(c.Pos()); call != nil && isName(call.Fun) {
		what = "a panic in " + types.ExprString(call.Fun)
	}
	return what + " leaves " + begun
}

// advice says why the deferred calls did not help, or what would.
func (w words) advice() string {
	for _, g := range w.e.Guards {
		if g.Cond != "" {
			return w.guarded(g)
		}
	}
	what := "commit or roll back " + w.name()
	if w.name() == "the transaction" {
		what = "commit it or roll it back"
	}
	what += " on this path too"
	if w.name() == "the transaction" || w.e.HandedOver || repeats(w.e.Begin) {
		return what // a deferred rollback would come too early, or too late
	}
	return what + ", or defer its rollback right after the begin"
}

// guarded says why a deferred call did nothing.
func (w words) guarded(g txflow.Guard) string {
	at := w.place(g.Defer)
	obj := w.declared(g.Decl)
	if v, ok := obj.(*types.Var); ok && isError(v.Type()) && !w.isResult(v) {
		if other := w.returned(v); other != "" {
			return fmt.Sprintf("the deferred rollback at %s tests %s of %s, but this returns %s; assign it or defer the rollback without a condition", at, g.Var, w.place(g.Decl), other)
		}
	}
	advice := "defer the rollback without a condition"
	if v := w.variable(); obj != nil && v != nil && g.Var == v.Name() {
		if obj != v {
			return fmt.Sprintf("the deferred call at %s is for the %s of %s, which the one begun here hides; assign with = in place of :=", at, g.Var, w.place(g.Decl))
		}
		advice = "finish it on this path too"
	}
	if g.Held {
		return fmt.Sprintf("the deferred call at %s does nothing if %s; %s", at, g.Cond, advice)
	}
	return fmt.Sprintf("the deferred call at %s finishes it only if %s; %s", at, g.Cond, advice)
}

// declared returns the variable that is declared at pos, nil if there is none.
func (w words) declared(pos token.Pos) types.Object {
	if !pos.IsValid() {
		return nil
	}
	id, _ := w.src.enclosingNode(pos, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && id.Pos() == pos
	}).(*ast.Ident)
	if id == nil {
		return nil
	}
	return w.src.object(id)
}

// variable returns the variable that the handle is assigned to, nil if that
// is not one.
func (w words) variable() types.Object {
	s := &site{src: w.src, errs: map[types.Object]bool{}}
	if s.findBegin(w.e.Begin.Pos()) == nil || !s.findHandle() {
		return nil
	}
	return s.v
}

// isResult reports whether v is a result of the function that is left: a
// return statement assigns it.
func (w words) isResult(v *types.Var) bool {
	fn := w.src.function(w.e.AtPos)
	return fn != nil && (&site{src: w.src, fn: fn}).isResult(v)
}

// returned says which error the exit returns if that is another one than v,
// "" if it is not or nobody knows.
func (w words) returned(v *types.Var) string {
	ret, ok := w.src.enclosingNode(w.e.AtPos, func(n ast.Node) bool { _, ok := n.(*ast.ReturnStmt); return ok }).(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return ""
	}
	switch last := ast.Unparen(ret.Results[len(ret.Results)-1]).(type) {
	case *ast.Ident:
		obj := w.src.object(last)
		switch {
		case last.Name == "nil" || obj == nil || obj == v:
			return ""
		case obj.Name() == v.Name():
			return fmt.Sprintf("the %s declared at %s", obj.Name(), w.place(obj.Pos()))
		}
		return obj.Name()
	case *ast.SelectorExpr:
		if isName(last) {
			return types.ExprString(last)
		}
	case *ast.CallExpr:
		if isName(last.Fun) {
			return "the result of " + types.ExprString(last.Fun)
		}
	case *ast.UnaryExpr, *ast.CompositeLit:
		return "a new error"
	}
	return "another error"
}

// isName reports whether an expression is a name, or names with dots.
func isName(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return isName(e.X)
	}
	return false
}

// others names the further exits that leave the same transaction open.
func (w words) others(group []*txflow.Event) string {
	here := w.place(w.e.AtPos)
	seen := map[string]bool{here: true}
	var places []string
	for _, e := range group[1:] {
		if p := w.place(e.AtPos); e.Kind == txflow.Exit && !seen[p] {
			seen[p] = true
			places = append(places, strings.TrimPrefix(p, "line "))
		}
	}
	const most = 3
	switch n := len(places); {
	case n == 0:
		return ""
	case n == 1:
		return "; line " + places[0] + " leaves it open too"
	case n <= most:
		return "; lines " + strings.Join(places[:n-1], ", ") + " and " + places[n-1] + " leave it open too"
	}
	return fmt.Sprintf("; lines %s and %d more leave it open too", strings.Join(places[:most], ", "), len(places)-most)
}

func silentMessage(e *txflow.Event) string {
	return fmt.Sprintf("nothing is reported about %s, begun here by %s: %s", e.Handle(), e.By, e.Why)
}

package earlyreturn

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/txflow"
)

// message says what is left open where, and what to do instead.
func message(pass *analysis.Pass, group []*txflow.Event) string {
	e := group[0]
	line := func(p token.Pos) int { return pass.Fset.Position(p).Line }
	name := e.Name
	if name == "" {
		name = "the transaction"
	}
	begun := fmt.Sprintf("%s begun at line %d", name, line(e.Begin.Pos()))
	if e.Possible != "" {
		begun = "(possibly) " + begun
	}
	switch {
	case e.Dropped:
		return fmt.Sprintf("drops the transaction that %s hands out: nobody can finish it, its connection is lost to the pool%s", e.By, untilDone(e))
	case e.Kind == txflow.DeferInLoop:
		return fmt.Sprintf("begins %s again while its rollback is only deferred: every round's transaction stays open until the function returns; finish it in the round, or move the round into a function", name)
	case e.Kind == txflow.NextRound:
		return fmt.Sprintf("begins %s again while the one of the previous round is still open%s; finish it on every path of the round", name, untilDone(e))
	case e.Kind == txflow.Overwritten:
		return fmt.Sprintf("overwrites %s while it is open: nobody can finish it any more%s", begun, untilDone(e))
	case e.Kind == txflow.PanicExit:
		return fmt.Sprintf("a panic here leaves %s open; defer its rollback", begun)
	}
	verb := "returns"
	if e.Implicit {
		verb = "ends"
	}
	return fmt.Sprintf("%s without finishing %s: %s%s%s", verb, begun, reason(pass, e, name), others(pass, group), untilDone(e))
}

// untilDone says that the library ends the transaction with its context.
func untilDone(e *txflow.Event) string {
	if e.ContextEnds.IsValid() {
		return " (until its context is done, the connection is taken)"
	}
	return ""
}

// reason says why the deferred calls did not help, or what would.
func reason(pass *analysis.Pass, e *txflow.Event, name string) string {
	line := func(p token.Pos) int { return pass.Fset.Position(p).Line }
	for _, g := range e.Guards {
		if g.Cond == "" {
			continue
		}
		if g.Var != "" && g.Decl.IsValid() {
			if other, ok := returnedInstead(pass, e, g); ok {
				return fmt.Sprintf("the deferred rollback at line %d tests %s of line %d, but this returns %s; assign it or defer the rollback without a condition", line(g.Defer), g.Var, line(g.Decl), other)
			}
		}
		return fmt.Sprintf("the deferred call at line %d does nothing where %s is %t", line(g.Defer), g.Cond, g.Held)
	}
	if name == "the transaction" {
		return "commit it or roll it back on this path too"
	}
	return fmt.Sprintf("commit or roll back %s on this path too, or defer its rollback right after the begin", name)
}

// returnedInstead names the error that the exit returns if that is another
// variable than the one that the guard tests.
func returnedInstead(pass *analysis.Pass, e *txflow.Event, g txflow.Guard) (string, bool) {
	ret := returnAt(pass, e.AtPos)
	if ret == nil || len(ret.Results) == 0 {
		return "", false
	}
	switch last := ast.Unparen(ret.Results[len(ret.Results)-1]).(type) {
	case *ast.Ident:
		obj := pass.TypesInfo.ObjectOf(last)
		if last.Name == "nil" || obj == nil || obj.Pos() == g.Decl {
			return "", false
		}
		return fmt.Sprintf("the %s declared at line %d", last.Name, pass.Fset.Position(obj.Pos()).Line), true
	case *ast.CallExpr, *ast.UnaryExpr, *ast.SelectorExpr:
		return "another error", true
	}
	return "", false
}

// others names the further exits that leave the same transaction open.
func others(pass *analysis.Pass, group []*txflow.Event) string {
	var lines []string
	seen := map[int]bool{pass.Fset.Position(group[0].AtPos).Line: true}
	for _, e := range group[1:] {
		n := pass.Fset.Position(e.AtPos).Line
		if e.Kind == txflow.Exit && !seen[n] {
			seen[n] = true
			lines = append(lines, fmt.Sprint(n))
		}
	}
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return "; so does line " + lines[0]
	}
	return "; so do lines " + strings.Join(lines[:len(lines)-1], ", ") + " and " + lines[len(lines)-1]
}

func silentMessage(e *txflow.Event) string {
	name := e.Name
	if name == "" {
		name = "the transaction"
	}
	return fmt.Sprintf("nothing is reported about %s, begun here by %s: %s", name, e.By, e.Why)
}

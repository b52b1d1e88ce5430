package oracle

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Transformations are the rewritings that findings do not depend on.
var Transformations = []Transformation{
	{"rename variables", nil, (*transformer).rename},
	{"invert conditions", nil, (*transformer).invert},
	{"put operands into parentheses", nil, (*transformer).parentheses},
	{"put statements into blocks", nil, (*transformer).blocks},
	{"insert dead code", nil, (*transformer).dead},
	{"wrap finishes in closures", nil, (*transformer).wrap},
	// Who was given a transaction, which function calls itself and what it keeps
	// from one call to the next are questions about declared functions.
	{"wrap bodies in closures", []string{"earlyreturn", "txdone"}, (*transformer).wrapBody},
	{"defer finishes in closures", nil, (*transformer).deferClosure},
	{"inline deferred closures", nil, (*transformer).inlineDeferred},
	// A rollback after a commit is harmless where it is deferred. Where it is
	// not, txdone and txowner may have something to say.
	{"finish explicitly instead of deferring", []string{"earlyreturn", "nplusone"}, (*transformer).explicit},
	{"extract finishes into helpers", nil, (*transformer).extractFinish},
	{"extract finishes into helpers of another package", nil, (*transformer).extractFinishAside},
	// That a transaction is handed on after its end, and what it is lent for, is
	// another finding than that it is used; and what the text of a statement says
	// is looked at where it is sent.
	{"extract statements into helpers", []string{"earlyreturn"}, (*transformer).extract},
	{"extract statements into helpers of another package", []string{"earlyreturn"}, (*transformer).extractAside},
	// Who finishes what another function lent it is txowner's concern until it is
	// the same function, and txdone's from then on.
	{"inline helpers", []string{"earlyreturn"}, (*transformer).inline},
	// A literal that a loop calls is one statement of the loop to nplusone, one
	// that stands in it is as many as it has.
	{"inline local literals", []string{"earlyreturn", "txdone", "txowner"}, (*transformer).inlineLiteral},
	{"name what is returned", nil, (*transformer).nameReturned},
	{"take statements out of conditions", nil, (*transformer).takeOut},
	{"reorder independent statements", nil, (*transformer).reorder},
}

// library reports whether a package is one that handles and statements come
// from.
func library(p *types.Package) bool {
	if p == nil || strings.HasPrefix(p.Path(), root) || strings.HasPrefix(p.Path(), "example.com/") {
		return false
	}
	first, _, _ := strings.Cut(p.Path(), "/")
	return p.Path() == "database/sql" || strings.Contains(first, ".")
}

// call returns the method of a library that a call calls, of a receiver that is
// a pointer or an interface.
func (t *transformer) call(c *ast.CallExpr) (*ast.SelectorExpr, *types.Func) {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil, nil
	}
	fn, ok := t.pkg.info.Uses[sel.Sel].(*types.Func)
	if !ok || !library(fn.Pkg()) || t.pkg.info.Selections[sel] == nil {
		return nil, nil
	}
	switch types.Unalias(t.pkg.info.TypeOf(sel.X)).Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return sel, fn
	}
	return nil, nil
}

func finisher(fn *types.Func) bool { return fn.Name() == "Commit" || fn.Name() == "Rollback" }

// finish returns the variables that an expression is about which commits or
// rolls back; none if it does neither, or is about more than variables.
func (t *transformer) finish(x ast.Expr) []*ast.Ident {
	c, ok := x.(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, fn := t.call(c)
	if fn == nil || !finisher(fn) {
		return nil
	}
	var out []*ast.Ident
	for _, x := range append([]ast.Expr{sel.X}, c.Args...) {
		id, ok := x.(*ast.Ident)
		if !ok {
			return nil
		}
		out = append(out, id)
	}
	return out
}

// steady reports whether variables are written once at most.
func (t *transformer) steady(ids []*ast.Ident) bool {
	for _, id := range ids {
		if t.written[t.object(id)] > 1 {
			return false
		}
	}
	return true
}

// rename gives every local variable, parameter and named result another name.
func (t *transformer) rename(n ast.Node) []edit {
	id, ok := n.(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	v, ok := t.object(id).(*types.Var)
	if !ok || v.IsField() || v.Parent() == nil || v.Parent() == v.Pkg().Scope() || v.Pkg().Scope().Lookup(v.Name()) != nil {
		return nil
	}
	if t.implicit()[v] {
		return nil
	}
	// The end of a name says what is many, to nplusone too.
	return []edit{t.replace(id, "other"+strings.ToUpper(id.Name[:1])+id.Name[1:])}
}

// implicit are the variables that the clauses of type switches declare.
func (t *transformer) implicit() map[*types.Var]bool {
	if t.clauses == nil {
		t.clauses = map[*types.Var]bool{}
		for n, obj := range t.pkg.info.Implicits {
			if v, ok := obj.(*types.Var); ok {
				if _, ok := n.(*ast.CaseClause); ok {
					t.clauses[v] = true
				}
			}
		}
	}
	return t.clauses
}

// invert turns if statements around.
func (t *transformer) invert(n ast.Node) []edit {
	i, ok := n.(*ast.IfStmt)
	if !ok || t.elses[i] {
		return nil
	}
	otherwise := "{\n}"
	switch e := i.Else.(type) {
	case *ast.IfStmt:
		return nil
	case *ast.BlockStmt:
		otherwise = t.text(e)
	}
	init := ""
	if i.Init != nil {
		init = t.text(i.Init) + "; "
	}
	return []edit{t.replace(i, "if "+init+"!("+t.text(i.Cond)+") "+otherwise+" else "+t.text(i.Body))}
}

func (t *transformer) parentheses(n ast.Node) []edit {
	if b, ok := n.(*ast.BinaryExpr); ok && b.Op != token.LAND && b.Op != token.LOR && t.pkg.info.Types[b].Value == nil {
		return t.around(b.X, "(", ")")
	}
	return nil
}

func (t *transformer) blocks(n ast.Node) []edit {
	var out []edit
	for _, s := range statements(n) {
		if _, ok := s.(*ast.ExprStmt); ok {
			out = append(out, t.insert(s.Pos(), "{ "), t.insert(s.End(), " }"))
		}
	}
	return out
}

func (t *transformer) dead(n ast.Node) []edit {
	if i, ok := n.(*ast.IfStmt); ok {
		return []edit{t.insert(i.Body.Lbrace+1, "\nif false {\nprintln()\n}\n")}
	}
	return nil
}

func (t *transformer) wrap(n ast.Node) []edit {
	var out []edit
	for _, s := range statements(n) {
		if x, ok := s.(*ast.ExprStmt); ok && t.finish(x.X) != nil {
			out = append(out, t.around(x, "func() { ", " }()")...)
		}
	}
	return out
}

// wrapBody puts the body of a function into a literal that it calls, and
// returns what that returns. What a function recovers it must recover itself.
func (t *transformer) wrapBody(n ast.Node) []edit {
	fn, ok := n.(*ast.FuncDecl)
	if !ok || fn.Body == nil || len(fn.Body.List) == 0 || recovers(fn.Body) {
		return nil
	}
	results, call := "", "func() %s{%s}()"
	if fn.Type.Results != nil {
		results, call = t.text(fn.Type.Results)+" ", "return "+call
	}
	inner := t.between(fn.Body.Lbrace+1, fn.Body.Rbrace)
	return []edit{{t.at(fn.Body.Lbrace) + 1, t.at(fn.Body.Rbrace), "\n" + fmt.Sprintf(call, results, inner) + "\n"}}
}

// recovers reports whether a function calls recover itself, not in a literal.
func recovers(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			found = found || n.Name == "recover"
		}
		return !found
	})
	return found
}

func (t *transformer) deferClosure(n ast.Node) []edit {
	if d, ok := n.(*ast.DeferStmt); ok && t.finish(d.Call) != nil && t.steady(t.finish(d.Call)) {
		return t.around(d.Call, "func() { ", " }()")
	}
	return nil
}

func (t *transformer) inlineDeferred(n ast.Node) []edit {
	d, ok := n.(*ast.DeferStmt)
	if !ok || len(d.Call.Args) > 0 {
		return nil
	}
	lit, ok := d.Call.Fun.(*ast.FuncLit)
	if !ok || len(lit.Body.List) != 1 {
		return nil
	}
	x, ok := lit.Body.List[0].(*ast.ExprStmt)
	if !ok || t.finish(x.X) == nil || !t.steady(t.finish(x.X)) {
		return nil
	}
	return []edit{t.replace(d.Call, t.text(x))}
}

// explicit puts a finish before every return in place of the only deferred
// call of a function. Where it panics, nothing finishes.
func (t *transformer) explicit(n ast.Node) []edit {
	fn, ok := n.(*ast.FuncDecl)
	if !ok || fn.Body == nil {
		return nil
	}
	var deferred *ast.DeferStmt
	var returns []*ast.ReturnStmt
	fits := true
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.LabeledStmt:
			fits = false
		case *ast.DeferStmt:
			fits = fits && deferred == nil
			deferred = n
		case *ast.ReturnStmt:
			if deferred != nil {
				returns = append(returns, n)
			}
		}
		return true
	})
	if !fits || deferred == nil || !contains(fn.Body.List, deferred) {
		return nil
	}
	if ids := t.finish(deferred.Call); ids == nil || !t.steady(ids) {
		return nil
	}
	call := t.text(deferred.Call)
	edits := []edit{t.replace(deferred, "")}
	for _, r := range returns {
		edits = append(edits, t.replace(r, "{\n"+t.finishing(r, call)+"\n}"))
	}
	if fn.Type.Results == nil {
		edits = append(edits, t.insert(fn.Body.Rbrace, call+"\n"))
	}
	return edits
}

// finishing returns a return statement that makes a call once its results are
// known.
func (t *transformer) finishing(r *ast.ReturnStmt, call string) string {
	if len(r.Results) == 1 {
		if tuple, ok := t.pkg.info.TypeOf(r.Results[0]).(*types.Tuple); ok {
			var vars []string
			for i := range tuple.Len() {
				vars = append(vars, fmt.Sprintf("result%d", i))
			}
			list := strings.Join(vars, ", ")
			return list + " := " + t.text(r.Results[0]) + "\n" + call + "\nreturn " + list
		}
	}
	var before, results []string
	for i, x := range r.Results {
		if tv := t.pkg.info.Types[x]; tv.Value != nil || tv.IsNil() {
			results = append(results, t.text(x))
			continue
		}
		before = append(before, fmt.Sprintf("result%d := %s\n", i, t.text(x)))
		results = append(results, fmt.Sprintf("result%d", i))
	}
	return strings.Join(before, "") + call + "\nreturn " + strings.Join(results, ", ")
}

func contains(list []ast.Stmt, s ast.Stmt) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (t *transformer) extractFinish(n ast.Node) []edit {
	if x, ok := n.(*ast.ExprStmt); ok && t.finish(x.X) != nil {
		return t.intoHelper(x.X.(*ast.CallExpr), false)
	}
	return nil
}

func (t *transformer) extractFinishAside(n ast.Node) []edit {
	if x, ok := n.(*ast.ExprStmt); ok && t.finish(x.X) != nil {
		return t.intoHelper(x.X.(*ast.CallExpr), true)
	}
	return nil
}

func (t *transformer) extract(n ast.Node) []edit { return t.extractCall(n, false) }

func (t *transformer) extractAside(n ast.Node) []edit { return t.extractCall(n, true) }

// extractCall moves what a library's method does into a helper: a begin, or a
// statement that hands out nothing but its outcome. Rows and statements of a
// transaction are not followed through helpers, and neither is a handle that
// has its error inside.
func (t *transformer) extractCall(n ast.Node, aside bool) []edit {
	c, ok := n.(*ast.CallExpr)
	if !ok || t.held[c] {
		return nil
	}
	sel, fn := t.call(c)
	if fn == nil || finisher(fn) || !t.poolOrTx(sel.X) {
		return nil
	}
	hasErr := false
	for v := range fn.Signature().Results().Variables() {
		isErr := types.Identical(v.Type(), types.Universe.Lookup("error").Type())
		hasErr = hasErr || isErr
		if !isErr && (!has(v.Type(), "RowsAffected") && !has(v.Type(), "Commit") || types.Identical(v.Type(), t.pkg.info.TypeOf(sel.X))) {
			return nil
		}
	}
	if !hasErr || fn.Signature().Results().Len() == 1 && fn.Name() != "Begin" {
		return nil
	}
	return t.intoHelper(c, aside)
}

// poolOrTx reports whether x is a pool or a transaction. What was begun on a
// connection ends with that, which a helper does not tell.
func (t *transformer) poolOrTx(x ast.Expr) bool {
	typ := types.Unalias(t.pkg.info.TypeOf(x))
	if p, ok := typ.(*types.Pointer); ok {
		typ = types.Unalias(p.Elem())
	}
	if n, ok := typ.(*types.Named); ok && n.Obj().Name() == "Conn" {
		return false
	}
	typ = t.pkg.info.TypeOf(x)
	return has(typ, "Begin") || has(typ, "BeginTx") || has(typ, "Commit")
}

// has reports whether a type has a method of that name.
func has(t types.Type, method string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, method)
	_, ok := obj.(*types.Func)
	return ok
}

// intoHelper has a helper call the library's method that c calls.
func (t *transformer) intoHelper(c *ast.CallExpr, aside bool) []edit {
	sel, _ := t.call(c)
	dir, prefix := t.pkg.dir, ""
	if aside {
		if dir == t.aside {
			return nil
		}
		dir, prefix = t.aside, t.prefix+"."
	}
	sig := t.pkg.info.TypeOf(c.Fun).(*types.Signature)
	w := &typeWriter{here: t.pkg.types, aside: aside, imports: map[string]string{}}
	params := []string{"on " + w.write(t.pkg.info.TypeOf(sel.X))}
	var args []string
	for i := range sig.Params().Len() {
		p := sig.Params().At(i).Type()
		arg := fmt.Sprintf("p%d", i)
		if sig.Variadic() && i == sig.Params().Len()-1 {
			params = append(params, arg+" ..."+w.write(p.(*types.Slice).Elem()))
			arg += "..."
		} else {
			params = append(params, arg+" "+w.write(p))
		}
		args = append(args, arg)
	}
	var results []string
	for v := range sig.Results().Variables() {
		results = append(results, w.write(v.Type()))
	}
	if w.failed {
		return nil
	}
	body := fmt.Sprintf("on.%s(%s)", sel.Sel.Name, strings.Join(args, ", "))
	if len(results) > 0 {
		body = "return " + body
	}
	signature := "(" + strings.Join(params, ", ") + ") (" + strings.Join(results, ", ") + ")"
	call := prefix + t.helpers.helper(dir, signature, body, w.imports) + "(" + t.text(sel.X)
	if len(c.Args) > 0 {
		call += ", "
	}
	// What is between the parentheses stays as it is, and may be rewritten itself.
	return []edit{{t.at(c.Pos()), t.at(c.Lparen) + 1, call}}
}

// A typeWriter writes types as another file of a package has them, or a file
// of the package aside.
type typeWriter struct {
	here    *types.Package
	aside   bool
	imports map[string]string // names by paths
	// failed is set where that file cannot name a type.
	failed bool
}

func (w *typeWriter) write(t types.Type) string {
	w.check(t)
	return types.TypeString(t, func(p *types.Package) string {
		if p == w.here {
			return ""
		}
		w.imports[p.Path()] = importName(p)
		return importName(p)
	})
}

// importName returns the name that a file of helpers imports a package by:
// outside the standard library names come up twice.
func importName(p *types.Package) string {
	if !strings.Contains(p.Path(), ".") {
		return p.Name()
	}
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '.' || r == '-' {
			return '_'
		}
		return r
	}, p.Path())
}

func (w *typeWriter) check(t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		w.failed = w.failed || t.Kind() == types.UnsafePointer || t.Info()&types.IsUntyped != 0
	case *types.Alias:
		w.named(t.Obj())
		w.all(t.TypeArgs())
	case *types.Named:
		w.named(t.Obj())
		w.all(t.TypeArgs())
	case *types.Pointer:
		w.check(t.Elem())
	case *types.Slice:
		w.check(t.Elem())
	case *types.Array:
		w.check(t.Elem())
	case *types.Chan:
		w.check(t.Elem())
	case *types.Map:
		w.check(t.Key())
		w.check(t.Elem())
	case *types.Signature:
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range tuple.Variables() {
				w.check(v.Type())
			}
		}
	case *types.Interface:
		w.failed = w.failed || t.NumMethods() > 0 || !t.IsMethodSet()
	default:
		w.failed = true
	}
}

func (w *typeWriter) all(args *types.TypeList) {
	for t := range args.Types() {
		w.check(t)
	}
}

func (w *typeWriter) named(obj *types.TypeName) {
	switch {
	case obj.Pkg() == nil: // error, any
	case obj.Parent() != obj.Pkg().Scope():
		w.failed = true
	case obj.Pkg() != w.here:
		w.failed = w.failed || !obj.Exported() || !library(obj.Pkg()) && strings.Contains(obj.Pkg().Path(), ".")
	default:
		w.failed = w.failed || w.aside
	}
}

// inline puts a literal with the text of a function of the same file in place
// of its name, where it is called. A function with findings of its own would
// show them twice.
func (t *transformer) inline(n ast.Node) []edit {
	c, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	id, ok := c.Fun.(*ast.Ident)
	if !ok {
		return nil
	}
	fn := t.decls[t.object(id)]
	if fn == nil || fn.Body == nil || fn.Recv != nil || fn.Type.TypeParams != nil || t.reports(fn) {
		return nil
	}
	if !t.means(fn, c.Pos()) || t.names(fn.Body)[fn.Name.Name] {
		return nil
	}
	return []edit{t.replace(id, "func"+t.between(fn.Type.Params.Pos(), fn.Type.End())+" "+t.text(fn.Body))}
}

// reports reports whether there are findings in a function.
func (t *transformer) reports(fn *ast.FuncDecl) bool {
	for p := range t.found {
		if p.Package == t.pkg.dir && p.Func == fn.Name.Name {
			return true
		}
	}
	return false
}

// means reports whether all that n names, and does not declare, is there at pos
// under the same name.
func (t *transformer) means(n ast.Node, pos token.Pos) bool {
	scope := t.pkg.types.Scope().Innermost(pos)
	same := scope != nil
	var visit func(x ast.Node) bool
	visit = func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.SelectorExpr:
			ast.Inspect(x.X, visit)
			return false
		case *ast.Ident:
			obj := t.pkg.info.Uses[x]
			if obj == nil || !same || obj.Parent() == nil || n.Pos() <= obj.Pos() && obj.Pos() < n.End() {
				return false
			}
			_, found := scope.LookupParent(x.Name, pos)
			same = found == obj
		}
		return same
	}
	ast.Inspect(n, visit)
	return same
}

// inlineLiteral puts a function literal where the only call of its variable is.
func (t *transformer) inlineLiteral(n ast.Node) []edit {
	for i, s := range statements(n) {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.DEFINE || len(a.Lhs) != 1 || len(a.Rhs) != 1 || i+1 == len(statements(n)) {
			continue
		}
		lit, ok := a.Rhs[0].(*ast.FuncLit)
		if !ok {
			continue
		}
		obj := t.object(a.Lhs[0].(*ast.Ident))
		c := t.calls[obj]
		if obj == nil || c == nil || t.used[obj] != 1 || t.written[obj] != 1 || !t.means(lit, c.Pos()) {
			continue
		}
		return []edit{t.replace(a, ""), t.replace(c.Fun, t.text(lit))}
	}
	return nil
}

func (t *transformer) nameReturned(n ast.Node) []edit {
	r, ok := n.(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 || t.finish(r.Results[0]) == nil {
		return nil
	}
	return []edit{t.replace(r, "{\nended := "+t.text(r.Results[0])+"\nreturn ended\n}")}
}

func (t *transformer) takeOut(n ast.Node) []edit {
	i, ok := n.(*ast.IfStmt)
	if !ok || i.Init == nil || t.elses[i] {
		return nil
	}
	return []edit{
		{t.at(i.Pos()), t.at(i.Cond.Pos()), "{\n" + t.text(i.Init) + "\nif "},
		t.insert(i.End(), "\n}"),
	}
}

// statements returns those of a block or a clause.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// reorder swaps a declaration of what can be known at once with the statement
// that follows it, and work whose outcome nobody looks at with the test that
// follows that.
func (t *transformer) reorder(n ast.Node) []edit {
	list := statements(n)
	var out []edit
	for i := 0; i+1 < len(list); i++ {
		a, b := list[i], list[i+1]
		if !t.independent(a, b) && !t.noted(a, b) {
			continue
		}
		out = append(out, t.replace(a, t.text(b)), t.replace(b, t.text(a)))
		i++
	}
	return out
}

// noted reports whether a is work that matters to nobody, and b a test or a
// finish.
func (t *transformer) noted(a, b ast.Stmt) bool {
	x, ok := a.(*ast.ExprStmt)
	if !ok || !strings.HasPrefix(t.text(x), "ext.") {
		return false
	}
	switch b := b.(type) {
	case *ast.ExprStmt:
		return t.finish(b.X) != nil
	case *ast.IfStmt:
		return b.Else == nil
	}
	return false
}

// independent reports whether a declares variables of which b knows nothing, as
// what b does not change.
func (t *transformer) independent(a, b ast.Stmt) bool {
	d, ok := a.(*ast.AssignStmt)
	if !ok || d.Tok != token.DEFINE {
		return false
	}
	for _, x := range d.Rhs {
		if !t.pure(x) {
			return false
		}
	}
	switch b.(type) {
	case *ast.AssignStmt, *ast.DeclStmt, *ast.ExprStmt, *ast.IfStmt, *ast.DeferStmt, *ast.RangeStmt:
	default:
		return false
	}
	if declares := jumps(b); declares {
		return false
	}
	inA, inB := t.names(a), t.names(b)
	for _, x := range d.Lhs {
		if id, ok := x.(*ast.Ident); !ok || t.pkg.info.Defs[id] == nil || inB[id.Name] {
			return false
		}
	}
	for name := range t.declared(b) {
		if inA[name] {
			return false
		}
	}
	return true
}

// jumps reports whether there are labels, or jumps, in a statement: these must
// not pass over declarations.
func jumps(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.LabeledStmt:
			found = true
		case *ast.BranchStmt:
			found = found || n.Tok == token.GOTO
		}
		return !found
	})
	return found
}

// pure reports whether it matters not when x is evaluated: it is a constant, or
// makes something of constants, or a literal.
func (t *transformer) pure(x ast.Expr) bool {
	if tv := t.pkg.info.Types[x]; tv.Value != nil || tv.IsNil() {
		return true
	}
	switch x := x.(type) {
	case *ast.FuncLit:
		return true
	case *ast.CompositeLit:
		for _, e := range x.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			if !t.pure(e) {
				return false
			}
		}
		return true
	case *ast.UnaryExpr:
		return x.Op == token.AND && t.pure(x.X)
	}
	return false
}

// names returns all names in a node.
func (t *transformer) names(n ast.Node) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(n, func(x ast.Node) bool {
		if id, ok := x.(*ast.Ident); ok {
			out[id.Name] = true
		}
		return true
	})
	return out
}

// declared returns the names that a node declares.
func (t *transformer) declared(n ast.Node) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(n, func(x ast.Node) bool {
		if id, ok := x.(*ast.Ident); ok && t.pkg.info.Defs[id] != nil {
			out[id.Name] = true
		}
		return true
	})
	return out
}

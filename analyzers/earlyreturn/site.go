package earlyreturn

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/enclosing"
	"github.com/txlint/txlint/internal/txflow"
)

// A source finds the syntax behind positions.
type source struct {
	pass *analysis.Pass
	rows *catalog.Catalog
}

func (src source) file(pos token.Pos) *ast.File {
	for _, f := range src.pass.Files {
		if f.FileStart <= pos && pos < f.FileEnd {
			return f
		}
	}
	return nil
}

// enclosing returns the nodes around pos, the innermost first.
func (src source) enclosing(pos token.Pos) []ast.Node { return enclosing.Path(src.pass.Files, pos) }

// enclosingNode returns the innermost node around pos that is wanted, nil if
// there is none.
func (src source) enclosingNode(pos token.Pos, wanted func(ast.Node) bool) ast.Node {
	for _, n := range src.enclosing(pos) {
		if wanted(n) {
			return n
		}
	}
	return nil
}

// call returns the call whose parenthesis stands at lparen, nil if there is
// none.
func (src source) call(lparen token.Pos) *ast.CallExpr {
	c, _ := src.enclosingNode(lparen, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		return ok && c.Lparen == lparen
	}).(*ast.CallExpr)
	return c
}

// function returns the declaration or literal around pos.
func (src source) function(pos token.Pos) ast.Node { return src.enclosingNode(pos, isFunction) }

func (src source) object(id *ast.Ident) types.Object { return src.pass.TypesInfo.ObjectOf(id) }

// commented reports whether a comment stands inside n.
func (src source) commented(n ast.Node) bool {
	for _, group := range src.file(n.Pos()).Comments {
		if n.Pos() < group.Pos() && group.Pos() < n.End() {
			return true
		}
	}
	return false
}

// endOfLine returns pos, or the end of the comments that follow on its line.
func (src source) endOfLine(pos token.Pos) token.Pos {
	line := func(p token.Pos) int { return src.pass.Fset.PositionFor(p, false).Line }
	for _, group := range src.file(pos).Comments {
		for _, c := range group.List {
			if c.Pos() >= pos && line(c.Pos()) == line(pos) {
				pos = c.End()
			}
		}
	}
	return pos
}

// indent returns the indentation of a statement as gofmt writes it.
func (src source) indent(pos token.Pos) string {
	return strings.Repeat("\t", src.pass.Fset.PositionFor(pos, false).Column-1)
}

// A site is where a transaction is begun, and where its rollback can be
// deferred.
type site struct {
	src  source
	ssa  *ssa.Function
	fn   ast.Node      // the function around the begin: a declaration or a literal
	stmt ast.Stmt      // the statement that begins
	call *ast.CallExpr // the call that begins
	lhs  []ast.Expr    // what the statement assigns
	name *ast.Ident    // the handle among them
	v    *types.Var
	lib  *catalog.Library
	typ  *catalog.Type
	// errs are the variables that are not nil where the begin failed.
	errs map[types.Object]bool
	// pos is the place for the deferred rollback, with its indentation.
	pos    token.Pos
	indent string
}

// findSite finds the statement of a begin and the place behind its error
// check. It knows
//
//	tx, err := db.Begin()     if tx, err := db.Begin(); err == nil {     tx := db.Begin() // errors travel in tx
//	if err != nil {               // here                                if tx.Error != nil {
//		return err            }                                              return tx.Error
//	}                                                                    }
//	// here                                                              // here
//
// and their relatives.
func findSite(src source, e *txflow.Event) (*site, bool) {
	s := &site{src: src, ssa: e.Begin.Parent(), fn: src.function(e.Begin.Pos()), errs: map[types.Object]bool{}}
	around := s.findBegin(e.Begin.Pos())
	if len(around) < 2 || s.fn == nil || !s.findHandle() {
		return nil, false
	}
	switch parent := around[0].(type) {
	case *ast.BlockStmt:
		s.afterCheck(parent.List)
	case *ast.CaseClause:
		s.afterCheck(parent.Body)
	case *ast.CommClause:
		s.afterCheck(parent.Body)
	case *ast.IfStmt:
		if parent.Init == s.stmt {
			s.atCheck(parent)
		}
	}
	return s, s.pos.IsValid()
}

// findBegin finds the call and its statement, and returns the nodes around
// that.
func (s *site) findBegin(lparen token.Pos) []ast.Node {
	path := s.src.enclosing(lparen)
	for len(path) > 0 {
		c, ok := path[0].(*ast.CallExpr)
		path = path[1:]
		if ok && c.Lparen == lparen {
			s.call = c
			break
		}
	}
	// A fluent handle may be derived from on the way to its variable.
	var value ast.Expr = s.call
	for len(path) > 0 {
		switch n := path[0].(type) {
		case *ast.ParenExpr, *ast.SelectorExpr:
			value = n.(ast.Expr)
		case *ast.CallExpr:
			if n.Fun != value {
				return nil
			}
			value = n
		case *ast.AssignStmt:
			s.stmt, s.lhs = n, n.Lhs
			if len(n.Rhs) != 1 {
				return nil
			}
			return path[1:]
		case *ast.ValueSpec:
			for _, id := range n.Names {
				s.lhs = append(s.lhs, id)
			}
			d, ok := path[min(2, len(path)-1)].(*ast.DeclStmt)
			if !ok || len(n.Values) != 1 || len(d.Decl.(*ast.GenDecl).Specs) != 1 {
				return nil
			}
			s.stmt = d
			return path[3:]
		default:
			return nil
		}
		path = path[1:]
	}
	return nil
}

// findHandle finds the variable of the transaction among what the statement
// assigns; the others tell whether it began.
func (s *site) findHandle() bool {
	for _, l := range s.lhs {
		id, ok := l.(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		v, ok := s.src.object(id).(*types.Var)
		if !ok {
			continue
		}
		lib, typ, ok := s.src.handle(v.Type())
		if !ok {
			s.errs[v] = true
			continue
		}
		if s.name != nil {
			return false // two of them
		}
		s.name, s.v, s.lib, s.typ = id, v, lib, typ
	}
	return s.name != nil
}

// handle returns what the catalog knows of a transaction's type. A type that
// embeds a library's transaction is as good, as long as it commits and rolls
// back through the library's own methods.
func (src source) handle(t types.Type) (*catalog.Library, *catalog.Type, bool) {
	if lib, typ, ok := src.rows.Handle(t); ok {
		return lib, typ, typ.Role == catalog.Tx || typ.Role == catalog.Either
	}
	rollback := src.ending(t, catalog.Rollback)
	if rollback == nil || src.ending(t, catalog.Commit) == nil {
		return nil, nil, false
	}
	lib, typ, ok := src.rows.Handle(rollback.Signature().Recv().Type())
	return lib, typ, ok && typ.Role == catalog.Tx
}

// ending returns the method of the type, also a promoted one, of which a row
// says that it ends the transaction so: the one named after that, else the first;
// nil if there is none.
func (src source) ending(t types.Type, how catalog.Effect) *types.Func {
	ends := func(fn *types.Func) bool {
		row, ok := src.rows.Find(fn)
		return ok && row.Does == how && row.From == catalog.None
	}
	if fn := src.method(t, map[catalog.Effect]string{catalog.Commit: "Commit", catalog.Rollback: "Rollback"}[how]); fn != nil && ends(fn) {
		return fn
	}
	if !types.IsInterface(t) {
		t = types.NewPointer(t)
		if p, ok := types.Unalias(t.(*types.Pointer).Elem()).(*types.Pointer); ok {
			t = p
		}
	}
	for sel := range types.NewMethodSet(t).Methods() {
		if fn, ok := sel.Obj().(*types.Func); ok && ends(fn) && (fn.Exported() || fn.Pkg() == src.pass.Pkg) {
			return fn
		}
	}
	return nil
}

// method returns the method of the type, also a promoted one, nil if it has
// none of that name.
func (src source) method(t types.Type, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(t, true, src.pass.Pkg, name)
	fn, _ := obj.(*types.Func)
	return fn
}

// values returns how many values the begin hands out.
func (s *site) values() int { return len(s.lhs) }

// What a condition says about the begin where it is true.
type verdict uint8

const (
	saysNothing verdict = iota
	saysFailed          // every failure makes it true
	saysBegun           // only success makes it true
)

// afterCheck looks for the error check among the statements that follow.
func (s *site) afterCheck(list []ast.Stmt) {
	i := 0
	for i < len(list) && list[i] != s.stmt {
		i++
	}
	for _, st := range list[min(i+1, len(list)):] {
		check, ok := st.(*ast.IfStmt)
		switch {
		case ok:
			if s.atCheck(check); s.pos.IsValid() {
				return
			}
		case s.proves(st):
			s.put(st.End(), st.Pos())
			return
		case s.passes(st):
			continue
		}
		break
	}
	if s.values() == 1 {
		s.put(s.stmt.End(), s.stmt.Pos()) // there is no other error, or it travels in the handle
	}
}

// atCheck puts the rollback behind the if statement, or into the branch that
// runs where the begin succeeded.
func (s *site) atCheck(check *ast.IfStmt) {
	if as, ok := check.Init.(*ast.AssignStmt); ok && check.Init != s.stmt {
		s.noteError(as)
	}
	// What is declared in the if statement is not there behind it.
	inside := check.Pos() <= s.v.Pos() && s.v.Pos() < check.End()
	switch s.judge(check.Cond) {
	case saysBegun:
		s.into(check.Body)
	case saysFailed:
		switch orelse := check.Else.(type) {
		case *ast.BlockStmt:
			s.into(orelse)
		case nil:
			if !inside && s.leaves(check.Body) {
				s.put(check.End(), check.Pos())
			}
		}
	}
}

func (s *site) put(end, line token.Pos) {
	s.pos, s.indent = s.src.endOfLine(end), s.src.indent(line)
}

func (s *site) into(b *ast.BlockStmt) {
	if len(b.List) > 0 {
		s.put(b.Lbrace+1, b.List[0].Pos())
	}
}

// noteError notes a variable that takes the error out of a fluent handle.
func (s *site) noteError(as *ast.AssignStmt) {
	if len(as.Lhs) != 1 || len(as.Rhs) != 1 || !s.isErrField(as.Rhs[0]) {
		return
	}
	if id, ok := as.Lhs[0].(*ast.Ident); ok {
		if obj := s.src.object(id); obj != nil {
			s.errs[obj] = true
		}
	}
}

func (s *site) isErrField(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok || !s.fluent() || sel.Sel.Name != s.typ.ErrField {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && s.src.object(id) == s.v
}

// judge says what the truth of a condition tells about the begin.
func (s *site) judge(cond ast.Expr) verdict {
	cond = ast.Unparen(cond)
	if or, ok := cond.(*ast.BinaryExpr); ok && or.Op == token.LOR {
		if s.judge(or.X) == saysFailed || s.judge(or.Y) == saysFailed {
			return saysFailed
		}
		return saysNothing
	}
	x, op := nilComparison(cond)
	if x == nil {
		return saysNothing
	}
	ofError := s.isErrField(x)
	if id, ok := x.(*ast.Ident); ok {
		switch obj := s.src.object(id); {
		case obj == nil:
		case s.errs[obj]:
			ofError = true
		case obj == s.v && !s.fluent():
			if op == token.EQL {
				return saysFailed
			}
			return saysBegun
		}
	}
	switch {
	case !ofError:
		return saysNothing
	case op == token.NEQ:
		return saysFailed
	}
	return saysBegun
}

// nilComparison returns what a condition compares with nil, and how.
func nilComparison(cond ast.Expr) (x ast.Expr, op token.Token) {
	cmp, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || cmp.Op != token.EQL && cmp.Op != token.NEQ {
		return nil, token.ILLEGAL
	}
	for _, p := range [][2]ast.Expr{{cmp.X, cmp.Y}, {cmp.Y, cmp.X}} {
		if id, ok := p[1].(*ast.Ident); ok && id.Name == "nil" {
			return ast.Unparen(p[0]), cmp.Op
		}
	}
	return nil, token.ILLEGAL
}

// proves reports whether a statement returns only where the begin succeeded:
// require.NoError(t, err).
func (s *site) proves(st ast.Stmt) bool {
	x, ok := st.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := x.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, _ := s.src.object(sel.Sel).(*types.Func)
	check, arg, ok := catalog.Checks(fn)
	if !ok || check != catalog.ReturnsIfNil || arg >= len(call.Args) {
		return false
	}
	id, ok := call.Args[arg].(*ast.Ident)
	return ok && s.errs[s.src.object(id)] || s.isErrField(call.Args[arg])
}

// passes reports whether control runs through a statement to the next one,
// and the begin's error stays what it is.
func (s *site) passes(st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.ExprStmt:
		return !s.neverReturns(st)
	case *ast.DeferStmt, *ast.DeclStmt, *ast.IncDecStmt, *ast.GoStmt, *ast.EmptyStmt:
		return true
	case *ast.AssignStmt:
		for _, l := range st.Lhs {
			if id, ok := l.(*ast.Ident); ok && (s.errs[s.src.object(id)] || s.src.object(id) == s.v) {
				return false
			}
		}
		s.noteError(st)
		return true
	}
	return false
}

// leaves reports whether control never comes to the end of the block.
func (s *site) leaves(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch last := b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.BREAK || last.Tok == token.CONTINUE
	case *ast.ExprStmt:
		return s.neverReturns(last)
	case *ast.BlockStmt:
		return s.leaves(last)
	case *ast.IfStmt:
		orelse, ok := last.Else.(*ast.BlockStmt)
		return ok && s.leaves(last.Body) && s.leaves(orelse)
	}
	return false
}

// neverReturns reports whether the statement is a call that does not return.
func (s *site) neverReturns(st *ast.ExprStmt) bool {
	call, ok := st.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	if id, ok := call.Fun.(*ast.Ident); ok && s.src.object(id) == types.Universe.Lookup("panic") {
		return true
	}
	fn, _ := typeutil.Callee(s.src.pass.TypesInfo, call).(*types.Func)
	if catalog.NoReturn(fn) {
		return true
	}
	for _, b := range s.ssa.Blocks {
		for _, instr := range b.Instrs {
			if c, ok := instr.(*ssa.Call); ok && c.Pos() == call.Lparen {
				// Where the SSA knows it, it builds nothing after the call.
				_, ends := b.Instrs[len(b.Instrs)-1].(*ssa.Panic)
				return ends || hasNoReturn(c.Common().StaticCallee())
			}
		}
	}
	return false
}

// hasNoReturn reports whether a function of this package has no way back to
// its caller.
func hasNoReturn(fn *ssa.Function) bool {
	if fn == nil || len(fn.Blocks) == 0 {
		return false
	}
	for _, b := range fn.Blocks {
		if _, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok {
			return false
		}
	}
	return true
}

// repeats reports whether a begin can run again in the same call of its
// function.
func repeats(c *ssa.Call) bool {
	if strings.HasPrefix(c.Parent().Synthetic, "range-over-func") {
		return true
	}
	seen := map[*ssa.BasicBlock]bool{}
	next := append([]*ssa.BasicBlock(nil), c.Block().Succs...)
	for len(next) > 0 {
		b := next[len(next)-1]
		next = next[:len(next)-1]
		if b == c.Block() {
			return true
		}
		if !seen[b] {
			seen[b] = true
			next = append(next, b.Succs...)
		}
	}
	return false
}

// A use is an identifier with the nodes around it, the innermost first, up to
// the body of the site's function.
type use struct {
	id   *ast.Ident
	path []ast.Node
	// named are the variables that a useNamed gives the value to.
	named []*types.Var
}

// inside reports whether the identifier lies in such a node.
func (u *use) inside(is func(ast.Node) bool) bool {
	for _, n := range u.path {
		if is(n) {
			return true
		}
	}
	return false
}

// uses lists where the site's function names v, the declaration included.
func (s *site) uses(v *types.Var) []*use {
	var out []*use
	var stack []ast.Node
	ast.Inspect(s.fn, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if id, ok := n.(*ast.Ident); ok && s.src.object(id) == v {
			u := &use{id: id}
			for i := len(stack) - 1; i > 0; i-- {
				u.path = append(u.path, stack[i])
			}
			out = append(out, u)
		}
		stack = append(stack, n)
		return true
	})
	return out
}

// What is done with a variable where it is named.
type useKind uint8

const (
	useRead      useKind = iota // a method is called on it, it is an argument, it is compared
	useWritten                  // it is assigned
	useNamed                    // its value goes into other local variables
	useStored                   // its value goes somewhere else
	useReturned                 // its value is returned
	useAddressed                // its address is taken
)

// useOf tells what a use does. Inside a literal it is also what is done with
// the literal.
func (s *site) useOf(u *use) useKind {
	kind := s.passedOn(u, u.id, u.path)
	for i, n := range u.path {
		if kind == useRead && isFuncLit(n) {
			kind = s.passedOn(u, n, u.path[i+1:])
		}
	}
	return kind
}

// passedOn tells what becomes of the value of child, by the nodes that pass it
// on.
func (s *site) passedOn(u *use, child ast.Node, path []ast.Node) useKind {
	for i, n := range path {
		switch n := n.(type) {
		case *ast.ParenExpr, *ast.KeyValueExpr, *ast.CompositeLit, *ast.TypeAssertExpr:
		case *ast.UnaryExpr:
			if n.Op == token.AND && child == u.id {
				return useAddressed
			}
		case *ast.CallExpr:
			if child != n.Fun && !s.hands(n) {
				return useRead // an argument is lent
			}
			if child == n.Fun && !s.isHandle(n) {
				return useRead
			}
		case *ast.SelectorExpr:
			_, method := s.src.pass.TypesInfo.TypeOf(n).(*types.Signature)
			call, called := path[min(i+1, len(path)-1)].(*ast.CallExpr)
			called = called && call.Fun == n
			switch {
			case method && called && s.fluent():
				// It hands out the same transaction.
			case method && called, !method && !holds(s.src.pass.TypesInfo.TypeOf(n)):
				return useRead
			}
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if l == child {
					return useWritten
				}
			}
			return s.assigned(u, n.Lhs)
		case *ast.ValueSpec:
			var lhs []ast.Expr
			for _, id := range n.Names {
				if id == child {
					return useWritten
				}
				lhs = append(lhs, id)
			}
			return s.assigned(u, lhs)
		case *ast.RangeStmt:
			if n.Key == child || n.Value == child {
				return useWritten
			}
			return useRead
		case *ast.ReturnStmt:
			return useReturned
		case *ast.SendStmt:
			return useStored
		default:
			return useRead
		}
		child = n
	}
	return useRead
}

// hands reports whether a call that is given the handle returns something that
// may hold it: more than an error or a plain value.
func (s *site) hands(c *ast.CallExpr) bool {
	if _, ok := s.fn.(*ast.FuncLit); !ok {
		return false // the analysis has followed it
	}
	switch t := s.src.pass.TypesInfo.TypeOf(c).(type) {
	case nil:
		return false
	case *types.Tuple:
		for v := range t.Variables() {
			if holds(v.Type()) {
				return true
			}
		}
		return false
	default:
		return holds(t)
	}
}

func (s *site) isHandle(e ast.Expr) bool {
	t := s.src.pass.TypesInfo.TypeOf(e)
	return t != nil && types.Identical(t, s.v.Type())
}

// holds reports whether a value of the type can hold a handle.
func holds(t types.Type) bool {
	_, basic := t.Underlying().(*types.Basic)
	return !basic && !isError(t)
}

// assigned tells what an assignment of the value does with it. Where several
// variables are assigned, it may go into any of them.
func (s *site) assigned(u *use, lhs []ast.Expr) useKind {
	for _, l := range lhs {
		id, ok := l.(*ast.Ident)
		if !ok {
			return useStored
		}
		if id.Name == "_" {
			continue
		}
		v, ok := s.src.object(id).(*types.Var)
		if !ok || v.Pos() < s.fn.Pos() || v.Pos() >= s.fn.End() || s.isResult(v) {
			return useStored
		}
		if holds(v.Type()) {
			u.named = append(u.named, v)
		}
	}
	return useNamed
}

// comparedToNil reports whether the function asks somewhere whether there is a
// handle at all.
func (s *site) comparedToNil() bool {
	found := false
	ast.Inspect(s.fn, func(n ast.Node) bool {
		if e, ok := n.(*ast.BinaryExpr); ok && e.Pos() > s.pos {
			x, _ := nilComparison(e)
			id, ok := x.(*ast.Ident)
			found = found || ok && s.src.object(id) == s.v
		}
		return true
	})
	return found
}

// earlierDefers lists the defer statements of the site's function that stand
// before the place of the rollback.
func (s *site) earlierDefers() []*ast.DeferStmt {
	var out []*ast.DeferStmt
	ast.Inspect(s.fn, func(n ast.Node) bool {
		if isFuncLit(n) && n != s.fn {
			return false
		}
		if d, ok := n.(*ast.DeferStmt); ok && d.Pos() < s.pos {
			out = append(out, d)
			return false
		}
		return true
	})
	return out
}

// scope returns the scope at the place of the rollback.
func (s *site) scope() *types.Scope { return s.src.pass.Pkg.Scope().Innermost(s.pos) }

// visible reports whether a name means obj at the place of the rollback.
func (s *site) visible(name string, obj types.Object) bool {
	scope := s.scope()
	if scope == nil || obj == nil {
		return false
	}
	_, found := scope.LookupParent(name, s.pos)
	return found == obj
}

func isFuncLit(n ast.Node) bool {
	_, ok := n.(*ast.FuncLit)
	return ok
}

func isFunction(n ast.Node) bool {
	_, ok := n.(*ast.FuncDecl)
	return ok || isFuncLit(n)
}

func funcType(fn ast.Node) *ast.FuncType {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Type
	}
	return fn.(*ast.FuncDecl).Type
}

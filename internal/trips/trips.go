// Package trips finds the statements that a program sends to a database once
// per element of a collection.
//
// For each function that has to do with statements it computes, in one pass to
// a fixpoint, what every value derives from: the inputs of the function, and
// the elements, chunks and counters of its loops (see [flow]). Statements are
// known from the catalog; what a function sends through others, and what its
// results derive from, is its [Effect], a fact that importing packages use. A
// statement that runs in a loop and asks for something that derives from an
// element of that loop is a [Finding].
//
// Derivation is tracked through variables, fields, slices and maps that are
// made in the same round, closures, calls, and what is scanned or decoded. It
// is may-information: a value derives from all that it could have been made
// from. Control flow is no derivation. What is gathered over several rounds (a
// slice that is appended to, a batch that is queued to) does not derive from
// the element of the round at hand.
package trips

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/lazyssa"
)

// New returns an analyzer that finds the statements of a package. Its result is
// a [*Result]. The repositories are read when it runs: types, with their
// package's path and separated by commas, whose methods send statements; and
// so are the rows of the user.
func New(repositories *string, rows *catalog.Rows) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:       "trips",
		Doc:        "find the statements that functions send to a database, and the loops that multiply them",
		Requires:   []*analysis.Analyzer{lazyssa.Analyzer},
		ResultType: reflect.TypeFor[*Result](),
		FactTypes:  []analysis.Fact{new(Effect), new(Implementations), new(Outside)},
		Run: func(pass *analysis.Pass) (any, error) {
			return run(pass, listed(*repositories), rows.Catalog())
		},
	}
}

// listed takes apart a list that is written with commas.
func listed(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// A Result is what the rule selects from.
type Result struct {
	// Findings are sorted by position; there is one for each call.
	Findings []*Finding
	// Failures are the functions that could not be analysed.
	Failures []Failure
}

// A Failure is a mistake of ours: a function whose analysis broke off.
type Failure struct {
	Pos token.Pos
	Why string
}

// A Finding is a call in a loop that sends a statement each time.
type Finding struct {
	Trip
	// Pos and End are those of the call.
	Pos, End token.Pos
	// Callee is what is called, as the source writes it.
	Callee string
	// Loop is the position of the loop, or of the call that calls back.
	Loop token.Pos
	// Of is the collection as the source writes it, "" if that says nothing.
	Of string
	// Func is the declared function around the call, and Literals say what the
	// function literals around it are called.
	Func     string
	Literals []string
	// Steps are the calls on the way to the statement that lie in this package.
	Steps []token.Pos
	// Resolver is the type of which a framework resolves this for each, "" if
	// it is no framework that makes the rounds.
	Resolver string
	// Recursive says that it is the function that calls itself for each node.
	Recursive bool
	// Inside is how many steps there are in what is called in each round, and
	// Kinds how many different statements it sends.
	Inside, Kinds int
	// Invariant says that the statement asks for the same in every round.
	Invariant bool
}

func run(pass *analysis.Pass, repositories []string, rows *catalog.Catalog) (any, error) {
	res := &Result{}
	a := newSolver(pass, repositories, rows)
	a.outside, a.perhaps = outsiders(pass, rows)
	for fn, n := range a.outside {
		if fn.Exported() {
			pass.ExportObjectFact(fn, &Outside{Calls: n})
		}
	}
	for fn, n := range a.perhaps {
		if fn.Exported() {
			pass.ExportObjectFact(fn, &Outside{Calls: n, Perhaps: true})
		}
	}
	if !a.worthALook() || !a.mayMakeTrips() {
		return res, nil
	}
	builder := pass.ResultOf[lazyssa.Analyzer].(*lazyssa.Builder)
	a.pkg = builder.Package(catalog.NoReturn)
	a.functions = builder.Functions(a.pkg)
	a.findRelevant()
	for _, fn := range a.functions {
		if fn.Parent() == nil && a.relevant[fn] {
			a.guard(res, fn)
		}
	}
	// Literals in package-level variables belong to no function.
	for _, fn := range a.functions {
		if fn.Parent() != nil && a.relevant[fn] && a.summaries[fn] == nil {
			a.guard(res, fn)
		}
	}
	a.export()
	res.Findings = a.sorted()
	return res, nil
}

// worthALook reports whether the package can have to do with a database: it
// reaches a library, or it belongs to somebody's module and may know one by
// an interface only.
func (a *solver) worthALook() bool {
	path := a.pass.Pkg.Path()
	if catalog.IsLibrary(path) {
		return false
	}
	if a.rows.Reaches(a.pass.Pkg, nil) {
		return true
	}
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(path, "vendor/") && a.usesStores()
}

// usesStores reports whether the package names a method of an interface that
// stands before a database by what it is called, or one of a type of which the
// user says so.
func (a *solver) usesStores() bool {
	for _, obj := range a.pass.TypesInfo.Uses {
		fn, ok := obj.(*types.Func)
		if !ok || fn.Signature().Recv() == nil || !isInterfaceMethod(fn) && !a.isNamed(fn) {
			continue
		}
		if _, ok := a.storeCall(fn); ok {
			return true
		}
	}
	return false
}

// A solver computes the effects of the functions of one package.
type solver struct {
	pass         *analysis.Pass
	rows         *catalog.Catalog
	repositories []string
	pkg          *ssa.Package
	functions    []*ssa.Function
	relevant     map[*ssa.Function]bool
	summaries    map[*ssa.Function]*summary
	// solving are the functions in hand, with what their calls of themselves
	// are taken to do; recursive are those that turned out to call themselves.
	solving   map[*ssa.Function]*summary
	recursive map[*ssa.Function]bool
	attempts  map[*ssa.Function]int
	facts     map[*types.Func]*Effect
	joined    map[*types.Func]*Effect
	byName    map[string][]*types.Func
	waiting   map[string][]*types.Func
	table     map[string][]*Effect
	changed   map[*ssa.Global]bool
	// outside are the functions of the package that wait for something outside,
	// and perhaps those that do on some ways only.
	outside, perhaps map[*types.Func]int
	// limits are what packages say that there are only a few of.
	limits   map[*types.Package][]statedLimit
	findings map[token.Pos]*Finding
	syntax   *syntax
	sizes    *sizes
}

// A summary is the effect of a function, with what only its own package can
// use.
type summary struct {
	Effect
	// sites are all statements of a function literal, each where it stands.
	sites []site
}

// A site is a statement at its place.
type site struct {
	Trip
	pos token.Pos
	// call is the instruction there.
	call ssa.CallInstruction
	// steps are the calls on the way that lie in this package.
	steps []token.Pos
}

func newSolver(pass *analysis.Pass, repositories []string, rows *catalog.Catalog) *solver {
	a := &solver{
		pass: pass, rows: rows, repositories: repositories, relevant: map[*ssa.Function]bool{}, summaries: map[*ssa.Function]*summary{},
		solving: map[*ssa.Function]*summary{}, recursive: map[*ssa.Function]bool{}, attempts: map[*ssa.Function]int{},
		facts: map[*types.Func]*Effect{}, joined: map[*types.Func]*Effect{},
		changed: map[*ssa.Global]bool{}, findings: map[token.Pos]*Finding{}, syntax: newSyntax(pass), limits: map[*types.Package][]statedLimit{},
	}
	a.sizes = newSizes(a)
	return a
}

// guard solves fn, and keeps a mistake of ours in it from losing the findings
// of the others and of all importing packages.
func (a *solver) guard(res *Result, fn *ssa.Function) {
	defer func() {
		if r := recover(); r != nil {
			clear(a.solving)
			clear(a.recursive)
			a.summaries[fn] = &summary{}
			res.Failures = append(res.Failures, Failure{fn.Pos(), fmt.Sprintf("%s: %v", fn, r)})
		}
	}()
	a.summary(fn)
}

// summary returns the effect of a function of this package, solving it if
// need be. Where it calls itself, the inner call at first does nothing, then
// what the last solve found, until that does not change any more.
func (a *solver) summary(fn *ssa.Function) *summary {
	const maxRounds = 3
	if s, ok := a.summaries[fn]; ok {
		return s
	}
	if s, ok := a.solving[fn]; ok {
		a.recursive[fn] = true
		return s
	}
	a.solving[fn] = &summary{}
	defer func() {
		delete(a.solving, fn)
		delete(a.recursive, fn)
	}()
	var s *summary
	for range maxRounds {
		s = newFlow(a, fn).solve()
		if !a.recursive[fn] || reflect.DeepEqual(s.Effect, a.solving[fn].Effect) {
			break
		}
		a.solving[fn] = s
	}
	a.attempts[fn]++
	// What rests on an outer recursion is found again when that has settled.
	if outer := len(a.recursive); outer == 0 || outer == 1 && a.recursive[fn] || a.attempts[fn] >= maxRounds {
		a.summaries[fn] = s
	}
	return s
}

// fact returns the effect that the package of fn exported for it.
func (a *solver) fact(fn *types.Func) *Effect {
	if e, ok := a.facts[fn]; ok {
		return e
	}
	var e *Effect
	if fn.Pkg() != nil && fn.Pkg() != a.pass.Pkg {
		var got Effect
		if a.pass.ImportObjectFact(fn, &got) {
			e = &got
		}
	}
	a.facts[fn] = e
	return e
}

// mayMakeTrips looks at what the package names, before anything is built.
func (a *solver) mayMakeTrips() bool {
	seen := map[types.Object]bool{}
	for _, obj := range a.pass.TypesInfo.Uses {
		if fn, ok := obj.(*types.Func); ok && !seen[fn] {
			seen[fn] = true
			if a.makesTrips(fn.Origin()) {
				return true
			}
		}
	}
	return false
}

// makesTrips reports whether a call of fn, of another package or of an
// interface, can send a statement.
func (a *solver) makesTrips(fn *types.Func) bool {
	if row, ok := a.findTrip(fn); ok {
		return row.Does != catalog.NoTrip && row.Does != catalog.BulkTrip
	}
	if e := a.fact(fn); e != nil && len(e.Trips) > 0 {
		return true
	}
	if !isInterfaceMethod(fn) {
		return false
	}
	if _, ok := executor(fn); ok {
		return true
	}
	if _, ok := a.storeCall(fn); ok {
		return true
	}
	return len(a.implementing(fn)) > 0
}

func isInterfaceMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

// findRelevant marks the functions that send statements: those that call
// something that does, and those that call or contain them.
func (a *solver) findRelevant() {
	callers := map[*ssa.Function][]*ssa.Function{}
	invokers := map[string][]*ssa.Function{}
	var work []*ssa.Function
	mark := func(fn *ssa.Function) {
		if fn != nil && !a.relevant[fn] {
			a.relevant[fn] = true
			work = append(work, fn)
		}
	}
	var ops []*ssa.Value
	for _, fn := range a.functions {
		if p := fn.Parent(); p != nil {
			callers[fn] = append(callers[fn], p)
		}
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				a.noteGlobals(fn, instr)
				if c, ok := instr.(ssa.CallInstruction); ok && c.Common().IsInvoke() {
					m := c.Common().Method.Origin()
					if a.makesTrips(m) {
						mark(fn)
					}
					invokers[m.Name()] = append(invokers[m.Name()], fn)
				}
				ops = instr.Operands(ops[:0])
				for _, op := range ops {
					callee, ok := (*op).(*ssa.Function)
					if !ok {
						continue
					}
					if o := callee.Origin(); o != nil {
						callee = o
					}
					if obj, ok := callee.Object().(*types.Func); ok {
						if a.makesTrips(obj.Origin()) {
							mark(fn)
						}
						if callee.Synthetic != "" { // a bound method, say
							callee = orSelf(a.pkg.Prog.FuncValue(obj.Origin()), callee)
						}
					}
					callers[callee] = append(callers[callee], fn)
				}
			}
		}
	}
	for len(work) > 0 {
		fn := work[len(work)-1]
		work = work[:len(work)-1]
		for _, c := range callers[fn] {
			mark(c)
		}
		if fn.Signature.Recv() != nil { // it may stand behind an interface
			for _, c := range invokers[fn.Name()] {
				mark(c)
			}
		}
	}
	// A helper that calls back matters to its callers for what they pass.
	for _, fn := range a.functions {
		if fn.Parent() == nil && !a.relevant[fn] && takesFunction(fn.Signature) {
			mark(fn)
		}
	}
}

func orSelf(fn, self *ssa.Function) *ssa.Function {
	if fn != nil {
		return fn
	}
	return self
}

func takesFunction(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		if _, ok := v.Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}

// noteGlobals notes the package-level variables that change after the package
// is initialised.
func (a *solver) noteGlobals(fn *ssa.Function, instr ssa.Instruction) {
	if fn.Name() == "init" && fn.Synthetic != "" {
		return
	}
	switch instr := instr.(type) {
	case *ssa.Store:
		if g, ok := instr.Addr.(*ssa.Global); ok {
			a.changed[g] = true
		}
	case *ssa.MapUpdate:
		m := instr.Map
		if row, ok := m.(*ssa.Lookup); ok {
			m = row.X
		}
		if load, ok := m.(*ssa.UnOp); ok {
			if g, ok := load.X.(*ssa.Global); ok {
				a.changed[g] = true
			}
		}
	}
}

// storeCall reports whether m, a method of an interface that nobody in view
// implements, reads or writes rows, by its name or because the user says so of
// the interface.
func (a *solver) storeCall(m *types.Func) (writes, ok bool) {
	return storeCall(m, a.isNamed(m))
}

// isNamed reports whether the user says of the type of the method m that its
// methods send statements.
func (a *solver) isNamed(m *types.Func) bool {
	return len(a.repositories) > 0 && m.Pkg() != nil && m.Signature().Recv() != nil && slices.Contains(a.repositories, m.Pkg().Path()+"."+receiverName(m))
}

// findTrip returns what is known of the statements that fn sends, from the
// catalog or because the user names its type. An interface that is named can
// still have implementations in view, which tell more.
func (a *solver) findTrip(fn *types.Func) (catalog.TripRow, bool) {
	if row, ok := a.rows.FindTrip(fn); ok {
		return row, true
	}
	if fn == nil || fn.Signature().Recv() == nil || isInterfaceMethod(fn) || !a.isNamed(fn) {
		return catalog.TripRow{}, false
	}
	writes, ok := storeCall(fn, true)
	if !ok {
		return catalog.TripRow{}, false
	}
	does := catalog.ReadTrip
	if writes {
		does = catalog.WriteTrip
	}
	return catalog.TripRow{
		TripLibrary: &catalog.TripLibrary{Path: fn.Pkg().Path()},
		TripCall:    &catalog.TripCall{Func: receiverName(fn) + "." + fn.Name(), Does: does},
	}, true
}

// implementing returns the effects of the methods that m, the method of an
// interface, can stand for, as far as they are visible.
func (a *solver) implementing(m *types.Func) []*Effect {
	iface, ok := m.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok || m.Pkg() == nil || !strings.Contains(m.Pkg().Path(), ".") {
		return nil // of the standard library: whoever writes may write anywhere
	}
	a.indexFacts()
	out := slices.Clone(a.table[m.FullName()])
	for _, obj := range a.byName[m.Name()] {
		if implements(obj.Signature().Recv().Type(), iface) {
			out = append(out, a.fact(obj))
		}
	}
	return out
}

// indexFacts lists the methods with effects that the packages below export, by
// name, and their tables of implementations.
func (a *solver) indexFacts() {
	if a.byName != nil {
		return
	}
	a.byName, a.table, a.waiting = map[string][]*types.Func{}, map[string][]*Effect{}, map[string][]*types.Func{}
	for _, f := range a.pass.AllObjectFacts() {
		fn, ok := f.Object.(*types.Func)
		if !ok || fn.Signature().Recv() == nil {
			continue
		}
		if o, ok := f.Fact.(*Outside); ok && !o.Perhaps && exportedType(fn.Signature().Recv().Type()) {
			a.waiting[fn.Name()] = append(a.waiting[fn.Name()], fn)
		}
		// Under go vet nobody sees a method whose type cannot be named.
		if e, ok := f.Fact.(*Effect); ok && len(e.Trips) > 0 && exportedType(fn.Signature().Recv().Type()) {
			a.byName[fn.Name()] = append(a.byName[fn.Name()], fn)
		}
	}
	for _, fns := range a.byName {
		slices.SortFunc(fns, func(x, y *types.Func) int { return cmp.Compare(x.FullName(), y.FullName()) })
	}
	facts := a.pass.AllPackageFacts()
	slices.SortFunc(facts, func(x, y analysis.PackageFact) int { return cmp.Compare(x.Package.Path(), y.Package.Path()) })
	for _, f := range facts {
		if impl, ok := f.Fact.(*Implementations); ok {
			for i := range impl.Methods {
				m := &impl.Methods[i]
				a.table[m.Method] = append(a.table[m.Method], &m.Effect)
			}
		}
	}
}

func implements(t types.Type, iface *types.Interface) bool {
	if n := namedOf(t); n == nil || n.TypeParams().Len() > 0 {
		return false
	}
	return types.Implements(t, iface) || types.Implements(types.NewPointer(t), iface)
}

func deref(t types.Type) types.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// namedOf returns the named type that t is, or points to; nil if there is none.
func namedOf(t types.Type) *types.Named {
	n, _ := types.Unalias(deref(t)).(*types.Named)
	return n
}

// nameOf returns the name of that type, "" if there is none.
func nameOf(t types.Type) string {
	if n := namedOf(t); n != nil {
		return n.Obj().Name()
	}
	return ""
}

// implementations joins the effects that a call of the interface method m can
// have; nil if nobody in view implements it with a statement.
func (a *solver) implementations(m *types.Func) *Effect {
	if e, ok := a.joined[m]; ok {
		return e
	}
	effects := a.implementing(m)
	if iface, ok := m.Signature().Recv().Type().Underlying().(*types.Interface); ok {
		for _, fn := range a.functions {
			recv := fn.Signature.Recv()
			if fn.Parent() == nil && fn.Name() == m.Name() && recv != nil && a.relevant[fn] && implements(recv.Type(), iface) {
				if e := &a.summary(fn).Effect; len(e.Trips) > 0 {
					effects = append(effects, e)
				}
			}
		}
	}
	var out *Effect
	if len(effects) > 0 && (repository(m) || !a.otherwise(m)) {
		out = merge(effects)
	}
	if len(a.solving) <= 1 {
		a.joined[m] = out
	}
	return out
}

// otherwise reports whether some type in view implements the interface of m
// with a method that sends no statement: what a call does is then open. Types
// that only stand in for others in tests do not count.
func (a *solver) otherwise(m *types.Func) bool {
	iface, ok := m.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for _, pkg := range append([]*types.Package{a.pass.Pkg, m.Pkg()}, a.pass.Pkg.Imports()...) {
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() || types.IsInterface(tn.Type()) || pkg != a.pass.Pkg && !tn.Exported() || standsIn(name) || !implements(tn.Type(), iface) {
				continue
			}
			obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(tn.Type()), true, m.Pkg(), m.Name())
			if impl, ok := obj.(*types.Func); ok && !a.sends(impl.Origin()) {
				return true
			}
		}
	}
	return false
}

// sends reports whether the method of a concrete type is known to send a
// statement.
func (a *solver) sends(impl *types.Func) bool {
	if isInterfaceMethod(impl) { // promoted from an embedded interface
		return true
	}
	if impl.Pkg() == a.pass.Pkg {
		fn := a.pkg.Prog.FuncValue(impl)
		return fn != nil && a.relevant[fn] && len(a.summary(fn).Trips) > 0
	}
	e := a.fact(impl)
	return e != nil && len(e.Trips) > 0
}

// standsIn reports whether a type of that name is made for tests.
func standsIn(name string) bool {
	for _, word := range []string{"Mock", "mock", "Fake", "fake", "Stub", "stub", "Noop", "noop", "NoOp", "Nop", "Dummy", "dummy", "Test", "Unimplemented"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// export makes the effects of what importers can see into facts.
func (a *solver) export() {
	var methods []*ssa.Function
	for _, fn := range a.functions {
		obj, ok := fn.Object().(*types.Func)
		s := a.summaries[fn]
		if !ok || fn.Parent() != nil || s == nil || s.trivial() || !obj.Exported() {
			continue
		}
		if obj.Signature().Recv() != nil && len(s.Trips) > 0 {
			methods = append(methods, fn)
		}
		e := s.Effect
		a.pass.ExportObjectFact(obj, &e)
	}
	if impl := a.implementationTable(methods); len(impl.Methods) > 0 {
		a.pass.ExportPackageFact(impl)
	}
}

func exportedType(t types.Type) bool {
	n := namedOf(t)
	return n != nil && n.Obj().Exported()
}

// implementationTable lists what the methods do that stand behind an interface
// of this package or of one that it imports, and whose types importers cannot
// name.
func (a *solver) implementationTable(methods []*ssa.Function) *Implementations {
	out := &Implementations{}
	byName := map[string][]*ssa.Function{}
	for _, fn := range methods {
		if !exportedType(fn.Signature.Recv().Type()) {
			byName[fn.Name()] = append(byName[fn.Name()], fn)
		}
	}
	if len(byName) == 0 {
		return out
	}
	seen := map[string]bool{}
	for _, pkg := range append([]*types.Package{a.pass.Pkg}, a.pass.Pkg.Imports()...) {
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !tn.Exported() {
				continue
			}
			iface, ok := tn.Type().Underlying().(*types.Interface)
			if n, named := tn.Type().(*types.Named); !ok || !named || n.TypeParams().Len() > 0 {
				continue
			}
			for m := range iface.Methods() {
				for _, fn := range byName[m.Name()] {
					key := m.FullName() + " " + fn.String()
					if !seen[key] && implements(fn.Signature.Recv().Type(), iface) {
						seen[key] = true
						out.Methods = append(out.Methods, Implementation{Method: m.FullName(), Effect: a.summaries[fn].Effect})
					}
				}
			}
		}
	}
	return out
}

// sorted returns the findings by position.
func (a *solver) sorted() []*Finding {
	out := make([]*Finding, 0, len(a.findings))
	for _, f := range a.findings {
		out = append(out, f)
	}
	slices.SortFunc(out, func(x, y *Finding) int { return cmp.Compare(x.Pos, y.Pos) })
	return out
}

// Package txflow follows database transactions through the functions of a
// package.
//
// Each function that has to do with transactions is solved once, over the
// path states described at [state]: which transactions were begun on the path
// and how far they have come, what variables and fields hold, which
// conditions were tested, which calls are deferred. What a path shows becomes
// an [Event]; the rules select events and word them. What a function does to
// its parameters and results becomes its [Effects], a fact that importing
// packages use.
//
// A path state merges with another where they agree on all that can still
// matter; see Enter. Where more than a bounded number of states meet, what
// follows is possible but not definite.
//
// What is not followed: reflection, handles in maps, slices and channels,
// goroutines that outlive the call, and callbacks that somebody keeps. There
// the obligation is given up, with the reason kept for -explain.
package txflow

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/flow"
	"github.com/txlint/txlint/internal/lazyssa"
)

// Analyzer solves a package. Its result is a [*Result].
var Analyzer = New()

// rowsFlag is the flag that holds the user's rows of the catalog.
const rowsFlag = "libraries"

// New returns an analyzer like [Analyzer] with flags of its own.
func New() *analysis.Analyzer {
	rows := new(catalog.Rows)
	a := &analysis.Analyzer{
		Name:       "txflow",
		Doc:        "follow database transactions through functions and packages",
		Requires:   []*analysis.Analyzer{lazyssa.Analyzer},
		ResultType: reflect.TypeFor[*Result](),
		FactTypes:  []analysis.Fact{new(Effects)},
		Run:        func(pass *analysis.Pass) (any, error) { return run(pass, rows.Catalog()) },
	}
	a.Flags.Var(rows, rowsFlag, catalog.RowsUsage)
	return a
}

// ShareFlags gives a rule, which requires the analyzer that New returned, the
// flags of that: drivers know the flags of rules only. What is set on one rule
// holds for all that require the same analyzer.
func ShareFlags(rule, flow *analysis.Analyzer) {
	rule.Flags.Var(flow.Flags.Lookup(rowsFlag).Value, rowsFlag, catalog.RowsUsage)
}

// A Result is what the rules select from.
type Result struct {
	// Events are sorted by position.
	Events []*Event
	// Failures are the functions that could not be analysed.
	Failures []Failure
	// Rows is the catalog that the events rest on, with the rows of the user.
	Rows *catalog.Catalog
}

// A Failure is a mistake of ours: a function whose analysis broke off.
type Failure struct {
	Pos token.Pos
	Why string
}

func (f Failure) String() string { return f.Why }

func run(pass *analysis.Pass, rows *catalog.Catalog) (any, error) {
	res := &Result{Rows: rows}
	if !rows.Reaches(pass.Pkg, nil) || catalog.IsLibrary(pass.Pkg.Path()) {
		return res, nil
	}
	a := newSolver(pass, rows)
	if !a.mayHoldTransactions() {
		return res, nil
	}
	builder := pass.ResultOf[lazyssa.Analyzer].(*lazyssa.Builder)
	a.pkg = builder.Package(a.neverReturns)
	a.functions = builder.Functions(a.pkg)
	a.findRelevant()
	a.solveAll(res)
	a.export(res)
	res.Events = a.finishEvents(res)
	return res, nil
}

// A solver solves the functions of one package.
type solver struct {
	pass      *analysis.Pass
	rows      *catalog.Catalog
	pkg       *ssa.Package
	functions []*ssa.Function
	u         *universe
	shapes    *shapes
	limits    flow.Limits
	budget    int

	// relevant functions have to do with transactions; helpers are solved
	// where a relevant one calls them.
	relevant map[*ssa.Function]bool
	effects  map[*ssa.Function]*Effects
	solving  map[*ssa.Function]bool
	// recursive are the functions being solved that called themselves,
	// provisional what such calls are taken to do, attempts how often a
	// function was solved.
	recursive   map[*ssa.Function]bool
	provisional map[*ssa.Function]*Effects
	attempts    map[*ssa.Function]int
	covered     map[*ssa.Function]bool
	written     map[*ssa.Function]map[*types.Var]bool
	// writtenGlobals are the package-level variables that functions write.
	writtenGlobals map[*ssa.Global]bool
	infos          map[*ssa.Function]*funcInfo
	calledBy       map[ssa.Value]*node
	facts          map[*types.Func]*Effects
	byName         map[string][]*types.Func
	factsByName    map[string][]*Effects
	joined         map[*types.Func]*Effects
	// managers are the interface methods of which every implementation in view
	// begins, calls back and finishes.
	managers map[*types.Func]bool
	resolved map[string]types.Type
	reaches  map[*types.Package]bool

	uses        map[useKey]bool
	givenFields map[*types.Var]bool
	callSites   map[*ssa.Function][]ssa.CallInstruction

	events map[eventKey]rawEvent
	// finished are the begins of which some path finishes the transaction.
	finished map[ssa.Value]bool
	// tolerant keeps what [solver.tolerates] has found.
	tolerant map[*ssa.Call]bool
	// conditional are the begins that only happen where none is open.
	conditional map[*node]bool
	silences    map[*ssa.Call]*Event
}

// A funcInfo is what every solve of a function needs and none changes.
type funcInfo struct {
	live   *flow.Live
	inLoop []bool
	allocs []*ssa.Alloc
	tested map[string]int
	cells  map[any]bool
}

// The limits of one solve.
const (
	maxStates = 64
	maxSteps  = 200_000
	maxBudget = 150_000
)

func newSolver(pass *analysis.Pass, rows *catalog.Catalog) *solver {
	return &solver{
		pass: pass, rows: rows, u: newUniverse(), shapes: &shapes{rows: rows}, limits: flow.Limits{States: maxStates, Steps: maxSteps},
		relevant: map[*ssa.Function]bool{}, effects: map[*ssa.Function]*Effects{}, solving: map[*ssa.Function]bool{},
		recursive: map[*ssa.Function]bool{}, provisional: map[*ssa.Function]*Effects{}, attempts: map[*ssa.Function]int{},
		covered: map[*ssa.Function]bool{}, infos: map[*ssa.Function]*funcInfo{}, calledBy: map[ssa.Value]*node{},
		facts: map[*types.Func]*Effects{}, joined: map[*types.Func]*Effects{}, managers: map[*types.Func]bool{}, resolved: map[string]types.Type{}, reaches: map[*types.Package]bool{},
		writtenGlobals: map[*ssa.Global]bool{}, written: map[*ssa.Function]map[*types.Var]bool{},
		uses: map[useKey]bool{}, givenFields: map[*types.Var]bool{},
		events: map[eventKey]rawEvent{}, silences: map[*ssa.Call]*Event{},
		finished: map[ssa.Value]bool{}, tolerant: map[*ssa.Call]bool{}, conditional: map[*node]bool{},
	}
}

// fact returns the effects that the package of fn exported for it.
func (a *solver) fact(fn *types.Func) *Effects {
	if e, ok := a.facts[fn]; ok {
		return e
	}
	var e *Effects
	if fn.Pkg() != nil && fn.Pkg() != a.pass.Pkg {
		var got Effects
		if a.pass.ImportObjectFact(fn, &got) {
			e = &got
		}
	}
	a.facts[fn] = e
	return e
}

// neverReturns reports whether calls of fn do not come back.
func (a *solver) neverReturns(fn *types.Func) bool {
	if catalog.NoReturn(fn) {
		return true
	}
	e := a.fact(fn.Origin())
	return e != nil && len(e.Outcomes) == 0
}

// solveAll solves every relevant function: declared ones first, then the
// literals that none of them ran in place.
func (a *solver) solveAll(res *Result) {
	var literals []*ssa.Function
	for _, fn := range a.functions {
		if !a.relevant[fn] {
			continue
		}
		if fn.Parent() != nil {
			literals = append(literals, fn)
			continue
		}
		a.guard(res, fn, func() { a.effectsOf(fn, nil) })
	}
	for _, fn := range literals {
		if !a.covered[fn] && fn.Synthetic == "" {
			a.guard(res, fn, func() { a.solve(fn) })
		}
	}
}

// guard keeps a mistake of ours in one function from losing the findings of
// the others and of all importing packages.
func (a *solver) guard(res *Result, fn *ssa.Function, do func()) {
	defer func() {
		if r := recover(); r != nil {
			clear(a.solving)
			clear(a.recursive)
			a.effects[fn] = nil
			res.Failures = append(res.Failures, Failure{fn.Pos(), fmt.Sprintf("%s: %v at %s", fn, r, panicSite())})
		}
	}()
	do()
}

// panicSite names the place in this package that panicked.
func panicSite() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, "/internal/txflow.") || !more {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
	}
}

// effectsOf returns what a call of fn, whose object is obj, does. The effects
// are nil where nothing matters of it; analysed is false where its body is
// not in view at all.
func (a *solver) effectsOf(fn *ssa.Function, obj *types.Func) (eff *Effects, analysed bool) {
	if fn.Pkg != a.pkg || len(fn.Blocks) == 0 {
		if obj == nil {
			return nil, false
		}
		if obj.Pkg() == a.pass.Pkg {
			return nil, len(fn.Blocks) > 0
		}
		eff = a.fact(obj)
		return eff, eff != nil || obj.Pkg() != nil && a.rows.Reaches(obj.Pkg(), a.reaches) && !catalog.IsLibrary(obj.Pkg().Path())
	}
	if eff, ok := a.effects[fn]; ok {
		return eff, true
	}
	if a.solving[fn] {
		a.recursive[fn] = true
		return a.provisional[fn], true
	}
	if !a.worthSolving(fn) {
		return nil, true
	}
	return a.solveToFixpoint(fn), true
}

// solveToFixpoint solves fn. Where it turns out to call itself, the recursive
// calls at first do not return, then do what the last solve found, until that
// does not change any more.
func (a *solver) solveToFixpoint(fn *ssa.Function) *Effects {
	const maxRounds = 4
	a.solving[fn] = true
	a.provisional[fn] = &Effects{}
	defer func() {
		delete(a.solving, fn)
		delete(a.recursive, fn)
		delete(a.provisional, fn)
	}()
	for range maxRounds {
		eff := a.solve(fn)
		if !a.recursive[fn] || reflect.DeepEqual(eff, a.provisional[fn]) {
			// What was found on the way of an outer recursion rests on its
			// provisional effects and is found again when that has settled.
			switch {
			case len(a.recursive) == 0 || len(a.recursive) == 1 && a.recursive[fn]:
				a.effects[fn] = eff
			case a.attempts[fn] >= maxRounds:
				a.effects[fn] = nil // nothing is claimed of it
			}
			a.attempts[fn]++
			return eff
		}
		a.provisional[fn] = eff
	}
	a.effects[fn] = nil
	return nil
}

// solve runs fn from its entry and returns its effects, nil where the solve
// was too much.
func (a *solver) solve(fn *ssa.Function) *Effects {
	f := a.frame(fn, nil)
	before := a.budget
	a.budget = maxBudget
	defer func() { a.budget = before }()
	ok := flow.Solve(fn, f, []state{a.entry(f)}, a.limits)
	if !ok || a.budget < 0 {
		a.gaveUp(fn)
		return nil
	}
	if fn.Parent() != nil {
		return nil
	}
	eff := f.summarize()
	if eff == nil || eff.trivial() {
		return nil
	}
	return eff
}

// gaveUp keeps for -explain that nothing is known of the begins in fn.
func (a *solver) gaveUp(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if c, ok := instr.(*ssa.Call); ok && a.mayBegin(c.Common()) && a.silences[c] == nil {
				a.silences[c] = &Event{Kind: Silent, Func: fn, Begin: c, At: c, Why: "the function has more paths than are followed", By: calleeName(c.Common())}
			}
		}
	}
}

// mayBegin reports whether a call begins a transaction by the catalog, by
// shape, or by the facts of another package.
func (a *solver) mayBegin(c *ssa.CallCommon) bool {
	obj := calledObject(c)
	if obj == nil {
		return false
	}
	row, ok := a.rows.Find(obj.Origin())
	return ok && row.Does == catalog.Begin || a.shapes.begins(obj.Origin()) || a.fact(obj.Origin()).begins()
}

// entry is the state at the entry of a function: for a literal, the variables
// that it captures and that are written once hold what they were given.
func (a *solver) entry(f *frame) state {
	var s state
	for _, fv := range f.fn.FreeVars {
		alloc := capturedVariable(f.fn, fv)
		if alloc == nil {
			continue
		}
		addr := a.u.sym(alloc)
		s.env = s.env.set(a.u.number(fv), addr)
		if lit := onlyValue(alloc); lit != nil {
			s.heap = s.heap.set(addr.id, a.outerLiteral(lit))
		}
	}
	return s
}

// outerLiteral is a function literal of an enclosing function, seen from
// inside: its captured variables are addressed by their own symbols.
func (a *solver) outerLiteral(mc *ssa.MakeClosure) *node {
	args := make([]*node, len(mc.Bindings))
	for i, b := range mc.Bindings {
		switch b := b.(type) {
		case *ssa.Alloc:
			args[i] = a.u.sym(b)
		case *ssa.FreeVar:
			if alloc := capturedVariable(b.Parent(), b); alloc != nil {
				args[i] = a.u.sym(alloc)
			}
		}
		if args[i] == nil {
			args[i] = a.u.nonNil
		}
	}
	return a.u.node(node{kind: kFunc, v: mc.Fn, args: args})
}

// capturedVariable returns the variable that fv of fn stands for, nil if it
// cannot be told.
func capturedVariable(fn *ssa.Function, fv *ssa.FreeVar) *ssa.Alloc {
	i := slices.Index(fn.FreeVars, fv)
	parent := fn.Parent()
	if parent == nil || i < 0 {
		return nil
	}
	for _, b := range parent.Blocks {
		for _, instr := range b.Instrs {
			mc, ok := instr.(*ssa.MakeClosure)
			if !ok || mc.Fn != fn {
				continue
			}
			switch v := mc.Bindings[i].(type) {
			case *ssa.Alloc:
				return v
			case *ssa.FreeVar:
				return capturedVariable(parent, v)
			}
			return nil
		}
	}
	return nil
}

// onlyValue returns the literal that is the only value ever written to the
// variable, nil if there is none.
func onlyValue(alloc *ssa.Alloc) *ssa.MakeClosure {
	var lit *ssa.MakeClosure
	writes := 0
	var visit func(addr ssa.Value)
	visit = func(addr ssa.Value) {
		for _, ref := range *addr.Referrers() {
			switch ref := ref.(type) {
			case *ssa.Store:
				if ref.Addr == addr {
					writes++
					lit, _ = ref.Val.(*ssa.MakeClosure)
				} else {
					writes += 2
				}
			case *ssa.UnOp, *ssa.DebugRef:
			case *ssa.MakeClosure:
				for i, b := range ref.Bindings {
					if b == addr {
						visit(ref.Fn.(*ssa.Function).FreeVars[i])
					}
				}
			default:
				writes += 2
			}
		}
	}
	visit(alloc)
	if writes != 1 {
		return nil
	}
	return lit
}

func allocsOf(fn *ssa.Function) []*ssa.Alloc {
	var out []*ssa.Alloc
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if a, ok := instr.(*ssa.Alloc); ok {
				out = append(out, a)
			}
		}
	}
	return out
}

// frame makes an activation of fn, run for caller or on its own.
func (a *solver) frame(fn *ssa.Function, caller *frame) *frame {
	info := a.infos[fn]
	if info == nil {
		info = &funcInfo{live: flow.Liveness(fn), inLoop: flow.InLoops(fn), allocs: allocsOf(fn)}
		a.infos[fn] = info
	}
	if caller == nil && info.tested == nil {
		info.tested, info.cells = testedConditions(fn), testedCells(fn)
	}
	return &frame{a: a, fn: fn, caller: caller, live: info.live, inLoop: info.inLoop, tested: info.tested, cells: info.cells, allocs: info.allocs}
}

// export makes the effects of what importers can see into facts.
func (a *solver) export(res *Result) {
	for _, fn := range a.functions {
		obj, ok := fn.Object().(*types.Func)
		if !ok || fn.Parent() != nil || !obj.Exported() {
			continue
		}
		if _, ok := a.effects[fn]; !ok && !a.relevant[fn] && a.worthExporting(fn) {
			a.guard(res, fn, func() { a.effectsOf(fn, nil) })
		}
		if eff := a.effects[fn]; eff != nil {
			a.pass.ExportObjectFact(obj, eff)
		}
	}
}

// global returns the package-level variable of the given name, written with
// its package's path; nil if it is not in the import closure.
func (a *solver) global(name string) *ssa.Global {
	dot := strings.LastIndex(name, ".")
	if dot < 0 {
		return nil
	}
	if name[:dot] == a.pass.Pkg.Path() {
		return a.pkg.Var(name[dot+1:])
	}
	if pkg := a.pkg.Prog.ImportedPackage(name[:dot]); pkg != nil {
		return pkg.Var(name[dot+1:])
	}
	return nil
}

// method returns the method of the concrete type t that implements m.
func (a *solver) method(t types.Type, m *types.Func) *ssa.Function {
	ms := a.pkg.Prog.MethodSets.MethodSet(t)
	sel := ms.Lookup(m.Pkg(), m.Name())
	if sel == nil {
		return nil
	}
	obj, ok := sel.Obj().(*types.Func)
	if !ok {
		return nil
	}
	if types.IsInterface(obj.Signature().Recv().Type()) {
		return nil
	}
	if len(sel.Index()) == 1 {
		return a.pkg.Prog.FuncValue(obj.Origin())
	}
	return a.pkg.Prog.MethodValue(sel)
}

// implementations joins the effects of the methods that the interface method
// m can stand for, as far as they are visible; nil if none says anything.
func (a *solver) implementations(m *types.Func) *Effects {
	if e, ok := a.joined[m]; ok {
		return e
	}
	a.joined[m] = nil
	if a.byName == nil {
		a.byName = map[string][]*types.Func{}
		for _, f := range a.pass.AllObjectFacts() {
			if fn, ok := f.Object.(*types.Func); ok && fn.Signature().Recv() != nil {
				a.byName[fn.Name()] = append(a.byName[fn.Name()], fn)
			}
		}
		for _, fn := range a.functions {
			if obj, ok := fn.Object().(*types.Func); ok && fn.Parent() == nil && obj.Signature().Recv() != nil && a.worthSolving(fn) {
				a.byName[obj.Name()] = append(a.byName[obj.Name()], obj)
			}
		}
		for _, fns := range a.byName {
			slices.SortFunc(fns, func(x, y *types.Func) int { return cmp.Compare(x.FullName(), y.FullName()) })
		}
	}
	iface, ok := m.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var out Effects
	seen := map[string]bool{}
	manages, others := false, false
	for _, obj := range a.byName[m.Name()] {
		if !types.Implements(obj.Signature().Recv().Type(), iface) && !types.Implements(types.NewPointer(obj.Signature().Recv().Type()), iface) {
			continue
		}
		fn := a.pkg.Prog.FuncValue(obj)
		if fn == nil {
			continue
		}
		eff, _ := a.effectsOf(fn, obj)
		if eff == nil {
			continue
		}
		switch {
		case !eff.manages():
			others = true
		case obj.Pkg() == a.pass.Pkg || exportedReceiver(obj):
			manages = true // others are not in what every driver sees of a package
		}
		for _, o := range eff.Outcomes {
			if k := o.String(); !seen[k] {
				seen[k] = true
				out.Outcomes = append(out.Outcomes, o)
			}
		}
	}
	if len(out.Outcomes) == 0 || len(out.Outcomes) > 2*maxOutcomes {
		return nil
	}
	a.joined[m], a.managers[m] = &out, manages && !others
	return &out
}

// exportedReceiver reports whether fn is a method of an exported type.
func exportedReceiver(fn *types.Func) bool {
	n, ok := types.Unalias(elem(fn.Signature().Recv().Type())).(*types.Named)
	return ok && n.Obj().Exported()
}

// begins reports whether some outcome hands out an open transaction.
func (e *Effects) begins() bool {
	return e != nil && slices.ContainsFunc(e.Outcomes, func(o Outcome) bool { return len(o.Begins) > 0 })
}

// manages reports whether the function begins transactions for the functions
// that it is given, and commits them itself: none is left as the function left
// it.
func (e *Effects) manages() bool {
	commits, leaves := false, false
	for _, o := range e.Outcomes {
		for _, c := range o.Calls {
			for _, a := range c.Args {
				if a != nil && a.Op == 't' {
					commits = commits || phase(a.N) == committed
					leaves = leaves || phase(a.N) == open
				}
			}
		}
	}
	return commits && !leaves
}

// finishes reports whether some outcome finishes what it was given.
func (e *Effects) finishes() bool {
	return e != nil && slices.ContainsFunc(e.Outcomes, func(o Outcome) bool { return o.ends() > 0 })
}

// opaqueResult reports whether nothing is known of where the first result
// comes from on some outcome.
func (e *Effects) opaqueResult() bool {
	return slices.ContainsFunc(e.Outcomes, func(o Outcome) bool {
		return len(o.Results) > 0 && (o.Results[0].Kind == Unknown || o.Results[0].Kind == Object || o.Results[0].Kind == NonNil)
	})
}

// beganBy names the function that the call which began tx calls.
func (a *solver) beganBy(tx *node) string {
	c, ok := tx.v.(*ssa.Call)
	if !ok {
		return ""
	}
	return calleeName(c.Common())
}

// calleeName names what is called, with its package and receiver type.
func calleeName(c *ssa.CallCommon) string {
	obj := calledObject(c)
	if obj == nil {
		return "a function value"
	}
	name := obj.Name()
	if recv := obj.Signature().Recv(); recv != nil {
		t := types.TypeString(recv.Type(), func(*types.Package) string { return "" })
		name = strings.TrimPrefix(t, "*") + "." + name
	}
	if obj.Pkg() != nil {
		name = obj.Pkg().Name() + "." + name
	}
	return name
}

// resolve returns the type that a fact names, nil if it is not in the import
// closure.
func (a *solver) resolve(name string) types.Type {
	if name == "" {
		return nil
	}
	if t, ok := a.resolved[name]; ok {
		return t
	}
	t := a.lookupType(name)
	a.resolved[name] = t
	return t
}

func (a *solver) lookupType(name string) types.Type {
	bare, pointer := strings.CutPrefix(name, "*")
	dot := strings.LastIndex(bare, ".")
	if dot < 0 || strings.ContainsAny(bare, "[](){}* ") {
		return nil
	}
	pkg := findPackage(a.pass.Pkg, bare[:dot], map[*types.Package]bool{})
	if pkg == nil {
		return nil
	}
	tn, ok := pkg.Scope().Lookup(bare[dot+1:]).(*types.TypeName)
	if !ok {
		return nil
	}
	if pointer {
		return types.NewPointer(tn.Type())
	}
	return tn.Type()
}

func findPackage(from *types.Package, path string, seen map[*types.Package]bool) *types.Package {
	if from.Path() == path {
		return from
	}
	seen[from] = true
	for _, imp := range from.Imports() {
		if !seen[imp] {
			if p := findPackage(imp, path, seen); p != nil {
				return p
			}
		}
	}
	return nil
}

package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Generate makes n cases from a seed, the same ones each time. size is how
// many statements a function has about: ten make functions that one can read.
//
// Most functions follow a discipline: a way to end their transactions that is
// right, and is followed nearly everywhere. A program whose statements come at
// random leaks at every other exit, which is no test of anything.
//
// In every fourth case other functions begin and finish most transactions.
func Generate(seed uint64, n, size int) ([]*Case, error) {
	out := make([]*Case, n)
	for i := range out {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(i))), id: i, size: size, apart: i%4 == 2}
		c, err := g.generate()
		if err != nil {
			return nil, fmt.Errorf("seed %d, case %d: %w", seed, i, err)
		}
		out[i] = c
	}
	return out, nil
}

// A generator makes one case.
type generator struct {
	*rand.Rand
	id, size int
	apart    bool // other functions begin and finish what a function works with
	p, q     strings.Builder
	helpers  int
	made     map[string][]*helper
	units    []*unit
}

func (g *generator) generate() (*Case, error) {
	g.made = map[string][]*helper{}
	g.function()
	name := fmt.Sprintf("c%d", g.id)
	c := &Case{Name: name}
	for _, part := range []struct {
		dir   string
		decls string
	}{{"q", g.q.String()}, {"p", g.p.String()}} {
		if part.decls == "" {
			continue
		}
		f, err := complete(part.dir, name+".go", part.decls)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, part.decls)
		}
		f.Src = formatted(f.Src)
		c.Files = append(c.Files, f)
	}
	return c, nil
}

// one returns one of the choices.
func (g *generator) one(choices ...string) string { return choices[g.IntN(len(choices))] }

// chance is true so many times of a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// pick returns an index, each as often as its weight says.
func (g *generator) pick(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := g.IntN(sum)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	return 0
}

// function makes the function that the case is about. Its helpers are made as
// it needs them.
func (g *generator) function() {
	f := &function{generator: g, dir: "p", name: fmt.Sprintf("F%d", g.id), budget: g.size}
	f.params = []param{{"db", "*sql.DB"}}
	if g.chance(15) {
		f.params = append(f.params, param{"ctx", "context.Context"})
	}
	if g.chance(10) {
		f.params = append(f.params, param{"outer", "*sql.Tx"})
	}
	f.inputs(2)
	f.results = [][]param{
		{{"", "error"}}, {{"err", "error"}}, {}, {{"ok", "bool"}, {"err", "error"}}, {{"", "int"}, {"", "error"}},
		{{"", "bool"}}, {{"", "*sql.Tx"}, {"", "error"}}, {{"res", "*sql.Tx"}, {"err", "error"}},
	}[g.pick(30, 25, 8, 4, 8, 4, 4, 3)]
	f.goal = goalFinish
	if len(f.results) > 0 && f.results[0].typ == "*sql.Tx" {
		f.goal = goalHandOver
	}
	f.write(&g.p, f.body)
}

// inputs adds parameters that conditions read.
func (f *function) inputs(most int) {
	all := []param{{"a", "bool"}, {"b", "bool"}, {"n", "int"}, {"x", "*int"}, {"xs", "[]int"}}
	for range f.IntN(most + 1) {
		i := f.IntN(len(all))
		f.params = append(f.params, all[i])
		all = append(all[:i:i], all[i+1:]...)
	}
}

type param struct{ name, typ string }

// A goal is what becomes of the transactions of a function that succeeds.
type goal int

const (
	goalFinish goal = iota
	goalHandOver
	goalBorrow // it has none, and works with the one that it is given
)

// A function is one that is being made, or a literal inside one.
type function struct {
	*generator
	dir, name string
	recv      string
	// typeParams are those of a generic function, in brackets.
	typeParams string
	params     []param
	results    []param
	goal       goal
	outer      *function // of a literal
	buf        *strings.Builder
	budget     int
	vars       []param
	open       []*handle
	loops      []*loop
	labels     int
	free       bool // statements follow no discipline
}

// A handle is a transaction that the function has to deal with.
type handle struct {
	expr             string // "tx", "u.tx"; "" where it is inside something
	commit, rollback string // the calls
	finish           func(err string) string
	explicit         bool // every exit finishes it
	commits          bool // a deferred call commits it where err is nil
	flag             string
	onError          bool   // a deferred call rolls it back where the variable err is not nil
	fail             string // a literal that rolls back and returns its argument
	borrowed         bool
	loops            int
}

// A loop is one that is being made.
type loop struct{ label string }

func (f *function) write(to *strings.Builder, body func()) {
	f.buf = &strings.Builder{}
	for _, p := range append(append([]param(nil), f.params...), f.results...) {
		if p.name != "" && p.name != "_" {
			f.vars = append(f.vars, p)
		}
	}
	body()
	recv := ""
	if f.recv != "" {
		recv = "(" + f.recv + ") "
	}
	fmt.Fprintf(to, "\nfunc %s%s%s {\n%s}\n", recv, f.name, f.signature(), f.buf)
}

func (f *function) signature() string {
	list := func(ps []param) string {
		var out []string
		for _, p := range ps {
			out = append(out, strings.TrimSpace(p.name+" "+p.typ))
		}
		return strings.Join(out, ", ")
	}
	res := ""
	if len(f.results) > 0 {
		res = " (" + list(f.results) + ")"
	}
	return f.typeParams + "(" + list(f.params) + ")" + res
}

func (f *function) p(format string, args ...any) { fmt.Fprintf(f.buf, format+"\n", args...) }

// block makes what stands between braces: what it declares ends there.
func (f *function) block(do func()) {
	n := len(f.vars)
	do()
	f.vars = f.vars[:n]
}

func (f *function) declare(name, typ string) { f.vars = append(f.vars, param{name, typ}) }

// typeOf returns the type of the innermost variable of a name.
func (f *function) typeOf(name string) string {
	for g := f; g != nil; g = g.outer {
		for i := len(g.vars) - 1; i >= 0; i-- {
			if g.vars[i].name == name {
				return g.vars[i].typ
			}
		}
	}
	return ""
}

// of returns the names of the variables of a type that are not shadowed.
func (f *function) of(typ string) []string {
	seen := map[string]bool{}
	var out []string
	for g := f; g != nil; g = g.outer {
		for i := len(g.vars) - 1; i >= 0; i-- {
			v := g.vars[i]
			if !seen[v.name] && v.typ == typ {
				out = append(out, v.name)
			}
			seen[v.name] = true
		}
	}
	return out
}

// a returns a variable of a type, "" if there is none.
func (f *function) a(typ string) string {
	if vs := f.of(typ); len(vs) > 0 {
		return f.one(vs...)
	}
	return ""
}

func (f *function) named() bool { return len(f.results) > 0 && f.results[0].name != "" }

// errResult reports whether the function returns an error, and its name.
func (f *function) errResult() (name string, ok bool) {
	if n := len(f.results); n > 0 && f.results[n-1].typ == "error" {
		return f.results[n-1].name, true
	}
	return "", false
}

// cond returns a condition.
func (f *function) cond() string {
	var simple []string
	for _, b := range f.of("bool") {
		simple = append(simple, b, "!"+b)
	}
	for _, n := range f.of("int") {
		simple = append(simple, fmt.Sprintf("%s %s %d", n, f.one("==", "!=", ">", "<", ">=", "<="), f.IntN(3)))
	}
	for _, x := range f.of("*int") {
		simple = append(simple, x+" == nil", x+" != nil")
	}
	for _, x := range f.of("[]int") {
		// How often a loop runs has nothing to do with such a test, as far as the
		// engine is concerned: see walks.
		if !f.walks() {
			simple = append(simple, "len("+x+") == 0", "len("+x+") > 0")
		}
	}
	for _, e := range f.of("error") {
		simple = append(simple, e+" != nil", e+" == nil")
	}
	for _, t := range f.of("*sql.Tx") {
		if f.chance(30) {
			simple = append(simple, t+" != nil", t+" == nil")
		}
	}
	simple = append(simple, "ext.Flag()", "!ext.Flag()", "ext.Step() == nil", "ext.Step() != nil")
	c := f.one(simple...)
	switch f.pick(70, 10, 10, 5, 5) {
	case 1:
		return c + " && " + f.one(simple...)
	case 2:
		return c + " || " + f.one(simple...)
	case 3:
		return "(" + c + ")"
	case 4:
		return "!(" + c + " && " + f.one(simple...) + ")"
	}
	return c
}

// walks reports whether this case's functions range over their parameters. Those
// of other cases test how long they are.
func (g *generator) walks() bool { return g.id%2 == 0 }

// failure returns an expression for the error to return because of err.
func (f *function) failure(err string) string {
	switch f.pick(55, 15, 15, 10, 5) {
	case 1:
		return fmt.Sprintf("fmt.Errorf(\"work: %%w\", %s)", err)
	case 2:
		return `errors.New("work")`
	case 3:
		return "ext.ErrFailed"
	case 4:
		return fmt.Sprintf("errors.Join(%s, ext.ErrFailed)", err)
	}
	return err
}

// leave makes an exit after a failure; err is the variable that has it, "" if
// none does.
func (f *function) leave(err string) {
	expr := `errors.New("no")`
	if err != "" {
		expr = f.failure(err)
	}
	name, hasErr := f.errResult()
	var wraps string
	for i := len(f.open) - 1; i >= 0; i-- {
		h := f.open[i]
		forget := f.chance(4)
		switch {
		case f.free && f.chance(40), h.borrowed, forget:
		case h.fail != "":
			wraps = h.fail
		case h.explicit && f.chance(8) && hasErr && err != "" && h.finish != nil && i == 0:
			expr = h.finish(expr)
		case h.explicit && f.chance(8) && hasErr && i == 0 && h.rollback != "":
			expr = fmt.Sprintf("errors.Join(%s, %s)", expr, h.rollback)
		case h.explicit && f.chance(15) && h.rollback != "":
			f.p("if rerr := %s; rerr != nil {\next.Note(rerr)\n}", h.rollback)
		case h.explicit:
			f.p("%s", f.end(h, false))
		case h.onError && f.typeOf("err") == "error" && err != "err" && f.chance(70) && expr != "err":
			f.p("err = %s", expr)
		}
	}
	if wraps != "" {
		expr = wraps + "(" + expr + ")"
	}
	if !hasErr {
		if wraps != "" {
			f.p("ext.Note(%s)", expr)
		}
		f.ret("")
		return
	}
	if f.named() && name == "err" && f.typeOf("err") == "error" && f.chance(35) && f.resultVisible() {
		if expr != "err" {
			f.p("err = %s", expr)
		}
		f.p("return")
		return
	}
	f.ret(expr)
}

// resultVisible reports whether the named error result is not shadowed, so
// that a bare return compiles.
func (f *function) resultVisible() bool {
	n := 0
	for _, v := range f.vars {
		for _, r := range f.results {
			if v.name == r.name {
				n++
			}
		}
	}
	return n == len(f.results)
}

// ret makes a return of an error expression with zero values before it; without
// an error result the expression is left out.
func (f *function) ret(err string) {
	var out []string
	for _, r := range f.results {
		switch r.typ {
		case "error":
			out = append(out, err)
		case "bool":
			out = append(out, f.one("false", "true"))
		case "int":
			out = append(out, f.one("0", "1"))
		default:
			out = append(out, "nil")
		}
	}
	f.p("%s", strings.TrimSpace("return "+strings.Join(out, ", ")))
}

// end returns a call that finishes a transaction as a statement.
func (f *function) end(h *handle, commit bool) string {
	if commit {
		return h.commit
	}
	if h.rollback == "" {
		return "ext.Note()"
	}
	return f.one(h.rollback, h.rollback, h.rollback, "_ = "+h.rollback)
}

// succeed makes the exit after everything went well.
func (f *function) succeed() {
	name, hasErr := f.errResult()
	if f.goal == goalHandOver && len(f.open) > 0 {
		h := f.open[0]
		if h.flag != "" {
			f.p("%s = true", h.flag)
		}
		if h.expr != "" && f.chance(96) {
			if f.named() && f.chance(30) && f.resultVisible() {
				f.p("%s = %s", f.results[0].name, h.expr)
				f.p("return %s, nil", f.results[0].name)
				return
			}
			f.p("return %s, nil", h.expr)
			return
		}
	}
	for i := len(f.open) - 1; i > 0; i-- {
		f.settle(f.open[i])
	}
	if len(f.open) == 0 || f.open[0].borrowed || f.open[0].commits || f.free && f.chance(30) || f.chance(3) {
		f.ret("nil")
		return
	}
	h := f.open[0]
	if h.commit == "" {
		f.ret("nil")
		return
	}
	if h.flag != "" && f.chance(30) {
		f.p("%s = true", h.flag)
		h = &handle{commit: h.commit, rollback: h.rollback, finish: h.finish, expr: h.expr}
	}
	last := len(f.results) == 1
	switch k := f.pick(30, 25, 15, 10, 10, 10); {
	case !hasErr:
		if f.chance(50) && h.explicit {
			f.p("if %s != nil {", h.commit)
			f.ret("")
			f.p("}")
		} else {
			f.p("%s", h.commit)
		}
		f.flag(h)
		f.ret("")
	case k == 0 && last && h.flag == "":
		f.p("return %s", h.commit)
	case k == 1:
		f.p("if err := %s; err != nil {", h.commit)
		f.ret(f.failure("err"))
		f.p("}")
		f.flag(h)
		f.ret("nil")
	case k == 2 && f.typeOf("err") == "error":
		f.p("err = %s", h.commit)
		f.flag(h)
		if f.named() && name == "err" && f.resultVisible() && f.chance(50) {
			f.p("return")
		} else {
			f.ret("err")
		}
	case k == 3 && h.finish != nil && h.flag == "" && last:
		f.p("return %s", h.finish("nil"))
	case k == 4 && h.flag == "" && last:
		f.p("return errors.Join(nil, %s)", h.commit)
	default:
		f.p("if %s == nil {", f.one("ext.Step()", h.commit, h.commit))
		f.flag(h)
		f.ret("nil")
		f.p("}")
		f.leave("")
	}
}

// flag says in the variable that a deferred call tests that all is well.
func (f *function) flag(h *handle) {
	if h.flag != "" && f.chance(96) {
		f.p("%s = true", h.flag)
	}
}

// settle commits a transaction in the middle of a function.
func (f *function) settle(h *handle) {
	switch {
	case h.borrowed, h.commits, h.commit == "":
	case f.chance(50):
		f.p("if err := %s; err != nil {", h.commit)
		f.block(func() {
			f.declare("err", "error")
			before := f.open
			if i := slices.Index(f.open, h); i >= 0 {
				f.open = f.open[:i:i]
			}
			f.leave("err")
			f.open = before
		})
		f.p("}")
	default:
		f.p("%s", h.commit)
	}
	f.flag(h)
}

package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// body makes the whole body of a function that begins.
func (f *function) body() {
	f.free = f.chance(12)
	if f.chance(15) {
		f.statements(1)
	}
	switch {
	case f.goal == goalBorrow:
		f.statements(f.budget)
		f.succeed()
	case f.goal == goalFinish && f.chance(10):
		f.inLoop()
		f.ret("nil")
	case f.goal == goalFinish && f.chance(7) && !f.free:
		f.viaGoto()
	case f.goal == goalFinish && f.chance(7):
		f.managed()
		f.ret("nil")
	default:
		f.transaction()
		f.statements(f.budget)
		f.succeed()
	}
}

// transaction begins one and guards it. What follows works with it.
func (f *function) transaction() *handle {
	h := f.begin()
	h.loops = len(f.loops)
	f.guard(h)
	f.open = append(f.open, h)
	return h
}

// failed makes the branch for a begin that failed.
func (f *function) failed(cond, err string) {
	switch f.pick(70, 10, 8, 6) {
	case 1:
		f.p("switch {\ncase %s:", cond)
		f.block(func() { f.leave(err) })
		f.p("}")
	case 2:
		bad := f.fresh("bad")
		f.p("%s := %s\nif %s {", bad, cond, bad)
		f.declare(bad, "bool")
		f.block(func() { f.leave(err) })
		f.p("}")
	case 3:
		f.p("if %s {", cond)
		f.block(func() { f.leave(err) })
		f.p("} else {\next.Note()\n}")
	default:
		f.p("if %s {", cond)
		f.block(func() { f.leave(err) })
		f.p("}")
	}
}

// fresh returns a name that the function does not have yet.
func (f *function) fresh(prefix string) string {
	if f.typeOf(prefix) == "" {
		return prefix
	}
	for i := 2; ; i++ {
		if name := fmt.Sprintf("%s%d", prefix, i); f.typeOf(name) == "" {
			return name
		}
	}
}

// begin makes one of the ways to begin, with the check of its error.
func (f *function) begin() *handle {
	tx := f.fresh("tx")
	h := &handle{expr: tx, commit: tx + ".Commit()", rollback: tx + ".Rollback()"}
	call := "db.Begin()"
	if ctx := f.typeOf("ctx"); ctx != "" && f.chance(70) {
		call = f.one("db.BeginTx(ctx, nil)", "db.BeginTx(ctx, &sql.TxOptions{})")
	}
	errShown := "err"
	ways := []int{45, 22, 8, 15, 4}
	if f.apart {
		ways = []int{20, 45, 4, 25, 2}
	}
	switch f.pick(ways...) {
	case 1:
		b := f.beginHelper()
		call = b.call(f, nil)
		if b.kind == "beginOK" {
			f.p("%s, ok := %s", tx, call)
			f.declare(tx, "*sql.Tx")
			f.declare("ok", "bool")
			f.failed("!ok", "")
			f.helpersFor(h)
			return h
		}
	case 2:
		if f.typeOf("err") == "error" {
			f.p("var %s *sql.Tx", tx)
			f.declare(tx, "*sql.Tx")
			if f.chance(50) {
				f.p("if %s, err = %s; err != nil {", tx, call)
				f.block(func() { f.leave("err") })
				f.p("}")
			} else {
				f.p("%s, err = %s", tx, call)
				f.failed("err != nil", "err")
			}
			f.helpersFor(h)
			return h
		}
	case 3:
		return f.beginUnit()
	case 4:
		if f.chance(50) {
			errShown = "berr"
		}
	}
	f.p("%s, %s := %s", tx, errShown, call)
	f.declare(tx, "*sql.Tx")
	f.declare(errShown, "error")
	cond := errShown + " != nil"
	switch f.pick(80, 5, 5) {
	case 1:
		cond = tx + " == nil"
	case 2:
		cond = "!(" + errShown + " == nil)"
	}
	f.failed(cond, errShown)
	f.helpersFor(h)
	return h
}

// helpersFor lets helpers finish a handle now and then.
func (f *function) helpersFor(h *handle) {
	often, ways := 25, []int{80, 12, 4, 4}
	if f.apart {
		often, ways = 50, []int{45, 40, 8, 7}
	}
	if f.chance(often) {
		b := f.helper("finishErr")
		h.finish = func(err string) string { return b.call(f, map[string]string{"tx": h.expr, "err": err}) }
	}
	if f.apart && f.chance(60) {
		h.commit = f.helper("commit").call(f, map[string]string{"tx": h.expr})
	}
	switch f.pick(ways...) {
	case 1:
		b := f.helper("rollbackErr")
		h.rollback = b.call(f, map[string]string{"tx": h.expr})
	case 2:
		if f.dir == "p" {
			h.rollback = f.ender() + ".end(" + h.expr + ")"
		}
	case 3:
		v := f.fresh("end")
		f.p("var %s interface {\nCommit() error\nRollback() error\n} = %s", v, h.expr)
		f.declare(v, "ender")
		h.commit, h.rollback = v+".Commit()", v+".Rollback()"
	}
}

// guard makes what ends the transaction where the function does not do it by
// itself.
func (f *function) guard(h *handle) {
	_, hasErr := f.errResult()
	named := f.named() && hasErr && f.resultVisible()
	if f.goal == goalHandOver {
		switch f.pick(50, 25, 25) {
		case 0:
			h.explicit = true
		case 1:
			h.flag = f.newFlag()
			f.p("defer func() {\nif !%s {\n%s\n}\n}()", h.flag, h.rollback)
		case 2:
			if !f.errHere() {
				h.explicit = true
				return
			}
			h.onError = true
			f.p("defer func() {\nif err != nil {\n%s\n}\n}()", h.rollback)
		}
		return
	}
	switch k := f.pick(22, 18, 14, 8, 8, 6, 6, 6, 6, 6); {
	case k == 0:
		h.explicit = true
	case k == 1:
		f.p("defer %s", h.rollback)
	case k == 2 && f.errHere():
		h.onError = true
		f.p("defer func() {\nif err != nil {\n%s\n}\n}()", f.end(h, false))
		if !named || f.chance(20) {
			h.onError = f.chance(90)
		}
	case k == 3:
		h.flag = f.newFlag()
		f.p("defer func() {\nif !%s {\n%s\n}\n}()", h.flag, f.end(h, false))
	case k == 4 && named:
		h.commits = true
		f.p("defer func() {\nif err != nil {\n%s\nreturn\n}\nerr = %s\n}()", f.end(h, false), h.commit)
	case k == 5 && named && h.expr != "":
		h.commits = true
		b := f.helper("finishPtr")
		f.p("defer %s", b.call(f, map[string]string{"tx": h.expr, "err": "&err"}))
	case k == 6 && f.errHere():
		h.onError = true
		f.p("defer func() {\nif r := recover(); r != nil {\n%s\npanic(r)\n} else if err != nil {\n%s\n}\n}()", h.rollback, h.rollback)
	case k == 7 && h.expr != "":
		switch f.IntN(5) {
		case 4:
			f.p("defer func() {\n%s\n}()", h.rollback)
		case 0:
			f.p("undo := %s.Rollback\ndefer undo()", h.expr)
		case 1:
			f.p("defer func(t *sql.Tx) {\nt.Rollback()\n}(%s)", h.expr)
		case 2:
			b := f.helper("rollback")
			f.p("defer %s", b.call(f, map[string]string{"tx": h.expr}))
		case 3:
			f.p("defer func() {\nif rerr := %s; rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {\next.Note(rerr)\n}\n}()", h.rollback)
		}
	case k == 8 && hasErr && f.outer == nil:
		name := f.fresh("fail")
		f.p("%s := func(e error) error {\n%s\nreturn %s\n}", name, f.end(h, false), f.failure("e"))
		f.declare(name, "func(error) error")
		h.fail = name
	default:
		h.explicit = true
	}
}

// errHere reports whether there is a variable err that a literal can test.
func (f *function) errHere() bool { return f.typeOf("err") == "error" }

func (f *function) newFlag() string {
	name := f.fresh("done")
	f.p(f.one("%s := false", "var %s bool"), name)
	f.declare(name, "bool")
	return name
}

// statements makes about n statements.
func (f *function) statements(n int) {
	for n > 0 && f.budget > 0 {
		f.budget--
		n--
		f.statement()
	}
}

// statement makes one statement.
func (f *function) statement() {
	deep := f.IntN(100) < 40 && f.budget > 1
	if !deep {
		f.simple()
		return
	}
	switch f.pick(26, 8, 14, 10, 6, 6, 5, 6, 5) {
	case 0:
		f.p("if %s {", f.cond())
		f.block(func() { f.branch() })
		if f.chance(35) {
			f.p("} else {")
			f.block(func() { f.branch() })
		}
		f.p("}")
	case 1:
		f.switches()
	case 2:
		f.loop()
	case 3:
		f.literal()
	case 4:
		f.selects()
	case 5:
		if f.typeOf("db") != "" {
			f.inLoop()
		}
	case 6:
		f.p("{")
		f.block(func() {
			if f.lent() {
				f.statements(1) // a helper that always fails is outside the fragment
			} else {
				f.branch()
			}
		})
		f.p("}")
	case 7:
		if f.typeOf("db") != "" {
			f.another()
		}
	case 8:
		f.p("if %s {", f.cond())
		f.block(func() { f.leave(f.a("error")) })
		f.p("}")
	}
}

// branch makes what stands in a branch: a few statements, an exit now and then.
func (f *function) branch() {
	f.statements(1 + f.IntN(2))
	switch {
	case f.chance(25):
		f.leave(f.a("error"))
	case f.chance(8) && f.mayEnd():
		f.succeed()
	case f.chance(15) && len(f.loops) > 0:
		f.jump()
	case f.chance(3):
		f.p(`panic("no")`)
	}
}

// mayEnd reports whether a branch may make the function's good end.
func (f *function) mayEnd() bool { return len(f.loops) == 0 }

// jump leaves a round or a loop. Transactions that were begun in it are ended.
func (f *function) jump() {
	i := f.IntN(len(f.loops))
	if f.chance(70) {
		i = len(f.loops) - 1
	}
	for j := len(f.open) - 1; j >= 0 && f.open[j].loops > i; j-- {
		if h := f.open[j]; h.explicit && f.chance(95) && h.rollback != "" {
			f.p("%s", f.end(h, f.chance(40)))
		}
	}
	word := f.one("break", "continue")
	if i == len(f.loops)-1 && f.chance(70) && word == "continue" {
		f.p("continue")
		return
	}
	l := f.loops[i]
	if l.label == "" {
		f.labels++
		l.label = fmt.Sprintf("L%d", f.labels)
	}
	f.p("%s %s", word, l.label)
}

// handleHere returns a handle to work with, "" if there is none.
func (f *function) handleHere() string {
	txs := f.of("*sql.Tx")
	txs = slices.DeleteFunc(txs, func(name string) bool { return name == "res" }) // nil until the end
	if len(txs) > 0 {
		return f.one(txs...)
	}
	for g := f; g != nil; g = g.outer {
		for _, h := range g.open {
			if h.expr != "" {
				return h.expr
			}
		}
	}
	return ""
}

// simple makes a statement without statements in it, but for its error check.
func (f *function) simple() {
	tx := f.handleHere()
	work := "ext.Step()"
	discard := false
	if tx != "" && f.chance(75) {
		work, discard = tx+`.Exec("UPDATE t SET a = 1")`, true
		if e := f.a("element"); e != "" && f.chance(60) {
			work = fmt.Sprintf("%s.Exec(\"UPDATE t SET a = 1 WHERE id = $1\", %s)", tx, e)
		}
		if f.chance(20) {
			b := f.borrower()
			work, discard = b.call(f, map[string]string{"tx": tx}), false
		}
	}
	lhs := ""
	if discard {
		lhs = "_, "
	}
	switch k := f.pick(24, 14, 10, 8, 5, 4, 4, 4, 4, 3, 3); {
	case k == 0:
		f.p("if %serr := %s; err != nil {", lhs, work)
		f.block(func() {
			f.declare("err", "error")
			f.leave("err")
		})
		f.p("}")
	case k == 1 && f.errHere():
		f.p("%serr = %s\nif err != nil {", lhs, work)
		f.block(func() { f.leave("err") })
		f.p("}")
	case k == 2 && f.errHere():
		f.p("if %serr = %s; err != nil {", lhs, work)
		f.block(func() { f.leave("err") })
		f.p("}")
	case k == 3:
		f.p("%s", work)
	case k == 4:
		e := f.fresh("err")
		f.p("%s%s := %s\nif %s != nil {", lhs, e, work, e)
		f.declare(e, "error")
		f.block(func() { f.leave(e) })
		f.p("}")
	case k == 5 && f.errHere():
		f.p("%serr = %s", lhs, work)
	case k == 6 && len(f.of("bool")) > 0:
		b := f.a("bool")
		f.p("%s = %s", b, f.one("true", "false", "!"+b, f.cond()))
	case k == 7 && len(f.of("bool")) < 3:
		name := f.fresh("flag")
		f.p("%s := %s", name, f.cond())
		f.declare(name, "bool")
	case k == 8 && (f.free || f.chance(25)) && tx != "" && !f.lent():
		f.p("%s.%s", tx, f.one("Commit()", "Rollback()"))
	case k == 9 && f.errHere() && work == "ext.Step()":
		f.p("%serr = %s\nswitch {\ncase errors.Is(err, ext.ErrSpecial):", lhs, work)
		f.block(func() { f.branch() })
		f.p("case err != nil:")
		f.block(func() { f.leave("err") })
		f.p("}")
	case k == 10 && f.free && tx != "" && f.chance(30) && !f.lent():
		f.p("defer %s.Rollback()", tx)
	default:
		f.p("if %serr := %s; err != nil {", lhs, work)
		f.block(func() {
			f.declare("err", "error")
			f.leave("err")
		})
		f.p("}")
	}
}

func (f *function) switches() {
	ns := f.of("int")
	if len(ns) > 0 && f.chance(50) {
		f.p("switch %s {", f.one(ns...))
		for i := range 1 + f.IntN(2) {
			f.p("case %d:", i)
			f.inSwitch()
		}
	} else {
		f.p("switch {")
		for range 1 + f.IntN(2) {
			f.p("case %s:", f.cond())
			f.inSwitch()
		}
	}
	if f.chance(50) {
		f.p("default:")
		f.inSwitch()
	}
	f.p("}")
}

func (f *function) inSwitch() {
	f.block(func() { f.branch() })
	if f.chance(8) {
		f.p("if %s {\nbreak\n}", f.cond())
	}
}

func (f *function) selects() {
	f.p("select {\ncase <-ext.Ready():")
	f.block(func() { f.branch() })
	f.p("default:")
	f.block(func() { f.branch() })
	f.p("}")
}

// rounds makes a loop around statements.
func (f *function) rounds(body func()) {
	l := &loop{}
	f.loops = append(f.loops, l)
	header := "for range ext.Items()"
	before := ""
	switch xs := f.a("[]int"); f.pick(25, 20, 15, 10, 10, 10) {
	case 1:
		if xs != "" && f.walks() {
			header = "for range " + xs
		}
	case 2:
		header = "for i := 0; i < 2; i++"
	case 3:
		header = "for ext.Flag()"
	case 4:
		header = "for range 2"
	case 5:
		header = "for"
	}
	element := ""
	if collection, ok := strings.CutPrefix(header, "for range "); ok && collection != "2" && f.chance(60) {
		element = f.fresh("e")
		header = "for _, " + element + " := range " + collection
	}
	outer := f.buf
	f.buf = newBuffer()
	f.block(func() {
		if element != "" {
			f.declare(element, "element")
			if f.chance(30) {
				f.p("ext.Note(%s)", element)
			}
		}
		if header == "for" {
			f.p("if %s {\nbreak\n}", f.one("ext.Flag()", "ext.Step() != nil"))
		}
		body()
	})
	inner := f.buf
	f.buf = outer
	f.loops = f.loops[:len(f.loops)-1]
	if l.label != "" {
		before = l.label + ":\n"
	}
	f.p("%s%s {\n%s}", before, header, inner)
}

func (f *function) loop() { f.rounds(func() { f.branch() }) }

// inLoop makes a transaction for each round.
func (f *function) inLoop() {
	f.rounds(func() {
		h := f.transaction()
		f.statements(1 + f.IntN(2))
		f.settle(h)
		f.open = f.open[:len(f.open)-1]
	})
}

// another makes a transaction in the middle of the function.
func (f *function) another() {
	f.p("if %s {", f.cond())
	f.block(func() {
		h := f.transaction()
		f.statements(1 + f.IntN(2))
		f.settle(h)
		f.open = f.open[:len(f.open)-1]
	})
	f.p("}")
}

// literal makes a function literal that is called at once, or through a
// variable.
func (f *function) literal() {
	lit := &function{generator: f.generator, dir: f.dir, outer: f, buf: newBuffer(), budget: min(f.budget, 3), goal: goalBorrow, free: f.free}
	lit.results = [][]param{{{"", "error"}}, {{"err", "error"}}, {}}[f.pick(60, 25, 15)]
	for _, r := range lit.results {
		if r.name != "" {
			lit.declare(r.name, r.typ)
		}
	}
	f.budget -= 2
	if f.chance(30) && f.typeOf("db") != "" {
		lit.goal = goalFinish
		lit.transaction()
	}
	lit.statements(1 + f.IntN(3))
	lit.succeed()
	text := fmt.Sprintf("func%s {\n%s}", lit.signature(), lit.buf)
	if f.chance(25) {
		name := f.fresh("do")
		f.p("%s := %s", name, text)
		f.declare(name, "func")
		text = name
	}
	switch {
	case len(lit.results) == 0:
		f.p("%s()", text)
	case f.errHere() && f.chance(40):
		f.p("err = %s()\nif err != nil {", text)
		f.block(func() { f.leave("err") })
		f.p("}")
	default:
		f.p("if err := %s(); err != nil {", text)
		f.block(func() {
			f.declare("err", "error")
			f.leave("err")
		})
		f.p("}")
	}
}

// viaGoto makes a body that ends in a label which failures jump to.
func (f *function) viaGoto() {
	_, hasErr := f.errResult()
	if !f.errHere() {
		f.p("var err error")
		f.declare("err", "error")
	}
	f.p("var tx *sql.Tx")
	f.declare("tx", "*sql.Tx")
	again := f.chance(30)
	if again {
		f.p("again:")
	}
	f.p("tx, err = db.Begin()\nif err != nil {")
	f.ret("err")
	f.p("}\n{")
	for range 1 + f.IntN(3) {
		switch f.IntN(3) {
		case 0:
			f.p("if _, err = tx.Exec(\"UPDATE t SET a = 1\"); err != nil {\ngoto fail\n}")
		case 1:
			f.p("if %s {\nerr = ext.ErrFailed\ngoto fail\n}", f.cond())
		case 2:
			f.p("if %s {\n%s\n}", f.cond(), f.one("tx.Exec(\"\")", "goto fail", "ext.Note()"))
		}
	}
	if again {
		f.p("if ext.Flag() {\n%s\ngoto again\n}", f.one("tx.Rollback()", "tx.Commit()", "ext.Note()"))
	}
	if hasErr && len(f.results) == 1 {
		f.p("return tx.Commit()")
	} else {
		f.p("tx.Commit()")
		f.ret("nil")
	}
	f.p("}\nfail:\n%s", f.one("tx.Rollback()", "tx.Rollback()", "_ = tx.Rollback()", "if err != nil {\ntx.Rollback()\n}"))
	f.ret("err")
}

// managed runs a literal in a runner.
func (f *function) managed() {
	r := f.helper("runner")
	lit := &function{generator: f.generator, dir: f.dir, outer: f, buf: newBuffer(), budget: f.budget, goal: goalBorrow, free: f.free}
	lit.params = []param{{"tx", "*sql.Tx"}}
	lit.results = []param{{"", "error"}}
	lit.declare("tx", "*sql.Tx")
	lit.open = []*handle{{expr: "tx", borrowed: true}}
	lit.statements(lit.budget)
	lit.succeed()
	call := r.call(f, map[string]string{"fn": fmt.Sprintf("func%s {\n%s}", lit.signature(), lit.buf)})
	f.p("if err := %s; err != nil {", call)
	f.block(func() {
		f.declare("err", "error")
		f.leave("err")
	})
	f.p("}")
}

func newBuffer() *strings.Builder { return &strings.Builder{} }

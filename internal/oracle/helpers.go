package oracle

import (
	"fmt"
	"strings"
)

// A helper is a function that the case's functions call.
type helper struct {
	kind, name, dir string
	// params are the names of the parameters in the arguments of call.
	params []param
}

// call returns a call of the helper from f. What the arguments do not name is
// made up.
func (b *helper) call(f *function, args map[string]string) string {
	var out []string
	for _, p := range b.params {
		arg, ok := args[p.name]
		switch {
		case ok:
		case p.typ == "*sql.DB":
			arg = "db"
		case p.typ == "bool":
			if arg = f.a("bool"); arg == "" {
				arg = f.one("true", "false", "ext.Flag()")
			}
		case p.typ == "int":
			if arg = f.a("int"); arg == "" {
				arg = f.one("0", "1")
			}
		case p.typ == "[]int":
			arg = "ext.Items()"
		default:
			arg = "nil"
		}
		out = append(out, arg)
	}
	name := b.name
	if b.dir != f.dir {
		name = b.dir + "." + name
	}
	return name + "(" + strings.Join(out, ", ") + ")"
}

// helper returns a helper of a kind: one that there is, or a new one.
func (f *function) helper(kind string) *helper {
	var known []*helper
	for _, b := range f.made[kind] {
		if f.dir == "p" || b.dir == "q" {
			known = append(known, b)
		}
	}
	if len(known) > 0 && f.chance(60) {
		return known[f.IntN(len(known))]
	}
	dir := "q"
	if f.dir == "p" && f.chance(65) {
		dir = "p"
	}
	f.helpers++
	b := &helper{kind: kind, dir: dir, name: fmt.Sprintf("H%d_%d", f.id, f.helpers)}
	g := &function{generator: f.generator, dir: dir, name: b.name, budget: 2 + f.IntN(3)}
	b.fill(g)
	f.made[kind] = append(f.made[kind], b)
	return b
}

// beginHelper returns a helper that begins, or none that can be made here.
func (f *function) beginHelper() *helper {
	if f.chance(25) {
		return f.helper("beginOK")
	}
	return f.helper("begin")
}

// borrower returns a helper that works with a transaction. Only a function that
// owns the transaction calls one that may end it: where its caller could not
// tell, the engine trusts the callee, see docs/contract.md.
func (f *function) borrower() *helper {
	if f.chance(30) && !f.lent() {
		return f.helper("maybeFinish")
	}
	return f.helper("borrow")
}

// lent reports whether f works with a transaction of its caller.
func (f *function) lent() bool {
	for g := f; g != nil; g = g.outer {
		if g.goal == goalBorrow && g.outer == nil {
			return true
		}
		for _, h := range g.open {
			if h.borrowed {
				return true
			}
		}
	}
	return false
}

func (g *function) out() *strings.Builder {
	if g.dir == "q" {
		return &g.generator.q
	}
	return &g.generator.p
}

// lentTx is the parameter of helpers that are lent a transaction.
var lentTx = param{"tx", "*sql.Tx"}

// fill makes the function of the helper.
func (b *helper) fill(g *function) {
	g.results = []param{{"", "error"}}
	if g.chance(30) {
		g.results = []param{{"err", "error"}}
	}
	switch b.kind {
	case "begin":
		g.beginner()
	case "beginOK":
		g.beginnerOK()
	case "borrow":
		g.worker()
	case "maybeFinish":
		g.finishesOnError()
	case "rollback":
		g.rollsBack()
	case "rollbackErr":
		g.rollsBackErr()
	case "commit":
		g.commits()
	case "finishErr":
		g.finishes()
	case "finishPtr":
		g.finishesThrough()
	case "runner":
		g.params = []param{{"db", "*sql.DB"}, {"fn", "func(*sql.Tx) error"}}
		g.write(g.out(), g.runner)
	}
	b.params = g.params
}

// text makes a helper whose body is one of these texts.
func (g *function) text(bodies ...string) {
	g.write(g.out(), func() { g.p("%s", g.one(bodies...)) })
}

// beginner makes a helper that begins and hands the transaction out.
func (g *function) beginner() {
	g.params = []param{{"db", "*sql.DB"}}
	g.inputs(1)
	g.results = []param{{"", "*sql.Tx"}, {"", "error"}}
	if g.chance(30) {
		g.results = []param{{"res", "*sql.Tx"}, {"err", "error"}}
	}
	g.goal = goalHandOver
	g.write(g.out(), g.body)
}

// beginnerOK makes one that says by a bool whether it worked.
func (g *function) beginnerOK() {
	g.params = []param{{"db", "*sql.DB"}}
	g.results = []param{{"", "*sql.Tx"}, {"", "bool"}}
	g.write(g.out(), func() {
		g.p("tx, err := db.Begin()")
		if g.chance(50) {
			g.p("if err != nil {\nreturn nil, false\n}\nreturn tx, true")
		} else {
			g.p("return tx, err == nil")
		}
	})
}

// worker makes a helper that works with a transaction and leaves it alone.
func (g *function) worker() {
	g.params, g.goal = []param{lentTx}, goalBorrow
	g.inputs(1)
	g.write(g.out(), func() {
		g.open = []*handle{{expr: "tx", borrowed: true}}
		g.body()
	})
}

// finishesOnError makes a helper that works with a transaction and ends it where
// that fails.
func (g *function) finishesOnError() {
	g.params = []param{lentTx}
	g.write(g.out(), func() {
		g.p("if _, err := tx.Exec(\"UPDATE t SET a = 1\"); err != nil {\n%s\nreturn err\n}", g.one("tx.Rollback()", "return errors.Join(err, tx.Rollback())"))
		g.p("return nil")
	})
}

func (g *function) rollsBack() {
	g.params, g.results = []param{lentTx}, nil
	g.lends(lentTx.name, "Rollback() error", 20)
	ways := []string{
		"tx.Rollback()", "_ = tx.Rollback()", "if err := tx.Rollback(); err != nil {\next.Note(err)\n}",
		"defer tx.Rollback()\next.Note()", "if tx != nil {\ntx.Rollback()\n}",
	}
	if g.typeParams != "" {
		ways = ways[:len(ways)-1] // what is of a type parameter is not compared with nil
	}
	g.text(ways...)
}

func (g *function) rollsBackErr() {
	g.params, g.results = []param{lentTx}, []param{{"", "error"}}
	g.text(
		"return tx.Rollback()", "if err := tx.Rollback(); err != nil {\nreturn fmt.Errorf(\"rollback: %w\", err)\n}\nreturn nil",
		"if tx == nil {\nreturn nil\n}\nreturn tx.Rollback()", "err := tx.Rollback()\nif err != nil && !errors.Is(err, sql.ErrTxDone) {\nreturn err\n}\nreturn nil",
	)
}

// commits makes a helper that commits, or rolls back and returns an error.
func (g *function) commits() {
	g.params, g.results = []param{lentTx}, []param{{"", "error"}}
	g.text(
		"if err := tx.Commit(); err != nil {\nreturn fmt.Errorf(\"commit: %w\", err)\n}\nreturn nil",
		"err := tx.Commit()\nreturn err",
		"if err := ext.Step(); err != nil {\ntx.Rollback()\nreturn err\n}\nif err := tx.Commit(); err != nil {\nreturn err\n}\nreturn nil",
		"defer tx.Rollback()\nif err := ext.Step(); err != nil {\nreturn err\n}\nreturn tx.Commit()",
		"err := ext.Step()\nif err == nil {\nerr = tx.Commit()\n} else {\ntx.Rollback()\n}\nreturn err",
	)
}

// finishes makes a helper that is told by an error how to end a transaction.
func (g *function) finishes() {
	g.params, g.results = []param{lentTx, {"err", "error"}}, []param{{"", "error"}}
	g.lends(lentTx.name, "Commit() error; Rollback() error", 25)
	g.text(
		"if err != nil {\ntx.Rollback()\nreturn err\n}\nreturn tx.Commit()",
		"if err == nil {\nreturn tx.Commit()\n}\nreturn errors.Join(err, tx.Rollback())",
		"switch err {\ncase nil:\nreturn tx.Commit()\ndefault:\ntx.Rollback()\nreturn err\n}",
		"defer tx.Rollback()\nif err != nil {\nreturn err\n}\nreturn tx.Commit()",
	)
}

// finishesThrough makes a helper that is given the address of that error.
func (g *function) finishesThrough() {
	g.params, g.results = []param{lentTx, {"err", "*error"}}, nil
	g.text(
		"if *err != nil {\ntx.Rollback()\nreturn\n}\n*err = tx.Commit()",
		"if *err == nil {\n*err = tx.Commit()\n} else {\ntx.Rollback()\n}",
		"e := *err\nif e != nil {\nif rerr := tx.Rollback(); rerr != nil {\n*err = errors.Join(e, rerr)\n}\n} else {\n*err = tx.Commit()\n}",
	)
}

// lends has a parameter be of a type that has these methods, an interface or a
// type parameter, so many times of a hundred.
func (f *function) lends(name, methods string, percent int) {
	if !f.chance(percent) {
		return
	}
	typ := "interface{ " + methods + " }"
	if f.chance(50) {
		f.typeParams, typ = "[T "+typ+"]", "T"
	}
	for i, p := range f.params {
		if p.name == name {
			f.params[i].typ = typ
		}
	}
}

// ender returns a value of an interface type whose method ends a transaction;
// there are one or two types that have the method.
func (f *function) ender() string {
	f.helpers++
	name := fmt.Sprintf("%d_%d", f.id, f.helpers)
	out := &f.generator.p
	fmt.Fprintf(out, "\ntype I%s interface{ end(tx *sql.Tx) error }\n", name)
	impls := []string{"A"}
	if f.chance(40) {
		impls = append(impls, "B")
	}
	for _, i := range impls {
		fmt.Fprintf(out, "\ntype %s%s struct{}\n\nfunc (%s%s) end(tx *sql.Tx) error {\n%s\n}\n", i, name, i, name,
			f.one("return tx.Rollback()", "if err := tx.Rollback(); err != nil {\nreturn err\n}\nreturn nil"))
	}
	v := f.fresh("by")
	f.p("var %s I%s = %s%s{}", v, name, impls[0], name)
	if len(impls) > 1 {
		f.p("if ext.Flag() {\n%s = B%s{}\n}", v, name)
	}
	f.declare(v, "ender")
	return v
}

// runner makes the body of a function that runs another in a transaction.
func (f *function) runner() {
	h := f.transaction()
	switch f.IntN(3) {
	case 0:
		f.p("if err := fn(%s); err != nil {", h.arg(f))
		f.block(func() {
			f.declare("err", "error")
			f.leave("err")
		})
		f.p("}")
	case 1:
		e := f.fresh("err")
		if f.errHere() {
			f.p("err = fn(%s)", h.arg(f))
			e = "err"
		} else {
			f.p("%s := fn(%s)", e, h.arg(f))
			f.declare(e, "error")
		}
		f.p("if %s != nil {", e)
		f.block(func() { f.leave(e) })
		f.p("}")
	case 2:
		f.statements(1)
		f.p("if err := fn(%s); err != nil {", h.arg(f))
		f.block(func() {
			f.declare("err", "error")
			f.leave("err")
		})
		f.p("}")
	}
	f.succeed()
}

// arg returns the handle as an argument.
func (h *handle) arg(f *function) string {
	if h.expr != "" {
		return h.expr
	}
	return "nil"
}

// A unit is a type that holds a transaction.
type unit struct {
	name, dir string
	exported  bool
}

// unitType returns a unit of work that f can use.
func (f *function) unitType() *unit {
	for _, u := range f.units {
		if u.dir == f.dir || u.dir == "q" {
			if f.chance(70) {
				return u
			}
		}
	}
	u := &unit{dir: "q", name: fmt.Sprintf("U%d_%d", f.id, len(f.units)), exported: f.chance(50)}
	if f.dir == "p" && f.chance(65) {
		u.dir = "p"
	}
	f.units = append(f.units, u)
	g := &function{generator: f.generator, dir: u.dir}
	out := g.out()
	field := u.field()
	fmt.Fprintf(out, "\ntype %s struct {\ndb *sql.DB\n%s *sql.Tx\ndone bool\n}\n", u.name, field)
	fmt.Fprintf(out, "\nfunc (u *%s) Begin() error {\n%s\n}\n", u.name, g.one(
		"tx, err := u.db.Begin()\nif err != nil {\nreturn err\n}\nu."+field+" = tx\nreturn nil",
		"var err error\nu."+field+", err = u.db.Begin()\nreturn err",
	))
	fmt.Fprintf(out, "\nfunc (u *%s) Commit() error {\n%s\n}\n", u.name, g.one(
		"return u."+field+".Commit()",
		"u.done = true\nreturn u."+field+".Commit()",
		"err := u."+field+".Commit()\nif err != nil {\nreturn fmt.Errorf(\"commit: %w\", err)\n}\nreturn nil",
	))
	fmt.Fprintf(out, "\nfunc (u *%s) Rollback() error {\n%s\n}\n", u.name, g.one(
		"return u."+field+".Rollback()",
		"if u."+field+" == nil {\nreturn nil\n}\nreturn u."+field+".Rollback()",
		"if u.done {\nreturn nil\n}\nreturn u."+field+".Rollback()",
	))
	fmt.Fprintf(out, "\nfunc New%s(db *sql.DB) *%s { return &%s{db: db} }\n", u.name, u.name, u.name)
	fmt.Fprintf(out, "\nfunc Open%s(db *sql.DB) (*%s, error) {\n%s\n}\n", u.name, u.name, g.one(
		"u := &"+u.name+"{db: db}\nif err := u.Begin(); err != nil {\nreturn nil, err\n}\nreturn u, nil",
		"tx, err := db.Begin()\nif err != nil {\nreturn nil, err\n}\nreturn &"+u.name+"{db: db, "+field+": tx}, nil",
		"tx, err := db.Begin()\nif err != nil {\nreturn nil, err\n}\nif _, err := tx.Exec(\"SET x\"); err != nil {\n"+g.one("tx.Rollback()\n", "tx.Rollback()\n", "")+"return nil, err\n}\nreturn &"+u.name+"{"+field+": tx}, nil",
	))
	return u
}

func (u *unit) field() string {
	if u.exported {
		return "Tx"
	}
	return "tx"
}

// beginUnit makes a unit of work that begins.
func (f *function) beginUnit() *handle {
	u := f.unitType()
	prefix := ""
	if u.dir != f.dir {
		prefix = u.dir + "."
	}
	name := f.fresh("u")
	h := &handle{commit: name + ".Commit()", rollback: name + ".Rollback()"}
	if u.exported || prefix == "" {
		h.expr = name + "." + u.field()
		if f.chance(25) {
			h.commit = h.expr + ".Commit()"
		}
		if f.chance(25) {
			h.rollback = h.expr + ".Rollback()"
		}
	}
	if f.chance(50) {
		f.p("%s, err := %sOpen%s(db)", name, prefix, u.name)
		f.declare(name, "unit")
		f.declare("err", "error")
		f.failed("err != nil", "err")
		return h
	}
	f.p("%s := %sNew%s(db)", name, prefix, u.name)
	f.declare(name, "unit")
	f.p("if err := %s.Begin(); err != nil {", name)
	f.block(func() {
		f.declare("err", "error")
		f.leave("err")
	})
	f.p("}")
	return h
}

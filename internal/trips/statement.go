package trips

import (
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/txlint/txlint/internal/catalog"
)

// statement is the occurrence of a call that the catalog knows.
func (f *flow) statement(c ssa.CallInstruction, t *target) (occurrence, bool) {
	o := occurrence{site: site{pos: c.Pos(), call: c}}
	switch t.row.Does {
	case catalog.ReadTrip, catalog.TextTrip:
	case catalog.WriteTrip, catalog.ExecTrip:
		o.Write = true
	default:
		return o, false
	}
	o.Lib, o.Instead = t.row.Path, t.row.Instead
	o.What = t.obj.Pkg().Name() + "." + t.row.Func
	text := f.textOf(t)
	if text == nil {
		o.Write = o.Write || f.writesWhenPrepared(t)
	} else {
		shown := template(text)
		if takesLock(shown) {
			o.Doubts |= Locks
		}
		switch statementKind(shown) {
		case "read":
			o.Write = o.Write && t.row.Does != catalog.ExecTrip
		case "write":
			o.Write = o.Write || t.row.Does == catalog.TextTrip
		case "schema":
			return o, false
		default: // the text comes from the callers
			if t.row.Does == catalog.TextTrip {
				o.Write = f.writesByName()
			}
		}
	}
	if t.recv == 1 && (f.copiesIn(t.inputs[0]) || f.altersSchema(t.inputs[0])) {
		return o, false
	}
	for i, in := range t.inputs {
		if i == 0 && t.recv == 1 && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		if in == text && !asksForRow(template(text)) || f.isDestination(t, i) || f.a.rows.IsHandle(in.Type()) && !f.a.rows.IsFluent(in.Type()) {
			continue
		}
		if root, _ := f.root(in); text != nil && in != text && slices.Contains(f.stored[root], text) {
			o.deps = o.deps.or(f.beside(f.stored[root], text))
			continue
		}
		o.deps = o.deps.or(f.deep(in))
	}
	return o, true
}

// beside is what the arguments of a variadic call derive from of which one is
// the text of the statement.
func (f *flow) beside(args []ssa.Value, text ssa.Value) set {
	var d set
	for _, x := range args {
		if x != text || asksForRow(template(text)) {
			d = d.or(f.deep(x))
		}
	}
	return d
}

// textOf returns the text of the statement that the target is given, nil if it
// takes none.
func (f *flow) textOf(t *target) ssa.Value {
	params := t.params.Params()
	for i := range params.Len() {
		p := params.At(i)
		b, ok := p.Type().Underlying().(*types.Basic)
		if !ok || b.Kind() != types.String {
			continue
		}
		switch p.Name() {
		case "query", "sql", "q":
			return t.inputs[t.recv+i]
		case "": // a method of an interface need not name what it takes
			if params.Len() == 1 && t.obj != nil && t.obj.Pkg() != nil && catalog.IsLibrary(t.obj.Pkg().Path()) {
				return t.inputs[t.recv+i]
			}
		}
		if t.params.Variadic() && i == params.Len()-2 && (!t.known || t.row.Does != catalog.WriteTrip && t.row.Does != catalog.ReadTrip) {
			return t.inputs[t.recv+i]
		}
	}
	if t.params.Variadic() && params.Len() == 1 && params.At(0).Name() == "sqlOrArgs" {
		root, _ := f.root(t.inputs[t.recv])
		if args := f.stored[root]; len(args) > 0 {
			return args[0]
		}
	}
	return nil
}

// isDestination reports whether the input is only where the answer goes.
func (f *flow) isDestination(t *target, i int) bool {
	if i -= t.recv; i < 0 || i >= t.params.Params().Len() {
		return false
	}
	switch name := t.params.Params().At(i).Name(); name {
	case "dest", "rowsSlicePtr", "obj":
		return catalog.TripLibraryOf(t.obj.Pkg().Path()) != nil && !strings.HasSuffix(t.obj.Pkg().Path(), "gorm")
	}
	return false
}

// prepared returns the call that prepared the statement v, nil if that is not in
// view.
func prepared(v ssa.Value) *ssa.Call {
	for range 4 {
		switch x := v.(type) {
		case *ssa.UnOp:
			alloc, ok := x.X.(*ssa.Alloc)
			if !ok {
				return nil
			}
			if v = onlyStore(alloc); v == nil {
				return nil
			}
		case *ssa.Extract:
			v = x.Tuple
		case *ssa.Call:
			return x
		default:
			return nil
		}
	}
	return nil
}

// copiesIn reports whether the prepared statement v was prepared from the text
// that lets its Exec only buffer: that of pq's CopyIn.
func (f *flow) copiesIn(v ssa.Value) bool {
	c := prepared(v)
	if c == nil {
		return false
	}
	for _, arg := range c.Call.Args {
		call, ok := arg.(*ssa.Call)
		if !ok {
			continue
		}
		if fn := call.Call.StaticCallee(); fn != nil && strings.HasPrefix(fn.Name(), "CopyIn") {
			return true
		}
	}
	return false
}

// writesWhenPrepared reports whether the receiver of the target is a statement
// that was prepared from a text that changes rows, or, where its text is not in
// view, that the function changes some by its name.
func (f *flow) writesWhenPrepared(t *target) bool {
	if t.recv == 0 || f.a.rows.IsFluent(t.inputs[0].Type()) {
		return false
	}
	kind := ""
	if c := prepared(t.inputs[0]); c != nil {
		text := f.textOf(f.target(c))
		if text == nil {
			return false
		}
		kind = statementKind(template(text))
	}
	return kind == "write" || kind == "" && nameOf(t.inputs[0].Type()) == "Stmt" && f.writesByName()
}

// writesByName reports whether the function changes rows as far as its name tells.
func (f *flow) writesByName() bool {
	fn := f.fn
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	writes, ok, _ := verbOf(strings.ToUpper(fn.Name()[:1]) + fn.Name()[1:])
	return ok && writes
}

// schemaBuilder matches the names of the methods by which the builders of
// libraries begin a statement that changes a schema.
var schemaBuilder = regexp.MustCompile(`^(New)?(Create|Drop|Rename|Add|Alter|Truncate)(Unique)?(Table|Column|Index|View|PrimaryKey|ForeignKey)$`)

// altersSchema reports whether v is a statement under construction, of a library,
// that changes a schema.
func (f *flow) altersSchema(v ssa.Value) bool {
	for range 16 {
		c, ok := v.(*ssa.Call)
		if !ok {
			return false
		}
		t := f.target(c)
		if t.obj == nil || t.obj.Pkg() == nil || !catalog.IsLibrary(t.obj.Pkg().Path()) || t.recv == 0 {
			return false
		}
		if schemaBuilder.MatchString(t.obj.Name()) {
			return true
		}
		if text := f.textOf(t); text != nil && statementKind(template(text)) == "schema" {
			return true
		}
		v = t.inputs[0]
	}
	return false
}

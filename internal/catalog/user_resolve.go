package catalog

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// complete fills in what the row leaves to the signature of fn.
func (c *Catalog) complete(r UserRow, does Effect, fn *types.Func) (Call, error) {
	sig := fn.Signature()
	out := row(does, r.local())
	out.Lazy, out.Waits, out.Writes = r.Lazy || r.Waits, r.Waits, r.Writes
	var err error
	if out.Err, err = errorResult(r.Error, sig); err != nil {
		return out, err
	}
	switch does {
	case Begin:
		if out.Result, err = handleResult(r.Result, sig); err == nil && r.Context != nil {
			out.Ctx, err = contextParameter(*r.Context, sig)
		}
		if err == nil {
			out.Options, err = optionsParameter(r.Options, sig)
		}
		if err == nil && r.Writable != nil {
			out.Write, err = truthParameter(*r.Writable, sig)
		}
	case Commit, Rollback, Finish, Derive:
		out.From, err = c.ended(r.Parameter, sig)
		if err == nil && does == Derive {
			out.Result, err = handleResult(nil, sig)
		}
	case Managed:
		if out.Callback, err = callback(r.Callback, sig); err == nil {
			out.Options, err = optionsParameter(r.Options, sig)
		}
	case Statement:
		if r.Sends == "text" && !takesText(sig) {
			err = wrong("sends", "it takes no text: its parameters are %s", sig.Params())
		}
	case Release, Start:
		if sig.Recv() == nil {
			err = wrong("function", "only a method can be what is %q", r.Does)
		}
	}
	return out, err
}

// within returns an error if there is no parameter or result of that index.
func within(field string, i int, of *types.Tuple, what string) error {
	if i < of.Len() {
		return nil
	}
	return wrong(field, "there is no %s %d: it has %d, counted from 0", what, i, of.Len())
}

func errorResult(given *int, sig *types.Signature) (int, error) {
	n := sig.Results().Len()
	if given == nil {
		if n > 0 && isError(sig.Results().At(n-1).Type()) {
			return n - 1, nil
		}
		return None, nil
	}
	if err := within("error", *given, sig.Results(), "result"); err != nil {
		return None, err
	}
	if t := sig.Results().At(*given).Type(); !isError(t) {
		return None, wrong("error", "result %d is no error but %s", *given, t)
	}
	return *given, nil
}

// handleResult returns the index of the result that can be a handle.
func handleResult(given *int, sig *types.Signature) (int, error) {
	if given != nil {
		if err := within("result", *given, sig.Results(), "result"); err != nil {
			return None, err
		}
		if t := sig.Results().At(*given).Type(); !canBeHandle(t) {
			return None, wrong("result", "result %d cannot be a handle: it is %s", *given, t)
		}
		return *given, nil
	}
	for i := range sig.Results().Len() {
		if canBeHandle(sig.Results().At(i).Type()) {
			return i, nil
		}
	}
	return None, wrong("does", "it hands out no handle: its results are %s", sig.Results())
}

func contextParameter(i int, sig *types.Signature) (int, error) {
	if err := within("context", i, sig.Params(), "parameter"); err != nil {
		return None, err
	}
	if t := sig.Params().At(i).Type(); !isContext(t) {
		return None, wrong("context", "parameter %d is no context but %s", i, t)
	}
	return i, nil
}

// optionsParameter returns the index of the parameter that can make a
// transaction read-only, None if none is given.
func optionsParameter(given *int, sig *types.Signature) (int, error) {
	if given == nil {
		return None, nil
	}
	if err := within("options", *given, sig.Params(), "parameter"); err != nil {
		return None, err
	}
	if t := sig.Params().At(*given).Type(); isContext(t) || isFunc(t) {
		return None, wrong("options", "parameter %d says nothing of transactions: it is %s", *given, t)
	}
	return *given, nil
}

// takesText reports whether some parameter is a text.
func takesText(sig *types.Signature) bool {
	for p := range sig.Params().Variables() {
		if b, ok := p.Type().Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			return true
		}
	}
	return false
}

func truthParameter(i int, sig *types.Signature) (int, error) {
	if err := within("writable", i, sig.Params(), "parameter"); err != nil {
		return None, err
	}
	t := sig.Params().At(i).Type()
	if b, ok := t.Underlying().(*types.Basic); !ok || b.Info()&types.IsBoolean == 0 {
		return None, wrong("writable", "parameter %d is neither true nor false but %s", i, t)
	}
	return i, nil
}

// ended returns the index of the parameter that a call ends or derives from,
// None for the receiver. Where that is not given it is a parameter that is known
// to be a transaction; else the receiver; else the first that can be one.
func (c *Catalog) ended(given *int, sig *types.Signature) (int, error) {
	if given != nil {
		if err := within("parameter", *given, sig.Params(), "parameter"); err != nil {
			return None, err
		}
		return *given, nil
	}
	first := None
	for i := range sig.Params().Len() {
		t := sig.Params().At(i).Type()
		if _, typ, ok := c.Handle(t); ok && (typ.Role == Tx || typ.Role == Either) {
			return i, nil
		}
		if first == None && canBeHandle(t) {
			first = i
		}
	}
	if sig.Recv() != nil {
		return None, nil
	}
	if first == None {
		return None, wrong("does", "it takes nothing that can be a transaction: its parameters are %s", sig.Params())
	}
	return first, nil
}

func callback(given *int, sig *types.Signature) (int, error) {
	if given != nil {
		if err := within("callback", *given, sig.Params(), "parameter"); err != nil {
			return None, err
		}
		if t := sig.Params().At(*given).Type(); !isFunc(t) {
			return None, wrong("callback", "parameter %d is no function but %s", *given, t)
		}
		return *given, nil
	}
	at := None
	for i := range sig.Params().Len() {
		if !isFunc(sig.Params().At(i).Type()) {
			continue
		}
		if at != None {
			return None, wrong("does", "it takes several functions: say which by callback")
		}
		at = i
	}
	if at == None {
		return None, wrong("does", "it takes no function: its parameters are %s", sig.Params())
	}
	return at, nil
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}

func isFunc(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// canBeHandle reports whether a value of type t can be a transaction: it has a
// name or points to what has one, or is an interface, and is neither an error
// nor a context nor a plain value.
func canBeHandle(t types.Type) bool {
	if isError(t) || isContext(t) || isFunc(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return !isError(u.Elem()) && typeName(t) != nil
	case *types.Interface:
		return true
	case *types.Struct:
		return typeName(t) != nil
	}
	return false
}

// Resolve looks what the row is about up in its package, and says in words what
// it comes to. The error is a [*UserError].
func (c *Catalog) Resolve(r UserRow, pkg *types.Package) (string, error) {
	if r.Function != "" {
		fn, ok := pkg.Scope().Lookup(r.Function).(*types.Func)
		if !ok {
			return "", unknown("function", "function", r.Function, declared(pkg, func(o types.Object) bool { _, ok := o.(*types.Func); return ok }))
		}
		return c.resolveCall(r, fn)
	}
	tn, ok := pkg.Scope().Lookup(r.Type).(*types.TypeName)
	if !ok {
		return "", unknown("type", "type", r.Type, declared(pkg, func(o types.Object) bool { _, ok := o.(*types.TypeName); return ok }))
	}
	if r.Method == "" {
		return c.resolveType(r, tn)
	}
	obj, _, _ := types.LookupFieldOrMethod(tn.Type(), true, pkg, r.Method)
	fn, ok := obj.(*types.Func)
	if !ok {
		return "", unknown("method", "method", r.Method, methodNames(tn.Type()))
	}
	fn = fn.Origin()
	if owner := typeName(fn.Signature().Recv().Type()); owner == nil || owner.Name() != tn.Name() || owner.Pkg() != tn.Pkg() {
		return "", wrong("method", "%s.%s is %s: a row must name that", r.Type, r.Method, strings.NewReplacer("(", "", ")", "", "*", "").Replace(fn.FullName()))
	}
	return c.resolveCall(r, fn)
}

func (c *Catalog) resolveType(r UserRow, tn *types.TypeName) (string, error) {
	if tn.IsAlias() {
		if n, ok := types.Unalias(tn.Type()).(*types.Named); ok && n.Obj() != tn {
			return "", wrong("type", "%s is another name of %s: a row must name that", r.Type, types.TypeString(n, nil))
		}
	}
	if r.ErrorField != "" {
		st, ok := tn.Type().Underlying().(*types.Struct)
		if !ok {
			return "", wrong("error-field", "%s is no struct", r.Type)
		}
		var names []string
		for f := range st.Fields() {
			names = append(names, f.Name())
		}
		if !slices.Contains(names, r.ErrorField) {
			return "", unknown("error-field", "field", r.ErrorField, names)
		}
	}
	if r.Is == cursorWord && !slices.Contains(methodNames(tn.Type()), "Next") {
		return "", wrong("is", "%s has no method Next", r.Type)
	}
	if r.DoneError != "" {
		if v, ok := tn.Pkg().Scope().Lookup(r.DoneError).(*types.Var); !ok || !isError(v.Type()) {
			return "", unknown("done-error", "error variable", r.DoneError, declared(tn.Pkg(), func(o types.Object) bool {
				v, ok := o.(*types.Var)
				return ok && isError(v.Type())
			}))
		}
	}
	if r.Is == "" {
		return "a type: " + short(tn.Type()), nil
	}
	return r.Is, nil
}

func (c *Catalog) resolveCall(r UserRow, fn *types.Func) (string, error) {
	w, _ := named(effectWords, r.Does)
	call, err := c.complete(r, w.is, fn)
	if err != nil {
		return "", err
	}
	return describe(r, call, fn.Signature()), nil
}

// describe says in words what a call does, with what its signature told.
func describe(r UserRow, call Call, sig *types.Signature) string {
	text := r.Does
	parameter := func(i int) string {
		if i == None {
			return "its receiver"
		}
		p := sig.Params().At(i)
		if p.Name() == "" || p.Name() == "_" {
			return fmt.Sprintf("parameter %d, %s", i, short(p.Type()))
		}
		return fmt.Sprintf("%s %s", p.Name(), short(p.Type()))
	}
	switch call.Does {
	case Begin:
		text += ": hands out " + short(sig.Results().At(call.Result).Type())
		if call.Err == None {
			text += ", cannot fail"
		}
	case Commit, Rollback, Finish:
		text += ": ends " + parameter(call.From)
	case Derive:
		text += ": from " + parameter(call.From)
	case Managed:
		text += ": calls " + parameter(call.Callback)
	case Statement:
		text += ": " + map[Trip]string{
			ReadTrip: "reads", WriteTrip: "writes", TextTrip: "as its text says", ExecTrip: "as its text says, else it writes",
			BulkTrip: "many at once", NoTrip: "sends nothing by itself",
		}[r.trip()]
	}
	return text
}

// short writes a type with the names of packages.
func short(t types.Type) string { return types.TypeString(t, (*types.Package).Name) }

// declared lists the names of the objects of a package of which want holds.
func declared(pkg *types.Package, want func(types.Object) bool) []string {
	var out []string
	for _, name := range pkg.Scope().Names() {
		if want(pkg.Scope().Lookup(name)) {
			out = append(out, name)
		}
	}
	return out
}

// methodNames lists the methods of t and of pointers to it.
func methodNames(t types.Type) []string {
	if !types.IsInterface(t) {
		t = types.NewPointer(t)
	}
	ms := types.NewMethodSet(t)
	var out []string
	for m := range ms.Methods() {
		out = append(out, m.Obj().Name())
	}
	return out
}

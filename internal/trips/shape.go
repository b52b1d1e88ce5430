package trips

import (
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/txlint/txlint/internal/catalog"
)

// carries reports whether a value of type t can say which row is meant. A
// context, an error and a truth value do not.
func carries(t types.Type) bool {
	if isContext(t) || isError(t) {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return !ok || b.Info()&types.IsBoolean == 0 && b.Kind() != types.UntypedNil
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// canFail reports whether the last result of a function is an error.
func canFail(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n > 0 && isError(sig.Results().At(n-1).Type())
}

// isBatch reports whether a value of type t stands for many rows: it is a slice
// or a map of anything but bytes, a structure of columns, or a condition, which
// is a function in generated clients and is true of as many rows as it likes.
func isBatch(t types.Type) bool {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Slice:
		return !isByte(u.Elem())
	case *types.Array:
		return !isByte(u.Elem())
	case *types.Map, *types.Chan:
		return true
	case *types.Pointer:
		return isBatch(u.Elem())
	case *types.Struct:
		return ofColumns(u)
	}
	return false
}

// ofColumns reports whether a structure has a column of many rows in each field,
// as the parameters of generated queries over arrays have, but for one at most,
// which all rows share.
func ofColumns(s *types.Struct) bool {
	columns := 0
	for f := range s.Fields() {
		if c, ok := types.Unalias(f.Type()).Underlying().(*types.Slice); ok && !isByte(c.Elem()) {
			columns++
		}
	}
	return columns > 1 && columns >= s.NumFields()-1
}

func isByte(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Uint8 || b.Kind() == types.Int8)
}

// executor reports whether m, a method of an interface, is how code asks for
// any of several handles: it runs the text of a statement, and what it
// returns belongs to a database library. Writes tells whether it is for
// statements without rows.
func executor(m *types.Func) (writes, ok bool) {
	sig := m.Signature()
	exec := strings.Contains(m.Name(), "Exec")
	if !exec && !strings.Contains(m.Name(), "Query") || sig.Results().Len() == 0 || !sig.Variadic() {
		return false, false
	}
	text := false
	for v := range sig.Params().Variables() {
		b, basic := v.Type().Underlying().(*types.Basic)
		text = text || basic && b.Kind() == types.String
	}
	return exec, text && ofDatabase(sig.Results().At(0).Type())
}

// ofDatabase reports whether t belongs to a database library.
func ofDatabase(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return false
	}
	path := n.Obj().Pkg().Path()
	return catalog.IsLibrary(path) || path == "github.com/jackc/pgconn"
}

// repositoryTypes are the last words in the names of interfaces that stand
// before a database; otherTypes are those that may stand before other stores as
// well.
var (
	repositoryTypes = []string{"Repository", "Repo", "Repositories", "DAO", "Dao", "Querier"}
	otherTypes      = []string{"Store", "Datastore", "DataStore", "Persister", "Database"}
)

// repositoryPackages are the packages whose interfaces do.
var repositoryPackages = []string{"db", "database", "repository", "repositories", "repo", "repos", "dao", "datastore", "persistence", "dal"}

// otherStores are words in the names of interfaces that keep something
// elsewhere than in a database.
var otherStores = []string{
	"cache", "memory", "session", "cookie", "blob", "object", "file", "bucket", "artifact", "secret", "config", "image",
	"registry", "token", "lock", "queue", "vector", "embedding", "metric", "trace", "redis", "media", "asset", "git", "oci", "content", "kv", "index", "search",
}

var readVerbs = []string{"Get", "Find", "List", "Load", "Fetch", "Count", "Exists", "Exist", "Has", "Read", "Query", "Select", "Lookup", "Search", "Retrieve"}

var writeVerbs = []string{"Create", "Insert", "Add", "Save", "Update", "Delete", "Remove", "Upsert", "Put", "Store", "Mark", "Increment", "Set", "Replace", "Archive", "Purge"}

// storeCall reports whether m, a method of an interface that nobody in view
// implements, reads or writes rows of a database by what it is called: its
// signature takes a key beside the context, and can fail.
func storeCall(m *types.Func, named bool) (writes, ok bool) {
	sig := m.Signature()
	if !canFail(sig) {
		return false, false
	}
	keys := 0
	for v := range sig.Params().Variables() {
		if _, fn := v.Type().Underlying().(*types.Signature); fn {
			return false, false
		}
		if carries(v.Type()) {
			keys++
		}
	}
	if keys == 0 {
		return false, false
	}
	writes, verb, bare := verbOf(m.Name())
	if named {
		return writes, true
	}
	if asksForSetting(m) {
		return false, false
	}
	// Get and Set of a Store, and no more, are those of any store of keys.
	if bare && slices.Contains(otherTypes, receiverName(m)) {
		return false, false
	}
	return writes, verb && repository(m)
}

// settings are what methods are called that hand out one of many settings by its
// name: these are kept in memory, wherever they come from.
var settings = regexp.MustCompile(`^(Get|Read|Load|Lookup|Must)(String|Int|Int32|Int64|Uint|Uint64|Bool|Float|Float64|Duration|Time|Bytes|Strings|StringSlice|StringMap)$`)

// asksForSetting reports whether the method m asks for a setting by its name.
func asksForSetting(m *types.Func) bool { return settings.MatchString(m.Name()) }

// verbOf returns whether the name of a method begins with a verb for reading or
// writing, and whether that is all there is to it.
func verbOf(name string) (writes, ok, bare bool) {
	for _, v := range readVerbs {
		if startsWord(name, v) {
			return false, true, name == v
		}
	}
	for _, v := range writeVerbs {
		if startsWord(name, v) {
			return true, true, name == v
		}
	}
	return false, false, false
}

// startsWord reports whether name begins with the word, and not with a longer
// one: Setup does not begin with Set.
func startsWord(name, word string) bool {
	rest, ok := strings.CutPrefix(name, word)
	return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z' || strings.HasPrefix(rest, "s"))
}

// repository reports whether the interface of m stands before a database, as
// far as its name and that of its package tell.
func repository(m *types.Func) bool {
	recv := types.Unalias(m.Signature().Recv().Type())
	n, ok := recv.(*types.Named)
	if !ok || n.Obj().Pkg() == nil || !strings.Contains(n.Obj().Pkg().Path(), ".") {
		return false
	}
	name, pkg := n.Obj().Name(), n.Obj().Pkg().Name()
	if strings.HasPrefix(strings.ToLower(name), "config") {
		return false // read at the start, and kept
	}
	for _, s := range repositoryTypes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	if speaksSQL(n) {
		return true
	}
	lower := strings.ToLower(name + " " + pkg)
	for _, w := range otherStores {
		if strings.Contains(lower, w) {
			return false
		}
	}
	for _, s := range otherTypes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return slices.Contains(repositoryPackages, pkg) && keepsRows(n)
}

// keepsRows reports whether the interface has at least two methods with a verb
// that can fail, or one that also takes a context: what a package calls itself
// says little of an interface with a single method, such as a setter of fields.
func keepsRows(n *types.Named) bool {
	iface, ok := n.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	verbs := 0
	for m := range iface.Methods() {
		sig := m.Signature()
		if _, verb, _ := verbOf(m.Name()); !verb || !canFail(sig) {
			continue
		}
		if sig.Params().Len() > 0 && isContext(sig.Params().At(0).Type()) {
			return true
		}
		verbs++
	}
	return verbs > 1
}

// speaksSQL reports whether a method of the interface takes or hands out
// something of a database library: whoever implements it has one.
func speaksSQL(n *types.Named) bool {
	iface, ok := n.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for m := range iface.Methods() {
		sig := m.Signature()
		for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
			for v := range tuple.Variables() {
				if ofDatabase(v.Type()) {
					return true
				}
			}
		}
	}
	return false
}

// receiverName returns the name of the type of the method m.
func receiverName(m *types.Func) string { return nameOf(m.Signature().Recv().Type()) }

// perElement says which parameters of the callback, a parameter of the
// function fn of which nothing else is known, are elements of a collection
// that fn is given. Types tell: fn has a parameter, or its receiver is, a
// collection of what the callback takes.
func perElement(sig *types.Signature, callback int) []bool {
	f, ok := sig.Params().At(callback).Type().Underlying().(*types.Signature)
	if !ok {
		return nil
	}
	var of []types.Type
	for i := range sig.Params().Len() {
		if i != callback {
			of = append(of, elementTypes(sig.Params().At(i).Type())...)
		}
	}
	if sig.Recv() != nil {
		of = append(of, elementTypes(sig.Recv().Type())...)
	}
	out := make([]bool, f.Params().Len())
	found := false
	for i := range out {
		t := f.Params().At(i).Type()
		for _, e := range of {
			if types.Identical(t, e) || types.Identical(t, types.NewPointer(e)) {
				out[i], found = true, true
			}
		}
	}
	if !found {
		return nil
	}
	return out
}

// elementTypes returns the types of the elements of a collection, and of its
// keys, as far as they can be matched: type parameters by what they stand
// for, others if they have a name.
func elementTypes(t types.Type) []types.Type {
	t = types.Unalias(t)
	if tp, ok := t.(*types.TypeParam); ok {
		if core := coreOf(tp); core != nil {
			t = core
		}
	}
	var out []types.Type
	add := func(e types.Type) {
		switch types.Unalias(e).(type) {
		case *types.TypeParam, *types.Named, *types.Pointer:
			out = append(out, e)
		}
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		add(u.Elem())
	case *types.Map:
		add(u.Key())
		add(u.Elem())
	case *types.Struct: // it may walk one of its fields
		for v := range u.Fields() {
			switch c := types.Unalias(v.Type()).Underlying().(type) {
			case *types.Slice:
				add(c.Elem())
			case *types.Map:
				add(c.Elem())
			}
		}
	case *types.Signature: // an iterator
		if u.Params().Len() == 1 && u.Results().Len() == 0 {
			if yield, ok := u.Params().At(0).Type().Underlying().(*types.Signature); ok {
				for v := range yield.Params().Variables() {
					add(v.Type())
				}
			}
		}
	}
	return out
}

// coreOf returns the one type that the constraint ~T of a type parameter names.
func coreOf(tp *types.TypeParam) types.Type {
	iface, ok := tp.Constraint().Underlying().(*types.Interface)
	if !ok || iface.NumEmbeddeds() != 1 {
		return nil
	}
	u, ok := types.Unalias(iface.EmbeddedType(0)).(*types.Union)
	if !ok || u.Len() != 1 {
		return nil
	}
	return u.Term(0).Type()
}

// runsIt reports whether a function of which nothing is known runs its callback
// before it returns, as far as its signature tells: the callback can fail and
// so can the function, or the function returns what the callback does.
func runsIt(sig *types.Signature, callback int) bool {
	f, ok := sig.Params().At(callback).Type().Underlying().(*types.Signature)
	if !ok || f.Results().Len() == 0 || sig.Results().Len() == 0 {
		return false
	}
	if canFail(f) && canFail(sig) {
		return true
	}
	for r := range f.Results().Variables() {
		if _, ok := types.Unalias(r.Type()).(*types.TypeParam); !ok {
			continue
		}
		for s := range sig.Results().Variables() {
			if types.Identical(r.Type(), s.Type()) {
				return true
			}
		}
	}
	return false
}

// starters are the functions that run what they are given in a goroutine.
var starters = map[string]bool{
	"(*golang.org/x/sync/errgroup.Group).Go": true, "(*golang.org/x/sync/errgroup.Group).TryGo": true, "(*sync.WaitGroup).Go": true,
	"(*sync.Once).Do": true, "(*github.com/sourcegraph/conc/pool.Pool).Go": true, "(*github.com/sourcegraph/conc/pool.ErrorPool).Go": true,
	"(*github.com/sourcegraph/conc/pool.ContextPool).Go": true, "(*github.com/sourcegraph/conc.WaitGroup).Go": true,
}

// walkers are the methods that call back for each element of their receiver
// without its type saying so.
var walkers = map[string]bool{
	"(*sync.Map).Range": true, "(*container/ring.Ring).Do": true,
}

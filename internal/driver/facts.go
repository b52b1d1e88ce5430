package driver

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/objectpath"
)

// A factStore holds the facts that the analysis of one package exported. It is
// written while that package is analysed, by one goroutine, and only read
// afterwards.
type factStore struct {
	objects  map[objectKey]analysis.Fact
	packages map[reflect.Type]analysis.Fact
}

type objectKey struct {
	object types.Object
	fact   reflect.Type
}

func newFactStore() *factStore {
	return &factStore{objects: make(map[objectKey]analysis.Fact), packages: make(map[reflect.Type]analysis.Fact)}
}

// A portableFact is a fact about the object at a path, or about the package if
// that is empty, without references into types.
type portableFact struct {
	Object objectpath.Path
	Fact   analysis.Fact
}

// registerFacts makes the facts of analyzers known to those that write and
// read them.
func registerFacts(analyzers []*analysis.Analyzer) {
	for _, a := range analyzers {
		for _, f := range a.FactTypes {
			gob.Register(f)
		}
	}
}

// encode returns the facts in the form in which they are kept, in an order of
// their own. Facts about objects that importers cannot reach are left out.
func (s *factStore) encode() ([]byte, error) {
	var all []portableFact
	paths := new(objectpath.Encoder)
	for key, fact := range s.objects {
		if path, err := paths.For(key.object); err == nil {
			all = append(all, portableFact{path, fact})
		}
	}
	for _, fact := range s.packages {
		all = append(all, portableFact{"", fact})
	}
	if len(all) == 0 {
		return nil, nil
	}
	slices.SortFunc(all, func(a, b portableFact) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(fmt.Sprintf("%T", a.Fact), fmt.Sprintf("%T", b.Fact)))
	})
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(all)
	return b.Bytes(), err
}

// decodeFacts returns the facts that encode wrote about the objects of pkg.
// Those whose objects are not there are left out.
func decodeFacts(encoded []byte, pkg *types.Package) (*factStore, error) {
	store := newFactStore()
	if len(encoded) == 0 {
		return store, nil
	}
	var all []portableFact
	if err := gob.NewDecoder(bytes.NewReader(encoded)).Decode(&all); err != nil {
		return store, err
	}
	for _, f := range all {
		if f.Object == "" {
			store.packages[reflect.TypeOf(f.Fact)] = f.Fact
		} else if obj, err := objectpath.Object(pkg, f.Object); err == nil {
			store.objects[objectKey{obj, reflect.TypeOf(f.Fact)}] = f.Fact
		}
	}
	return store, nil
}

// exportedFacts are the facts of a unit as its importers see them. They are
// decoded when the first importer asks.
type exportedFacts struct {
	encoded []byte
	types   *types.Package // as importers see it
	once    sync.Once
	store   *factStore
}

func (e *exportedFacts) get() *factStore {
	e.once.Do(func() {
		// What cannot be decoded was never encoded: it came from a cache,
		// which has checked that it is what was put in.
		e.store, _ = decodeFacts(e.encoded, e.types)
	})
	return e.store
}

// A factBase finds the facts of a package by its types.
type factBase struct {
	mu       sync.RWMutex
	exported map[*types.Package]*exportedFacts
}

func (b *factBase) add(e *exportedFacts) {
	if e.types == nil { // nobody can import it
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.exported[e.types] = e
}

// of returns the facts of a package that was analysed.
func (b *factBase) of(pkg *types.Package) *factStore {
	b.mu.RLock()
	e := b.exported[pkg]
	b.mu.RUnlock()
	if e == nil {
		return nil
	}
	return e.get()
}

// importers returns the functions by which a pass over u imports facts: its own
// and those of the packages below.
func (b *factBase) importers(u *unit) (func(types.Object, analysis.Fact) bool, func(*types.Package, analysis.Fact) bool) {
	of := func(pkg *types.Package) *factStore {
		if pkg == u.types {
			return u.facts
		}
		return b.of(pkg)
	}
	object := func(obj types.Object, ptr analysis.Fact) bool {
		store := of(obj.Pkg())
		return store != nil && copyFact(store.objects[objectKey{obj, reflect.TypeOf(ptr)}], ptr)
	}
	pkg := func(pkg *types.Package, ptr analysis.Fact) bool {
		store := of(pkg)
		return store != nil && copyFact(store.packages[reflect.TypeOf(ptr)], ptr)
	}
	return object, pkg
}

func copyFact(fact, ptr analysis.Fact) bool {
	if fact == nil {
		return false
	}
	reflect.ValueOf(ptr).Elem().Set(reflect.ValueOf(fact).Elem())
	return true
}

// visible calls f for the facts of u, which is being analysed, and of all units
// below it.
func visible(u *unit, f func(*types.Package, *factStore)) {
	seen := map[*unit]bool{u: true}
	var visit func(deps []*unit)
	visit = func(deps []*unit) {
		for _, dep := range deps {
			if seen[dep] {
				continue
			}
			seen[dep] = true
			visit(dep.deps)
			if e := dep.exported; e.types != nil {
				f(e.types, e.get())
			}
		}
	}
	visit(u.deps)
	f(u.types, u.facts)
}

// allObjectFacts returns the object facts that a's pass over u can see.
func allObjectFacts(a *analysis.Analyzer, u *unit) []analysis.ObjectFact {
	wanted := factTypes(a)
	var facts []analysis.ObjectFact
	visible(u, func(_ *types.Package, store *factStore) {
		for key, fact := range store.objects {
			if wanted[key.fact] {
				facts = append(facts, analysis.ObjectFact{Object: key.object, Fact: fact})
			}
		}
	})
	return facts
}

// allPackageFacts returns the package facts that a's pass over u can see.
func allPackageFacts(a *analysis.Analyzer, u *unit) []analysis.PackageFact {
	wanted := factTypes(a)
	var facts []analysis.PackageFact
	visible(u, func(pkg *types.Package, store *factStore) {
		for typ, fact := range store.packages {
			if wanted[typ] {
				facts = append(facts, analysis.PackageFact{Package: pkg, Fact: fact})
			}
		}
	})
	return facts
}

func factTypes(a *analysis.Analyzer) map[reflect.Type]bool {
	set := make(map[reflect.Type]bool, len(a.FactTypes))
	for _, f := range a.FactTypes {
		set[reflect.TypeOf(f)] = true
	}
	return set
}

// exporters returns the functions by which a pass over u exports facts. mayRun
// is called first, and panics if the pass is over.
func exporters(u *unit, mayRun func(what string)) (func(types.Object, analysis.Fact), func(analysis.Fact)) {
	object := func(obj types.Object, fact analysis.Fact) {
		mayRun("ExportObjectFact")
		if obj.Pkg() != u.types {
			panic("a fact about an object of another package: " + obj.String())
		}
		u.facts.objects[objectKey{obj, reflect.TypeOf(fact)}] = fact
	}
	pkg := func(fact analysis.Fact) {
		mayRun("ExportPackageFact")
		u.facts.packages[reflect.TypeOf(fact)] = fact
	}
	return object, pkg
}

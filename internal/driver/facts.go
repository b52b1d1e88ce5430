package driver

import (
	"go/types"
	"reflect"
	"sync"

	"golang.org/x/tools/go/analysis"
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

// A factBase finds the facts of a package by its types.
type factBase struct {
	mu     sync.RWMutex
	stores map[*types.Package]*factStore
}

func (b *factBase) add(pkg *types.Package, s *factStore) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stores[pkg] = s
}

func (b *factBase) of(pkg *types.Package) *factStore {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.stores[pkg]
}

// objectFact copies the fact of obj of the type of ptr to *ptr, and reports
// whether there is one.
func (b *factBase) objectFact(obj types.Object, ptr analysis.Fact) bool {
	store := b.of(obj.Pkg())
	if store == nil {
		return false
	}
	return copyFact(store.objects[objectKey{obj, reflect.TypeOf(ptr)}], ptr)
}

// packageFact copies the fact of pkg of the type of ptr to *ptr, and reports
// whether there is one.
func (b *factBase) packageFact(pkg *types.Package, ptr analysis.Fact) bool {
	store := b.of(pkg)
	if store == nil {
		return false
	}
	return copyFact(store.packages[reflect.TypeOf(ptr)], ptr)
}

func copyFact(fact, ptr analysis.Fact) bool {
	if fact == nil {
		return false
	}
	reflect.ValueOf(ptr).Elem().Set(reflect.ValueOf(fact).Elem())
	return true
}

// visible calls f for the facts of u and of all units below it.
func visible(u *unit, f func(*unit)) {
	seen := make(map[*unit]bool)
	var visit func(u *unit)
	visit = func(u *unit) {
		if seen[u] {
			return
		}
		seen[u] = true
		for _, dep := range u.deps {
			visit(dep)
		}
		if u.facts != nil {
			f(u)
		}
	}
	visit(u)
}

// allObjectFacts returns the object facts that a's pass over u can see.
func allObjectFacts(a *analysis.Analyzer, u *unit) []analysis.ObjectFact {
	wanted := factTypes(a)
	var facts []analysis.ObjectFact
	visible(u, func(u *unit) {
		for key, fact := range u.facts.objects {
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
	visible(u, func(u *unit) {
		for typ, fact := range u.facts.packages {
			if wanted[typ] {
				facts = append(facts, analysis.PackageFact{Package: u.types, Fact: fact})
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

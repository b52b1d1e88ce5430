package txflow

import (
	"cmp"
	flags "flag"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// long makes the robustness test take the whole standard library and every
// dependency of this module and of those below testdata and examples, which
// lasts some minutes:
//
//	go test ./internal/txflow -run Everything -long -v -timeout 120m
var long = flags.Bool("long", false, "solve the whole standard library and all dependencies, not only a sample")

// TestEverythingIsSolvedWithoutFailure forces the engine over code that has
// nothing to do with databases, and over the libraries themselves, which it
// otherwise leaves to the catalog: no panic, no hang, no function that takes
// long, no fact that is large.
func TestEverythingIsSolvedWithoutFailure(t *testing.T) {
	t.Parallel()
	if *long {
		root := moduleRoot(t)
		for _, m := range []struct {
			name     string
			patterns []string
		}{
			{".", []string{"std", "./..."}},
			{"testdata", []string{"./..."}},
			{"examples/shop", []string{"./..."}},
		} {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				solvePackages(t, loadSources(t, filepath.Join(root, filepath.FromSlash(m.name)), true, m.patterns...), slow)
			})
		}
		return
	}
	sample := []string{
		"bufio", "context", "database/sql", "encoding/json", "fmt", "io", "sort", "strconv", "strings", "sync", "time",
		"github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/pgxpool", "github.com/jmoiron/sqlx", "gorm.io/gorm",
	}
	pkgs := slices.DeleteFunc(loadSources(t, filepath.Join("..", "..", "testdata"), false, sample...), func(p *sourcePackage) bool {
		return !slices.Contains(sample, p.types.Path())
	})
	assert.Len(t, pkgs, len(sample), "packages of the sample")
	solvePackages(t, pkgs, 0)
}

// solvePackages forces the engine over the packages and fails the test where a
// function takes longer than allowed, if that is not zero: only a run that has
// the machine to itself can say so.
func solvePackages(t *testing.T, pkgs []*sourcePackage, allowed time.Duration) {
	t.Helper()
	store := newFactStore()
	var all []cost
	for _, p := range pkgs {
		for _, c := range store.solveEverything(t, p) {
			if c.stack != "" {
				t.Errorf("%s: panic: %s", c.fn, c.stack)
			}
			if allowed > 0 && c.took > allowed {
				t.Errorf("%s took %v", c.fn, c.took)
			}
			all = append(all, c)
		}
	}
	largest, of := 0, ""
	for obj, e := range store.facts {
		if b := checkFact(t, obj.String(), e); len(b) > largest {
			largest, of = len(b), obj.String()
		}
	}
	slices.SortFunc(all, func(x, y cost) int { return cmp.Compare(y.took, x.took) })
	var sum time.Duration
	for _, c := range all {
		sum += c.took
	}
	t.Logf("%d packages, %d solves in %v; %d facts, the largest has %d bytes: %s", len(pkgs), len(all), sum, len(store.facts), largest, of)
	for _, c := range all[:min(20, len(all))] {
		t.Logf("%10v %s", c.took.Round(time.Millisecond), c.fn)
	}
}

package txflow

import (
	"cmp"
	flags "flag"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// long makes the robustness test take the whole standard library and every
// dependency of the example modules, which lasts some minutes:
//
//	go test ./internal/txflow -run Everything -long -v -timeout 60m
var long = flags.Bool("long", false, "solve the whole standard library and all dependencies, not only a sample")

// TestEverythingIsSolvedWithoutFailure forces the engine over code that has
// nothing to do with databases: no panic, no hang, no function that takes long.
func TestEverythingIsSolvedWithoutFailure(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	type module struct {
		dir      string
		tests    bool
		patterns []string
	}
	sample := []module{{root, false, []string{"database/sql", "encoding/json"}}}
	if *long {
		sample = []module{
			{root, true, []string{"std", "cmd/compile/...", "./..."}},
			{filepath.Join(root, "testdata"), true, []string{"./..."}},
			{filepath.Join(root, "examples", "shop"), true, []string{"./..."}},
		}
	}
	for _, m := range sample {
		t.Run(filepath.Base(m.dir), func(t *testing.T) {
			t.Parallel()
			store := newFactStore()
			var all []cost
			for _, p := range loadSources(t, m.dir, m.tests, m.patterns...) {
				for _, c := range store.solveEverything(p) {
					if c.stack != "" {
						t.Errorf("%s: panic: %s", c.fn, c.stack)
					}
					if c.took > slow {
						t.Errorf("%s took %v", c.fn, c.took)
					}
					all = append(all, c)
				}
			}
			slices.SortFunc(all, func(x, y cost) int { return cmp.Compare(y.took, x.took) })
			var sum time.Duration
			for _, c := range all {
				sum += c.took
			}
			t.Logf("%d solves in %v, %d facts", len(all), sum, len(store.facts))
			for _, c := range all[:min(20, len(all))] {
				t.Logf("%10v %s", c.took.Round(time.Millisecond), c.fn)
			}
		})
	}
}

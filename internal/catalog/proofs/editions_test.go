package proofs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/catalog"
)

// What an edition is said to lack has a row in the library, and the edition
// has it not; what it is said to have instead is not as in the library.
func TestEditionsDiffer(t *testing.T) {
	t.Parallel()
	libs, err := libraries()
	require.NoError(t, err)
	all, err := senders()
	require.NoError(t, err)
	for _, l := range all {
		libs = append(libs, loaded{catalog.Library{Path: l.TripLibrary.Path, Module: l.TripLibrary.Module}, l.pkg, l.version})
	}
	has := func(module, name string) bool {
		for _, l := range libs {
			if l.Module != module {
				continue
			}
			if l.pkg.Scope().Lookup(name) != nil {
				return true
			}
			if _, err := l.lookup(name); err == nil {
				return true
			}
		}
		return false
	}
	rows := namesOfRows()
	for _, e := range catalog.Editions() {
		t.Run(e.Module, func(t *testing.T) {
			for _, name := range e.Lacks {
				assert.True(t, rows[e.Of][name], "%s has no row", name)
				assert.False(t, has(e.Module, name), "it has %s", name)
			}
			for _, c := range e.Instead {
				for _, l := range libs {
					if l.Path == e.Of {
						assert.NotContains(t, l.Calls, c)
					}
				}
			}
			assert.NotEmpty(t, rows[e.Module])
		})
	}
}

// namesOfRows returns what has rows, by module.
func namesOfRows() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	add := func(module string, names ...string) {
		if out[module] == nil {
			out[module] = map[string]bool{}
		}
		for _, name := range names {
			out[module][name] = true
		}
	}
	for _, l := range catalog.Libraries() {
		add(l.Module, l.Results...)
		for _, t := range l.Types {
			add(l.Module, t.Name)
		}
		for _, c := range l.Calls {
			add(l.Module, c.Func)
		}
	}
	for _, l := range catalog.TripLibraries() {
		for _, c := range l.Calls {
			add(l.Module, c.Func)
		}
		for _, name := range l.Cursors {
			add(l.Module, name+".Next")
		}
	}
	return out
}

package oracle_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/oracle"
)

var survivors = flag.Int("oracle.survivors", 5, "how many mutants that are not reported to print")

var (
	mutants = flag.Int("oracle.mutants", 250, "how many mutants of generated functions to try at most")
	cell    = flag.Int("oracle.cell", 20, "how many mutants that do damage to look for in each cell")
	least   = flag.Int("oracle.least", 0, "fail where a cell has fewer")
)

// enough is the part of the damage in a cell that must be reported.
const enough = 0.95

// TestMutantsAreKilled takes generated functions whose runs show no damage,
// changes one thing in each, and wants what the runs show then to be reported.
func TestMutantsAreKilled(t *testing.T) {
	t.Parallel()
	h := &oracle.Hunt{Judge: judge(t), Want: *cell, Most: *mutants, Seed: *first, Size: *size, Log: t.Logf}
	k, err := h.Run(t.Context())
	require.NoError(t, err)
	t.Logf("%s", k)
	checkKills(t, k)
	for _, c := range oracle.Cells() {
		if r := k.ByCell[c]; *least > 0 && (r == nil || r.Damaged < *least) {
			t.Errorf("%s: too few mutants do damage", c)
		}
	}
}

func checkKills(t *testing.T, k *oracle.Kills) {
	t.Helper()
	damaged := 0
	for cell, rate := range k.ByCell {
		damaged += rate.Damaged
		assert.GreaterOrEqual(t, float64(rate.Killed), enough*float64(rate.Damaged), "%s", cell)
	}
	assert.Positive(t, damaged)
	for i, s := range k.Survivors {
		if i < *survivors {
			t.Logf("survives: %s\n%s", s, s.Case)
		}
	}
}

var nth = flag.Int("oracle.corpus", 5, "try every so many-th mutant of the functions of the corpus that are right; 1 tries all")

// corpus are the packages of the corpus that can be run: those over
// database/sql, each after those that it imports.
var corpus = []string{
	"earlyreturn/helpers/ctxtx", "earlyreturn/helpers/quiet", "earlyreturn/helpers/txkit",
	"earlyreturn/sqldb", "earlyreturn/values", "earlyreturn/idioms",
	"txowner/helpers/ledger", "txowner/helpers/runner", "txowner/sqldb", "txowner/across",
	"txdone/helpers/jobs", "txdone/sqldb", "txdone/across", "txdone/wrappers",
}

// outside are functions of the corpus that are right by more than the contract
// speaks of.
var outside = map[string]string{
	"UndoStackOK": "what finishes is kept in a slice of functions",
	"UndoSliceOK": "what finishes is kept in a slice of functions",
}

// TestMutantsOfTheCorpusAreKilled does the same to the functions of the corpus
// that are right and that can be run.
func TestMutantsOfTheCorpusAreKilled(t *testing.T) {
	t.Parallel()
	var sources []oracle.Source
	for _, dir := range corpus {
		sources = append(sources, oracle.Source{Path: "example.com/corpus/" + dir, Dir: "../../testdata/" + dir})
	}
	c, err := oracle.Load("zz", sources)
	require.NoError(t, err)
	c.Given = true
	j := judge(t)
	clones := oracle.Clones(c, func(name string) bool { return strings.HasSuffix(name, "OK") && outside[name] == "" })
	sound, left, err := j.SoundClones(t.Context(), clones, c)
	require.NoError(t, err)
	for _, fn := range slices.Sorted(maps.Keys(left)) {
		t.Logf("left out: %s: %s", fn, left[fn])
	}
	var ms []*oracle.Mutant
	functions := map[string]bool{}
	for i, k := range sound {
		if i%max(1, *nth) == 0 {
			ms = append(ms, k.Mutant)
		}
		functions[k.Dir+"."+k.Of] = true
	}
	k, err := j.Kill(t.Context(), ms, c)
	require.NoError(t, err)
	t.Logf("%d functions run, %d are left out, %d mutants possible\n%s", len(functions), len(left), len(sound), k)
	checkKills(t, k)
}

var shop = flag.Bool("oracle.shop", false, "also try all mutants of the repaired example application, which takes long")

// TestMutantsOfTheShopAreKilled does the same to the repaired version of the
// example application.
func TestMutantsOfTheShopAreKilled(t *testing.T) {
	if !*shop {
		t.Skip("takes long; -oracle.shop runs it")
	}
	const dir = "../../examples/shop/"
	c, err := oracle.Load("zz", []oracle.Source{
		{Path: "example.com/shop/internal/domain", Dir: dir + "internal/domain"},
		{Path: "example.com/shop/fixed/store", Dir: dir + "fixed/store"},
		{Path: "example.com/shop/fixed/service", Dir: dir + "fixed/service"},
	})
	require.NoError(t, err)
	j := judge(t)
	sound, err := j.Sound(t.Context(), []*oracle.Case{c})
	require.NoError(t, err)
	require.Len(t, sound, 1, "the repaired shop does damage, or does not compile")
	changes := oracle.Changes(c)
	total := &oracle.Kills{ByCell: map[oracle.Cell]*oracle.Rate{}}
	const batch = 30
	for at := 0; at < len(changes); at += batch {
		var some []*oracle.Mutant
		for i, ch := range changes[at:min(at+batch, len(changes))] {
			some = append(some, ch.Mutant().Moved(fmt.Sprintf("zz%d", at+i)))
		}
		k, err := j.Kill(t.Context(), some)
		require.NoError(t, err)
		total.Add(k)
	}
	t.Logf("%d mutants made\n%s", len(changes), total)
	checkKills(t, total)
}

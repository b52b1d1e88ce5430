package trips

import (
	"bytes"
	"encoding/gob"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/catalog"
)

func TestAnalyzerIsValid(t *testing.T) {
	t.Parallel()
	assert.NoError(t, analysis.Validate([]*analysis.Analyzer{New(new(string), new(catalog.Rows))}))
}

// randomSet has up to eight bits of the first four words.
func randomSet(r *rand.Rand) set {
	var s set
	for range r.IntN(8) {
		s = s.or(single(r.IntN(4 * 64)))
	}
	return s
}

// The sets are a lattice: or is their join, subsetOf their order, and neither
// changes what it is given.
func TestSetLaws(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b, c := randomSet(r), randomSet(r), randomSet(r)
		before := append(set(nil), a...)
		ab := a.or(b)
		assert.True(t, a.subsetOf(ab) && b.subsetOf(ab), "an upper bound")
		assert.True(t, ab.subsetOf(b.or(a)) && b.or(a).subsetOf(ab), "commutative")
		assert.True(t, ab.or(c).subsetOf(a.or(b.or(c))) && a.or(b.or(c)).subsetOf(ab.or(c)), "associative")
		assert.True(t, a.or(a).subsetOf(a), "idempotent")
		assert.Equal(t, a.empty(), a.subsetOf(nil))
		less := a.withoutRole(element)
		assert.True(t, less.subsetOf(a))
		assert.Equal(t, a.inputs(), less.inputs(), "inputs are no roles")
		for loop := range 10 {
			assert.False(t, less.has(roleBit(loop, element)))
			assert.Equal(t, a.has(roleBit(loop, counter)), less.has(roleBit(loop, counter)))
		}
		gathered := a.asGathered()
		assert.Zero(t, gathered.inputs())
		assert.Equal(t, a.inputs()|a.gatheredInputs(), gathered.gatheredInputs())
		assert.Equal(t, before, append(set(nil), a...), "nothing changes a set")
	}
}

func TestInputsBeyondTheMaskAreNotFollowed(t *testing.T) {
	t.Parallel()
	assert.Zero(t, inputBit(maxInputs))
	assert.Zero(t, inputBit(-1))
	assert.True(t, inputBit(maxInputs-1).has(maxInputs-1))
	assert.False(t, Mask(1).has(-1))
}

func TestStatementKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SELECT 1":                                     "read",
		"  select *\nfrom t":                           "read",
		"(SELECT 1) UNION (SELECT 2)":                  "read",
		"-- name: GetUser :one\nSELECT 1":              "read",
		"/* why */ INSERT INTO t VALUES (1)":           "write",
		"WITH x AS (SELECT 1) SELECT * FROM x":         "read",
		"WITH x AS (DELETE FROM t RETURNING 1) SELECT": "write",
		"UPDATE t SET x = 1":                           "write",
		"CREATE TABLE t (x int)":                       "schema",
		"PRAGMA foreign_keys = 1":                      "schema",
		hole:                                           "",
		"":                                             "",
	} {
		assert.Equal(t, want, statementKind(text), "%q", text)
	}
}

func TestAsksForRow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"SELECT * FROM t WHERE id = " + hole:               true,
		"INSERT INTO t VALUES (" + hole + ")":              true,
		"UPDATE t SET x = " + hole:                         true,
		"DELETE FROM t WHERE id IN (" + hole + ")":         true,
		"SELECT count(*) FROM " + hole:                     false,
		"DELETE FROM " + hole + " WHERE id = $1":           false,
		"ALTER TABLE " + hole + " SET TABLESPACE x":        false,
		"SELECT * FROM t WHERE id = $1":                    false,
		"UPDATE t SET " + hole + " = $1 WHERE id = $2":     false,
		"UPDATE t SET x = f(" + hole + "::bytea, $1)":      false,
		"SELECT * FROM t WHERE " + hole + " IS NOT NULL":   false,
		"SELECT * FROM t WHERE id = $1 ORDER BY " + hole:   false,
		"SELECT * FROM t WHERE " + hole:                    true,
		"SELECT * FROM t WHERE name LIKE '%" + hole + "%'": true,
		"UPDATE t SET n = n + " + hole + " WHERE id = $1":  true,
		"INSERT INTO t (a, b) VALUES ($1, " + hole + ")":   true,
		"UPDATE t SET " + hole + " WHERE id = $1":          true,
		hole: false,
		"SELECT * FROM " + hole + " WHERE name = '" + hole + "'": true,
	} {
		assert.Equal(t, want, asksForRow(text), "%q", text)
	}
}

func TestChangesSchema(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"DROP SCHEMA IF EXISTS ? CASCADE":       true,
		"alter table " + hole + " add column x": true,
		"CREATE UNIQUE INDEX i ON t (x)":        true,
		"CREATE OR REPLACE VIEW v AS SELECT 1":  true,
		"TRUNCATE TABLE t":                      true,
		"CREATE TEMPORARY TABLE t (x int)":      false,
		"CREATE LOCAL TEMP TABLE t (x int)":     false,
		"SAVEPOINT table1":                      false,
		"SET ROLE x":                            false,
		"INSERT INTO t VALUES ('DROP TABLE t')": false,
	} {
		assert.Equal(t, want, changesSchema(text), "%q", text)
	}
}

func TestSetsSavepoint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"SAVEPOINT " + hole:           true,
		"save transaction x":          true,
		"ROLLBACK TO SAVEPOINT x":     false,
		"RELEASE SAVEPOINT x":         false,
		"INSERT INTO savepoint (id)":  false,
		"SELECT * FROM save WHERE id": false,
	} {
		assert.Equal(t, want, setsSavepoint(text), "%q", text)
	}
}

func TestLimitNamed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]statedLimit{
		"MaxMetricsPerPlaybook":         {"metric", "playbook"},
		"MaximumTagsCountOfTransaction": {"tag", "transaction"},
		"max_entries":                   {"entry"},
		"AttachmentLimit":               {"attachment"},
		"maxHTTPHeaders":                {"http", "header"},
		"MaxAddressLines":               {"address", "line"},
		"MaxNumberOfBoxes":              {"box"},
		"Limit":                         nil,
		"Attachments":                   {"attachment"},
	} {
		got, ok := limitNamed(name)
		assert.Equal(t, want, got, name)
		assert.Equal(t, name != "Limit" && name != "Attachments", ok, name)
	}
}

func TestTakesLock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"SELECT pg_advisory_xact_lock($1)":          true,
		"SELECT pg_try_advisory_lock($1)":           true,
		"SELECT pg_advisory_unlock(" + hole + ")":   true,
		"SELECT * FROM pg_advisory_lock_shared($1)": true,
		"SELECT AcquireLock($1, $2)":                true,
		"select get_lock(?, 10)":                    true,
		"INSERT INTO lock (id) VALUES ($1)":         false,
		"SELECT id FROM lock WHERE id IN ($1)":      false,
		"SELECT block(id) FROM t":                   false,
		"UPDATE t SET locked = now()":               false,
		hole:                                        false,
	} {
		assert.Equal(t, want, takesLock(text), "%q", text)
	}
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]bool{ // writes, a verb at all, nothing else
		"GetUser":   {false, true, false},
		"Gets":      {false, true, false},
		"Get":       {false, true, true},
		"Getaway":   {false, false, false},
		"Setup":     {false, false, false},
		"SetStatus": {true, true, false},
		"Delete":    {true, true, true},
		"Close":     {false, false, false},
	} {
		writes, ok, bare := verbOf(name)
		assert.Equal(t, want, [3]bool{writes, ok, bare}, name)
	}
}

func TestPartsOfCollections(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"chunks": true, "idRanges": true, "split(…)": false, "batch": false, "batch.Items": false, "makeBatches(…)": true} {
		assert.Equal(t, want, ofParts(name), name)
	}
}

func randomTrip(r *rand.Rand) Trip {
	t := Trip{Write: r.IntN(2) == 0, What: string(rune('a' + r.IntN(3))), Deps: Mask(r.IntN(4)), Assumed: r.IntN(4) == 0}
	for range r.IntN(4) {
		t.Chain = append(t.Chain, strings.Repeat("f", 1+r.IntN(3)))
	}
	return t
}

// What is kept of many trips does not depend on the order in which they were
// found, is bounded, and has for each kind the shortest chain.
func TestShorten(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var trips []Trip
		for range r.IntN(30) {
			trips = append(trips, randomTrip(r))
		}
		kept := shorten(trips)
		assert.LessOrEqual(t, len(kept), maxTrips)
		shuffled := append([]Trip(nil), trips...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		assert.Equal(t, kept, shorten(shuffled))
		for _, k := range kept {
			for _, x := range trips {
				if x.Write == k.Write && x.Deps == k.Deps && !x.Assumed && !k.Assumed {
					assert.LessOrEqual(t, len(k.Chain), len(x.Chain))
				}
			}
		}
	}
}

// Every driver sends facts through gob: equal facts must be equal bytes, come
// back as they were, and stay small.
func TestFactsSurviveGob(t *testing.T) {
	t.Parallel()
	e := &Effect{
		Results: []Derived{{From: 1, Gathered: 2}, {}},
		Stores:  []Store{{To: 1, Derived: Derived{From: 4}}},
		Calls:   []FuncCall{{Input: 2, Args: []Arg{{From: 1, Element: true}}}},
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		e.Trips = append(e.Trips, randomTrip(r))
	}
	e.Trips = shorten(e.Trips)
	impl := &Implementations{Methods: []Implementation{{Method: "(p.I).M", Effect: *e}}}
	for _, fact := range []analysis.Fact{e, impl} {
		first, second := encode(t, fact), encode(t, fact)
		assert.Equal(t, first, second)
		assert.Less(t, len(first), 4096)
	}
	var back Effect
	require.NoError(t, gob.NewDecoder(bytes.NewReader(encode(t, e))).Decode(&back))
	assert.Equal(t, *e, back)
	assert.Contains(t, back.String(), "calls p2 per element")
}

func encode(t *testing.T, fact any) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gob.NewEncoder(&b).Encode(fact))
	return b.Bytes()
}

func TestCallsOfInputsAreBounded(t *testing.T) {
	t.Parallel()
	var calls []FuncCall
	for i := range 100 {
		calls = appendCall(calls, FuncCall{Input: i % 20})
		calls = appendCall(calls, FuncCall{Input: i % 20})
	}
	assert.Len(t, calls, maxCalls)
}

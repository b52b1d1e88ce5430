package txflow

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// conditionSource is a function that has begun a transaction and goes on with
// the text of a test.
const conditionSource = `package p

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

type in struct {
	ok  bool
	n   int
	err error
}

func (i *in) set() { i.ok = true }

var glob bool

func setGlob() { glob = true }

var (
	flag    atomic.Bool
	errStop = errors.New("stop")
)

func other() error { return errors.Join(io.EOF, errStop) }
func step() error
func str() string
func cond(i int) bool
func run(f func())
func use(xs ...any) string { return fmt.Sprint(xs...) }

func F(db *sql.DB, x float64, n int, u uint8, w uint64, yes bool, ip, iq *in, p []string, ch chan bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	BODY
}
`

// leaks returns whether the engine reports that F can return with its
// transaction open: definitely, possibly or not, and why.
func leaks(t *testing.T, body string) string {
	t.Helper()
	a := solverFor(t, strings.Replace(conditionSource, "BODY", body, 1))
	res := &Result{}
	a.solveAll(res)
	verdict := "no"
	for _, e := range a.finishEvents(res) {
		switch {
		case e.Kind != Exit:
		case e.Possible == "":
			verdict = "definitely"
		case verdict == "no":
			verdict = "possibly: " + e.Possible
		}
	}
	require.Empty(t, res.Failures)
	return verdict
}

// TestFeasibleLeaksAreFound has a path in each body that can be taken and
// leaves the transaction open. Where gap is set, the engine is known not to
// see it; the test says so when it does.
func TestFeasibleLeaksAreFound(t *testing.T) {
	t.Parallel()
	const commit = "; return tx.Commit()"
	for _, c := range []struct{ name, body, gap string }{
		{"between two integers", `if n > 2 { if n < 4 { return nil } }` + commit, ""},
		{"between two floats", `if x > 2 { if x < 3 { return nil } }` + commit, ""},
		{"a float that is no integer", `if x == 2.5 { if x > 2 { return nil } }` + commit, ""},
		{"not a number", `if x != x { return nil }` + commit, "a value is taken to be equal to itself"},
		{"between what was excluded", `if n != 1 { if n != 3 { if n == 2 { return nil } } }` + commit, ""},
		{"the least integer", `if n <= -9223372036854775808 { return nil }` + commit, ""},
		{"the greatest unsigned integer", `if w >= 18446744073709551615 { return nil }` + commit, ""},
		{"beyond the signed integers", `if w > 9223372036854775807 { return nil }` + commit, "ranges are those of int64"},
		{"a sum is another number", `if u > 2 { if u-1 < 2 { return nil } }` + commit, ""},
		{"shifted out", `u2 := u << 7; if u2 == 0 { if u != 0 { return nil } }` + commit, ""},
		{"cut off", `i8 := int8(n); if n > 200 { if i8 < 10 { return nil } }` + commit, ""},
		{"a counter that wraps", `var i int8 = 1; for cond(1) { i++ }; if i < 0 { return nil }` + commit, "counters are taken not to overflow"},
		{"strings in between", `s := str(); if s > "2" { if s < "3" { return nil } }` + commit, ""},
		{"two anonymous errors", `e1 := fmt.Errorf("a%d", n); if e1 == io.EOF { return tx.Commit() }; e2 := fmt.Errorf("b%d", n); if e2 == io.EOF { return nil }` + commit, ""},
		{"two unknown errors", `e1 := step(); if e1 == io.EOF { return tx.Commit() }; e2 := step(); if e2 == io.EOF { return nil }` + commit, ""},
		{"the same call twice", `if cond(1) { return tx.Commit() }; if cond(1) { return nil }` + commit, ""},
		{"two receives", `if <-ch { return tx.Commit() }; if <-ch { return nil }` + commit, ""},
		{"two loads of an atomic", `if flag.Load() { return tx.Commit() }; if flag.Load() { return nil }` + commit, ""},
		{"a call writes a field", `if ip.ok { return tx.Commit() }; ip.set(); if ip.ok { return nil }` + commit, ""},
		{"a call writes a global", `if glob { return tx.Commit() }; setGlob(); if glob { return nil }` + commit, ""},
		{"one of two pointers to the same", `q := &in{}; r := q; r.ok = true; if q.ok { return nil }` + commit, ""},
		{"parameters that are the same", `if ip.ok { return tx.Commit() }; iq.ok = true; if ip.ok { return nil }` + commit, "parameters are taken to point to different things"},
		{"an element of unknown index", `var a [3]bool; a[n] = true; if a[1] { return nil }` + commit, ""},
		{"a field of an element of unknown index", `xs := []in{{}, {}}; xs[n].ok = true; if xs[0].ok { return nil }` + commit, ""},
		{"a map is filled", `m := map[string]int{}; if len(m) == 0 { m["a"] = 1 }; if len(m) > 0 { return nil }` + commit, ""},
		{"a copy is written", `a := in{}; b := a; b.ok = true; if a.ok { return tx.Commit() }; if b.ok { return nil }` + commit, ""},
		{"an array is copied", `a := [2]bool{}; b := a; b[0] = true; if b[0] { return nil }` + commit, ""},
		{"an element of a range", `xs := []bool{false, true}; for _, x := range xs { if x { return nil } }` + commit, ""},
		{"a typed nil", `var q *in; var a any = q; if a != nil { return nil }` + commit, "an interface that holds a nil pointer is taken for nil"},
		{"constants of two types", `var a any = int32(1); var b any = 1; if a != b { return nil }` + commit, "constants are compared without their types"},
		{"set on the last round", `var q *in; for i := 0; i < n; i++ { if q != nil { return nil }; q = ip }` + commit, ""},
		{"a loop that counts to its end", `i := 0; for i < 3 { i++ }; if i == 3 { return nil }` + commit, ""},
		{"a goto loop", `i := 0; again: i++; if i < 3 { goto again }; if i == 3 { return nil }` + commit, ""},
		{"no round of a loop works", `for i := 0; i < 3; i++ { if err = step(); err == nil { break } }; if err != nil { return err }` + commit, ""},
		{"a literal writes", `ok := false; f := func() { ok = true }; f(); if ok { return nil }` + commit, ""},
		{"a callback writes", `ok := false; f := func() { ok = !ok }; run(f); if ok { return nil }` + commit, ""},
		{"a callback is never called", `k := 0; f := func() { k++ }; run(f); if k == 0 { return nil }` + commit, "a function that is passed on is taken to be called"},
		{"a type switch", `var v any = str(); switch v.(type) { case int: return tx.Commit(); case string: return nil }` + commit, ""},
		{"a conditional defer", `defer func() { if n > 3 { tx.Rollback() } }(); return nil`, ""},
		{"ten conditional fields", conditional(10, `if p[I] != "" { ip.n = I }`) + `if yes { return nil }` + commit, ""},
		{"ten conditional locals", conditional(10, `vI := "x"; if cond(I) { vI = p[I] }; use(vI)`) + `if yes { return nil }` + commit, ""},
		{"ten conditional variables with an address", conditional(10, `var vI string; if cond(I) { vI = p[I] }; use(&vI)`) + `if yes { return nil }` + commit, ""},
		{"ten conditional errors", "var errs []error; " + conditional(10, `if cond(I) { errs = append(errs, fmt.Errorf("I")) }`) + `if len(errs) > 0 { return errs[0] }` + commit, ""},
		{"ten steps", conditional(10, `if err := step(); err != nil { tx.Rollback(); return err }`) + `if yes { return nil }` + commit, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := leaks(t, c.body)
			if c.gap == "" {
				assert.Equal(t, "definitely", got, c.body)
			} else {
				assert.NotEqual(t, "definitely", got, "the gap is closed (%s): clear its entry", c.gap)
			}
		})
	}
}

// conditional repeats a statement with I replaced by 0 to 9.
func conditional(times int, piece string) string {
	var b strings.Builder
	for i := range times {
		b.WriteString(strings.ReplaceAll(piece, "I", string(rune('0'+i))) + "; ")
	}
	return b.String()
}

// TestInfeasibleLeaksAreNotReported has a path in each body that would leave
// the transaction open but that no run takes.
func TestInfeasibleLeaksAreNotReported(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body string }{
		{"the same condition", `if yes { tx.Commit() }; if !yes { tx.Rollback() }; return nil`},
		{"a stronger condition", `if n > 1 { tx.Commit() }; if n > 3 { return nil }; if n <= 1 { tx.Rollback() }; return nil`},
		{"the flipped condition", `if n > 1 { tx.Commit() } ; if 1 < n { return nil }; return tx.Commit()`},
		{"the negated condition", `if !(n >= 4) { return tx.Commit() }; if n < 4 { return nil }; return tx.Commit()`},
		{"all integers between", `if n > 0 && n < 3 { tx.Commit(); if n != 1 && n != 2 { return nil }; return nil }; return tx.Rollback()`},
		{"a length", `if len(p) == 0 { return tx.Commit() }; if len(p) < 1 { return nil }; return tx.Rollback()`},
		{"a length is not negative", `if len(p) < 0 { return nil }; return tx.Rollback()`},
		{"a flag", `done := false; if cond(1) { tx.Commit(); done = true }; if done { return nil }; return tx.Rollback()`},
		{"a counter", `k := 0; if cond(1) { tx.Commit(); k = 1 }; if k == 1 { return nil }; return tx.Rollback()`},
		{"an error", `err = step(); if err != nil { tx.Rollback() }; if err == nil { return tx.Commit() }; return err`},
		{"a stored error", `ip.err = step(); if ip.err != nil { tx.Rollback(); return ip.err }; if err := ip.err; err != nil { return err }; return tx.Commit()`},
		{"a made error", `e := fmt.Errorf("a"); if e == nil { return nil }; return tx.Rollback()`},
		{"errors.Is means not nil", `err = step(); if errors.Is(err, io.EOF) { if err == nil { return nil }; return tx.Rollback() }; return tx.Commit()`},
		{"a package's error is not nil", `if errStop == nil { return nil }; return tx.Rollback()`},
		{"a switch without default", `switch { case yes: return tx.Commit(); case !yes: return tx.Rollback() }; return nil`},
		{"a pointer that was dereferenced by nobody", `q := &in{}; if q == nil { return nil }; return tx.Rollback()`},
		{"a field", `if ip.ok { return tx.Commit() }; if ip.ok { return nil }; return tx.Rollback()`},
		{"a parameter that is compared twice", `if ip == nil { return tx.Commit() }; if ip == nil { return nil }; return tx.Rollback()`},
		{"a deferred rollback", `defer tx.Rollback(); if yes { return step() }; return tx.Commit()`},
		{"a deferred literal", `ok := false; defer func() { if !ok { tx.Rollback() } }(); if yes { return step() }; ok = true; return tx.Commit()`},
		{"a panic", `if yes { panic("no") }; return tx.Commit()`},
		{"a loop until done", `for { if err := step(); err == nil { break } }; return tx.Commit()`},
		{"an infinite loop", `for { use(tx); step() }`},
		{"a method value", `undo := tx.Rollback; defer undo(); if yes { return nil }; return tx.Commit()`},
		{"a method expression", `defer (*sql.Tx).Rollback(tx); if yes { return nil }; return tx.Commit()`},
		{"a chosen method value", `end := tx.Commit; if yes { end = tx.Rollback }; return end()`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "no", leaks(t, c.body), c.body)
		})
	}
}

// TestCallsThatDoNotReturnAreNoPanics proves that the end of the process is no
// leak, not even for who asks for panics.
func TestCallsThatDoNotReturnAreNoPanics(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		`panic("stop")`:     1,
		`log.Fatal("stop")`: 0,
		`os.Exit(1)`:        0,
		`fatal()`:           0,
		`panic(step(tx))`:   1,
		`step(tx)`:          0,
	} {
		a := solverFor(t, `package p

import (
	"database/sql"
	"log"
	"os"
)

func step(tx *sql.Tx) error { _, err := tx.Exec(""); return err }

func fatal() { log.Print("stop"); os.Exit(2); log.Fatal() }

func F(db *sql.DB, yes bool) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if yes {
		`+body+`
	}
	return tx.Commit()
}
`)
		res := &Result{}
		a.solveAll(res)
		got := 0
		for _, e := range a.finishEvents(res) {
			if e.Kind == PanicExit {
				got++
			} else {
				assert.Equal(t, Silent, e.Kind, "%s: %+v", body, e)
			}
		}
		assert.Equal(t, want, got, "panics that leave the transaction open: %s", body)
	}
}

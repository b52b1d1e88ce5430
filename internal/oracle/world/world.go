// Package world is the world in which the oracle runs programs: it decides
// what fails and what inputs are, enumerates these decisions, and records what
// becomes of every transaction.
//
// The programs import the package sql below this one in place of database/sql,
// and their functions are instrumented: each says when it is entered, by which
// return it leaves, and when a round of a loop begins; see the calls that are
// exported for them. One goroutine runs one program at a time.
package world

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/txlint/txlint/internal/oracle/world/ext"
)

// Limits of one run and of one function's runs.
const (
	maxSteps = 300
	maxDepth = 60

	hangsAfter = 5 * time.Second
)

// A Run is one run of a function under one vector of decisions.
type Run struct {
	vector  []int    // the decisions to take
	log     []choice // those that were taken
	random  *rand.Rand
	steps   int
	aborted bool

	acts   []*Act
	owned  []*Tx
	rounds []*round
	record func(Observation)
}

type choice struct{ taken, of int }

// current is the run that is under way.
var current *Run

// Decide takes the next decision: a number below n.
func (r *Run) Decide(n int) int {
	r.step()
	taken := 0
	switch i := len(r.log); {
	case i < len(r.vector):
		taken = r.vector[i]
	case r.random != nil:
		taken = r.random.IntN(n)
	}
	r.log = append(r.log, choice{taken, n})
	return taken
}

// step ends a run that does not end by itself. Such a run shows nothing.
func (r *Run) step() {
	if r.steps++; r.steps > maxSteps {
		r.abort()
	}
}

func (r *Run) abort() {
	r.aborted = true
	runtime.Goexit() // unlike a panic, no program can recover it
}

// others returns the vectors that differ from this run's in one more decision,
// behind those that were given. Every vector comes up exactly once.
func (r *Run) others() [][]int {
	var out [][]int
	taken := r.decisions()
	for i := len(r.vector); i < len(taken); i++ {
		for c := 1; c < r.log[i].of; c++ {
			out = append(out, append(slices.Clone(taken[:i]), c))
		}
	}
	return out
}

func (r *Run) decisions() []int {
	v := make([]int, len(r.log))
	for i, c := range r.log {
		v[i] = c.taken
	}
	return v
}

// do runs a program to its end and reports whether it had to be ended.
func (r *Run) do(program func()) (aborted bool) {
	current = r
	ext.Decide = r.Decide
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { // what the program showed before it panicked counts
			if _, ok := recover().(runtime.Error); ok && !r.aborted {
				r.record(Observation{Kind: Crash})
			}
		}()
		program()
	}()
	hangs := time.NewTimer(hangsAfter)
	defer hangs.Stop()
	select {
	case <-done:
		aborted = r.aborted
	case <-hangs.C: // it waits for something that nobody will do
		aborted = true
	}
	r.aborted = true // what still runs shows nothing
	for _, t := range r.owned {
		t.Discard()
	}
	return aborted
}

// A Kind says what an observation is of.
type Kind string

const (
	// Open: a function returned with a transaction of its own open, and nobody
	// else can reach it.
	Open Kind = "open"
	// OpenToCallback: the same, where a function that the function was given may
	// have been meant to end it.
	OpenToCallback Kind = "open to callback"
	// OpenInPanic: the same, because the function panicked.
	OpenInPanic Kind = "open in panic"
	// OpenPast: the same after a panic that was recovered, or at the end of a
	// function literal whose function panicked later.
	OpenPast Kind = "open past"
	// Begun: a function got a transaction to end.
	Begun Kind = "begun"
	// Again: a begin ran again while the transaction of its last run was open.
	Again Kind = "again"
	// Second: a transaction was finished once more.
	Second Kind = "second"
	// Use: a statement was sent to a transaction after its end.
	Use Kind = "use"
	// Returned: a function returned a transaction that was over.
	Returned Kind = "returned"
	// Entered: a function literal was called.
	Entered Kind = "entered"
	// Crash: the function that was run used a nil pointer, whoever recovered then.
	Crash Kind = "crash"
	// Borrowed: a function finished a transaction that it does not own.
	Borrowed Kind = "borrowed"
	// Sent: a statement ran in a loop.
	Sent Kind = "sent"
	// Statements: a statement ran in several rounds of a loop.
	Statements Kind = "statements"
)

// An Observation is something that a run showed.
type Observation struct {
	Kind Kind
	// Begin is where the transaction came to its owner: the begin, or the call
	// that returned it. Of Statements it is the loop.
	Begin string
	// At is where it happened: the return, the finish, the statement.
	At string
	// Other is the first finish of what was finished or used once more.
	Other string
	// How says what was done: commit, rollback, exec; both of Second, in order.
	How string
	// Direct says that the function that owns the transaction did all of it in
	// its own code, and not because it panicked. Where it did not, there is one observation for each line
	// that led to the place.
	Direct bool
	// Failed is set where the function returned an error.
	Failed bool
}

// An Act is one activation of a function of the program.
type Act struct {
	fn   string
	in   []any
	exit string
}

// Enter says that a function is entered, with these parameters.
func Enter(fn string, in ...any) *Act {
	r := current
	r.step()
	a := &Act{fn: Programs + fn, in: in}
	if len(r.acts) > maxDepth {
		r.abort()
	}
	r.acts = append(r.acts, a)
	return a
}

// At says that the function that was entered last returns at a line.
func At(line string) {
	if n := len(current.acts); n > 0 {
		current.acts[n-1].exit = line
	}
}

// In says that the function literal at a line is called.
func In(line string) {
	if r := current; !r.aborted {
		r.record(Observation{Kind: Entered, At: line})
	}
}

// Panics says that the program is about to panic: what is open then may be left
// so because of that.
func Panics() {
	for _, t := range current.owned {
		t.panicked = t.panicked || t.open()
	}
}

// Nil says that the program is about to use a handle that is nil.
func Nil() {
	if r := current; !r.aborted {
		r.record(Observation{Kind: Crash})
	}
	Panics()
}

// Past says that a function literal returns at a line. Whether a transaction
// that is open then is lost shows when its function returns.
func Past(line string) {
	for _, t := range current.owned {
		if t.owner != nil && t.open() {
			t.past = append(t.past, line)
		}
	}
}

// Tick says that the program goes on; a program that never says so is not ended.
func Tick() { current.step() }

// Exit says that the function returns, with pointers to its results.
func (a *Act) Exit(out ...any) {
	r := current
	i := slices.Index(r.acts, a)
	if i < 0 {
		return
	}
	r.acts = r.acts[:i]
	for len(r.rounds) > 0 && r.rounds[len(r.rounds)-1].act == a {
		r.endRound()
	}
	if r.aborted {
		return
	}
	var mine, ended []*Tx
	for _, t := range r.owned {
		switch {
		case !t.open():
			ended = append(ended, t)
		case t.owner == a:
			mine = append(mine, t)
		}
	}
	r.returned(a, ended, out)
	if len(mine) == 0 {
		return
	}
	panics := a.exit == "" || unwinding(a.fn)
	reach := reachable(out, a.in)
	for _, t := range mine {
		if (reach.txs[t] || reach.funcs) && !panics {
			caller := r.caller()
			t.owner, t.begin = r.activation(caller.Func), caller.Line
			r.record(Observation{Kind: Begun, Begin: t.begin})
			continue
		}
		kind := Open
		switch {
		case panics:
			kind = OpenInPanic
		case t.panicked:
			kind = OpenPast
		case t.lent || a.takesFunction():
			kind = OpenToCallback
		}
		failed := failed(out)
		past := kind
		if kind == OpenInPanic {
			past = OpenPast
		}
		for _, line := range t.past {
			r.record(Observation{Kind: past, Begin: t.begin, At: line, Failed: failed})
		}
		r.record(Observation{Kind: kind, Begin: t.begin, At: a.exit, Failed: failed})
		t.owner = nil
	}
}

// failed reports whether the last of the results is an error that is not nil.
func failed(results []any) bool {
	if len(results) == 0 {
		return false
	}
	err, ok := results[len(results)-1].(*error)
	return ok && *err != nil
}

// takesFunction reports whether a function is among the parameters.
func (a *Act) takesFunction() bool {
	return slices.ContainsFunc(a.in, func(v any) bool { return reflect.ValueOf(v).Kind() == reflect.Func })
}

// returned records which of the transactions, that are over, are among the
// results of a function. One that was finished by somebody who borrowed it comes
// to its caller so: where that depends on something, the caller may also get it
// open.
func (r *Run) returned(a *Act, ended []*Tx, results []any) {
	if len(ended) == 0 {
		return
	}
	reach, given := reachable(results, nil), reachable(nil, a.in)
	for _, t := range ended {
		if reach.txs[t] {
			r.record(Observation{Kind: Returned, Begin: t.begin, At: a.exit})
		}
		if t.borrowed && (reach.txs[t] || given.txs[t]) {
			r.record(Observation{Kind: Borrowed, Begin: r.caller().Line, At: t.by, How: t.how})
		}
	}
}

// caller returns where the function was called whose Exit asks for it.
func (r *Run) caller() Site {
	if sites := callers(3, near); len(sites) > 1 {
		return sites[1]
	}
	return Site{}
}

// activation returns the innermost activation of a function.
func (r *Run) activation(fn string) *Act {
	for i := len(r.acts) - 1; i >= 0; i-- {
		if r.acts[i].fn == fn {
			return r.acts[i]
		}
	}
	return nil
}

// unwinding reports whether a panic is on its way through fn, whose deferred
// calls are running.
func unwinding(fn string) bool {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" || f.Function == "runtime.Goexit" {
			return true
		}
		if outer(f.Function) == fn && !strings.Contains(f.Function, ".func") || !more {
			return false
		}
	}
}

// A Site is a line of the program, and the declared function it is in.
type Site struct{ Func, Line string }

// Programs is the path below which programs lie.
const Programs = "github.com/txlint/txlint/internal/oracle/gen/"

var sitesOf = map[uintptr]Site{}

// How far callers looks.
const (
	near = 12
	far  = 96
)

// callers returns the lines of the program that led here, the innermost first.
func callers(skip, depth int) []Site {
	var pcs [far]uintptr
	var out []Site
	for _, pc := range pcs[:runtime.Callers(skip+1, pcs[:depth])] {
		s, ok := sitesOf[pc]
		if !ok {
			f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
			if strings.HasPrefix(f.Function, Programs) && !strings.HasSuffix(f.File, "table.go") && f.File != "<autogenerated>" {
				s = Site{outer(f.Function), position(f.File, f.Line)}
			}
			sitesOf[pc] = s
		}
		if s.Func != "" {
			out = append(out, s)
		}
	}
	return out
}

// outer names the declared function in which a function is.
func outer(name string) string {
	name = strings.TrimSuffix(name, "-fm")
	slash := strings.LastIndexByte(name, '/') + 1
	head, tail := name[:slash], name[slash:]
	tail = strings.ReplaceAll(tail, "[...]", "")
	if i := strings.Index(tail, ".func"); i >= 0 {
		tail = tail[:i]
	}
	for _, part := range []string{".deferwrap", ".gowrap"} {
		if i := strings.Index(tail, part); i >= 0 {
			tail = tail[:i]
		}
	}
	return head + tail
}

// position names a line by its file in its package.
func position(file string, line int) string {
	i := strings.LastIndexByte(file, '/')
	if i > 0 {
		i = strings.LastIndexByte(file[:i], '/')
	}
	return Line(file[i+1:], line)
}

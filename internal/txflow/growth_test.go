package txflow

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/ssa"
)

// A shape of code writes about n basic blocks into the body of a function
// that has begun tx; i numbers what it declares.
type codeShape struct {
	name  string
	piece func(b *strings.Builder, i int)
	// each is how many blocks one piece makes, about.
	each int
}

var codeShapes = []codeShape{
	{"checks", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif err := step(tx, %d); err != nil {\n\t\ttx.Rollback()\n\t\treturn err\n\t}\n", i)
	}, 2},
	{"branches", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif cond(%d) {\n\t\tn += %d\n\t} else {\n\t\tn--\n\t}\n", i, i)
	}, 3},
	{"inputs", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif in.Flags[%d] {\n\t\tn++\n\t}\n\tif in.A > %d {\n\t\tn--\n\t}\n", i, i%7)
	}, 4},
	{"loops", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tfor i := 0; i < n; i++ {\n\t\tif err := step(tx, i); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n")
	}, 5},
	{"switches", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tswitch n {\n\tcase %d:\n\t\tn = in.A\n\tcase %d:\n\t\tn = in.B\n\tdefault:\n\t\tn++\n\t}\n", i, i+1)
	}, 6},
	{"locals", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tv%d, err := load(tx, %d)\n\tif err != nil {\n\t\treturn err\n\t}\n\tn += v%d\n\tdefer func() { last = v%d }()\n", i, i, i, i)
	}, 2},
	{"fields", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif in.err = step(tx, %d); in.err != nil {\n\t\treturn in.err\n\t}\n\tin.S%d = n\n", i, i%50)
	}, 2},
	{"closures", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif err := func() error { n++; return step(tx, %d) }(); err != nil {\n\t\treturn err\n\t}\n", i)
	}, 2},
	{"cases", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif in.A == %d {\n\t\treturn nil\n\t}\n", i)
	}, 2},
	{"retried", func(b *strings.Builder, i int) {
		fmt.Fprintf(b, "\tif tx == nil {\n\t\ttx, err = db.Begin()\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\tif cond(%d) {\n\t\ttx.Commit()\n\t\ttx = nil\n\t}\n", i)
	}, 6},
}

// synthetic returns the source of a package whose function F has about so many
// basic blocks of the given shapes in turn.
func synthetic(blocks int, shapes ...codeShape) string {
	var b strings.Builder
	b.WriteString("package p\n\nimport \"database/sql\"\n\ntype input struct {\n\tFlags []bool\n\tA, B int\n\terr error\n")
	for i := range 50 {
		fmt.Fprintf(&b, "\tS%d int\n", i)
	}
	b.WriteString(`}

var last int

func step(tx *sql.Tx, i int) error { _, err := tx.Exec("UPDATE t SET n = ?", i); return err }
func load(tx *sql.Tx, i int) (n int, err error) { err = tx.QueryRow("SELECT n FROM t").Scan(&n); return n, err }
func cond(i int) bool

func F(db *sql.DB, in *input, n int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if tx != nil {
			tx.Rollback()
		}
	}()
`)
	for i, made := 0, 5; made < blocks; i++ {
		s := shapes[i%len(shapes)]
		s.piece(&b, i)
		made += s.each
	}
	b.WriteString("\treturn tx.Commit()\n}\n")
	return b.String()
}

// prepared returns a solver for the source and its function F, whose callees
// are solved already.
func prepared(t testing.TB, src string) (*solver, *ssa.Function) {
	t.Helper()
	a := solverFor(t, src)
	for _, fn := range a.functions {
		if fn.Parent() == nil && fn.Name() != "F" {
			a.effectsOf(fn, nil)
		}
	}
	return a, a.function(t, "F")
}

// solveAfresh solves fn as if it had never been seen, and words its events.
func (a *solver) solveAfresh(fn *ssa.Function) {
	a.infos = map[*ssa.Function]*funcInfo{}
	a.events = map[eventKey]rawEvent{}
	a.silences = map[*ssa.Call]*Event{}
	a.solve(fn)
	a.finishEvents(&Result{})
}

// BenchmarkEngine solves one function of many blocks. Its cpu-ns/block must stay
// about the same from 10 to 10,000 blocks:
//
//	go test ./internal/txflow -run NONE -bench Engine -benchtime 3x
func BenchmarkEngine(b *testing.B) {
	run := func(name string, shapes ...codeShape) {
		for _, blocks := range []int{10, 100, 1000, 10000} {
			b.Run(fmt.Sprintf("%s/%d", name, blocks), func(b *testing.B) {
				a, fn := prepared(b, synthetic(blocks, shapes...))
				b.ReportAllocs()
				b.ResetTimer()
				var took time.Duration
				for range b.N {
					took += cpuTime(func() { a.solveAfresh(fn) })
				}
				b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/float64(len(fn.Blocks)), "cpu-ns/block")
			})
		}
	}
	for _, s := range codeShapes {
		run(s.name, s)
	}
	run("mixed", codeShapes...)
}

// TestSolvingGrowsWithTheFunction proves that the work for a function grows at
// most with n log n, and that no function takes long. The measures are the
// memory allocated and the processor's time: neither depends much on how busy
// the machine is. It must not run at the same time as others, which allocate,
// too.
func TestSolvingGrowsWithTheFunction(t *testing.T) {
	const small, medium, large = 200, 900, 1500
	measure := func(t *testing.T, blocks int, shapes []codeShape) (bytes, ns float64, n int) {
		a, fn := prepared(t, synthetic(blocks, shapes...))
		a.solveAfresh(fn)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		took := cpuTime(func() { a.solveAfresh(fn) })
		runtime.ReadMemStats(&after)
		n = len(fn.Blocks)
		return float64(after.TotalAlloc-before.TotalAlloc) / float64(n), float64(took.Nanoseconds()) / float64(n), n
	}
	mixed := codeShape{name: "mixed"}
	for _, s := range append(codeShapes[:len(codeShapes):len(codeShapes)], mixed) {
		t.Run(s.name, func(t *testing.T) {
			shapes := []codeShape{s}
			if s.piece == nil {
				shapes = codeShapes
			}
			b1, t1, n1 := measure(t, small, shapes)
			if s.name == "cases" {
				measure(t, medium, shapes) // where the conditions are many and the budget is not used up
			}
			b2, t2, n2 := measure(t, large, shapes)
			t.Logf("%d blocks: %.0f bytes, %.0f ns a block; %d blocks: %.0f bytes, %.0f ns a block", n1, b1, t1, n2, b2, t2)
			// n log n, and as much again for what is bounded but not yet full
			// in the small one: deferred calls, fields.
			allowed := 2 * math.Log(float64(n2)) / math.Log(float64(n1))
			if b2/b1 > allowed {
				t.Errorf("%.1f times the blocks cost %.1f times as much memory a block, want at most %.1f: the solve is superlinear", float64(n2)/float64(n1), b2/b1, allowed)
			}
		})
	}
}

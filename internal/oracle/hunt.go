package oracle

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// A Hunt tries mutants of generated functions until every cell has as many that
// do damage as are wanted.
type Hunt struct {
	*Judge
	// Want is how many mutants that do damage each cell is to have, Most how many
	// mutants are tried for that.
	Want, Most int
	// Seed is the first seed, Size that of the functions, see Generate.
	Seed uint64
	Size int
	// Log is told what each round led to.
	Log func(format string, args ...any)

	yields map[way]*yield
}

// A way is a kind of change, made to one kind of thing.
type way struct {
	Stratum
	kind string
}

// A yield counts how often a way was tried, and how often it led to a cell that
// had not enough then.
type yield struct{ tried, led int }

// rate is the part of the next tries that will lead there, as far as one can tell.
func (y *yield) rate() float64 { return float64(y.led+1) / float64(y.tried+2) }

// Cells returns the cells of the fragment.
func Cells() []Cell {
	var out []Cell
	for _, path := range []string{"error path", "normal path"} {
		for _, holder := range []string{"local", "captured", "parameter", "field"} {
			for _, reach := range []string{"inside a function", "across functions", "across packages"} {
				out = append(out, Cell{path, holder, reach})
			}
		}
	}
	return out
}

// How many cases a round of a hunt makes, how many mutants it tries of each
// stratum, and how many rounds without any end it.
const (
	roundCases   = 400
	ofEach       = 40
	maxFruitless = 5
)

// Run hunts.
func (h *Hunt) Run(ctx context.Context) (*Kills, error) {
	h.yields = map[way]*yield{}
	total := &Kills{ByCell: map[Cell]*Rate{}}
	fruitless := 0
	for seed := h.Seed; fruitless < maxFruitless; seed++ {
		wanted := h.wanted(total)
		// For a few mutants a round is not worth its while.
		if left := h.Most - total.Mutants; len(wanted) == 0 || left < 2*ofEach && seed > h.Seed {
			break
		}
		k, err := h.round(ctx, seed, wanted, h.Most-total.Mutants)
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		fruitless++
		if k.Mutants > 0 {
			fruitless = 0
		}
		total.Add(k)
		h.Log("seed %d: %d cells want more, %d mutants, %d do damage", seed, len(wanted), k.Mutants, len(k.Where))
	}
	return total, nil
}

// wanted returns the cells that have not enough yet.
func (h *Hunt) wanted(k *Kills) map[Cell]bool {
	out := map[Cell]bool{}
	for _, c := range Cells() {
		if r := k.ByCell[c]; r == nil || r.Damaged < h.Want {
			out[c] = true
		}
	}
	return out
}

// round tries mutants of one seed, at most so many.
func (h *Hunt) round(ctx context.Context, seed uint64, wanted map[Cell]bool, most int) (*Kills, error) {
	strata := map[Stratum]bool{}
	for c := range wanted {
		strata[Stratum{c.Holder, c.Reach}] = true
	}
	// What names no handle belongs to no cell of the fragment; some of it is tried
	// all the same.
	if len(wanted) == len(Cells()) {
		strata[Stratum{"", "inside a function"}] = true
	}
	cases, err := Generate(seed, roundCases, h.Size)
	if err != nil {
		return nil, err
	}
	sound, err := h.Sound(ctx, promising(cases, strata))
	if err != nil {
		return nil, err
	}
	byWay := map[way][]*Change{}
	for _, c := range sound {
		for _, ch := range Changes(c) {
			if w := (way{ch.Stratum(), ch.Kind}); strata[w.Stratum] {
				byWay[w] = append(byWay[w], ch)
			}
		}
	}
	changes := h.pick(byWay, min(most, ofEach*len(strata)))
	some := make([]*Mutant, len(changes))
	for i, ch := range changes {
		some[i] = ch.Mutant().Named(fmt.Sprintf("s%d", i))
	}
	k, err := h.Kill(ctx, some)
	if err != nil {
		return nil, err
	}
	for i, ch := range changes {
		y := h.yield(way{ch.Stratum(), ch.Kind})
		y.tried++
		if c, ok := k.Where[some[i]]; ok && wanted[c] {
			y.led++
		}
	}
	return k, nil
}

// promising returns the first cases that have changes enough of each stratum.
func promising(cases []*Case, strata map[Stratum]bool) []*Case {
	var out []*Case
	count := map[Stratum]int{}
	for _, c := range cases {
		wanted := false
		for _, ch := range Changes(c) {
			if s := ch.Stratum(); strata[s] && count[s] < 4*ofEach {
				wanted = true
				count[s]++
			}
		}
		if wanted {
			out = append(out, c)
		}
	}
	return out
}

func (h *Hunt) yield(w way) *yield {
	if h.yields[w] == nil {
		h.yields[w] = &yield{}
	}
	return h.yields[w]
}

// pick chooses so many changes, as many of each stratum as there are, and more
// of those ways that led somewhere before.
func (h *Hunt) pick(byWay map[way][]*Change, most int) []*Change {
	byStratum := map[Stratum][]way{}
	for w := range byWay {
		byStratum[w.Stratum] = append(byStratum[w.Stratum], w)
	}
	strata := slices.SortedFunc(maps.Keys(byStratum), func(a, b Stratum) int {
		return cmp.Or(cmp.Compare(a.Holder, b.Holder), cmp.Compare(a.Reach, b.Reach))
	})
	var out []*Change
	for i, s := range strata {
		ways := byStratum[s]
		slices.SortFunc(ways, func(a, b way) int { return cmp.Compare(a.kind, b.kind) })
		taken := map[way]int{}
		for quota := (most - len(out)) / (len(strata) - i); quota > 0; quota-- {
			// The more have been taken of a way, the less one more of it tells.
			best := slices.MaxFunc(ways, func(a, b way) int {
				worth := func(w way) float64 {
					if taken[w] == len(byWay[w]) {
						return 0
					}
					return h.yield(w).rate() / float64(1+taken[w])
				}
				return cmp.Compare(worth(a), worth(b))
			})
			if taken[best] == len(byWay[best]) {
				break
			}
			out = append(out, byWay[best][taken[best]])
			taken[best]++
		}
	}
	return out
}

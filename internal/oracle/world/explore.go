package world

import "math/rand/v2"

// An Outcome is what the runs of one function showed.
type Outcome struct {
	Name string
	Runs int
	// Complete reports whether every vector of decisions was run to its end.
	Complete bool
	// Seen holds each observation with the decisions of the first run that
	// made it.
	Seen []Sighting
}

// A Sighting is an observation and the run that made it.
type Sighting struct {
	Observation
	Decisions []int
}

// Explore runs a program under every vector of decisions; past limit runs it
// tries as many more at random.
func Explore(name string, limit int, program func()) Outcome {
	out := Outcome{Name: name, Complete: true}
	index := map[Observation]bool{}
	try := func(r *Run) {
		var fresh []Observation
		r.record = func(o Observation) {
			if !index[o] {
				index[o] = true
				fresh = append(fresh, o)
			}
		}
		aborts := r.do(program)
		for _, o := range fresh {
			out.Seen = append(out.Seen, Sighting{o, r.decisions()})
		}
		out.Runs++
		out.Complete = out.Complete && !aborts
	}
	// Vectors with few decisions that are not the first choice come first: a
	// loop that a decision ends does not keep the others from their turn.
	for queue := [][]int{nil}; len(queue) > 0; queue = queue[1:] {
		if out.Runs == limit {
			out.Complete = false
			break
		}
		r := &Run{vector: queue[0]}
		try(r)
		if len(queue) < limit {
			queue = append(queue, r.others()...)
		}
	}
	if out.Complete || out.Runs < limit {
		return out
	}
	for i := range limit {
		try(&Run{random: rand.New(rand.NewPCG(1, uint64(i)))})
	}
	return out
}

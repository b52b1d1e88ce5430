package nplusone

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/trips"
)

// message says what runs once per element of what, through which calls, and
// how to do it at once.
func message(f *trips.Finding) string {
	if f.Invariant {
		return fmt.Sprintf("%s the same query in every round of the loop%s%s: run it once, before the loop", runs(f), over(f), chain(f))
	}
	if f.Recursive {
		return fmt.Sprintf("%s for each node of a tree, as %s calls itself%s: %s", does(f), cmp.Or(f.Callee, "the function"), chain(f), advice(f))
	}
	if f.Resolver != "" {
		return fmt.Sprintf("%s for each %s of a list, as this resolver is called for each of them%s: use a dataloader, which asks for all of them at once", does(f), f.Resolver, chain(f))
	}
	return fmt.Sprintf("%s for each element%s%s: %s statements where one would do; %s", does(f), of(f), chain(f), count(f), advice(f))
}

// count says how many statements there are beside the one that loads the
// collection.
func count(f *trips.Finding) string {
	if f.Write {
		return "N"
	}
	return "1 + N"
}

func runs(f *trips.Finding) string {
	if f.Assumed {
		return "probably runs"
	}
	return "runs"
}

func does(f *trips.Finding) string {
	if f.Write {
		if f.Assumed {
			return "probably writes to the database"
		}
		return "writes to the database"
	}
	return runs(f) + " a query"
}

func of(f *trips.Finding) string {
	if f.Of == "" {
		return ""
	}
	return " of " + f.Of
}

func over(f *trips.Finding) string {
	if f.Of == "" {
		return ""
	}
	return " over " + f.Of
}

// chain names the calls from the loop to the statement.
func chain(f *trips.Finding) string {
	steps := f.Chain
	const most = 5
	if len(steps) > most {
		steps = append(append([]string{}, steps[:most-2]...), "…", steps[len(steps)-1])
	}
	return fmt.Sprintf(" (%s)", strings.Join(append(steps[:len(steps):len(steps)], f.What), " → "))
}

// advice names the way out that the library has.
func advice(f *trips.Finding) string {
	lib := catalog.TripLibraryOf(f.Lib)
	switch {
	case f.Instead != "":
		return f.Instead
	case lib != nil && f.Write:
		return lib.Write
	case lib != nil:
		return lib.Read
	case f.Write:
		return "write them all at once"
	}
	return "ask for all of them at once"
}

func loopMessage(f *trips.Finding) string {
	switch {
	case f.Resolver != "":
		return "the resolver"
	case f.Recursive:
		return "this function calls itself"
	case f.Of == "":
		return "the loop"
	}
	return "the loop over " + f.Of
}

package txlint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/txlint/txlint/internal/catalog"
)

const catalogHead = `<!-- Generated from internal/catalog: change it there. -->

# What is known of libraries

What the calls of these packages do is known row by row; each row was looked up in the library, in the version that stands here.
Types that embed theirs count as well. A type of another library, or of your own, that is begun and has a commit and a rollback
is told by its shape, and functions that call these are followed. What neither tells is said in the
[configuration](configuration.md).

A transaction can also travel in a context: a manager begins it, calls ` + "`func(ctx context.Context) error`" + ` and finishes it, as those of
go-transaction-manager and many of projects' own do. Such a closure has no handle that it could leave open. What it is reported
for is that it, or what it calls, takes the transaction out of the context and ends it, and that a statement runs for each element
of a collection. Getters that return the transaction of the context or else the pool are followed into what they return. The
drivers of go-transaction-manager hand out interfaces for that which have no end; they are known by their methods.

` + "`txlint catalog`" + ` lists every row, ` + "`txlint catalog LIBRARY`" + ` those of one library.

`

// A library is all that the catalog says of one package.
type library struct {
	path, version, doc string
	rows               *catalog.Library
	trips              *catalog.TripLibrary
}

// librariesByPath joins what is known of transactions and of statements.
func librariesByPath() []*library {
	var all []*library
	of := func(path, version, doc string) *library {
		for _, l := range all {
			if l.path == path {
				return l
			}
		}
		l := &library{path: path, version: version, doc: doc}
		all = append(all, l)
		return l
	}
	rows, trips := catalog.Libraries(), catalog.TripLibraries()
	for i := range rows {
		of(rows[i].Path, rows[i].Version, rows[i].Doc).rows = &rows[i]
	}
	for i := range trips {
		of(trips[i].Path, trips[i].Version, trips[i].Doc).trips = &trips[i]
	}
	slices.SortStableFunc(all, func(a, b *library) int { return strings.Compare(a.path, b.path) })
	return all
}

// calls lists the calls that do one of these, in the order of the rows, a type
// with several methods once.
func (l *library) calls(want func(catalog.Call) bool) string {
	if l.rows == nil {
		return ""
	}
	var names []string
	for _, c := range l.rows.Calls {
		if want(c) {
			names = append(names, c.Func)
		}
	}
	return grouped(names)
}

// grouped writes DB.Get and DB.Select as DB.Get, Select.
func grouped(names []string) string {
	var out []string
	last := ""
	for _, name := range names {
		typ, method, ok := strings.Cut(name, ".")
		if ok && typ == last {
			out[len(out)-1] += ", " + method
			continue
		}
		last = typ
		out = append(out, name)
	}
	for i := range out {
		out[i] = "`" + out[i] + "`"
	}
	return strings.Join(out, "; ")
}

func does(effects ...catalog.Effect) func(catalog.Call) bool {
	return func(c catalog.Call) bool { return slices.Contains(effects, c.Does) }
}

// fluent lists the types whose methods hand out handles on one transaction.
func (l *library) fluent() string {
	var out []string
	if derived := l.calls(does(catalog.Derive)); derived != "" {
		out = append(out, derived)
	}
	if l.rows != nil {
		for _, t := range l.rows.Types {
			if t.Chains {
				out = append(out, "what `"+t.Name+"` returns of its type")
			}
		}
	}
	return strings.Join(out, "; ")
}

// statements counts the calls that send statements, by kind.
func (l *library) statements() string {
	if l.trips == nil {
		return ""
	}
	reads, writes, text, bulk := 0, 0, 0, 0
	for _, c := range l.trips.Calls {
		switch c.Does {
		case catalog.ReadTrip:
			reads++
		case catalog.WriteTrip:
			writes++
		case catalog.TextTrip, catalog.ExecTrip:
			text++
		case catalog.BulkTrip:
			bulk++
		}
	}
	var out []string
	for _, k := range []struct {
		n    int
		what string
	}{{reads, "read"}, {writes, "write"}, {text, "do what their text says"}, {bulk, "send many at once"}} {
		if k.n > 0 {
			out = append(out, fmt.Sprintf("%d %s", k.n, k.what))
		}
	}
	return strings.Join(out, ", ")
}

// differs lists what of the library is not as in database/sql.
func (l *library) differs() string {
	if l.rows == nil {
		return ""
	}
	var out []string
	say := func(is bool, what string) {
		if is {
			out = append(out, what)
		}
	}
	say(!l.rows.RollbackAfterCommit && l.calls(does(catalog.Begin)) != "", "a rollback after a commit is no harmless one")
	say(l.rows.FailedCommitOpen, "open after a failed commit")
	say(l.rows.AutoCommit, "handles work after the end, without a transaction")
	say(l.rows.CancelledRollbackKeeps, "a rollback under an ended context keeps the connection")
	say(l.calls(func(c catalog.Call) bool { return c.Lazy }) != "", "takes a connection with the first statement")
	return strings.Join(out, "; ")
}

// catalogPage is the table of libraries, one section each: a table with all in
// one row would have no room for the names.
func catalogPage() string {
	var b strings.Builder
	b.WriteString(catalogHead)
	tick := func(s string) string {
		if s == "" {
			return ""
		}
		return "yes"
	}
	all := librariesByPath()
	b.WriteString("| package | version | begin | end | managed | derived handles | read-only | statements | way to batch |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	version := func(l *library) string {
		if l.version == "" {
			return "of Go"
		}
		return l.version
	}
	readOnly := func(c catalog.Call) bool { return c.Options != catalog.None }
	batch := func(l *library) string {
		if l.trips == nil || l.trips.Read+l.trips.Write == "" {
			return ""
		}
		return "yes"
	}
	for _, l := range all {
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %s | %s | %s | %s | %s | %s |\n", l.path, l.doc, version(l),
			tick(l.calls(does(catalog.Begin))), tick(l.calls(does(catalog.Commit, catalog.Rollback, catalog.Release))), tick(l.calls(does(catalog.Managed))),
			tick(l.fluent()), tick(l.calls(readOnly)), tick(l.statements()), batch(l))
	}
	for _, l := range all {
		fmt.Fprintf(&b, "\n## %s\n\n", l.path)
		for _, row := range [][2]string{
			{"begin", l.calls(does(catalog.Begin, catalog.Start))},
			{"end", l.calls(does(catalog.Commit, catalog.Rollback, catalog.Release))},
			{"managed", l.calls(does(catalog.Managed))},
			{"derived handles", l.fluent()},
			{"can be read-only", l.calls(readOnly)},
			{"ends with the context", l.calls(func(c catalog.Call) bool { return c.Ctx != catalog.None })},
			{"statements", l.statements()},
			{"differs", l.differs()},
		} {
			if row[1] != "" {
				fmt.Fprintf(&b, "- %s: %s\n", row[0], row[1])
			}
		}
		if batch(l) != "" {
			fmt.Fprintf(&b, "- instead of one statement for each: %s; %s\n", l.trips.Read, l.trips.Write)
		}
	}
	return b.String()
}

func TestCatalogPage(t *testing.T) {
	t.Parallel()
	page := catalogPage()
	generated(t, "docs/catalog.md", page)
	for _, e := range catalog.Entries() {
		assert.Contains(t, page, "["+e.Package+"](")
	}
}

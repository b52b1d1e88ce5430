// Package nplusone defines an Analyzer that reports statements that are sent
// to a database once per element of a collection.
//
// # Analyzer nplusone
//
// nplusone: report statements that run once per element of a collection
//
// A query in a loop costs a round trip per element. With ten rows in the test
// database nobody notices; with ten thousand the page takes seconds, the
// connection is busy all that time, and so is the database. Nearly always one
// statement can do what the loop does: one with a list of keys, a join, or an
// insert of many rows.
//
// The analyzer follows what the statement asks for back to the element of the
// loop, through variables, fields, scanned columns, closures, helpers,
// interfaces and other packages:
//
//	func names(ctx context.Context, db *sql.DB, ids []int64) ([]string, error) {
//		var out []string
//		for _, id := range ids {
//			var name string
//			if err := db.QueryRowContext(ctx, `SELECT name FROM customer WHERE id = $1`, id).Scan(&name); err != nil { // runs a query for each element of ids
//				return nil, err
//			}
//			out = append(out, name)
//		}
//		return out, nil
//	}
//
// The repair asks for all of them at once:
//
//	func names(ctx context.Context, db *sql.DB, ids []int64) ([]string, error) {
//		rows, err := db.QueryContext(ctx, `SELECT name FROM customer WHERE id = ANY($1)`, ids)
//		if err != nil {
//			return nil, err
//		}
//		defer rows.Close()
//		var out []string
//		for rows.Next() {
//			var name string
//			if err := rows.Scan(&name); err != nil {
//				return nil, err
//			}
//			out = append(out, name)
//		}
//		return out, rows.Err()
//	}
//
// # What is reported
//
// A call that sends a statement, by itself or through any number of calls, and
// that a loop runs with an argument which derives from the element at hand. As
// loops count range and for statements, the rows of an answer, range over a
// function, callbacks of functions that walk a collection, a goroutine for each
// element, and functions that call themselves for each node of a tree. The
// category is nplusone/read or nplusone/write. The message names the calls on
// the way to the statement, and what the library has for doing it at once.
//
// A method of an interface counts if some implementation in view sends a
// statement, or if none is in view, and the names of the interface (UserRepo,
// OrderStore) and of the method (Get…, Save…) say so; the message then says
// "probably".
//
// # How sure it is
//
// That a statement runs per element does not mean that somebody minds. Each
// finding is weighed, and by default only those are reported that have little
// against them. -nplusone.confidence=medium and -nplusone.confidence=low report
// the others as well, and say what there is against each. This is enough by
// itself to lower the confidence:
//
//   - a function on the way sends the statement only under a condition, or the
//     round makes the call only under three or more. Questions whether something
//     failed, or whether there is something at all, are none: a key that is not
//     zero, an object that is not loaded yet
//   - the statement is four or more functions away, not counting generated ones and
//     those that only pass on what they are given
//   - the round also waits for another server, a program or a file, always or on
//     some ways
//   - the loop ends with the first success, as slices.ContainsFunc does, or it
//     looks for the one element that is equal to something; a round needs what
//     the round before has found; a function calls itself for each node of a tree
//   - there are few elements: the loop walks xs[:5], or the source checks before
//     it that there are no more than 20, or declares no more constants of the
//     element's type; a constant says by its name that there are so few in the
//     field that is walked, as MaxLinesPerOrder does of order.Lines; all that call
//     the function give it a list that is spelled out, or made of such ones; or it
//     walks only the surplus, xs[5:]
//   - only the first round sends it: until a variable or a flag is no longer what it
//     was before the loop
//   - the round takes a lock that the database keeps, sets a savepoint, or changes
//     the schema
//   - the statement writes many rows: what it takes from the element is a
//     collection; or the elements can be of different types, []any
//   - it asks only for what the element may hold already: where a field of it is nil,
//     which the answer then fills in, in a function that hands out something else
//
// A transaction or a deadline for each round, a goroutine for each, one or two
// conditions in the round, three functions on the way, a question for many rows,
// and a round that is an operation of several steps count less: some of them
// together lower the confidence.
//
// How often it is right was measured on open-source servers, by drawing findings at
// high confidence at random. Each was read twice, by readers who did not write the
// rule and answered whether a reviewer should look at the loop. The verdicts, in
// this order: that is so; the statement is sent per element but nobody minds, since
// elements are few where the code around does not show it, or one by one is the
// point; the finding is wrong.
//
//   - 21 programs that the rule was developed on, findings that nobody had read:
//     171, 19 and 10; 171, 23 and 6; 174, 17 and 9 of 200
//   - the same programs at last, all findings, most of which had been read before:
//     183, 15 and 2 of 200
//   - 28 programs that it had hardly been tried on: 176, 18 and 6; 170, 29 and 1;
//     162, 38 and 0; 175, 25 and 0; 159, 41 and 0 of 200
//   - ten more: 163, 33 and 4 of 200; and four more: 130, 16 and 4 of 150
//
// Each time what the readers said led to more of the evidence above.
//
// # What is not reported
//
//   - statements that do not depend on the element: retries, polls, pages
//     whose cursor or offset comes from the last answer or a counter. With
//     -nplusone.invariant, queries are reported that ask for the same in
//     every round and could run once, before the loop
//   - batches: the element is itself a slice, or what is sent was gathered over
//     several rounds
//   - loops that the source bounds: over a literal, a fixed list of the package,
//     up to a constant; statements whose text is made in the loop, but no value
//     in it, such as those that alter each of some tables
//   - calls after which the loop ends
//   - workers that take jobs out of a channel
//   - bulk calls and pipelines: CopyFrom, SendBatch, InsertMany, CreateInBatches
//   - generated code; test files, packages such as dbtest that import a library for
//     tests, and functions that are given a *testing.T, unless with -nplusone.tests;
//     code that by its name runs once, such as migrations and seeds, unless with
//     -nplusone.once
//
// -nplusone.certain leaves out what rests on the name of an interface;
// -nplusone.repositories names further interfaces that stand before a database.
package nplusone

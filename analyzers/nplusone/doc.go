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
//   - generated code; test files, unless with -nplusone.tests; code that by its
//     name runs once, such as migrations and seeds, unless with -nplusone.once
//
// -nplusone.certain leaves out what rests on the name of an interface;
// -nplusone.repositories names further interfaces that stand before a database.
package nplusone

// Package txdone defines an Analyzer that reports what is done with a
// transaction after its end.
//
// # Analyzer txdone
//
// txdone: report transactions that are used or finished after their end
//
// After a commit or a rollback a transaction is over. A statement that is sent
// through it fails, a commit fails as well, and the work that was meant to be
// in it is lost; most often a return is missing behind a rollback. The analyzer
// follows each transaction along the paths of the function to its end, through
// deferred calls, helpers and other packages, and reports what comes after:
//
//	func rename(db *sql.DB, id int, name string) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		if _, err := tx.Exec(`UPDATE account SET name = $1 WHERE id = $2`, name, id); err != nil {
//			log.Print(err)
//			tx.Rollback()
//		}
//		return tx.Commit() // commits tx, rolled back at line
//	}
//
// With the return that was missing:
//
//	func rename(db *sql.DB, id int, name string) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		if _, err := tx.Exec(`UPDATE account SET name = $1 WHERE id = $2`, name, id); err != nil {
//			tx.Rollback()
//			return err
//		}
//		return tx.Commit()
//	}
//
// # What is reported
//
//   - a commit of a transaction that was committed or rolled back on the path
//     that leads to it
//   - a statement that is sent through a transaction that is over, rows that
//     are read and prepared statements that are run after the end of the
//     transaction that they belong to
//   - a transaction that is over and is passed to a function that works with it
//   - a transaction that a function returns although it has finished it itself,
//     by a deferred rollback for example
//   - the transaction of a managed closure that is used after the closure
//   - a function that commits and then returns the error of a rollback that
//     came too late, so that each success is a failure to its callers
//
// # What is not reported
//
//   - a rollback after the commit, deferred or not: the libraries that the
//     catalog knows answer it with an error and do nothing
//   - a deferred commit, or a use, whose error is compared with that of a finished
//     transaction, such as sql.ErrTxDone, by whoever makes the call or by the helper
//     that commits: it may be over, and that is known
//   - Close on rows and statements, and their Err: they may be called any time
//   - what comes after an end that is not certain: a cleanup function, a method
//     of an interface, a helper that may or may not finish
//   - a transaction that another function of the program finished although it
//     was lent to it: that is what txowner reports
//   - what rests on an assumption; -txdone.possible reports it
package txdone

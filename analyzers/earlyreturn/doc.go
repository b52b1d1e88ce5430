// Package earlyreturn defines an Analyzer that reports database transactions
// that can be left open.
//
// # Analyzer earlyreturn
//
// earlyreturn: report transactions that can be left open
//
// A transaction that a function begins has to be committed or rolled back on
// every path out of it. One that is not keeps its connection out of the pool
// until the process dies (or, in some libraries, until the context that it was
// begun with ends), and its row locks with it: each test passes alone, and in
// production unrelated requests start to time out.
//
// The analyzer follows each transaction along the paths of the function, with
// the deferred calls as they run at each exit, through helpers, constructors
// and other packages, and reports the exits that it reaches open:
//
//	func transfer(db *sql.DB, from, to, cents int) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		if _, err := tx.Exec(`UPDATE account SET cents = cents - $1 WHERE id = $2`, cents, from); err != nil {
//			return err // returns without finishing tx
//		}
//		if _, err := tx.Exec(`UPDATE account SET cents = cents + $1 WHERE id = $2`, cents, to); err != nil {
//			tx.Rollback()
//			return err
//		}
//		return tx.Commit()
//	}
//
// The usual repair is a deferred rollback, which does nothing after a commit:
//
//	func transfer(db *sql.DB, from, to, cents int) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		if _, err := tx.Exec(`UPDATE account SET cents = cents - $1 WHERE id = $2`, cents, from); err != nil {
//			return err
//		}
//		if _, err := tx.Exec(`UPDATE account SET cents = cents + $1 WHERE id = $2`, cents, to); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// Any other repair that finishes the transaction on each path silences the
// report as well: a helper, a deferred closure, a named result that the
// closure tests.
//
// # What is reported
//
// One finding for each begin, at the first exit that its transaction reaches
// open; the message names the further ones:
//
//   - a return, or the end of the function, without a commit or rollback; also
//     one that stands before the defer that would have rolled back
//   - a return past a deferred closure that does nothing there, most often
//     because it tests an err that the returned error never reached, as the
//     return has one of its own
//   - a begin that runs again, in the next round of a loop, while the
//     transaction of the last round is open
//   - defer tx.Rollback() in a loop, where a round can end without a commit:
//     its transaction is held until the function returns
//   - a handle that is dropped, or overwritten while its transaction is open
//
// Transactions that a helper, a constructor, a unit of work or another package
// hands out count like those that the function begins by itself.
//
// # What is not reported
//
//   - transactions that are returned, stored in something that outlives the
//     call, sent away, or given to a goroutine or to code that is not in view
//     and may finish them; -earlyreturn.explain tells where
//   - the end of the process: os.Exit, log.Fatal, t.Fatal
//   - what only a panic leaves open; -earlyreturn.panics reports a panic, or
//     the call of a function that was passed in, while a transaction is open
//     that no deferred call finishes
//   - what rests on an assumption, such as a callback that may not run;
//     -earlyreturn.possible reports it, in words that say so
//
// # The fix
//
// Where it is safe, a fix is offered that defers the rollback right after the
// error check of the begin, or takes the condition away from a deferred
// closure that does nothing but roll back. It is not offered where the begin
// runs again in a loop, where the transaction is handed over on another path,
// or where a call that was deferred earlier may want to commit.
package earlyreturn

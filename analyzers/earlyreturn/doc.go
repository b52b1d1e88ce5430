// Package earlyreturn defines an Analyzer that reports database transactions
// that can be left open.
//
// # Analyzer earlyreturn
//
// earlyreturn: report transactions that can be left open
//
// A transaction that a function begins has to be committed or rolled back on
// every path out of it. One that is not keeps its connection out of the pool
// until the process dies, and its row locks with it: each test passes alone,
// and in production unrelated requests start to time out.
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
// It also reports a deferred closure that tests an error variable which the
// returned error never reached (a shadowed err), a handle that is dropped or
// begun again while it is open, and defer tx.Rollback() in a loop, which holds
// every round's transaction until the function returns.
//
// It does not report: transactions that are returned, stored in something
// that outlives the call, sent away or given to a goroutine; the end of the
// process (os.Exit, log.Fatal, t.Fatal); begins whose handle goes where it
// cannot be followed (-earlyreturn.explain tells where).
package earlyreturn

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
//	func transfer(db *sql.DB, from, to int, cents int64) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		if _, err := tx.Exec(debit, cents, from); err != nil {
//			return err // returns without finishing tx
//		}
//		if _, err := tx.Exec(credit, cents, to); err != nil {
//			tx.Rollback()
//			return err
//		}
//		return tx.Commit()
//	}
//
// The usual repair is a deferred rollback, which does nothing after a commit:
//
//	tx, err := db.Begin()
//	if err != nil {
//		return err
//	}
//	defer tx.Rollback()
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
// cannot be followed (-explain tells where).
//
// Flags: -earlyreturn.panics also reports transactions that only a panic
// leaves open; -earlyreturn.possible reports what rests on an assumption;
// -earlyreturn.explain tells why nothing was reported about a begin.
//
// To silence one finding, write //txlint:ignore earlyreturn REASON above the
// line.
package earlyreturn

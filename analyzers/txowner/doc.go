// Package txowner defines an Analyzer that reports transactions that are
// finished by somebody who did not begin them.
//
// # Analyzer txowner
//
// txowner: report transactions that somebody else than their owner finishes
//
// Who begins a transaction finishes it. A function that is lent one and commits
// it, or rolls it back, pulls it from under its caller: the caller goes on, its
// statements fail with "transaction has already been committed or rolled back",
// and half of the work is kept. Each function is right for itself and tests of
// one alone pass; so the analyzer looks at both sides, over calls and packages:
//
//	func checkout(db *sql.DB, order int) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		if err := reserve(tx, order); err != nil {
//			return err
//		}
//		if _, err := tx.Exec(`UPDATE orders SET state = 'paid' WHERE id = $1`, order); err != nil { // uses tx after
//			return err
//		}
//		return tx.Commit()
//	}
//
//	func reserve(tx *sql.Tx, order int) error {
//		if _, err := tx.Exec(`UPDATE stock SET reserved = reserved + 1 WHERE id = $1`, order); err != nil {
//			return err
//		}
//		return tx.Commit() // commits tx, which
//	}
//
// The function that was lent the transaction only works with it, and says by
// its error whether that went well:
//
//	func checkout(db *sql.DB, order int) error {
//		tx, err := db.Begin()
//		if err != nil {
//			return err
//		}
//		defer tx.Rollback()
//		if err := reserve(tx, order); err != nil {
//			return err
//		}
//		if _, err := tx.Exec(`UPDATE orders SET state = 'paid' WHERE id = $1`, order); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
//	func reserve(tx *sql.Tx, order int) error {
//		_, err := tx.Exec(`UPDATE stock SET reserved = reserved + 1 WHERE id = $1`, order)
//		return err
//	}
//
// # What is reported
//
//   - a function that works with a transaction that it was given, as a
//     parameter, in its receiver or in a context, and also commits it, or rolls
//     it back without telling so by an error
//   - a caller that goes on with a transaction, or commits it, after a function
//     that it was lent to has finished it
//   - a commit or rollback in the closure of a managed transaction
//     (gorm's Transaction, pgx.BeginFunc, bun's RunInTx, the project's own
//     runners): the runner finishes it
//
// # What is not reported
//
//   - functions that only finish: finish(tx, &err), commitOrRollback, the
//     Commit of a wrapper or a unit of work
//   - functions whose callers in view all leave the transaction alone
//     afterwards, but for a rollback that does nothing then: it was handed down
//   - functions whose comment says that they commit or roll back
//   - an end that only happens where the function began the transaction itself
//   - nested transactions and savepoints that are begun on the one that was
//     given
//   - what rests on an assumption; -txowner.possible reports it
package txowner

// Package across lends transactions to other packages.
package across

import (
	"context"
	"database/sql"

	"example.com/corpus/txowner/helpers/ledger"
	"example.com/corpus/txowner/helpers/runner"
)

func postsBad(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := ledger.PostBad(ctx, tx, 1); err != nil {
		return err
	}
	if err := ledger.Write(ctx, tx, -1); err != nil { // want "passes tx to ledger.Write after ledger.PostBad has committed it .*ledger.go"
		return err
	}
	return tx.Commit()
}

func transfersBad(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := ledger.Write(ctx, tx, 1); err != nil {
		return err
	}
	if err := ledger.Transfer(ctx, tx, 1); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx after ledger.Transfer has committed it"
}

// closesBad does not know what the comment of the callee says.
func closesBad(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := ledger.YearOK(ctx, tx); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx after ledger.YearOK has committed it"
}

func closesOK(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := ledger.Write(ctx, tx, 1); err != nil {
		return err
	}
	return ledger.YearOK(ctx, tx)
}

func endsOK(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer ledger.End(tx, &err)
	return ledger.Write(ctx, tx, 1)
}

// EndsGivenBad works with it and has it ended elsewhere.
func EndsGivenBad(ctx context.Context, tx *sql.Tx) (err error) {
	defer ledger.End(tx, &err) // want "(commits|rolls back) tx, which the caller passed in"
	return ledger.Write(ctx, tx, 1)
}

// FN_SealsAcross: what a method of another package does with the handle in its
// receiver is only known if it finishes it.
func FN_SealsAcross(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	book := ledger.On(tx)
	if err := book.SealBad(ctx); err != nil {
		return err
	}
	return book.Note(ctx, "sealed")
}

func runsBad(ctx context.Context, s *runner.Store) error {
	return s.InTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := ledger.Write(ctx, tx, 1); err != nil {
			return err
		}
		return tx.Commit() // want "commits tx, which runner.Store.InTx finishes"
	})
}

func runsOnceBad(ctx context.Context, s *runner.Store) error {
	return s.Once(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := ledger.Write(ctx, tx, 1); err != nil {
			return err
		}
		return ledger.YearOK(ctx, tx) // want "commits tx, which runner.Store.Once finishes"
	})
}

func runsOK(ctx context.Context, s *runner.Store) error {
	return s.InTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return ledger.Write(ctx, tx, 1)
	})
}

func lentOK(ctx context.Context, s *runner.Store) error {
	return s.Lend(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := ledger.Write(ctx, tx, 1); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// Package ent adopts pets through a generated client of ent.
package ent

import (
	"context"
	"errors"
	"fmt"

	"example.com/corpus/txowner/entdb/ent"
)

var errNoName = errors.New("no name")

func adoptBad(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		return errNoName // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func adoptOK(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if name == "" {
		return errNoName
	}
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// The helper of ent's manual, which wraps the error.
func rollback(tx *ent.Tx, err error) error {
	if rerr := tx.Rollback(); rerr != nil {
		err = fmt.Errorf("%w: %v", err, rerr)
	}
	return err
}

func helperOK(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit()
}

func helperBad(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		return fmt.Errorf("adopt: %w", errNoName) // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit()
}

// The client of the transaction is lent to what takes clients.
func nameOK(ctx context.Context, client *ent.Client, name string) error {
	_, err := client.Pet.Create().SetName(name).Save(ctx)
	return err
}

func lendsClientOK(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := nameOK(ctx, tx.Client(), name); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit()
}

func lendsClientBad(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := nameOK(ctx, tx.Client(), name); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// The runner of ent's manual.
func withTx(ctx context.Context, client *ent.Client, fn func(tx *ent.Tx) error) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil {
			_ = tx.Rollback()
			panic(v)
		}
	}()
	if err := fn(tx); err != nil {
		return rollback(tx, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing transaction: %w", err)
	}
	return nil
}

func managedOK(ctx context.Context, client *ent.Client, name string) error {
	return withTx(ctx, client, func(tx *ent.Tx) error { return nameOK(ctx, tx.Client(), name) })
}

func managedBad(ctx context.Context, client *ent.Client, name string) error {
	return withTx(ctx, client, func(tx *ent.Tx) error {
		if err := nameOK(ctx, tx.Client(), name); err != nil {
			return err
		}
		return tx.Commit() // want txowner:"commits tx"
	})
}

func noReturnBad(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back by ent.Tx.Rollback at line \\d+"
}

func returnsOK(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func RenameBad(ctx context.Context, tx *ent.Tx, name string) error {
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func RenameOK(ctx context.Context, tx *ent.Tx, name string) error {
	_, err := tx.Pet.Create().SetName(name).Save(ctx)
	return err
}

func renameBothOK(ctx context.Context, client *ent.Client, a, b string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := RenameOK(ctx, tx, a); err != nil {
		return rollback(tx, err)
	}
	if err := RenameOK(ctx, tx, b); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit()
}

func twiceBad(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := RenameOK(ctx, tx, name); err != nil {
		return rollback(tx, err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return tx.Commit() // want txdone:"commits tx, committed by ent.Tx.Commit at line \\d+: the second commit fails"
}

// Hooks stand around the end, and end nothing by themselves.

func hookedOK(ctx context.Context, client *ent.Client, name string, told func()) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	tx.OnCommit(func(next ent.Committer) ent.Committer {
		return ent.CommitFunc(func(ctx context.Context, tx *ent.Tx) error {
			if err := next.Commit(ctx, tx); err != nil {
				return err
			}
			told()
			return nil
		})
	})
	if err := RenameOK(ctx, tx, name); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit()
}

func hookedBad(ctx context.Context, client *ent.Client, name string, told func()) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	tx.OnCommit(func(next ent.Committer) ent.Committer {
		return ent.CommitFunc(func(ctx context.Context, tx *ent.Tx) error {
			err := next.Commit(ctx, tx)
			told()
			return err
		})
	})
	if err := RenameOK(ctx, tx, name); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// What a hook does before the commit it does inside the transaction.
func worksFirst(next ent.Committer) ent.Committer {
	return ent.CommitFunc(func(ctx context.Context, tx *ent.Tx) error {
		if _, err := tx.Pet.Create().SetName("last").Save(ctx); err != nil {
			return err
		}
		return next.Commit(ctx, tx)
	})
}

func namedHookOK(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	tx.OnCommit(worksFirst)
	if err := RenameOK(ctx, tx, name); err != nil {
		return err
	}
	return tx.Commit()
}

func namedHookBad(ctx context.Context, client *ent.Client, name string) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	tx.OnCommit(worksFirst)
	if err := RenameOK(ctx, tx, name); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back by ent.Tx.Rollback at line \\d+"
}

// The end is left to who began it, also where a hook is added.
func HooksOnLentOK(ctx context.Context, tx *ent.Tx, name string, told func(error)) error {
	tx.OnRollback(func(next ent.Rollbacker) ent.Rollbacker {
		return ent.RollbackFunc(func(ctx context.Context, tx *ent.Tx) error {
			err := next.Rollback(ctx, tx)
			told(err)
			return err
		})
	})
	return RenameOK(ctx, tx, name)
}

func HooksOnLentBad(ctx context.Context, tx *ent.Tx, name string) error {
	tx.OnCommit(worksFirst)
	if err := RenameOK(ctx, tx, name); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func hooksInRunnerOK(ctx context.Context, client *ent.Client, name string) error {
	return withTx(ctx, client, func(tx *ent.Tx) error {
		tx.OnCommit(worksFirst)
		return RenameOK(ctx, tx, name)
	})
}

// To add a hook is no end.
func addsOnlyBad(ctx context.Context, client *ent.Client) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	tx.OnCommit(worksFirst)
	return nil // want earlyreturn:"returns without finishing tx begun at line \\d+"
}

// Package entdb holds ent transactions and who finishes them.
package entdb

import (
	"context"
	"fmt"

	"example.com/corpus/txowner/entdb/ent"
)

func AdoptBad(ctx context.Context, tx *ent.Tx, name string) error {
	if _, err := tx.Pet.Create().SetName(name).Save(ctx); err != nil {
		return err
	}
	return tx.Commit() // want "commits tx, which the caller passed in"
}

func AdoptOK(ctx context.Context, client *ent.Client, name string) error {
	_, err := client.Pet.Create().SetName(name).Save(ctx)
	return err
}

func adoptsOK(ctx context.Context, client *ent.Client) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := AdoptOK(ctx, tx.Client(), "Rex"); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit()
}

func adoptsBad(ctx context.Context, client *ent.Client) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := AdoptBad(ctx, tx, "Rex"); err != nil {
		return rollback(tx, err)
	}
	return tx.Commit() // want "commits tx after entdb.AdoptBad has committed it"
}

func rollback(tx *ent.Tx, err error) error {
	if rerr := tx.Rollback(); rerr != nil {
		err = fmt.Errorf("%w: %v", err, rerr)
	}
	return err
}

// WithTx is the runner that ent's manual shows.
func WithTx(ctx context.Context, client *ent.Client, fn func(tx *ent.Tx) error) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil {
			tx.Rollback()
			panic(v)
		}
	}()
	if err := fn(tx); err != nil {
		return rollback(tx, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

func withTxBad(ctx context.Context, client *ent.Client) error {
	return WithTx(ctx, client, func(tx *ent.Tx) error {
		if _, err := tx.Pet.Delete().Exec(ctx); err != nil {
			return rollback(tx, err) // want "rolls back tx, which entdb.WithTx finishes"
		}
		return nil
	})
}

func withTxOK(ctx context.Context, client *ent.Client) error {
	return WithTx(ctx, client, func(tx *ent.Tx) error {
		return AdoptOK(ctx, tx.Client(), "Fido")
	})
}

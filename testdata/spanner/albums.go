// Package spanner keeps albums in Cloud Spanner.
package spanner

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"
)

type album struct {
	ID    string
	Price int64
}

var errSoldOut = errors.New("sold out")

func priced(id string, price int64) spanner.Statement {
	return spanner.Statement{SQL: "UPDATE Albums SET Price = @price WHERE Id = @id", Params: map[string]any{"id": id, "price": price}}
}

// A read-only transaction holds its session until it is closed.

func readBad(ctx context.Context, client *spanner.Client, id string) (int64, error) {
	tx := client.ReadOnlyTransaction()
	row, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	if err != nil {
		return 0, err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	var price int64
	err = row.Columns(&price)
	tx.Close()
	return price, err
}

func readOK(ctx context.Context, client *spanner.Client, id string) (int64, error) {
	tx := client.ReadOnlyTransaction()
	defer tx.Close()
	row, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	if err != nil {
		return 0, err
	}
	var price int64
	return price, row.Columns(&price)
}

// Nothing is taken before the first read.
func unusedOK(ctx context.Context, client *spanner.Client, id string) (int64, error) {
	tx := client.ReadOnlyTransaction()
	if id == "" {
		return 0, errSoldOut
	}
	defer tx.Close()
	row, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	if err != nil {
		return 0, err
	}
	var price int64
	return price, row.Columns(&price)
}

// The bound is set on the same transaction.
func boundBad(ctx context.Context, client *spanner.Client, id string) error {
	tx := client.ReadOnlyTransaction().WithTimestampBound(spanner.StrongRead())
	if _, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"}); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	tx.Close()
	return nil
}

func boundOK(ctx context.Context, client *spanner.Client, id string) error {
	tx := client.ReadOnlyTransaction().WithTimestampBound(spanner.StrongRead())
	defer tx.Close()
	_, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	return err
}

// One read needs no end.
func singleOK(ctx context.Context, client *spanner.Client, id string) (int64, error) {
	row, err := client.Single().ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	if err != nil {
		return 0, err
	}
	var price int64
	return price, row.Columns(&price)
}

// A transaction by hand, statement by statement.

func setPriceBad(ctx context.Context, client *spanner.Client, a album) error {
	tx, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	if err != nil {
		return err
	}
	n, err := tx.Update(ctx, priced(a.ID, a.Price))
	if err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if n == 0 {
		tx.Rollback(ctx)
		return errSoldOut
	}
	_, err = tx.Commit(ctx)
	return err
}

func setPriceOK(ctx context.Context, client *spanner.Client, a album) error {
	tx, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	if err != nil {
		return err
	}
	n, err := tx.Update(ctx, priced(a.ID, a.Price))
	if err == nil && n == 0 {
		err = errSoldOut
	}
	if err != nil {
		tx.Rollback(ctx)
		return err
	}
	_, err = tx.Commit(ctx)
	return err
}

func withOptionsOK(ctx context.Context, client *spanner.Client, a album) (err error) {
	tx, err := spanner.NewReadWriteStmtBasedTransactionWithOptions(ctx, client, spanner.TransactionOptions{TransactionTag: "price"})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback(ctx)
		}
	}()
	if _, err := tx.Update(ctx, priced(a.ID, a.Price)); err != nil {
		return fmt.Errorf("price of %s: %w", a.ID, err)
	}
	_, err = tx.CommitWithReturnResp(ctx)
	return err
}

// The error that is returned was never in the err that the deferred closure asks.
func shadowedBad(ctx context.Context, client *spanner.Client, a album) error {
	tx, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback(ctx)
		}
	}()
	if _, err := tx.Update(ctx, priced(a.ID, a.Price)); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	_, err = tx.Commit(ctx)
	return err
}

func goesOnBad(ctx context.Context, client *spanner.Client, a album) error {
	tx, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	if err != nil {
		return err
	}
	if _, err := tx.Update(ctx, priced(a.ID, a.Price)); err != nil {
		tx.Rollback(ctx)
	}
	_, err = tx.Commit(ctx) // want txdone:"commits tx, rolled back at line \\d+"
	return err
}

func lateBad(ctx context.Context, client *spanner.Client, a album) (n int64, err error) {
	tx, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	return tx.Update(ctx, priced(a.ID, a.Price)) // want txdone:"uses tx, committed at line \\d+"
}

func closedBad(ctx context.Context, client *spanner.Client, id string) error {
	tx := client.ReadOnlyTransaction()
	if _, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"}); err != nil {
		tx.Close()
		return err
	}
	tx.Close()
	_, err := tx.ReadRow(ctx, "Singers", spanner.Key{id}, []string{"Name"}) // want txdone:"uses tx, rolled back at line \\d+"
	return err
}

// An aborted transaction is begun anew.
func retriedOK(ctx context.Context, client *spanner.Client, a album) error {
	tx, err := spanner.NewReadWriteStmtBasedTransaction(ctx, client)
	if err != nil {
		return err
	}
	for {
		if _, err := tx.Update(ctx, priced(a.ID, a.Price)); err != nil {
			tx.Rollback(ctx)
			return err
		}
		if _, err = tx.Commit(ctx); spanner.ErrCode(err).String() != "Aborted" {
			return err
		}
		if tx, err = tx.ResetForRetry(ctx); err != nil {
			return err
		}
	}
}

// Who is lent a transaction leaves its end to the one that began it.

func RaiseBad(ctx context.Context, tx *spanner.ReadWriteStmtBasedTransaction, a album) error {
	if _, err := tx.Update(ctx, priced(a.ID, a.Price+1)); err != nil {
		return err
	}
	_, err := tx.Commit(ctx) // want txowner:"commits tx, which the caller passed in"
	return err
}

func RaiseOK(ctx context.Context, tx *spanner.ReadWriteStmtBasedTransaction, a album) error {
	_, err := tx.Update(ctx, priced(a.ID, a.Price+1))
	return err
}

func PricesBad(ctx context.Context, tx *spanner.ReadOnlyTransaction, id string) (int64, error) {
	defer tx.Close() // want txowner:"rolls back tx, which the caller passed in"
	row, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	if err != nil {
		return 0, err
	}
	var price int64
	return price, row.Columns(&price)
}

func PricesOK(ctx context.Context, tx *spanner.ReadOnlyTransaction, id string) (int64, error) {
	row, err := tx.ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"})
	if err != nil {
		return 0, err
	}
	var price int64
	return price, row.Columns(&price)
}

// The managed transaction, which nobody but the client can end.
func managedOK(ctx context.Context, client *spanner.Client, a album) error {
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		n, err := tx.Update(ctx, priced(a.ID, a.Price))
		if err != nil {
			return err
		}
		if n == 0 {
			return errSoldOut
		}
		return tx.BufferWrite([]*spanner.Mutation{spanner.Delete("Offers", spanner.Key{a.ID})})
	})
	return err
}

// One round trip for each album, or one for all.

func pricesEachBad(ctx context.Context, client *spanner.Client, ids []string) (sum int64, err error) {
	for _, id := range ids {
		row, err := client.Single().ReadRow(ctx, "Albums", spanner.Key{id}, []string{"Price"}) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return 0, err
		}
		var price int64
		if err := row.Columns(&price); err != nil {
			return 0, err
		}
		sum += price
	}
	return sum, nil
}

func pricesAtOnceOK(ctx context.Context, client *spanner.Client, ids []string) (sum int64, err error) {
	keys := make([]spanner.Key, 0, len(ids))
	for _, id := range ids {
		keys = append(keys, spanner.Key{id})
	}
	rows := client.Single().Read(ctx, "Albums", spanner.KeySetFromKeys(keys...), []string{"Price"})
	defer rows.Stop()
	for {
		row, err := rows.Next()
		if errors.Is(err, iterator.Done) {
			return sum, nil
		}
		if err != nil {
			return 0, err
		}
		var price int64
		if err := row.Columns(&price); err != nil {
			return 0, err
		}
		sum += price
	}
}

func updateEachBad(ctx context.Context, client *spanner.Client, all []album) error {
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		for _, a := range all {
			if _, err := tx.Update(ctx, priced(a.ID, a.Price)); err != nil { // want nplusone:"writes to the database for each element of all"
				return err
			}
		}
		return nil
	})
	return err
}

func updateAtOnceOK(ctx context.Context, client *spanner.Client, all []album) error {
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		var statements []spanner.Statement
		for _, a := range all {
			statements = append(statements, priced(a.ID, a.Price))
		}
		_, err := tx.BatchUpdate(ctx, statements)
		return err
	})
	return err
}

func applyEachBad(ctx context.Context, client *spanner.Client, all []album) error {
	for _, a := range all {
		m := spanner.Insert("Albums", []string{"Id", "Price"}, []any{a.ID, a.Price})
		if _, err := client.Apply(ctx, []*spanner.Mutation{m}); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

// Mutations wait for the commit.
func bufferedOK(ctx context.Context, client *spanner.Client, all []album) error {
	_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		for _, a := range all {
			if err := tx.BufferWrite([]*spanner.Mutation{spanner.Insert("Albums", []string{"Id", "Price"}, []any{a.ID, a.Price})}); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

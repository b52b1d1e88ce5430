// Package neo4j follows people with the driver of neo4j.
package neo4j

import (
	"context"
	"errors"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

var errSelf = errors.New("nobody follows themselves")

const follow = "MATCH (a {id: $a}), (b {id: $b}) MERGE (a)-[:FOLLOWS]->(b)"

func between(a, b string) map[string]any { return map[string]any{"a": a, "b": b} }

func followBad(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	if a == b {
		return errSelf // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Run(ctx, follow, between(a, b)); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}

// Close rolls back what is open and does nothing after the commit.
func followOK(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	defer tx.Close(ctx)
	if a == b {
		return errSelf
	}
	if _, err := tx.Run(ctx, follow, between(a, b)); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// The close of the session ends its transaction.
func sessionOK(ctx context.Context, driver neo4j.DriverWithContext, a, b string) error {
	session := driver.NewSession(ctx, neo4j.SessionConfig{})
	defer session.Close(ctx)
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Run(ctx, follow, between(a, b)); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func sessionBad(ctx context.Context, driver neo4j.DriverWithContext, a, b string) error {
	session := driver.NewSession(ctx, neo4j.SessionConfig{})
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Run(ctx, follow, between(a, b)); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit(ctx)
}

func managedOK(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	_, err := session.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		return tx.Run(ctx, follow, between(a, b))
	})
	return err
}

func genericOK(ctx context.Context, session neo4j.SessionWithContext, id string) (int, error) {
	return neo4j.ExecuteRead(ctx, session, func(tx neo4j.ManagedTransaction) (int, error) {
		result, err := tx.Run(ctx, "MATCH (a {id: $a}) RETURN a", map[string]any{"a": id})
		if err != nil {
			return 0, err
		}
		records, err := result.Collect(ctx)
		return len(records), err
	})
}

func noReturnBad(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Run(ctx, follow, between(a, b)); err != nil {
		_ = tx.Rollback(ctx)
	}
	return tx.Commit(ctx) // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Run(ctx, follow, between(a, b)); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

func lateBad(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	defer tx.Close(ctx)
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	_, err = tx.Run(ctx, follow, between(a, b)) // want txdone:"uses tx, committed at line \\d+"
	return err
}

func BlockBad(ctx context.Context, tx neo4j.ExplicitTransaction, a string) error {
	if _, err := tx.Run(ctx, "MATCH (a {id: $a}) SET a.blocked = true", map[string]any{"a": a}); err != nil {
		return err
	}
	return tx.Commit(ctx) // want txowner:"commits tx, which the caller passed in"
}

func BlockOK(ctx context.Context, tx neo4j.ExplicitTransaction, a string) error {
	_, err := tx.Run(ctx, "MATCH (a {id: $a}) SET a.blocked = true", map[string]any{"a": a})
	return err
}

func blockBothOK(ctx context.Context, session neo4j.SessionWithContext, a, b string) error {
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		return err
	}
	defer tx.Close(ctx)
	if err := BlockOK(ctx, tx, a); err != nil {
		return err
	}
	if err := BlockOK(ctx, tx, b); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func namesBad(ctx context.Context, tx neo4j.ExplicitTransaction, all []string) ([]*neo4j.Record, error) {
	var out []*neo4j.Record
	for _, a := range all {
		result, err := tx.Run(ctx, "MATCH (a {id: $a}) RETURN a.name", map[string]any{"a": a}) // want nplusone:"runs a query for each element of all"
		if err != nil {
			return nil, err
		}
		name, err := result.Single(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}

func followAllOK(ctx context.Context, tx neo4j.ExplicitTransaction, a string, all []string) error {
	_, err := tx.Run(ctx, "UNWIND $all AS b MATCH (x {id: $a}), (y {id: b}) MERGE (x)-[:FOLLOWS]->(y)", map[string]any{"a": a, "all": all})
	return err
}

func readOK(ctx context.Context, session neo4j.SessionWithContext, id string) (*neo4j.Record, error) {
	result, err := session.Run(ctx, "MATCH (a {id: $a}) RETURN a", map[string]any{"a": id})
	if err != nil {
		return nil, err
	}
	return result.Single(ctx)
}

// Package dbr counts votes with dbr.
package dbr

import (
	"context"
	"errors"

	"github.com/gocraft/dbr/v2"
)

type vote struct{ Voter, Choice int64 }

var errTwice = errors.New("voted already")

func voteBad(sess *dbr.Session, v *vote) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	n, err := tx.Select("count(*)").From("votes").Where("voter = ?", v.Voter).ReturnInt64()
	if err != nil || n > 0 {
		return errTwice // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.InsertInto("votes").Columns("voter", "choice").Record(v).Exec(); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func voteOK(ctx context.Context, sess *dbr.Session, v *vote) error {
	tx, err := sess.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.RollbackUnlessCommitted()
	n, err := tx.Select("count(*)").From("votes").Where("voter = ?", v.Voter).ReturnInt64Context(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return errTwice
	}
	if _, err := tx.InsertInto("votes").Columns("voter", "choice").Record(v).Exec(); err != nil {
		return err
	}
	return tx.Commit()
}

func voteByHandOK(sess *dbr.Session, v *vote) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.InsertInto("votes").Record(v).Exec(); err != nil {
		if e := tx.Rollback(); e != nil {
			return errors.Join(err, e)
		}
		return err
	}
	return tx.Commit()
}

// A session is made for each request, on the pool of the connection.
func sessionBad(conn *dbr.Connection, v *vote) error {
	tx, err := conn.NewSession(nil).Begin()
	if err != nil {
		return err
	}
	if v.Choice == 0 {
		return errTwice // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	_, err = tx.InsertInto("votes").Record(v).Exec()
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func sessionOK(conn *dbr.Connection, v *vote) error {
	tx, err := conn.NewSession(nil).Begin()
	if err != nil {
		return err
	}
	defer tx.RollbackUnlessCommitted()
	if _, err = tx.InsertInto("votes").Record(v).Exec(); err != nil {
		return err
	}
	return tx.Commit()
}

func goesOnBad(sess *dbr.Session, v *vote) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.DeleteFrom("votes").Where("voter = ?", v.Voter).Exec(); err != nil {
		tx.RollbackUnlessCommitted()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func rawLateBad(sess *dbr.Session, v *vote) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	defer tx.RollbackUnlessCommitted()
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM votes WHERE voter = ?", v.Voter) // want txdone:"uses tx, committed at line \\d+: sql.Tx.Exec fails"
	return err
}

func rawOK(sess *dbr.Session, v *vote) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	defer tx.RollbackUnlessCommitted()
	if _, err = tx.Exec("DELETE FROM votes WHERE voter = ?", v.Voter); err != nil {
		return err
	}
	return tx.Commit()
}

func WithdrawBad(tx *dbr.Tx, v *vote) error {
	if _, err := tx.DeleteFrom("votes").Where("voter = ?", v.Voter).Exec(); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func WithdrawOK(tx dbr.SessionRunner, v *vote) error {
	_, err := tx.DeleteFrom("votes").Where("voter = ?", v.Voter).Exec()
	return err
}

func changeOK(sess *dbr.Session, v *vote) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	defer tx.RollbackUnlessCommitted()
	if err := WithdrawOK(tx, v); err != nil {
		return err
	}
	if _, err := tx.InsertInto("votes").Record(v).Exec(); err != nil {
		return err
	}
	return tx.Commit()
}

// The project's own runner.
func inTxOK(sess *dbr.Session, fn func(tx *dbr.Tx) error) error {
	tx, err := sess.Begin()
	if err != nil {
		return err
	}
	defer tx.RollbackUnlessCommitted()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func runnerOK(sess *dbr.Session, v *vote) error {
	return inTxOK(sess, func(tx *dbr.Tx) error { return WithdrawOK(tx, v) })
}

func runnerBad(sess *dbr.Session, v *vote) error {
	return inTxOK(sess, func(tx *dbr.Tx) error {
		if err := WithdrawOK(tx, v); err != nil {
			return err
		}
		return tx.Commit() // want txowner:"commits tx"
	})
}

func namesBad(sess *dbr.Session, all []vote) ([]string, error) {
	var out []string
	for _, v := range all {
		name, err := sess.Select("name").From("voters").Where("id = ?", v.Voter).ReturnString() // want nplusone:"runs a query for each element of all"
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}

func namesOK(sess *dbr.Session, all []vote) ([]string, error) {
	var ids []int64
	for _, v := range all {
		ids = append(ids, v.Voter)
	}
	return sess.Select("name").From("voters").Where("id IN ?", ids).ReturnStrings()
}

func importBad(tx *dbr.Tx, all []vote) error {
	for _, v := range all {
		if _, err := tx.InsertInto("votes").Columns("voter", "choice").Values(v.Voter, v.Choice).Exec(); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func importOK(tx *dbr.Tx, all []vote) error {
	stmt := tx.InsertInto("votes").Columns("voter", "choice")
	for _, v := range all {
		stmt = stmt.Values(v.Voter, v.Choice)
	}
	_, err := stmt.Exec()
	return err
}

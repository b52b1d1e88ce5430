// Package crdb moves money between accounts with the retry loops of CockroachDB's
// client.
package crdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/cockroachdb/cockroach-go/v2/crdb"
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbgorm"
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbpgxv5"
	"github.com/cockroachdb/cockroach-go/v2/crdb/crdbsqlx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
	"gorm.io/gorm"
)

type transfer struct {
	From, To int
	Amount   int
}

var errBroke = errors.New("not enough money")

const (
	take = "UPDATE accounts SET balance = balance - $2 WHERE id = $1"
	give = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"
)

// The loop begins and finishes: what it calls does the work.

func moveOK(ctx context.Context, db *sql.DB, t transfer) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, take, t.From, t.Amount); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, give, t.To, t.Amount)
		return err
	})
}

func moveCommitsBad(ctx context.Context, db *sql.DB, t transfer) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, take, t.From, t.Amount); err != nil {
			return err
		}
		return tx.Commit() // want txowner:"commits tx, which crdb.ExecuteTx finishes"
	})
}

func moveRollsBackBad(ctx context.Context, db *sql.DB, t transfer) error {
	return crdb.ExecuteTx(ctx, db, &sql.TxOptions{}, func(tx *sql.Tx) error {
		defer tx.Rollback() // want txowner:"rolls back tx, which crdb.ExecuteTx finishes"
		_, err := tx.ExecContext(ctx, take, t.From, t.Amount)
		return err
	})
}

// An error is enough: the loop rolls back.
func refusesOK(ctx context.Context, db *sql.DB, t transfer) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		var balance int
		if err := tx.QueryRowContext(ctx, "SELECT balance FROM accounts WHERE id = $1", t.From).Scan(&balance); err != nil {
			return fmt.Errorf("balance: %w", err)
		}
		if balance < t.Amount {
			return errBroke
		}
		_, err := tx.ExecContext(ctx, take, t.From, t.Amount)
		return err
	})
}

// The other packages do the same for other libraries.

func pgxOK(ctx context.Context, pool *pgxpool.Pool, t transfer) error {
	return crdbpgx.ExecuteTx(ctx, pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, take, t.From, t.Amount)
		return err
	})
}

func pgxBad(ctx context.Context, pool *pgxpool.Pool, t transfer) error {
	return crdbpgx.ExecuteTx(ctx, pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, take, t.From, t.Amount); err != nil {
			tx.Rollback(ctx) // want txowner:"rolls back tx, which crdbpgx.ExecuteTx finishes"
			return err
		}
		return nil
	})
}

func sqlxOK(ctx context.Context, db *sqlx.DB, t transfer) error {
	return crdbsqlx.ExecuteTx(ctx, db, nil, func(tx *sqlx.Tx) error {
		_, err := tx.NamedExecContext(ctx, "UPDATE accounts SET balance = balance - :amount WHERE id = :from", t)
		return err
	})
}

func sqlxBad(ctx context.Context, db *sqlx.DB, t transfer) error {
	return crdbsqlx.ExecuteTx(ctx, db, nil, func(tx *sqlx.Tx) error {
		if _, err := tx.NamedExecContext(ctx, "UPDATE accounts SET balance = balance - :amount WHERE id = :from", t); err != nil {
			return err
		}
		return tx.Commit() // want txowner:"commits tx, which crdbsqlx.ExecuteTx finishes"
	})
}

func gormOK(ctx context.Context, db *gorm.DB, t transfer) error {
	return crdbgorm.ExecuteTx(ctx, db, nil, func(tx *gorm.DB) error {
		return tx.Exec(take, t.From, t.Amount).Error
	})
}

func gormBad(ctx context.Context, db *gorm.DB, t transfer) error {
	return crdbgorm.ExecuteTx(ctx, db, nil, func(tx *gorm.DB) error {
		if err := tx.Exec(take, t.From, t.Amount).Error; err != nil {
			return err
		}
		return tx.Commit().Error // want txowner:"commits tx, which crdbgorm.ExecuteTx finishes"
	})
}

// Helpers of such closures: the transaction is lent.

func WithdrawOK(ctx context.Context, tx *sql.Tx, account, amount int) error {
	_, err := tx.ExecContext(ctx, take, account, amount)
	return err
}

func helperOK(ctx context.Context, db *sql.DB, t transfer) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		return WithdrawOK(ctx, tx, t.From, t.Amount)
	})
}

// Its caller is told.
func DepositOK(ctx context.Context, tx *sql.Tx, account, amount int) error {
	if _, err := tx.ExecContext(ctx, give, account, amount); err != nil {
		return err
	}
	return tx.Commit()
}

func callsDepositBad(ctx context.Context, db *sql.DB, t transfer) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		if err := WithdrawOK(ctx, tx, t.From, t.Amount); err != nil {
			return err
		}
		return DepositOK(ctx, tx, t.To, t.Amount) // want txowner:"commits tx, which crdb.ExecuteTx finishes"
	})
}

func WithdrawAllBad(ctx context.Context, tx *sql.Tx, account int) error {
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET balance = 0 WHERE id = $1", account); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

// Transactions that are begun by hand.

func inTxOK(ctx context.Context, conn *pgx.Conn, t transfer) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, take, t.From, t.Amount); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func byHandBad(ctx context.Context, db *sql.DB, t transfer) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "SAVEPOINT cockroach_restart"); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.ExecContext(ctx, take, t.From, t.Amount); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func byHandOK(ctx context.Context, db *sql.DB, t transfer) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SAVEPOINT cockroach_restart"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, take, t.From, t.Amount); err != nil {
		return err
	}
	return tx.Commit()
}

// The transaction of a round is over when the loop returns.

func keptBad(ctx context.Context, db *sql.DB, t transfer) (n int, err error) {
	var kept *sql.Tx
	err = crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		kept = tx
		_, err := tx.ExecContext(ctx, take, t.From, t.Amount)
		return err
	})
	if err != nil {
		return 0, err
	}
	err = kept.QueryRowContext(ctx, "SELECT count(*) FROM accounts").Scan(&n) // want txdone:"uses tx, committed at line \\d+: sql.Tx.QueryRowContext fails"
	return n, err
}

func askedInsideOK(ctx context.Context, db *sql.DB, t transfer) (n int, err error) {
	err = crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, take, t.From, t.Amount); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM accounts").Scan(&n)
	})
	return n, err
}

func rolledBackThenUsedBad(ctx context.Context, db *sql.DB, t transfer) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := WithdrawOK(ctx, tx, t.From, t.Amount); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

// One statement for each transfer, and the loop may send them all again.

func allBad(ctx context.Context, db *sql.DB, all []transfer) error {
	return crdb.ExecuteTx(ctx, db, nil, func(tx *sql.Tx) error {
		for _, t := range all {
			if _, err := tx.ExecContext(ctx, give, t.To, t.Amount); err != nil { // want nplusone:"writes to the database for each element of all"
				return err
			}
		}
		return nil
	})
}

func allOK(ctx context.Context, pool *pgxpool.Pool, ids, amounts []int) error {
	return crdbpgx.ExecuteTx(ctx, pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + m.amount
			FROM (SELECT unnest($1::int[]) AS id, unnest($2::int[]) AS amount) AS m WHERE accounts.id = m.id`, ids, amounts)
		return err
	})
}

func transactionEachBad(ctx context.Context, db *sql.DB, all []transfer) error {
	for _, t := range all {
		if err := helperOK(ctx, db, t); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

// What the loop runs again is no loop over elements.
func readsOnceOK(ctx context.Context, db *sql.DB, ids []int) (names []string, err error) {
	err = crdb.ExecuteTx(ctx, db, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx) error {
		names = names[:0]
		rows, err := tx.QueryContext(ctx, "SELECT name FROM accounts WHERE id = ANY($1)", ids)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	return names, err
}

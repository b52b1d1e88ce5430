package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"os"
	"runtime"
	"testing"
	"time"
)

// MigrateOK is a command: its process ends with it.
func MigrateOK(db *sql.DB, files []string) {
	tx, err := db.Begin()
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range files {
		script, err := os.ReadFile(name)
		if err != nil {
			log.Fatalf("migrate: %v", err)
		}
		if _, err := tx.Exec(string(script)); err != nil {
			log.Printf("%s: %v", name, err)
			os.Exit(1)
		}
	}
	if err := tx.Commit(); err != nil {
		log.Fatalln(err)
	}
}

// MigrateBad logs where MigrateOK dies.
func MigrateBad(db *sql.DB, files []string) {
	tx, err := db.Begin()
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range files {
		script, err := os.ReadFile(name)
		if err != nil {
			log.Printf("migrate: %v", err)
			return // want "returns without finishing tx begun at line \\d+"
		}
		if _, err := tx.Exec(string(script)); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		log.Fatalln(err)
	}
}

// die never returns.
func die(code int, err error) {
	log.Print(err)
	os.Exit(code)
}

// OwnFatalOK ends the process through a function of its own.
func OwnFatalOK(db *sql.DB) {
	tx, err := db.Begin()
	if err != nil {
		die(1, err)
	}
	if _, err := tx.Exec(`VACUUM`); err != nil {
		die(2, err)
	}
	if err := tx.Commit(); err != nil {
		die(3, err)
	}
}

// complain returns, except when it is told to be strict.
func complain(strict bool, err error) {
	log.Print(err)
	if strict {
		os.Exit(1)
	}
}

// OwnFatalBad calls what may well return.
func OwnFatalBad(db *sql.DB, strict bool) {
	tx, err := db.Begin()
	if err != nil {
		die(1, err)
	}
	if _, err := tx.Exec(`VACUUM`); err != nil {
		complain(strict, err)
		return // want "returns without finishing tx begun at line \\d+"
	}
	if err := tx.Commit(); err != nil {
		die(3, err)
	}
}

// PanicOK leaves a transaction open only where it panics.
func PanicOK(db *sql.DB, id int64) {
	tx, err := db.Begin()
	if err != nil {
		panic(err)
	}
	if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
		panic(err)
	}
	tx.Commit()
}

// GoexitOK ends its goroutine, which counts as a panic does.
func GoexitOK(db *sql.DB, id int64) {
	tx, err := db.Begin()
	if err != nil {
		runtime.Goexit()
	}
	if _, err := tx.Exec(`DELETE FROM carts WHERE id = ?`, id); err != nil {
		runtime.Goexit()
	}
	tx.Commit()
}

// seedOK is a test's helper.
func seedOK(t testing.TB, db *sql.DB, skus ...string) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, sku := range skus {
		if _, err := tx.Exec(`INSERT INTO products (sku) VALUES (?)`, sku); err != nil {
			t.Fatalf("seed %s: %v", sku, err)
		}
	}
	if len(skus) == 0 {
		t.Skip("nothing to seed")
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// seedBad goes on after t.Error.
func seedBad(t testing.TB, db *sql.DB, skus ...string) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, sku := range skus {
		if _, err := tx.Exec(`INSERT INTO products (sku) VALUES (?)`, sku); err != nil {
			t.Errorf("seed %s: %v", sku, err)
			return // want "returns without finishing tx begun at line \\d+"
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// FailedCommitOK has nothing left after a commit, failed or not.
func FailedCommitOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(errors.New("commit"), err)
	}
	return nil
}

// RollbackAfterFailedCommitOK is thorough beyond need.
func RollbackAfterFailedCommitOK(ctx context.Context, db *sql.DB, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = touch(ctx, tx, "orders", id)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		tx.Rollback()
	}
	return err
}

// ConnBad begins on a connection of its own. To close that finishes nothing:
// Close waits for the transaction, and so for ever.
func ConnBad(ctx context.Context, db *sql.DB, id int64) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func ConnOK(ctx context.Context, db *sql.DB, id int64) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// CancelledOnReturnOK cancels the context of its transaction when it returns,
// and database/sql rolls back then.
func CancelledOnReturnOK(ctx context.Context, db *sql.DB, id int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

// OtherCancelledBad cancels a context that is not the one of its transaction.
func OtherCancelledBad(ctx context.Context, db *sql.DB, id int64) error {
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := touch(short, tx, "orders", id); err != nil {
		return err // want "returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// CancelledChildOK begins with a context made from the one that it cancels.
func CancelledChildOK(ctx context.Context, db *sql.DB, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tx, err := beginFor(context.WithValue(ctx, userKey{}, id), db)
	if err != nil {
		return err
	}
	if err := touch(ctx, tx, "orders", id); err != nil {
		return err
	}
	return tx.Commit()
}

type userKey struct{}

func beginFor(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	return db.BeginTx(ctx, nil)
}

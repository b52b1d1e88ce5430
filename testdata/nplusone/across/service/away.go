package service

import (
	"context"
	"database/sql"

	"example.com/corpus/nplusone/across/away"
	"example.com/corpus/nplusone/across/domain"
	"example.com/corpus/nplusone/across/store"
)

// Each round waits for a server, behind an interface of which the type is hidden.
func RemoveBlobsOK(ctx context.Context, s *store.Store, blobs away.Blobs, keys []string, lines []domain.Line) error {
	for i, l := range lines {
		if err := blobs.Remove(keys[i]); err != nil {
			return err
		}
		if err := s.AddLine(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// Some rounds wait: there may be no keys.
func RemoveAllBlobsOK(ctx context.Context, s *store.Store, blobs away.Blobs, keys [][]string, lines []domain.Line) error {
	for i, l := range lines {
		for _, k := range keys[i] {
			if err := blobs.Remove(k); err != nil {
				return err
			}
		}
		if err := s.AddLine(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func NameBlobsBad(ctx context.Context, s *store.Store, blobs away.Blobs, keys []string, lines []domain.Line) error {
	for i, l := range lines {
		if blobs.Name(keys[i]) == "" {
			return nil
		}
		if err := s.AddLine(ctx, l); err != nil { // want `writes to the database for each element of lines \(Store.AddLine → sql.DB.ExecContext\)`
			return err
		}
	}
	return nil
}

// What is called Send is there to send, however far the server is.
func MailOK(ctx context.Context, s *store.Store, to []string, lines []domain.Line) error {
	for i, l := range lines {
		if err := away.Send(to[i], "your order"); err != nil {
			return err
		}
		if err := s.AddLine(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func LogOK(ctx context.Context, s *store.Store, to []string, lines []domain.Line) error {
	for i, l := range lines {
		if err := away.Log(to[i], "your order"); err != nil {
			return err
		}
		if err := s.AddLine(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// Here it is four calls to what waits, in a package that is about other things.
func AuditBad(ctx context.Context, s *store.Store, to []string, lines []domain.Line) error {
	for i, l := range lines {
		if err := audit(to[i]); err != nil {
			return err
		}
		if err := s.AddLine(ctx, l); err != nil { // want `writes to the database for each element of lines \(Store.AddLine → sql.DB.ExecContext\)`
			return err
		}
	}
	return nil
}

// Each line is tried by itself.
func TryLinesOK(tx *sql.Tx, lines []domain.Line) error {
	for _, l := range lines {
		if err := store.Savepoint(tx, true, "line"); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO lines (order_id, product) VALUES ($1, $2)`, l.Order, l.Product); err != nil {
			if _, err := tx.Exec(`ROLLBACK TO SAVEPOINT line`); err != nil {
				return err
			}
		}
	}
	return nil
}

func TryLinesUpgradeToV2OK(tx *sql.Tx, lines []domain.Line) {
	for _, l := range lines {
		tx.Exec(`UPDATE lines SET product = $1 WHERE order_id = $2`, l.Product, l.Order) // by its name it runs once
	}
}

func audit(to string) error { return about(to, "order") }

func about(to, what string) error { return text(to, "your "+what) }

func text(to, what string) error { return away.Log(to, what) }

package service

import (
	"context"

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

func LogBad(ctx context.Context, s *store.Store, to []string, lines []domain.Line) error {
	for i, l := range lines {
		if err := away.Log(to[i], "your order"); err != nil {
			return err
		}
		if err := s.AddLine(ctx, l); err != nil { // want `writes to the database for each element of lines \(Store.AddLine → sql.DB.ExecContext\)`
			return err
		}
	}
	return nil
}

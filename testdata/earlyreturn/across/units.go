package across

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/corpus/earlyreturn/helpers/txkit"
	"example.com/corpus/earlyreturn/helpers/uow"
)

// UnitBad owns a unit of another package.
func UnitBad(ctx context.Context, db *sql.DB, ids []int64) error {
	u, err := uow.New(ctx, db)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := u.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			return fmt.Errorf("cart %d: %w", id, err) // want "without finishing"
		}
	}
	return u.Commit()
}

func UnitOK(ctx context.Context, db *sql.DB, ids []int64) error {
	u, err := uow.New(ctx, db)
	if err != nil {
		return err
	}
	defer u.End()
	for _, id := range ids {
		if err := u.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			return fmt.Errorf("cart %d: %w", id, err)
		}
	}
	return u.Commit()
}

// LentOK uses what the unit lends and ends the unit.
func LentOK(ctx context.Context, db *sql.DB) error {
	u, err := uow.New(ctx, db)
	if err != nil {
		return err
	}
	defer u.End()
	if err := txkit.Touch(ctx, u.Tx(), "orders"); err != nil {
		return err
	}
	return u.Commit()
}

// LentBad uses what the unit lends and forgets the unit.
func LentBad(ctx context.Context, db *sql.DB) error {
	u, err := uow.New(ctx, db)
	if err != nil {
		return err
	}
	tx := u.Tx()
	if err := txkit.Touch(ctx, tx, "orders"); err != nil {
		return err // want "without finishing"
	}
	return u.Commit()
}

// UnitPerRoundBad makes a unit per element and ends those that succeed.
func UnitPerRoundBad(ctx context.Context, db *sql.DB, ids []int64) (failed []int64) {
	for _, id := range ids {
		u, err := uow.New(ctx, db) // want "begins (u|tx|u\\.tx) again while the one of the previous round is still open"
		if err != nil {
			failed = append(failed, id)
			continue
		}
		if err := u.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			failed = append(failed, id)
			continue
		}
		if err := u.Commit(); err != nil {
			failed = append(failed, id)
		}
	}
	return failed
}

// GormUnitBad finishes by Finish, except where it returns before.
func GormUnitBad(u *uow.Gorm, names []string) error {
	own := &uow.Gorm{Base: u.Base}
	if err := own.Begin(); err != nil {
		return err
	}
	if len(names) == 0 {
		return errEmpty // want "without finishing"
	}
	for _, n := range names {
		if err := own.DB().Exec(`INSERT INTO names VALUES (?)`, n).Error; err != nil {
			return own.Finish(err)
		}
	}
	return own.Finish(nil)
}

func GormUnitOK(u *uow.Gorm, names []string) (err error) {
	own := &uow.Gorm{Base: u.Base}
	if err := own.Begin(); err != nil {
		return err
	}
	defer func() { err = own.Finish(err) }()
	if len(names) == 0 {
		return errEmpty
	}
	for _, n := range names {
		if err := own.DB().Exec(`INSERT INTO names VALUES (?)`, n).Error; err != nil {
			return err
		}
	}
	return nil
}

// service sees interfaces only; the one implementation can be seen from here.
type service struct {
	starter uow.Starter
}

func (s *service) InterfaceBad(ctx context.Context, id int64) error {
	w, err := s.starter.Start(ctx)
	if err != nil {
		return err
	}
	if err := w.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return err // want "without finishing"
	}
	return w.Commit()
}

func (s *service) InterfaceOK(ctx context.Context, id int64) error {
	w, err := s.starter.Start(ctx)
	if err != nil {
		return err
	}
	defer w.Rollback()
	if err := w.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
		return err
	}
	return w.Commit()
}

// job holds a unit between its steps; who makes the job ends it.
type job struct {
	unit *uow.Unit
	ids  []int64
}

func newJobOK(ctx context.Context, db *sql.DB, ids []int64) (*job, error) {
	u, err := uow.New(ctx, db)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		u.End()
		return nil, errEmpty
	}
	return &job{unit: u, ids: ids}, nil
}

func newJobBad(ctx context.Context, db *sql.DB, ids []int64) (*job, error) {
	u, err := uow.New(ctx, db)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errEmpty // want "without finishing"
	}
	return &job{unit: u, ids: ids}, nil
}

func (j *job) close() { j.unit.End() }

// RunJobOK ends the unit through two objects.
func RunJobOK(ctx context.Context, db *sql.DB, ids []int64) error {
	j, err := newJobOK(ctx, db, ids)
	if err != nil {
		return err
	}
	defer j.close()
	for _, id := range j.ids {
		if err := j.unit.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return j.unit.Commit()
}

// RunJobBad ends it on success only.
func RunJobBad(ctx context.Context, db *sql.DB, ids []int64) error {
	j, err := newJobOK(ctx, db, ids)
	if err != nil {
		return err
	}
	for _, id := range j.ids {
		if err := j.unit.Exec(ctx, `DELETE FROM carts WHERE id = ?`, id); err != nil {
			return err // want "without finishing"
		}
	}
	return j.unit.Commit()
}

// Package sqlboiler flies jets with what sqlboiler generates: functions of a
// model that are given an executor.
package sqlboiler

import (
	"context"
	"database/sql"
	"errors"

	"github.com/volatiletech/sqlboiler/v4/boil"
	"github.com/volatiletech/sqlboiler/v4/queries"
	"github.com/volatiletech/sqlboiler/v4/queries/qm"
)

type pilot struct {
	ID   int
	Name string
}

func (o *pilot) Insert(ctx context.Context, exec boil.ContextExecutor, columns boil.Columns) error {
	_, err := exec.ExecContext(ctx, "INSERT INTO pilots (name) VALUES ($1)", o.Name)
	return err
}

func (o *pilot) Delete(ctx context.Context, exec boil.ContextExecutor) (int64, error) {
	result, err := exec.ExecContext(ctx, "DELETE FROM pilots WHERE id = $1", o.ID)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func findPilot(ctx context.Context, exec boil.ContextExecutor, id int) (*pilot, error) {
	o := &pilot{}
	err := queries.Raw("SELECT * FROM pilots WHERE id = $1", id).Bind(ctx, exec, o)
	return o, err
}

type pilotQuery struct{ *queries.Query }

func pilots(mods ...qm.QueryMod) pilotQuery {
	q := &queries.Query{}
	qm.Apply(q, append(mods, qm.From("pilots"))...)
	return pilotQuery{q}
}

func (q pilotQuery) All(ctx context.Context, exec boil.ContextExecutor) ([]*pilot, error) {
	var o []*pilot
	err := q.Bind(ctx, exec, &o)
	return o, err
}

var errGrounded = errors.New("grounded")

func hireBad(ctx context.Context, db *sql.DB, p *pilot) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if p.Name == "" {
		return errGrounded // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if err := p.Insert(ctx, tx, boil.Infer()); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func hireOK(ctx context.Context, db *sql.DB, p *pilot) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if p.Name == "" {
		return errGrounded
	}
	if err := p.Insert(ctx, tx, boil.Infer()); err != nil {
		return err
	}
	return tx.Commit()
}

// The global database begins.
func globalBad(ctx context.Context, p *pilot) error {
	tx, err := boil.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := p.Insert(ctx, tx, boil.Infer()); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func globalOK(ctx context.Context, p *pilot) error {
	tx, err := boil.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := p.Insert(ctx, tx, boil.Infer()); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func transactorBad(p *pilot) error {
	tx, err := boil.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO pilots (name) VALUES ($1)", p.Name); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

func transactorOK(p *pilot) error {
	tx, err := boil.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("INSERT INTO pilots (name) VALUES ($1)", p.Name); err != nil {
		return err
	}
	return tx.Commit()
}

func noReturnBad(ctx context.Context, db *sql.DB, p *pilot) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := p.Delete(ctx, tx); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(ctx context.Context, db *sql.DB, p *pilot) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := p.Delete(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func RetireBad(ctx context.Context, tx *sql.Tx, p *pilot) error {
	if _, err := p.Delete(ctx, tx); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func RetireOK(ctx context.Context, tx boil.ContextExecutor, p *pilot) error {
	_, err := p.Delete(ctx, tx)
	return err
}

func retireBothOK(ctx context.Context, db *sql.DB, a, b *pilot) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := RetireOK(ctx, tx, a); err != nil {
		return err
	}
	if err := RetireOK(ctx, tx, b); err != nil {
		return err
	}
	return tx.Commit()
}

func crewBad(ctx context.Context, db *sql.DB, ids []int) ([]*pilot, error) {
	var out []*pilot
	for _, id := range ids {
		p, err := findPilot(ctx, db, id) // want nplusone:"runs a query for each element of ids"
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func crewOK(ctx context.Context, db *sql.DB, ids []any) ([]*pilot, error) {
	return pilots(qm.WhereIn("id IN ?", ids...)).All(ctx, db)
}

func hireAllBad(ctx context.Context, tx *sql.Tx, all []*pilot) error {
	for _, p := range all {
		if err := p.Insert(ctx, tx, boil.Infer()); err != nil { // want nplusone:"writes to the database for each element of all"
			return err
		}
	}
	return nil
}

func hireAllOK(ctx context.Context, tx *sql.Tx, query string, all []any) error {
	_, err := queries.Raw(query, all...).ExecContext(ctx, tx)
	return err
}

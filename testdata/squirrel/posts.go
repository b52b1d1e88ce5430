// Package squirrel publishes posts with squirrel on database/sql.
package squirrel

import (
	"context"
	"database/sql"
	"errors"

	sq "github.com/Masterminds/squirrel"
)

type post struct {
	ID     int64
	Title  string
	Author int64
}

var errNoTitle = errors.New("no title")

func publishBad(db *sql.DB, p *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if p.Title == "" {
		return errNoTitle // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := sq.Insert("posts").Columns("title").Values(p.Title).RunWith(tx).Exec(); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func publishOK(ctx context.Context, db *sql.DB, p *post) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if p.Title == "" {
		return errNoTitle
	}
	if _, err := sq.Insert("posts").Columns("title").Values(p.Title).RunWith(tx).ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// The builder is made once, for all that is sent in the transaction.
func builderOK(db *sql.DB, p *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(tx)
	if _, err := psql.Update("posts").Set("title", p.Title).Where(sq.Eq{"id": p.ID}).Exec(); err != nil {
		return err
	}
	return tx.Commit()
}

func builderBad(db *sql.DB, p *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	psql := sq.StatementBuilder.RunWith(tx)
	if _, err := psql.Update("posts").Set("title", p.Title).Where(sq.Eq{"id": p.ID}).Exec(); err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	return tx.Commit()
}

// Only text is built; a bad query is found before anything is sent.
func textBad(db *sql.DB, p *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	query, args, err := sq.Delete("posts").Where(sq.Eq{"id": p.ID}).ToSql()
	if err != nil {
		return err // want earlyreturn:"returns without finishing tx begun at line \\d+"
	}
	if _, err := tx.Exec(query, args...); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func textOK(db *sql.DB, p *post) error {
	query, args, err := sq.Delete("posts").Where(sq.Eq{"id": p.ID}).ToSql()
	if err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(query, args...); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func noReturnBad(db *sql.DB, p *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := sq.Delete("posts").Where(sq.Eq{"id": p.ID}).RunWith(tx).Exec(); err != nil {
		_ = tx.Rollback()
	}
	return tx.Commit() // want txdone:"commits tx, rolled back at line \\d+"
}

func returnsOK(db *sql.DB, p *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := sq.Delete("posts").Where(sq.Eq{"id": p.ID}).RunWith(tx).Exec(); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func ShareBad(tx *sql.Tx, p *post) error {
	if _, err := tx.Exec("UPDATE posts SET shared = 1 WHERE id = ?", p.ID); err != nil {
		return err
	}
	return tx.Commit() // want txowner:"commits tx, which the caller passed in"
}

func ShareOK(tx sq.BaseRunner, p *post) error {
	_, err := sq.Update("posts").Set("shared", 1).Where(sq.Eq{"id": p.ID}).RunWith(tx).Exec()
	return err
}

func shareBothOK(db *sql.DB, a, b *post) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for _, p := range []*post{a, b} {
		if err := ShareOK(tx, p); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func authorsBad(db *sql.DB, posts []post) ([]string, error) {
	var out []string
	for _, p := range posts {
		var name string
		if err := sq.Select("name").From("authors").Where(sq.Eq{"id": p.Author}).RunWith(db).QueryRow().Scan(&name); err != nil { // want nplusone:"runs a query for each element of posts"
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}

func authorsOK(db *sql.DB, posts []post) (*sql.Rows, error) {
	ids := make([]int64, len(posts))
	for i, p := range posts {
		ids[i] = p.Author
	}
	return sq.Select("name").From("authors").Where(sq.Eq{"id": ids}).RunWith(db).Query()
}

func importBad(tx *sql.Tx, posts []post) error {
	for _, p := range posts {
		if _, err := sq.Insert("posts").Columns("title").Values(p.Title).RunWith(tx).Exec(); err != nil { // want nplusone:"writes to the database for each element of posts"
			return err
		}
	}
	return nil
}

func importOK(tx *sql.Tx, posts []post) error {
	insert := sq.Insert("posts").Columns("title").RunWith(tx)
	for _, p := range posts {
		insert = insert.Values(p.Title)
	}
	_, err := insert.Exec()
	return err
}

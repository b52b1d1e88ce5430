package bob

import (
	"context"

	"github.com/stephenafamo/bob"
	"github.com/stephenafamo/bob/dialect/psql"
	"github.com/stephenafamo/bob/dialect/psql/dialect"
	"github.com/stephenafamo/bob/dialect/psql/im"
	"github.com/stephenafamo/bob/dialect/psql/sm"
	"github.com/stephenafamo/bob/dialect/psql/um"
	"github.com/stephenafamo/bob/expr"
)

// The model of a table as a generator writes it.

type Book struct {
	ID    int64  `db:"id,pk"`
	Title string `db:"title"`
}

type BookSetter struct {
	Title *string `db:"title"`
}

var Books = psql.NewTablex[*Book, []*Book, *BookSetter]("", "books", expr.NewColumnsExpr("id", "title"))

func (s *BookSetter) SetColumns() []string {
	if s.Title == nil {
		return nil
	}
	return []string{"title"}
}

func (s *BookSetter) Apply(q *dialect.InsertQuery) {
	q.AppendValues(bob.ExpressionFunc(psql.Arg(s.Title).WriteSQL))
}

func (s *BookSetter) UpdateMod() bob.Mod[*dialect.UpdateQuery] {
	return um.SetCol("title").ToArg(s.Title)
}

// FindBook retrieves a book by its key.
func FindBook(ctx context.Context, exec bob.Executor, id int64) (*Book, error) {
	return Books.Query(sm.Where(psql.Quote("id").EQ(psql.Arg(id)))).One(ctx, exec)
}

// Update writes what the setter has.
func (b *Book) Update(ctx context.Context, exec bob.Executor, s *BookSetter) error {
	updated, err := Books.Update(s.UpdateMod(), um.Where(psql.Quote("id").EQ(psql.Arg(b.ID)))).One(ctx, exec)
	if err != nil {
		return err
	}
	*b = *updated
	return nil
}

// InsertBook inserts one.
func InsertBook(ctx context.Context, exec bob.Executor, s *BookSetter) (*Book, error) {
	return Books.Insert(s, im.Returning("id")).One(ctx, exec)
}

package sqlite

import (
	"database/sql"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// Gorm returns gorm on the same pool. Where it cannot be set up, each of its calls fails with the reason.
func Gorm(db *sql.DB) *gorm.DB {
	session, err := gorm.Open(dialect{}, &gorm.Config{
		ConnPool: db, Logger: logger.Discard, SkipDefaultTransaction: true, DisableAutomaticPing: true,
	})
	if err != nil {
		_ = session.AddError(err) // it comes back with every call
	}
	return session
}

// A dialect tells gorm how to speak to SQLite; that of gorm's own would bring a second driver along.
// The schema is not gorm's business here, so that there is nothing to migrate.
type dialect struct{}

func (dialect) Name() string { return "sqlite" }

func (dialect) Initialize(db *gorm.DB) error {
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{LastInsertIDReversed: true})
	return nil
}

func (dialect) Migrator(*gorm.DB) gorm.Migrator { return nil }

func (dialect) DataTypeOf(field *schema.Field) string { return string(field.DataType) }

func (dialect) DefaultValueOf(*schema.Field) clause.Expression { return clause.Expr{SQL: "NULL"} }

func (dialect) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

func (dialect) QuoteTo(w clause.Writer, name string) {
	_ = w.WriteByte('"')
	_, _ = w.WriteString(name)
	_ = w.WriteByte('"')
}

func (dialect) Explain(query string, vars ...any) string {
	return logger.ExplainSQL(query, nil, `'`, vars...)
}

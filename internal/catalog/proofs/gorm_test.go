package proofs

import (
	"context"
	"database/sql"
	"go/types"
	"reflect"
	"testing"
	"time"

	gorm1 "github.com/jinzhu/gorm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/catalog/proofs/fake"
)

// chainMethods returns the methods of DB from which the catalog concludes, by
// the shape of the type alone, that they hand out the same transaction.
func chainMethods(t *testing.T, path string) []string {
	t.Helper()
	libs, err := libraries()
	require.NoError(t, err)
	var out []string
	for _, l := range libs {
		if l.Path != path {
			continue
		}
		for fn := range methodsOf(l.pkg.Scope().Lookup("DB").(*types.TypeName)) {
			if row, ok := catalog.Find(fn); ok && !isRow(row) {
				out = append(out, fn.Name())
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// call calls a method of a handle with arguments that mean nothing.
func call(handle any, method string) any {
	m := reflect.ValueOf(handle).MethodByName(method)
	var args []reflect.Value
	for i := range m.Type().NumIn() {
		in := m.Type().In(i)
		switch {
		case m.Type().IsVariadic() && i == m.Type().NumIn()-1:
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(context.Background()))
		case in == reflect.TypeFor[*gorm.Session]():
			args = append(args, reflect.ValueOf(&gorm.Session{}))
		case in.Kind() == reflect.String:
			args = append(args, reflect.ValueOf("x"))
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	return m.Call(args)[0].Interface()
}

// Every method that returns a handle returns one on the same transaction: its
// commit is the commit of the handle that it was made from.
func TestGormChainsAreTheSameTransaction(t *testing.T) {
	t.Parallel()
	for _, method := range chainMethods(t, "gorm.io/gorm") {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server, db := openSQL(t)
			tx := openGorm(t, db).Begin()
			require.NoError(t, tx.Error)
			derived := call(tx, method).(*gorm.DB)
			assert.Same(t, tx.Statement.ConnPool, derived.Statement.ConnPool)
			derived.Commit()
			assert.ErrorIs(t, tx.Rollback().Error, sql.ErrTxDone)
			assert.Equal(t, []string{"begin", "commit"}, server.Log())
			assert.Zero(t, db.Stats().InUse)
		})
	}
}

// A session that starts a new statement stays in the transaction too.
func TestGormSessionsAreTheSameTransaction(t *testing.T) {
	t.Parallel()
	for _, config := range []gorm.Session{{NewDB: true}, {PrepareStmt: true}, {DryRun: true}, {SkipDefaultTransaction: true}} {
		server, db := openSQL(t)
		tx := openGorm(t, db).Begin()
		require.NoError(t, tx.Error)
		require.NoError(t, tx.Session(&config).Commit().Error)
		assert.Equal(t, []string{"begin", "commit"}, server.Log())
		assert.Zero(t, db.Stats().InUse)
	}
}

func TestGorm1ChainsAreTheSameTransaction(t *testing.T) {
	t.Parallel()
	for _, method := range chainMethods(t, "github.com/jinzhu/gorm") {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server, db := openSQL(t)
			tx := openGorm1(t, db).Begin()
			require.NoError(t, tx.Error)
			derived := call(tx, method).(*gorm1.DB)
			assert.Same(t, tx.CommonDB(), derived.CommonDB())
			derived.Commit()
			assert.Equal(t, []string{"begin", "commit"}, server.Log())
			assert.Zero(t, db.Stats().InUse)
		})
	}
}

// gorm's begin takes its context from the handle, where no index of a row can
// point: the end of that context rolls back all the same.
func TestGormContextOfTheHandleRollsBack(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	ctx, cancel := context.WithCancel(t.Context())
	tx := openGorm(t, db).WithContext(ctx).Begin()
	require.NoError(t, tx.Error)
	cancel()
	require.Eventually(t, func() bool { return server.Open() == 0 && db.Stats().InUse == 0 }, wait, time.Millisecond)
	assert.Equal(t, []string{"begin", "rollback"}, server.Log())
	assert.Error(t, tx.Commit().Error)
}

// The rollback after a commit sets the error of the handle and does no more.
func TestGormRollbackAfterCommitSetsError(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	tx := openGorm(t, db).Begin()
	require.NoError(t, tx.Commit().Error)
	assert.ErrorIs(t, tx.Rollback().Error, sql.ErrTxDone)
	assert.Equal(t, []string{"begin", "commit"}, server.Log())
}

func TestGorm1RollbackUnlessCommitted(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	g := openGorm1(t, db)
	tx := g.Begin()
	require.NoError(t, tx.Commit().Error)
	require.NoError(t, tx.RollbackUnlessCommitted().Error)
	require.NoError(t, g.Begin().RollbackUnlessCommitted().Error)
	assert.Equal(t, []string{"begin", "commit", "begin", "rollback"}, server.Log())
	assert.Zero(t, db.Stats().InUse)
}

// A begin on a transaction fails in both, and the handle that carries the
// error is still one on the outer transaction: its commit ends that.
func TestGormBeginOnTransactionFails(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	tx := openGorm(t, db).Begin()
	inner := tx.Begin()
	assert.ErrorIs(t, inner.Error, gorm.ErrInvalidTransaction)
	inner.Commit()
	assert.ErrorIs(t, tx.Commit().Error, sql.ErrTxDone)
	assert.Equal(t, []string{"begin", "commit"}, server.Log())

	server1, db1 := openSQL(t)
	tx1 := openGorm1(t, db1).Begin()
	inner1 := tx1.Begin()
	assert.ErrorIs(t, inner1.Error, gorm1.ErrCantStartTransaction)
	inner1.Commit()
	assert.ErrorIs(t, tx1.Commit().Error, sql.ErrTxDone)
	assert.Equal(t, []string{"begin", "commit"}, server1.Log())
}

// Transaction of gorm v1 on a transaction is a plain call: no savepoint, no end.
func TestGorm1TransactionOnTransaction(t *testing.T) {
	t.Parallel()
	server, db := openSQL(t)
	tx := openGorm1(t, db).Begin()
	assert.ErrorIs(t, tx.Transaction(func(*gorm1.DB) error { return fake.ErrRefused }), fake.ErrRefused)
	assert.Equal(t, 1, server.Open())
	require.NoError(t, tx.Commit().Error)
	assert.Equal(t, []string{"begin", "commit"}, server.Log())
}

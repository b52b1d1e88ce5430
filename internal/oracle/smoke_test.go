package oracle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/oracle"
)

func TestSmoke(t *testing.T) {
	src := `package p

import "database/sql"
import "github.com/txlint/txlint/internal/oracle/world/ext"

func F(db *sql.DB, a bool, xs []int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if _, err := tx.Exec("x"); err != nil {
		return err
	}
	if a {
		return nil
	}
	for range xs {
		tx.Exec("")
	}
	return tx.Commit()
}

type U struct { tx *sql.Tx }

func (u *U) Begin(db *sql.DB) (err error) {
	u.tx, err = db.Begin()
	return err
}

func G(db *sql.DB) {
	u := &U{}
	if u.Begin(db) != nil {
		return
	}
	u.tx.Exec("")
	defer u.tx.Rollback()
	u.tx.Commit()
	u.tx.Commit()
}

func H(db *sql.DB) {
	u := &U{}
	for ext.Flag() {
	if u.Begin(db) != nil {
		return
	}
	}
	if ext.Flag() {
		panic("x")
	}
}
`
	c := &oracle.Case{Name: "c1", Files: []oracle.File{{"p", "c1.go", src}}}
	good, bad, err := oracle.Compiling([]*oracle.Case{c})
	require.NoError(t, err)
	require.Empty(t, bad)
	start := time.Now()
	f, err := oracle.Analyze(good, txlint.Suite())
	require.NoError(t, err)
	fmt.Println(time.Since(start))
	for n, fs := range f {
		for _, f := range fs {
			fmt.Printf("%s %+v\n", n, f)
		}
	}
	start = time.Now()
	r, err := oracle.Execute(t.Context(), t.TempDir(), good, 400)
	require.NoError(t, err)
	fmt.Println(time.Since(start))
	for n, os := range r {
		for _, o := range os {
			fmt.Println(n, o.Name, o.Runs, o.Complete)
			for _, s := range o.Seen {
				fmt.Printf("   %+v\n", s)
			}
		}
	}
}

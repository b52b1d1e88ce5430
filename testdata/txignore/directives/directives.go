// Package directives has comments that hold findings back: such as do, and
// such as are wrong or of no use.
package directives

import (
	"database/sql"
	"errors"
)

// Held back where the transaction begins.
func heldAtBeginOK(db *sql.DB) error {
	tx, err := db.Begin() //txlint:ignore earlyreturn the process ends after this
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM cart")
	return err
}

// Held back at the exit that is reported.
func heldAtExitOK(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM cart"); err != nil {
		//txlint:ignore earlyreturn the process ends after this
		return err
	}
	return tx.Commit()
}

// Held back in the whole function, with other words around.
//
//txlint:ignore earlyreturn,txowner,txdone the process ends after this // want "holds back nothing of txowner" "holds back nothing of txdone"
func heldInFunctionBad(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM cart")
	return err
}

func heldByNoLintOK(db *sql.DB) error {
	tx, err := db.Begin() //nolint:errcheck,txlint // the process ends after this
	if err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM cart")
	return err
}

func heldByNoLintRuleOK(db *sql.DB) {
	//nolint:earlyreturn
	db.Begin()
}

func heldByAnyNoLintOK(db *sql.DB) {
	db.Begin() //nolint
}

func heldByAllOK(db *sql.DB) {
	db.Begin() //txlint:ignore all the process ends after this
}

// What is not about the finding does not hold it back.
func otherRuleBad(db *sql.DB) {
	db.Begin() //txlint:ignore txowner of no use // want earlyreturn:"drops the transaction" txignore:"holds back nothing of txowner"
}

func otherLineBad(db *sql.DB) {
	//txlint:ignore earlyreturn of no use // want "holds back nothing of earlyreturn: remove it"
	_ = errors.New("")
	db.Begin() // want "drops the transaction"
}

func otherLinterBad(db *sql.DB) {
	db.Begin() //nolint:errcheck // want "drops the transaction"
}

func spaceBad(db *sql.DB) {
	// txlint:ignore earlyreturn a space // want "take away the space before txlint:ignore"
	db.Begin() // want "drops the transaction"
}

// Prose that begins like a directive is prose.
//
// txlint:ignore is a directive.
func proseOK() {}

func noReasonBad(db *sql.DB) {
	//txlint:ignore earlyreturn // want "//txlint:ignore earlyreturn says no reason"
	db.Begin()
}

func noRuleBad(db *sql.DB) {
	//txlint:ignore // want "names no rule"
	db.Begin() // want "drops the transaction"
}

func unknownRuleBad(db *sql.DB) {
	//txlint:ignore earlyretrun it is so // want "did you mean .earlyreturn.?"
	db.Begin() // want "drops the transaction"
}

func farFromAnyRuleBad(db *sql.DB) {
	//txlint:ignore leaks it is so // want "which is no rule; the rules are earlyreturn, "
	db.Begin() // want "drops the transaction"
}

func unknownVerbBad(db *sql.DB) {
	//txlint:ingore earlyreturn it is so // want "did you mean //txlint:ignore?"
	db.Begin() // want "drops the transaction"
}

func unusedBad() error {
	//txlint:ignore all it is so // want "holds back nothing of all"
	return nil //nolint:txlint // want "//nolint holds back nothing of txlint"
}

func unusedForOthersOK() error {
	return nil //nolint:errcheck,all
}

func unusedAnyOK() error {
	return nil //nolint
}

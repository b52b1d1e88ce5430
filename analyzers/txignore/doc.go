// Package txignore defines an Analyzer that checks the comments by which
// people hold back findings of the other rules.
//
// # Analyzer txignore
//
// txignore: report comments that hold back nothing, or do not say why
//
// A finding that is wrong, or that one can live with, is held back by a
// comment. Such comments outlive what they were written for: the code is
// repaired or moved, the rule is renamed, and the next bug in that place is
// held back as well.
//
// There are txlint:ignore RULE reason, and txlint:file-ignore RULE reason, both
// right behind the slashes of a line comment. Several rules are separated by commas; nplusone/read is a rule too, and all
// stands for every one. A directive behind code holds for its line. One that
// stands alone holds for the statement or declaration that begins below it,
// up to its end. A file-ignore holds for its file, wherever it stands. A finding
// is held back where it is reported and where its path begins, which as a rule
// is the line that begins the transaction.
//
//	func count(db *sql.DB) int {
//		//txlint:ignore earlyreturn // says no reason
//		tx, err := db.Begin()
//		if err != nil {
//			return 0
//		}
//		//txlint:ignore earlyretrun it ends elsewhere // did you mean "earlyreturn"?
//		if tx == nil {
//			return 0
//		}
//		return 1
//	}
//
//	//txlint:ignore earlyreturn the caller ends it // holds back nothing of earlyreturn
//	func total(db *sql.DB) (int, error) {
//		var n int
//		err := db.QueryRow(`SELECT count(*) FROM orders`).Scan(&n)
//		return n, err
//	}
//
// This is well:
//
//	func count(db *sql.DB) int {
//		//txlint:ignore earlyreturn the process ends right after this
//		tx, err := db.Begin()
//		if err != nil || tx == nil {
//			return 0
//		}
//		return 1
//	}
//
// # What is reported
//
//   - a directive without a rule, with a name that no rule has, or without a
//     reason; the last holds back all the same
//   - a directive that holds back nothing; -fix removes it
//   - a word behind txlint: that is neither ignore nor file-ignore, and a
//     directive that is none because a space stands before it
//
// The comments of golangci-lint hold findings back as well: nolint without a
// name, or with txlint, all or a rule's name. They need no reason here, as
// golangci-lint has a linter of its own for them; one that names txlint or a rule
// is reported if it holds back nothing.
//
// # What is not reported
//
//   - whether a directive is needed for a rule that has failed, or that is
//     switched off by name, as with -nplusone=false
//   - comments in packages that do not build
//
// Rules run for this also if only others are asked for, so that a directive does
// not look unused only because its rule does not run. What a rule reports only
// with an option, such as -possible, is there only with that option.
package txignore

// Package proofs holds the tests behind the rows of the catalog. It is a
// module of its own so that the libraries, which the analyzer knows by name
// only, never become requirements of the analyzer.
//
// Two things are proved. The rows name what exists: every function, index and
// type is looked up in the version of the library that the catalog states, and
// every method of a transaction is a row or is listed with the reason why it
// has none. And the rows say what happens: the libraries are run, on drivers
// and servers that count open transactions, and what they do is compared with
// what the catalog claims, so that neither can change alone.
package proofs

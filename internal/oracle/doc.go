// Package oracle checks what the rules say about programs by running them. It
// is for tests only.
//
// Programs are generated from a seed, see [Generate]; each function of them is
// a [Case]. [Execute] compiles them and runs every function under every vector
// of decisions about what fails and what inputs are, against a database/sql
// whose handles record what happens to them. [Analyze] runs the rules over the
// same source. [Compare] puts claims and observations side by side: a definite
// finding that no run shows is a false positive, a run that shows what no
// finding names is a false negative. [Shrink] makes a disagreement small.
package oracle

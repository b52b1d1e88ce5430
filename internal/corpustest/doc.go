// Package corpustest checks analyzers against the corpus under testdata.
//
// The corpus is a module of its own that requires the real libraries, so that
// the analyzers see the types that users have. Loading it from source costs
// seconds; analysistest would pay them again for every call. Here it is loaded
// once per test binary and checked as often as needed.
//
// What an analyzer must say is written next to the code, as analysistest does:
//
//	return err // want "returns without finishing tx begun at line \\d+"
//	return err // want earlyreturn:"first" txdone:`second`
//
// An expectation is a Go string literal holding a regular expression. A rule's
// name in front of it narrows the expectation to that rule, and such an
// expectation is ignored when the rule does not run; without a name any of the
// rules that run may fulfil it. Each finding fulfils at most one expectation
// and each expectation wants exactly one finding.
//
// A folder of a rule is checked with that rule, a folder of a library
// ([Libraries]) with all of them.
//
// Paths in this package are relative to testdata and use slashes. A prefix
// names a directory or a file below testdata; no prefix means all of it.
//
// Only tests import this package.
package corpustest

// Package consumers has tests only: what txlint writes is read back by
// programs that are made to read it. They are a module of their own, since
// the consumers are large.
package consumers

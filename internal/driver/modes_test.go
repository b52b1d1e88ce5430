package driver_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/txlint/txlint/internal/driver"
)

// libraries is what the modules below share: a library, and a helper module
// that reaches it and so is worth reading.
const vendored = `
-- go.mod --
module example.com/app

go 1.26

require (
	example.com/helper v1.0.0
	example.com/lib v1.0.0
)
-- vendor/modules.txt --
# example.com/helper v1.0.0
## explicit; go 1.25
example.com/helper
# example.com/lib v1.0.0
## explicit; go 1.25
example.com/lib
-- vendor/example.com/lib/lib.go --
package lib

func Begin() {}
-- vendor/example.com/helper/helper.go --
package helper

import "example.com/lib"

func Open() { lib.Begin() }

func leaks() { Open() }
-- app.go --
package app

import (
	"example.com/app/internal/own"
	"example.com/helper"
)

func leaksVendored() {
	helper.Open()
}

func leaksOwn() {
	own.Wrap()
}
-- internal/own/own.go --
package own

import "example.com/helper"

func Wrap() { helper.Open() }
-- internal/own/own_test.go --
package own

func leaksInTest() { Wrap() }
`

const workspace = `
-- go.work --
go 1.26

use (
	./app
	./shared
)
-- app/go.mod --
module example.com/app

go 1.26

require example.com/shared v0.0.0
-- app/app.go --
package app

import "example.com/shared"

func leaks() {
	shared.Open()
}
-- shared/go.mod --
module example.com/shared

go 1.26
-- shared/shared.go --
package shared

func Open() {}

func Bad() {}
`

const spaced = `
-- go.mod --
module example.com/spaced

go 1.26
-- a b/ab.go --
package ab

func Open() {}

func leaks() { Open() }
-- c/c.go --
package c

import ab "example.com/spaced/a b"

func leaks() { ab.Open() }
`

// Run by hand and run by go vet, the tool finds the same.
func TestBothModesAgree(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, archive, sub string
		args               []string
		atLeast            int
	}{
		{"simple", simple, "", []string{"./..."}, 2},
		{"simple, possible", simple, "", []string{"-leak.possible", "./..."}, 3},
		{"simple, possible everywhere", simple, "", []string{"-possible", "./..."}, 3},
		{"one rule", simple, "", []string{"-badname", "./..."}, 1},
		{"all but one rule", simple, "", []string{"-badname=false", "./..."}, 1},
		{"tests", tested, "", []string{"./..."}, 6},
		{"tests of one package", tested, "", []string{"./p"}, 4},
		{"vendor", vendored, "", []string{"./..."}, 3},
		{"vendor, one package", vendored, "", []string{"."}, 2},
		{"vendored package named", vendored, "", []string{"example.com/helper"}, 1},
		{"workspace", workspace, "", []string{"./app/...", "./shared/..."}, 2},
		{"workspace, one module", workspace, "app", []string{"./..."}, 1},
		{"files", simple, "", []string{"simple.go"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(write(t, test.archive), test.sub)
			byHand := handFindings(t, dir, test.args...)
			assert.GreaterOrEqual(t, len(byHand), test.atLeast, "by hand: %v", byHand)
			assert.Equal(t, vetFindings(t, dir, test.args...), byHand, "go vet has the first, a run by hand the second")
		})
	}
}

// The go command accepts no import path with a space, but directories above a
// module may have one.
func TestBothModesAgreeOnSpaces(t *testing.T) {
	t.Parallel()
	dir := write(t, prefixed("with space/", tested))
	dir = filepath.Join(dir, "with space")
	byHand := handFindings(t, dir, "./...")
	assert.Len(t, byHand, 6)
	assert.Equal(t, vetFindings(t, dir, "./..."), byHand)

	r := run(t, write(t, spaced), "./...")
	v := vet(t, write(t, spaced), "./...")
	assert.Equal(t, driver.ExitFailure, r.code, "a directory with a space is no package: %v", r)
	assert.NotZero(t, v.code, v)
}

func TestVetTool(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := vet(t, dir, "./...")
	assert.Equal(t, 1, r.code, r)
	assert.Contains(t, r.stderr, "simple.go:7:2: Open opens and nothing closes")

	again := vet(t, dir, "./...")
	assert.Equal(t, 1, again.code, again)
	assert.ElementsMatch(t, strings.Split(r.stderr, "\n"), strings.Split(again.stderr, "\n"), "from the cache")

	witness := vet(t, dir, "-c=0", "./...")
	assert.Contains(t, witness.stderr, "7\t\tOpen()")

	assert.NotContains(t, r.stderr, "simple.go:16:2")
	assert.Contains(t, vet(t, dir, "-leak.possible", "./...").stderr, "simple.go:16:2")

	unknown := vet(t, dir, "-nosuchflag", "./...")
	assert.Equal(t, 2, unknown.code, unknown)
}

func TestVetToolFixes(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	r := vet(t, dir, "-fix", "./...")
	assert.Zero(t, r.code, r)
	assert.Contains(t, read(t, dir, "simple.go"), "func Leaks() {\n\tdefer Close()\n\n\tOpen()\n}")
}

// A panic in a dependency must not lose the findings of its importers, which
// is what unitchecker would do; nothing is said about it.
func TestVetToolContainsPanics(t *testing.T) {
	t.Parallel()
	dir := write(t, `
-- go.mod --
module example.com/m

go 1.26
-- dep/dep.go --
package dep

func BoomFact() {}

func Open() {}
-- m.go --
package m

import "example.com/m/dep"

func Open() { dep.Open() }

func Boom() {}

func Bad() {}
`)
	r := vet(t, dir, ".")
	assert.Equal(t, 1, r.code, r)
	assert.Equal(t, "m.go:9:6: a bad name\n", r.stderr)
}

package driver_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStatistics(t *testing.T) {
	t.Parallel()
	dir := write(t, simple)
	plain := run(t, dir, "./...")
	r := run(t, dir, "-statistics", "./...")
	assert.Equal(t, plain.stdout, r.stdout, "findings go to standard output, statistics do not")
	assert.Equal(t, plain.code, r.code)
	assert.Regexp(t, regexp.MustCompile(`^txlint: 2 findings in 1 file of 1 package
  checked 2 packages, of \d+ that they need, 2 of them by their source; [\d.]+m?s
  by rule:
      1  badname
      1  leak
  by package:
      2  example.com/simple
$`), r.stderr)
	assert.Regexp(t, regexp.MustCompile(`^txlint: 0 findings in 0 files of 0 packages
  checked 1 package, .*
$`), run(t, dir, "-statistics", "./clean").stderr)
}

// Command golangci-lint is golangci-lint with the plugin in it, for tests. It is
// built from the module of golangci-lint alone, where "golangci-lint custom",
// which users run, clones its repository.
package main

import (
	"fmt"
	"os"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"

	_ "github.com/txlint/txlint/plugin"
)

func main() {
	// Without a version golangci-lint makes the program's hash part of the keys
	// of its cache, so that a plugin that was built anew is not given old results.
	if err := commands.Execute(commands.BuildInfo{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitcodes.Failure)
	}
}

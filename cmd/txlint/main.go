// The txlint command finds misuse of database transactions in Go programs.
//
// It is run by hand, or by go vet:
//
//	txlint ./...
//	go vet -vettool=$(which txlint) ./...
//
// See 'txlint help'.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/driver"
)

func main() { os.Exit(run(os.Args[1:])) }

// run serves the go command or a person, and returns the exit code.
func run(args []string) int {
	env, err := driver.ProcessEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, "txlint:", err)
		return driver.ExitFailure
	}
	tool := driver.Tool{
		Name:      "txlint",
		URL:       "https://github.com/txlint/txlint",
		Install:   "github.com/txlint/txlint/cmd/txlint@latest",
		Rules:     txlint.Suite(),
		Libraries: driver.DefaultLibraries(),
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if driver.IsVetTool(args) {
		return driver.VetTool(ctx, tool, env, args)
	}
	return driver.Main(ctx, tool, env, args)
}

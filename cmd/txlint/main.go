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
	"syscall"

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
	// CI systems terminate what they give up; a second signal ends the process
	// at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if driver.IsVetTool(args) {
		return driver.VetTool(ctx, tool, env, args)
	}
	return driver.Main(ctx, tool, env, args)
}

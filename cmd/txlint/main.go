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
	if driver.IsVetTool(args) {
		return driver.VetTool(context.Background(), tool, env, args)
	}
	ctx, received := untilSignal()
	code := driver.Main(ctx, tool, env, args)
	if code != driver.ExitInterrupted {
		return code
	}
	if sig, ok := (<-received).(syscall.Signal); ok {
		return 128 + int(sig) // as shells say it
	}
	return code
}

// untilSignal returns a context that ends when the process is asked to end, by a
// person or by a CI system that gives up, and a channel that then has the
// signal. A second signal ends the process at once.
func untilSignal() (context.Context, <-chan os.Signal) {
	ctx, cancel := context.WithCancel(context.Background())
	signals, received := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		sig := <-signals
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		received <- sig
		cancel()
	}()
	return ctx, received
}

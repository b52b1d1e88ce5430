// Command shop serves the order service.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	buggy "example.com/shop/buggy/httpapi"
	fixed "example.com/shop/fixed/httpapi"
	"example.com/shop/internal/sqlite"
)

// grace is how long requests under way may take once the process is asked to end.
const grace = 5 * time.Second

type config struct {
	address, path string
	connections   int
	buggy         bool
}

func main() {
	var c config
	flag.StringVar(&c.address, "addr", "localhost:8080", "address to listen on")
	flag.StringVar(&c.path, "db", "shop.db", "database file; it is created and seeded if it is not there")
	flag.IntVar(&c.connections, "conns", 4, "connections in the pool")
	flag.BoolVar(&c.buggy, "buggy", false, "serve the twin that leaks transactions")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, c)
	stop()
	if err != nil {
		slog.Error("shop", "error", err)
		os.Exit(1)
	}
}

// serve runs until ctx ends.
func serve(ctx context.Context, c config) (err error) {
	db, err := sqlite.Open(ctx, c.path, sqlite.Options{MaxOpenConns: c.connections, BusyTimeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := sqlite.Seed(ctx, db); err != nil {
		return err
	}

	handler := fixed.New(db, time.Now)
	if c.buggy {
		handler = buggy.New(db, time.Now)
	}
	server := &http.Server{Addr: c.address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("serving", "address", c.address, "buggy", c.buggy)

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		return shutdown(ctx, server)
	}
}

// shutdown gives the requests under way their time to end. ctx is over already, so that only its
// values are of use.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

package driver

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/txlint/txlint/internal/cache"
)

// cacheVariable is the environment variable that says where results are kept,
// if the flag does not.
const cacheVariable = "TXLINT_CACHE"

// cacheDir returns the directory in which results are kept, or "" for none.
func cacheDir(chosen string, env Env) (string, error) {
	if chosen == "" {
		chosen = env.getenv(cacheVariable)
	}
	switch {
	case chosen == "off":
		return "", nil
	case chosen == "":
		return userCacheDir(env), nil
	case !filepath.IsAbs(chosen):
		return "", usagef("results are kept in an absolute directory, or with \"off\" nowhere; not in %q", chosen)
	}
	return chosen, nil
}

// userCacheDir returns the directory for results among the caches of the user,
// or "" if the user has none.
func userCacheDir(env Env) string {
	var dir string
	switch runtime.GOOS {
	case "windows":
		dir = env.getenv("LocalAppData")
	case "darwin", "ios":
		if home := env.getenv("HOME"); home != "" {
			dir = filepath.Join(home, "Library", "Caches")
		}
	default:
		dir = env.getenv("XDG_CACHE_HOME")
		if home := env.getenv("HOME"); dir == "" && home != "" {
			dir = filepath.Join(home, ".cache")
		}
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "txlint")
}

const cacheHelp = `What was found of a package is kept until the package, what it imports, PROGRAM
or its flags change:

  PROGRAM cache          where that is, and how much
  PROGRAM cache clean    remove it; nothing is lost by that but time

-cache DIR keeps it elsewhere, -cache off nowhere; without the flag the environment
variable TXLINT_CACHE says the same. What is damaged or cannot be read is looked
for anew. What has not been of use for ten days is removed, and the oldest of more than
512 MB. A run finds the same with it and without it.
`

// cacheCommand says where results are kept, or removes them.
func cacheCommand(_ context.Context, tool Tool, env Env, args []string) error {
	clean := len(args) == 1 && args[0] == "clean"
	if len(args) > 0 && !clean {
		return usagef("cache takes no arguments but clean; see '%s help cache'", tool.Name)
	}
	dir, err := cacheDir("", env)
	switch {
	case err != nil:
		return err
	case dir == "":
		fmt.Fprintf(env.Stderr, "%s: no results are kept\n", tool.Name)
		return nil
	}
	store := cache.Open(dir)
	if clean {
		if err := store.Clean(); err != nil {
			return fmt.Errorf("cannot clean the cache: %w", err)
		}
		return nil
	}
	entries, size, err := store.Usage()
	if err != nil {
		return fmt.Errorf("cannot look into the cache: %w", err)
	}
	fmt.Fprintf(env.Stdout, "%s: results of %s, %.1f MB\n", dir, count(entries, "package"), float64(size)/1e6)
	return nil
}

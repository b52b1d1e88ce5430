package driver

import (
	"os"
	"strconv"
	"strings"
)

// isTerminal reports whether f is a terminal. The null device is a character
// device too, and the only common one that nobody reads.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// getenv returns the value of a variable of env, or "".
func (env Env) getenv(key string) string {
	for i := len(env.Environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env.Environ[i], key+"="); ok {
			return value
		}
	}
	return ""
}

// dumb reports whether terminals are to be treated like files: the user said
// so, or the terminal cannot do better.
func (env Env) dumb() bool { return env.getenv("TERM") == "dumb" }

// stdoutStyle returns the style of what is written to standard output.
func (env Env) stdoutStyle() style {
	s := style{on: env.StdoutTerminal && !env.dumb() && env.getenv("NO_COLOR") == "", width: defaultWidth}
	// Shells know the width; they pass it on if they are told to.
	if n, err := strconv.Atoi(env.getenv("COLUMNS")); err == nil && n >= 40 {
		s.width = min(n, maxWidth)
	}
	return s
}

// Widths of running text. Long lines are hard to read on any terminal.
const (
	defaultWidth = 80
	maxWidth     = 100
)

// A style decorates text for a terminal, or leaves it alone.
type style struct {
	on    bool
	width int // of running text
}

func (s style) wrap(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string   { return s.wrap("1", text) }
func (s style) warn(text string) string   { return s.wrap("31", text) }
func (s style) dim(text string) string    { return s.wrap("2", text) }
func (s style) accent(text string) string { return s.wrap("36", text) }

package driver

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// A logger writes what -debug asks for. A nil logger writes nothing.
type logger struct {
	mu    sync.Mutex
	w     io.Writer
	tool  string
	start time.Time
}

// newLogger returns a logger, or nil if nothing is to be logged.
func newLogger(on bool, tool string, w io.Writer) *logger {
	if !on {
		return nil
	}
	return &logger{w: w, tool: tool, start: time.Now()}
}

func (l *logger) printf(format string, args ...any) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, "%s: %6.3fs %s\n", l.tool, time.Since(l.start).Seconds(), fmt.Sprintf(format, args...))
}

// units logs what is read from source.
func (l *logger) units(g *graph, units []*unit) {
	if l == nil {
		return
	}
	l.printf("%d packages to report on, %d in all, %d read from source", len(g.roots), len(g.all), len(units))
	for _, u := range units {
		if !u.root {
			l.printf("also reading %s", u.pkg.ID)
		}
	}
}

// failure logs a failure with its stack.
func (l *logger) failure(f failure) {
	l.printf("%v\n%s", f, f.stack)
}

// A progress shows a person that something is going on. It stays silent for
// the first two seconds, and leaves nothing behind. A nil progress is silent.
type progress struct {
	w     io.Writer
	tool  string
	total atomic.Int64
	count atomic.Int64
	once  sync.Once
	quit  chan struct{}
	gone  chan struct{}
}

const (
	progressDelay    = 2 * time.Second
	progressInterval = 200 * time.Millisecond
)

// startProgress starts a progress line on the standard error of env, or
// returns nil if nobody would see it.
func startProgress(tool string, env Env) *progress {
	if !env.StderrTerminal || env.dumb() {
		return nil
	}
	p := &progress{w: env.Stderr, tool: tool, quit: make(chan struct{}), gone: make(chan struct{})}
	go p.loop(progressDelay)
	return p
}

// expect says how many steps there are.
func (p *progress) expect(total int) {
	if p != nil {
		p.total.Store(int64(total))
	}
}

// step says that one step is done.
func (p *progress) step() {
	if p != nil {
		p.count.Add(1)
	}
}

// stop wipes the line. Nothing is written afterwards. It may be called again.
func (p *progress) stop() {
	if p != nil {
		p.once.Do(func() { close(p.quit) })
		<-p.gone
	}
}

func (p *progress) loop(delay time.Duration) {
	defer close(p.gone)
	shown := false
	wait := time.NewTimer(delay)
	defer wait.Stop()
	for {
		select {
		case <-p.quit:
			if shown {
				fmt.Fprint(p.w, "\r\x1b[K")
			}
			return
		case <-wait.C:
			shown = true
			fmt.Fprintf(p.w, "\r\x1b[K%s: %s", p.tool, p.text())
			wait.Reset(progressInterval)
		}
	}
}

func (p *progress) text() string {
	total := p.total.Load()
	if total == 0 {
		return "loading packages …"
	}
	return fmt.Sprintf("analysing packages … %d of %d", p.count.Load(), total)
}

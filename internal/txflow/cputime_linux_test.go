package txflow

import (
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns how long do kept the processor busy: the machine may have
// other work, which must not count.
func cpuTime(do func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const thread = 1 // RUSAGE_THREAD
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(thread, &u); err != nil {
			panic(err) // the arguments are right
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	do()
	return used() - start
}

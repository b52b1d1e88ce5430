//go:build !linux

package txflow

import "time"

// cpuTime returns how long do took, where the system does not tell how long it
// kept the processor busy.
func cpuTime(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

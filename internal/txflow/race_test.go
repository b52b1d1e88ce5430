//go:build race

package txflow

// raceSlowdown is what the race detector makes of the processor's time.
const raceSlowdown = 20

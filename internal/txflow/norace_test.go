//go:build !race

package txflow

// raceSlowdown is 1: the race detector is off.
const raceSlowdown = 1

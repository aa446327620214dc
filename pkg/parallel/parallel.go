// Package parallel spreads work over the processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// leastShare is how many calls are worth a goroutine.
const leastShare = 8

// Each calls do with every number from 0 to n-1, on all processors side by side, and returns when
// all calls have. A few calls are made one after the other. A panic of do ends the program.
func Each(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n/leastShare)
	if workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var taken atomic.Int64
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := taken.Add(1) - 1; i < int64(n); i = taken.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	running.Wait()
}

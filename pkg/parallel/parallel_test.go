package parallel_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/parallel"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 1000} {
		calls := make([]atomic.Int32, n)
		parallel.Each(n, func(i int) { calls[i].Add(1) })
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("of %d: %d calls with %d", n, got, i)
			}
		}
	}
}

// TestSideBySide has two calls wait for each other.
func TestSideBySide(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("there is one processor only")
	}
	var met sync.WaitGroup
	met.Add(2)
	var first atomic.Int32
	parallel.Each(16, func(int) {
		if first.Add(1) <= 2 {
			met.Done()
			met.Wait()
		}
	})
}

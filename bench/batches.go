package main

import (
	"errors"
	"math"
	"time"
)

type throughput struct {
	size      int
	perSecond float64
	cpu       float64 // milliseconds for each event
	memory    float64 // MiB at the most
}

// measureBatches measures each size of batch. It is called at several times of a run, and the best
// stands: the machine is shared, and never faster than it is.
func (m *measurements) measureBatches(event func(int) []byte) error {
	say("batches")
	w := newWorld(0)
	defer w.stop()
	v := w.usual()
	v["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = twoProcessors
	for i, size := range []int{1, 10, 100, 1000} {
		t, err := m.runBatches(v, event, batches{min(batchEvents/size, mostBatches), size})
		if err != nil {
			return err
		}
		if i == len(m.batches) {
			m.batches = append(m.batches, throughput{size: size, cpu: math.Inf(1)})
		}
		best := &m.batches[i]
		best.perSecond, best.cpu, best.memory = max(best.perSecond, t.perSecond), min(best.cpu, t.cpu), max(best.memory, t.memory)
	}
	return nil
}

// batches are so many SQS batches of so many events.
type batches struct{ count, size int }

// runBatches returns the throughput of one process. The first batch, which opens the connections
// and grows the memory, is not counted.
func (m *measurements) runBatches(v variables, event func(int) []byte, b batches) (t throughput, err error) {
	f, err := startFunction(m.tocsin.path, v)
	if err != nil {
		return t, err
	}
	t.size = b.size
	defer func() {
		u := f.stop()
		t.memory, t.cpu = float64(u.memory)/(1<<20), milliseconds(u.cpu)/float64((b.count+1)*b.size)
	}()
	if _, err := f.waitForInit(); err != nil {
		return t, err
	}
	handled, took := 0, time.Duration(0)
	for n := range b.count + 1 {
		elapsed, a, err := f.invoke(batch(event, n*b.size, b.size))
		if err == nil && a.body != `{"batchItemFailures":[]}` {
			err = errors.New("records were kept: " + a.body[:min(len(a.body), 200)])
		}
		if err != nil {
			return t, err
		}
		if n > 0 {
			handled, took = handled+b.size, took+elapsed
		}
	}
	t.perSecond = float64(handled) / took.Seconds()
	return t, nil
}

// What a throughput is measured with: so many batches that the memory has grown to its size, and
// the memory in MB for which Lambda gives the time of two processors.
const (
	batchEvents   = 20_000
	mostBatches   = 400
	twoProcessors = "3538"
)

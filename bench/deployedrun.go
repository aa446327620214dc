package main

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// run measures one process with one load. The first invocation, which makes connections and reads
// what is read once, counts for the CPU alone.
func (b *bed) run(path string, v variables, l load) (n numbers, err error) {
	f, err := startFunction(path, v)
	if err != nil {
		return nil, err
	}
	n = numbers{}
	defer func() {
		u := f.stop()
		n[figureCPU] = milliseconds(u.cpu) / float64((l.count(b.isShort)+1)*l.size)
		n[figureMemory] = float64(u.memory) / (1 << 20)
	}()
	start, err := f.waitForInit()
	if err != nil {
		return n, err
	}
	cold, err := b.invoke(f, l, 0)
	if err != nil {
		return n, err
	}
	n[figureInit], n[figureCold] = milliseconds(start), milliseconds(start+cold)
	return n, b.measure(f, l, n)
}

// measure gives the load to a function that is warm.
func (b *bed) measure(f *function, l load, n numbers) error {
	if err := b.tables.reset(); err != nil {
		return err
	}
	messages := b.messages.Load()
	var times []float64
	took, findings := time.Duration(0), float64(l.count(b.isShort)*l.size)
	for i := range l.count(b.isShort) {
		elapsed, err := b.invoke(f, l, i+1)
		if err != nil {
			return err
		}
		took, times = took+elapsed, append(times, milliseconds(elapsed))
	}
	slices.Sort(times)
	n[figureP50], n[figureP99] = times[len(times)/2], times[len(times)*99/100]
	n[figureRate] = findings / took.Seconds()
	counted, err := b.tables.total()
	n[figureCalls], n[figureReads], n[figureWrites] = float64(counted.Calls)/findings, counted.ReadUnits/findings, counted.WriteUnits/findings
	if err != nil {
		return err
	}
	return l.hasCome(float64(b.messages.Load()-messages) / findings)
}

// hasCome holds the messages to Slack for each finding against what the load is said to be. A few
// more may be sent where this machine is so busy that the table does not answer in time, and a few
// at the beginning of a digest.
func (l load) hasCome(messages float64) error {
	const few = 0.1
	isRight := messages < few
	if l.kind == first {
		isRight = messages >= 1 // with several sinks, for each of them
	}
	if !isRight {
		return fmt.Errorf("%.2f messages were sent for each finding, which is not what %s are", messages, l.kind)
	}
	return nil
}

// invoke hands over the events of a place in the load.
func (b *bed) invoke(f *function, l load, at int) (time.Duration, error) {
	if !l.isQueued {
		took, _, err := f.invoke(b.event(at))
		return took, err
	}
	took, a, err := f.invoke(batch(b.event, at*l.size, l.size))
	if err == nil && a.body != `{"batchItemFailures":[]}` {
		err = errors.New("records were kept: " + a.body[:min(len(a.body), 200)])
	}
	return took, err
}

// Package summary counts what comes of findings, into one item of the ledger's table for each day, and says
// once a week what the week was like. It counts after the outcomes: no finding waits for it, and none is lost
// where it fails.
package summary

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Options say what is counted, and where.
type Options struct {
	// Sinks are the instances that are told of the week.
	Sinks []string
	// Store is the ledger's.
	Store table.Store
	// Names returns the operator's names of accounts by their IDs; nil stands for none.
	Names func(context.Context) map[string]string
	// Now is the clock; nil stands for the real one.
	Now func() time.Time
	// Trouble is told what went wrong and kept nothing back; nil stands for nobody.
	Trouble func(error)
}

// Counter counts the days and tells of the weeks. It is safe for concurrent use.
type Counter struct {
	options Options

	mu  sync.Mutex
	day string
	// known are the numbers of the day as they were last seen; isKnown says that they were.
	known   map[string]int64
	isKnown bool
	// seen is how often this process has counted a value of a trait among the others, by trait and value.
	seen map[string]map[string]int64
}

// New returns a counter.
func New(o Options) *Counter {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trouble == nil {
		o.Trouble = func(error) {}
	}
	if o.Names == nil {
		o.Names = func(context.Context) map[string]string { return nil }
	}
	return &Counter{options: o}
}

// Counts reports whether there is anybody to count for.
func (c *Counter) Counts() bool { return len(c.options.Sinks) > 0 }

// After counts what came of a payload, in one call of the table. It says nothing. It is a pipeline.After.
func (c *Counter) After(ctx context.Context, r report.Report) []pipeline.Saying {
	numbers, values := c.counted(r)
	if len(numbers) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(ctx, len(values) > 0)
	for _, trait := range traits() {
		c.name(trait, values[trait], numbers)
	}
	maps.DeleteFunc(numbers, func(_ string, n int64) bool { return n == 0 })
	ctx, cancel := table.Bounded(ctx, c.options.Store)
	defer cancel()
	now := c.options.Now()
	known, err := c.options.Store.Add(ctx, dayKey(c.day), numbers, now.Add(keptFor))
	if err != nil { // what is not known to be written is not counted, and what was to be moved stays
		c.seen = map[string]map[string]int64{}
		c.options.Trouble(fmt.Errorf("SUMMARY: what came of a payload is not counted: %w", err))
		return nil
	}
	c.known, c.isKnown = known, true
	return nil
}

// turn begins a new day where it is one. What others have counted of it is read once, if it matters.
func (c *Counter) turn(ctx context.Context, matters bool) {
	if day := c.options.Now().UTC().Format(dayForm); day != c.day {
		c.day, c.known, c.isKnown, c.seen = day, nil, false, map[string]map[string]int64{}
	}
	if c.isKnown || !matters {
		return
	}
	ctx, cancel := table.Bounded(ctx, c.options.Store)
	defer cancel()
	known, err := c.options.Store.Numbers(ctx, dayKey(c.day))
	if err != nil {
		c.options.Trouble(fmt.Errorf("SUMMARY: %w", err))
		return
	}
	c.known, c.isKnown = known, true
}

// name adds to the numbers how often each value of a trait came: under its own name, or among the others.
// One that gets a name later takes with it what this process has counted of it among the others.
func (c *Counter) name(trait string, values, numbers map[string]int64) {
	used := 0
	for name := range c.known {
		if len(name) > 2 && name[:2] == trait+" " {
			used++
		}
	}
	if c.seen[trait] == nil {
		c.seen[trait] = map[string]int64{}
	}
	seen, fresh := c.seen[trait], 0
	byNumber := func(a, b string) int { return cmp.Or(cmp.Compare(values[b], values[a]), cmp.Compare(a, b)) }
	for _, value := range slices.SortedFunc(maps.Keys(values), byNumber) {
		n, before := values[value], seen[value]
		_, isNamed := c.known[trait+" "+value]
		isDue := c.isKnown && fresh < perPayload && used < mostValues && before+n >= needed(used)
		switch {
		case isNamed || isDue:
			numbers[trait+" "+value] += before + n
			if before > 0 {
				numbers[trait] -= before
				delete(seen, value)
			}
			if !isNamed {
				fresh++
				used++
			}
		default:
			numbers[trait] += n
			if before > 0 || len(seen) < maxSeen {
				seen[value] = before + n
			}
		}
	}
}

// counted returns what is to be counted of a payload: numbers by their names, and how often each value of
// each trait came. A finding is counted when nothing is left to be done for it, since until then it comes
// again; a message when it is sent, and a dead letter when it is written, since that is once.
func (c *Counter) counted(r report.Report) (numbers map[string]int64, values map[string]map[string]int64) {
	numbers, values = map[string]int64{}, map[string]map[string]int64{}
	for _, record := range r.Records {
		if record.Err != nil && record.IsDeadLetter {
			numbers[unreadable]++
		}
		if d := record.Digest; d != nil && c.isTold(r.Sinks[d.Sink]) && isLetter(d.Result) {
			numbers[dead+r.Sinks[d.Sink]]++
		}
		for _, f := range record.Findings {
			isOver := !slices.ContainsFunc(f.Results, func(result delivery.Result) bool { return !result.Finished() })
			if isOver {
				count(f, numbers, values)
			}
			for i, result := range f.Results {
				if name := nameOf(result, isOver); name != "" && c.isTold(r.Sinks[i]) {
					numbers[name+r.Sinks[i]]++
				}
			}
		}
	}
	return numbers, values
}

func (c *Counter) isTold(sink string) bool { return slices.Contains(c.options.Sinks, sink) }

// nameOf begins the name of the number that an outcome counts for; "" is none.
func nameOf(result delivery.Result, isOver bool) string {
	switch {
	case result.IsSent():
		return sent
	case result.Outcome == delivery.Digested:
		return digested
	case isLetter(result):
		return dead
	case result.Outcome == delivery.Muted && isOver:
		return muted
	case result.Outcome == delivery.Repeat && isOver:
		return repeated
	}
	return ""
}

// isLetter reports whether a dead letter was written just now. One of which the ledger knows has no error of
// the sink.
func isLetter(result delivery.Result) bool {
	kind := notify.KindOf(result.Err)
	return result.Outcome == delivery.Dead && result.IsDeadLetter && (kind == notify.Broken || kind == notify.Unacceptable)
}

// count counts a finding.
func count(f report.Finding, numbers map[string]int64, values map[string]map[string]int64) {
	numbers[came]++
	if f.Nobody() {
		numbers[nobody]++
	}
	numbers[level+levelOf(f.Finding)]++
	resource := f.Finding.Resource
	for i, value := range []string{f.Finding.Account.ID, f.Finding.Type, cmp.Or(resource.ID, resource.Name, resource.ARN)} {
		trait := traits()[i]
		if values[trait] == nil {
			values[trait] = map[string]int64{}
		}
		if value = shortened(value); value != "" {
			values[trait][value]++
		}
	}
}

func levelOf(f *finding.Finding) string {
	switch {
	case f.State.Over():
		return over
	case f.Severity == finding.Unstated:
		return "unstated"
	default:
		return f.Severity.Level().String()
	}
}
